//! Which samples a light does not reach because a geom is in its way.

use super::bounds::{Rect, drawn_out};
use super::lamp::Lamp;
use super::stage::{Placed, RayScene};
use super::view::Frustum;
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::rays::{Facing, NOWHERE, Solid, dot, point, span};
use crate::math::spatial::{V3, rotate};
use crate::physics::RayShape;

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

/// So much larger balls are than exact: rounding of lanes may not hide what is hit.
const WIDER: f64 = 1.02;
/// A light that meets a plane at a smaller sine throws shadows of any length.
const FLAT: f64 = 1e-3;

/// Where on the picture each geom can be in the way of each light, shape (lamps, geoms).
pub(super) fn shades<L: Lanes>(
    stage: &RayScene,
    placed: &[Placed<L>],
    lamps: &[Lamp<L>],
    view: &Frustum,
    [cols, rows]: [usize; 2],
    out: &mut Vec<Option<Rect>>,
) {
    out.clear();
    for lamp in lamps {
        if lamp.place.is_some() || !lamp.casts {
            out.extend(placed.iter().map(|_| lamp.casts.then(|| Rect::whole(cols, rows))));
            continue;
        }
        let along = first_lane(lamp.towards).map(|x| -x);
        let is_plane =
            |one: &&Placed<L>| matches!(stage.props[one.prop].shape, RayShape::Solid(Solid::Plane));
        let ends = placed.iter().filter(|one| !is_plane(one));
        let last = ends.map(|one| dot(first_lane(one.centre), along) + one.radius.lane(0));
        let last = last.fold(f64::NEG_INFINITY, f64::max);
        for one in placed {
            let (centre, radius) = (first_lane(one.centre), one.radius.lane(0) * WIDER);
            let mut length = last - dot(centre, along) + radius;
            for plane in placed.iter().filter(is_plane) {
                length = length.max(until_below(plane, centre, radius, along));
            }
            let end = [0, 1, 2].map(|k| centre[k] + length * along[k]);
            out.push(match length {
                none if none < 0.0 => None,
                endless if !endless.is_finite() => Some(Rect::whole(cols, rows)),
                _ => drawn_out([centre, end], radius, view, cols, rows),
            });
        }
    }
}

/// How far a ball goes along the light until it is below a plane; not at all if the light does not fall on it.
fn until_below<L: Lanes>(plane: &Placed<L>, centre: V3<f64>, radius: f64, along: V3<f64>) -> f64 {
    let normal = first_lane([plane.axes[6], plane.axes[7], plane.axes[8]]);
    let falls = -dot(normal, along);
    if falls <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let from = first_lane(plane.centre);
    let height = dot(normal, [centre[0] - from[0], centre[1] - from[1], centre[2] - from[2]]);
    if falls < FLAT { f64::INFINITY } else { (height + radius) / falls }
}

fn first_lane<L: Lanes>(v: V3<L>) -> V3<f64> {
    [v[0].lane(0), v[1].lane(0), v[2].lane(0)]
}

/// Where the light is blocked. Planes and geoms that are not wholly opaque block nothing, and a geom with a
/// closed form not itself: its far side has its back to the light.
#[inline(always)]
pub(super) fn blocked<L: Lanes>(
    stage: &RayScene,
    placed: &[Placed<L>],
    shades: &[Option<Rect>],
    [row, strip]: [usize; 2],
    lit: &Lit<L>,
) -> L::Mask {
    let mut blocked = L::Mask::splat(false);
    for (one, shade) in placed.iter().zip(shades) {
        if !shade.as_ref().is_some_and(|shade| shade.has(row, strip, L::WIDTH)) {
            continue;
        }
        let prop = &stage.props[one.prop];
        if matches!(prop.shape, RayShape::Solid(Solid::Plane)) || prop.alpha < 1.0 {
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
            RayShape::Solid(solid) => {
                let other = !lit.geom.equal(L::splat(one.prop as f64));
                other & crosses(*solid, one.size, from, along, nearest, lit.distance)
            }
            RayShape::Surface(surface) => {
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
