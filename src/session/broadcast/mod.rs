//! A session with a spectator: snapshots and metrics go out, requests come back.
//!
//! The session's side never waits for the other: what cannot be sent at once is kept for the next tick.
//! It waits only on request: while paused, or to keep to a pace.

mod look;
mod session_side;
mod spectator;
#[cfg(test)]
mod tests;
mod wishes;

pub use session_side::Broadcast;
pub use spectator::Spectator;
pub use wishes::Pace;

use crate::nodes::{LiveSetting, Metrics, Progress};
use crate::scene::Snapshot;
use crate::session::build::NodeStatus;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::look::LookNews;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use wishes::Wishes;

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
pub struct News {
    /// Frames that were not taken yet, oldest first.
    pub frames: VecDeque<Frame>,
    /// Rows of metrics since the last time, oldest first.
    pub rows: Vec<Arc<Metrics>>,
    /// The checkpoints that the run has, the earliest first, if they were asked for.
    pub checkpoints: Option<Vec<CheckpointInfo>>,
    /// What each node has done since nodes are watched, and what it waits for.
    pub nodes: Option<Vec<NodeStatus>>,
    /// Of a scene that is looked at without a policy: what is new to say.
    pub look: Option<LookNews>,
    /// No node fires any more: what each waits for is in `nodes`.
    pub is_stuck: bool,
    /// The orders that failed, and why.
    pub complaints: Vec<String>,
}

struct Shared {
    wishes: Mutex<Wishes>,
    changed: Condvar,
    /// Whether a request is waiting; without one no lock is taken before a tick.
    wished: AtomicBool,
    /// Frames that are still wanted.
    n_wanted: AtomicUsize,
    /// Environments to be shown, from the first.
    n_shown: AtomicUsize,
    news: Mutex<News>,
    settings: Mutex<Vec<LiveSetting>>,
    ended: AtomicBool,
}

/// Both sides of a broadcast of the first `n_envs` environments, or of all if there are fewer.
pub fn broadcast(n_envs: usize) -> (Broadcast, Spectator) {
    let shared = Arc::new(Shared {
        wishes: Mutex::default(),
        changed: Condvar::new(),
        wished: AtomicBool::new(false),
        n_wanted: AtomicUsize::new(0),
        n_shown: AtomicUsize::new(n_envs),
        news: Mutex::default(),
        settings: Mutex::default(),
        ended: AtomicBool::new(false),
    });
    (Broadcast::new(shared.clone()), Spectator::new(shared))
}

/// A panic elsewhere leaves plain data behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
