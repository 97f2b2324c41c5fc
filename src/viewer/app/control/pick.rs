//! What lies under the mouse.

use super::super::stage::{Layout, OnShow, Poses, world_from_simulation};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;

/// What looking through the mouse into the scene takes.
#[derive(SystemParam)]
pub(super) struct Picker<'w, 's> {
    windows: Query<'w, 's, &'static Window, With<PrimaryWindow>>,
    cameras: Query<'w, 's, (&'static Camera, &'static GlobalTransform), With<Camera3d>>,
    on_show: Res<'w, OnShow>,
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

    /// The body with a geom whose bounding sphere is met first. What belongs to the world, such as a
    /// rail, is not what one aims at.
    pub(super) fn hit(&self, sight: Sight) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        let environments = self.poses.0.iter().zip(&self.layout.offsets).enumerate();
        for (env, (bodies, offset)) in environments {
            let geoms = self.on_show.scene.model.geoms.iter();
            for geom in geoms.filter(|geom| geom.bodyid != 0) {
                let Some(body) = bodies.get(geom.bodyid) else { continue };
                let local = Vec3::from_array(geom.pos.map(|part| part as f32));
                let centre = *offset + body.pos + body.quat * local;
                let Some(distance) = meets(sight, centre, geom.rbound as f32) else { continue };
                if best.is_none_or(|best| distance < best.distance) {
                    let place = sight.origin + distance * sight.direction - *offset - body.pos;
                    let point = body.quat.inverse() * place;
                    best = Some(Hit { env, body: geom.bodyid, distance, point });
                }
            }
        }
        best
    }
}

/// How far away a line of sight comes nearest to the centre of a ball, if it meets the ball.
fn meets(sight: Sight, centre: Vec3, radius: f32) -> Option<f32> {
    let offset = centre - sight.origin;
    let along = offset.dot(sight.direction);
    let miss = (offset - along * sight.direction).length();
    (along > 0.0 && miss < radius).then_some(along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_is_met_in_front_and_not_beside_or_behind() {
        let sight = Sight { origin: Vec3::ZERO, direction: Vec3::X };
        assert_eq!(meets(sight, Vec3::new(5.0, 0.5, 0.0), 1.0), Some(5.0));
        assert_eq!(meets(sight, Vec3::new(5.0, 1.5, 0.0), 1.0), None);
        assert_eq!(meets(sight, Vec3::new(-5.0, 0.0, 0.0), 1.0), None);
    }
}
