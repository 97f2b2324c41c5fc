//! e^x and what is made of it.

use super::{Lanes, constant, horner, is_double, round};
use std::f64::consts::LOG2_E;

/// e^x.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite, 1980), e^x = 2^n e^r. Below the smallest normal number
/// the result loses digits as such numbers do; too small a one is 0, too large a one infinite.
#[inline(always)]
pub fn exp<L: Lanes>(x: L) -> L {
    let x = within_ends(x);
    let (n, r) = reduce(x);
    scale(L::one() + less_one(r), n)
}

/// e^(x + rest), of a `rest` below the precision of x.
#[inline(always)]
pub(super) fn exp_of_sum<L: Lanes>(x: L, rest: L) -> L {
    let clamped = within_ends(x);
    let rest = L::select(clamped.equal(x), rest, L::zero());
    let (n, r) = reduce(clamped);
    scale(L::one() + less_one(r + rest), n)
}

/// e^x - 1, also where that is small.
#[inline(always)]
pub fn exp_m1<L: Lanes>(x: L) -> L {
    // Beyond: -1, and infinite. The second operand is the answer where one is NaN.
    let clamped = constant::<L>(88.8, 709.9).min(L::splat(-60.0).max(x));
    let (n, r) = reduce(clamped);
    let out = less_one_scaled(n, r);
    // Neither are -0 and numbers whose square is lost.
    L::select(x.equal(L::zero()), x, out)
}

/// The hyperbolic tangent: a polynomial where |x| is small, 1 - 2 / (e^(2 |x|) + 1) elsewhere.
#[inline(always)]
pub fn tanh<L: Lanes>(x: L) -> L {
    // From there on it rounds to 1. The second operand is the answer where one is NaN.
    let size = constant::<L>(10.0, 22.0).min(x.abs());
    let z = size * size;
    let series = if is_double::<L>() {
        horner!(z; -0.333_333_333_333_333_31, 0.133_333_333_333_330_56, -0.053_968_253_967_911_356,
            0.021_869_488_519_570_834, -0.008_863_235_114_536_431_2, 0.003_592_121_883_458_737_8,
            -0.001_455_776_377_972_625, 0.000_589_665_185_693_923_96, -0.000_237_604_281_091_799_7,
            9.259_663_663_146_891_6e-5, -3.122_799_852_611_077_2e-5, 6.497_422_763_254_726e-6)
    } else {
        horner!(z; -0.333_333_284, 0.133_327_931, -0.053_853_78, 0.021_008_689, -0.006_111_144_09)
    };
    let small = size + size * z * series;
    let (n, r) = reduce(size + size);
    let power = n.power_of_two() * (L::one() + less_one(r));
    let large = L::one() - L::splat(2.0) / (power + L::one());
    L::select(size.lt(L::splat(0.625)), small, large).flip_sign(x)
}

/// Between where e^x is 0 and where it is infinite; NaN stays.
#[inline(always)]
fn within_ends<L: Lanes>(x: L) -> L {
    constant::<L>(90.0, 720.0).min(constant::<L>(-110.0, -760.0).max(x))
}

/// n and r: x = n ln 2 + r. The first part of ln 2 is so short that its product with n is exact.
#[inline(always)]
fn reduce<L: Lanes>(x: L) -> (L, L) {
    let n = round(x * L::splat(LOG2_E));
    let high = constant::<L>(0.693_145_751_953_125, 0.693_147_180_369_123_816);
    let low = constant::<L>(1.428_606_765_330_187_05e-6, 1.908_214_929_270_587_7e-10);
    (n, (x - n * high) - n * low)
}

/// e^r - 1 for |r| <= ln 2 / 2.
#[inline(always)]
fn less_one<L: Lanes>(r: L) -> L {
    let series = if is_double::<L>() {
        horner!(r; 0.500_000_000_000_000_11, 0.166_666_666_666_666_74, 0.041_666_666_666_623_817,
            0.008_333_333_333_322_128_6, 0.001_388_888_891_736_876, 0.000_198_412_698_868_316_62,
            2.480_152_105_564_743_9e-5, 2.755_724_206_490_069_9e-6, 2.762_020_251_071_916_9e-7,
            2.511_015_219_240_185e-8)
    } else {
        horner!(r; 0.5, 0.166_665_763, 0.041_666_373_6, 0.008_363_234_81, 0.001_394_121_79)
    };
    r + r * r * series
}

/// 2^n e^r - 1. Half of it is summed, since 2^n may be one step too large.
#[inline(always)]
fn less_one_scaled<L: Lanes>(n: L, r: L) -> L {
    let half = (n - L::one()).power_of_two();
    let out = half * less_one(r) + (half - L::splat(0.5));
    out + out
}

/// 2^n y, in two steps: either factor is a normal number where 2^n is not.
#[inline(always)]
fn scale<L: Lanes>(y: L, n: L) -> L {
    let part = round(n * L::splat(0.5));
    y * part.power_of_two() * (n - part).power_of_two()
}
