//! What squashing by tanh makes of a normal distribution: its density and its entropy.

use std::f32::consts::{FRAC_1_SQRT_2, LN_2};

use crate::math::lanes::{exp, ln_1p, tanh};

/// sum over dimensions of ln(1 - tanh(u)^2), as 2 (ln 2 - u - softplus(-2 u)), which stays exact
/// where tanh has rounded to 1.
pub(in crate::learn) fn squash_correction(drawn: &[f32]) -> f32 {
    // ln(1 + e^(-2u)) + u is even in u; its form for |u| does not overflow.
    let term = |u: &f32| 2.0 * (LN_2 - u.abs() - ln_1p(exp(-2.0 * u.abs())));
    drawn.iter().map(term).sum()
}

/// What squashing adds to the entropy of one dimension [nats]: the expectation of ln(1 - tanh(u)^2) for
/// u of the normal distribution; and its derivatives by the mean and by the logarithm of the standard
/// deviation. For deviations to 10 and any mean they are good to 1e-4.
pub(in crate::learn) fn squash_entropy(mean: f32, std: f32) -> (f32, f32, f32) {
    if std < 1.0 { of_narrow(mean, std) } else { of_wide(mean, std) }
}

/// Nodes of the trapezoidal rule, from -5 to 5 deviations. Its error falls with e^(-pi^2 / (std h)), for tanh has
/// its nearest pole at i pi / 2: it is below 6e-5 for deviations to 1, where quadrature after Gauss and Hermite with
/// as many nodes has 1e-4.
const N_NODES: usize = 15;

fn of_narrow(mean: f32, std: f32) -> (f32, f32, f32) {
    let (mut sum, mut by_mean, mut by_log_std) = (0.0, 0.0, 0.0);
    for (node, weight) in NODES {
        let u = mean + std * node;
        let slope = -2.0 * tanh(u);
        sum += weight * squash_correction(&[u]);
        by_mean += weight * slope;
        by_log_std += weight * slope * std * node;
    }
    (sum, by_mean, by_log_std)
}

/// ln(1 - tanh(u)^2) is 2 ln 2 - 2 |u| - 2 ln(1 + e^(-2 |u|)). The expectation of |u| is closed (that of the folded
/// normal distribution, Leone et al., 1961); the last part is near 0 alone, where a wide density is smooth, so Gauss's
/// quadrature for that weight takes the density at its nodes.
fn of_wide(mean: f32, std: f32) -> (f32, f32, f32) {
    let shift = mean / std;
    let bell = exp(-0.5 * shift * shift);
    let erf = erf(shift * FRAC_1_SQRT_2, bell);
    let spread = std * SQRT_2_OVER_PI * bell;
    let (mut sum, mut by_mean, mut by_log_std) = (spread + mean * erf, erf, spread);
    for (node, weight) in NEAR {
        for u in [node, -node] {
            let z = (u - mean) / std;
            let density = weight * exp(-0.5 * z * z) * (0.5 * SQRT_2_OVER_PI) / std;
            sum += density;
            by_mean += density * z / std;
            by_log_std += density * (z * z - 1.0);
        }
    }
    (2.0 * (LN_2 - sum), -2.0 * by_mean, -2.0 * by_log_std)
}

/// The error function of x, given e^(-x^2); good to 1.5e-7 (Abramowitz and Stegun, 1964, 7.1.26).
fn erf(x: f32, bell: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let polynomial = [1.061_405_4, -1.453_152_1, 1.421_413_8, -0.284_496_74, 0.254_829_6];
    let sum = polynomial.iter().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    (1.0 - sum * bell).copysign(x)
}

const SQRT_2_OVER_PI: f32 = 0.797_884_6;

/// Nodes and weights of Gauss's quadrature for the weight ln(1 + e^(-2 x)) on x > 0
/// (`tests/golden/squash_nodes.py`).
const NEAR: [(f32, f32); 7] = [
    (0.090_289_2, 0.140_184_86),
    (0.470_804_44, 0.174_181_36),
    (1.150_839_4, 0.079_727_33),
    (2.157_072_6, 0.015_759_798),
    (3.544_638_8, 0.001_336_243_7),
    (5.400_013, 4.352_458e-5),
    (7.890_656_5, 4.073_472_5e-7),
];

/// Nodes, in deviations from the mean, and weights of the trapezoidal rule for the standard normal distribution.
const NODES: [(f32, f32); N_NODES] = [
    (-5.0, 1.061_942_6e-6),
    (-4.285_714, 2.926_6e-5),
    (-3.571_428_5, 4.842_245_8e-4),
    (-2.857_143, 0.004_810_071),
    (-2.142_857, 0.028_686_488),
    (-1.428_571_5, 0.102_712_765),
    (-0.714_285_7, 0.220_796_73),
    (0.0, 0.284_958_78),
    (0.714_285_7, 0.220_796_73),
    (1.428_571_5, 0.102_712_765),
    (2.142_857, 0.028_686_488),
    (2.857_143, 0.004_810_071),
    (3.571_428_5, 4.842_245_8e-4),
    (4.285_714, 2.926_6e-5),
    (5.0, 1.061_942_6e-6),
];

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The three expectations by the trapezoidal rule in f64, so fine that the poles of tanh do not matter.
    fn integrated(mean: f64, std: f64) -> [f64; 3] {
        let n = 4000;
        let step = 20.0 / f64::from(n);
        let mut sums = [0.0; 3];
        for i in 0..=n {
            let z = -10.0 + step * f64::from(i);
            let weight = step * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
            let u = mean + std * z;
            let log_slope =
                2.0 * (std::f64::consts::LN_2 - u.abs() - (-2.0 * u.abs()).exp().ln_1p());
            let slope = -2.0 * u.tanh();
            sums[0] += weight * log_slope;
            sums[1] += weight * slope;
            sums[2] += weight * slope * std * z;
        }
        sums
    }

    #[test]
    fn the_entropy_of_squashed_actions_and_its_slopes_agree_with_integration() {
        let mut worst = 0.0_f64;
        for std in [0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999_999, 1.0, 1.2, 2.0, 4.0, 7.389, 10.0]
        {
            for mean in [-20.0, -8.0, -3.0, -2.2, -1.0, -0.3, 0.0, 0.1, 0.7, 1.4, 2.0, 3.0, 5.0] {
                let (sum, by_mean, by_log_std) = squash_entropy(mean as f32, std as f32);
                let expected = integrated(mean, std);
                for (got, expected) in
                    [sum, by_mean, by_log_std].map(f64::from).iter().zip(expected)
                {
                    let error = (got - expected).abs();
                    // The rules' own 6e-5, and single precision for means to 20.
                    assert!(error < 1e-4, "{mean} {std}: {got} {expected}");
                    worst = worst.max(error);
                }
            }
        }
        // Otherwise a bound of 1e-4 would be no measure of it.
        assert!(worst > 1e-7);
    }

    #[test]
    fn the_error_function_is_good_to_single_precision() {
        // Abramowitz and Stegun, table 7.1.
        for (x, expected) in [
            (0.0_f32, 0.0_f32),
            (0.1, 0.112_462_92),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
        ] {
            for sign in [1.0, -1.0] {
                let got = erf(sign * x, exp(-x * x));
                assert!((got - sign * expected).abs() < 5e-7, "{x}: {got}");
            }
        }
    }
}
