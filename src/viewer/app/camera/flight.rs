//! A way to another place that takes a moment, so that one sees where it leads.

use super::super::stage::Rig;
use super::CameraClock;
use bevy::prelude::*;

/// How long a flight takes [s].
const FLIGHT_SECS: f32 = 0.35;

/// A camera on its way. What else moves it meanwhile, a hand or the robot that it follows, is added.
#[derive(Component, Clone, Copy, Debug)]
pub(in crate::viewer::app) struct Flight {
    /// The whole way of its target [m], and what its distance is multiplied by, as a logarithm.
    way: Vec3,
    zoom: f32,
    /// How much of the time has passed, from 0 to 1.
    passed: f32,
}

impl Flight {
    /// From where a rig stands.
    pub(in crate::viewer::app) fn new(rig: &Rig, target: Vec3, distance: f32) -> Self {
        let zoom = (distance.max(1e-3) / rig.distance.max(1e-3)).ln();
        Self { way: target - rig.target, zoom, passed: 0.0 }
    }

    /// Takes a rig all the way.
    pub(in crate::viewer::app) fn land(mut self, rig: &mut Rig) {
        self.advance(rig, FLIGHT_SECS);
    }

    /// Takes a rig on; whether there is still a way to go.
    fn advance(&mut self, rig: &mut Rig, secs: f32) -> bool {
        let before = eased(self.passed);
        self.passed = (self.passed + secs / FLIGHT_SECS).min(1.0);
        let part = eased(self.passed) - before;
        rig.target += self.way * part;
        rig.distance *= (self.zoom * part).exp();
        self.passed < 1.0
    }
}

/// Quick at first, slow at the end.
fn eased(passed: f32) -> f32 {
    1.0 - (1.0 - passed).powi(3)
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PostUpdate, fly.before(super::PlaceCamera));
}

fn fly(
    clock: Res<CameraClock>,
    mut commands: Commands,
    mut cameras: Query<(Entity, &mut Rig, &mut Flight)>,
) {
    for (camera, mut rig, mut flight) in &mut cameras {
        if !flight.advance(&mut rig, clock.delta_secs) {
            commands.entity(camera).remove::<Flight>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flight_ends_where_it_was_to_end_however_many_pictures_it_takes() {
        let rig = Rig { target: Vec3::X, azimuth: 0.5, elevation: 0.2, distance: 20.0 };
        for n in [1, 3, 40] {
            let mut now = rig;
            let mut flight = Flight::new(&now, Vec3::new(4.0, -2.0, 1.0), 5.0);
            let mut n_flown = 1;
            while flight.advance(&mut now, FLIGHT_SECS / n as f32 * 1.0001) {
                n_flown += 1;
            }
            assert_eq!(n_flown, n);
            assert!(now.target.distance(Vec3::new(4.0, -2.0, 1.0)) < 1e-4, "{now:?}");
            assert!((now.distance - 5.0).abs() < 1e-3 && now.azimuth == 0.5, "{now:?}");
        }
    }
}
