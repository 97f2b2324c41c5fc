//! Which samples a light does not reach because a geom is in its way.

use super::stage::{Placed, Stage};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::rays::{Facing, NOWHERE, Solid, dot, point, span};
use crate::math::spatial::{V3, rotate};
use crate::physics::Seen;

/// Nearer than this part of a sample's depth nothing is in the way: it is the sample's own surface.
const NEAR: f64 = 1e-3;

/// Points in the camera's frame that are lit, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lit<L: Lanes> {
    pub at: V3<L>,
    pub depth: L,
    /// Unit direction to the light, and its distance [m].
    pub to: V3<L>,
    pub distance: L,
    /// The prop that each point is on.
    pub geom: L,
    pub lit: L::Mask,
}

/// Where the light is blocked. Planes and geoms that are not wholly opaque block nothing, and a geom with a
/// closed form not itself: its far side has its back to the light.
#[inline(always)]
pub(super) fn blocked<L: Lanes>(stage: &Stage, placed: &[Placed<L>], lit: &Lit<L>) -> L::Mask {
    let mut blocked = L::Mask::splat(false);
    for one in placed {
        let prop = &stage.props[one.prop];
        if matches!(prop.shape, Seen::Solid(Solid::Plane)) || prop.alpha < 1.0 {
            continue;
        }
        let near = lit.lit & !blocked & may_block(one, lit);
        if !near.any() {
            continue;
        }
        // The camera is at `from` in the geom's frame.
        let offset = rotate(&one.axes, lit.at);
        let from = [one.from[0] + offset[0], one.from[1] + offset[1], one.from[2] + offset[2]];
        let along = rotate(&one.axes, lit.to);
        let nearest = lit.depth * L::splat(NEAR);
        let is_hit = match &prop.shape {
            Seen::Solid(solid) => {
                let other = !lit.geom.equal(L::splat(one.prop as f64));
                other & crosses(*solid, one.size, from, along, nearest, lit.distance)
            }
            Seen::Surface(surface) => {
                let start = point(from, along, nearest);
                let (t, _) = surface.meet(Facing::Front, start, along, lit.distance);
                t.lt(L::splat(NOWHERE))
            }
        };
        blocked = blocked | (near & is_hit);
    }
    blocked
}

#[inline(always)]
fn crosses<L: Lanes>(
    solid: Solid,
    size: V3<L>,
    from: V3<L>,
    along: V3<L>,
    nearest: L,
    farthest: L,
) -> L::Mask {
    let span = span(solid, size, from, along);
    span.enter.le(span.leave) & nearest.lt(span.leave) & span.enter.lt(farthest)
}

/// The ray passes through the ball about the geom.
#[inline(always)]
fn may_block<L: Lanes>(one: &Placed<L>, lit: &Lit<L>) -> L::Mask {
    let to = [one.centre[0] - lit.at[0], one.centre[1] - lit.at[1], one.centre[2] - lit.at[2]];
    let ahead = dot(to, lit.to);
    let aside = dot(to, to) - ahead * ahead;
    // A little larger: rounding of far points may not hide what is hit.
    let radius = one.radius * L::splat(1.01) + lit.depth * L::splat(1e-4);
    (-radius).le(ahead) & aside.le(radius * radius)
}
