//! Removing nodes, with a bridge over the gap.

use std::collections::HashSet;

use super::board::{Board, slots};
use super::change::{TreePath, TreeStep};
use super::error::EditError;
use super::ports::{type_of, types_fit};

/// A link to be made in the place of two that met in a node.
struct Bridge {
    from: (String, usize),
    to: (String, usize),
}

impl Board<'_> {
    pub(super) fn remove_nodes(&mut self, nodes: &[String], bridge: bool) -> Result<(), EditError> {
        // One that is not there spoils the edit before anything is done.
        nodes.iter().try_for_each(|id| self.node(id).map(drop))?;
        for id in nodes {
            // An id that is named twice is gone the second time.
            let Ok(node) = self.node(id) else { continue };
            let bridges = if bridge { self.bridges(id, &node) } else { Vec::new() };
            self.remove_node(id, &node);
            for Bridge { from, to } in bridges {
                self.join((&from.0, from.1), (&to.0, to.1))?;
            }
        }
        self.made.links.retain({
            let links = self.links();
            let left: HashSet<_> = links.iter().map(|link| link.id.clone()).collect();
            move |id| left.contains(id)
        });
        Ok(())
    }

    fn remove_node(&mut self, id: &str, node: &TreePath) {
        let links = self.links();
        let touching = links.iter().filter(|link| link.from == id || link.to == id);
        let touching: Vec<_> = touching.map(|link| link.id.clone()).collect();
        drop(links);
        touching.iter().for_each(|link| self.remove_link(link));
        if let [.., TreeStep::Item(index)] = node.steps() {
            self.tree.remove_item(&TreePath::root().key("nodes"), *index);
        }
        // Another node of the same id now counts, with what it says of the links.
        if self.node(id).is_ok() {
            self.forget_links();
        }
    }

    /// For each link from the node the first of its inputs whose source may feed what the link feeds.
    fn bridges(&self, id: &str, node: &TreePath) -> Vec<Bridge> {
        let links = self.links();
        let mut into: Vec<_> =
            links.iter().filter(|link| link.to == id && link.from != id).collect();
        into.sort_by_key(|link| link.to_slot);
        into.retain(|link| {
            let input = slots(self.value(node), "inputs").nth(link.to_slot);
            input.is_none_or(|input| input.get("widget").is_none())
        });
        let type_at = |node: &str, key: &str, slot: usize| -> Option<String> {
            let node = self.node(node).ok()?;
            slots(self.value(&node), key).nth(slot).map(|slot| type_of(slot).to_owned())
        };
        let mut bridges = Vec::new();
        for out in links.iter().filter(|link| link.from == id && link.to != id) {
            let Some(wanted) = type_at(&out.to, "inputs", out.to_slot) else { continue };
            let source = |exactly: bool| {
                into.iter().find(|link| {
                    let Some(flows) = type_at(&link.from, "outputs", link.from_slot) else {
                        return false;
                    };
                    if exactly { flows == wanted } else { types_fit(&flows, &wanted) }
                })
            };
            if let Some(link) = source(true).or_else(|| source(false)) {
                let from = (link.from.clone(), link.from_slot);
                bridges.push(Bridge { from, to: (out.to.clone(), out.to_slot) });
            }
        }
        bridges
    }
}
