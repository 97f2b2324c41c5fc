//! Independent normal distributions, and what squashing makes of them.

use std::f32::consts::LN_2;

use crate::math::lanes::{exp, ln, ln_1p, tanh};
use crate::math::rng::Random;

/// ln(2 pi).
const LN_TAU: f32 = 1.837_877_1;

/// Bounds of the logarithms that the network gives.
pub(in crate::learn) const LOG_STD_RANGE: (f32, f32) = (-20.0, 2.0);

/// sum over dimensions of ln(1 - tanh(u)^2), as 2 (ln 2 - u - softplus(-2 u)), which stays exact
/// where tanh has rounded to 1.
pub(in crate::learn) fn squash_correction(drawn: &[f32]) -> f32 {
    // ln(1 + e^(-2u)) + u is even in u; its form for |u| does not overflow.
    let term = |u: &f32| 2.0 * (LN_2 - u.abs() - ln_1p(exp(-2.0 * u.abs())));
    drawn.iter().map(term).sum()
}

/// Nodes and weights of Gauss-Hermite quadrature with five points, for the expectation under the
/// standard normal distribution (Abramowitz and Stegun, 1964, table 25.10, rescaled).
pub(in crate::learn) const QUADRATURE: [(f32, f32); 5] = [
    (-2.856_97, 0.011_257_411),
    (-1.355_626_2, 0.222_075_92),
    (0.0, 0.533_333_3),
    (1.355_626_2, 0.222_075_92),
    (2.856_97, 0.011_257_411),
];

/// What squashing adds to the entropy of one dimension [nats]: the expectation of ln(1 - tanh(u)^2) for
/// u of the normal distribution, by quadrature; and its derivatives by the mean and by the logarithm of
/// the standard deviation.
pub(in crate::learn) fn squash_entropy(mean: f32, std: f32) -> (f32, f32, f32) {
    let (mut sum, mut by_mean, mut by_log_std) = (0.0, 0.0, 0.0);
    for (node, weight) in QUADRATURE {
        let u = mean + std * node;
        let slope = -2.0 * tanh(u);
        sum += weight * squash_correction(&[u]);
        by_mean += weight * slope;
        by_log_std += weight * slope * std * node;
    }
    (sum, by_mean, by_log_std)
}

/// sum over dimensions of ln(s1/s0) + (s0^2 + (m0 - m1)^2) / (2 s1^2) - 1/2, with (m0, s0) the new
/// and (m1, s1) the old mean and standard deviation.
pub(super) fn divergence(new: (&[f32], &[f32]), old: (&[f32], &[f32])) -> f32 {
    let mut sum = 0.0;
    for i in 0..new.0.len() {
        let (mean, std) = (new.0[i], new.1[i]);
        let (old_mean, old_std) = (old.0[i], old.1[i]);
        let shift = (mean - old_mean) / old_std;
        let ratio = std / old_std;
        sum += 0.5 * (ratio * ratio + shift * shift - 1.0) - ln(ratio);
    }
    sum
}

/// Independent normal distributions.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Gaussian {
    /// Standard deviations, shape (n,).
    pub(in crate::learn) std: Vec<f32>,
    /// Sum over dimensions of ln std + ln(2 pi) / 2.
    log_normalizer: f32,
    /// Sum over dimensions of ln std + ln(2 pi e) / 2 [nats].
    pub(in crate::learn) entropy: f32,
}

impl Gaussian {
    /// From the logarithms of the standard deviations, shape (n,).
    pub(in crate::learn) fn new(log_std: &[f32]) -> Self {
        let mut gaussian = Self { std: Vec::new(), log_normalizer: 0.0, entropy: 0.0 };
        gaussian.set_unclamped(log_std.iter().copied());
        gaussian
    }

    /// Takes the logarithms that a network gives, clamped to [`LOG_STD_RANGE`].
    pub(in crate::learn) fn set(&mut self, log_std: &[f32]) {
        let (low, high) = LOG_STD_RANGE;
        self.set_unclamped(log_std.iter().map(|log_std| log_std.clamp(low, high)));
    }

    fn set_unclamped(&mut self, log_std: impl Iterator<Item = f32>) {
        let mut sum = 0.0;
        self.std.clear();
        self.std.extend(log_std.map(|log_std| {
            sum += log_std;
            exp(log_std)
        }));
        let n = self.std.len() as f32;
        self.log_normalizer = sum + 0.5 * n * LN_TAU;
        self.entropy = self.log_normalizer + 0.5 * n;
    }

    /// ln p(action), summed over dimensions; `mean` and `action` of shape (n,).
    pub(in crate::learn) fn log_prob(&self, mean: &[f32], action: &[f32]) -> f32 {
        let mut squares = 0.0;
        for ((mean, std), action) in mean.iter().zip(&self.std).zip(action) {
            let z = (action - mean) / std;
            squares += z * z;
        }
        -0.5 * squares - self.log_normalizer
    }

    /// Draws an action of shape (n,).
    pub(in crate::learn) fn sample(&self, mean: &[f32], random: &mut Random, action: &mut [f32]) {
        for ((action, mean), std) in action.iter_mut().zip(mean).zip(&self.std) {
            *action = mean + std * random.normal() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::Stream;

    #[test]
    fn gaussian_agrees_with_its_closed_forms() {
        let (mean, log_std, action) = ([0.3_f32, -1.0], [-0.5_f32, 0.7], [1.0_f32, 2.0]);
        let gaussian = Gaussian::new(&log_std);
        let (mut log_prob, mut entropy) = (0.0_f64, 0.0_f64);
        for i in 0..2 {
            let std = f64::from(log_std[i]).exp();
            let z = f64::from(action[i] - mean[i]) / std;
            let density = (-0.5 * z * z).exp() / (std * std::f64::consts::TAU.sqrt());
            log_prob += density.ln();
            entropy += 0.5 * (std::f64::consts::TAU * std::f64::consts::E * std * std).ln();
        }
        // Single-precision rounding.
        assert!((f64::from(gaussian.log_prob(&mean, &action)) - log_prob).abs() < 1e-5);
        assert!((f64::from(gaussian.entropy) - entropy).abs() < 1e-6);
    }

    /// The density of tanh(u) by its definition: what the normal distribution gives to a small
    /// interval of u, over the length of the interval of actions that it becomes.
    #[test]
    fn squashing_changes_the_density_by_the_slope_of_tanh() {
        for u in [-3.0_f64, -0.4, 0.0, 1.0, 2.5] {
            let step = 1e-5;
            let stretch = ((u + step).tanh() - (u - step).tanh()) / (2.0 * step);
            let got = f64::from(squash_correction(&[u as f32]));
            assert!((got - stretch.ln()).abs() < 1e-5, "{u}: {got} {}", stretch.ln());
        }
        // Where tanh has long been 1: 2 ln 2 - 2 u.
        let far = squash_correction(&[40.0, -40.0]);
        assert!((far - 2.0 * (2.0 * LN_2 - 80.0)).abs() < 1e-4, "{far}");
    }

    #[test]
    fn the_entropy_of_squashed_actions_agrees_with_sampling() {
        for (mean, std) in [(0.0_f32, 1.0_f32), (0.8, 0.5), (-2.0, 0.3)] {
            let n = 100_000;
            let sample = |env| {
                let u = mean + std * Random::new(5, Stream::Explore, env, 0).normal() as f32;
                f64::from(squash_correction(&[u]))
            };
            let sampled = (0..n).map(sample).sum::<f64>() / f64::from(n);
            let (sum, by_mean, by_log_std) = squash_entropy(mean, std);
            // Five standard errors of sampling, and the quadrature's own error.
            assert!((f64::from(sum) - sampled).abs() < 0.02, "{mean} {std}: {sum} {sampled}");
            let step = 1e-2;
            let slope_of = |high: f32, low: f32| (high - low) / (2.0 * step);
            let value = |mean, std| squash_entropy(mean, std).0;
            let slope = slope_of(value(mean + step, std), value(mean - step, std));
            assert!((slope - by_mean).abs() < 1e-3, "{mean} {std}: {slope} {by_mean}");
            let (wide, narrow) = (std * step.exp(), std * (-step).exp());
            let slope = slope_of(value(mean, wide), value(mean, narrow));
            assert!((slope - by_log_std).abs() < 1e-3, "{mean} {std}: {slope} {by_log_std}");
        }
    }
}
