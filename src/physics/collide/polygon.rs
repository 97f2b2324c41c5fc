//! Convex polygons that carry a height, clipped by half-planes.

/// A convex polygon over x and y; z is carried along.
#[derive(Clone, Copy)]
pub(super) struct Polygon {
    points: [[f64; 3]; Self::CAPACITY],
    len: usize,
}

impl Polygon {
    /// A polygon gains at most one corner from each half-plane.
    pub(super) const CAPACITY: usize = 40;

    pub(super) fn new(corners: impl IntoIterator<Item = [f64; 3]>) -> Self {
        let mut polygon = Self { points: [[0.0; 3]; Self::CAPACITY], len: 0 };
        for corner in corners {
            polygon.push(corner);
        }
        polygon
    }

    pub(super) fn points(&self) -> &[[f64; 3]] {
        &self.points[..self.len]
    }

    fn push(&mut self, point: [f64; 3]) {
        debug_assert!(self.len < Self::CAPACITY, "faces have a bounded number of corners");
        if self.len < Self::CAPACITY {
            self.points[self.len] = point;
            self.len += 1;
        }
    }

    /// Keeps what has `x normal_x + y normal_y <= limit` (Sutherland and Hodgman, "Reentrant Polygon
    /// Clipping", 1974). A corner where an edge crosses takes its height from that edge.
    pub(super) fn clip(&mut self, normal: [f64; 2], limit: f64) {
        let excess = |p: &[f64; 3]| p[0] * normal[0] + p[1] * normal[1] - limit;
        if self.points().iter().all(|p| excess(p) <= 0.0) {
            return;
        }
        let mut kept = Self::new([]);
        for (i, p) in self.points().iter().enumerate() {
            let q = &self.points[(i + 1) % self.len];
            let (over_p, over_q) = (excess(p), excess(q));
            if over_p <= 0.0 {
                kept.push(*p);
            }
            if over_p * over_q < 0.0 {
                let share = over_p / (over_p - over_q);
                kept.push(std::array::from_fn(|k| p[k] + share * (q[k] - p[k])));
            }
        }
        *self = kept;
    }
}
