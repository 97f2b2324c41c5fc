//! The broad phase of one pair: which lanes need the narrow phase at all.

use super::Shape;
use crate::math::lanes::Lanes;
use crate::math::spatial::*;

/// The lanes in which two bounding spheres are within `margin` of each other.
#[inline(always)]
pub fn near_spheres<L: Lanes>(
    pos1: V3<L>,
    radius1: L,
    pos2: V3<L>,
    radius2: L,
    margin: L,
) -> L::Mask {
    let between = sub3(pos2, pos1);
    let reach = radius1 + radius2 + margin;
    dot3(between, between).le(reach * reach)
}

/// The lanes in which a bounding sphere comes within `margin` of a plane's half-space.
#[inline(always)]
pub fn near_plane<L: Lanes>(plane: &Shape<L>, pos: V3<L>, radius: L, margin: L) -> L::Mask {
    dot3(sub3(pos, plane.pos), plane.axis(2)).le(radius + margin)
}
