//! A plane against what has a closed form: sphere, capsule, ellipsoid, cylinder, box.
//!
//! Each contact is a point of the other shape's surface: its distance is the signed height above
//! the plane, and its position lies half that distance back along the normal.

use super::{Contact, Shape, present};
use crate::math::lanes::Lanes;
use crate::math::spatial::*;

/// The contact of a surface point at `dist` above the plane.
#[inline(always)]
fn at_point<L: Lanes>(
    point: V3<L>,
    dist: L,
    normal: V3<L>,
    margin: L,
    near: L::Mask,
) -> Contact<L> {
    Contact {
        dist: present(dist, margin, near),
        pos: mul_add3(normal, dist * L::splat(-0.5), point),
        normal,
        tangent: [L::zero(); 3],
    }
}

#[inline(always)]
pub(super) fn plane_sphere<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let normal = a.axis(2);
    let radius = b.size[0];
    let dist = dot3(sub3(b.pos, a.pos), normal) - radius;
    out[0] = at_point(mul_add3(normal, -radius, b.pos), dist, normal, margin, near);
}

/// A slot for each end, first the one in the direction of the axis. The tangents follow the axis,
/// along which a capsule rolls least.
#[inline(always)]
pub(super) fn plane_capsule<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let normal = a.axis(2);
    let [radius, half, _] = b.size;
    let axis = b.axis(2);
    let height = dot3(sub3(b.pos, a.pos), normal) - radius;
    let rise = dot3(axis, normal) * half;
    let below = mul_add3(normal, -radius, b.pos);
    out[0] = at_point(mul_add3(axis, half, below), height + rise, normal, margin, near);
    out[1] = at_point(mul_add3(axis, -half, below), height - rise, normal, margin, near);
    out[0].tangent = axis;
    out[1].tangent = axis;
}

/// The point of an ellipsoid furthest along -n is -S^2 n / |S n| in its frame.
#[inline(always)]
pub(super) fn plane_ellipsoid<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let normal = a.axis(2);
    let scaled: V3<L> = std::array::from_fn(|k| dot3(b.axis(k), normal) * b.size[k]);
    let length = dot3(scaled, scaled).sqrt();
    let inverse = L::one() / length.max(L::splat(1e-15));
    let mut point = b.pos;
    for k in 0..3 {
        point = mul_add3(b.axis(k), -(scaled[k] * inverse * b.size[k]), point);
    }
    let dist = dot3(sub3(b.pos, a.pos), normal) - length;
    out[0] = at_point(point, dist, normal, margin, near);
}

/// Slots: the lowest point of the lower rim; the point above it on the upper rim; and two more
/// points of the lower rim that make an equilateral triangle with the first.
#[inline(always)]
pub(super) fn plane_cylinder<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let (zero, one, half) = (L::zero(), L::one(), L::splat(0.5));
    let normal = a.axis(2);
    let [radius, half_length, _] = b.size;
    let (x, y, z) = (b.axis(0), b.axis(1), b.axis(2));
    let (nx, ny, nz) = (dot3(normal, x), dot3(normal, y), dot3(normal, z));

    // From the centre of a disk to the lowest point of its rim, in the frame's x and y, and its
    // rise along the normal. A disk parallel to the plane has no lowest point: x, as in MuJoCo.
    let tilt = nx.mul_add(nx, ny * ny).sqrt();
    let level = tilt.lt(L::splat(16.0 * L::EPSILON));
    let inverse = one / L::select(level, one, tilt);
    let u = L::select(level, one, -(nx * inverse));
    let v = L::select(level, zero, -(ny * inverse));
    let out_dir: V3<L> = std::array::from_fn(|k| x[k].mul_add(u, y[k] * v));
    let across_dir: V3<L> = std::array::from_fn(|k| y[k].mul_add(u, -(x[k] * v)));
    let drop = nx.mul_add(u, ny * v) * radius;

    // Along the axis from the centre to the lower disk.
    let up = zero.lt(nz);
    let down = L::select(up, -half_length, half_length);
    let height = dot3(sub3(b.pos, a.pos), normal);
    let low = nz.mul_add(down, height);
    let lower = mul_add3(z, down, b.pos);

    let dist = low + drop;
    let rim = mul_add3(out_dir, radius, lower);
    out[0] = at_point(rim, dist, normal, margin, near);

    let dist = nz.mul_add(-down, height) + drop;
    let opposite = mul_add3(z, -(down + down), rim);
    out[1] = at_point(opposite, dist, normal, margin, near);

    let dist = (-half).mul_add(drop, low);
    let inner = mul_add3(out_dir, radius * -half, lower);
    // MuJoCo takes the first of the two in the direction of cross(rim, axis towards the plane).
    let sideways = radius * L::splat(0.75_f64.sqrt());
    let side = L::select(up, sideways, -sideways);
    out[2] = at_point(mul_add3(across_dir, side, inner), dist, normal, margin, near);
    out[3] = at_point(mul_add3(across_dir, -side, inner), dist, normal, margin, near);
}

/// A slot for each diagonal, with its lower corner. These are the corners below the centre, the only
/// ones that MuJoCo reports, of which there are four.
#[inline(always)]
pub(super) fn plane_box<L: Lanes>(
    a: &Shape<L>,
    b: &Shape<L>,
    margin: L,
    near: L::Mask,
    out: &mut [Contact<L>],
) {
    let normal = a.axis(2);
    let side: [V3<L>; 3] = std::array::from_fn(|k| b.axis(k).map(|x| x * b.size[k]));
    let rise = side.map(|s| dot3(s, normal));
    let height = dot3(sub3(b.pos, a.pos), normal);
    let top = add3(side[0], side[1]);
    let ridge = sub3(side[0], side[1]);
    let diagonals = [
        (add3(top, side[2]), rise[0] + rise[1] + rise[2]),
        (sub3(top, side[2]), rise[0] + rise[1] - rise[2]),
        (add3(ridge, side[2]), rise[0] - rise[1] + rise[2]),
        (sub3(ridge, side[2]), rise[0] - rise[1] - rise[2]),
    ];
    for (contact, (diagonal, rise)) in out.iter_mut().zip(diagonals) {
        let sign = L::select(L::zero().lt(rise), -L::one(), L::one());
        let corner = mul_add3(diagonal, sign, b.pos);
        *contact = at_point(corner, height - rise.abs(), normal, margin, near);
    }
}
