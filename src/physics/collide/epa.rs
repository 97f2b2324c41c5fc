//! How deep two overlapping convex shapes are in each other (van den Bergen, "Proximity Queries and
//! Penetration Depth Computation on 3D Game Objects", 2001: the expanding polytope algorithm).
//!
//! The set of differences contains the origin, and the depth is the origin's distance to its surface.
//! A polytope within the set grows by the support point beyond its nearest face, until that face lies
//! on the surface.

use super::convex::{Convex, Difference, Witness};
use super::gjk::Simplex;
use crate::math::lanes::hypot;
use crate::math::spatial::*;

/// Gradient, relative to the sizes, that is as good as zero: the accuracy of the normal.
const LEVEL: f64 = 1e-9;
const DESCENT: usize = 24;
const VERTICES: usize = 132;
const FACES: usize = 2 * VERTICES;
/// The most edges around the faces that a point sees.
const OUTLINE: usize = 48;
/// Accuracy of the depth, relative to the sizes of the shapes.
const TOLERANCE: f64 = 1e-12;
/// Accuracy from which on a smooth surface is followed downhill.
const ROUGH: f64 = 1e-4;
/// Points this close to a face's plane, relative to the sizes, are on it.
const FLAT: f64 = 1e-14;

#[derive(Clone, Copy)]
struct Face {
    corners: [usize; 3],
    /// Outward, unit.
    normal: V3<f64>,
    /// Of the plane from the origin.
    dist: f64,
}

struct Polytope {
    vertices: [Difference; VERTICES],
    vertex_count: usize,
    faces: [Face; FACES],
    face_count: usize,
}

/// The deepest points, from a simplex with the origin in it. None if the differences have no volume.
pub(super) fn epa(a: &Convex, b: &Convex, simplex: &Simplex) -> Option<Witness> {
    let scale = a.scale() + b.scale();
    let mut polytope = Polytope::around(a, b, simplex, scale)?;
    let mut best = (f64::INFINITY, polytope.nearest_face());
    let mut polished = false;
    loop {
        let face = polytope.nearest_face();
        let next = Difference::support(a, b, face.normal);
        // The surface lies between the nearest face and the support point beyond it.
        let gap = dot3(next.point, face.normal) - face.dist;
        // The nearest face recedes as the polytope grows. Once triangles are so small that rounding
        // turns them over it does not, and the best face was an earlier one.
        let sound = face.dist >= best.1.dist - TOLERANCE * scale;
        if sound && gap < best.0 {
            best = (gap, face);
        }
        if !polished && gap <= ROUGH * scale {
            polished = true;
            if let Some(witness) = descend(a, b, face.normal, scale) {
                return Some(witness);
            }
        }
        if !sound || gap <= TOLERANCE * scale || !polytope.expand(next, FLAT * scale) {
            return Some(polytope.witness(&best.1, 16.0 * TOLERANCE * scale));
        }
    }
}

/// The minimum of the differences' extent over directions near `start`, where the extent is smooth: round
/// against round, or two rims. The polytope's steps get slow there, and quasi-Newton's do not (Nocedal
/// and Wright, "Numerical Optimization", 2006, section 6.1). None at an edge or a face.
fn descend(a: &Convex, b: &Convex, start: V3<f64>, scale: f64) -> Option<Witness> {
    let across = if start[0].abs() < 0.6 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let t1 = cross3(start, across);
    let length = dot3(t1, t1).sqrt();
    let t1 = t1.map(|x| x / length);
    let t2 = cross3(start, t1);
    // Extent, its gradient, and what it was found with, in the direction start + u t1 + v t2.
    let evaluate = |[u, v]: [f64; 2]| {
        let direction = mul_add3(t2, v, mul_add3(t1, u, start));
        let length = dot3(direction, direction).sqrt();
        let normal = direction.map(|x| x / length);
        let reached = Difference::support(a, b, normal);
        let extent = dot3(reached.point, normal);
        let slope = |t: V3<f64>, x: f64| (dot3(reached.point, t) - extent * x / length) / length;
        (extent, [slope(t1, u), slope(t2, v)], normal, reached)
    };
    let mut at = [0.0; 2];
    let mut now = evaluate(at);
    // Inverse of the second derivatives: xx, xy, yy.
    let mut inverse = [1.0 / scale, 0.0, 1.0 / scale];
    for _ in 0..DESCENT {
        let g = now.1;
        if hypot(g[0], g[1]) <= LEVEL * scale {
            let (extent, _, normal, reached) = now;
            let Difference { first, second, .. } = reached;
            return Some(Witness { dist: -extent, normal, first, second });
        }
        let [xx, xy, yy] = inverse;
        let step = [-(xx * g[0] + xy * g[1]), -(xy * g[0] + yy * g[1])];
        let next = [at[0] + step[0], at[1] + step[1]];
        let then = evaluate(next);
        let change = [then.1[0] - g[0], then.1[1] - g[1]];
        let curvature = change[0] * step[0] + change[1] * step[1];
        if curvature <= 0.0 || hypot(step[0], step[1]) > 0.5 {
            return None;
        }
        // The update of Broyden, Fletcher, Goldfarb and Shanno.
        let by = [xx * change[0] + xy * change[1], xy * change[0] + yy * change[1]];
        let factor = (1.0 + (by[0] * change[0] + by[1] * change[1]) / curvature) / curvature;
        let entry = |i: usize, j: usize| {
            factor * step[i] * step[j] - (by[i] * step[j] + step[i] * by[j]) / curvature
        };
        inverse = [xx + entry(0, 0), xy + entry(0, 1), yy + entry(1, 1)];
        if then.0 <= now.0 + TOLERANCE * scale {
            (at, now) = (next, then);
        }
    }
    None
}

impl Polytope {
    /// A tetrahedron with the simplex's corners.
    fn around(a: &Convex, b: &Convex, simplex: &Simplex, scale: f64) -> Option<Self> {
        let mut corners = [Difference::ZERO; 4];
        let mut len = 0;
        let mut add = |corner: Difference| {
            if len < 4 && independence(&corners[..len], corner.point) > 1e-7 * scale {
                corners[len] = corner;
                len += 1;
            }
            len == 4
        };
        let mut full = false;
        for corner in &simplex.corners[..simplex.len] {
            full = add(*corner);
        }
        // What is missing comes from support points all around.
        for direction in DIRECTIONS {
            for sign in [1.0, -1.0] {
                if !full {
                    full = add(Difference::support(a, b, direction.map(|x| x * sign)));
                }
            }
        }
        if !full {
            return None;
        }
        let empty = Face { corners: [0; 3], normal: [0.0; 3], dist: 0.0 };
        let mut polytope = Self {
            vertices: [Difference::ZERO; VERTICES],
            vertex_count: 4,
            faces: [empty; FACES],
            face_count: 0,
        };
        polytope.vertices[..4].copy_from_slice(&corners);
        for ([i, j, k], opposite) in
            [([0, 1, 2], 3), ([0, 3, 1], 2), ([0, 2, 3], 1), ([1, 3, 2], 0)]
        {
            let p = corners[i].point;
            let normal = cross3(sub3(corners[j].point, p), sub3(corners[k].point, p));
            let inward = dot3(normal, sub3(corners[opposite].point, p)) > 0.0;
            let face = polytope.face(if inward { [i, k, j] } else { [i, j, k] })?;
            polytope.attach(face);
        }
        Some(polytope)
    }

    /// A face with corners counterclockwise as seen from outside; none if it has no area.
    fn face(&self, corners: [usize; 3]) -> Option<Face> {
        let [p, q, r] = corners.map(|i| self.vertices[i].point);
        let normal = cross3(sub3(q, p), sub3(r, p));
        let length = dot3(normal, normal).sqrt();
        let normal = normal.map(|x| x / length);
        (length > f64::MIN_POSITIVE).then_some(Face { corners, normal, dist: dot3(normal, p) })
    }

    fn attach(&mut self, face: Face) {
        self.faces[self.face_count] = face;
        self.face_count += 1;
    }

    fn nearest_face(&self) -> Face {
        let mut nearest = self.faces[0];
        for face in &self.faces[1..self.face_count] {
            if face.dist < nearest.dist {
                nearest = *face;
            }
        }
        nearest
    }

    /// Replaces the faces that see the point by a cone from their outline. Leaves everything as it is
    /// where rounding or the capacity forbid that.
    fn expand(&mut self, next: Difference, flat: f64) -> bool {
        if self.vertex_count == VERTICES {
            return false;
        }
        let sees = |face: &Face| dot3(face.normal, next.point) - face.dist > flat;
        let mut outline = [[0; 2]; OUTLINE];
        let mut edges = 0;
        let mut visible = 0;
        for face in self.faces[..self.face_count].iter().filter(|face| sees(face)) {
            visible += 1;
            let [i, j, k] = face.corners;
            for [from, to] in [[i, j], [j, k], [k, i]] {
                // An edge between two visible faces comes up once in each direction.
                if let Some(twin) = outline[..edges].iter().position(|e| *e == [to, from]) {
                    edges -= 1;
                    outline[twin] = outline[edges];
                } else if edges < OUTLINE {
                    outline[edges] = [from, to];
                    edges += 1;
                } else {
                    return false;
                }
            }
        }
        if edges < 3 || self.face_count - visible + edges > FACES {
            return false;
        }
        self.vertices[self.vertex_count] = next;
        let mut cone = [self.faces[0]; OUTLINE];
        for (face, [from, to]) in cone.iter_mut().zip(&outline[..edges]) {
            match self.face([*from, *to, self.vertex_count]) {
                Some(new) => *face = new,
                None => return false,
            }
        }
        self.vertex_count += 1;
        let mut kept = 0;
        for i in 0..self.face_count {
            let face = self.faces[i];
            if !sees(&face) {
                self.faces[kept] = face;
                kept += 1;
            }
        }
        self.face_count = kept;
        for face in &cone[..edges] {
            self.attach(*face);
        }
        true
    }

    /// The points of both shapes that lie on the face where the origin projects to it. A flat part of
    /// the surface has many faces at one distance: the one that has the projection in it is meant.
    fn witness(&self, nearest: &Face, same: f64) -> Witness {
        let n = nearest.normal;
        let foot = n.map(|x| x * nearest.dist);
        let mut weights = self.weights(nearest, foot);
        let mut corners = nearest.corners;
        for face in &self.faces[..self.face_count] {
            if face.dist <= nearest.dist + same && least(weights) < 0.0 {
                let others = self.weights(face, foot);
                if least(others) > least(weights) {
                    (weights, corners) = (others, face.corners);
                }
            }
        }
        let weights = weights.map(|x| x.max(0.0));
        let total = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let combine = |of: fn(&Difference) -> V3<f64>| {
            corners.iter().zip(weights).fold([0.0; 3], |sum, (&corner, weight)| {
                mul_add3(of(&self.vertices[corner]), weight / total, sum)
            })
        };
        Witness {
            dist: -nearest.dist,
            normal: n,
            first: combine(|c| c.first),
            second: combine(|c| c.second),
        }
    }

    /// Barycentric coordinates of a point in the plane of a face.
    fn weights(&self, face: &Face, point: V3<f64>) -> [f64; 3] {
        let [p, q, r] = face.corners.map(|i| sub3(self.vertices[i].point, point));
        let n = face.normal;
        let areas = [dot3(n, cross3(q, r)), dot3(n, cross3(r, p)), dot3(n, cross3(p, q))];
        let total = areas.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        areas.map(|x| x / total)
    }
}

fn least(weights: [f64; 3]) -> f64 {
    weights[0].min(weights[1]).min(weights[2])
}

/// Directions in which support points are looked for that a simplex lacks.
const DIRECTIONS: [V3<f64>; 7] = [
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 1.0],
    [1.0, 1.0, -1.0],
    [1.0, -1.0, 1.0],
    [-1.0, 1.0, 1.0],
];

/// The distance of a point from the point, line or plane through up to three others.
fn independence(others: &[Difference], point: V3<f64>) -> f64 {
    let Some(base) = others.first() else { return f64::INFINITY };
    let offset = sub3(point, base.point);
    let length = |v: V3<f64>| dot3(v, v).sqrt();
    match others {
        [_] => length(offset),
        [_, p] => {
            let edge = sub3(p.point, base.point);
            length(cross3(edge, offset)) / length(edge)
        }
        _ => {
            let normal =
                cross3(sub3(others[1].point, base.point), sub3(others[2].point, base.point));
            dot3(normal, offset).abs() / length(normal)
        }
    }
}
