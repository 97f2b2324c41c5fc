//! The activity of nodes, counted while they are watched.

use super::payload::Payload;
use bevy::prelude::Entity;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts firings, times and sent values of every node while it is on; otherwise it costs one check of a flag.
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_on: AtomicBool,
    nodes: Mutex<HashMap<Entity, NodeCounts>>,
}

/// The activity of a node since it is watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeCounts {
    /// How often it has fired.
    pub n_firings: u64,
    /// What its firings took.
    pub busy: Duration,
    /// What it sent last on each of its outputs, by their position; none where it has sent nothing.
    pub sent: Vec<Option<Sent>>,
}

/// Type and shape of a value that was sent along a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A row for each environment: rows and columns.
    Rows(usize, usize),
    /// Something without a shape, such as `trigger`.
    Plain(&'static str),
}

impl Watch {
    /// Begins to count, from 0, or ends it.
    pub fn turn(&self, on: bool) {
        if self.0.is_on.swap(on, Ordering::AcqRel) != on {
            self.nodes().clear();
        }
    }

    /// Whether nodes are watched.
    pub fn is_on(&self) -> bool {
        self.0.is_on.load(Ordering::Acquire)
    }

    /// What a node has done.
    pub fn counts(&self, node: Entity) -> NodeCounts {
        self.nodes().get(&node).cloned().unwrap_or_default()
    }

    pub(super) fn fired(&self, node: Entity) {
        self.count(node, |counts| counts.n_firings += 1);
    }

    pub(super) fn took(&self, node: Entity, time: Duration) {
        self.count(node, |counts| counts.busy += time);
    }

    pub(super) fn sent(&self, node: Entity, output: usize, payload: &Payload) {
        self.count(node, |counts| {
            if counts.sent.len() <= output {
                counts.sent.resize(output + 1, None);
            }
            counts.sent[output] = Some(Sent::of(payload));
        });
    }

    fn count(&self, node: Entity, change: impl FnOnce(&mut NodeCounts)) {
        if self.is_on() {
            change(self.nodes().entry(node).or_default());
        }
    }

    fn nodes(&self) -> MutexGuard<'_, HashMap<Entity, NodeCounts>> {
        self.0.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    fn of(payload: &Payload) -> Self {
        match (payload, payload.tensor()) {
            (Payload::OnDevice(batch), _) => Self::Rows(batch.n_envs, batch.dim),
            (_, Some((values, columns))) => Self::Rows(values.len() / columns.max(1), columns),
            (_, None) => Self::Plain(payload.kind()),
        }
    }
}

/// As it stands beside a link: `512 x 4`, `trigger`.
impl std::fmt::Display for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rows(rows, columns) => write!(f, "{rows} x {columns}"),
            Self::Plain(kind) => f.write_str(kind),
        }
    }
}
