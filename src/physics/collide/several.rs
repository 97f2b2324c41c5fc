//! Several contacts of two convex shapes, from one penetration: where and how many MuJoCo has by default.
//!
//! Where two shapes meet with faces that look against each other, or with an edge along a face, the one is
//! clipped to the other (MuJoCo's `multiccd`). A cylinder's cap is a face, and the lines along its side, as a
//! capsule's axis, are edges.

use super::convex::{Convex, Witness};
use super::per_lane::Manifold;
use super::polygon::{Polygon, largest_quad};
use super::{Contact, ShapeData, ShapeKind};
use crate::math::lanes::{hypot, sin_cos};
use crate::math::spatial::*;

/// Cosine beyond which faces look against each other, and sine below which an edge lies along a face: five
/// degrees.
const FACING: f64 = 0.996;
const ALONG: f64 = 0.0888;
/// Vertices this close to the furthest one, relative to the size, are as far.
const LEVEL: f64 = 1e-7;
/// Most contacts, and most of a capsule.
pub(super) const MOST: usize = 4;
pub(super) const OF_CAPSULES: usize = 2;
/// Sides of a cylinder's cap.
const CAP_SIDES: usize = 16;

/// What of a shape is furthest in a direction: a point, an edge or a face; about a common origin.
struct Feature {
    /// One, two, or, of a face, three.
    points: Vec<V3<f64>>,
    /// Faces with all these points: outward normals and corners, counterclockwise from outside.
    faces: Vec<(V3<f64>, Vec<V3<f64>>)>,
    /// Edges with all of these points if they are one or two: unit directions and other ends.
    edges: Vec<(V3<f64>, V3<f64>)>,
}

/// A box's corners, by the signs of their coordinates as bits, and its faces as lists of them.
const FACES_OF_BOX: [[usize; 4]; 6] =
    [[1, 3, 7, 5], [0, 4, 6, 2], [2, 6, 7, 3], [0, 1, 5, 4], [4, 5, 7, 6], [0, 2, 3, 1]];

impl Feature {
    fn new(convex: &Convex, direction: V3<f64>) -> Self {
        let shape = &convex.shape;
        let place = |v: &V3<f64>| add3(rotate(&shape.mat, *v), shape.pos);
        let turn = |n: V3<f64>| rotate(&shape.mat, n);
        let local: V3<f64> = std::array::from_fn(|k| dot3(shape.axis(k), direction));
        match (convex.kind, shape.data) {
            (ShapeKind::Capsule, _) => Self::of_capsule(convex, local),
            (ShapeKind::Cylinder, _) => Self::of_cylinder(convex, local),
            (_, ShapeData::Hull(hull)) => {
                let top = hull.support(local);
                let faces = hull.faces_at[top].iter().map(|&face| &hull.faces[face]);
                let faces: Vec<_> =
                    faces.map(|face| (turn(face.normal), face.corners.as_slice())).collect();
                let before = |(_, corners): &(V3<f64>, &[usize])| {
                    let at = corners.iter().position(|&corner| corner == top)?;
                    Some(corners[(at + corners.len() - 1) % corners.len()])
                };
                let ends = faces.iter().filter_map(before).collect();
                let near = (top, hull.neighbours[top].clone(), ends);
                let has = |face: usize, vertex: usize| {
                    hull.faces_at[vertex].contains(&hull.faces_at[top][face])
                };
                Self::of(&hull.vertices, &faces, has, near, local, hull.radius, place)
            }
            _ => {
                let s = shape.size;
                let corners: Vec<V3<f64>> = (0..8)
                    .map(|i| std::array::from_fn(|k| if i >> k & 1 == 1 { s[k] } else { -s[k] }))
                    .collect();
                let normal = |face: usize| {
                    let mut normal = [0.0; 3];
                    normal[face / 2] = if face.is_multiple_of(2) { 1.0 } else { -1.0 };
                    turn(normal)
                };
                let faces: Vec<_> =
                    (0..6).map(|face| (normal(face), FACES_OF_BOX[face].as_slice())).collect();
                let top = (0..3).fold(0, |top, k| if local[k] > 0.0 { top | 1 << k } else { top });
                let around = vec![top ^ 1, top ^ 2, top ^ 4];
                let near = (top, around.clone(), around);
                let has = |face: usize, corner: usize| FACES_OF_BOX[face].contains(&corner);
                Self::of(&corners, &faces, has, near, local, dot3(s, s).sqrt(), place)
            }
        }
    }

    /// The axis, as an edge.
    fn of_capsule(convex: &Convex, direction: V3<f64>) -> Self {
        let shape = &convex.shape;
        let (z, half) = (shape.axis(2), shape.size[1].copysign(direction[2]));
        let [near, far] = [half, -half].map(|along| mul_add3(z, along, shape.pos));
        let mut points = vec![near];
        points.extend(Some(far).filter(|_| direction[2].abs() <= LEVEL));
        Self { points, faces: vec![], edges: vec![(z, far)] }
    }

    /// The side's line that is furthest out, and the cap where that is not lower.
    fn of_cylinder(convex: &Convex, direction: V3<f64>) -> Self {
        let shape = &convex.shape;
        let [radius, half, _] = shape.size;
        let place = |v: V3<f64>| add3(rotate(&shape.mat, v), shape.pos);
        let (up, tilt) = (1f64.copysign(direction[2]), hypot(direction[0], direction[1]));
        let scale = radius / tilt.max(f64::MIN_POSITIVE);
        let (x, y) = (direction[0] * scale, direction[1] * scale);
        let (near, far) = (place([x, y, up * half]), place([x, y, -up * half]));
        let corner = |i: usize| {
            let (sin, cos) = sin_cos(up * i as f64 * std::f64::consts::TAU / CAP_SIDES as f64);
            place([radius * cos, radius * sin, up * half])
        };
        let z = shape.axis(2);
        let cap = || (z.map(|part| up * part), (0..CAP_SIDES).map(corner).collect());
        let edges = vec![(z, far)];
        if tilt <= LEVEL {
            return Self { points: vec![near; 3], faces: vec![cap()], edges: vec![] };
        }
        if direction[2].abs() <= LEVEL {
            return Self { points: vec![near, far], faces: vec![], edges };
        }
        Self { points: vec![near], faces: vec![cap()], edges }
    }

    /// Of a polyhedron: its faces and whether one has a vertex; the vertex that is furthest, its neighbours, and those
    /// at the other ends of its faces' edges.
    fn of(
        vertices: &[V3<f64>],
        faces: &[(V3<f64>, &[usize])],
        has: impl Fn(usize, usize) -> bool,
        (top, around, ends): (usize, Vec<usize>, Vec<usize>),
        direction: V3<f64>,
        size: f64,
        place: impl Fn(&V3<f64>) -> V3<f64>,
    ) -> Self {
        let height = |i: usize| dot3(vertices[i], direction);
        let is_level = |i: usize| height(top) - height(i) <= LEVEL * size;
        let mut level = vec![top];
        level.extend(around.iter().copied().filter(|&i| is_level(i)).take(2));
        let whole = |face: &usize| level.iter().all(|&i| has(*face, i));
        let faces = (0..faces.len()).filter(whole).map(|face| {
            let (normal, corners) = faces[face];
            (normal, corners.iter().map(|&i| place(&vertices[i])).collect())
        });
        let edge = |i: usize| {
            let (from, to) = (place(&vertices[top]), place(&vertices[i]));
            let along = sub3(to, from);
            (along.map(|x| x / dot3(along, along).sqrt().max(f64::MIN_POSITIVE)), to)
        };
        let edges = match level[..] {
            [_] => ends.iter().map(|&i| edge(i)).collect(),
            [_, other] => vec![edge(other)],
            _ => vec![],
        };
        Self {
            points: level.iter().map(|&i| place(&vertices[i])).collect(),
            faces: faces.collect(),
            edges,
        }
    }
}

/// Adds the contacts of two shapes that meet face to face or along an edge; about `origin`. Returns whether
/// there were any.
pub(super) fn several(
    (a, b): (&Convex, &Convex),
    witness: &Witness,
    origin: V3<f64>,
    found: &mut Manifold,
) -> bool {
    let normal = witness.normal;
    let (first, second) = (Feature::new(a, normal), Feature::new(b, normal.map(|x| -x)));
    let facing =
        first.faces.iter().flat_map(|one| second.faces.iter().map(move |other| (one, other)));
    let facing = facing.filter(|(one, other)| dot3(one.0, other.0) < -FACING);
    let facing = facing.min_by(|p, q| dot3(p.0.0, p.1.0).total_cmp(&dot3(q.0.0, q.1.0)));
    // The first one's face is clipped to the second's, which has the normal, by sides along the first one's normal.
    if let Some(((up, face), (down, other))) = facing {
        let side = Side { corners: other, up: *down, sides: *up };
        return clip(&side, face, down.map(|x| -x), origin, found);
    }
    // A capsule meets a face with the line along its side that is furthest in; with an end only a face.
    let line = |feature: &Feature, end: V3<f64>, depth: f64| {
        let start = feature.points[0];
        let axis = sub3(end, start);
        let share = dot3(axis, normal) / dot3(axis, axis).max(f64::MIN_POSITIVE);
        let across = mul_add3(axis, -share, normal);
        let scale = depth / dot3(across, across).sqrt().max(f64::MIN_POSITIVE);
        [start, end].map(|point| mul_add3(across, scale, point))
    };
    let may_lie = |shape: &Convex, feature: &Feature, other: &Feature| {
        let points = feature.points.len();
        points < 3 && (shape.radius == 0.0 || points == 2 || other.points.len() == 3)
    };
    if may_lie(a, &first, &second) {
        for (face, end) in along(&first.edges, &second.faces) {
            let (down, face) = &second.faces[face];
            let side = Side { corners: face, up: *down, sides: *down };
            let edge = line(&first, end, a.radius);
            if clip(&side, &edge, down.map(|x| -x), origin, found) {
                return true;
            }
        }
    }
    if may_lie(b, &second, &first) {
        for (face, end) in along(&second.edges, &first.faces) {
            let (up, face) = &first.faces[face];
            let side = Side { corners: face, up: *up, sides: *up };
            if clip(&side, &line(&second, end, -b.radius), *up, origin, found) {
                return true;
            }
        }
    }
    false
}

/// Which faces some edges lie along, with the edges' ends, the closest first.
fn along(edges: &[(V3<f64>, V3<f64>)], faces: &[(V3<f64>, Vec<V3<f64>>)]) -> Vec<(usize, V3<f64>)> {
    let mut pairs = vec![];
    for (index, face) in faces.iter().enumerate() {
        let slopes = edges.iter().map(|edge| (dot3(face.0, edge.0).abs(), index, edge.1));
        pairs.extend(slopes.filter(|pair| pair.0 < ALONG));
    }
    pairs.sort_by(|p, q| p.0.total_cmp(&q.0));
    pairs.into_iter().map(|(_, face, end)| (face, end)).collect()
}

/// A face with the sides to which something is clipped.
struct Side<'a> {
    corners: &'a [V3<f64>],
    /// Outward, unit.
    up: V3<f64>,
    /// The direction in which the sides go from its edges; nearly that of `up` or its opposite.
    sides: V3<f64>,
}

/// Clips a face or edge to the sides of a face, and adds what is left below it.
fn clip(
    side: &Side<'_>,
    other: &[V3<f64>],
    normal: V3<f64>,
    origin: V3<f64>,
    found: &mut Manifold,
) -> bool {
    let &Side { corners: face, up, sides } = side;
    let base = face[0];
    let edge = sub3(face[1], base);
    let length = dot3(edge, edge).sqrt().max(f64::MIN_POSITIVE);
    let x = edge.map(|e| e / length);
    let y = cross3(up, x);
    // Along the sides, per height above the face: how far one gets across.
    let rise = dot3(sides, up);
    let (slant_x, slant_y) = (dot3(sides, x) / rise, dot3(sides, y) / rise);
    let into = |p: &V3<f64>| {
        let offset = sub3(*p, base);
        let height = dot3(offset, up);
        [dot3(offset, x) - height * slant_x, dot3(offset, y) - height * slant_y, height]
    };
    let mut polygon = Polygon::new(other.iter().map(into));
    for (i, p) in face.iter().enumerate() {
        let (p, q) = (into(p), into(&face[(i + 1) % face.len()]));
        let outward = [q[1] - p[1], p[0] - q[0]];
        polygon.clip(outward, outward[0] * p[0] + outward[1] * p[1]);
    }
    let below = polygon.points().iter().filter(|p| p[2] <= found.margin());
    let upright = |p: &V3<f64>| [p[0] + p[2] * slant_x, p[1] + p[2] * slant_y, p[2]];
    let below: Vec<V3<f64>> = below.map(upright).collect();
    let chosen = match below.len() {
        0 => return false,
        n if other.len() == 2 && n > 2 => ends(&below).to_vec(),
        n if n > MOST => largest_quad(&below).map(|i| below[i]).to_vec(),
        _ => below,
    };
    // The other point of a contact lies in the face, above this one.
    for p in chosen {
        let dist = p[2];
        let middle = mul_add3(up, 0.5 * dist, mul_add3(y, p[1], mul_add3(x, p[0], base)));
        let pos = add3(middle, origin);
        found.push(Contact { dist, pos, normal, tangent: [0.0; 3] });
    }
    true
}

/// The two points that are furthest apart.
fn ends(points: &[V3<f64>]) -> [V3<f64>; 2] {
    let mut best = (-1.0, [points[0]; 2]);
    for (i, &p) in points.iter().enumerate() {
        for &q in &points[i + 1..] {
            let offset = sub3(p, q);
            let length = dot3(offset, offset);
            if length > best.0 {
                best = (length, [p, q]);
            }
        }
    }
    best.1
}
