//! A session with a spectator: snapshots and metrics go out, requests come back.
//!
//! The session's side never waits for the other: what cannot be sent at once is kept for the next tick.
//! It waits only on request: while paused, or to keep to a pace.

mod preview;
mod requests;
mod session_side;
mod spectator;
#[cfg(test)]
mod tests;

pub use requests::Pace;
pub use session_side::Broadcast;
pub use spectator::Spectator;

use crate::nodes::{LiveSetting, Metrics, Progress};
use crate::scene::Snapshot;
use crate::session::build::NodeStatus;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::preview::PreviewUpdates;
use requests::Requests;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Most environments on show.
pub const MOST_SHOWN: usize = 256;

/// The environments on show after a tick.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Ticks since the broadcast began; frames of consecutive ticks are consecutive in time.
    pub tick: u64,
    /// How far the run had come.
    pub progress: Progress,
    /// From the first environment; as many as were to be shown, or as there are.
    pub envs: Arc<[Snapshot]>,
}

/// Everything that the session sent since the last call.
#[derive(Debug, Default)]
pub struct SessionUpdates {
    /// Frames that were not taken yet, oldest first.
    pub frames: VecDeque<Frame>,
    /// Rows of metrics since the last time, oldest first.
    pub rows: Vec<Arc<Metrics>>,
    /// The checkpoints that the run has, the earliest first, if they were asked for.
    pub checkpoints: Option<Vec<CheckpointInfo>>,
    /// The folder of the run, if its checkpoints were asked for.
    pub run: Option<PathBuf>,
    /// What each node has done since nodes are watched, and what it waits for.
    pub nodes: Option<Vec<NodeStatus>>,
    /// Of a scene that is looked at without a policy: what is new to say.
    pub look: Option<PreviewUpdates>,
    /// No node fires any more: what each waits for is in `nodes`.
    pub is_stuck: bool,
    /// The orders that failed, and why.
    pub errors: Vec<String>,
}

struct Shared {
    requests: Mutex<Requests>,
    changed: Condvar,
    /// Whether a request is waiting; without one no lock is taken before a tick.
    requested: AtomicBool,
    /// Frames that are still wanted.
    n_wanted: AtomicUsize,
    /// Environments to be shown, from the first.
    n_shown: AtomicUsize,
    updates: Mutex<SessionUpdates>,
    settings: Mutex<Vec<LiveSetting>>,
    ended: AtomicBool,
}

/// Both sides of a broadcast of the first `n_envs` environments, or of all if there are fewer.
pub fn broadcast(n_envs: usize) -> (Broadcast, Spectator) {
    let shared = Arc::new(Shared {
        requests: Mutex::default(),
        changed: Condvar::new(),
        requested: AtomicBool::new(false),
        n_wanted: AtomicUsize::new(0),
        n_shown: AtomicUsize::new(n_envs),
        updates: Mutex::default(),
        settings: Mutex::default(),
        ended: AtomicBool::new(false),
    });
    (Broadcast::new(shared.clone()), Spectator::new(shared))
}

/// A panic elsewhere leaves plain data behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
