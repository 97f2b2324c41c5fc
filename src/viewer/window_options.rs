//! What a window shows.

use crate::nodes::ActionMode;
use crate::scene::Scene;
use crate::session::CheckpointInfo;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A session that is shown in a window.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// The scene on show.
    pub scene: Scene,
    /// How many environments are shown at first, from the first on.
    pub n_envs: usize,
    /// How many environments there are.
    pub most_envs: usize,
    /// Checkpoints whose policies can be played; a training has more as it goes on.
    pub checkpoints: Vec<CheckpointInfo>,
    /// Folder of the run on show, if it is there already.
    pub run: Option<PathBuf>,
    /// Title of the window.
    pub title: String,
    /// What is shown.
    pub kind: SessionKind,
    /// The updates that a training comes to, if that is known.
    pub planned: Option<u64>,
    /// What the policy on show does at first; that of a training does what it learns from.
    pub action_mode: ActionMode,
    /// Rows of metrics that are there already.
    pub history: Vec<serde_json::Value>,
    /// Set by Ctrl-C; then the window closes.
    pub interrupted: Arc<AtomicBool>,
    /// Most pictures per second, if there is a limit.
    pub max_fps: Option<f64>,
    /// When the program started, or when this was chosen on the start page.
    pub started: Instant,
    /// Whether the 3D view is drawn from the beginning.
    pub renders: bool,
    /// Whether the window stays open when the session has ended.
    pub stays: bool,
}

/// Kind of a session that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// It runs as fast as it goes, unless told otherwise.
    Training,
    /// A scene that is looked at without a policy, by the clock: a person says what its actuators do.
    Looking,
    /// It keeps to the clock, unless told otherwise.
    Playing {
        /// Whose policy plays at first, by its place in the list of checkpoints.
        checkpoint: Option<usize>,
    },
}
