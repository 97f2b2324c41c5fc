//! Convex polygons that carry a height, clipped by half-planes.

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
