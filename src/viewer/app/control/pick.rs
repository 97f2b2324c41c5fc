//! What lies under the mouse.

use super::super::mirror::Mirror;
use super::super::stage::{Layout, Poses, world_from_simulation};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

/// What looking through the mouse into the scene takes.
#[derive(SystemParam)]
pub(super) struct Picker<'w, 's> {
    windows: Query<'w, 's, &'static Window, With<PrimaryWindow>>,
    cameras: Query<'w, 's, (&'static Camera, &'static GlobalTransform), With<Camera3d>>,
    mirror: Res<'w, Mirror>,
    pub layout: Res<'w, Layout>,
    pub poses: Res<'w, Poses>,
}

/// A line of sight in the simulation's axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub origin: Vec3,
    pub direction: Vec3,
}

/// A body that was met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    pub env: usize,
    pub body: usize,
    /// From the eye [m].
    pub distance: f32,
    /// Where, in the body's frame [m].
    pub point: Vec3,
}

impl Picker<'_, '_> {
    pub(super) fn cursor(&self) -> Option<Vec2> {
        self.windows.single().ok()?.cursor_position()
    }

    /// Of the window [logical pixels].
    pub(super) fn height(&self) -> f32 {
        self.windows.single().map_or(720.0, Window::height).max(1.0)
    }

    /// The line of sight through the mouse.
    pub(super) fn sight(&self) -> Option<Sight> {
        let (camera, place) = self.cameras.single().ok()?;
        let ray = camera.viewport_to_world(place, self.cursor()?).ok()?;
        let back = world_from_simulation().inverse();
        Some(Sight { origin: back * ray.origin, direction: back * *ray.direction })
    }

    /// Direction in which the camera looks, in the simulation's axes.
    pub(super) fn forward(&self) -> Option<Vec3> {
        let (_, place) = self.cameras.single().ok()?;
        Some(world_from_simulation().inverse() * *place.forward())
    }

    /// The line of sight through the middle of the picture.
    pub(super) fn ahead(&self) -> Option<Sight> {
        let (_, place) = self.cameras.single().ok()?;
        let origin = world_from_simulation().inverse() * place.translation();
        Some(Sight { origin, direction: self.forward()? })
    }

    /// The body that is met first, by the shapes that Rapier has of its geoms.
    pub(super) fn hit(&self, sight: Sight) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        for (env, (bodies, offset)) in self.poses.0.iter().zip(&self.layout.offsets).enumerate() {
            let origin = sight.origin - *offset;
            let Some((body, distance)) = self.mirror.meet(bodies, origin, sight.direction) else {
                continue;
            };
            if best.is_none_or(|best| distance < best.distance) {
                let place = origin + distance * sight.direction - bodies[body].pos;
                let point = bodies[body].quat.inverse() * place;
                best = Some(Hit { env, body, distance, point });
            }
        }
        best
    }
}
