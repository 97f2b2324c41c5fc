//! A sphere about the origin.

use super::{RayInterval, dot, point};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

/// By the point of the line that is nearest to the centre: the difference of large squares of the schoolbook
/// formula would leave rounding where the sphere is far (Haines et al., "Precision Improvements for Ray/Sphere
/// Intersection", Ray Tracing Gems, 2019).
#[inline(always)]
pub(super) fn span<L: Lanes>(radius: L, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let square = dot(along, along);
    let nearest = -dot(from, along) / square;
    let at = point(from, along, nearest);
    let room = radius * radius - dot(at, at);
    let half = (room.max(L::zero()) / square).sqrt();
    RayInterval::only(L::zero().le(room), nearest - half, nearest + half)
}
