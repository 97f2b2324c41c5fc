//! Convex polygons that carry a height, clipped by half-planes.

use crate::math::spatial::*;

/// A convex polygon over x and y; z is carried along.
pub(super) struct Polygon(Vec<[f64; 3]>);

impl Polygon {
    pub(super) fn new(corners: impl IntoIterator<Item = [f64; 3]>) -> Self {
        Self(corners.into_iter().collect())
    }

    pub(super) fn points(&self) -> &[[f64; 3]] {
        &self.0
    }

    /// Keeps what has `x normal_x + y normal_y <= limit` (Sutherland and Hodgman, "Reentrant Polygon
    /// Clipping", 1974). A corner where an edge crosses takes its height from that edge.
    pub(super) fn clip(&mut self, normal: [f64; 2], limit: f64) {
        let excess = |p: &[f64; 3]| p[0] * normal[0] + p[1] * normal[1] - limit;
        if self.0.iter().all(|p| excess(p) <= 0.0) {
            return;
        }
        let mut kept = vec![];
        for (i, p) in self.0.iter().enumerate() {
            let q = &self.0[(i + 1) % self.0.len()];
            let (over_p, over_q) = (excess(p), excess(q));
            if over_p <= 0.0 {
                kept.push(*p);
            }
            if over_p * over_q < 0.0 {
                let share = over_p / (over_p - over_q);
                kept.push(std::array::from_fn(|k| p[k] + share * (q[k] - p[k])));
            }
        }
        self.0 = kept;
    }
}

/// Twice the area between four corners.
fn area(points: &[V3<f64>], [a, b, c, d]: [usize; 4]) -> f64 {
    let across = cross3(sub3(points[c], points[a]), sub3(points[d], points[b]));
    dot3(across, across).sqrt()
}

/// Moves the last three of four corners on while the area between them grows, the last one first. `best` has the largest
/// area so far, which is not beaten by what is not larger.
fn widen(points: &[V3<f64>], at: &mut [usize; 4], best: &mut (f64, [usize; 4])) {
    let mut grows = |corner: usize| {
        let mut moved = *at;
        moved[corner] = (at[corner] + 1) % points.len();
        let larger = area(points, moved);
        let is_larger = larger > best.0;
        if is_larger {
            *at = moved;
            *best = (larger, moved);
        }
        is_larger
    };
    while grows(3) {
        while grows(2) {}
        while grows(1) {}
    }
}

/// The first corner of a convex polygon, and three with which it spans a large area.
pub(super) fn quad_with_first(points: &[V3<f64>]) -> [usize; 4] {
    let mut at = [0, 1, 2, 3];
    let mut best = (area(points, at), at);
    widen(points, &mut at, &mut best);
    best.1
}

/// Four corners of a convex polygon with the largest area between them, or close to it: each moves on while
/// that grows.
pub(super) fn largest_quad(points: &[V3<f64>]) -> [usize; 4] {
    let n = points.len();
    let mut at = [0, 1, 2, 3];
    let mut best = (area(points, at), at);
    for first in 0..n {
        at[0] = first;
        widen(points, &mut at, &mut best);
        for k in 1..4 {
            if at[k] == if k == 1 { (first + 1) % n } else { at[k - 1] } {
                at[k] = (at[k] + 1) % n;
            }
        }
    }
    best.1
}
