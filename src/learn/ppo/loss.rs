//! The loss of PPO, and its gradient by the network's outputs.
//!
//! The loss of every transition depends on its own row of network outputs only, so one pass over
//! the rows forms the loss and its gradient together.

use super::batch::Standard;
use super::config::PpoConfig;
use crate::learn::distribution::{
    ActionSpace, Categorical, Gaussian, Head, LOG_STD_RANGE, LogStd, each_choice,
    squash_correction, squash_entropy,
};
use crate::learn::inputs::gather;
use crate::math::kernel::kernel;
use crate::math::lanes::exp;

/// What the loss knows of n transitions besides the outputs of the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::learn) struct Samples {
    /// As drawn, before any squashing, shape (n, action_dim).
    pub(in crate::learn) actions: Vec<f32>,
    /// Of the actions under the policy that chose them, shape (n,).
    pub(in crate::learn) log_probs: Vec<f32>,
    /// Shape (n,).
    pub(in crate::learn) advantages: Vec<f32>,
    /// In the unit of the network's value output, shape (n,).
    pub(in crate::learn) returns: Vec<f32>,
    /// Of the value before the update, in the unit of `returns`, shape (n,).
    pub(in crate::learn) values: Vec<f32>,
}

/// The terms of the loss, each a mean over transitions and before its coefficient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LossTerms {
    /// The whole loss, coefficients included.
    pub(super) total: f64,
    pub(super) policy: f64,
    pub(super) value: f64,
    /// [nats]
    pub(super) entropy: f64,
    pub(super) bounds: f64,
    /// Share of transitions whose ratio is outside the clipping interval.
    pub(super) clip_fraction: f64,
    /// Divergence of the old policy from the new one, estimated by ratio - 1 - ln ratio of the actions
    /// taken (Schulman, "Approximating KL divergence", 2020, estimator k3) [nats].
    pub(super) approx_kl: f64,
}

/// The settings that the loss reads, in single precision; see [`PpoConfig`].
#[derive(Clone, Copy)]
struct Coefs {
    clip: f32,
    value: f32,
    entropy: f32,
    bounds: f32,
    soft_bound: f32,
    clip_value_loss: bool,
}

impl Coefs {
    fn new(config: &PpoConfig) -> Self {
        Self {
            clip: config.clip_param as f32,
            value: config.value_coef as f32,
            entropy: config.entropy_coef as f32,
            bounds: config.bounds_coef as f32,
            soft_bound: config.soft_bound as f32,
            clip_value_loss: config.clip_value_loss,
        }
    }

    /// The clipped surrogate objective, negated (Schulman et al., 2017, equation 7), and its
    /// derivative by the log-probability; of the ratio of the new probability to the old.
    fn policy_loss(&self, ratio: f32, advantage: f32) -> (f32, f32) {
        let surrogate = ratio * advantage;
        let clipped_ratio = ratio.clamp(1.0 - self.clip, 1.0 + self.clip);
        let clipped_surrogate = clipped_ratio * advantage;
        if surrogate <= clipped_surrogate {
            // d ratio / d log_prob = ratio.
            (-surrogate, -surrogate)
        } else {
            (-clipped_surrogate, 0.0)
        }
    }

    /// The squared error of the value, or of the value clipped to the neighbourhood of the old one
    /// if that is larger, and its derivative by the value.
    fn value_loss(&self, value: f32, old_value: f32, ret: f32) -> (f32, f32) {
        let error = value - ret;
        let change = value - old_value;
        let clipped_value = old_value + change.clamp(-self.clip, self.clip);
        let clipped_error = clipped_value - ret;
        let (loss, clipped_loss) = (error * error, clipped_error * clipped_error);
        // The sizes of the losses alone would not tell: inside the interval they differ by a
        // rounding, and the slope is that of the value.
        let is_clipped = change.abs() > self.clip;
        if self.clip_value_loss && is_clipped && clipped_loss > loss {
            // A clipped value does not move with the value.
            (clipped_loss, 0.0)
        } else {
            (loss, 2.0 * error)
        }
    }

    /// The square of how far a mean is outside +-`soft_bound`, and its derivative by the mean.
    fn bounds_loss(&self, mean: f32) -> (f32, f32) {
        let above = (mean - self.soft_bound).max(0.0);
        let below = (-self.soft_bound - mean).max(0.0);
        (above * above + below * below, 2.0 * (above - below))
    }
}

/// Sums over the rows of a chunk.
pub(super) struct Sums {
    terms: LossTerms,
    /// Shape (n_log_std,).
    log_std_gradient: Vec<f64>,
}

/// Log-probabilities of the actions taken, and their ratios to those of the rollout; none where rows are worked out one
/// by one.
#[derive(Default)]
struct Ratios {
    log_probs: Vec<f32>,
    ratios: Vec<f32>,
}

impl Ratios {
    fn at(&self, place: usize) -> Option<(f32, f32)> {
        Some((*self.log_probs.get(place)?, *self.ratios.get(place)?))
    }
}

kernel! {
    /// Their exponentials in the place of numbers.
    fn exp_each(numbers: &mut [f32]) {
        for x in numbers {
            *x = exp(*x);
        }
    }
}

/// The loss of a minibatch of the network's outputs and of the logarithms of standard deviations:
///
/// loss = policy + value_coef value - entropy_coef entropy + bounds_coef bounds,
///
/// each a mean over rows. The entropy of squashed actions has no closed form; it is integrated
/// numerically. (-ln p of the actions taken, which stands in for it elsewhere, has the right value but
/// no gradient in expectation.)
pub(super) struct PpoLoss<'a> {
    head: &'a Head,
    samples: &'a Samples,
    coefs: Coefs,
    gaussian: Gaussian,
    /// Of the advantages.
    standard: Standard,
    /// Rows of the minibatch.
    n: usize,
}

impl<'a> PpoLoss<'a> {
    /// Of a minibatch of `n` of the `samples`; `log_std` has shape (n_log_std,).
    pub(super) fn new(
        head: &'a Head,
        samples: &'a Samples,
        config: &PpoConfig,
        log_std: &[f32],
        n: usize,
    ) -> Self {
        let (coefs, gaussian) = (Coefs::new(config), Gaussian::new(log_std));
        Self { head, samples, coefs, gaussian, standard: Standard::NONE, n }
    }

    /// The same with advantages that are normalised over the transitions `rows`.
    pub(super) fn normalizing(self, rows: &[u32]) -> Self {
        let standard = Standard::of(&gather(&self.samples.advantages, rows, 1));
        Self { standard, ..self }
    }

    /// The means over all chunks, and the gradient by the logarithms of the standard deviations, shape
    /// (n_log_std,); empty where nothing learns them.
    pub(super) fn total(&self, parts: &[Sums]) -> (LossTerms, Vec<f32>) {
        let n = self.n as f64;
        let n_learned = match self.head.log_std {
            LogStd::Parameter => self.head.n_log_std(),
            LogStd::Fixed | LogStd::Network => 0,
        };
        let mut terms = LossTerms::default();
        let mut log_std_gradient = vec![0.0; n_learned];
        for part in parts {
            terms.policy += part.terms.policy / n;
            terms.value += part.terms.value / n;
            terms.entropy += part.terms.entropy / n;
            terms.bounds += part.terms.bounds / n;
            terms.clip_fraction += part.terms.clip_fraction / n;
            terms.approx_kl += part.terms.approx_kl / n;
            for (sum, part) in log_std_gradient.iter_mut().zip(&part.log_std_gradient) {
                *sum += part / n;
            }
        }
        let coefs = &self.coefs;
        terms.total = terms.policy + f64::from(coefs.value) * terms.value
            - f64::from(coefs.entropy) * terms.entropy
            + f64::from(coefs.bounds) * terms.bounds;
        (terms, log_std_gradient.iter().map(|g| *g as f32).collect())
    }

    /// The samples `rows`, with the network's `outputs` for them, shape (rows, dim + 1). `gradient`,
    /// of the same shape, gets that of the mean loss.
    pub(super) fn chunk(&self, rows: &[u32], outputs: &[f32], gradient: &mut [f32]) -> Sums {
        let weight = 1.0 / self.n as f32;
        let head_dim = self.head.dim();
        let mut sums = Sums {
            terms: LossTerms::default(),
            log_std_gradient: vec![0.0; self.head.n_log_std()],
        };
        let mut gaussian = self.gaussian.clone();
        let ratios = self.ratios(rows, outputs);
        let outputs = outputs.chunks_exact(head_dim + 1);
        let gradients = gradient.chunks_exact_mut(head_dim + 1);
        for (place, ((row, gradient), i)) in outputs.zip(gradients).zip(rows).enumerate() {
            let i = *i as usize;
            let (head, value) = (&row[..head_dim], row[head_dim]);
            let (old_value, ret) = (self.samples.values[i], self.samples.returns[i]);
            let (value_loss, value_slope) = self.coefs.value_loss(value, old_value, ret);
            sums.terms.value += f64::from(value_loss);
            gradient[head_dim] = self.coefs.value * value_slope;
            let gradient_head = &mut gradient[..head_dim];
            match self.head.space {
                ActionSpace::Continuous(_) => {
                    let known = ratios.at(place);
                    self.gaussian_row((i, known), head, &mut gaussian, gradient_head, &mut sums);
                }
                ActionSpace::Discrete(_) | ActionSpace::MultiDiscrete(_) => {
                    self.categorical_row(i, head, gradient_head, &mut sums);
                }
            }
            gradient.iter_mut().for_each(|g| *g *= weight);
        }
        sums
    }

    /// Those of the transitions `rows` where deviations are the same in every state, which leaves nothing but the ratio to
    /// an exponential: the compiler makes vectors of all of them. None of others, whose rows take several.
    fn ratios(&self, rows: &[u32], outputs: &[f32]) -> Ratios {
        let mut of_rows = Ratios::default();
        let n = self.head.n_log_std();
        if n == 0 {
            return of_rows;
        }
        for (row, i) in outputs.chunks_exact(self.head.dim() + 1).zip(rows) {
            let log_prob = self.gaussian_log_prob(*i as usize, &row[..n], &self.gaussian);
            of_rows.log_probs.push(log_prob);
            of_rows.ratios.push(log_prob - self.samples.log_probs[*i as usize]);
        }
        exp_each(&mut of_rows.ratios);
        of_rows
    }

    fn gaussian_log_prob(&self, i: usize, mean: &[f32], gaussian: &Gaussian) -> f32 {
        let action = &self.samples.actions[i * mean.len()..(i + 1) * mean.len()];
        let log_prob = gaussian.log_prob(mean, action);
        if self.head.squash { log_prob - squash_correction(action) } else { log_prob }
    }

    /// The policy's terms of transition `i` by its log-probability and ratio; returns the derivative by the
    /// log-probability.
    fn policy_row(&self, i: usize, (log_prob, ratio): (f32, f32), sums: &mut Sums) -> f32 {
        let advantage = self.standard.normalize(self.samples.advantages[i]);
        let (loss, slope) = self.coefs.policy_loss(ratio, advantage);
        let change = ratio - 1.0;
        sums.terms.policy += f64::from(loss);
        sums.terms.approx_kl += f64::from(change - (log_prob - self.samples.log_probs[i]));
        sums.terms.clip_fraction += f64::from(u8::from(change.abs() > self.coefs.clip));
        slope
    }

    fn with_ratio(&self, i: usize, log_prob: f32) -> (f32, f32) {
        (log_prob, exp(log_prob - self.samples.log_probs[i]))
    }

    /// With z = (a - mean) / std: d log p / d mean = z / std, d log p / d ln std = z^2 - 1. What
    /// squashing adds to log p does not depend on the policy.
    fn gaussian_row(
        &self,
        (i, known): (usize, Option<(f32, f32)>),
        outputs: &[f32],
        gaussian: &mut Gaussian,
        gradient: &mut [f32],
        sums: &mut Sums,
    ) {
        let n = self.head.mu_dim();
        let (mean, log_std) = outputs.split_at(n);
        let is_network = self.head.log_std == LogStd::Network;
        if is_network {
            gaussian.set(log_std);
        }
        let action = &self.samples.actions[i * n..(i + 1) * n];
        let of_row = || self.with_ratio(i, self.gaussian_log_prob(i, mean, gaussian));
        let slope = self.policy_row(i, known.unwrap_or_else(of_row), sums);
        let mut entropy = gaussian.entropy;
        for j in 0..n {
            let std = gaussian.std[j];
            let z = (action[j] - mean[j]) / std;
            // The entropy of a Gaussian grows as the sum of the logarithms of its deviations.
            let (mut entropy_by_mean, mut entropy_by_log_std) = (0.0, 1.0);
            if self.head.squash {
                let (added, by_mean, by_log_std) = squash_entropy(mean[j], std);
                entropy += added;
                entropy_by_mean += by_mean;
                entropy_by_log_std += by_log_std;
            }
            let (bounds_loss, bounds_slope) = self.coefs.bounds_loss(mean[j]);
            sums.terms.bounds += f64::from(bounds_loss);
            gradient[j] = slope * z / std + self.coefs.bounds * bounds_slope
                - self.coefs.entropy * entropy_by_mean;
            let log_std_slope = slope * (z * z - 1.0) - self.coefs.entropy * entropy_by_log_std;
            if is_network {
                // A clamped logarithm does not move with the output.
                let is_free = (LOG_STD_RANGE.0..=LOG_STD_RANGE.1).contains(&log_std[j]);
                gradient[n + j] = if is_free { log_std_slope } else { 0.0 };
            } else {
                sums.log_std_gradient[j] += f64::from(log_std_slope);
            }
        }
        sums.terms.entropy += f64::from(entropy);
    }

    /// d log p(a) / d logit_j = [j = a] - p_j, d entropy / d logit_j = -p_j (ln p_j + entropy). Of
    /// independent choices both are sums.
    fn categorical_row(&self, i: usize, logits: &[f32], gradient: &mut [f32], sums: &mut Sums) {
        let options = self.head.space.options();
        let n = options.len();
        let choices = &self.samples.actions[i * n..(i + 1) * n];
        let choices = || each_choice(options, logits).zip(choices.iter().map(|a| *a as usize));
        let log_prob = choices().map(|(categorical, choice)| categorical.log_prob(choice)).sum();
        let slope = self.policy_row(i, self.with_ratio(i, log_prob), sums);
        let mut rest = gradient;
        for ((categorical, choice), n) in choices().zip(options) {
            let (gradient, tail) = rest.split_at_mut(*n);
            rest = tail;
            let entropy = categorical.entropy();
            sums.terms.entropy += f64::from(entropy);
            for (j, gradient) in gradient.iter_mut().enumerate() {
                let log_p = categorical.log_prob(j);
                let p = exp(log_p);
                let chosen = if j == choice { 1.0 } else { 0.0 };
                let by_entropy = Categorical::entropy_slope(p, log_p, entropy);
                *gradient = slope * (chosen - p) - self.coefs.entropy * by_entropy;
            }
        }
    }
}

#[cfg(test)]
#[path = "device_loss_tests.rs"]
mod device_tests;
#[cfg(test)]
#[path = "distribution_tests.rs"]
mod distribution_tests;
#[cfg(test)]
#[path = "loss_tests.rs"]
mod tests;
