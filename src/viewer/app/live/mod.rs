//! What comes from the session: frames, played as the controls say, and metrics.

mod clip;
mod curves;
mod look;
mod playback;

use super::super::window_options::{SessionKind, WindowOptions};
use super::camera::{CameraClock, View};
use super::props::{self, Props};
use super::stage::{OnShow, Poser, Poses};
use crate::nodes::{ActionMode, LiveSetting, Progress};
use crate::scene::{Snapshot, Throw};
use crate::session::{
    CheckpointInfo, ControlSource, NodeStatus, Pace, PreviewUpdates, Pull, SessionUpdates,
    Spectator,
};
use crate::ui::Page;
use bevy::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use clip::Clip;
pub(super) use curves::Curves;
pub(super) use playback::{Playback, Speed};

/// Longest stretch of a training that is shown before the newest is [simulated s].
const STRETCH_SECS: f64 = 3.0;
/// What the queue of frames is kept filled to, at least [s].
const LEAD_SECS: f64 = 0.1;
/// With fewer frames ahead than this the picture slows down rather than halt.
const EASE_FRAMES: f64 = 3.0;
/// A picture that took longer does not make up for it [s].
const LONGEST_STEP_SECS: f64 = 0.25;
/// How much of what was shown is kept [simulated s], and at most how many environments' states.
const HISTORY_SECS: f64 = 10.0;
const HISTORY_STATES: usize = 40_000;

/// How often a training is asked for its checkpoints [s].
const CHECKPOINTS_EVERY_SECS: f64 = 2.0;

/// What was asked to be shown.
#[derive(Resource)]
pub(super) struct Watched(pub WindowOptions);

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
    told_acting: ActionMode,
    /// Checkpoints whose policies can be played, the earliest first.
    checkpoints: Vec<CheckpointInfo>,
    /// Folder of the run on show, as far as it is known.
    run: Option<PathBuf>,
    /// Since they were asked for [s].
    since_asked: f64,
    pull: Option<Pull>,
    /// What the session has told and is yet to be shown.
    arrived: SessionUpdates,
    /// What moves the actuators of a scene without a policy, and what there is to say of it.
    driving: ControlSource,
    look: PreviewUpdates,
    /// When the scene was loaded anew, by the clock of the window [s].
    reloaded_secs: Option<f64>,
    /// Of the frame on show.
    pub progress: Progress,
    pub envs: Arc<[Snapshot]>,
    pub ended: bool,
    /// What each node does, since it is asked for.
    pub nodes: Vec<NodeStatus>,
    watches_nodes: bool,
    /// No node fires any more: what each waits for is the reason.
    pub is_stuck: bool,
    /// What the session could not do of what it was told, the last.
    pub error_message: Option<String>,
    /// Why the session failed, if it has.
    failure: Arc<Mutex<Option<String>>>,
}

impl Live {
    /// `failure` is where it will be said if the session fails.
    pub(super) fn new(
        spectator: Spectator,
        show: &WindowOptions,
        failure: Arc<Mutex<Option<String>>>,
    ) -> Self {
        Self {
            spectator,
            clip: Clip::default(),
            poser: Mutex::new(Poser::new(show.scene.model.clone())),
            told: None,
            told_acting: show.action_mode,
            checkpoints: show.checkpoints.clone(),
            run: show.run.clone(),
            since_asked: CHECKPOINTS_EVERY_SECS,
            pull: None,
            arrived: SessionUpdates::default(),
            driving: ControlSource::default(),
            look: PreviewUpdates::default(),
            reloaded_secs: None,
            progress: Progress::default(),
            envs: Arc::default(),
            ended: false,
            nodes: Vec::new(),
            watches_nodes: false,
            is_stuck: false,
            error_message: None,
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

    /// Asks for what each node does, or for no more of it.
    pub(super) fn watch_nodes(&mut self, on: bool) {
        if self.watches_nodes != on {
            self.watches_nodes = on;
            self.spectator.watch_nodes(on);
        }
    }

    /// Checkpoints whose policies can be played, the earliest first.
    pub(super) fn checkpoints(&self) -> &[CheckpointInfo] {
        &self.checkpoints
    }

    /// Folder of the run on show, if it has one and it is known.
    pub(super) fn run(&self) -> Option<&Path> {
        self.run.as_deref()
    }

    /// Lets the policy of a checkpoint play or, without one, that of a training.
    pub(super) fn set_policy(&mut self, checkpoint: Option<CheckpointInfo>) {
        self.spectator.set_policy(checkpoint);
        self.clip.drop_ahead();
    }

    /// Pulls a body, or releases it.
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

    /// How far the training is: by the frame on show, or by the last row of metrics where none is shown.
    pub(super) fn reached(&self, curves: &Curves) -> Progress {
        let last = |name: &str| curves.last(name).map_or(0, |value| value as u64);
        Progress {
            updates: self.progress.updates.max(last("update")),
            steps: self.progress.steps.max(last("steps")),
        }
    }

    /// Tells the session whether to wait, where that has changed. A training goes on as fast as it can while
    /// its 3D view is off; a policy that plays keeps to the clock, or it would run on all cores for nothing.
    fn tell(&mut self, playback: &Playback, renders: bool, kind: SessionKind) {
        let pace = match (playback.speed, kind) {
            (Speed::Max, _) => Pace::Free,
            (Speed::Times(_), SessionKind::Training) if !renders => Pace::Free,
            (Speed::Times(_), _) => Pace::OnDemand,
        };
        let wish = (playback.paused, pace);
        if self.told != Some(wish) {
            self.spectator.set_pace(pace);
            self.spectator.set_paused(playback.paused);
            self.told = Some(wish);
        }
        if self.told_acting != playback.action_mode && kind != SessionKind::Looking {
            self.told_acting = playback.action_mode;
            self.spectator.set_action_mode(playback.action_mode);
            // What is on its way was done before.
            self.clip.drop_ahead();
        }
    }

    /// Asks for as many frames as will be needed until the picture after the next, if pictures go on to take as
    /// long as the last.
    fn ask(
        &self,
        playback: &Playback,
        renders: bool,
        kind: SessionKind,
        dt: f64,
        picture_secs: f64,
    ) {
        let ahead = self.clip.ahead();
        let lead_secs = LEAD_SECS.max(2.0 * picture_secs);
        let lead = |speed: f64| 2 + (speed * lead_secs / dt).ceil() as usize;
        if playback.paused {
            self.spectator.want(1);
        } else if !renders && kind == SessionKind::Training {
            self.spectator.want(0);
        } else {
            match (playback.speed, kind) {
                (Speed::Times(speed), _) => {
                    self.spectator.want(lead(speed).saturating_sub(ahead));
                }
                // Each stretch is asked for when the last one is over, so that it is new.
                (Speed::Max, SessionKind::Training) => {
                    if ahead < lead(1.0) && self.spectator.n_wanted() == 0 {
                        self.spectator.want((STRETCH_SECS / dt).ceil() as usize);
                    }
                }
                (Speed::Max, SessionKind::Playing { .. } | SessionKind::Looking) => {
                    self.spectator.want(1)
                }
            }
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    let play = (look::receive, play.in_set(Play), leave).chain();
    app.add_systems(OnEnter(Page::Watch), enter)
        .add_systems(Update, play.run_if(in_state(Page::Watch)))
        .add_systems(OnExit(Page::Watch), exit);
}

fn enter(mut commands: Commands, watched: Res<Watched>) {
    let show = &watched.0;
    let mut curves = Curves::default();
    show.history.iter().for_each(|row| curves.push(row));
    commands.insert_resource(curves);
    commands.insert_resource(Playback::new(show));
    commands.insert_resource(View { renders: show.renders, orbits: false });
}

/// Without its spectator the session ends.
fn exit(mut commands: Commands) {
    commands.remove_resource::<Live>();
    commands.remove_resource::<Watched>();
    commands.remove_resource::<Curves>();
    commands.remove_resource::<Playback>();
    commands.remove_resource::<View>();
}

fn play(
    time: Res<Time<Real>>,
    (playback, view): (Res<Playback>, Res<View>),
    on_show: Res<OnShow>,
    watched: Res<Watched>,
    mut live: ResMut<Live>,
    mut curves: ResMut<Curves>,
    mut poses: ResMut<Poses>,
    mut props: ResMut<Props>,
    mut clock: ResMut<CameraClock>,
) {
    let live = &mut *live;
    let arrived = std::mem::take(&mut live.arrived);
    let SessionUpdates { mut frames, rows, errors, checkpoints, run, nodes, is_stuck, .. } =
        arrived;
    live.is_stuck |= is_stuck;
    live.nodes = nodes.unwrap_or(std::mem::take(&mut live.nodes));
    live.checkpoints = checkpoints.unwrap_or(std::mem::take(&mut live.checkpoints));
    live.run = run.or(live.run.take());
    if on_show.is_changed() {
        if !on_show.is_added() {
            // What is on its way has the old number of environments.
            frames.clear();
            live.clip.drop_ahead();
        }
        live.spectator.show_envs(on_show.n_envs);
    }
    live.error_message = errors.into_iter().next_back().or(live.error_message.take());
    let something_new = !frames.is_empty();
    live.clip.extend(frames);
    for row in rows {
        curves.push(&serde_json::to_value(&*row).unwrap_or_default());
    }
    let (dt, kind) = (on_show.scene.task.dt, watched.0.kind);
    live.tell(&playback, view.renders, kind);
    let delta_secs = time.delta_secs_f64().min(LONGEST_STEP_SECS);
    clock.delta_secs = delta_secs as f32;
    live.since_asked += delta_secs;
    if kind == SessionKind::Training && live.since_asked >= CHECKPOINTS_EVERY_SECS {
        live.since_asked = 0.0;
        live.spectator.ask_for_checkpoints();
    }
    let ahead = live.clip.ahead() as f64;
    match (playback.paused, playback.speed, kind) {
        (true, ..) | (_, Speed::Max, SessionKind::Playing { .. } | SessionKind::Looking) => {
            live.clip.skip_to_last();
        }
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
    live.ask(&playback, view.renders, kind, dt, delta_secs);
    let Ok(poser) = live.poser.get_mut() else { return };
    let Some(moment) = live.clip.moment(playback.back, poser) else { return };
    let (before, after, way) = (moment.before, moment.after, moment.way);
    if way == 0.0 && !something_new && playback.paused && !playback.is_changed() {
        return;
    }
    moment.pose(&mut poses.0);
    let things = props::between(&before.envs, &after.envs, way);
    if things != props.0 {
        props.0 = things;
    }
    live.progress = before.progress;
    live.envs = before.envs.clone();
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
