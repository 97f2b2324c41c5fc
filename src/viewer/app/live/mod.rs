//! What comes from the session: frames, played as the controls say, and metrics.

mod clip;
mod curves;

use super::super::show::{Kind, Show};
use super::camera::CameraClock;
use super::control::{Control, Speed};
use super::props::{self, Props};
use super::stage::{OnShow, Poser, Poses};
use crate::nodes::{Acting, LiveSetting, Progress};
use crate::scene::{Snapshot, Throw};
use crate::session::{CheckpointInfo, News, Pace, Pull, Spectator};
use bevy::prelude::*;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use clip::Clip;
pub(super) use curves::Curves;

/// Longest stretch of a training that is shown before the newest is [simulated s].
const STRETCH_SECS: f64 = 3.0;
/// What the queue of frames is kept filled to [s].
const LEAD_SECS: f64 = 0.1;
/// With fewer frames ahead than this the picture slows down rather than halt.
const EASE_FRAMES: f64 = 3.0;
/// A picture that took longer does not make up for it [s].
const LONGEST_STEP_SECS: f64 = 0.25;
/// What has been shown and can be looked at again [simulated s], and at most so many environments' states.
const HISTORY_SECS: f64 = 10.0;
const HISTORY_STATES: usize = 40_000;

/// What was asked to be shown.
#[derive(Resource)]
pub(super) struct Watched(pub Show);

/// What came from the session is on show.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Play;

/// The connection to the session.
#[derive(Resource)]
pub(super) struct Live {
    spectator: Spectator,
    clip: Clip,
    poser: Mutex<Poser>,
    /// What the session was last told.
    told: Option<(bool, Pace)>,
    told_acting: Option<Acting>,
    pull: Option<Pull>,
    /// Of the frame on show.
    pub progress: Progress,
    pub envs: Vec<Snapshot>,
    pub ended: bool,
    /// What the session could not do of what it was told, the last.
    pub complaint: Option<String>,
    /// Why the session failed, if it has.
    failure: Arc<Mutex<Option<String>>>,
}

impl Live {
    /// `failure` is where it will be said if the session fails.
    pub(super) fn new(
        spectator: Spectator,
        show: &Show,
        failure: Arc<Mutex<Option<String>>>,
    ) -> Self {
        Self {
            spectator,
            clip: Clip::default(),
            poser: Mutex::new(Poser::new(show.scene.model.clone())),
            told: None,
            told_acting: None,
            pull: None,
            progress: Progress::default(),
            envs: Vec::new(),
            ended: false,
            complaint: None,
            failure,
        }
    }

    /// Why the session failed, if it has.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has been shown last.
    pub(super) fn clip(&self) -> &Clip {
        &self.clip
    }

    /// Tells the session to wait before anything is shown.
    #[cfg(test)]
    pub(super) fn pause(&self) {
        self.spectator.set_paused(true);
    }

    pub(super) fn single_step(&self) {
        self.spectator.single_step();
    }

    /// What may be changed of the session, as it is at present.
    pub(super) fn settings(&self) -> Vec<LiveSetting> {
        self.spectator.settings()
    }

    pub(super) fn set(&self, setting: &str, value: f64) {
        self.spectator.set(setting, value);
    }

    pub(super) fn release(&self, setting: &str) {
        self.spectator.release(setting);
    }

    /// Ends the episode of an environment, or of all on show.
    pub(super) fn reset(&self, env: Option<usize>) {
        match env {
            Some(env) => self.spectator.reset(env),
            None => (0..self.envs.len()).for_each(|env| self.spectator.reset(env)),
        }
    }

    /// Lets the policy of a checkpoint play.
    pub(super) fn set_policy(&self, checkpoint: CheckpointInfo) {
        self.spectator.set_policy(Some(checkpoint));
    }

    /// Takes hold of a body, or lets go.
    pub(super) fn pull(&mut self, pull: Option<Pull>) {
        if self.pull != pull {
            self.pull = pull;
            self.spectator.set_pull(pull);
        }
    }

    /// Throws something into an environment.
    pub(super) fn throw(&self, env: usize, throw: Throw) {
        self.spectator.throw(env, throw);
    }

    /// Tells the session whether to wait, where that has changed.
    fn tell(&mut self, control: &Control) {
        let pace = match (control.speed, control.renders) {
            (Speed::Max, _) | (_, false) => Pace::Free,
            (Speed::Times(_), true) => Pace::OnDemand,
        };
        let wish = (control.paused, pace);
        if self.told != Some(wish) {
            self.spectator.set_pace(pace);
            self.spectator.set_paused(control.paused);
            self.told = Some(wish);
        }
        if self.told_acting != control.acting {
            self.told_acting = control.acting;
            control.acting.into_iter().for_each(|acting| self.spectator.set_acting(acting));
        }
    }

    /// Asks for as many frames as will be needed.
    fn ask(&self, control: &Control, kind: Kind, dt: f64) {
        let ahead = self.clip.ahead();
        let lead = |speed: f64| 2 + (speed * LEAD_SECS / dt).ceil() as usize;
        if !control.renders {
            self.spectator.want(0);
        } else if control.paused {
            self.spectator.want(1);
        } else {
            match (control.speed, kind) {
                (Speed::Times(speed), _) => {
                    self.spectator.want(lead(speed).saturating_sub(ahead));
                }
                // Each stretch is asked for when the last one is over, so that it is new.
                (Speed::Max, Kind::Training) => {
                    if ahead < lead(1.0) && self.spectator.n_wanted() == 0 {
                        self.spectator.want((STRETCH_SECS / dt).ceil() as usize);
                    }
                }
                (Speed::Max, Kind::Playing) => self.spectator.want(1),
            }
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    let Some(watched) = app.world().get_resource::<Watched>() else { return };
    let mut curves = Curves::default();
    watched.0.history.iter().for_each(|row| curves.push(row));
    app.insert_resource(curves).add_systems(Update, (play.in_set(Play), leave).chain());
}

fn play(
    time: Res<Time<Real>>,
    control: Res<Control>,
    on_show: Res<OnShow>,
    watched: Res<Watched>,
    mut live: ResMut<Live>,
    mut curves: ResMut<Curves>,
    mut poses: ResMut<Poses>,
    mut props: ResMut<Props>,
    mut clock: ResMut<CameraClock>,
) {
    let live = &mut *live;
    if on_show.is_changed() {
        live.spectator.show_envs(on_show.n_envs);
    }
    let News { frames, rows, complaints } = live.spectator.news();
    live.complaint = complaints.into_iter().next_back().or(live.complaint.take());
    let something_new = !frames.is_empty();
    live.clip.extend(frames);
    for row in rows {
        curves.push(&serde_json::to_value(&*row).unwrap_or_default());
    }
    live.tell(&control);
    let (dt, kind) = (on_show.scene.task.dt, watched.0.kind);
    let delta_secs = time.delta_secs_f64().min(LONGEST_STEP_SECS);
    clock.delta_secs = delta_secs as f32;
    let ahead = live.clip.ahead() as f64;
    match (control.paused, control.speed, kind) {
        (true, ..) | (_, Speed::Max, Kind::Playing) => live.clip.skip_to_last(),
        (_, speed, _) => {
            let speed = match speed {
                Speed::Times(speed) => speed,
                Speed::Max => 1.0,
            };
            live.clip.advance(speed * (ahead / EASE_FRAMES).min(1.0) * delta_secs / dt);
        }
    }
    let n_kept = HISTORY_STATES / on_show.n_envs.max(1);
    live.clip.forget(n_kept.min((HISTORY_SECS / dt) as usize));
    live.ask(&control, kind, dt);
    let moment = match control.back {
        0 => live.clip.moment(),
        back => live.clip.back(back).map(|frame| (frame, frame, 0.0)),
    };
    let Some((before, after, way)) = moment else { return };
    if way == 0.0 && !something_new && control.paused && !control.is_changed() {
        return;
    }
    if let Ok(poser) = live.poser.get_mut() {
        poses.0 = poser.between(&before.envs, &after.envs, way);
    }
    let things = props::between(&before.envs, &after.envs, way);
    if things != props.0 {
        props.0 = things;
    }
    live.progress = before.progress;
    live.envs.clone_from(&before.envs);
}

/// The window goes when there is nothing more to come, unless it is to stay.
fn leave(watched: Res<Watched>, mut live: ResMut<Live>, mut exit: MessageWriter<AppExit>) {
    let ended = live.spectator.has_ended();
    if ended != live.ended {
        live.ended = ended;
    }
    if ended && (!watched.0.stays || watched.0.interrupted.load(Ordering::SeqCst)) {
        exit.write(AppExit::Success);
    }
}
