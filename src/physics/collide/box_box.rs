//! A box against a box, in one lane: separating axes, then a contact of two edges or of two faces.
//!
//! The method is the textbook's (Gottschalk, Lin and Manocha, "OBBTree", 1996, for the axes; Ericson,
//! "Real-Time Collision Detection", 2005, section 5.5.8 for clipping the incident face). Which axis
//! wins a near-tie decides what a box rests on, so these choices are MuJoCo's (engine_collision_box.c).

use super::per_lane::Manifold;
use super::polygon::Polygon;
use super::{Contact, Shape};
use crate::math::spatial::*;

/// Slack of the separation tests, relative to the summed half-lengths: overlap below rounding is
/// overlap.
const SLACK: f64 = 1e-13;
/// Squared sine below which two edges are parallel; the faces cover them.
const PARALLEL: f64 = 1e-16;
/// By how much an edge axis has to beat the faces, relative to its own separation.
const EDGE_BIAS: f64 = 1e-6;
/// An edge axis this close to a face's (cosine) gives way to the face,
const ALIAS: f64 = 0.99;
/// unless it is better by this part of the face's separation.
const ALIAS_GAIN: f64 = 0.05;
/// Components of an edge axis below this do not say which of two edges is the outer one.
const AMBIGUOUS: f64 = 1e-9;
/// Corners of the clipped face closer than this are one, squared and relative to the face's size.
const SAME_CORNER: f64 = 1e-14;

/// The axis along which the boxes overlap least or are furthest apart.
#[derive(Clone, Copy)]
enum Axis {
    First(usize),
    Second(usize),
    Edges(usize, usize),
}

/// The second box as the first sees it.
struct Pair<'a> {
    a: &'a Shape<'a, f64>,
    b: &'a Shape<'a, f64>,
    /// `turn[i][j]`: axis i of the first times axis j of the second.
    turn: [[f64; 3]; 3],
    /// From the first centre to the second, in the axes of the first and of the second.
    in_first: V3<f64>,
    in_second: V3<f64>,
}

pub(super) fn box_box(a: &Shape<f64>, b: &Shape<f64>, found: &mut Manifold) {
    let between = sub3(b.pos, a.pos);
    let turn = std::array::from_fn(|i| std::array::from_fn(|j| dot3(a.axis(i), b.axis(j))));
    let pair = Pair {
        a,
        b,
        turn,
        in_first: std::array::from_fn(|k| dot3(a.axis(k), between)),
        in_second: std::array::from_fn(|k| dot3(b.axis(k), between)),
    };
    let extent: f64 = a.size.iter().chain(&b.size).sum();
    let apart = found.margin() + SLACK * extent;
    match pair.separating_axis(apart) {
        None => {}
        Some(Axis::Edges(i, j)) => pair.edge_contact(i, j, found),
        Some(Axis::First(face)) => {
            pair.face_contacts(Faces { reference: a, incident: b, face, flip: false }, found);
        }
        Some(Axis::Second(face)) => {
            pair.face_contacts(Faces { reference: b, incident: a, face, flip: true }, found);
        }
    }
}

/// Whose face the other box rests on; `flip` if that is the second box's.
struct Faces<'a> {
    reference: &'a Shape<'a, f64>,
    incident: &'a Shape<'a, f64>,
    face: usize,
    flip: bool,
}

impl Pair<'_> {
    /// The axis of the largest separation, or none if the boxes are further apart than `apart`.
    fn separating_axis(&self, apart: f64) -> Option<Axis> {
        let (size1, size2) = (self.a.size, self.b.size);
        let reach = |size: V3<f64>, cosines: V3<f64>| dot3(size, cosines.map(f64::abs));
        let column = |j: usize| std::array::from_fn(|i| self.turn[i][j]);

        let mut face = (f64::NEG_INFINITY, Axis::First(0));
        for i in 0..3 {
            let separation = self.in_first[i].abs() - size1[i] - reach(size2, self.turn[i]);
            if separation > face.0 {
                face = (separation, Axis::First(i));
            }
        }
        for j in 0..3 {
            let separation = self.in_second[j].abs() - size2[j] - reach(size1, column(j));
            if separation > face.0 {
                face = (separation, Axis::Second(j));
            }
        }
        if face.0 > apart {
            return None;
        }

        let mut best = face;
        for i in 0..3 {
            for j in 0..3 {
                let Some((in_first, in_second)) = self.edge_axis(i, j) else { continue };
                let separation = dot3(in_first, self.in_first).abs()
                    - reach(size1, in_first)
                    - reach(size2, in_second);
                if separation > apart {
                    return None;
                }
                if separation - EDGE_BIAS * separation.abs() > best.0 && separation > face.0 {
                    best = (separation, Axis::Edges(i, j));
                }
            }
        }

        if let Axis::Edges(i, j) = best.1 {
            let (in_first, in_second) = self.edge_axis(i, j)?;
            let cosine = match face.1 {
                Axis::First(k) => in_first[k],
                Axis::Second(k) => in_second[k],
                Axis::Edges(..) => 0.0,
            };
            if cosine.abs() > ALIAS && best.0 < face.0 + ALIAS_GAIN * face.0.abs() + 1e-15 {
                return Some(face.1);
            }
        }
        Some(best.1)
    }

    /// The unit vector across axis i of the first box and axis j of the second, in the axes of
    /// either.
    fn edge_axis(&self, i: usize, j: usize) -> Option<(V3<f64>, V3<f64>)> {
        let (p, q) = ((i + 1) % 3, (i + 2) % 3);
        let mut axis = [0.0; 3];
        axis[p] = -self.turn[q][j];
        axis[q] = self.turn[p][j];
        let squared = dot3(axis, axis);
        if squared < PARALLEL {
            return None;
        }
        let axis = axis.map(|x| x / squared.sqrt());
        let mut in_second = self.to_second(axis);
        in_second[j] = 0.0;
        Some((axis, in_second))
    }

    fn to_second(&self, v: V3<f64>) -> V3<f64> {
        std::array::from_fn(|j| (0..3).map(|i| self.turn[i][j] * v[i]).sum())
    }

    /// One contact midway between the nearest points of two edges.
    fn edge_contact(&self, i: usize, j: usize, found: &mut Manifold) {
        let Some((axis, in_second)) = self.edge_axis(i, j) else { return };
        let outward = if dot3(axis, self.in_first) < 0.0 { -1.0 } else { 1.0 };
        let (axis, in_second) = (axis.map(|x| x * outward), in_second.map(|x| x * outward));
        let normal = rotate(&self.a.mat, axis);

        // Middles of the edges that reach furthest along the axis. Where a component of the axis is
        // all rounding either edge may be meant: try both, and keep the nearest pair.
        let mut nearest = (f64::INFINITY, [0.0; 3], [0.0; 3]);
        for p1 in edges(self.a, i, axis) {
            for p2 in edges(self.b, j, in_second.map(|x| -x)) {
                let first = (p1, self.a.axis(i), self.a.size[i]);
                let (p1, p2) = nearest_points(first, (p2, self.b.axis(j), self.b.size[j]));
                let gap = sub3(p2, p1);
                let squared = dot3(gap, gap);
                if squared < nearest.0 {
                    nearest = (squared, p1, p2);
                }
            }
        }
        let (_, p1, p2) = nearest;
        let dist = dot3(sub3(p2, p1), normal);
        let pos = std::array::from_fn(|k| 0.5 * (p1[k] + p2[k]));
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    }

    /// The incident face, clipped to the reference face: its corners below the reference plane.
    fn face_contacts(&self, faces: Faces, found: &mut Manifold) {
        let Faces { reference, incident, face, flip } = faces;
        let cosine = |k: usize| if flip { self.turn[k][face] } else { self.turn[face][k] };
        // From the reference centre to the incident one, in the reference axes.
        let offset = if flip { self.in_second.map(|x| -x) } else { self.in_first };
        let side = if offset[face] >= 0.0 { 1.0 } else { -1.0 };
        let (x, y) = ((face + 1) % 3, (face + 2) % 3);

        // The incident face looks most against the reference one.
        let mut opposed = 0;
        for k in 1..3 {
            if cosine(k).abs() > cosine(opposed).abs() {
                opposed = k;
            }
        }
        let toward = if side * cosine(opposed) > 0.0 { -1.0 } else { 1.0 };
        let (u, v) = ((opposed + 1) % 3, (opposed + 2) % 3);
        // Entry (r, k): axis r of the reference times axis k of the incident box.
        let entry = |r: usize, k: usize| if flip { self.turn[k][r] } else { self.turn[r][k] };
        let corner = |(su, sv): (f64, f64)| {
            let at = |r: usize| {
                offset[r]
                    + toward * incident.size[opposed] * entry(r, opposed)
                    + su * incident.size[u] * entry(r, u)
                    + sv * incident.size[v] * entry(r, v)
            };
            [at(x), at(y), side * at(face) - reference.size[face]]
        };
        let corners = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)];
        let mut polygon = Polygon::new(corners.map(corner));
        for (normal, limit) in
            [([1.0, 0.0], x), ([-1.0, 0.0], x), ([0.0, 1.0], y), ([0.0, -1.0], y)]
        {
            polygon.clip(normal, reference.size[limit]);
        }

        let normal = reference.axis(face).map(|n| if flip { -side * n } else { side * n });
        let (sx, sy) = (reference.size[x], reference.size[y]);
        let same = SAME_CORNER * (sx * sx + sy * sy);
        let mut kept: [[f64; 2]; Manifold::CAPACITY] = [[0.0; 2]; Manifold::CAPACITY];
        let mut count = 0;
        for &[px, py, dist] in polygon.points() {
            let repeated =
                kept[..count].iter().any(|k| (k[0] - px).powi(2) + (k[1] - py).powi(2) < same);
            if dist > found.margin() || repeated || count == kept.len() {
                continue;
            }
            kept[count] = [px, py];
            count += 1;
            let mut local = [0.0; 3];
            local[x] = px;
            local[y] = py;
            local[face] = side * (reference.size[face] + 0.5 * dist);
            let pos = add3(rotate(&reference.mat, local), reference.pos);
            found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
        }
    }
}

/// The middles of the edges along axis `along` that reach furthest in a `direction` of the box: one,
/// or two if that is open.
fn edges(shape: &Shape<f64>, along: usize, direction: V3<f64>) -> impl Iterator<Item = V3<f64>> {
    let middle = move |flipped: Option<usize>| {
        let mut corner: V3<f64> = std::array::from_fn(|k| shape.size[k].copysign(direction[k]));
        corner[along] = 0.0;
        if let Some(k) = flipped {
            corner[k] = -corner[k];
        }
        add3(rotate(&shape.mat, corner), shape.pos)
    };
    let others = [(along + 1) % 3, (along + 2) % 3];
    let open = others.into_iter().find(|&k| direction[k].abs() < AMBIGUOUS);
    std::iter::once(middle(None)).chain(open.map(|k| middle(Some(k))))
}

/// The nearest points of two segments, each given by its middle, unit direction and half-length.
fn nearest_points(
    (p1, d1, half1): (V3<f64>, V3<f64>, f64),
    (p2, d2, half2): (V3<f64>, V3<f64>, f64),
) -> (V3<f64>, V3<f64>) {
    let between = sub3(p2, p1);
    let (c, u, v) = (dot3(d1, d2), dot3(d1, between), -dot3(d2, between));
    let t1 = ((u + c * v) / (1.0 - c * c).max(1e-15)).clamp(-half1, half1);
    let t2 = (v + c * t1).clamp(-half2, half2);
    let t1 = (u + c * t2).clamp(-half1, half1);
    (mul_add3(d1, t1, p1), mul_add3(d2, t2, p2))
}
