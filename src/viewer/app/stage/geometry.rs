//! Meshes and materials of a model's geoms.

use super::super::graphics::{Surface, surface};
use super::pose::{Pose, vec3};
use super::tint::Plain;
use crate::model::{Geom, GeomType, HeightField, Model};
use crate::ui::Quality;
use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use std::f32::consts::{FRAC_PI_2, PI};

/// The colour that MJCF gives to a geom whose file says nothing.
const UNCOLOURED: [f32; 4] = [0.5, 0.5, 0.5, 1.0];

/// For models without colours: by the number of joints between a body and the world.
const BY_DEPTH: [[f32; 3]; 4] =
    [[0.36, 0.39, 0.44], [0.93, 0.58, 0.20], [0.16, 0.47, 0.71], [0.84, 0.42, 0.20]];

/// Something to draw on a body; all environments share mesh and material, so they are drawn in one
/// go.
pub(super) struct Drawn {
    pub body: usize,
    mesh: Handle<Mesh>,
    material: Handle<Surface>,
    transform: Transform,
}

impl Drawn {
    pub(super) fn bundle(&self) -> impl Bundle {
        let plain = Plain(self.material.clone());
        (Mesh3d(self.mesh.clone()), MeshMaterial3d(self.material.clone()), plain, self.transform)
    }
}

/// Every geom of the model except planes, which are the ground.
pub(super) fn build(
    model: &Model,
    (quality, n_faces): (Quality, u32),
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<Surface>,
) -> Vec<Drawn> {
    let mut colours: Vec<([f32; 4], Handle<Surface>)> = Vec::new();
    let mut drawn = Vec::new();
    for geom in &model.geoms {
        let Some((mesh, scale)) = mesh_of(model, geom, n_faces) else { continue };
        let rgba = colour(model, geom);
        let known = colours.iter().find(|(other, _)| *other == rgba);
        let material = match known {
            Some((_, material)) => material.clone(),
            None => {
                let material = materials.add(surface(quality, material(rgba)));
                colours.push((rgba, material.clone()));
                material
            }
        };
        // Capsules that meet in a joint share a half sphere, whose pixels would be those of either: one is
        // as much larger as it takes to hide the other's corners behind its own flat faces, which bend in two
        // directions.
        let n_before = colours.iter().take_while(|(other, _)| *other != rgba).count();
        let swell = (PI / n_faces as f32).cos().powi(-2 * n_before as i32);
        let transform = Pose::new(geom.pos, geom.quat).transform().with_scale(swell * scale);
        drawn.push(Drawn { body: geom.bodyid, mesh: meshes.add(mesh), material, transform });
    }
    drawn
}

fn colour(model: &Model, geom: &Geom) -> [f32; 4] {
    if geom.rgba != UNCOLOURED {
        return geom.rgba;
    }
    let (mut body, mut depth) = (geom.bodyid, 0);
    while body != 0 {
        depth += usize::from(model.bodies[body].jntnum > 0);
        body = model.bodies[body].parentid;
    }
    let [r, g, b] = BY_DEPTH[depth.min(BY_DEPTH.len() - 1)];
    [r, g, b, 1.0]
}

fn material([r, g, b, a]: [f32; 4]) -> StandardMaterial {
    StandardMaterial {
        base_color: Color::srgba(r, g, b, a),
        perceptual_roughness: 0.42,
        reflectance: 0.45,
        alpha_mode: if a < 1.0 { AlphaMode::Blend } else { AlphaMode::Opaque },
        ..default()
    }
}

/// The shape in the geom's own frame, and what to scale it by; none for what is not drawn with its
/// body. `n` is the number of faces about the axis of what is round.
fn mesh_of(model: &Model, geom: &Geom, n: u32) -> Option<(Mesh, Vec3)> {
    let [a, b, c] = geom.size.map(|size| size as f32);
    // Bevy's round shapes stand along y, MuJoCo's along z.
    let upright = Quat::from_rotation_x(FRAC_PI_2);
    let ball = |radius: f32| Sphere::new(radius).mesh().uv(n + n / 2, n / 2 + n / 4);
    let mesh = match geom.geom_type {
        GeomType::Plane => return None,
        GeomType::Sphere => ball(a),
        GeomType::Ellipsoid => return Some((ball(1.0), Vec3::new(a, b, c))),
        GeomType::Capsule => {
            let capsule = Capsule3d::new(a, 2.0 * b).mesh().longitudes(n).latitudes(n / 2);
            capsule.build().rotated_by(upright)
        }
        GeomType::Cylinder => {
            Cylinder::new(a, 2.0 * b).mesh().resolution(n + n / 2).build().rotated_by(upright)
        }
        GeomType::Box => Cuboid::new(2.0 * a, 2.0 * b, 2.0 * c).into(),
        GeomType::Mesh => triangles(&model.meshes[geom.dataid?]),
        GeomType::HeightField => terrain(&model.hfields[geom.dataid?]),
    };
    Some((mesh, Vec3::ONE))
}

fn empty_mesh() -> Mesh {
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
}

/// A triangle mesh with flat faces, as its file has them.
fn triangles(mesh: &crate::model::Mesh) -> Mesh {
    let corner = |index: u32| vec3(mesh.vertices[index as usize]).to_array();
    let corners: Vec<[f32; 3]> = mesh.faces.iter().flatten().map(|&index| corner(index)).collect();
    let uvs = vec![[0.0, 0.0]; corners.len()];
    empty_mesh()
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, corners)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_computed_flat_normals()
}

/// The upper surface of a height field.
fn terrain(field: &HeightField) -> Mesh {
    let [half_x, half_y, top, _] = field.size.map(|size| size as f32);
    let (nrow, ncol) = (field.nrow, field.ncol);
    let along = |i: usize, n: usize| 2.0 * i as f32 / (n - 1).max(1) as f32 - 1.0;
    let mut corners = Vec::with_capacity(nrow * ncol);
    for row in 0..nrow {
        for col in 0..ncol {
            let z = field.data[row * ncol + col] as f32 * top;
            corners.push([half_x * along(col, ncol), half_y * along(row, nrow), z]);
        }
    }
    let mut indices = Vec::new();
    for row in 1..nrow as u32 {
        for col in 1..ncol as u32 {
            let far = row * ncol as u32 + col;
            let near = far - ncol as u32;
            indices.extend([near - 1, near, far, near - 1, far, far - 1]);
        }
    }
    let uvs = vec![[0.0, 0.0]; corners.len()];
    empty_mesh()
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, corners)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(indices))
        .with_computed_smooth_normals()
}
