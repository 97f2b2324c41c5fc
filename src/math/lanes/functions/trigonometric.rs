//! Sines, cosines and angles [rad].

use super::super::when;
use super::{LaneMask, Lanes, constant, exact_sum, horner, is_double, is_negative, round};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Sine and cosine; NaN of infinite angles.
///
/// |x| = n pi/2 + r with |r| <= pi/4, with pi/2 in parts so short that n times a part is exact (Cody and Waite,
/// 1980). Beyond 2^14 (f32) or 2^20 (f64) the answer is that of an angle within one unit in the last place of x.
#[inline(always)]
pub fn sin_cos<L: Lanes>(x: L) -> (L, L) {
    let mut size = x.abs();
    let far = constant::<L>(16_384.0, 1_048_576.0).lt(size);
    when!(L, far, [size;] => {
        size = L::select(far, less_turns(size), size);
    });
    let n = round(size * L::splat(FRAC_2_PI));
    let (sin, cos) = of_quarters(n, reduce(size, n));
    (sin.flip_sign(x), cos)
}

/// Cosine of an angle in turns, from 0 to 1.
#[inline(always)]
pub(super) fn cos_of_turns<L: Lanes>(turns: L) -> L {
    let n = round(turns * L::splat(4.0));
    // A multiple of a quarter is taken away exactly.
    let r = (turns - n * L::splat(0.25)) * L::splat(std::f64::consts::TAU);
    of_quarters(n, r).1
}

/// Sine and cosine of n pi/2 + r, for |r| <= pi/4 and an integer n that is not negative.
#[inline(always)]
fn of_quarters<L: Lanes>(n: L, r: L) -> (L, L) {
    let z = r * r;
    let (sin, cos) = if is_double::<L>() {
        (
            horner!(z; -0.166_666_666_666_666_66, 0.008_333_333_333_330_927_2, -0.000_198_412_698_367_248_77,
                2.755_731_608_493_026_1e-6, -2.505_112_814_996_629_5e-8, 1.591_786_185_263_291_3e-10),
            horner!(z; 0.041_666_666_666_666_664, -0.001_388_888_888_888_738_2, 2.480_158_729_874_443_5e-5,
                -2.755_731_726_062_811_3e-7, 2.087_614_394_249_321_4e-9, -1.138_246_418_776_544_1e-11),
        )
    } else {
        (
            horner!(z; -0.166_666_642, 0.008_332_747_03, -0.000_195_875_051),
            horner!(z; 0.041_666_664_2, -0.001_388_830_13, 2.454_753_67e-5),
        )
    };
    let sin = r + r * z * sin;
    let cos = L::one() - (L::splat(0.5) * z - z * z * cos);

    // Which quarter turn it lies in: 0, 1, 2 or 3.
    let turn = n - L::splat(4.0) * round(n * L::splat(0.25) - L::splat(0.375));
    let swap = turn.equal(L::one()) | turn.equal(L::splat(3.0));
    let (a, b) = (L::select(swap, cos, sin), L::select(swap, sin, cos));
    let lower = L::splat(1.5).lt(turn);
    let left = L::splat(0.5).lt(turn) & turn.lt(L::splat(2.5));
    (L::select(lower, -a, a), L::select(left, -b, b))
}

/// `size` - n pi/2. What the later differences round away is kept and added last.
#[inline(always)]
fn reduce<L: Lanes>(size: L, n: L) -> L {
    let r = size - n * constant::<L>(1.570_312_5, 1.570_796_326_734_125_61);
    // Of f32 the first two parts leave no rest.
    let r = if is_double::<L>() { r } else { r - n * L::splat(0.000_483_512_878_417_968_75) };
    let part = n * constant::<L>(3.138_557_076_454_162_6e-7, 6.077_100_506_303_965_98e-11);
    let (r, rest) = exact_sum(r, -part);
    let part = n * constant::<L>(6.070_877_134_334_295_99e-11, 2.022_266_248_711_166_46e-21);
    let (r, more) = exact_sum(r, -part);
    let part = n * constant::<L>(6.223_371_969_669_899_51e-14, 8.478_427_660_368_899_57e-32);
    r + ((rest + more) - part)
}

/// A large size less a multiple of so many whole turns as come nearest to a number of their own precision: 322
/// turns (f32) or 145,897.
#[inline(always)]
fn less_turns<L: Lanes>(size: L) -> L {
    let turns = constant::<L>(2_023.185_668_945_312_5, 916_697.886_761_580_1);
    let rest = size - turns * (size / turns).floor();
    // Where numbers are farther apart than that, any is as good; an infinite size has none.
    let rest = turns.min(L::zero().max(rest));
    L::select(size.lt(L::splat(f64::INFINITY)), rest, L::splat(f64::NAN))
}

/// The angle of the point (x, y), in [-pi, pi], with the ends of IEEE 754's atan2.
///
/// The arc tangent of the smaller by the larger coordinate, and from there by the eighth of a turn.
#[inline(always)]
pub fn atan2<L: Lanes>(y: L, x: L) -> L {
    let (width, height) = (x.abs(), y.abs());
    let (small, large) = (width.min(height), width.max(height));
    let t = small / large;
    // Of 0 / 0 and infinity / infinity.
    let t = L::select(small.equal(large), L::select(large.equal(L::zero()), large, L::one()), t);
    let z = t * t;
    let series = if is_double::<L>() {
        horner!(z; -0.333_333_333_333_333_31, 0.199_999_999_999_996_6, -0.142_857_142_856_622_68,
            0.111_111_111_079_609_72, -0.090_909_089_896_950_859, 0.076_923_056_961_791_081,
            -0.066_666_402_941_909_078, 0.058_821_056_627_732_064, -0.052_614_445_139_574_528,
            0.047_528_685_756_420_865, -0.043_107_343_527_432_25, 0.038_794_065_513_148_006,
            -0.033_886_462_146_387_221, 0.027_782_033_511_858_026, -0.020_499_601_775_241_974,
            0.013_000_200_565_945_952, -0.006_747_437_046_019_585_1, 0.002_710_938_254_300_276_6,
            -0.000_782_772_618_693_876_34, 0.000_143_544_806_908_010_17, -1.249_839_809_691_290_4e-5)
    } else {
        horner!(z; -0.333_333_313, 0.199_997_902, -0.142_796_159, 0.110_420_376, -0.086_890_518_7,
            0.063_182_368_9, -0.036_670_487_4, 0.013_996_611_3, -0.002_508_608_62)
    };
    let r = t + t * z * series;
    // pi / 2 and pi in two parts.
    let high = constant::<L>(1.570_796_251_296_997_07, FRAC_PI_2);
    let low = constant::<L>(7.549_789_415_861_596_35e-8, 6.123_233_995_736_764_8e-17);
    let r = L::select(width.lt(height), high - (r - low), r);
    let r = L::select(is_negative(x), (high + high) - (r - (low + low)), r);
    let is_number = x.equal(x) & y.equal(y);
    L::select(is_number, r.flip_sign(y), L::splat(f64::NAN))
}

/// sqrt(x^2 + y^2), also where the squares are too large or too small.
#[inline(always)]
pub fn hypot<L: Lanes>(x: L, y: L) -> L {
    let (x, y) = (x.abs(), y.abs());
    let (small, large) = (x.min(y), x.max(y));
    let t = small / large;
    let out = large * (L::one() + t * t).sqrt();
    // 0 / 0 and infinity / infinity.
    let ends = large.equal(L::zero()) | large.equal(L::splat(f64::INFINITY));
    let is_number = x.equal(x) & y.equal(y);
    L::select(is_number, L::select(ends, large, out), x + y)
}
