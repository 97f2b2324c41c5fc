//! The solid under one triangle of a height field, against round shapes.
//!
//! A prism has the triangle on top, three upright sides and a level base. What is nearest to a point
//! outside lies on the top, on an edge of it, on a side or on the base; from inside the way out is
//! through one of the five. Positions are about the other shape's centre.

use super::convex::Convex;
use super::sphere_capsule::TINY;
use super::{Contact, present};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::spatial::*;

/// Further than anything is.
const FAR: f64 = 1e12;

/// A prism in every lane.
pub(super) struct Prism<L> {
    /// Corners of the triangle, counterclockwise as seen from above.
    pub top: [V3<L>; 3],
    /// Unit, upward.
    pub normal: V3<L>,
    /// Of the side between a corner and the next: outward, unit, level. The same in all lanes.
    pub sides: [[f64; 2]; 3],
    /// Height of the base.
    pub base: L,
}

/// The shortest way from the prism to a point outside.
struct Way<L> {
    squared: L,
    offset: V3<L>,
    /// The point, where it is one of several.
    point: V3<L>,
}

impl<L: Lanes> Way<L> {
    #[inline(always)]
    fn none() -> Self {
        let zero = [L::zero(); 3];
        Self { squared: L::splat(FAR), offset: zero, point: zero }
    }

    /// Takes another way where that is shorter.
    #[inline(always)]
    fn or(&mut self, offset: V3<L>, point: V3<L>) {
        let squared = dot3(offset, offset);
        let shorter = squared.lt(self.squared);
        self.squared = L::select(shorter, squared, self.squared);
        self.offset = select3::<L>(shorter, offset, self.offset);
        self.point = select3::<L>(shorter, point, self.point);
    }
}

impl<L: Lanes> Prism<L> {
    #[inline(always)]
    pub(super) fn new(top: [V3<L>; 3], sides: [[f64; 2]; 3], base: L) -> Self {
        let across = cross3(sub3(top[1], top[0]), sub3(top[2], top[0]));
        let inverse =
            L::one() / dot3(across, across).sqrt().max(L::splat(f64::from(f32::MIN_POSITIVE)));
        Self { top, normal: scale3(across, inverse), sides, base }
    }

    /// The same in one lane, for any convex shape.
    pub(super) fn solid(&self, lane: usize) -> Convex<'static> {
        Convex::prism(self.top.map(|v| v.map(|x| x.lane(lane))), self.base.lane(lane))
    }

    /// Signed distances of a point from the planes of the top, the sides and the base, positive
    /// outside.
    #[inline(always)]
    pub(super) fn planes(&self, point: V3<L>) -> [L; 5] {
        let mut planes = [self.base - point[2]; 5];
        planes[0] = dot3(self.normal, sub3(point, self.top[0]));
        for k in 0..3 {
            let [x, y] = self.sides[k].map(L::splat);
            let corner = self.top[k];
            planes[1 + k] = x.mul_add(point[0] - corner[0], y * (point[1] - corner[1]));
        }
        planes
    }

    /// The normals of those planes.
    #[inline(always)]
    pub(super) fn outward(&self) -> [V3<L>; 5] {
        let mut outward =
            [self.normal, self.normal, self.normal, self.normal, splat3([0.0, 0.0, -1.0])];
        for k in 0..3 {
            outward[1 + k] = splat3([self.sides[k][0], self.sides[k][1], 0.0]);
        }
        outward
    }

    /// Whether a point is within the sides.
    #[inline(always)]
    fn is_above(&self, point: V3<L>) -> L::Mask {
        let planes = self.planes(point);
        planes[1].max(planes[2]).max(planes[3]).le(L::zero())
    }

    /// Collects the ways to a point outside whose distances from the planes are known.
    #[inline(always)]
    fn ways(&self, point: V3<L>, planes: &[L; 5], best: &mut Way<L>) {
        let zero = L::zero();
        let far = splat3([FAR.sqrt(), 0.0, 0.0]);
        let rise = scale3(self.normal, planes[0]);
        let above = zero.le(planes[0]) & self.is_above(sub3(point, rise));
        best.or(select3::<L>(above, rise, far), point);
        let below = zero.le(planes[4]) & self.is_above(point);
        best.or(select3::<L>(below, [zero, zero, -planes[4]], far), point);
        for k in 0..3 {
            let (from, to) = (self.top[k], self.top[(k + 1) % 3]);
            let (edge, offset) = (sub3(to, from), sub3(point, from));
            let level = edge[0].mul_add(edge[0], edge[1] * edge[1]);
            let along = edge[0].mul_add(offset[0], edge[1] * offset[1]);
            // On the side: level with the point, or at the base. Above the side the edge is nearer.
            let t = (along / level).clamp(zero, L::one());
            let drop = point[2] - point[2].max(self.base);
            let x = edge[0].mul_add(-t, offset[0]);
            let y = edge[1].mul_add(-t, offset[1]);
            let beside = point[2].le(edge[2].mul_add(t, from[2]));
            best.or(select3::<L>(beside, [x, y, drop], far), point);
            // On its upper edge.
            let t = edge[2].mul_add(offset[2], along) / edge[2].mul_add(edge[2], level);
            best.or(mul_add3(edge, -t.clamp(zero, L::one()), offset), point);
        }
    }

    /// A sphere about the origin.
    #[inline(always)]
    pub(super) fn sphere(&self, radius: L, margin: L) -> Contact<L> {
        let origin = [L::zero(); 3];
        let planes = self.planes(origin);
        let mut outermost = planes[0];
        let mut normal = self.normal;
        for (&plane, outward) in planes.iter().zip(self.outward()) {
            let further = outermost.lt(plane);
            normal = select3::<L>(further, outward, normal);
            outermost = outermost.max(plane);
        }
        let wanted = outermost.le(radius + margin);
        if !wanted.any() {
            return Contact::absent();
        }
        let mut length = outermost;
        let outside = L::zero().lt(outermost) & wanted;
        if outside.any() {
            let mut way = Way::none();
            self.ways(origin, &planes, &mut way);
            let distance = way.squared.sqrt();
            // What rounding leaves of a way has no direction.
            let noise = (radius * L::splat(16.0 * L::EPSILON)).max(L::splat(TINY));
            let clear = outside & noise.lt(distance);
            let inverse = L::one() / distance.max(L::splat(TINY));
            length = L::select(outside, distance, length);
            normal = select3::<L>(clear, scale3(way.offset, inverse), normal);
        }
        towards(origin, normal, length, radius, margin, wanted)
    }

    /// A capsule about the origin, whose axis runs from `-half` to `half`. Also returns the lanes in
    /// which the axis itself meets the prism: their contact is not here.
    #[inline(always)]
    pub(super) fn capsule(&self, half: V3<L>, radius: L, margin: L) -> (Contact<L>, L::Mask) {
        let (zero, one) = (L::zero(), L::one());
        let ends = [neg3(half), half];
        let planes = [self.planes(ends[0]), self.planes(ends[1])];
        let reach = radius + margin;
        let mut wanted = L::Mask::splat(true);
        // The stretch of the axis that is inside of all planes.
        let (mut enter, mut leave) = (-one, one);
        for (&from, &to) in planes[0].iter().zip(&planes[1]) {
            wanted = wanted & from.min(to).le(reach);
            let (middle, slope) = (L::splat(0.5) * (from + to), L::splat(0.5) * (to - from));
            let level = slope.abs().le(L::splat(TINY));
            let crossing = -(middle / L::select(level, one, slope));
            let leaves = zero.lt(slope) & !level;
            let enters = slope.lt(zero) & !level;
            leave = L::select(leaves, leave.min(crossing), leave);
            enter = L::select(enters, enter.max(crossing), enter);
            enter = L::select(level & zero.lt(middle), one + one, enter);
        }
        if !wanted.any() {
            return (Contact::absent(), wanted);
        }
        let mut way = Way::none();
        for (&end, planes) in ends.iter().zip(&planes) {
            self.ways(end, planes, &mut way);
        }
        for k in 0..3 {
            let (from, to) = (self.top[k], self.top[(k + 1) % 3]);
            let edge = sub3(to, from);
            // Axis and upper edge.
            let (t, u) = nearest_on_segments(half, from, edge);
            let point = scale3(half, t);
            way.or(sub3(point, mul_add3(edge, u, from)), point);
            // Axis and upright edge, as seen from above.
            let level = half[0].mul_add(half[0], half[1] * half[1]).max(L::splat(TINY));
            let t = (half[0].mul_add(from[0], half[1] * from[1]) / level).clamp(-one, one);
            let point = scale3(half, t);
            let drop = point[2] - point[2].max(self.base);
            let offset = [point[0] - from[0], point[1] - from[1], drop];
            let beside = point[2].le(from[2]);
            way.or(select3::<L>(beside, offset, splat3([FAR.sqrt(), 0.0, 0.0])), point);
        }
        let distance = way.squared.sqrt();
        let size = half[0].abs() + half[1].abs() + half[2].abs() + radius;
        // Below the base its edges would count too.
        let lowest = -half[2].abs() - reach;
        let inside =
            enter.le(leave) | distance.le((size * L::splat(16.0 * L::EPSILON)).max(L::splat(TINY)));
        let hard = wanted & (inside | lowest.lt(self.base));
        let normal = scale3(way.offset, one / distance.max(L::splat(TINY)));
        (towards(way.point, normal, distance, radius, margin, wanted & !hard), hard)
    }
}

/// A sphere about `point`, from which the prism's surface is `length` away against `normal`.
#[inline(always)]
fn towards<L: Lanes>(
    point: V3<L>,
    normal: V3<L>,
    length: L,
    radius: L,
    margin: L,
    wanted: L::Mask,
) -> Contact<L> {
    let middle = L::splat(-0.5) * (length + radius);
    Contact {
        dist: present(length - radius, margin, wanted),
        pos: mul_add3(normal, middle, point),
        normal,
        tangent: [L::zero(); 3],
    }
}

/// Where a segment from `-half` to `half` (-1 to 1) and one from `from` along `edge` (0 to 1) are
/// nearest to each other (Ericson, "Real-Time Collision Detection", 2005, section 5.1.9).
#[inline(always)]
fn nearest_on_segments<L: Lanes>(half: V3<L>, from: V3<L>, edge: V3<L>) -> (L, L) {
    let (zero, one) = (L::zero(), L::one());
    let tiny = L::splat(TINY);
    let (hh, ee) = (dot3(half, half).max(tiny), dot3(edge, edge).max(tiny));
    let (he, hf, ef) = (dot3(half, edge), dot3(half, from), dot3(edge, from));
    let det = hh * ee - he * he;
    let parallel = det.le(hh * ee * L::splat(4.0 * L::EPSILON));
    let t = (hf * ee - ef * he) / L::select(parallel, one, det);
    let t = L::select(parallel, zero, t).clamp(-one, one);
    let u = ((he * t - ef) / ee).clamp(zero, one);
    let t = (he.mul_add(u, hf) / hh).clamp(-one, one);
    (t, u)
}
