//! Convex hulls of meshes.

use crate::math::spatial::*;

/// A convex polyhedron about its frame's origin.
#[derive(Clone, Debug)]
pub struct Hull {
    pub vertices: Vec<[f64; 3]>,
    /// For each vertex those at the other ends of its edges.
    pub neighbours: Vec<Vec<usize>>,
    /// Bounding radius about the origin of the geom's frame (MuJoCo's geom_rbound).
    pub radius: f64,
}

impl Hull {
    /// Hulls of up to this many vertices are searched in full.
    const SMALL: usize = 24;

    /// The vertex that is furthest in a direction of the hull's frame.
    pub(super) fn support(&self, direction: V3<f64>) -> usize {
        let height = |i: usize| dot3(self.vertices[i], direction);
        let higher = |best: usize, i: usize| if height(i) > height(best) { i } else { best };
        if self.vertices.len() <= Self::SMALL {
            return (1..self.vertices.len()).fold(0, higher);
        }
        // Uphill along edges: on a convex surface every summit is the highest.
        let mut best = 0;
        loop {
            let next = self.neighbours[best].iter().copied().fold(best, higher);
            if next == best {
                return best;
            }
            best = next;
        }
    }
}
