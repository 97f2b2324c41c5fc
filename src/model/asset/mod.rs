//! Meshes and height fields: from files or numbers to shapes in their own frames.

use std::path::Path;

use super::diagnostic::Diagnostics;
use super::frames::Pose;
use super::spec::Spec;
use super::types::{GeomType, HeightField, Mesh, Vec3};

/// A mesh with what follows from its shape.
#[derive(Clone, Debug)]
pub(super) struct Solid {
    pub mesh: Mesh,
    /// Its frame (centre of mass, principal axes) in the frame of its file.
    pub pose: Pose,
    /// [m^3], or of a shell its surface [m^2].
    pub volume: f64,
    /// Principal moments at density one.
    pub inertia: Vec3,
    /// Largest distances from its centre along its axes [m].
    pub half_extents: Vec3,
}

/// All that could be loaded, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Assets {
    pub meshes: Vec<Solid>,
    pub hfields: Vec<HeightField>,
    /// Names of those that could not.
    pub failed: Vec<String>,
}

impl Solid {
    /// Size of a primitive shape with the same volume and moments of inertia, as far as it has them.
    pub fn fitted_size(&self, _geom_type: GeomType) -> Vec3 {
        [0.0; 3]
    }
}

pub(super) fn load_assets(spec: &Spec, _base: &Path, sink: &mut Diagnostics) -> Assets {
    for mesh in &spec.meshes {
        sink.error(&mesh.origin, "meshes are not simulated by this version", "use simple shapes");
    }
    for hfield in &spec.hfields {
        sink.error(&hfield.origin, "height fields are not simulated by this version", "use boxes");
    }
    Assets::default()
}
