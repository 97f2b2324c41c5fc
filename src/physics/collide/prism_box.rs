//! The solid under one triangle of a height field, against a box: separating axes.
//!
//! The depth of two polytopes in each other is the least over the normals of their faces and the
//! directions across an edge of each (Gottschalk, Lin and Manocha, "OBBTree", 1996). Directions that
//! point downwards are left out: as long as the box is further above the base than it is deep in the
//! prism, none of them is shorter.

use super::prism::Prism;
use super::{Contact, Shape};
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::spatial::*;

/// Cosine below which a box's edge or face is across the direction of separation.
const ACROSS: f64 = 1e-3;
/// How much better a direction across two edges must be than a face, relative to the box.
const GAIN: f64 = 1e-6;

/// The best direction so far.
struct Axis<L> {
    /// Gap between the two along the normal; negative is their depth.
    gap: L,
    /// From the prism to the box.
    normal: V3<L>,
    /// Where the prism touches, and the edge through there along which it may; zero at a corner.
    at: V3<L>,
    edge: V3<L>,
}

impl<L: Lanes> Axis<L> {
    /// Takes another direction where its gap is larger by more than `gain`.
    #[inline(always)]
    fn or(&mut self, gain: L, gap: L, normal: V3<L>, at: V3<L>, edge: V3<L>) {
        let better = (self.gap + gain).lt(gap);
        self.gap = L::select(better, gap, self.gap);
        self.normal = select3::<L>(better, normal, self.normal);
        self.at = select3::<L>(better, at, self.at);
        self.edge = select3::<L>(better, edge, self.edge);
    }
}

/// How far a box reaches to either side of its centre along a unit vector.
#[inline(always)]
fn extent<L: Lanes>(shape: &Shape<L>, direction: V3<L>) -> L {
    let mut sum = L::zero();
    for k in 0..3 {
        sum = dot3(direction, shape.axis(k)).abs().mul_add(shape.size[k], sum);
    }
    sum
}

/// The corner of a triangle with the largest of three values; the middle of those that share it.
#[inline(always)]
fn furthest<L: Lanes>(corners: &[V3<L>; 3], values: [L; 3], tie: L) -> V3<L> {
    let least = values[0].max(values[1]).max(values[2]) - tie;
    let mut sum = [L::zero(); 3];
    let mut count = L::zero();
    for k in 0..3 {
        let share = L::select(least.le(values[k]), L::one(), L::zero());
        sum = mul_add3(corners[k], share, sum);
        count += share;
    }
    scale3(sum, L::one() / count.max(L::one()))
}

impl<L: Lanes> Prism<L> {
    /// A box about the origin. Also returns the lanes whose contact is not here: the box is apart by
    /// less than the margin, or close to the base.
    #[inline(always)]
    pub(super) fn cuboid(&self, shape: &Shape<L>, margin: L) -> (Contact<L>, L::Mask) {
        let (zero, one) = (L::zero(), L::one());
        let none = L::splat(-super::ABSENT);
        let still = [zero; 3];
        let up = [zero, zero, one];
        let planes = self.planes(still);
        let third = L::splat(1.0 / 3.0);
        let middle = scale3(add3(add3(self.top[0], self.top[1]), self.top[2]), third);
        let size = shape.size[0] + shape.size[1] + shape.size[2];
        let tie = size * L::splat(64.0 * L::EPSILON);
        let gap = planes[0] - extent(shape, self.normal);
        let mut best = Axis { gap, normal: self.normal, at: middle, edge: still };
        for k in 0..3 {
            let [x, y] = self.sides[k];
            let normal = splat3([x, y, 0.0]);
            best.or(tie, planes[1 + k] - extent(shape, normal), normal, middle, still);
        }
        if !best.gap.le(margin).any() {
            return (Contact::absent(), L::Mask::splat(false));
        }
        for k in 0..3 {
            let axis = shape.axis(k);
            let values = self.along(axis);
            let (least, most) =
                (values[0].min(values[1]).min(values[2]), values[0].max(values[1]).max(values[2]));
            let level = L::splat(64.0 * L::EPSILON);
            let gap = L::select((-axis[2]).le(level), -(shape.size[k] + most), none);
            best.or(-tie, gap, axis, furthest(&self.top, values, tie), still);
            let gap = L::select(axis[2].le(level), least - shape.size[k], none);
            let at = furthest(&self.top, neg3(values), tie);
            best.or(-tie, gap, neg3(axis), at, still);
        }
        let mut wanted = best.gap.le(margin);
        if !wanted.any() {
            return (Contact::absent(), wanted);
        }
        let gain = size * L::splat(GAIN.max(64.0 * L::EPSILON));
        for k in 0..3 {
            let axis = shape.axis(k);
            // Across an upright edge, both ways.
            let across = [-axis[1], axis[0], zero];
            self.cross(shape, (up, None), across, gain, &mut best);
            self.cross(shape, (up, None), neg3(across), gain, &mut best);
            for j in 0..3 {
                let edge = sub3(self.top[(j + 1) % 3], self.top[j]);
                let across = cross3(edge, axis);
                let upward = select3::<L>(across[2].lt(zero), neg3(across), across);
                self.cross(shape, (edge, Some(self.top[j])), upward, gain, &mut best);
            }
        }
        wanted = best.gap.le(margin);
        let clearance = -(extent(shape, up) + self.base);
        let hard = wanted & (zero.lt(best.gap) | clearance.lt(-best.gap));
        let point = touched(shape, &best);
        let contact = Contact {
            dist: super::present(best.gap, margin, wanted & !hard),
            pos: mul_add3(best.normal, L::splat(-0.5) * best.gap, point),
            normal: best.normal,
            tangent: still,
        };
        (contact, hard)
    }

    /// How far the corners of the top are along a direction.
    #[inline(always)]
    fn along(&self, direction: V3<L>) -> [L; 3] {
        let [a, b, c] = self.top;
        [dot3(direction, a), dot3(direction, b), dot3(direction, c)]
    }

    /// The direction across an edge, through a given corner or through the furthest, and one of the
    /// box.
    #[inline(always)]
    fn cross(
        &self,
        shape: &Shape<L>,
        (edge, through): (V3<L>, Option<V3<L>>),
        across: V3<L>,
        gain: L,
        best: &mut Axis<L>,
    ) {
        let squared = dot3(across, across);
        let skew = (dot3(edge, edge) * L::splat(L::EPSILON)).lt(squared);
        let inverse = L::one() / L::select(skew, squared, L::one()).sqrt();
        let normal = scale3(across, inverse);
        let values = self.along(normal);
        let gap = -(extent(shape, normal) + values[0].max(values[1]).max(values[2]));
        let gap = L::select(skew, gap, L::splat(-super::ABSENT));
        let at = match through {
            Some(corner) => corner,
            None => furthest(&self.top, values, L::zero()),
        };
        best.or(gain, gap, normal, at, edge);
    }
}

/// The box's point that is deepest in the prism; of an edge or face that is, the one that is nearest
/// to where the prism touches.
#[inline(always)]
fn touched<L: Lanes>(shape: &Shape<L>, best: &Axis<L>) -> V3<L> {
    let zero = L::zero();
    let mut local = [zero; 3];
    let mut free = [L::Mask::splat(false); 3];
    let mut fixed = [zero; 3];
    for k in 0..3 {
        let along = dot3(best.normal, shape.axis(k));
        free[k] = along.abs().lt(L::splat(ACROSS));
        let corner = L::select(along.lt(zero), shape.size[k], -shape.size[k]);
        local[k] = L::select(free[k], zero, corner);
        fixed = mul_add3(shape.axis(k), local[k], fixed);
    }
    let offset = sub3(best.at, fixed);
    let (ee, along_edge) = (dot3(best.edge, best.edge), dot3(best.edge, offset));
    let mut point = [zero; 3];
    for k in 0..3 {
        let axis = shape.axis(k);
        // The nearest point of two lines, or of a line to a point.
        let (ae, to) = (dot3(axis, best.edge), dot3(axis, offset));
        let det = ee - ae * ae;
        let lines = (ee * L::splat(L::EPSILON)).lt(det);
        let nearest = L::select(
            lines,
            (to * ee - ae * along_edge) / L::select(lines, det, L::one()),
            dot3(axis, best.at),
        );
        let place = nearest.clamp(-shape.size[k], shape.size[k]);
        point = mul_add3(axis, L::select(free[k], place, local[k]), point);
    }
    point
}
