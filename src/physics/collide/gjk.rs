//! The distance of two convex shapes (Gilbert, Johnson and Keerthi, 1988).
//!
//! The differences of two convex shapes' points are a convex set, and the shapes' distance is that of
//! this set to the origin. A simplex of its support points walks towards the origin until no support
//! point is nearer. Nearest points of simplices: Ericson, "Real-Time Collision Detection", 2005,
//! section 5.1. Rounded shapes go by their cores, whose nearest points have the same normal.

use super::convex::{Convex, Difference, Witness};
use crate::math::spatial::*;

const ITERATIONS: usize = 128;
/// Relative accuracy of the squared distance.
const TOLERANCE: f64 = 1e-15;
/// Cores that are closer than this, relative to their sizes, overlap.
const TOUCH: f64 = 1e-9;
/// Of products of three lengths; generous.
const ROUNDING: f64 = 1e-14;

#[allow(clippy::large_enum_variant)] // lives on the stack, for a moment
pub(super) enum Outcome {
    Apart(Witness),
    /// The origin is in or on this simplex, or as good as.
    Overlap(Simplex),
    /// Further apart than wanted.
    Far,
}

/// Up to four differences, and the weights of the nearest point to the origin.
#[derive(Clone, Copy)]
pub(super) struct Simplex {
    pub corners: [Difference; 4],
    pub len: usize,
    weights: [f64; 4],
}

/// The cores' distance, if it is up to `reach`.
pub(super) fn gjk(a: &Convex, b: &Convex, reach: f64) -> Outcome {
    let between = sub3(a.shape.pos, b.shape.pos);
    let start = if dot3(between, between) > 0.0 { between } else { [1.0, 0.0, 0.0] };
    let mut simplex = Simplex {
        corners: [Difference::support(a, b, start.map(|x| -x)); 4],
        len: 1,
        weights: [1.0, 0.0, 0.0, 0.0],
    };
    let touch = TOUCH * (a.scale() + b.scale());
    let mut nearest = simplex.corners[0].point;
    let mut squared = dot3(nearest, nearest);
    for _ in 0..ITERATIONS {
        if squared <= touch * touch {
            return Outcome::Overlap(simplex);
        }
        let next = Difference::support(a, b, nearest.map(|x| -x));
        // No point of the set is nearer than this plane.
        let bound = dot3(nearest, next.point);
        if bound > 0.0 && bound * bound > squared * reach * reach {
            return Outcome::Far;
        }
        let known = simplex.corners[..simplex.len].iter().any(|c| c.point == next.point);
        if known || squared - bound <= TOLERANCE * squared {
            break;
        }
        let mut larger = simplex;
        larger.corners[larger.len] = next;
        larger.len += 1;
        if larger.reduce() {
            return Outcome::Overlap(larger);
        }
        let point = larger.nearest();
        let shorter = dot3(point, point);
        if shorter >= squared {
            break; // rounding
        }
        (simplex, nearest, squared) = (larger, point, shorter);
    }
    if squared <= touch * touch {
        return Outcome::Overlap(simplex);
    }
    let dist = squared.sqrt();
    let combine = |of: fn(&Difference) -> V3<f64>| {
        (0..simplex.len)
            .fold([0.0; 3], |sum, i| mul_add3(of(&simplex.corners[i]), simplex.weights[i], sum))
    };
    Outcome::Apart(Witness {
        dist,
        normal: nearest.map(|x| -x / dist),
        first: combine(|c| c.first),
        second: combine(|c| c.second),
    })
}

impl Simplex {
    fn point(&self, i: usize) -> V3<f64> {
        self.corners[i].point
    }

    fn nearest(&self) -> V3<f64> {
        (0..self.len).fold([0.0; 3], |sum, i| mul_add3(self.point(i), self.weights[i], sum))
    }

    /// Keeps the corners whose hull has the nearest point to the origin inside. Returns whether the
    /// origin is inside a tetrahedron.
    fn reduce(&mut self) -> bool {
        let kept = match self.len {
            2 => self.nearest_on_edge([0, 1]),
            3 => self.nearest_on_triangle([0, 1, 2]),
            _ => match self.nearest_on_tetrahedron() {
                Some(kept) => kept,
                None => return true,
            },
        };
        let corners = self.corners;
        self.len = 0;
        for (corner, weight) in kept {
            if weight > 0.0 {
                self.corners[self.len] = corners[corner];
                self.weights[self.len] = weight;
                self.len += 1;
            }
        }
        false
    }

    /// Corners and weights of the nearest point; a weight of zero drops the corner.
    fn nearest_on_edge(&self, [i, j]: [usize; 2]) -> [(usize, f64); 3] {
        let (p, q) = (self.point(i), self.point(j));
        let edge = sub3(q, p);
        let t = (-dot3(p, edge) / dot3(edge, edge).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        [(i, 1.0 - t), (j, t), (i, 0.0)]
    }

    /// Every candidate is a point of the triangle, so that rounding can make a poor choice of a thin
    /// triangle but not a wrong one.
    fn nearest_on_triangle(&self, [i, j, k]: [usize; 3]) -> [(usize, f64); 3] {
        let mut best = self.nearest_on_edge([i, j]);
        for edge in [[j, k], [k, i]] {
            best = self.nearer(best, self.nearest_on_edge(edge));
        }
        let (p, q, r) = (self.point(i), self.point(j), self.point(k));
        let normal = cross3(sub3(q, p), sub3(r, p));
        // Areas of the triangles that the origin's projection makes with the edges, times twice the
        // length of the normal.
        let u = dot3(normal, cross3(q, r));
        let v = dot3(normal, cross3(r, p));
        let w = dot3(normal, cross3(p, q));
        if u > 0.0 && v > 0.0 && w > 0.0 {
            let total = u + v + w;
            best = self.nearer(best, [(i, u / total), (j, v / total), (k, w / total)]);
        }
        best
    }

    /// None if the origin is inside.
    fn nearest_on_tetrahedron(&self) -> Option<[(usize, f64); 3]> {
        let mut inside = true;
        let mut best: Option<[(usize, f64); 3]> = None;
        for ([i, j, k], opposite) in
            [([0, 1, 2], 3), ([0, 3, 1], 2), ([0, 2, 3], 1), ([1, 3, 2], 0)]
        {
            let p = self.point(i);
            let (e, f) = (sub3(self.point(j), p), sub3(self.point(k), p));
            let normal = cross3(e, f);
            let inner = dot3(normal, sub3(self.point(opposite), p));
            let outer = dot3(normal, p);
            // What the corners' rounding makes of these products.
            let length = |v: V3<f64>| dot3(v, v).sqrt();
            let rounding = ROUNDING * (length(e) + length(f)) * dot3(p, p);
            let same_side =
                (outer < -rounding && inner > rounding) || (outer > rounding && inner < -rounding);
            inside = inside && same_side;
            let face = self.nearest_on_triangle([i, j, k]);
            best = Some(best.map_or(face, |best| self.nearer(best, face)));
        }
        best.filter(|_| !inside)
    }

    fn squared(&self, weighted: &[(usize, f64); 3]) -> f64 {
        let point = weighted
            .iter()
            .fold([0.0; 3], |sum, &(i, weight)| mul_add3(self.point(i), weight, sum));
        dot3(point, point)
    }

    fn nearer(&self, a: [(usize, f64); 3], b: [(usize, f64); 3]) -> [(usize, f64); 3] {
        if self.squared(&b) < self.squared(&a) { b } else { a }
    }
}
