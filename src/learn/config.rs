//! The settings of PPO.

use serde::{Deserialize, Serialize};

use super::error::LearnError;

/// How the learning rate changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningRateSchedule {
    /// It stays.
    Constant,
    /// From the configured rate to 0 over a progress of 0 to 1.
    Linear,
    /// After every minibatch divided by 1.5 if the divergence of the new policy from the old is
    /// above twice the threshold, multiplied by 1.5 if it is below half of it, within 1e-6..1e-2
    /// (as rl_games does).
    Adaptive {
        /// The divergence aimed at [nats].
        kl_threshold: f64,
    },
}

impl LearningRateSchedule {
    /// The rate after a minibatch whose divergence was `kl` [nats].
    pub(super) fn after_minibatch(self, rate: f64, kl: f64) -> f64 {
        match self {
            Self::Adaptive { kl_threshold } if kl > 2.0 * kl_threshold => (rate / 1.5).max(1e-6),
            Self::Adaptive { kl_threshold } if kl < 0.5 * kl_threshold => (rate * 1.5).min(1e-2),
            _ => rate,
        }
    }
}

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
    /// Weight of the critic's loss, the mean of squared errors with no factor 1/2.
    pub value_coef: f64,
    /// Weight of the entropy [1/nat].
    pub entropy_coef: f64,
    /// Weight of the penalty on means outside +-`soft_bound`.
    pub bounds_coef: f64,
    /// Where that penalty begins, in units of action.
    pub soft_bound: f64,
    /// Adam's initial step size, positive.
    pub learning_rate: f64,
    /// How it changes.
    pub schedule: LearningRateSchedule,
    /// Gradients longer than this are shortened to it; 0 is off.
    pub max_grad_norm: f64,
    /// Passes over the experience in one update, at least 1.
    pub epochs: usize,
    /// Transitions per step of Adam, at least 1. If it reaches the size of the experience, every
    /// pass takes all of it in order; else in a random order that changes with every pass, and
    /// the last minibatch of a pass may be smaller.
    pub minibatch_size: usize,
    /// Whether advantages are normalised over the experience.
    pub normalize_advantages: bool,
    /// Whether the critic's loss is the larger of that of the value and that of the clipped value.
    pub clip_value_loss: bool,
    /// Factor on rewards before anything else: values and returns are in scaled units.
    pub reward_scale: f64,
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
            schedule: LearningRateSchedule::Constant,
            max_grad_norm: 0.5,
            epochs: 4,
            minibatch_size: 32,
            normalize_advantages: true,
            clip_value_loss: true,
            reward_scale: 1.0,
            seed: 0,
        }
    }
}

impl PpoConfig {
    /// Fails on the first setting out of its range.
    pub fn check(&self) -> Result<(), LearnError> {
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        let kl_threshold = match self.schedule {
            LearningRateSchedule::Adaptive { kl_threshold } => kl_threshold,
            _ => 1.0,
        };
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
            ("schedule.kl_threshold", kl_threshold, positive(kl_threshold), above_0),
            ("max_grad_norm", self.max_grad_norm, not_negative(self.max_grad_norm), from_0),
            ("epochs", epochs, self.epochs > 0, "at least 1"),
            ("minibatch_size", minibatch_size, self.minibatch_size > 0, "at least 1"),
            ("reward_scale", self.reward_scale, self.reward_scale.is_finite(), "a finite number"),
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

    #[test]
    fn the_adaptive_rate_moves_against_the_divergence_and_within_its_range() {
        let schedule = LearningRateSchedule::Adaptive { kl_threshold: 0.01 };
        assert_eq!(schedule.after_minibatch(3e-3, 0.021), 2e-3);
        assert_eq!(schedule.after_minibatch(2e-3, 0.004), 3e-3);
        assert_eq!(schedule.after_minibatch(2e-3, 0.01), 2e-3);
        assert_eq!(schedule.after_minibatch(1e-6, 1.0), 1e-6);
        assert_eq!(schedule.after_minibatch(1e-2, 0.0), 1e-2);
        assert_eq!(LearningRateSchedule::Constant.after_minibatch(0.5, 1.0), 0.5);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        assert!(PpoConfig::default().check().is_ok());
        let config = PpoConfig { gamma: 1.5, ..PpoConfig::default() };
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "setting `gamma`: expected 0 to 1, got 1.5");
    }
}
