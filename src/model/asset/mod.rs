//! Meshes and height fields, from files or numbers to shapes in their own frames, and the pictures of textures.

mod hfield;
mod hull;
mod mesh;
mod mesh_file;
mod polygon;
mod sides;
mod texture;

use std::collections::HashSet;
use std::path::Path;

use super::diagnostic::{Diagnostics, Origin};
use super::files::Files;
use super::frames::Pose;
use super::spec::{Compiler, Spec};
use super::types::{GeomType, HeightField, Mesh, TexturePixels, Vec3};
use crate::diagnostic::read_bytes;

#[cfg(test)]
pub(crate) use hull::convex_hull;

/// Larger files are taken for a mistake [bytes].
const MAX_FILE: u64 = 64 << 20;

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
    /// One for each texture; none for a pattern, and for what is not read.
    pub textures: Vec<Option<TexturePixels>>,
    /// Names of those that could not.
    pub failed: HashSet<String>,
}

impl Solid {
    /// Size of a primitive about the box of the same volume and moments of inertia.
    pub fn fitted_size(&self, geom_type: GeomType) -> Vec3 {
        let moments = self.inertia;
        let sum: f64 = moments.iter().sum();
        let [a, b, c] =
            moments.map(|moment| (6.0 * (sum - 2.0 * moment).max(0.0) / self.volume).sqrt() / 2.0);
        match geom_type {
            GeomType::Sphere => [(a + b + c) / 3.0, 0.0, 0.0],
            GeomType::Capsule => [(a + b) / 2.0, (c - (a + b) / 4.0).max(0.0), 0.0],
            GeomType::Cylinder => [(a + b) / 2.0, c, 0.0],
            _ => [a, b, c],
        }
    }
}

pub(super) fn load_assets(spec: &Spec, files: &Files, sink: &mut Diagnostics) -> Assets {
    let mut assets = Assets::default();
    let touching = touching_meshes(spec);
    for mesh in &spec.meshes {
        match mesh::load(mesh, files, &spec.compiler, touching.contains(&mesh.name), sink) {
            Some(solid) => assets.meshes.push(solid),
            None => drop(assets.failed.insert(mesh.name.clone())),
        }
    }
    for hfield in &spec.hfields {
        match hfield::load(hfield, files, &spec.compiler, sink) {
            Some(field) => assets.hfields.push(field),
            None => drop(assets.failed.insert(hfield.name.clone())),
        }
    }
    let picture = |texture| texture::load(texture, files, &spec.compiler, sink);
    assets.textures = spec.textures.iter().map(picture).collect();
    assets
}

/// Names of the meshes whose hull can touch something.
fn touching_meshes(spec: &Spec) -> HashSet<String> {
    let in_pairs: HashSet<&String> =
        spec.contact.pairs.iter().flat_map(|pair| &pair.geoms).collect();
    let geoms = spec.bodies.iter().flat_map(|body| &body.geoms);
    geoms
        .filter(|geom| geom.contype | geom.conaffinity != 0 || in_pairs.contains(&geom.name))
        .filter_map(|geom| geom.mesh.clone())
        .collect()
}

/// The bytes of a mesh's or height field's file.
fn read_file(
    name: &str,
    files: &Files,
    compiler: &Compiler,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> Option<Vec<u8>> {
    read_at(&files.of_asset(name, compiler), files, "meshdir", origin, sink)
}

/// The bytes of an asset's file, whose path is relative to what an attribute of the compiler says.
fn read_at(
    path: &Path,
    files: &Files,
    dir: &str,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> Option<Vec<u8>> {
    if let Err(why) = files.enter(path) {
        let message = format!("\"{}\" is not read: {why}", path.display());
        sink.error(origin, message, "keep all files of a scene in its folder");
        return None;
    }
    match read_bytes(path, MAX_FILE) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let message = format!("\"{}\" cannot be read: {error}", path.display());
            let remedy =
                format!("a path is relative to {dir}, and that to the folder of the main file");
            sink.error(origin, message, remedy);
            None
        }
    }
}

/// The format of a file: by the media type if there is one, or else by how its name ends.
fn format_of(file: &str, content_type: Option<&str>) -> String {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    match content_type.and_then(|content| content.rsplit_once('/')) {
        Some((_, kind)) => kind.trim_start_matches("vnd.mujoco.").to_owned(),
        None => ending.to_ascii_lowercase(),
    }
}
