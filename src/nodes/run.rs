//! What the nodes of a run share with the session that drives them.

use super::best_metric::BestMetric;
use super::flow::NodeName;
use super::kind::NodeError;
use super::payload::Metrics;
use bevy::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The first error of a node; the run stops at the end of the tick.
#[derive(Resource, Default)]
pub struct Failure(pub Option<(NodeName, NodeError)>);

/// Output for the lines that nodes print.
#[derive(Resource)]
pub struct Console(pub Arc<dyn Fn(&str) + Send + Sync>);

/// The run's folder; none for a session without files.
#[derive(Resource, Clone, Default)]
pub struct RunPath(pub Option<PathBuf>);

/// Time spent since the last update, by part.
#[derive(Resource, Default)]
pub struct Timings {
    /// Physics.
    pub simulate: Duration,
    /// What the task makes of it: observations, rewards, ends of episodes, resets.
    pub observe: Duration,
    /// Actions of the policy.
    pub infer: Duration,
    /// Keeping transitions.
    pub store: Duration,
}

impl Timings {
    /// All of it.
    pub(super) fn sum(&self) -> Duration {
        self.simulate + self.observe + self.infer + self.store
    }
}

/// Rows of metrics that the session has not yet taken.
#[derive(Resource, Default)]
pub struct Reports(pub Vec<Arc<Metrics>>);

/// Updates and environment steps of the run so far.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Updates made.
    pub updates: u64,
    /// Environment steps over all environments.
    pub steps: u64,
}

/// Set when a trainer has made all its updates.
#[derive(Resource, Default)]
pub struct Finished(pub bool);

/// A checkpoint that a node wants once the tick is over.
#[derive(Clone, Debug)]
pub struct CheckpointRequest {
    /// The node that asks for it.
    pub node: String,
    /// The trigger, for the metadata.
    pub trigger: String,
    /// The metric that is the best yet, where that is the reason.
    pub best: Option<BestMetric>,
    /// Where to write; the run's own checkpoints if not given.
    pub folder: Option<PathBuf>,
    /// How many of the asking node's checkpoints to keep there, the newest; all if not given. The
    /// best of a metric is not counted.
    pub keep: Option<usize>,
    /// The agent whose weights are wanted by themselves; the run's only one if not given.
    pub model: Option<Entity>,
}

/// Checkpoints to be written at the end of the tick, when all nodes agree on where the run is.
#[derive(Resource, Default)]
pub struct CheckpointRequests(pub Vec<CheckpointRequest>);

/// A node's id as a part of file names and of the names of a checkpoint's arrays: what is neither
/// letter, digit, `-` nor `_` is written in hexadecimal, so that different ids stay different.
pub fn file_name(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let write = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    id.bytes().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_apart_in_file_names() {
        assert_eq!(file_name("12"), "12");
        assert_eq!(file_name("../a.b"), "%2E%2E%2Fa%2Eb");
        assert_ne!(file_name("a b"), file_name("a%20b"));
    }
}
