//! The environments on show as Rapier's colliders, which the mouse meets.

use super::stage::{OnShow, Pose, Restage};
use crate::rapier::{Placed, shape};
use crate::ui::Page;
use bevy::prelude::*;
use bevy_rapier3d::rapier::math as rapier;
use bevy_rapier3d::rapier::parry::query::Ray;

/// The collider of each geom; all environments have the same.
#[derive(Resource)]
pub(super) struct Mirror {
    pub geoms: Vec<Mirrored>,
}

/// A geom as Rapier has it.
pub(super) struct Mirrored {
    pub body: usize,
    /// In the body's frame.
    pub placed: Placed,
    /// Centre and radius of a ball about it; of shapes without end the radius is infinite.
    ball: (Vec3, f32),
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), reflect).add_systems(Restage, reflect).add_systems(
        OnExit(Page::Watch),
        |mut commands: Commands| {
            commands.remove_resource::<Mirror>();
        },
    );
}

fn reflect(mut commands: Commands, on_show: Res<OnShow>) {
    commands.insert_resource(Mirror::new(&on_show.scene.model));
}

/// The frame of a body on show for Rapier.
pub(super) fn frame(pose: &Pose) -> rapier::Pose {
    rapier::Pose::from_parts(pose.pos, pose.quat)
}

impl Mirror {
    fn new(model: &crate::model::Model) -> Self {
        let mirrored = |geom: &crate::model::Geom| {
            let mut placed = shape(model, geom)?;
            let in_body = Pose::new(geom.pos, geom.quat);
            placed.pose = frame(&in_body) * placed.pose;
            let radius = if geom.rbound > 0.0 { geom.rbound as f32 } else { f32::INFINITY };
            Some(Mirrored { body: geom.bodyid, placed, ball: (in_body.pos, radius) })
        };
        Self { geoms: model.geoms.iter().filter_map(mirrored).collect() }
    }

    /// The body that a ray meets first in one environment, and how far away. What belongs to the world,
    /// such as a rail, is not what one aims at.
    pub(super) fn meet(
        &self,
        bodies: &[Pose],
        origin: Vec3,
        direction: Vec3,
    ) -> Option<(usize, f32)> {
        let ray = Ray::new(origin, direction);
        let mut best: Option<(usize, f32)> = None;
        for geom in self.geoms.iter().filter(|geom| geom.body != 0) {
            let Some(body) = bodies.get(geom.body) else { continue };
            let centre = body.pos + body.quat * geom.ball.0 - origin;
            let miss = (centre - centre.dot(direction) * direction).length();
            if miss > geom.ball.1 {
                continue;
            }
            let farthest = best.map_or(f32::MAX, |(_, distance)| distance);
            let pose = frame(body) * geom.placed.pose;
            if let Some(distance) = geom.placed.shape.cast_ray(&pose, &ray, farthest, true) {
                best = Some((geom.body, distance));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_mjcf;
    use std::path::Path;

    /// A rod along x, a box that is turned about z by an eighth, and the ground.
    fn mirror() -> Mirror {
        let (model, problems) = parse_mjcf(
            r#"<mujoco><worldbody><geom type="plane" size="1 1 1"/>
            <body><freejoint/><geom type="capsule" size="0.1" fromto="-1 0 0 1 0 0"/></body>
            <body><freejoint/><geom type="box" size="1 1 1" euler="0 0 45"/></body>
            </worldbody></mujoco>"#,
            Path::new("."),
        );
        Mirror::new(&model.unwrap_or_else(|| panic!("{problems:?}")))
    }

    #[test]
    fn shapes_are_met_where_they_are() {
        let mirror = mirror();
        let at = |x: f32, z: f32| Pose { pos: Vec3::new(x, 0.0, z), quat: Quat::IDENTITY };
        let bodies = [at(0.0, 0.0), at(0.0, 5.0), at(9.0, 5.0)];
        let down = |x: f32| mirror.meet(&bodies, Vec3::new(x, 0.0, 8.0), Vec3::NEG_Z);
        let near = |hit: Option<(usize, f32)>, body: usize, distance: f32| {
            hit.is_some_and(|(met, far)| met == body && (far - distance).abs() < 1e-4)
        };
        assert!(near(down(0.9), 1, 2.9), "{:?}", down(0.9));
        // Within the ball about the rod, but beside the rod.
        let beside = mirror.meet(&bodies, Vec3::new(0.0, 0.5, 8.0), Vec3::NEG_Z);
        assert_eq!(beside, None);
        // The turned box reaches 1.41 m along x.
        assert!(near(down(7.7), 2, 2.0), "{:?}", down(7.7));
        assert_eq!(down(7.5), None);
    }
}
