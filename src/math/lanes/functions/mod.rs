//! Elementary functions of lanes.
//!
//! They are made of additions, products, quotients, comparisons and the parts of a number's bits, never of a
//! fused product and never of the machine's library. So each gives the same bits in f32 lanes of every width,
//! and the same in f64 on every machine. Polynomials are minimax ones, in f32 and f64 of different degree; their
//! coefficients come from `tests/golden/polynomials.py`. What each is good for is in `tests.rs`, which holds it.

#![allow(clippy::excessive_precision, reason = "constants stand as their generator prints them")]

mod exponential;
mod logarithm;
mod normal;
mod power;
mod trigonometric;

pub use exponential::{exp, exp_m1, tanh};
pub use logarithm::{ln, ln_1p};
pub use normal::normal;
pub use power::pow;
pub use trigonometric::{atan2, hypot, sin_cos};

#[cfg(test)]
mod tests;

use super::{LaneMask, Lanes};

/// A polynomial by Horner's scheme, from the constant coefficient up.
macro_rules! horner {
    ($x:ident; $last:literal) => { L::splat($last) };
    ($x:ident; $first:literal, $($rest:literal),+) => {
        horner!($x; $($rest),+) * $x + L::splat($first)
    };
}
use horner;

/// Whether a lane holds f64 rather than f32.
#[inline(always)]
const fn is_double<L: Lanes>() -> bool {
    L::EPSILON < 1e-10
}

/// One of two numbers by the precision of the lanes.
#[inline(always)]
fn constant<L: Lanes>(single: f64, double: f64) -> L {
    L::splat(if is_double::<L>() { double } else { single })
}

/// The nearest integer, of two equally near ones the even; for |x| < 2^22 (f32) or 2^51 (f64).
///
/// 1.5 x 2^23 is so large that its neighbours are integers.
#[inline(always)]
fn round<L: Lanes>(x: L) -> L {
    let large = constant(12_582_912.0, 6_755_399_441_055_744.0);
    (x + large) - large
}

/// Whether the sign bit is set: below zero, or -0.
#[inline(always)]
fn is_negative<L: Lanes>(x: L) -> L::Mask {
    L::one().flip_sign(x).lt(L::zero())
}

/// a + b as the nearest number and what it leaves (Dekker, 1971); |b| <= |a|, or a is 0.
#[inline(always)]
fn exact_sum<L: Lanes>(a: L, b: L) -> (L, L) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// a b as the nearest number and what it leaves (Dekker, 1971), by halves of the factors that Veltkamp's
/// multiplication cuts off.
#[inline(always)]
fn exact_product<L: Lanes>(a: L, b: L) -> (L, L) {
    let halves = |x: L| {
        let large = x * constant(4097.0, 134_217_729.0);
        let high = large - (large - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a, a_rest), (b, b_rest)) = (halves(a), halves(b));
    let rest = a_rest * b_rest - (((product - a * b) - a_rest * b) - a * b_rest);
    (product, rest)
}
