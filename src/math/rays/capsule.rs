//! A capsule about z: a tube with a sphere at each end.

use super::cylinder::tube;
use super::{NOWHERE, RayInterval, sphere, unit};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

/// A ray that enters the endless tube beyond an end enters the capsule through that end's sphere, or not at
/// all; the same where it leaves.
#[inline(always)]
pub(super) fn span<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let [radius, half, _] = size;
    let round = tube(radius, from, along);
    let (first, last) = (from[2] + round.enter * along[2], from[2] + round.leave * along[2]);
    let at_first = end(radius, half.flip_sign(first), from, along);
    let at_last = end(radius, half.flip_sign(last), from, along);
    let enter = L::select(first.abs().le(half), round.enter, at_first.enter);
    let leave = L::select(last.abs().le(half), round.leave, at_last.leave);
    RayInterval::only(round.enter.le(round.leave), enter, leave)
}

/// By the end where the ray enters alone: where it leaves does not count.
#[inline(always)]
pub(super) fn front<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> L {
    let [radius, half, _] = size;
    let round = tube(radius, from, along);
    let first = from[2] + round.enter * along[2];
    let at_first = end(radius, half.flip_sign(first), from, along);
    let enter = L::select(first.abs().le(half), round.enter, at_first.enter);
    let is_ahead = round.enter.le(round.leave) & L::zero().lt(enter);
    L::select(is_ahead, enter, L::splat(NOWHERE))
}

#[inline(always)]
fn end<L: Lanes>(radius: L, z: L, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    sphere::span(radius, [from[0], from[1], from[2] - z], along)
}

#[inline(always)]
pub(super) fn normal<L: Lanes>(size: V3<L>, at: V3<L>) -> V3<L> {
    unit([at[0], at[1], at[2] - at[2].clamp(-size[1], size[1])])
}
