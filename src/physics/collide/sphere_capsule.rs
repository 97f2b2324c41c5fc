//! Spheres and capsules against each other: the nearest points of two segments, then two spheres.

use super::{Contact, Shape, present};
use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;

/// Vectors shorter than this have no direction (MuJoCo's mjMINVAL).
pub(super) const TINY: f64 = 1e-15;

/// The normal of two round shapes whose centres coincide: across both axes, or x if these are
/// parallel.
#[inline(always)]
pub(super) fn across_axes<L: Lanes>(a: &Shape<L>, b: &Shape<L>) -> V3<L> {
    let across = cross3(a.axis(2), b.axis(2));
    let length = dot3(across, across).sqrt();
    // For f32 also what rounding makes of parallel axes.
    let parallel = length.lt(L::splat(TINY.max(2.0 * L::EPSILON)));
    let inverse = L::one() / L::select(parallel, L::one(), length);
    select3::<L>(parallel, splat3([1.0, 0.0, 0.0]), scale3(across, inverse))
}

/// Spheres at `p1` and `p2`, which are points of the shapes `a` and `b`.
#[inline(always)]
fn spheres<L: Lanes>(
    (a, p1, r1): (&Shape<L>, V3<L>, L),
    (b, p2, r2): (&Shape<L>, V3<L>, L),
    margin: L,
    near: L::Mask,
) -> Contact<L> {
    let between = sub3(p2, p1);
    let length = dot3(between, between).sqrt();
    let same = length.lt(L::splat(TINY));
    let inverse = L::one() / length.max(L::splat(TINY));
    let mut normal = scale3(between, inverse);
    when!(L, same, [normal;] => {
        normal = select3::<L>(same, across_axes(a, b), normal);
    });
    let dist = length - r1 - r2;
    Contact {
        dist: present(dist, margin, near),
        pos: mul_add3(normal, dist.mul_add(L::splat(0.5), r1), p1),
        normal,
        tangent: [L::zero(); 3],
    }
}

#[inline(always)]
pub(super) fn sphere_sphere<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    out[0] = spheres((a, a.pos, a.size[0]), (b, b.pos, b.size[0]), margin, near);
}

#[inline(always)]
pub(super) fn sphere_capsule<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let [radius, half, _] = b.size;
    let axis = b.axis(2);
    let along = dot3(axis, sub3(a.pos, b.pos)).clamp(-half, half);
    let point = mul_add3(axis, along, b.pos);
    out[0] = spheres((a, a.pos, a.size[0]), (b, point, radius), margin, near);
}

/// Below this squared sine of their angle, axes are parallel (MuJoCo 4.0, by experiment).
const PARALLEL: f64 = 1e-8;

/// One contact at the nearest points of the axes. If the axes are parallel, two: at the lower and the
/// upper end, on the first axis, of the stretch where they lie side by side. Where they do not, the
/// same contact twice, as in MuJoCo.
///
/// Nearest points of lines: Ericson, "Real-Time Collision Detection", 2005, section 5.1.8-9, here
/// with cross products, whose rounding is that of the angle and not of its square.
#[inline(always)]
pub(super) fn capsule_capsule<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let ([r1, h1, _], [r2, h2, _]) = (a.size, b.size);
    let (axis1, axis2) = (a.axis(2), b.axis(2));
    let between = sub3(b.pos, a.pos);
    // The nearest point of either line to the point t on the other is at u + c t, or at v + c t.
    let c = dot3(axis1, axis2);
    let (u, v) = (dot3(axis1, between), -dot3(axis2, between));
    let across = cross3(axis1, axis2);
    let squared = dot3(across, across);
    let parallel = squared.lt(L::splat(PARALLEL));
    let crossing = dot3(cross3(between, axis2), across) / squared.max(L::splat(1e-30));
    let t1 = L::select(parallel, u - h2, crossing).clamp(-h1, h1);
    let t2 = c.mul_add(t1, v).clamp(-h2, h2);
    // Where t2 reached the end of its axis, t1 follows.
    let t1 = L::select(parallel, t1, c.mul_add(t2, u).clamp(-h1, h1));
    let (p1, p2) = (mul_add3(axis1, t1, a.pos), mul_add3(axis2, t2, b.pos));
    out[0] = spheres((a, p1, r1), (b, p2, r2), margin, near);

    let near = near & parallel;
    out[1] = Contact::absent();
    when!(L, near, [out[1];] => {
        let t1 = (u + h2).clamp(-h1, h1);
        let t2 = c.mul_add(t1, v).clamp(-h2, h2);
        let (p1, p2) = (mul_add3(axis1, t1, a.pos), mul_add3(axis2, t2, b.pos));
        out[1] = spheres((a, p1, r1), (b, p2, r2), margin, near);
    });
}
