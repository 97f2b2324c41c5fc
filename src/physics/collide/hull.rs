//! Convex hulls of meshes.

/// A convex polyhedron about its frame's origin.
#[derive(Clone, Debug)]
pub struct Hull {
    pub vertices: Vec<[f64; 3]>,
    /// For each vertex those at the other ends of its edges.
    pub neighbours: Vec<Vec<usize>>,
    /// Bounding radius about the origin of the geom's frame (MuJoCo's geom_rbound).
    pub radius: f64,
}
