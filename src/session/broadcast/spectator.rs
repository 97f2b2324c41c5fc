//! The side of the spectator.

use super::requests::{Command, Pace, Requests};
use super::{MOST_SHOWN, SessionUpdates, Shared, lock};
use crate::nodes::{ActionMode, LiveSetting};
use crate::scene::Throw;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::preview::PreviewCommand;
use crate::session::pull::Pull;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The side of the spectator. What it tells the session is done before the next tick; a session that is
/// paused does it at once, but for what only a tick can show.
pub struct Spectator {
    shared: Arc<Shared>,
}

impl Spectator {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Asks for as many frames as have not been asked for yet to have `n` under way.
    pub fn want(&self, n: usize) {
        self.shared.n_wanted.store(n, Ordering::Release);
        if n > 0 {
            // Taken so that a session about to wait does not miss it.
            drop(lock(&self.shared.requests));
            self.shared.changed.notify_all();
        }
    }

    /// Frames that are under way.
    pub fn n_wanted(&self) -> usize {
        self.shared.n_wanted.load(Ordering::Acquire)
    }

    /// How many environments the next frames are to show, from the first: at least one, at most
    /// [`MOST_SHOWN`], and no more than there are. A frame holds what it shows. If that is another number than
    /// before, a frame comes with the state as it is, also while paused, with the tick of the last.
    pub fn show_envs(&self, n: usize) {
        let n = n.clamp(1, MOST_SHOWN);
        if self.shared.n_shown.swap(n, Ordering::AcqRel) != n {
            self.command(Command::Show);
        }
    }

    /// What came since the last call.
    pub fn updates(&self) -> SessionUpdates {
        std::mem::take(&mut *lock(&self.shared.updates))
    }

    /// Whether the session's side is gone.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Ordering::Acquire)
    }

    /// Pauses the session after the present tick, or lets it go on.
    pub fn set_paused(&self, paused: bool) {
        self.request(|requests| {
            requests.paused = paused;
            requests.n_single = 0;
        });
    }

    /// One tick, paused or not.
    pub fn single_step(&self) {
        self.request(|requests| requests.n_single += 1);
    }

    /// Sets how fast the session runs.
    pub fn set_pace(&self, pace: Pace) {
        self.request(|requests| requests.pace = pace);
    }

    /// What the agents are to do from the next tick on. A training goes on as it does: its policy acts
    /// otherwise in environments beside it, which are on show instead.
    pub fn set_action_mode(&self, action_mode: ActionMode) {
        self.command(Command::Act(action_mode));
    }

    /// Whose policy is to play from the next tick on: that of a checkpoint, which has forgotten what
    /// it remembered. Beside a training, without one, it is the policy being trained.
    pub fn set_policy(&self, checkpoint: Option<CheckpointInfo>) {
        self.command(Command::Play(checkpoint.map(Box::new)));
    }

    /// Asks for the run's folder and its checkpoints, which come with the news.
    pub fn ask_for_checkpoints(&self) {
        self.command(Command::List);
    }

    /// Asks for what each node does, or for no more of it; it comes with the news, some times a second.
    pub fn watch_nodes(&self, on: bool) {
        self.command(Command::WatchNodes(on));
    }

    /// Takes hold of a body, or lets go.
    pub fn set_pull(&self, pull: Option<Pull>) {
        self.request(|requests| requests.pull = pull);
    }

    /// Tells a scene that is looked at without a policy what to do.
    pub fn look(&self, command: PreviewCommand) {
        self.command(Command::Look(command));
    }

    /// Ends the episode of an environment: its next step cuts it off and begins another.
    pub fn reset(&self, env: usize) {
        self.command(Command::EndEpisode(env));
    }

    /// Throws something into an environment, if another engine than ours moves its bodies.
    pub fn throw(&self, env: usize, throw: Throw) {
        self.command(Command::Throw(env, throw));
    }

    /// The numbers of the session that may be changed, as they are at present: none before its first
    /// tick.
    pub fn settings(&self) -> Vec<LiveSetting> {
        lock(&self.shared.settings).clone()
    }

    /// Sets one of them, from the next step and update on, until it is released. Of several values before the next tick the
    /// last counts. The session complains of what it does not have and of what is out of range.
    pub fn set(&self, setting: &str, value: f64) {
        self.command(Command::Set(setting.to_owned(), Some(value)));
    }

    /// Releases one of them: it follows the workflow again. The session reports an error for a setting that it does not
    /// have.
    pub fn release(&self, setting: &str) {
        self.command(Command::Set(setting.to_owned(), None));
    }

    fn command(&self, command: Command) {
        self.request(|requests| requests.command(command));
    }

    fn request(&self, change: impl FnOnce(&mut Requests)) {
        let mut requests = lock(&self.shared.requests);
        change(&mut requests);
        self.shared.requested.store(true, Ordering::Release);
        drop(requests);
        self.shared.changed.notify_all();
    }
}

impl Drop for Spectator {
    fn drop(&mut self) {
        self.request(|requests| requests.closed = true);
    }
}
