//! The changes of one gesture, such as one drag of the mouse, as one step.

use std::collections::{HashMap, HashSet};

use super::change::{DocumentChange, TreePath};

/// Changes that are to be one step. A value that is set again and again is one change.
#[derive(Debug, Clone)]
pub(super) struct Gesture {
    name: &'static str,
    /// None where a value is back at what it was.
    changes: Vec<Option<DocumentChange>>,
    /// Which change set a value, of those that may be joined with the next.
    set_by: HashMap<TreePath, usize>,
    /// Where the values stand that those lie in.
    around: HashSet<TreePath>,
}

impl Gesture {
    pub(super) fn new(name: &'static str) -> Self {
        let (set_by, around) = (HashMap::new(), HashSet::new());
        Self { name, changes: Vec::new(), set_by, around }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it left anything other than it was.
    pub(super) fn has_changes(&self) -> bool {
        self.changes.iter().any(Option::is_some)
    }

    /// What it is called and what it changed, in order.
    pub(super) fn finish(self) -> (&'static str, Vec<DocumentChange>) {
        (self.name, self.changes.into_iter().flatten().collect())
    }

    pub(super) fn add(&mut self, change: DocumentChange) {
        let path = change.path();
        let overlaps = || {
            self.around.contains(&path) || path.around().any(|path| self.set_by.contains_key(&path))
        };
        // Behind a change that moves other values, or sets one around this one or in it, the order counts.
        if !change.only_sets() || overlaps() {
            self.set_by.clear();
            self.around.clear();
        }
        if !change.only_sets() {
            self.changes.push(Some(change));
            return;
        }
        match self.set_by.get(&path) {
            Some(&at) => {
                let joined = &mut self.changes[at];
                match joined {
                    Some(before) if before.old == change.new => *joined = None,
                    Some(before) => before.new = change.new,
                    None => *joined = Some(change),
                }
            }
            None => {
                self.around.extend(path.around());
                self.set_by.insert(path, self.changes.len());
                self.changes.push(Some(change));
            }
        }
    }
}
