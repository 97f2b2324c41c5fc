//! A box along the axes.

use super::{RayInterval, is_number, slab};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

#[inline(always)]
pub(super) fn span<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let x = slab(size[0], from[0], along[0]);
    let y = slab(size[1], from[1], along[1]);
    let z = slab(size[2], from[2], along[2]);
    let enter = x.enter.max(y.enter).max(z.enter);
    let leave = x.leave.min(y.leave).min(z.leave);
    // The larger of a NaN and a number is the number.
    let sum = (x.enter + y.enter) + z.enter;
    RayInterval::only(is_number(sum), enter, leave)
}

/// That of the face which the point is nearest to.
#[inline(always)]
pub(super) fn normal<L: Lanes>(size: V3<L>, at: V3<L>) -> V3<L> {
    let [x, y, z] = [at[0].abs() - size[0], at[1].abs() - size[1], at[2].abs() - size[2]];
    let is_x = y.le(x) & z.le(x);
    let is_y = x.lt(y) & z.le(y);
    let is_z = x.lt(z) & y.lt(z);
    let (zero, one) = (L::zero(), L::one());
    [
        L::select(is_x, one.flip_sign(at[0]), zero),
        L::select(is_y, one.flip_sign(at[1]), zero),
        L::select(is_z, one.flip_sign(at[2]), zero),
    ]
}
