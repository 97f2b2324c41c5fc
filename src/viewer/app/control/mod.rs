//! What the person at the window wants: play, pause, speed, which environment.

mod keys;
mod orbit;
mod pick;
mod poke;
mod select;

use super::super::show::Kind;
use super::live::Watched;
use super::overlay::Overlays;
use crate::nodes::Acting;
use bevy::prelude::*;

pub(super) use keys::SHORTCUTS;
pub(super) use pick::{Picker, Sight};

/// Speeds that the keys step through, as parts of real time.
const SPEEDS: [f64; 11] = [0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// How fast the simulation runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speed {
    /// So many simulated seconds in a second.
    Times(f64),
    /// As fast as it goes.
    Max,
}

impl Speed {
    fn faster(self) -> Self {
        match self {
            Self::Times(now) => {
                SPEEDS.into_iter().find(|&speed| speed > now).map_or(Self::Max, Self::Times)
            }
            Self::Max => Self::Max,
        }
    }

    fn slower(self) -> Self {
        let [slowest, .., fastest] = SPEEDS;
        match self {
            Self::Times(now) => {
                let below = SPEEDS.into_iter().rev().find(|&speed| speed < now);
                Self::Times(below.unwrap_or(slowest))
            }
            Self::Max => Self::Times(fastest),
        }
    }
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Times(speed) => write!(f, "{speed}x"),
            Self::Max => write!(f, "max"),
        }
    }
}

/// The state of all controls.
#[derive(Resource, Clone, Debug)]
pub(super) struct Control {
    pub paused: bool,
    pub speed: Speed,
    /// Whether the 3D view is drawn.
    pub renders: bool,
    pub shows_panel: bool,
    pub shows_help: bool,
    /// Whether the camera turns by itself.
    pub orbits: bool,
    /// The environment that was chosen.
    pub selected: Option<usize>,
    pub overlays: Overlays,
    /// What the policy was told to do; nothing yet, or never where it learns.
    pub acting: Option<Acting>,
}

pub(super) fn plugin(app: &mut App) {
    let Some(watched) = app.world().get_resource::<Watched>() else { return };
    let speed = match watched.0.kind {
        Kind::Training => Speed::Max,
        Kind::Playing => Speed::Times(1.0),
    };
    app.insert_resource(Control {
        paused: false,
        speed,
        renders: true,
        shows_panel: true,
        shows_help: false,
        orbits: false,
        selected: None,
        overlays: Overlays::default(),
        acting: None,
    })
    .add_plugins((keys::plugin, orbit::plugin, poke::plugin, select::plugin));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_steps_from_slow_motion_to_as_fast_as_it_goes() {
        let mut speed = Speed::Times(1.0);
        assert_eq!(speed.faster(), Speed::Times(2.0));
        assert_eq!(speed.slower(), Speed::Times(0.5));
        (0..20).for_each(|_| speed = speed.faster());
        assert_eq!((speed, speed.slower()), (Speed::Max, Speed::Times(32.0)));
        (0..20).for_each(|_| speed = speed.slower());
        assert_eq!(speed, Speed::Times(0.02));
    }
}
