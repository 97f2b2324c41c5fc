//! The front of a plane.

use super::{RayInterval, is_number, point};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

/// From below nothing is met, as in MuJoCo; a sheet is entered and left at once.
#[inline(always)]
pub(super) fn span<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let is_downward = along[2].lt(L::zero());
    let t = -from[2] / L::select(is_downward, along[2], -L::one());
    let at = point(from, along, t);
    let endless_x = size[0].le(L::zero());
    let endless_y = size[1].le(L::zero());
    let is_within = (endless_x | at[0].abs().le(size[0])) & (endless_y | at[1].abs().le(size[1]));
    let sum = at[0] + at[1];
    RayInterval::only(is_downward & is_within & is_number(sum), t, t)
}

#[inline(always)]
pub(super) fn normal<L: Lanes>() -> V3<L> {
    [L::zero(), L::zero(), L::one()]
}
