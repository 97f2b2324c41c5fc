//! Natural logarithms.

use super::{Lanes, constant, exact_product, exact_sum, horner, is_double};

/// ln x: -infinity at 0, NaN below.
///
/// x = 2^e (1 + f) with 1 + f from sqrt(1/2) to sqrt 2; ln(1 + f) = 2 atanh(s) with s = f / (2 + f), of which
/// 2 s = f - s f is the part to keep exact (Tang, 1990).
#[inline(always)]
pub fn ln<L: Lanes>(x: L) -> L {
    let (e, f) = split(x);
    let s = f / (L::splat(2.0) + f);
    let half_square = L::splat(0.5) * f * f;
    let rest = s * (half_square + s * s * tail(s * s)) + e * ln_2::<L>().1;
    let out = e * ln_2::<L>().0 - ((half_square - rest) - f);

    let below = L::select(x.equal(L::zero()), L::splat(f64::NEG_INFINITY), L::splat(f64::NAN));
    let out = L::select(x.le(L::zero()), below, out);
    // Infinity and NaN are their own.
    L::select(x.lt(L::splat(f64::INFINITY)), out, x)
}

/// ln(1 + x), also where x is small; what 1 + x rounds away is made good to first order.
#[inline(always)]
pub fn ln_1p<L: Lanes>(x: L) -> L {
    let sum = L::one() + x;
    // Of large x it is x that the sum took but in part.
    let lost = L::select(x.lt(L::one()), x - (sum - L::one()), L::one() - (sum - x));
    let whole = lost.equal(L::zero()) | !sum.lt(L::splat(f64::INFINITY));
    let out = ln(sum) + L::select(whole, L::zero(), lost / sum);
    // Neither are -0 and numbers whose square is lost.
    L::select(x.abs().lt(L::splat(L::EPSILON * 0.25)), x, out)
}

/// ln x as a sum of two numbers, the second below the precision of the first; for positive finite x.
#[inline(always)]
pub(super) fn ln_in_two<L: Lanes>(x: L) -> (L, L) {
    let (e, f) = split(x);
    // s = f / (2 + f) with what the sum and the quotient round away.
    let (sum, sum_rest) = exact_sum(L::splat(2.0), f);
    let s = f / sum;
    let (product, product_rest) = exact_product(s, sum);
    let s_rest = (((f - product) - product_rest) - s * sum_rest) / sum;
    let series = s * (s * s) * fine_tail(s * s) + (s_rest + s_rest);
    let (high, rest) = exact_sum(e * ln_2::<L>().0, s + s);
    exact_sum(high, rest + (e * ln_2::<L>().1 + series))
}

/// ln 2 in two parts; the first is so short that its product with an exponent is exact.
#[inline(always)]
fn ln_2<L: Lanes>() -> (L, L) {
    (
        constant(0.693_145_751_953_125, 0.693_147_180_369_123_816),
        constant(1.428_606_765_330_187_05e-6, 1.908_214_929_270_587_7e-10),
    )
}

/// (2 atanh(s) / s - 2) / s^2, of z = s^2.
#[inline(always)]
fn tail<L: Lanes>(z: L) -> L {
    if is_double::<L>() {
        horner!(z; 0.666_666_666_666_666_96, 0.399_999_999_998_978_84, 0.285_714_286_266_521_4,
            0.222_222_110_316_767_06, 0.181_828_962_106_300_37, 0.153_314_977_165_485_45,
            0.146_190_971_417_306_55)
    } else {
        horner!(z; 0.666_666_865, 0.399_886_966, 0.295_830_876)
    }
}

/// The same with more digits; 2/3 in two parts.
#[inline(always)]
fn fine_tail<L: Lanes>(z: L) -> L {
    let (high, low) = (
        constant::<L>(0.666_666_686_534_881_6, 2.0 / 3.0),
        constant::<L>(-1.986_821_49e-8, 3.700_743_415_417_188_5e-17),
    );
    let series = if is_double::<L>() {
        horner!(z; 0.400_000_000_000_000_02, 0.285_714_285_714_293_8, 0.222_222_222_216_481_69,
            0.181_818_183_370_364_4, 0.153_845_947_961_590_48, 0.133_348_133_220_680_62,
            0.117_060_147_961_065_27, 0.117_254_100_590_004_57)
    } else {
        horner!(z; 0.400_000_155, 0.285_621_673, 0.230_507_836)
    };
    high + (low + z * series)
}

/// e and f: x = 2^e (1 + f), with 1 + f from sqrt(1/2) to sqrt 2; for positive finite x.
#[inline(always)]
fn split<L: Lanes>(x: L) -> (L, L) {
    // Below the smallest normal number the exponent's bits say nothing.
    let tiny = x.lt(constant(f64::from(f32::MIN_POSITIVE), f64::MIN_POSITIVE));
    let lifted = x * constant(16_777_216.0, 18_014_398_509_481_984.0);
    let x = L::select(tiny, lifted, x);
    let (e, m) = (x.exponent(), x.mantissa());
    let e = L::select(tiny, e - constant(24.0, 54.0), e);
    let high = L::splat(std::f64::consts::SQRT_2).lt(m);
    let m = L::select(high, m * L::splat(0.5), m);
    (L::select(high, e + L::one(), e), m - L::one())
}
