//! The shortest way of a string about a sphere or a cylinder, on lanes.
//!
//! The problem and its cases are MuJoCo's (documentation, "Modeling / Tendons", and the behaviour of its engine):
//! in the plane through both ends and the centre of a sphere, or across a cylinder's axis, the string goes about a
//! circle. With a point on the side that it must pass it goes by that side; if that point is inside, the string
//! touches the circle from within, at one point. All of a lane's cases are computed where some lane needs them, and
//! selected.

use super::lanes::{LaneMask, Lanes, atan2, repeat, sin_cos, when};
use super::spatial::{
    M3, V3, add3, cross3, dot3, mul_add3, rotate, rotate_back, scale3, select3, sub3,
};

/// Smallest divisor (MuJoCo's mjMINVAL).
const MIN_VALUE: f64 = 1e-15;
/// What counts as an intersection when of two ways the better is chosen: worse than any length.
const CROSSED: f64 = -10_000.0;
/// Newton's method for a string on the inner side: first value, accepted error [rad], most steps.
const FIRST: f64 = 1.0 - 1e-7;
const ACCEPTED: f64 = 1e-6;
const MOST_STEPS: usize = 20;

/// Type of a wrapping geom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// About the origin.
    Sphere,
    /// About the z axis, without ends.
    Cylinder,
}

/// A sphere or cylinder in the world.
#[derive(Clone, Copy, Debug)]
pub struct WrapShape<L> {
    /// Sphere or cylinder.
    pub round: Round,
    /// Position of its centre in the world \[m\].
    pub pos: V3<L>,
    /// Its axes in the world: the columns of a row-major matrix.
    pub mat: M3<L>,
    /// Radius \[m\].
    pub radius: L,
}

/// The way about a shape.
#[derive(Clone, Copy, Debug)]
pub struct Wrapped<L: Lanes> {
    /// Whether the string touches the shape; else it goes straight, and the rest means nothing.
    pub touches: L::Mask,
    /// Length of the string on the shape \[m\].
    pub length: L,
    /// Where it meets the shape and leaves it \[m\].
    pub points: [V3<L>; 2],
}

type V2<L> = [L; 2];

/// Touches, length, points: in the plane of the circle, about the origin.
type Bent<L> = (<L as Lanes>::Mask, L, [V2<L>; 2]);

/// The way of a string between two points about a shape, on the side of a third point if there is one.
#[inline(always)]
pub fn wrap<L: Lanes>(shape: &WrapShape<L>, ends: [V3<L>; 2], side: Option<V3<L>>) -> Wrapped<L> {
    let least = L::splat(MIN_VALUE);
    let p0 = rotate_back(&shape.mat, sub3(ends[0], shape.pos));
    let p1 = rotate_back(&shape.mat, sub3(ends[1], shape.pos));
    let far = least.le(dot3(p0, p0).sqrt()) & least.le(dot3(p1, p1).sqrt());
    let [axis0, axis1] = match shape.round {
        Round::Sphere => plane_of(p0, p1),
        Round::Cylinder => {
            let (o, l) = (L::zero(), L::one());
            [[l, o, o], [o, l, o]]
        }
    };
    let d = [[dot3(p0, axis0), dot3(p0, axis1)], [dot3(p1, axis0), dot3(p1, axis1)]];
    let radius = shape.radius;
    let (bends, mut length, points) = match side {
        None => about_circle(d, None, radius),
        Some(side) => {
            let side = rotate_back(&shape.mat, sub3(side, shape.pos));
            let inside = dot3(side, side).sqrt().lt(radius);
            let flat = [dot3(side, axis0), dot3(side, axis1)];
            let direction = scale2(unit2(flat), radius);
            let mut bent = (L::Mask::splat(false), L::zero(), d);
            when!(L, inside, [bent.1, bent.2; bent.0] => {
                bent = within_circle(d, radius);
            });
            when!(L, !inside, [bent.1, bent.2; bent.0] => {
                let outer = about_circle(d, Some(direction), radius);
                bent.0 = (inside & bent.0) | (!inside & outer.0);
                bent.1 = L::select(inside, bent.1, outer.1);
                for k in 0..2 {
                    bent.2[k] = select2(inside, bent.2[k], outer.2[k]);
                }
            });
            bent
        }
    };
    let mut res = [
        mul_add3(axis0, points[0][0], scale3(axis1, points[0][1])),
        mul_add3(axis0, points[1][0], scale3(axis1, points[1][1])),
    ];
    if shape.round == Round::Cylinder {
        // It climbs evenly along the whole way.
        let before = norm2(sub2(d[0], points[0]));
        let after = norm2(sub2(d[1], points[1]));
        let slope = (p1[2] - p0[2]) / (before + length + after).max(least);
        res[0][2] = slope.mul_add(before, p0[2]);
        res[1][2] = slope.mul_add(before + length, p0[2]);
        let height = res[1][2] - res[0][2];
        length = length.mul_add(length, height * height).sqrt();
    }
    Wrapped {
        touches: bends & far & least.le(radius),
        length,
        points: [
            add3(rotate(&shape.mat, res[0]), shape.pos),
            add3(rotate(&shape.mat, res[1]), shape.pos),
        ],
    }
}

/// Axes of the plane through the origin and two points, the first towards the first point.
#[inline(always)]
fn plane_of<L: Lanes>(p0: V3<L>, p1: V3<L>) -> [V3<L>; 2] {
    let axis0 = unit3(p0);
    let normal = cross3(p0, p1);
    let parallel = dot3(normal, normal).sqrt().lt(L::splat(MIN_VALUE));
    let mut normal = unit3(normal);
    if parallel.any() {
        // Any plane does: MuJoCo takes that of a vector of ones but where the first axis is largest.
        let [x, y, z] = axis0.map(L::abs);
        let second = x.lt(y) & z.lt(y);
        let third = x.lt(z) & y.lt(z);
        let (o, l) = (L::zero(), L::one());
        let other = select3(second, [l, o, l], select3(third, [l, l, o], [o, l, l]));
        normal = select3(parallel, unit3(cross3(axis0, other)), normal);
    }
    [axis0, unit3(cross3(normal, axis0))]
}

/// The shorter way about the circle, unless the straight one misses it; or that on the side of a direction, if the
/// straight one passes behind the centre.
#[inline(always)]
fn about_circle<L: Lanes>(d: [V2<L>; 2], side: Option<V2<L>>, radius: L) -> Bent<L> {
    let (zero, one, least) = (L::zero(), L::one(), L::splat(MIN_VALUE));
    let square = radius * radius;
    let [square0, square1] = [dot2(d[0], d[0]), dot2(d[1], d[1])];
    let between = sub2(d[1], d[0]);
    let squared = dot2(between, between);
    let mut touches = square.le(square0) & square.le(square1) & least.le(squared);
    let a = (-dot2(between, d[0]) / squared.max(least)).clamp(zero, one);
    let nearest = add2(d[0], scale2(between, a));
    let misses = square.lt(dot2(nearest, nearest));
    let behind = match side {
        None => L::Mask::splat(false),
        Some(side) => passes_behind(d, side),
    };
    touches = touches & (!misses | behind);
    if !touches.any() {
        return (touches, zero, d);
    }
    let root0 = (square0 - square).max(zero).sqrt();
    let root1 = (square1 - square).max(zero).sqrt();
    let (divisor0, divisor1) = (square0.max(least), square1.max(least));
    let (turn0, turn1) = (radius * root0, radius * root1);
    let one_way = [tangent(d[0], square, turn0, divisor0), tangent(d[1], square, -turn1, divisor1)];
    let other_way =
        [tangent(d[0], square, -turn0, divisor0), tangent(d[1], square, turn1, divisor1)];
    let first = goodness(d, other_way, side, behind).lt(goodness(d, one_way, side, behind));
    let points = [0, 1].map(|k| select2(first, one_way[k], other_way[k]));
    touches = touches & !intersect(d, points);
    // The angle between the points in the direction in which the string goes.
    let [a, b] = points;
    let turn = cross2(a, b);
    let turn = L::select(first, turn, -turn);
    let angle = atan2(turn.abs(), dot2(a, b));
    let full = L::splat(std::f64::consts::TAU);
    let angle = L::select(zero.lt(turn), full - angle, angle);
    (touches, radius * angle, points)
}

/// Whether the straight way crosses the axis through the centre towards the side, behind the centre: then it has to
/// be pulled over to the side although it misses the circle. So does MuJoCo 4.
#[inline(always)]
fn passes_behind<L: Lanes>(d: [V2<L>; 2], side: V2<L>) -> L::Mask {
    let (zero, one) = (L::zero(), L::one());
    let (from, to) = (cross2(side, d[0]), cross2(side, d[1]));
    let crosses = (from * to).lt(zero);
    let share = from / L::select(crosses, from - to, one);
    let crossing = add2(d[0], scale2(sub2(d[1], d[0]), share));
    crosses & dot2(side, crossing).lt(zero)
}

/// Where a tangent through a point meets the circle; the sign of `turn`, the radius times the tangent's length, is
/// that of the side.
#[inline(always)]
fn tangent<L: Lanes>(d: V2<L>, square: L, turn: L, divisor: L) -> V2<L> {
    [d[0].mul_add(square, turn * d[1]) / divisor, d[1].mul_add(square, -(turn * d[0])) / divisor]
}

/// How well a way suits: short, or if the straight one passes behind the centre, near the side.
#[inline(always)]
fn goodness<L: Lanes>(
    d: [V2<L>; 2],
    points: [V2<L>; 2],
    side: Option<V2<L>>,
    behind: L::Mask,
) -> L {
    let chord = sub2(points[0], points[1]);
    let mut good = -dot2(chord, chord);
    if let Some(side) = side {
        let near = dot2(unit2(add2(points[0], points[1])), side);
        good = L::select(behind, near, good);
    }
    L::select(intersect(d, points), L::splat(CROSSED), good)
}

/// Whether the ways from both ends to their points cross.
#[inline(always)]
fn intersect<L: Lanes>(d: [V2<L>; 2], points: [V2<L>; 2]) -> L::Mask {
    let (zero, one) = (L::zero(), L::one());
    let one_way = sub2(points[0], d[0]);
    let other_way = sub2(points[1], d[1]);
    let between = sub2(d[0], d[1]);
    let determinant = cross2(one_way, other_way);
    let crosses = L::splat(MIN_VALUE).le(determinant.abs());
    let divisor = L::select(crosses, determinant, one);
    let a = cross2(other_way, between) / divisor;
    let b = cross2(one_way, between) / divisor;
    crosses & zero.le(a) & a.le(one) & zero.le(b) & b.le(one)
}

/// The point of the circle that a string within it touches: there both parts lean equally from the normal. Newton's
/// method for the sine of their angle; without a solution the point is in the middle. MuJoCo ends its own search up to
/// 1e-6 rad from it.
#[inline(always)]
fn within_circle<L: Lanes>(d: [V2<L>; 2], radius: L) -> Bent<L> {
    let (zero, one, least) = (L::zero(), L::one(), L::splat(MIN_VALUE));
    let [length0, length1] = d.map(norm2);
    let mut touches = radius.lt(length0) & radius.lt(length1);
    let between = sub2(d[1], d[0]);
    let squared = dot2(between, between);
    let a = -dot2(between, d[0]) / squared.max(least);
    let nearest = add2(d[0], scale2(between, a));
    let on_the_way = least.lt(squared) & zero.lt(a) & a.lt(one);
    touches = touches & !(on_the_way & norm2(nearest).le(radius));
    let middle = scale2(unit2(scale2(add2(d[0], d[1]), L::splat(0.5))), radius);
    let cosine = (length0.mul_add(length0, length1 * length1) - squared)
        / (L::splat(2.0) * length0 * length1).max(least);
    touches = touches & (least - one).le(cosine);
    if !touches.any() {
        return (touches, zero, [middle; 2]);
    }
    let [a, b] = [radius / length0.max(least), radius / length1.max(least)];
    let angle = acos(cosine);
    let mut z = L::splat(FIRST);
    let mut f = excess(a, b, angle, z);
    // In f32 the rounding of a sine near one, times the slope of its angle there, is some 1e-6 rad.
    let accepted = L::splat(ACCEPTED.max(64.0 * L::EPSILON));
    let mut sound = touches & cosine.le(one - least) & f.le(zero);
    let mut open = sound & accepted.lt(f.abs());
    repeat!(L, _turn in MOST_STEPS, while open, [z, f; sound] => {
        let df =
            a.mul_add(asin_slope(a * z), b * asin_slope(b * z)) - L::splat(2.0) * asin_slope(z);
        let falls = df.le(-least);
        let next = z - f / L::select(falls, df, one);
        let good = falls & next.le(z);
        let value = excess(a, b, angle, next);
        let fine = good & value.le(accepted);
        sound = sound & (!open | fine);
        z = L::select(open & good, next, z);
        f = L::select(open & good, value, f);
        open = open & fine & accepted.lt(f.abs());
    });
    sound = sound & !open;
    let turned = zero.lt(cross2(d[0], d[1]));
    let from = unit2(select2(turned, d[0], d[1]));
    let lean = asin(z) - asin(L::select(turned, a, b) * z);
    let (sin, cos) = sin_cos(lean);
    let point = [
        radius * cos.mul_add(from[0], -(sin * from[1])),
        radius * sin.mul_add(from[0], cos * from[1]),
    ];
    (touches, zero, [select2(sound, point, middle); 2])
}

/// How much farther the string turns at the circle than it may, when its first part leans by the sine `z`.
#[inline(always)]
fn excess<L: Lanes>(a: L, b: L, angle: L, z: L) -> L {
    asin(a * z) + asin(b * z) - L::splat(2.0) * asin(z) + angle
}

#[inline(always)]
fn asin_slope<L: Lanes>(x: L) -> L {
    L::one() / one_less_square(x).sqrt().max(L::splat(MIN_VALUE))
}

#[inline(always)]
fn one_less_square<L: Lanes>(x: L) -> L {
    ((L::one() - x) * (L::one() + x)).max(L::zero())
}

#[inline(always)]
fn asin<L: Lanes>(x: L) -> L {
    atan2(x, one_less_square(x).sqrt())
}

#[inline(always)]
fn acos<L: Lanes>(x: L) -> L {
    atan2(one_less_square(x).sqrt(), x)
}

#[inline(always)]
fn add2<L: Lanes>(a: V2<L>, b: V2<L>) -> V2<L> {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn sub2<L: Lanes>(a: V2<L>, b: V2<L>) -> V2<L> {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn scale2<L: Lanes>(a: V2<L>, s: L) -> V2<L> {
    [a[0] * s, a[1] * s]
}

#[inline(always)]
fn dot2<L: Lanes>(a: V2<L>, b: V2<L>) -> L {
    a[0].mul_add(b[0], a[1] * b[1])
}

#[inline(always)]
fn cross2<L: Lanes>(a: V2<L>, b: V2<L>) -> L {
    a[0].mul_add(b[1], -(a[1] * b[0]))
}

#[inline(always)]
fn norm2<L: Lanes>(a: V2<L>) -> L {
    dot2(a, a).sqrt()
}

#[inline(always)]
fn select2<L: Lanes>(mask: L::Mask, a: V2<L>, b: V2<L>) -> V2<L> {
    [L::select(mask, a[0], b[0]), L::select(mask, a[1], b[1])]
}

/// A vector of length one; along the first axis if it has none.
#[inline(always)]
fn unit2<L: Lanes>(a: V2<L>) -> V2<L> {
    let length = norm2(a);
    let none = length.lt(L::splat(MIN_VALUE));
    let inverse = L::one() / L::select(none, L::one(), length);
    select2(none, [L::one(), L::zero()], scale2(a, inverse))
}

/// A vector of length one; along the first axis if it has none.
#[inline(always)]
pub fn unit3<L: Lanes>(a: V3<L>) -> V3<L> {
    let length = dot3(a, a).sqrt();
    let none = length.lt(L::splat(MIN_VALUE));
    let inverse = L::one() / L::select(none, L::one(), length);
    select3(none, [L::one(), L::zero(), L::zero()], scale3(a, inverse))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::{Isa, for_isa};

    /// Two points outside of a sphere of this radius about the origin, and one inside.
    const RADIUS: f64 = 0.05;
    const ENDS: [[f64; 3]; 2] = [[-0.05, 0.01, -0.05], [0.12, -0.02, -0.06]];
    const INSIDE: [f64; 3] = [0.0, 0.005, 0.02];

    fn shape<L: Lanes>(round: Round) -> WrapShape<L> {
        let (o, l) = (L::zero(), L::one());
        WrapShape { round, pos: [o; 3], mat: [l, o, o, o, l, o, o, o, l], radius: L::splat(RADIUS) }
    }

    /// Length of the way from the first point to the second over a third.
    fn way(over: [f64; 3]) -> f64 {
        let distance = |a: [f64; 3]| (0..3).map(|k| (a[k] - over[k]).powi(2)).sum::<f64>().sqrt();
        distance(ENDS[0]) + distance(ENDS[1])
    }

    fn leans_equally<L: Lanes>(tolerance: f64) {
        let ends = ENDS.map(|end| end.map(L::splat));
        let found = wrap(&shape(Round::Sphere), ends, Some(INSIDE.map(L::splat)));
        for lane in 0..L::WIDTH {
            assert!(found.touches.lane(lane));
            assert_eq!(found.length.lane(lane), 0.0);
            let point = found.points[0].map(|x| x.lane(lane));
            let radius = dot3(point, point).sqrt();
            assert!((radius - RADIUS).abs() < 1e-7, "{radius}");
            // Of all ways over points of the circle it is the shortest: turned either way, it grows.
            let normal = unit3(cross3(ENDS[0], ENDS[1]));
            let across = cross3(normal, point);
            let turned = |angle: f64| way(mul_add3(across, angle, point));
            let slope = (turned(1e-4) - turned(-1e-4)) / 2e-4;
            assert!(slope.abs() < tolerance, "{slope}");
        }
    }

    #[test]
    fn a_string_within_a_sphere_touches_it_where_both_parts_lean_equally() {
        for isa in Isa::available() {
            // The method ends at 1e-6 rad, of which the slope sees the radius.
            let tolerance = if isa == Isa::Reference { 1e-7 } else { 1e-5 };
            for_isa!(isa, L => leans_equally::<L>(tolerance));
        }
    }

    type Case = ([[f64; 3]; 2], Option<[f64; 3]>, bool);

    /// Past it, about it, pulled over to the side, within, in line with the centre, an end inside.
    const CASES: [Case; 6] = [
        ([[-0.25, 0.05, 0.0], [0.2, 0.1, 0.1]], None, false),
        ([[-0.25, 0.01, 0.0], [0.2, 0.02, 0.02]], None, true),
        ([[-0.25, 0.05, 0.0], [0.02, -0.11, 0.01]], Some([0.0, 0.12, 0.0]), true),
        (ENDS, Some(INSIDE), true),
        ([[-0.1, 0.0, 0.0], [0.1, 0.0, 0.0]], Some([0.0, 0.2, 0.0]), true),
        ([[0.01, 0.0, 0.0], [0.1, 0.0, 0.0]], None, false),
    ];

    fn lanes_agree<L: Lanes>(round: Round, (ends, side, touches): Case) {
        let theirs = wrap(&shape::<f64>(round), ends, side);
        if round == Round::Sphere {
            assert_eq!(theirs.touches, touches, "{ends:?}");
        }
        let side = side.map(|point| point.map(L::splat));
        let ours = wrap(&shape::<L>(round), ends.map(|end| end.map(L::splat)), side);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        for lane in 0..L::WIDTH {
            assert_eq!(ours.touches.lane(lane), theirs.touches, "{round:?} {ends:?}");
            if !theirs.touches {
                continue;
            }
            assert!(near(ours.length.lane(lane), theirs.length), "{round:?} {ends:?}");
            for (a, b) in ours.points.iter().flatten().zip(theirs.points.iter().flatten()) {
                assert!(near(a.lane(lane), *b), "{round:?} {ends:?}");
            }
        }
    }

    #[test]
    fn lanes_go_the_way_of_the_reference() {
        for isa in Isa::available() {
            for case in CASES {
                for_isa!(isa, L => lanes_agree::<L>(Round::Sphere, case));
                for_isa!(isa, L => lanes_agree::<L>(Round::Cylinder, case));
            }
        }
    }
}
