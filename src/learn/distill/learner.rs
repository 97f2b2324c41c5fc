//! Distillation as an algorithm that a trainer drives.

use super::config::DistillationConfig;
use super::loss::label_dim;
use super::teacher::Teacher;
use super::update::{LEARNING_RATE, Learning};
use crate::learn::algorithm::{Algorithm, LearnerSetting};
use crate::learn::error::LearnError;
use crate::learn::histogram::Histogram;
use crate::learn::metrics::UpdateMetrics;
use crate::learn::policy::Policy;
use crate::learn::rollout::{NextObservations, Rollout, RolloutShape, Transition};
use crate::learn::state::StateDict;

/// Distillation after every `horizon` steps.
///
/// The student is the policy that acts. [`Algorithm::take`] asks the teacher what it would have done in the same states;
/// an update goes through the last rollouts in minibatches. Rewards and the student's value have no part in it.
#[derive(Debug)]
pub struct Distillation {
    config: DistillationConfig,
    /// The learning rate before one was set by hand.
    configured_rate: f64,
    /// Steps between updates.
    horizon: usize,
    teacher: Teacher,
    /// Made when the first transition tells the shapes.
    learning: Option<Learning>,
    /// A saved state, which waits for `learning` to exist.
    restored: Option<StateDict>,
}

impl Distillation {
    /// The names of the numbers of an update.
    pub const METRICS: [&str; 5] =
        ["behavior_loss", "grad_norm", LEARNING_RATE, "n_minibatches", "n_transitions"];

    /// Memory for the rollouts of a shape that `config` keeps \[bytes\], without that of networks.
    pub fn bytes(config: &DistillationConfig, shape: &RolloutShape) -> usize {
        let labels = shape.horizon * shape.n_envs * label_dim(&shape.action_space);
        let each = shape.bytes().saturating_add(labels * size_of::<f32>());
        config.num_rollouts.saturating_mul(each)
    }

    /// One that knows nothing yet, of a `teacher`. Fails on settings out of their ranges.
    pub fn new(
        config: DistillationConfig,
        horizon: usize,
        teacher: Teacher,
    ) -> Result<Self, LearnError> {
        config.check()?;
        if horizon == 0 {
            return Err(LearnError::Config { field: "horizon", expected: "at least 1", got: 0.0 });
        }
        let configured_rate = config.learning_rate;
        Ok(Self { config, configured_rate, horizon, teacher, learning: None, restored: None })
    }

    /// The teacher.
    pub fn teacher(&self) -> &Teacher {
        &self.teacher
    }

    fn begin(&mut self, policy: &Policy, n_envs: usize) -> Result<Learning, LearnError> {
        let mut learning = Learning::new(&self.config, self.horizon, policy, n_envs)?;
        if let Some(saved) = &self.restored {
            let (n_kept, teacher) = (self.config.num_rollouts, self.teacher.policy());
            learning.load_state(&saved.nested("distillation"), n_kept, teacher)?;
        }
        // Rollouts are held once.
        self.restored = None;
        Ok(learning)
    }
}

impl Algorithm for Distillation {
    /// Asks the teacher, and takes the transition; `policy` is the student.
    fn take(&mut self, policy: &Policy, transition: Transition<'_>) -> Result<(), LearnError> {
        let mut learning = match self.learning.take() {
            Some(learning) => learning,
            None => self.begin(policy, transition.rewards.len())?,
        };
        let taken = learning.take(&mut self.teacher, transition);
        self.learning = Some(learning);
        taken
    }

    fn is_ready(&self) -> bool {
        self.learning.as_ref().is_some_and(|learning| learning.present.rollout.is_full())
    }

    fn update(
        &mut self,
        policy: &mut Policy,
        _last: NextObservations<'_>,
        _progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        let not_full = LearnError::RolloutNotFull { horizon: self.horizon, len: 0 };
        let learning = self.learning.as_mut().ok_or(not_full)?;
        let n_transitions = learning.n_transitions();
        match learning.update(policy, &self.config) {
            Ok(stats) => {
                learning.turn(self.config.num_rollouts);
                Ok(stats.metrics(self.config.learning_rate, n_transitions))
            }
            Err(error) => {
                learning.forget();
                Err(error)
            }
        }
    }

    /// Of the actions that the student took.
    fn histograms(&self) -> Vec<(&'static str, Histogram)> {
        let rollout = self.learning.as_ref().map(|learning| &learning.present.rollout);
        let actions = rollout.and_then(Rollout::action_histogram);
        actions.map(|actions| ("actions", actions)).into_iter().collect()
    }

    fn settings(&self, _progress: f64) -> Vec<LearnerSetting> {
        vec![LearnerSetting {
            name: LEARNING_RATE,
            doc: "Adam's step size.",
            value: self.config.learning_rate,
            range: DistillationConfig::LEARNING_RATES,
        }]
    }

    fn set(&mut self, name: &str, value: f64) -> Result<(), LearnError> {
        let range = DistillationConfig::LEARNING_RATES;
        let message = if name != LEARNING_RATE {
            format!("cannot be changed; choose {LEARNING_RATE}")
        } else if !range.contains(&value) {
            format!("cannot be {value}; it goes from {} to {}", range.start(), range.end())
        } else {
            self.config.learning_rate = value;
            return Ok(());
        };
        Err(LearnError::Setting { name: name.to_owned(), message })
    }

    fn release(&mut self, name: &str) -> Result<(), LearnError> {
        self.set(name, self.configured_rate)
    }

    /// Without the teacher, which does not learn: whoever goes on from it brings the same one along.
    fn state(&self) -> Result<StateDict, LearnError> {
        let Some(learning) = &self.learning else {
            // Restored and not yet gone on: it is where the saved state was.
            return Ok(self.restored.clone().unwrap_or_default());
        };
        let mut state = StateDict::new();
        state.insert_nested("distillation", learning.state());
        Ok(state)
    }

    fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        self.learning = None;
        self.restored = Some(state.clone()).filter(|state| !state.is_empty());
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
