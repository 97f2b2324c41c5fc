//! Which nodes changes lie in.

use super::change::{DocumentChange, TreeStep};
use std::collections::BTreeSet;

/// The parts of a document that were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Only what stands in nodes: their positions in the file's list.
    Nodes(BTreeSet<usize>),
    /// More than that: nodes came or went, or links, groups, reroutes.
    Everything,
}

impl Default for Touched {
    fn default() -> Self {
        Self::Nodes(BTreeSet::new())
    }
}

impl Touched {
    /// Adds where a change lies.
    pub(super) fn note(&mut self, change: &DocumentChange) {
        match (&mut *self, change.holder.steps()) {
            (Self::Nodes(nodes), [TreeStep::Key(list), TreeStep::Item(node), ..])
                if list == "nodes" =>
            {
                nodes.insert(*node);
            }
            _ => *self = Self::Everything,
        }
    }
}
