//! Going along with what travels.

use super::super::stage::{Layout, Poses};
use super::Rig;
use bevy::prelude::*;

/// Time in which the camera makes up for about two thirds of what it lags behind [s].
const LAG_SECS: f32 = 0.25;

/// How a camera follows.
#[derive(Component, Clone, Copy, Debug)]
pub(in crate::viewer::app) struct Follow {
    /// One environment, or all of them.
    pub env: Option<usize>,
    pub enabled: bool,
    /// The body that is followed, and where it was when nothing had moved [m].
    body: usize,
    rest: Vec3,
    /// How far the camera has come with it [m].
    moved: Vec3,
}

impl Follow {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            env: None,
            enabled: layout.traveller.is_some(),
            body: layout.traveller.unwrap_or(0),
            rest: Vec3::ZERO,
            moved: Vec3::ZERO,
        }
    }
}

/// Time that passed since the last picture, in the simulation and for the camera [s].
#[derive(Resource, Default)]
pub(in crate::viewer::app) struct CameraClock {
    pub delta_secs: f32,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CameraClock>().add_systems(PostUpdate, follow.before(super::PlaceCamera));
}

fn follow(poses: Res<Poses>, clock: Res<CameraClock>, mut cameras: Query<(&mut Rig, &mut Follow)>) {
    for (mut rig, mut follow) in &mut cameras {
        if !follow.enabled {
            continue;
        }
        let Some(goal) = position(&poses, &follow) else { continue };
        let behind = (goal - follow.rest - follow.moved) * Vec3::new(1.0, 1.0, 0.0);
        let step = behind * (1.0 - (-clock.delta_secs / LAG_SECS).exp());
        follow.moved += step;
        rig.target += step;
    }
}

/// The followed environment's place, or the median of all: those that begin anew do not throw it.
fn position(poses: &Poses, follow: &Follow) -> Option<Vec3> {
    let place = |bodies: &Vec<super::super::stage::Pose>| bodies.get(follow.body).map(|b| b.pos);
    if let Some(env) = follow.env {
        return poses.0.get(env).and_then(place);
    }
    let places: Vec<Vec3> = poses.0.iter().filter_map(place).collect();
    let median = |axis: usize| {
        let mut values: Vec<f32> = places.iter().map(|place| place[axis]).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Vec3::new(median(0)?, median(1)?, median(2)?))
}

#[cfg(test)]
mod tests {
    use super::super::super::stage::Pose;
    use super::*;

    fn follow_all() -> Follow {
        Follow { env: None, enabled: true, body: 0, rest: Vec3::ZERO, moved: Vec3::ZERO }
    }

    #[test]
    fn one_that_begins_anew_does_not_move_the_camera() {
        let pose = |x: f32| vec![Pose { pos: Vec3::new(x, 1.0, 0.5), ..default() }];
        let poses = Poses(vec![pose(10.0), pose(10.5), pose(0.0)]);
        assert_eq!(position(&poses, &follow_all()), Some(Vec3::new(10.0, 1.0, 0.5)));
        let one = Follow { env: Some(2), ..follow_all() };
        assert_eq!(position(&poses, &one), Some(Vec3::new(0.0, 1.0, 0.5)));
    }
}
