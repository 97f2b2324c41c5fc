//! The settings of distillation.

use serde::{Deserialize, Serialize};

use crate::learn::error::LearnError;
use crate::learn::minibatches;

/// The settings of distillation. Those that RSL-RL's `Distillation` has are meant alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DistillationConfig {
    /// Adam's step size, positive.
    pub learning_rate: f64,
    /// What Adam adds to the root of the second moment; positive.
    pub adam_epsilon: f64,
    /// Gradients longer than this are shortened to it; 0 is off.
    pub max_grad_norm: f64,
    /// Passes over what is kept in one update, at least 1.
    pub epochs: usize,
    /// Transitions per step of Adam, at least 1; drawn from all rollouts that are kept. If it reaches their size,
    /// every pass takes all of them in order.
    pub minibatch_size: usize,
    /// Rollouts that an update learns from, the newest with the last of those before it; at least 1. With 1 it is
    /// RSL-RL's; more make it DAgger, which learns from all that was met, in bounded memory.
    pub num_rollouts: usize,
    /// Steps through which gradients of recurrent students go back (RSL-RL's `gradient_length`); 0 is the whole rollout.
    /// It divides the horizon and the minibatch, which holds whole sequences. A sequence begins with the hidden state
    /// with which the student acted, also one of an older rollout.
    pub sequence_length: usize,
    /// Seed of the order of minibatches.
    pub seed: u64,
}

impl Default for DistillationConfig {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            adam_epsilon: 1e-8,
            max_grad_norm: 1.0,
            epochs: 2,
            minibatch_size: 1024,
            num_rollouts: 10,
            sequence_length: 0,
            seed: 0,
        }
    }
}

impl DistillationConfig {
    /// The values that the learning rate may be set to during training.
    pub const LEARNING_RATES: std::ops::RangeInclusive<f64> = 1e-12..=1.0;

    /// Fails on the first setting out of its range.
    pub fn check(&self) -> Result<(), LearnError> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let limit = self.max_grad_norm;
        let counts = [self.epochs, self.minibatch_size, self.num_rollouts].map(|n| n as f64);
        let settings = [
            (
                "learning_rate",
                self.learning_rate,
                positive(self.learning_rate),
                "a positive number",
            ),
            ("adam_epsilon", self.adam_epsilon, positive(self.adam_epsilon), "a positive number"),
            ("max_grad_norm", limit, limit >= 0.0 && limit.is_finite(), "at least 0"),
            ("epochs", counts[0], self.epochs > 0, "at least 1"),
            ("minibatch_size", counts[1], self.minibatch_size > 0, "at least 1"),
            ("num_rollouts", counts[2], self.num_rollouts > 0, "at least 1"),
        ];
        match settings.into_iter().find(|(_, _, valid, _)| !valid) {
            None => Ok(()),
            Some((field, got, _, expected)) => Err(LearnError::Config { field, expected, got }),
        }
    }

    /// The steps of a sequence in rollouts of `horizon` steps.
    pub fn steps_of_sequence(&self, horizon: usize) -> usize {
        minibatches::steps_of_sequence(self.sequence_length, horizon)
    }

    /// Fails if rollouts of `horizon` steps, or minibatches, do not divide into whole sequences of a recurrent student.
    pub fn check_sequences(&self, horizon: usize) -> Result<(), LearnError> {
        minibatches::check_sequences(self.sequence_length, self.minibatch_size, horizon)
    }
}
