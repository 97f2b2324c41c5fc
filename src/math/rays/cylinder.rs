//! A cylinder about z, and the endless tube that it is cut from.

use super::{NOWHERE, RayInterval, slab};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

/// The sine of the angle to the axis, squared, below which a ray is along it.
const ALONG: f64 = 1e-20;

#[inline(always)]
pub(super) fn span<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let round = tube(size[0], from, along);
    let flat = slab(size[1], from[2], along[2]);
    RayInterval { enter: round.enter.max(flat.enter), leave: round.leave.min(flat.leave) }
}

/// The endless cylinder, by the point of the line that is nearest to the axis as in `sphere.rs`.
#[inline(always)]
pub(super) fn tube<L: Lanes>(radius: L, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let square = along[0] * along[0] + along[1] * along[1];
    let is_along = square.le(L::splat(ALONG) * (along[2] * along[2]));
    let divisor = L::select(is_along, L::one(), square);
    let nearest = -(from[0] * along[0] + from[1] * along[1]) / divisor;
    let nearest = L::select(is_along, L::zero(), nearest);
    let (x, y) = (from[0] + nearest * along[0], from[1] + nearest * along[1]);
    let room = radius * radius - (x * x + y * y);
    let half = (room.max(L::zero()) / divisor).sqrt();
    let half = L::select(is_along, L::splat(NOWHERE), half);
    RayInterval::only(L::zero().le(room), nearest - half, nearest + half)
}

/// That of the side or of a flat end, whichever the point is nearer to.
#[inline(always)]
pub(super) fn normal<L: Lanes>(size: V3<L>, at: V3<L>) -> V3<L> {
    let radius = (at[0] * at[0] + at[1] * at[1]).sqrt();
    let is_end = (radius - size[0]).lt(at[2].abs() - size[1]);
    let scale = L::one() / radius;
    [
        L::select(is_end, L::zero(), at[0] * scale),
        L::select(is_end, L::zero(), at[1] * scale),
        L::select(is_end, L::one().flip_sign(at[2]), L::zero()),
    ]
}
