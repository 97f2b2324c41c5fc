//! The settings of PPO.

use serde::{Deserialize, Serialize};

use super::schedule::{Anneal, LearningRateSchedule};
use crate::learn::error::LearnError;
use crate::learn::minibatches;

/// The settings of proximal policy optimisation (Schulman et al., 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PpoConfig {
    /// Discount per step, in 0..=1.
    pub gamma: f64,
    /// Decay of the advantage trace (lambda), in 0..=1.
    pub lam: f64,
    /// Half-width of the interval around 1 that the probability ratio is clipped to; also that of
    /// the interval around the old value; positive.
    pub clip_param: f64,
    /// Weight of the value's loss, the mean of squared errors with no factor 1/2.
    pub value_coef: f64,
    /// Weight of the entropy [1/nat].
    pub entropy_coef: f64,
    /// Weight of the penalty on means outside +-`soft_bound`.
    pub bounds_coef: f64,
    /// Where that penalty begins, in units of action.
    pub soft_bound: f64,
    /// Adam's initial step size, positive.
    pub learning_rate: f64,
    /// What Adam adds to the root of the second moment: the larger, the less parameters move whose
    /// gradients are small; positive.
    pub adam_epsilon: f64,
    /// How the step size changes.
    pub schedule: LearningRateSchedule,
    /// The divergence of the policy per minibatch that the adaptive schedule aims at \[nats\], positive.
    pub kl_threshold: f64,
    /// Gradients longer than this are shortened to it; 0 is off.
    pub max_grad_norm: f64,
    /// Passes over the experience in one update, at least 1.
    pub epochs: usize,
    /// Transitions per step of Adam, at least 1. If it reaches the size of the experience, every
    /// pass takes all of it in order; else in a random order that changes with every pass, and
    /// the last minibatch of a pass may be smaller.
    pub minibatch_size: usize,
    /// Steps through which gradients of recurrent policies go back; 0 is the whole rollout. It divides
    /// the horizon and the minibatch, which holds whole sequences.
    pub sequence_length: usize,
    /// Whether advantages are normalised over the experience.
    pub normalize_advantages: bool,
    /// Whether that is done over each minibatch by itself (as Stable-Baselines3 does) and not over all of
    /// the experience (as rl_games does).
    pub normalize_by_minibatch: bool,
    /// Whether the value's loss is the larger of that of the value and that of the clipped value.
    pub clip_value_loss: bool,
    /// Factor on rewards before anything else: values and returns are in scaled units.
    pub reward_scale: f64,
    /// Whether scaled rewards are then divided by the running standard deviation of the discounted
    /// return and clamped to +-10 (as the VecNormalize of OpenAI's baselines does).
    pub normalize_rewards: bool,
    /// An update ends before the minibatch at which the policy's approximate divergence from that
    /// of the rollout exceeds 1.5 times this \[nats\] (as in Stable-Baselines3); 0 is off.
    pub target_kl: f64,
    /// Settings that change with the progress of training.
    pub anneal: Vec<Anneal>,
    /// Seed of the order of minibatches.
    pub seed: u64,
}

impl Default for PpoConfig {
    fn default() -> Self {
        Self {
            gamma: 0.99,
            lam: 0.95,
            clip_param: 0.2,
            value_coef: 0.5,
            entropy_coef: 0.01,
            bounds_coef: 0.0,
            soft_bound: 1.1,
            learning_rate: 3e-4,
            adam_epsilon: 1e-8,
            schedule: LearningRateSchedule::Constant,
            kl_threshold: 0.008,
            max_grad_norm: 0.5,
            epochs: 4,
            minibatch_size: 32,
            sequence_length: 0,
            normalize_advantages: true,
            normalize_by_minibatch: false,
            clip_value_loss: false,
            reward_scale: 1.0,
            normalize_rewards: false,
            target_kl: 0.0,
            anneal: Vec::new(),
            seed: 0,
        }
    }
}

impl PpoConfig {
    /// Fails on the first setting out of its range, at the start of training or at its end.
    pub fn check(&self) -> Result<(), LearnError> {
        self.check_values()?;
        self.check_anneal()?;
        self.at(1.0).check_values()
    }

    /// Steps of a sequence in rollouts of `horizon` steps.
    pub fn steps_of_sequence(&self, horizon: usize) -> usize {
        minibatches::steps_of_sequence(self.sequence_length, horizon)
    }

    /// Fails if rollouts of `horizon` steps, or minibatches, do not divide into whole sequences.
    pub fn check_sequences(&self, horizon: usize) -> Result<(), LearnError> {
        minibatches::check_sequences(self.sequence_length, self.minibatch_size, horizon)
    }

    fn check_values(&self) -> Result<(), LearnError> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        let (in_unit, above_0, from_0) = ("0 to 1", "a positive number", "at least 0");
        let (epochs, minibatch_size) = (self.epochs as f64, self.minibatch_size as f64);
        let settings = [
            ("gamma", self.gamma, unit(self.gamma), in_unit),
            ("lam", self.lam, unit(self.lam), in_unit),
            ("clip_param", self.clip_param, positive(self.clip_param), above_0),
            ("value_coef", self.value_coef, not_negative(self.value_coef), from_0),
            ("entropy_coef", self.entropy_coef, self.entropy_coef.is_finite(), "a finite number"),
            ("bounds_coef", self.bounds_coef, not_negative(self.bounds_coef), from_0),
            ("soft_bound", self.soft_bound, not_negative(self.soft_bound), from_0),
            ("learning_rate", self.learning_rate, positive(self.learning_rate), above_0),
            ("adam_epsilon", self.adam_epsilon, positive(self.adam_epsilon), above_0),
            ("kl_threshold", self.kl_threshold, positive(self.kl_threshold), above_0),
            ("max_grad_norm", self.max_grad_norm, not_negative(self.max_grad_norm), from_0),
            ("epochs", epochs, self.epochs > 0, "at least 1"),
            ("minibatch_size", minibatch_size, self.minibatch_size > 0, "at least 1"),
            ("reward_scale", self.reward_scale, self.reward_scale.is_finite(), "a finite number"),
            ("target_kl", self.target_kl, not_negative(self.target_kl), from_0),
        ];
        match settings.into_iter().find(|(_, _, valid, _)| !valid) {
            None => Ok(()),
            Some((field, got, _, expected)) => Err(LearnError::Config { field, expected, got }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{AnnealCurve, PpoSetting};

    #[test]
    fn settings_out_of_range_are_named() {
        assert!(PpoConfig::default().check().is_ok());
        let config = PpoConfig { gamma: 1.5, ..PpoConfig::default() };
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "setting `gamma`: expected 0 to 1, got 1.5");
        // So is one that will be out of its range later.
        let anneal =
            Anneal { setting: PpoSetting::ClipParam, end: -1.0, curve: AnnealCurve::Cosine };
        let config = PpoConfig { anneal: vec![anneal], ..PpoConfig::default() };
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "setting `clip_param`: expected a positive number, got -1");
    }
}
