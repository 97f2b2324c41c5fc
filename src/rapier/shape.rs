//! Geoms as Rapier's shapes.

use super::convert::vector;
use crate::model::{Geom, GeomType, HeightField, Model};
use bevy_rapier3d::rapier::math::{Pose, Rotation, Vector};
use bevy_rapier3d::rapier::parry::shape::SharedShape;
use bevy_rapier3d::rapier::parry::utils::Array2;
use std::f32::consts::{FRAC_PI_2, PI};

/// Corners of the polyhedron that stands for an ellipsoid.
const N_CORNERS: usize = 160;

/// A shape and where it stands in its geom's frame.
#[derive(Clone)]
pub struct Placed {
    /// The shape.
    pub shape: SharedShape,
    /// Where it is in the geom's frame \[m\].
    pub pose: Pose,
}

/// The shape of a geom; none if it has no volume for Rapier, such as a mesh all of whose points lie in
/// one plane.
pub fn shape(model: &Model, geom: &Geom) -> Option<Placed> {
    let [a, b, c] = geom.size.map(|part| part as f32);
    // Cylinders and height fields stand on Rapier's y axis, ours on z.
    let upright = Pose::from_rotation(Rotation::from_rotation_x(FRAC_PI_2));
    let (shape, pose) = match geom.geom_type {
        GeomType::Plane => (SharedShape::halfspace(Vector::Z), Pose::IDENTITY),
        GeomType::Sphere => (SharedShape::ball(a), Pose::IDENTITY),
        GeomType::Capsule => (SharedShape::capsule_z(b, a), Pose::IDENTITY),
        GeomType::Cylinder => (SharedShape::cylinder(b, a), upright),
        GeomType::Box => (SharedShape::cuboid(a, b, c), Pose::IDENTITY),
        GeomType::Ellipsoid => {
            let corners: Vec<Vector> = sphere().map(|p| p * Vector::new(a, b, c)).collect();
            (SharedShape::convex_hull(&corners)?, Pose::IDENTITY)
        }
        GeomType::Mesh => {
            let mesh = model.meshes.get(geom.dataid?)?;
            // Without contacts there is no hull, but there are points.
            let points = if mesh.hull.is_empty() { &mesh.vertices } else { &mesh.hull };
            let points: Vec<Vector> = points.iter().map(|&point| vector(point)).collect();
            (SharedShape::convex_hull(&points)?, Pose::IDENTITY)
        }
        GeomType::HeightField => (height_field(model.hfields.get(geom.dataid?)?)?, upright),
    };
    Some(Placed { shape, pose })
}

/// Points spread evenly over the unit sphere, each a golden angle farther than the one before.
fn sphere() -> impl Iterator<Item = Vector> {
    let golden = PI * (3.0 - 5.0_f32.sqrt());
    (0..N_CORNERS).map(move |k| {
        let z = 1.0 - (2 * k + 1) as f32 / N_CORNERS as f32;
        let (sin, cos) = (golden * k as f32).sin_cos();
        let radius = (1.0 - z * z).sqrt();
        Vector::new(radius * cos, radius * sin, z)
    })
}

/// Rapier's rows go along its z, which upright is our -y.
fn height_field(field: &HeightField) -> Option<SharedShape> {
    if field.nrow < 2 || field.ncol < 2 {
        return None;
    }
    let mut heights = Array2::zeros(field.nrow, field.ncol);
    for row in 0..field.nrow {
        for col in 0..field.ncol {
            let from = field.data[(field.nrow - 1 - row) * field.ncol + col];
            heights[(row, col)] = from as f32;
        }
    }
    let [x, y, z, _] = field.size.map(|part| part as f32);
    Some(SharedShape::heightfield(heights, Vector::new(2.0 * x, z, 2.0 * y)))
}
