//! The statistics of an update.

use super::loss::LossTerms;
use crate::learn::metrics::{MetricValue, UpdateMetrics};

/// Statistics of one update. Losses are before their coefficients; all but the last five are means over
/// the minibatches of all epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UpdateStats {
    /// The clipped surrogate objective, negated.
    pub policy_loss: f64,
    /// Mean squared error of the value, in the value's own unit.
    pub value_loss: f64,
    /// Entropy of the policy \[nats\].
    pub entropy: f64,
    /// Penalty of means outside the soft bound.
    pub bounds_loss: f64,
    /// Divergence of the policy from what it was at the same transition's last visit \[nats\].
    pub kl: f64,
    /// Divergence of the rollout's policy from the policy, estimated from the actions taken by
    /// ratio - 1 - ln ratio (Schulman, "Approximating KL divergence", 2020) \[nats\].
    pub approx_kl: f64,
    /// Share of transitions whose probability ratio is outside the clipping interval.
    pub clip_fraction: f64,
    /// Length of the gradient before clipping.
    pub grad_norm: f64,
    /// 1 - variance(returns - values) / variance(returns) of the value before the update; 0 where
    /// the returns do not vary.
    pub explained_variance: f64,
    /// Root of the mean of (returns - values)^2 of the value before the update, in units of scaled
    /// return.
    pub value_error: f64,
    /// The learning rate after the update.
    pub learning_rate: f64,
    /// Steps of Adam in all epochs together.
    pub n_minibatches: usize,
    /// Whether the update ended before its last epoch, at its KL limit (`target_kl`).
    pub stopped_early: bool,
}

/// What one minibatch did.
pub(super) struct StepStats {
    pub(super) terms: LossTerms,
    pub(super) kl: f64,
    pub(super) grad_norm: f64,
}

impl UpdateStats {
    /// The names of the numbers, in order.
    pub const NAMES: [&'static str; 13] = [
        "policy_loss",
        "value_loss",
        "entropy",
        "bounds_loss",
        "kl",
        "approx_kl",
        "clip_fraction",
        "grad_norm",
        "explained_variance",
        "value_error",
        "learning_rate",
        "n_minibatches",
        "stopped_early",
    ];

    /// All of them, under their names.
    pub fn metrics(&self) -> UpdateMetrics {
        let values: [MetricValue; 13] = [
            self.policy_loss.into(),
            self.value_loss.into(),
            self.entropy.into(),
            self.bounds_loss.into(),
            self.kl.into(),
            self.approx_kl.into(),
            self.clip_fraction.into(),
            self.grad_norm.into(),
            self.explained_variance.into(),
            self.value_error.into(),
            self.learning_rate.into(),
            self.n_minibatches.into(),
            self.stopped_early.into(),
        ];
        Self::NAMES.into_iter().zip(values).collect()
    }

    pub(super) fn add(&mut self, step: &StepStats) {
        self.policy_loss += step.terms.policy;
        self.value_loss += step.terms.value;
        self.entropy += step.terms.entropy;
        self.bounds_loss += step.terms.bounds;
        self.clip_fraction += step.terms.clip_fraction;
        self.approx_kl += step.terms.approx_kl;
        self.kl += step.kl;
        self.grad_norm += step.grad_norm;
        self.n_minibatches += 1;
    }

    /// From sums to means.
    pub(super) fn divide(&mut self) {
        let n = self.n_minibatches.max(1) as f64;
        for sum in [
            &mut self.policy_loss,
            &mut self.value_loss,
            &mut self.entropy,
            &mut self.bounds_loss,
            &mut self.clip_fraction,
            &mut self.approx_kl,
            &mut self.kl,
            &mut self.grad_norm,
        ] {
            *sum /= n;
        }
    }
}
