//! What the person at the window wants: play, pause, speed, which environment.

mod keys;
mod orbit;
mod pick;
mod pointer;
mod poke;
mod select;

use super::super::show::{Kind, Show};
use super::live::{Live, Watched};
use super::overlay::Overlays;
use crate::nodes::Acting;
use bevy::prelude::*;
use std::path::PathBuf;

pub(super) use keys::shortcuts;
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
#[derive(Resource, Clone, Debug, PartialEq)]
pub(super) struct Control {
    pub paused: bool,
    /// While paused, how many frames before the newest are shown.
    pub back: usize,
    pub speed: Speed,
    /// Whether the 3D view is drawn.
    pub renders: bool,
    pub shows_panel: bool,
    pub shows_timeline: bool,
    pub shows_help: bool,
    /// Whether the inspector and the adjustable settings are open.
    pub inspects: bool,
    pub adjusts: bool,
    /// Whether panels are light.
    pub light: bool,
    /// Whether the camera turns by itself.
    pub orbits: bool,
    /// The environment that was chosen, and its body.
    pub selected: Option<usize>,
    pub body: Option<usize>,
    /// Whether environments are coloured by their returns.
    pub tints: bool,
    pub overlays: Overlays,
    /// The folder of the checkpoint that was chosen to play; none for the policy of a training.
    pub checkpoint: Option<PathBuf>,
    /// What the policy on show does.
    pub acting: Acting,
}

impl Control {
    pub(super) fn play_or_pause(&mut self) {
        self.paused = !self.paused;
        self.back = 0;
    }

    /// One frame on: of what has been shown already, or else one step of the session.
    pub(super) fn step(&mut self, live: &Live) {
        let was_playing = !std::mem::replace(&mut self.paused, true);
        match self.back {
            0 if !was_playing => live.single_step(),
            back => self.back = back.saturating_sub(1),
        }
    }

    /// Which of the checkpoints' policies plays.
    pub(super) fn policy(&self, live: &Live) -> Option<usize> {
        let chosen = self.checkpoint.as_ref()?;
        live.checkpoints().iter().position(|checkpoint| checkpoint.path == *chosen)
    }

    /// Lets a checkpoint's policy play or, without one, that of a training.
    pub(super) fn play_policy(&mut self, place: Option<usize>, live: &mut Live) {
        let checkpoint = place.and_then(|place| live.checkpoints().get(place)).cloned();
        self.checkpoint = checkpoint.as_ref().map(|checkpoint| checkpoint.path.clone());
        live.set_policy(checkpoint);
    }

    /// The next checkpoint's policy; after the last, that of a training, or the first again.
    fn next_policy(&mut self, live: &mut Live, kind: Kind) {
        let next = self.policy(live).map_or(0, |now| now + 1);
        let is_there = next < live.checkpoints().len();
        match kind {
            _ if is_there => self.play_policy(Some(next), live),
            Kind::Training => self.play_policy(None, live),
            Kind::Playing { .. } if next > 0 => self.play_policy(Some(0), live),
            Kind::Playing { .. } => {}
        }
    }

    /// From draws to the mean action, to anything, and round again.
    fn act_otherwise(&mut self) {
        self.acting = match self.acting {
            Acting::Sampled => Acting::Mean,
            Acting::Mean => Acting::Random,
            Acting::Random => Acting::Sampled,
        };
    }

    /// One frame back, as far as they are kept.
    pub(super) fn step_back(&mut self, live: &Live) {
        self.paused = true;
        self.back = (self.back + 1).min(live.clip().n_past());
    }
}

pub(super) fn plugin(app: &mut App) {
    let Some(watched) = app.world().get_resource::<Watched>() else { return };
    let speed = match watched.0.kind {
        Kind::Training => Speed::Max,
        Kind::Playing { .. } => Speed::Times(1.0),
    };
    let checkpoint = match watched.0.kind {
        Kind::Training => None,
        Kind::Playing { checkpoint } => checkpoint,
    };
    let checkpoint = checkpoint.and_then(|place| watched.0.checkpoints.get(place));
    let checkpoint = checkpoint.map(|checkpoint| checkpoint.path.clone());
    let Show { acting, renders, .. } = watched.0;
    app.insert_resource(Control {
        paused: false,
        back: 0,
        speed,
        renders,
        shows_panel: true,
        shows_timeline: false,
        shows_help: false,
        inspects: false,
        adjusts: false,
        light: false,
        orbits: false,
        selected: None,
        body: None,
        tints: false,
        overlays: Overlays::default(),
        checkpoint,
        acting,
    })
    .add_plugins((keys::plugin, orbit::plugin, pointer::plugin, poke::plugin, select::plugin));
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
