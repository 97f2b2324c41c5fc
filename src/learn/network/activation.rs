//! Elementwise kernels, written so that the compiler vectorises them.

use crate::math::kernel::kernel;
use crate::math::lanes::{exp, exp_m1, ln_1p, tanh};
use serde::{Deserialize, Serialize};

/// The nonlinearity of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x above 0, e^x - 1 below (Clevert et al., 2016, with alpha = 1).
    Elu,
    /// max(x, 0).
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// lambda x above 0, lambda alpha (e^x - 1) below (Klambauer et al., 2017).
    Selu,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// ln(1 + e^x) (Dugas et al., 2001).
    Softplus,
    /// x P(X <= x) for X of the standard normal distribution (Hendrycks and Gimpel, 2016).
    Gelu,
}

impl Activation {
    /// All of them.
    #[cfg(test)]
    pub(in crate::learn) const ALL: [Self; 7] =
        [Self::Elu, Self::Relu, Self::Tanh, Self::Selu, Self::Sigmoid, Self::Softplus, Self::Gelu];

    /// Whether the slope does not follow from the output: gelu falls before it rises.
    pub(super) fn keeps_input(self) -> bool {
        self == Self::Gelu
    }
}

/// The constants of selu (Klambauer et al., 2017): with them mean 0 and variance 1 are a fixed point.
pub(in crate::learn) const SELU_LAMBDA: f32 = 1.050_701;
pub(in crate::learn) const SELU_ALPHA: f32 = 1.673_263_2;

#[inline(always)]
fn elu(x: f32) -> f32 {
    let below = exp_m1(x);
    if x > 0.0 { x } else { below }
}

#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[inline(always)]
fn softplus(x: f32) -> f32 {
    // max(x, 0) + ln(1 + e^-|x|): the exponential never overflows.
    let above = if x < 0.0 { 0.0 } else { x };
    above + ln_1p(exp(-x.abs()))
}

/// P(X <= x) and the density at x, of the standard normal distribution; both to 2e-7.
///
/// Of the far side it is e^(-x^2/2) times a polynomial (Abramowitz and Stegun, 1964, 7.1.26, with
/// erf(x / sqrt 2) = 2 P - 1).
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2 * x.abs());
    let series = t
        * (0.254_829_6
            + t * (-0.284_496_74 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4))));
    let beyond = 0.5 * series * bell;
    // 1 / sqrt(2 pi).
    (if x > 0.0 { 1.0 - beyond } else { beyond }, 0.398_942_3 * bell)
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * normal(x).0
}

#[inline(always)]
fn map(y: &mut [f32], f: impl Fn(f32) -> f32) {
    for y in y {
        *y = f(*y);
    }
}

#[inline(always)]
fn scale_by(dy: &mut [f32], y: &[f32], slope: impl Fn(f32) -> f32) {
    for (dy, y) in dy.iter_mut().zip(y) {
        *dy *= slope(*y);
    }
}

kernel! {
    /// y <- f(y).
    pub(super) fn activate(y: &mut [f32], f: Activation) {
        match f {
            Activation::Elu => map(y, elu),
            // Not `max`, which would hide a NaN.
            Activation::Relu => map(y, |x| if x < 0.0 { 0.0 } else { x }),
            Activation::Tanh => map(y, tanh),
            Activation::Selu => map(y, |x| {
                let below = SELU_ALPHA * exp_m1(x);
                SELU_LAMBDA * if x > 0.0 { x } else { below }
            }),
            Activation::Sigmoid => map(y, sigmoid),
            Activation::Softplus => map(y, softplus),
            Activation::Gelu => map(y, gelu),
        }
    }
}

kernel! {
    /// y <- f(x), for those whose slope is a function of x alone ([`Activation::keeps_input`]).
    pub(super) fn activate_kept(x: &[f32], y: &mut [f32]) {
        for (x, y) in x.iter().zip(y) {
            *y = gelu(*x);
        }
    }
}

kernel! {
    /// dy <- dy f'(x), where f' is written in terms of the output y = f(x); or of x, which then stands in
    /// the place of y ([`Activation::keeps_input`]).
    pub(super) fn multiply_by_slope(dy: &mut [f32], y: &[f32], f: Activation) {
        match f {
            Activation::Elu => scale_by(dy, y, |y| if y > 0.0 { 1.0 } else { y + 1.0 }),
            Activation::Relu => scale_by(dy, y, |y| if y > 0.0 { 1.0 } else { 0.0 }),
            Activation::Tanh => scale_by(dy, y, |y| 1.0 - y * y),
            Activation::Selu => scale_by(dy, y, |y| {
                if y > 0.0 { SELU_LAMBDA } else { y + SELU_LAMBDA * SELU_ALPHA }
            }),
            Activation::Sigmoid => scale_by(dy, y, |y| y * (1.0 - y)),
            // The slope is the sigmoid, 1 - e^-y in terms of the output.
            Activation::Softplus => scale_by(dy, y, |y| 1.0 - exp(-y)),
            Activation::Gelu => scale_by(dy, y, |x| {
                let (below, density) = normal(x);
                below + x * density
            }),
        }
    }
}

kernel! {
    /// sum <- sum + the rows of `rows`, shape (n, sum.len()).
    pub(super) fn add_rows(sum: &mut [f32], rows: &[f32]) {
        for row in rows.chunks_exact(sum.len()) {
            for (sum, x) in sum.iter_mut().zip(row) {
                *sum += x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_agrees_with_the_integral_of_the_density() {
        // Simpson's rule from far below; 1/1000 apart its error is 1e-13.
        let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
        let (step, mut below) = (1e-3, 0.0);
        for i in 0..20_000 {
            let x = -10.0 + step * f64::from(i);
            let (got, slope) = normal(x as f32);
            assert!((f64::from(got) - below).abs() < 3e-7, "P({x}) = {got}, not {below}");
            assert!((f64::from(slope) - density(x)).abs() < 2e-7, "density at {x}: {slope}");
            below += step / 6.0 * (density(x) + 4.0 * density(x + 0.5 * step) + density(x + step));
        }
        assert!(gelu(f32::NAN).is_nan());
    }

    #[test]
    fn activations_agree_with_their_definitions() {
        for i in -3000..3000 {
            let x = i as f32 * 0.01;
            let expected = [
                (Activation::Elu, if x > 0.0 { x } else { x.exp_m1() }),
                (Activation::Relu, x.max(0.0)),
                (Activation::Tanh, x.tanh()),
                (Activation::Selu, {
                    let below = 1.673_263_2 * x.exp_m1();
                    1.050_701 * if x > 0.0 { x } else { below }
                }),
                (Activation::Sigmoid, 1.0 / (1.0 + (-x).exp())),
                (Activation::Softplus, if x > 20.0 { x } else { x.exp().ln_1p() }),
                (Activation::Gelu, x * normal(x).0),
            ];
            for (f, expected) in expected {
                let mut y = [x];
                activate(&mut y, f);
                // A few units in the last place of numbers up to 30.
                assert!((y[0] - expected).abs() < 3e-6, "{f:?}({x}) = {}", y[0]);
            }
        }
    }
}
