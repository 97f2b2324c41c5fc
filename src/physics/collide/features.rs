//! The flat parts of convex shapes, from which one penetration becomes several contacts.
//!
//! Where a face of one shape is what separates the two, the other's face or edge that looks against it
//! is clipped to it, as between boxes, and what is left below the margin makes contacts. Two parallel
//! edges side by side touch at both ends of the overlap. All else touches in one point.

use super::convex::{Convex, Witness};
use super::per_lane::Manifold;
use super::polygon::Polygon;
use super::{Contact, Kind, ShapeData};
use crate::math::spatial::*;

/// Cosine above which a face's normal is the direction of separation: half a degree. Two edges that
/// cross over nearly parallel faces separate a little better than the faces, but what rests on them
/// would rock, hence
const ALIGNED: f64 = 1.0 - 4e-5;
/// the faces are taken up to this part of the distance (as between boxes).
const ALIAS_GAIN: f64 = 0.05;
/// Cosine above which it is just that, up to rounding.
const EXACT: f64 = 1.0 - 1e-9;
/// Squared sine below which two edges are parallel, as of capsules.
const PARALLEL: f64 = 1e-8;
/// A clipped face whose depth is not that of the deepest points by this, relative to the sizes, has
/// lost them at a rounded rim.
const SAME_DEPTH: f64 = 1e-6;
/// Corners closer than this, relative to the sizes, are one.
const SAME_POINT: f64 = 1e-7;
/// Corners of the polygon that stands for a cylinder's cap.
const RIM: usize = 16;
/// The most corners of a hull's face; others are left out evenly.
const CORNERS: usize = 16;

/// A flat part of a shape: of two points an edge, of more a face.
struct Feature {
    points: [V3<f64>; RIM],
    len: usize,
    /// Outward, unit; of an edge the direction that was asked for.
    normal: V3<f64>,
}

impl Feature {
    fn new(normal: V3<f64>, points: impl IntoIterator<Item = V3<f64>>) -> Self {
        let mut feature = Self { points: [[0.0; 3]; RIM], len: 0, normal };
        for point in points.into_iter().take(RIM) {
            feature.points[feature.len] = point;
            feature.len += 1;
        }
        feature
    }

    fn points(&self) -> &[V3<f64>] {
        &self.points[..self.len]
    }

    fn is_face(&self) -> bool {
        self.len > 2
    }
}

impl Convex<'_> {
    /// The core's flat part that looks most in a direction, if it has any; corners counterclockwise.
    fn feature(&self, direction: V3<f64>) -> Option<Feature> {
        let shape = &self.shape;
        let (size, z) = (shape.size, shape.axis(2));
        let place = |local: V3<f64>| add3(rotate(&shape.mat, local), shape.pos);
        let d: V3<f64> = std::array::from_fn(|k| dot3(shape.axis(k), direction));
        match self.kind {
            Kind::Capsule => Some(Feature::new(
                direction,
                [-size[1], size[1]].map(|h| mul_add3(z, h, shape.pos)),
            )),
            Kind::Cylinder if d[2] * d[2] > 0.5 => {
                // The rim's deepest point is a corner.
                let tilt = d[0].hypot(d[1]);
                let (u, v) = if tilt > 1e-9 { (d[0] / tilt, d[1] / tilt) } else { (1.0, 0.0) };
                let up = d[2].signum();
                let corner = |i: usize| {
                    let (sin, cos) = (i as f64 * (std::f64::consts::TAU / RIM as f64)).sin_cos();
                    let (x, y) = (u * cos - up * v * sin, v * cos + up * u * sin);
                    place([size[0] * x, size[0] * y, up * size[1]])
                };
                Some(Feature::new(z.map(|x| up * x), (0..RIM).map(corner)))
            }
            Kind::Cylinder => {
                let scale = size[0] / d[0].hypot(d[1]).max(f64::MIN_POSITIVE);
                let end = |h: f64| place([d[0] * scale, d[1] * scale, h]);
                Some(Feature::new(direction, [end(-size[1]), end(size[1])]))
            }
            Kind::Box => {
                let face = (1..3).fold(0, |f, k| if d[k].abs() > d[f].abs() { k } else { f });
                let side = 1f64.copysign(d[face]);
                let (x, y) = ((face + 1) % 3, (face + 2) % 3);
                let corner = |(u, v): (f64, f64)| {
                    let mut local = [0.0; 3];
                    local[face] = side * size[face];
                    local[x] = u * size[x];
                    local[y] = side * v * size[y];
                    place(local)
                };
                let corners = [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].map(corner);
                Some(Feature::new(shape.axis(face).map(|n| side * n), corners))
            }
            Kind::Mesh => {
                let ShapeData::Hull(hull) = shape.data else { return None };
                let faces = hull.faces_at[hull.support(d)].iter().map(|&f| &hull.faces[f]);
                let face = faces.max_by(|f, g| dot3(f.normal, d).total_cmp(&dot3(g.normal, d)))?;
                let step = face.corners.len().div_ceil(CORNERS);
                let corners = face.corners.iter().step_by(step).map(|&i| place(hull.vertices[i]));
                Some(Feature::new(rotate(&shape.mat, face.normal), corners))
            }
            Kind::Sphere | Kind::Ellipsoid | Kind::Plane | Kind::HeightField => None,
        }
    }
}

/// Adds the contacts of flat parts, about the given origin, up to `most`. Returns whether there were
/// any.
pub(super) fn flat_contacts(
    (a, b): (&Convex, &Convex),
    witness: &Witness,
    origin: V3<f64>,
    most: usize,
    found: &mut Manifold,
) -> bool {
    let n = witness.normal;
    let (Some(first), Some(second)) = (a.feature(n), b.feature(n.map(|x| -x))) else {
        return false;
    };
    let cosine1 = if first.is_face() { dot3(first.normal, n) } else { 0.0 };
    let cosine2 = if second.is_face() { -dot3(second.normal, n) } else { 0.0 };
    if cosine1.max(cosine2) < ALIGNED {
        let edges = !first.is_face() && !second.is_face();
        return edges && side_by_side((a, b), (&first, &second), n, origin, found);
    }
    let flip = cosine2 > cosine1;
    let (reference, incident) = if flip { (&second, &first) } else { (&first, &second) };
    let normal = if flip { reference.normal.map(|x| -x) } else { reference.normal };
    let round = if flip { a.radius } else { b.radius };

    // Coordinates in the reference face: x along its first edge, z outward.
    let base = reference.points[0];
    let edge = sub3(reference.points[1], base);
    let length = dot3(edge, edge).sqrt().max(f64::MIN_POSITIVE);
    let x = edge.map(|e| e / length);
    let y = cross3(reference.normal, x);
    let into = |p: &V3<f64>| {
        let offset = sub3(*p, base);
        [dot3(offset, x), dot3(offset, y), dot3(offset, reference.normal)]
    };
    let mut polygon = Polygon::new(incident.points().iter().map(into));
    for (i, p) in reference.points().iter().enumerate() {
        let (p, q) = (into(p), into(&reference.points[(i + 1) % reference.len]));
        let outward = [q[1] - p[1], p[0] - q[0]];
        polygon.clip(outward, outward[0] * p[0] + outward[1] * p[1]);
    }
    let contact = |p: &V3<f64>| {
        let dist = p[2] - round;
        // Midway between the face and the other surface.
        let on_face = mul_add3(y, p[1], mul_add3(x, p[0], base));
        let local = mul_add3(reference.normal, 0.5 * dist, on_face);
        Contact { dist, pos: add3(local, origin), normal, tangent: [0.0; 3] }
    };
    // Clipping makes some corners twice.
    let scale = a.scale() + b.scale();
    let same = |p: &V3<f64>, q: &V3<f64>| (p[0] - q[0]).hypot(p[1] - q[1]) < SAME_POINT * scale;
    let mut wanted: Vec<V3<f64>> = Vec::with_capacity(Polygon::CAPACITY);
    for p in polygon.points() {
        if p[2] - round <= found.margin() && !wanted.iter().any(|q| same(p, q)) {
            wanted.push(*p);
        }
    }
    let deepest = wanted.iter().map(|p| p[2] - round).fold(f64::INFINITY, f64::min);
    if wanted.is_empty() {
        return false;
    }
    let apart = (deepest - witness.dist).abs();
    let lost = apart > SAME_DEPTH * scale;
    let aliased = cosine1.max(cosine2) < EXACT;
    let chosen = spread(&wanted, |p| *p, most - usize::from(lost && !aliased));
    if aliased && (chosen.len() < 2 || lost && apart > ALIAS_GAIN * witness.dist.abs()) {
        return false;
    }
    if lost && !aliased {
        found.push(super::convex_convex::contact(witness, origin));
    }
    for i in chosen {
        found.push(contact(&wanted[i]));
    }
    true
}

/// Up to `most` of some points (x, y, height) that are far apart: all, or the lowest, the furthest from
/// it, the furthest from the line of both, and the furthest on that line's other side.
pub(super) fn spread<P>(points: &[P], at: impl Fn(&P) -> V3<f64>, most: usize) -> Vec<usize> {
    if points.len() <= most {
        return (0..points.len()).collect();
    }
    let from = |i: usize, p: V3<f64>| {
        let base = at(&points[i]);
        [p[0] - base[0], p[1] - base[1]]
    };
    let best = |of: &dyn Fn(V3<f64>) -> f64| {
        let mut best = (0, f64::NEG_INFINITY);
        for (i, p) in points.iter().enumerate() {
            let value = of(at(p));
            if value > best.1 {
                best = (i, value);
            }
        }
        best.0
    };
    let first = best(&|p| -p[2]);
    let second = best(&|p| {
        let [x, y] = from(first, p);
        x * x + y * y
    });
    let [x, y] = from(first, at(&points[second]));
    let side = |p: V3<f64>| {
        let [u, v] = from(first, p);
        x * v - y * u
    };
    let (left, right) = (best(&side), best(&|p| -side(p)));
    let further = side(at(&points[left])) >= -side(at(&points[right]));
    let (third, fourth) = if further { (left, right) } else { (right, left) };
    let mut chosen = vec![first];
    for i in [second, third, fourth] {
        if !chosen.contains(&i) {
            chosen.push(i);
        }
    }
    chosen.truncate(most);
    chosen
}

/// Two edges that are parallel and across the normal: the ends of their overlap.
fn side_by_side(
    (a, b): (&Convex, &Convex),
    (first, second): (&Feature, &Feature),
    normal: V3<f64>,
    origin: V3<f64>,
    found: &mut Manifold,
) -> bool {
    let edge = |feature: &Feature| {
        let [p, q] = [feature.points[0], feature.points[1]];
        let along = sub3(q, p);
        let half = 0.5 * dot3(along, along).sqrt();
        let middle: V3<f64> = std::array::from_fn(|k| 0.5 * (p[k] + q[k]));
        (middle, along.map(|x| 0.5 * x / half.max(f64::MIN_POSITIVE)), half)
    };
    let ((p1, d1, half1), (p2, d2, half2)) = (edge(first), edge(second));
    let across = cross3(d1, d2);
    let steep = dot3(d1, normal).powi(2).max(dot3(d2, normal).powi(2));
    if dot3(across, across) > PARALLEL || steep > PARALLEL {
        return false;
    }
    let between = sub3(p2, p1);
    let (c, u, v) = (dot3(d1, d2), dot3(d1, between), -dot3(d2, between));
    let (low, high) = ((u - half2).max(-half1), (u + half2).min(half1));
    if low > high {
        return false;
    }
    for t1 in [low, high] {
        let t2 = (v + c * t1).clamp(-half2, half2);
        let q1 = mul_add3(normal, a.radius, mul_add3(d1, t1, p1));
        let q2 = mul_add3(normal, -b.radius, mul_add3(d2, t2, p2));
        let witness = Witness { dist: dot3(sub3(q2, q1), normal), normal, first: q1, second: q2 };
        found.push(super::convex_convex::contact(&witness, origin));
    }
    true
}
