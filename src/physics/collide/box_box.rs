//! A box against a box: separating axes, then a contact of two edges or of two faces.
//!
//! The method is the textbook's (Gottschalk, Lin and Manocha, "OBBTree", 1996, for the axes; for the faces the
//! incident one is clipped to the reference one). Which axis wins a near-tie decides what a box rests on, so
//! these choices are MuJoCo's (engine_collision_box.c). Which axis, face or edge it is differs by lane: vectors are
//! brought into one order by selecting, and from there on all lanes do the same.

use super::choice::{Choice, begin_with, choice, pick};
use super::{ABSENT, Contact, Shape};
use crate::math::lanes::{Kernel, LaneMask, Lanes, Slice, when};
use crate::math::spatial::*;

/// Slack of the separation tests, in roundings of the summed half-lengths: overlap below rounding is overlap.
const SLACK: f64 = 450.0;
/// Squared sine below which two edges are parallel; the faces cover them. For f32 it is what is left of a sine
/// by rounding.
const PARALLEL: f64 = 1e-16;
/// By how much an edge axis has to beat the faces, relative to its own separation,
const EDGE_BIAS: f64 = 1e-6;
/// and in roundings of the summed half-lengths.
const EDGE_NOISE: f64 = 8.0;
/// An edge axis this close to a face's (cosine) gives way to the face,
const ALIAS: f64 = 0.99;
/// unless it is better by this part of the face's separation.
const ALIAS_GAIN: f64 = 0.05;
/// Components of an edge axis below this do not say which of two edges is the outer one.
const AMBIGUOUS: f64 = 1e-9;
/// Corners of the clipped face closer than this are one, squared and relative to the face's size.
const SAME_CORNER: f64 = 1e-14;

/// Contacts of two faces.
const MOST: usize = 8;

pub(super) struct BoxBox<'a, L: Lanes> {
    pub a: &'a Shape<'a, L>,
    pub b: &'a Shape<'a, L>,
    pub margin: L,
    pub near: L::Mask,
    pub out: &'a mut [Contact<L>],
}

impl<L: Lanes> Kernel for BoxBox<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { a, b, margin, near, out } = self;
        out.fill(Contact::absent());
        if !near.any() {
            return;
        }
        let between = sub3(b.pos, a.pos);
        let turn = std::array::from_fn(|i| std::array::from_fn(|j| dot3(a.axis(i), b.axis(j))));
        let pair = Pair {
            a,
            b,
            between,
            turn,
            in_first: std::array::from_fn(|k| dot3(a.axis(k), between)),
            in_second: std::array::from_fn(|k| dot3(b.axis(k), between)),
            margin,
        };
        let axis = pair.separating_axis(near);
        when!(L, axis.is_edge, [out[0];] => {
            out[0] = pair.edge_contact(&axis);
        });
        when!(L, axis.is_face, [Slice(&mut *out);] => {
            pair.face_contacts(&axis, out);
        });
    }
}

/// The axis along which the boxes overlap least or are furthest apart.
struct Axis<L: Lanes> {
    /// Lanes where it is a face's, and where it lies across two edges; in the others the boxes are apart.
    is_face: L::Mask,
    is_edge: L::Mask,
    /// Whether the face is the second box's, and which.
    second: L::Mask,
    face: Choice<L>,
    /// The edges of either box, and the unit vector across them, in the axes of either.
    edges: [Choice<L>; 2],
    across: [V3<L>; 2],
}

/// The second box as the first sees it.
struct Pair<'a, L> {
    a: &'a Shape<'a, L>,
    b: &'a Shape<'a, L>,
    /// From the first centre to the second, in the world and in the axes of the first and of the second.
    between: V3<L>,
    in_first: V3<L>,
    in_second: V3<L>,
    /// `turn[i][j]`: axis i of the first times axis j of the second.
    turn: [[L; 3]; 3],
    margin: L,
}

/// How far a box of these half-lengths reaches along a direction with these cosines.
#[inline(always)]
fn reach<L: Lanes>(size: V3<L>, cosines: V3<L>) -> L {
    dot3(size, cosines.map(L::abs))
}

impl<L: Lanes> Pair<'_, L> {
    /// The axis of the largest separation, in the lanes that are near and no further apart than the margin.
    #[inline(always)]
    fn separating_axis(&self, near: L::Mask) -> Axis<L> {
        let (size1, size2) = (self.a.size, self.b.size);
        let extent = size1[0] + size1[1] + size1[2] + size2[0] + size2[1] + size2[2];
        let apart = self.margin + L::splat(SLACK * L::EPSILON) * extent;
        let column = |j: usize| std::array::from_fn(|i| self.turn[i][j]);

        let (mut face, mut number) = (L::splat(-ABSENT), L::zero());
        for k in 0..6 {
            let separation = if k < 3 {
                self.in_first[k].abs() - size1[k] - reach(size2, self.turn[k])
            } else {
                self.in_second[k - 3].abs() - size2[k - 3] - reach(size1, column(k - 3))
            };
            let better = face.lt(separation);
            face = L::select(better, separation, face);
            number = L::select(better, L::splat(k as f64), number);
        }
        let mut near = near & face.le(apart);

        let noise = L::splat(EDGE_NOISE * L::EPSILON) * extent;
        let mut best = face;
        let (mut edge, mut across) = (L::splat(-1.0), [[L::zero(); 3]; 2]);
        for i in 0..3 {
            for j in 0..3 {
                let (exists, in_first, in_second) = self.edge_axis(i, j);
                let separation = dot3(in_first, self.in_first).abs()
                    - reach(size1, in_first)
                    - reach(size2, in_second);
                near = near & !(exists & apart.lt(separation));
                let gain = separation - L::splat(EDGE_BIAS) * separation.abs();
                let better = exists & best.lt(gain) & (face + noise).lt(separation);
                best = L::select(better, separation, best);
                edge = L::select(better, L::splat((3 * i + j) as f64), edge);
                across = [
                    select3::<L>(better, in_first, across[0]),
                    select3::<L>(better, in_second, across[1]),
                ];
            }
        }

        let second = L::splat(2.5).lt(number);
        let face_choice = choice(L::select(second, number - L::splat(3.0), number));
        let cosine =
            L::select(second, pick(&face_choice, across[1]), pick(&face_choice, across[0]));
        let little = face + L::splat(ALIAS_GAIN) * face.abs() + L::splat(1e-15);
        let alias = L::splat(ALIAS).lt(cosine.abs()) & best.lt(little);
        let is_edge = near & L::zero().le(edge) & !alias;
        let first_edge = (edge * L::splat(1.0 / 3.0) + L::splat(0.1)).floor();
        let edges = [choice(first_edge), choice(edge - L::splat(3.0) * first_edge)];
        Axis { is_face: near & !is_edge, is_edge, second, face: face_choice, edges, across }
    }

    /// The unit vector across axis i of the first box and axis j of the second, in the axes of either, and
    /// whether there is one.
    #[inline(always)]
    fn edge_axis(&self, i: usize, j: usize) -> (L::Mask, V3<L>, V3<L>) {
        let (p, q) = ((i + 1) % 3, (i + 2) % 3);
        let mut axis = [L::zero(); 3];
        axis[p] = -self.turn[q][j];
        axis[q] = self.turn[p][j];
        let squared = dot3(axis, axis);
        let least = L::splat(PARALLEL.max(64.0 * L::EPSILON * L::EPSILON));
        let scale = L::one() / squared.max(least).sqrt();
        let axis = axis.map(|x| x * scale);
        // Component j is what rounding left of a right angle: as much as the axis is off one, which counts.
        let column = |j: usize| std::array::from_fn(|i| self.turn[i][j]);
        (least.le(squared), axis, std::array::from_fn(|j| dot3(column(j), axis)))
    }

    /// One contact midway between the nearest points of two edges.
    #[inline(always)]
    fn edge_contact(&self, axis: &Axis<L>) -> Contact<L> {
        let along =
            L::select(dot3(axis.across[0], self.in_first).lt(L::zero()), -L::one(), L::one());
        let outward = axis.across.map(|across| across.map(|x| x * along));
        let normal = rotate(&self.a.mat, outward[0]);
        let ([edge1, edge2], inward) = (&axis.edges, outward[1].map(|x| -x));
        let line = |shape: &Shape<L>, edge: &Choice<L>| -> (V3<L>, L) {
            let axes = [shape.axis(0), shape.axis(1), shape.axis(2)];
            let along = std::array::from_fn(|k| pick(edge, [axes[0][k], axes[1][k], axes[2][k]]));
            (along, pick(edge, shape.size))
        };
        let (line1, line2) = (line(self.a, edge1), line(self.b, edge2));

        // Middles of the edges that reach furthest along the axis, from the first centre. Where a component of the
        // axis is all rounding either edge may be meant: try both, and keep the nearest pair.
        let (open1, open2) = (ambiguous(edge1, outward[0]), ambiguous(edge2, inward));
        let any_open = [open1, open2].map(|open| (open[0] | open[1] | open[2]).any());
        let (mut nearest, mut points) = (L::splat(f64::from(f32::MAX)), [[L::zero(); 3]; 2]);
        for flip1 in 0..=usize::from(any_open[0]) {
            for flip2 in 0..=usize::from(any_open[1]) {
                let p1 = middle(self.a, edge1, outward[0], (flip1 == 1).then_some(&open1));
                let p2 = middle(self.b, edge2, inward, (flip2 == 1).then_some(&open2));
                let (p1, p2) = nearest_points((p1, line1), (add3(p2, self.between), line2));
                let gap = sub3(p2, p1);
                let squared = dot3(gap, gap);
                let better = squared.lt(nearest);
                nearest = L::select(better, squared, nearest);
                points = [select3::<L>(better, p1, points[0]), select3::<L>(better, p2, points[1])];
            }
        }
        let [p1, p2] = points;
        let dist = dot3(sub3(p2, p1), normal);
        let half = L::splat(0.5);
        let pos = std::array::from_fn(|k| half.mul_add(p1[k] + p2[k], self.a.pos[k]));
        let none = Contact::absent();
        Contact {
            dist: L::select(axis.is_edge & dist.le(self.margin), dist, none.dist),
            pos: select3::<L>(axis.is_edge, pos, none.pos),
            normal: select3::<L>(axis.is_edge, normal, none.normal),
            tangent: none.tangent,
        }
    }

    /// The incident face, clipped to the reference face: its corners below the reference plane.
    ///
    /// All is brought into the order in which the face's axis is the first of the reference box and the axis of the
    /// incident face the first of the other: `entry[r][k]` is axis r of the reference times axis k of the other.
    #[inline(always)]
    fn face_contacts(&self, axis: &Axis<L>, out: &mut [Contact<L>]) {
        let (zero, one, second) = (L::zero(), L::one(), axis.second);
        let ordered = |of: V3<L>| begin_with(&axis.face, of);
        let size = ordered(select3::<L>(second, self.b.size, self.a.size));
        // From the reference centre to the incident one.
        let offset = ordered(select3::<L>(second, self.in_second.map(|x| -x), self.in_first));
        let rows: [V3<L>; 3] = std::array::from_fn(|k| {
            ordered(std::array::from_fn(|r| L::select(second, self.turn[k][r], self.turn[r][k])))
        });
        let side = L::select(zero.le(offset[0]), one, -one);

        // The incident face looks most against the reference one.
        let facing: V3<L> = std::array::from_fn(|k| rows[k][0].abs());
        let third = facing[0].max(facing[1]).lt(facing[2]);
        let middle = facing[0].lt(facing[1]) & !third;
        let opposed = [!(third | middle), middle, third];
        let other = begin_with(&opposed, select3::<L>(second, self.a.size, self.b.size));
        let entry: [V3<L>; 3] =
            std::array::from_fn(|r| begin_with(&opposed, std::array::from_fn(|k| rows[k][r])));
        let toward = L::select(zero.lt(side * entry[0][0]), -other[0], other[0]);

        // Centre and half sides of the incident face: along the reference face, and above it.
        let above = |of: V3<L>| -> V3<L> { [of[1], of[2], side * of[0]] };
        let part = |k: usize, length: L| above(std::array::from_fn(|r| entry[r][k] * length));
        let mut centre = add3(above(offset), part(0, toward));
        centre[2] -= size[0];
        let polygon = Clipped {
            limits: [size[1], size[2]],
            centre,
            u: part(1, other[1]),
            v: part(2, other[2]),
        };
        let corners = polygon.corners();

        let same = SAME_CORNER.max(256.0 * L::EPSILON * L::EPSILON);
        let same = L::splat(same) * size[1].mul_add(size[1], size[2] * size[2]);
        let (mut kept, mut count) = ([[zero, zero, L::splat(ABSENT)]; MOST], zero);
        for (i, (exists, point)) in corners.iter().enumerate() {
            let mut wanted = *exists & point[2].le(self.margin);
            for (existed, before) in &corners[..i] {
                let (x, y) = (before[0] - point[0], before[1] - point[1]);
                wanted = wanted & !(*existed & x.mul_add(x, y * y).lt(same));
            }
            for (place, kept) in kept.iter_mut().enumerate().take(i + 1) {
                let here = wanted & count.equal(L::splat(place as f64));
                *kept = select3::<L>(here, *point, *kept);
            }
            count += L::select(wanted, one, zero);
        }

        let mat: M3<L> = std::array::from_fn(|k| L::select(second, self.b.mat[k], self.a.mat[k]));
        let pos = select3::<L>(second, self.b.pos, self.a.pos);
        // World components of the ordered axes.
        let axes: [V3<L>; 3] =
            std::array::from_fn(|k| ordered([mat[3 * k], mat[3 * k + 1], mat[3 * k + 2]]));
        let outward = L::select(second, -side, side);
        let normal: V3<L> = std::array::from_fn(|k| axes[k][0] * outward);
        let half = L::splat(0.5);
        for (slot, [x, y, dist]) in out.iter_mut().zip(kept) {
            let local = [side * half.mul_add(dist, size[0]), x, y];
            let point = std::array::from_fn(|k| dot3(axes[k], local) + pos[k]);
            let present = axis.is_face & dist.lt(L::splat(0.5 * ABSENT));
            *slot = Contact {
                dist: L::select(axis.is_face, dist, slot.dist),
                pos: select3::<L>(present, point, slot.pos),
                normal: select3::<L>(present, normal, slot.normal),
                tangent: slot.tangent,
            };
        }
    }
}

/// A parallelogram over a rectangle about the origin of x and y; z is carried along.
struct Clipped<L> {
    /// Half-lengths of the rectangle.
    limits: [L; 2],
    centre: V3<L>,
    /// Halves of the parallelogram's sides.
    u: V3<L>,
    v: V3<L>,
}

impl<L: Lanes> Clipped<L> {
    /// Corners of the part above the rectangle, and which of them there are: of each side where it comes in and
    /// where it goes out (Liang and Barsky, 1984), and the rectangle's corners inside.
    #[inline(always)]
    fn corners(&self) -> [(L::Mask, V3<L>); 12] {
        let (zero, one) = (L::zero(), L::one());
        let mut corners = [(L::Mask::splat(false), [zero; 3]); 12];
        // Around it, with the direction in which each side runs.
        let (u, v) = (self.u, self.v);
        let minus = |x: V3<L>| x.map(|x| -x);
        let around =
            [(u, v, minus(u)), (minus(u), v, minus(v)), (minus(u), minus(v), u), (u, minus(v), v)];
        for (i, (a, b, along)) in around.into_iter().enumerate() {
            let from = add3(self.centre, add3(a, b));
            let step = add3(along, along);
            let (mut enter, mut leave) = (zero, one);
            for k in 0..2 {
                let limit = self.limits[k];
                let level = step[k].equal(zero);
                let inverse = one / L::select(level, one, step[k]);
                let (s, t) = ((-limit - from[k]) * inverse, (limit - from[k]) * inverse);
                // A level side is inside all along, or nowhere.
                let beyond = L::select(limit.lt(from[k].abs()), L::splat(2.0), zero);
                enter = enter.max(L::select(level, beyond, s.min(t)));
                leave = leave.min(L::select(level, one, s.max(t)));
            }
            corners[2 * i] = (enter.le(leave), mul_add3(step, enter, from));
            corners[2 * i + 1] = (enter.lt(leave) & leave.lt(one), mul_add3(step, leave, from));
        }
        let inverse = one / (u[0] * v[1] - u[1] * v[0]);
        for (i, (x, y)) in
            [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].into_iter().enumerate()
        {
            let [x, y] = [self.limits[0] * L::splat(x), self.limits[1] * L::splat(y)];
            let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
            let along_u = (dx * v[1] - dy * v[0]) * inverse;
            let along_v = (u[0] * dy - u[1] * dx) * inverse;
            let inside = along_u.abs().lt(one) & along_v.abs().lt(one);
            let z = along_u.mul_add(u[2], along_v.mul_add(v[2], self.centre[2]));
            corners[8 + i] = (inside, [x, y, z]);
        }
        corners
    }
}

/// Components of an edge axis, beside that along the edge, that do not say which edge is the outer one.
#[inline(always)]
fn ambiguous<L: Lanes>(edge: &Choice<L>, direction: V3<L>) -> Choice<L> {
    let least = L::splat(AMBIGUOUS.max(64.0 * L::EPSILON));
    std::array::from_fn(|k| !edge[k] & direction[k].abs().lt(least))
}

/// From a box's centre to the middle of the edge that reaches furthest in a `direction` of the box, or to the one
/// on the other side where that is `open`.
#[inline(always)]
fn middle<L: Lanes>(
    shape: &Shape<L>,
    edge: &Choice<L>,
    direction: V3<L>,
    open: Option<&Choice<L>>,
) -> V3<L> {
    let corner = std::array::from_fn(|k| {
        let outer = shape.size[k].flip_sign(direction[k]);
        let outer = open.map_or(outer, |open| L::select(open[k], -outer, outer));
        L::select(edge[k], L::zero(), outer)
    });
    rotate(&shape.mat, corner)
}

/// The nearest points of two segments, each given by its middle, unit direction and half-length.
#[inline(always)]
fn nearest_points<L: Lanes>(
    (p1, (d1, half1)): (V3<L>, (V3<L>, L)),
    (p2, (d2, half2)): (V3<L>, (V3<L>, L)),
) -> (V3<L>, V3<L>) {
    let between = sub3(p2, p1);
    let (c, u, v) = (dot3(d1, d2), dot3(d1, between), -dot3(d2, between));
    // 1 - c^2, whose rounding would be that of the angle's square.
    let across = cross3(d1, d2);
    let squared = dot3(across, across).max(L::splat(1e-15));
    let t1 = (c.mul_add(v, u) / squared).clamp(-half1, half1);
    let t2 = c.mul_add(t1, v).clamp(-half2, half2);
    let t1 = c.mul_add(t2, u).clamp(-half1, half1);
    (mul_add3(d1, t1, p1), mul_add3(d2, t2, p2))
}
