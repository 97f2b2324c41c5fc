//! A sphere against a box or a cylinder: the nearest point of the surface, in closed form.

use super::sphere_capsule::{TINY, across_axes};
use super::{Contact, Shape, present};
use crate::math::lanes::{LaneMask, Lanes, when};
use crate::math::spatial::*;

/// A sphere whose nearest surface lies along `normal`, `length` from its centre; negative if the
/// centre is inside.
#[inline(always)]
fn towards<L: Lanes>(
    centre: V3<L>,
    radius: L,
    normal: V3<L>,
    length: L,
    margin: L,
    near: L::Mask,
) -> Contact<L> {
    let dist = length - radius;
    Contact {
        dist: present(dist, margin, near),
        pos: mul_add3(normal, dist.mul_add(L::splat(0.5), radius), centre),
        normal,
        tangent: [L::zero(); 3],
    }
}

/// From inside the box the nearest face; from outside the nearest point.
#[inline(always)]
pub(super) fn sphere_box<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let between = sub3(a.pos, b.pos);
    let local: V3<L> = std::array::from_fn(|k| dot3(b.axis(k), between));
    let nearest: V3<L> = std::array::from_fn(|k| local[k].clamp(-b.size[k], b.size[k]));
    let to_box = sub3(nearest, local);
    let mut length = dot3(to_box, to_box).sqrt();
    let inverse = L::one() / length.max(L::splat(TINY));
    let mut direction = to_box.map(|x| x * inverse);

    let inside = length.le(L::splat(TINY));
    when!(L, inside, [length, direction;] => {
        let gap: V3<L> = std::array::from_fn(|k| b.size[k] - local[k].abs());
        let x = gap[0].le(gap[1]) & gap[0].le(gap[2]);
        let y = !x & gap[1].le(gap[2]);
        let chosen = [x, y, !(x | y)];
        let closest = gap[0].min(gap[1]).min(gap[2]);
        length = L::select(inside, -closest, length);
        for k in 0..3 {
            let inward = L::select(local[k].le(L::zero()), L::one(), -L::one());
            let face = L::select(chosen[k], inward, L::zero());
            direction[k] = L::select(inside, face, direction[k]);
        }
    });
    let normal = rotate(&b.mat, direction);
    out[0] = towards(a.pos, a.size[0], normal, length, margin, near);
}

/// In the plane through the axis and the sphere's centre a cylinder is a rectangle, and the nearest
/// point of it is on the side, on a cap or on the rim. From inside it is the nearer of side and cap.
#[inline(always)]
pub(super) fn sphere_cylinder<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let (zero, one) = (L::zero(), L::one());
    let axis = b.axis(2);
    let between = sub3(a.pos, b.pos);
    let height = dot3(axis, between);
    let radial = mul_add3(axis, -height, between);
    let distance = dot3(radial, radial).sqrt();

    // How far the centre lies beyond the side and beyond the nearer cap.
    let (beyond_side, beyond_cap) = (distance - b.size[0], height.abs() - b.size[1]);
    let (x, y) = (beyond_side.max(zero), beyond_cap.max(zero));
    let outside = x.mul_add(x, y * y).sqrt();
    let inverse = one / outside.max(L::splat(TINY));
    let to_cap = beyond_side.lt(beyond_cap);
    let inside = outside.le(L::splat(TINY));
    let inward = L::select(inside, L::select(to_cap, zero, one), x * inverse);
    let down = L::select(inside, L::select(to_cap, one, zero), y * inverse);
    let length = L::select(inside, beyond_side.max(beyond_cap), outside);

    let down = L::select(zero.lt(height), -down, down);
    let scale = -inward / distance.max(L::splat(TINY));
    let mut normal: V3<L> = std::array::from_fn(|k| axis[k].mul_add(down, radial[k] * scale));
    // On the axis every way out through the side is as short: MuJoCo's choice.
    let central = distance.lt(L::splat(TINY)) & zero.lt(inward);
    when!(L, central, [normal;] => {
        let across = across_axes(a, b);
        normal = std::array::from_fn(|k| L::select(central, across[k], normal[k]));
    });
    out[0] = towards(a.pos, a.size[0], normal, length, margin, near);
}
