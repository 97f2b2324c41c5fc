//! What is selected. It is no part of the document: to select is no step that could be undone.

use crate::workflow::Canvas;
use std::collections::BTreeSet;

/// Nodes and reroutes by their ids, groups by their positions, and a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub nodes: BTreeSet<String>,
    pub groups: BTreeSet<usize>,
    pub reroutes: BTreeSet<String>,
    pub link: Option<String>,
}

impl Selection {
    pub(crate) fn of_nodes(ids: impl IntoIterator<Item = String>) -> Self {
        Self { nodes: ids.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn all(canvas: &Canvas) -> Self {
        Self {
            nodes: canvas.nodes.iter().map(|node| node.id.clone()).collect(),
            groups: (0..canvas.groups.len()).collect(),
            reroutes: canvas.reroutes.iter().map(|reroute| reroute.id.clone()).collect(),
            link: None,
        }
    }

    /// Adds what was not selected, takes away what was.
    pub(crate) fn toggle_node(&mut self, id: &str) {
        if !self.nodes.remove(id) {
            self.nodes.insert(id.to_owned());
        }
    }

    /// Forgets what is not there any more.
    pub(crate) fn keep_to(&mut self, canvas: &Canvas) {
        let has_node = |id: &String| canvas.nodes.iter().any(|node| node.id == *id);
        self.nodes.retain(has_node);
        self.groups.retain(|group| *group < canvas.groups.len());
        self.reroutes.retain(|id| canvas.reroutes.iter().any(|reroute| reroute.id == *id));
        self.link.take_if(|id| !canvas.links.iter().any(|link| link.id == *id));
    }

    /// The nodes' ids, in the order of the file.
    pub(crate) fn node_list(&self, canvas: &Canvas) -> Vec<String> {
        let ids = canvas.nodes.iter().map(|node| &node.id);
        ids.filter(|id| self.nodes.contains(*id)).cloned().collect()
    }
}
