//! Independent normal distributions.

use crate::math::kernel::kernel;
use crate::math::lanes::{exp, ln};

/// ln(2 pi).
const LN_TAU: f32 = 1.837_877_1;

/// Bounds of the logarithms that the network gives.
pub(in crate::learn) const LOG_STD_RANGE: (f32, f32) = (-20.0, 2.0);

/// sum over dimensions of ln(s1/s0) + (s0^2 + (m0 - m1)^2) / (2 s1^2) - 1/2, with (m0, s0) the new
/// and (m1, s1) the old mean and standard deviation. `log_ratios` are ln(s0/s1).
fn divergence_given(new: (&[f32], &[f32]), old: (&[f32], &[f32]), log_ratios: &[f32]) -> f32 {
    let mut sum = 0.0;
    for i in 0..new.0.len() {
        let (mean, std) = (new.0[i], new.1[i]);
        let (old_mean, old_std) = (old.0[i], old.1[i]);
        let shift = (mean - old_mean) / old_std;
        let ratio = std / old_std;
        sum += 0.5 * (ratio * ratio + shift * shift - 1.0) - log_ratios[i];
    }
    sum
}

/// The divergences of new distributions from old ones, summed over `rows`; each is `n` means, then as many deviations.
pub(super) fn divergences<'a>(
    n: usize,
    rows: impl Iterator<Item = (&'a [f32], &'a [f32])> + Clone,
) -> f64 {
    let mut log_ratios = Vec::with_capacity(n * rows.size_hint().0);
    for (new, old) in rows.clone() {
        log_ratios.extend(new[n..].iter().zip(&old[n..]).map(|(std, old_std)| std / old_std));
    }
    ln_each(&mut log_ratios);
    let of_row = |((new, old), log_ratios): ((&[f32], &[f32]), &[f32])| {
        f64::from(divergence_given(new.split_at(n), old.split_at(n), log_ratios))
    };
    rows.zip(log_ratios.chunks_exact(n)).map(of_row).sum()
}

kernel! {
    /// Their natural logarithms in the place of numbers.
    fn ln_each(numbers: &mut [f32]) {
        for x in numbers {
            *x = ln(*x);
        }
    }
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

    /// The action of shape (n,) that some standard normal numbers, shape (n,), stand for.
    pub(in crate::learn) fn place(&self, mean: &[f32], normals: &[f64], action: &mut [f32]) {
        for (((action, mean), std), normal) in
            action.iter_mut().zip(mean).zip(&self.std).zip(normals)
        {
            *action = mean + std * *normal as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
