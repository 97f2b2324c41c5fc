//! Elementary functions of lanes.

use super::Lanes;

/// Sine and cosine [rad].
///
/// For f64 the standard library's. For f32: Cody and Waite's reduction by multiples of pi/2 in
/// three parts, then minimax polynomials on [-pi/4, pi/4]; absolute error below 2e-7 for
/// |x| < 1e4, growing with |x| beyond.
#[inline(always)]
pub fn sin_cos<L: Lanes>(x: L) -> (L, L) {
    if L::EPSILON < 1e-10 {
        return (x.map(f64::sin), x.map(f64::cos));
    }
    let quarter = (x.mul_add(L::splat(std::f64::consts::FRAC_2_PI), L::splat(0.5))).floor();
    let r = quarter.mul_add(L::splat(-1.570_312_5), x);
    let r = quarter.mul_add(L::splat(-4.837_512_969_970_703e-4), r);
    let r = quarter.mul_add(L::splat(-7.549_789_948_768_648e-8), r);
    let r2 = r * r;

    let s = L::splat(-1.951_529_6e-4).mul_add(r2, L::splat(8.332_161e-3));
    let s = s.mul_add(r2, L::splat(-1.666_665_5e-1));
    let sin = (s * r2).mul_add(r, r);

    let c = L::splat(2.443_315_7e-5).mul_add(r2, L::splat(-1.388_731_6e-3));
    let c = c.mul_add(r2, L::splat(4.166_664_6e-2));
    let cos = (c * r2).mul_add(r2, L::splat(-0.5).mul_add(r2, L::one()));

    // Which quarter turn x lies in: 0, 1, 2 or 3.
    let turn = (quarter * L::splat(0.25)).floor().mul_add(L::splat(-4.0), quarter);
    let swap = turn.equal(L::one()) | turn.equal(L::splat(3.0));
    let (a, b) = (L::select(swap, cos, sin), L::select(swap, sin, cos));
    let lower = L::splat(1.5).lt(turn);
    let left = L::splat(0.5).lt(turn) & turn.lt(L::splat(2.5));
    (L::select(lower, -a, a), L::select(left, -b, b))
}

/// The angle of the point (x, y) [rad], in [-pi, pi].
#[inline(always)]
pub fn atan2<L: Lanes>(y: L, x: L) -> L {
    let mut out = y;
    for lane in 0..L::WIDTH {
        out.set_lane(lane, y.lane(lane).atan2(x.lane(lane)));
    }
    out
}
