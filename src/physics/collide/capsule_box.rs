//! A capsule against a box.
//!
//! The first contact is where the capsule's axis comes closest to the box. A capsule that lies on a
//! face or an edge needs a second one, which MuJoCo places by rules on the feature of the box that is
//! closest (engine_collision_box.c): as far along the axis as this still lies above the same face. The
//! rules are kept, so that a capsule rests on a box as it does there. Each lane has its own feature; all rules are
//! worked out, and the one that is meant is selected.

use super::choice::{Choice, begin_with, choice, pick};
use super::sphere_box::sphere_box;
use super::sphere_capsule::TINY;
use super::{Contact, Shape};
use crate::math::lanes::{Kernel, LaneMask, Lanes, when};
use crate::math::spatial::*;

/// Kinds of features, as numbers of lanes: the axis ends inside, or is closest to a face, a corner or an edge.
const INTERIOR: f64 = 0.0;
const FACE: f64 = 1.0;
const CORNER: f64 = 2.0;
const EDGE: f64 = 3.0;

/// Less than any half-length, more than nothing: a divisor for axes that run along a face.
const LEAST: f64 = 1e-30;

/// Where the capsule's axis is closest to the box, and to what.
struct Closest<L> {
    /// From -1 to 1.
    at: L,
    squared: L,
    kind: L,
    /// The axis across the face, or along the edge.
    axis: L,
    /// Signs of the corner's coordinates, or of the edge's.
    signs: V3<L>,
    /// Where on the edge, from -1 to 1.
    on_edge: L,
}

pub(super) struct CapsuleBox<'a, L: Lanes> {
    pub a: &'a Shape<'a, L>,
    pub b: &'a Shape<'a, L>,
    pub margin: L,
    pub near: L::Mask,
    pub out: &'a mut [Contact<L>],
}

impl<L: Lanes> Kernel for CapsuleBox<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { a, b, margin, near, out } = self;
        out.fill(Contact::absent());
        if !near.any() {
            return;
        }
        let between = sub3(a.pos, b.pos);
        let into_box = |v: V3<L>| -> V3<L> { std::array::from_fn(|k| dot3(b.axis(k), v)) };
        let axis = into_box(a.axis(2));
        let segment = Segment {
            centre: into_box(between),
            axis,
            half: axis.map(|x| x * a.size[1]),
            length: a.size[1],
            size: b.size,
        };
        let zero = L::zero();
        let mut closest = Closest {
            at: zero,
            squared: L::splat(f64::from(f32::MAX)),
            kind: L::splat(INTERIOR),
            axis: zero,
            signs: [zero; 3],
            on_edge: zero,
        };
        segment.closest_end(&mut closest);
        segment.closest_edge(&mut closest);

        let at = |t: L, near: L::Mask, out: &mut [Contact<L>]| {
            let sphere = Shape { pos: mul_add3(a.axis(2), t * segment.length, a.pos), ..*a };
            sphere_box(&sphere, b, margin, near, out);
        };
        at(closest.at, near, &mut out[..1]);
        // One point twice is MuJoCo's answer where the axis only touches, and none of a tie.
        let (exists, step) = segment.second(&closest);
        let level = segment.level(0) | segment.level(1) | segment.level(2);
        let near = near & exists & (L::splat(noise::<L>()).lt(step.abs()) | !level);
        when!(L, near, [out[1];] => {
            at(closest.at + step, near, &mut out[1..]);
        });
    }
}

/// The relative rounding of the shapes' frames: what is decided by less is a tie.
#[inline(always)]
fn noise<L: Lanes>() -> f64 {
    64.0 * L::EPSILON
}

/// A capsule's axis in the frame of the box: centre and half of it; and the box's half-lengths.
struct Segment<L> {
    centre: V3<L>,
    axis: V3<L>,
    half: V3<L>,
    length: L,
    size: V3<L>,
}

impl<L: Lanes> Segment<L> {
    /// Whether a component of the axis is all rounding.
    #[inline(always)]
    fn level(&self, k: usize) -> L::Mask {
        self.axis[k].abs().lt(L::splat(noise::<L>()))
    }

    /// Ends of the axis that are inside, or beyond one face only.
    #[inline(always)]
    fn closest_end(&self, closest: &mut Closest<L>) {
        let (zero, one) = (L::zero(), L::one());
        for end in [-one, one] {
            let point = mul_add3(self.half, end, self.centre);
            let excess: V3<L> = std::array::from_fn(|k| (point[k].abs() - self.size[k]).max(zero));
            let beyond: V3<L> = excess.map(|excess| L::select(zero.lt(excess), one, zero));
            let count = beyond[0] + beyond[1] + beyond[2];
            let squared = dot3(excess, excess);
            let better = count.le(one) & squared.lt(closest.squared);
            closest.at = L::select(better, end, closest.at);
            closest.squared = L::select(better, squared, closest.squared);
            // Beyond none it is the interior, whose number is 0 as the count; and of one beyond the axis is its own.
            closest.kind = L::select(better, count, closest.kind);
            let axis = beyond[2].mul_add(L::splat(2.0), beyond[1]);
            closest.axis = L::select(better, axis, closest.axis);
        }
    }

    /// The nearest points of the axis and each edge: on lines first, then clamped to one and the
    /// other.
    #[inline(always)]
    fn closest_edge(&self, closest: &mut Closest<L>) {
        let (zero, one, noise) = (L::zero(), L::one(), noise::<L>());
        let (size, half) = (self.size, self.half);
        let tie = L::splat(TINY).max(L::splat(noise) * dot3(size, size));
        let tt = self.length * self.length;
        for j in 0..3 {
            let (p, q) = if j == 0 { (1, 2) } else { (0, 3 - j) };
            // The part of the axis across the edge, squared. Lines without it are parallel.
            let across = half[p].mul_add(half[p], half[q] * half[q]);
            let ee = size[j] * size[j];
            let least = L::splat(TINY).max(L::splat(noise * noise) * ee * tt);
            let crossing = least.le(ee * across);
            let per_across = one / across.max(L::splat(LEAST));
            let (per_size, per_tt) =
                (one / size[j].max(L::splat(LEAST)), one / tt.max(L::splat(LEAST)));
            for corner in 0..4 {
                let mut signs = [-one; 3];
                signs[p] = if corner & 1 == 0 { -one } else { one };
                signs[q] = if corner & 2 == 0 { -one } else { one };
                let mut middle: V3<L> = std::array::from_fn(|k| signs[k] * size[k]);
                middle[j] = zero;
                let offset = sub3(middle, self.centre);

                // Minimise |middle + x size_j e_j - centre - t half|^2.
                let t = half[p].mul_add(offset[p], half[q] * offset[q]) * per_across;
                let x_of = |t: L| half[j].mul_add(t, -offset[j]) * per_size;
                let x = x_of(t);
                // An edge's end stays one, even if the second clamp moves x back.
                let over = one.lt(x.abs());
                let x = L::select(over, one.flip_sign(x), x);
                let side = L::select(over, x, zero);
                let t_at_end = (size[j] * half[j]).mul_add(x, dot3(half, offset)) * per_tt;
                let t = L::select(over, t_at_end, t);
                let over = one.lt(t.abs());
                let t = L::select(over, one.flip_sign(t), t);
                let x = L::select(over, x_of(t), x);
                let over = over & one.lt(x.abs());
                let x = L::select(over, one.flip_sign(x), x);
                let side = L::select(over, x, side);

                let mut gap = mul_add3(half, -t, offset);
                gap[j] = size[j].mul_add(x, gap[j]);
                let squared = dot3(gap, gap);
                let better = crossing & squared.lt(closest.squared - tie);
                let is_edge = side.equal(zero);
                signs[j] = L::select(is_edge, signs[j], side);
                let kind = L::select(is_edge, L::splat(EDGE), L::splat(CORNER));
                closest.at = L::select(better, t, closest.at);
                closest.squared = L::select(better, squared, closest.squared);
                closest.kind = L::select(better, kind, closest.kind);
                closest.axis = L::select(better, L::splat(j as f64), closest.axis);
                closest.signs = select3::<L>(better, signs, closest.signs);
                closest.on_edge = L::select(better, x, closest.on_edge);
            }
        }
    }

    /// Whether there is a second contact, and how far along the axis from the closest point.
    #[inline(always)]
    fn second(&self, closest: &Closest<L>) -> (L::Mask, L) {
        let is = |kind: f64| closest.kind.equal(L::splat(kind));
        let along = Along {
            // The sign of a component that is all rounding means nothing.
            sign: self.half.map(|x| L::select(L::zero().lt(x), L::one(), -L::one())),
            across: std::array::from_fn(|k| {
                L::splat(2.0) * self.size[k] / self.half[k].abs().max(L::splat(LEAST))
            }),
            level: std::array::from_fn(|k| self.level(k)),
        };
        let face = self.second_on_face(closest);
        let (has_corner, corner) = self.second_from_corner(closest, &along);
        let (has_edge, edge) = self.second_from_edge(closest, &along);
        let exists = is(FACE) | (is(CORNER) & has_corner) | (is(EDGE) & has_edge);
        (exists, L::select(is(FACE), face, L::select(is(CORNER), corner, edge)))
    }

    /// From this end towards the other, until the axis leaves the face.
    #[inline(always)]
    fn second_on_face(&self, closest: &Closest<L>) -> L {
        let face: Choice<L> = choice(closest.axis);
        let mut step = L::splat(2.0);
        for k in 0..3 {
            let end = closest.at.mul_add(self.half[k], self.centre[k]);
            let run = -closest.at * self.half[k];
            for side in [self.size[k], -self.size[k]] {
                let reach = (side - end) / run;
                let counts = !face[k] & L::zero().lt(reach);
                step = L::select(counts & reach.lt(step), reach, step);
            }
        }
        -closest.at * step
    }

    #[inline(always)]
    fn second_from_corner(&self, closest: &Closest<L>, along: &Along<L>) -> (L::Mask, L) {
        let one = L::one();
        let Along { sign, across, level } = along;
        // Axes along which the capsule runs from the corner out of the box.
        let away: Choice<L> = std::array::from_fn(|k| !sign[k].equal(closest.signs[k]));
        // Of a level one there is a choice: such that the capsule, which lies along a face or
        // an edge, gets its second contact.
        let steep = self.axis.map(L::abs);
        let main = [
            steep[1].le(steep[0]) & steep[2].le(steep[0]),
            steep[0].lt(steep[1]) & steep[2].le(steep[1]),
        ];
        let main_away =
            (main[0] & away[0]) | (main[1] & away[1]) | (!(main[0] | main[1]) & away[2]);
        let away: Choice<L> =
            std::array::from_fn(|k| (level[k] & !main_away) | (!level[k] & away[k]));
        let count = away.map(|away| L::select(away, one, L::zero()));
        let count = count[0] + count[1] + count[2];
        // If it runs away along one or along two of three, that axis is singled out.
        let (is_one, is_two) = (count.equal(one), count.equal(L::splat(2.0)));
        let single: Choice<L> = std::array::from_fn(|k| (is_one & away[k]) | (is_two & !away[k]));
        let forward = L::select(is_one, one, -one);
        let [of_single, of_next, of_last] = begin_with(&single, *across);
        let cosine = pick(&single, self.axis);
        let along_edge = forward * (one - forward * closest.at).min(of_single);
        // Along the face, the other way.
        let along_face = -forward * (one + forward * closest.at).min(of_next).min(of_last);
        let is_along_edge = L::splat(0.5).lt(cosine * cosine);
        (is_one | is_two, L::select(is_along_edge, along_edge, along_face))
    }

    #[inline(always)]
    fn second_from_edge(&self, closest: &Closest<L>, along: &Along<L>) -> (L::Mask, L) {
        let (zero, one) = (L::zero(), L::one());
        let edge: Choice<L> = choice(closest.axis);
        let number = |mask: L::Mask| L::select(mask, one, zero);
        let away = std::array::from_fn(|k| number(!along.sign[k].equal(closest.signs[k])));
        let [_, away_p, away_q] = begin_with(&edge, away);
        let [_, level_p, level_q] = begin_with(&edge, along.level.map(number));
        let [_, axis_p, axis_q] = begin_with(&edge, self.axis);
        let [_, across_p, across_q] = begin_with(&edge, along.across);
        // Otherwise the axis and the edge make a T.
        let exists = !away_p.equal(away_q) | zero.lt(level_p + level_q);
        // The face that the axis is less steep to.
        let is_p = axis_q.abs().lt(axis_p.abs());
        let is_away = zero.lt(L::select(is_p, away_p, away_q));
        let forward = L::select(is_away, one, -one);
        let runs_up = zero.lt(pick(&edge, along.sign));
        let toward_end = (runs_up & is_away) | !(runs_up | is_away);
        let room = one - L::select(toward_end, closest.on_edge, -closest.on_edge);
        let on_edge =
            pick(&edge, self.size) * room / pick(&edge, self.half).abs().max(L::splat(LEAST));
        let step =
            (one - forward * closest.at).min(L::select(is_p, across_p, across_q)).min(on_edge);
        (exists, forward * step)
    }
}

/// Which way the axis runs, how far until it has crossed the box, and where it is level.
struct Along<L: Lanes> {
    sign: V3<L>,
    across: V3<L>,
    level: Choice<L>,
}
