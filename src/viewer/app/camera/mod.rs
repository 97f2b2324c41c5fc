//! The camera: it turns about a point, and may follow what travels.

mod follow;
mod frame;

use super::stage::world_from_simulation;
use bevy::prelude::*;

pub(super) use follow::{CameraClock, Follow};
pub(super) use frame::{aspect, frame_all, spawn};

/// Vertical field of view [rad].
pub(super) const FIELD_OF_VIEW: f32 = 0.62;

/// Where the camera is, seen from what it looks at. Lengths and angles are in the simulation's axes.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Rig {
    /// What it looks at [m].
    pub target: Vec3,
    /// Direction in which it looks, about the vertical: 0 along x, a quarter turn along y [rad].
    pub azimuth: f32,
    /// Of the camera above the target [rad].
    pub elevation: f32,
    /// From the target [m].
    pub distance: f32,
}

impl Rig {
    /// Direction from the target to the camera.
    pub(super) fn back(&self) -> Vec3 {
        let (sin, cos) = self.elevation.sin_cos();
        -Vec3::new(self.azimuth.cos() * cos, self.azimuth.sin() * cos, -sin)
    }

    fn transform(&self) -> Transform {
        let turn = world_from_simulation();
        let eye = self.target + self.back() * self.distance;
        Transform::from_translation(turn * eye).looking_at(turn * self.target, Vec3::Y)
    }
}

/// The camera is where its rig says.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlaceCamera;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(follow::plugin)
        .add_systems(PostUpdate, place.in_set(PlaceCamera).before(TransformSystems::Propagate));
}

fn place(mut cameras: Query<(&Rig, &mut Transform)>) {
    for (rig, mut transform) in &mut cameras {
        *transform = rig.transform();
    }
}
