//! The camera: it turns about a point, and may follow what travels.

mod flight;
mod follow;
mod frame;

use super::stage::Rig;
use bevy::prelude::*;

pub(super) use flight::Flight;
pub(super) use follow::{CameraClock, Follow, stand_still};
pub(super) use frame::{aspect, distance_to_one, frame_all, spawn};

/// Vertical field of view [rad].
pub(super) const FIELD_OF_VIEW: f32 = 0.62;

/// The 3D view of a window.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Whether it is drawn.
    pub renders: bool,
    /// Whether the camera turns by itself.
    pub orbits: bool,
}

/// The camera is where its rig says.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlaceCamera;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((follow::plugin, flight::plugin))
        .add_systems(PostUpdate, place.in_set(PlaceCamera).before(TransformSystems::Propagate));
}

fn place(mut cameras: Query<(&Rig, &mut Transform)>) {
    for (rig, mut transform) in &mut cameras {
        *transform = rig.transform();
    }
}
