//! From where the stage is looked at. Shadows and haze are made for that distance.

use super::world_from_simulation;
use bevy::prelude::*;

/// Where the camera is, seen from what it looks at. Lengths and angles are in the simulation's axes.
#[derive(Component, Clone, Copy, Debug)]
pub(in crate::viewer::app) struct Rig {
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
    pub(in crate::viewer::app) fn back(&self) -> Vec3 {
        let (sin, cos) = self.elevation.sin_cos();
        -Vec3::new(self.azimuth.cos() * cos, self.azimuth.sin() * cos, -sin)
    }

    /// The camera's place and direction in Bevy's axes.
    pub(in crate::viewer::app) fn transform(&self) -> Transform {
        let turn = world_from_simulation();
        let eye = self.target + self.back() * self.distance;
        Transform::from_translation(turn * eye).looking_at(turn * self.target, Vec3::Y)
    }
}
