//! When a training ends.

use crate::nodes::Progress;
use crate::workflow::Graph;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::{Duration, Instant};

/// What ends a training before its trainer does; what is not given is no limit. Experience since the last
/// update is not lost: the checkpoint keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Updates of the run, with those before it was resumed.
    pub updates: Option<u64>,
    /// Environment steps of the run, over all environments, with those before it was resumed.
    pub steps: Option<u64>,
    /// Time since [`Training::run`](super::Training::run) began.
    pub timeout: Option<Duration>,
}

impl Limits {
    /// Why the run should stop before the next step, if it should.
    pub(super) fn reached(&self, progress: Progress, start: Instant) -> Option<EndedBy> {
        if self.updates.is_some_and(|limit| progress.updates >= limit) {
            return Some(EndedBy::Updates);
        }
        if self.steps.is_some_and(|limit| progress.steps >= limit) {
            return Some(EndedBy::Steps);
        }
        if self.timeout.is_some_and(|limit| start.elapsed() >= limit) {
            return Some(EndedBy::Timeout);
        }
        None
    }
}

/// Reason for the end of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The trainer has made all its updates.
    Trainer,
    /// [`Limits::updates`].
    Updates,
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::timeout`].
    Timeout,
    /// [`TrainingOptions::stop`](super::TrainingOptions::stop).
    Stop,
    /// The window was closed.
    Window,
}

/// As checkpoints and summaries name it.
impl fmt::Display for EndedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trainer => "end of training",
            Self::Updates => "--updates",
            Self::Steps => "--steps",
            Self::Timeout => "--timeout",
            Self::Stop => "Ctrl-C",
            Self::Window => "the window's closing",
        })
    }
}

impl Serialize for EndedBy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The updates after which a workflow says that training is over, if it does.
pub fn total_updates(graph: &Graph) -> Option<u64> {
    let totals = graph.nodes.iter().filter_map(|node| node.int("total_updates").ok());
    totals.max().filter(|&total| total > 0).map(|total| total as u64)
}
