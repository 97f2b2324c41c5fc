//! How a session is played: paused or not, how fast, and by which policy.

use super::super::super::window_options::{SessionKind, WindowOptions};
use super::Live;
use crate::nodes::ActionMode;
use bevy::prelude::*;
use std::path::PathBuf;

/// Speeds that the keys step through, as parts of real time.
const SPEEDS: [f64; 11] = [0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// How fast the simulation runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::viewer::app) enum Speed {
    /// Simulated seconds per second.
    Times(f64),
    /// As fast as possible.
    Max,
}

impl Speed {
    pub(in crate::viewer::app) fn faster(self) -> Self {
        match self {
            Self::Times(now) => {
                SPEEDS.into_iter().find(|&speed| speed > now).map_or(Self::Max, Self::Times)
            }
            Self::Max => Self::Max,
        }
    }

    pub(in crate::viewer::app) fn slower(self) -> Self {
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

/// How the session on show is to be played.
#[derive(Resource, Clone, Debug, PartialEq)]
pub(in crate::viewer::app) struct Playback {
    pub paused: bool,
    /// While paused, how many frames before the newest are shown.
    pub back: usize,
    pub speed: Speed,
    /// The folder of the checkpoint that was chosen to play; none for the policy of a training.
    pub checkpoint: Option<PathBuf>,
    /// What the policy on show does.
    pub action_mode: ActionMode,
}

impl Playback {
    /// As a session is played at first.
    pub(super) fn new(show: &WindowOptions) -> Self {
        let (speed, checkpoint) = match show.kind {
            SessionKind::Training => (Speed::Max, None),
            SessionKind::Playing { checkpoint } => (Speed::Times(1.0), checkpoint),
            SessionKind::Looking => (Speed::Times(1.0), None),
        };
        let checkpoint = checkpoint.and_then(|place| show.checkpoints.get(place));
        let checkpoint = checkpoint.map(|checkpoint| checkpoint.path.clone());
        Self { paused: false, back: 0, speed, checkpoint, action_mode: show.action_mode }
    }

    pub(in crate::viewer::app) fn play_or_pause(&mut self) {
        self.paused = !self.paused;
        self.back = 0;
    }

    /// One frame on: of what has been shown already, or else one step of the session.
    pub(in crate::viewer::app) fn step(&mut self, live: &Live) {
        let was_playing = !std::mem::replace(&mut self.paused, true);
        match self.back {
            0 if !was_playing => live.single_step(),
            back => self.back = back.saturating_sub(1),
        }
    }

    /// One frame back, as far as they are kept.
    pub(in crate::viewer::app) fn step_back(&mut self, live: &Live) {
        self.paused = true;
        self.back = (self.back + 1).min(live.clip().n_past());
    }

    /// The checkpoint whose policy plays.
    pub(in crate::viewer::app) fn policy(&self, live: &Live) -> Option<usize> {
        let chosen = self.checkpoint.as_ref()?;
        live.checkpoints().iter().position(|checkpoint| checkpoint.path == *chosen)
    }

    /// Plays a checkpoint's policy; without one, the policy in training.
    pub(in crate::viewer::app) fn play_policy(&mut self, place: Option<usize>, live: &mut Live) {
        let checkpoint = place.and_then(|place| live.checkpoints().get(place)).cloned();
        self.checkpoint = checkpoint.as_ref().map(|checkpoint| checkpoint.path.clone());
        live.set_policy(checkpoint);
    }

    /// The next checkpoint's policy; after the last, the policy in training, or the first again.
    pub(in crate::viewer::app) fn next_policy(&mut self, live: &mut Live, kind: SessionKind) {
        let next = self.policy(live).map_or(0, |now| now + 1);
        let is_there = next < live.checkpoints().len();
        match kind {
            _ if is_there => self.play_policy(Some(next), live),
            SessionKind::Training => self.play_policy(None, live),
            SessionKind::Playing { .. } if next > 0 => self.play_policy(Some(0), live),
            SessionKind::Playing { .. } | SessionKind::Looking => {}
        }
    }

    /// Switches from sampled to mean to random actions, and back to sampled.
    pub(in crate::viewer::app) fn act_otherwise(&mut self) {
        self.action_mode = match self.action_mode {
            ActionMode::Sampled => ActionMode::Mean,
            ActionMode::Mean => ActionMode::Random,
            ActionMode::Random => ActionMode::Sampled,
        };
    }
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
