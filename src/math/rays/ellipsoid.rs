//! An ellipsoid: a sphere of radius one, stretched.

use super::{RayInterval, sphere, unit};
use crate::math::lanes::Lanes;
use crate::math::spatial::V3;

#[inline(always)]
pub(super) fn span<L: Lanes>(size: V3<L>, from: V3<L>, along: V3<L>) -> RayInterval<L> {
    let one = L::one();
    let [a, b, c] = [one / size[0], one / size[1], one / size[2]];
    let from = [from[0] * a, from[1] * b, from[2] * c];
    let along = [along[0] * a, along[1] * b, along[2] * c];
    sphere::span(one, from, along)
}

/// Along the gradient of x^2/a^2 + y^2/b^2 + z^2/c^2.
#[inline(always)]
pub(super) fn normal<L: Lanes>(size: V3<L>, at: V3<L>) -> V3<L> {
    let gradient =
        [at[0] / (size[0] * size[0]), at[1] / (size[1] * size[1]), at[2] / (size[2] * size[2])];
    unit(gradient)
}
