//! Pasting and duplicating.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::board::{Board, finite, id_value, number, read_numbers};
use super::change::TreePath;
use super::command::PortRef;
use super::error::EditError;
use super::fragment::Fragment;
use crate::workflow::document::ui::{RawLink, identifier, raw_link};

/// What a label says about the nodes at the ends of its wire.
const ENDS: [&str; 2] = ["sourceNodeId", "targetNodeId"];

impl Board<'_> {
    pub(super) fn paste(
        &mut self,
        fragment: &Fragment,
        at: [f64; 2],
        connections: bool,
    ) -> Result<(), EditError> {
        finite("the place to paste at", &at)?;
        let corner = corner(fragment);
        self.paste_moved(fragment, [at[0] - corner[0], at[1] - corner[1]], connections)
    }

    pub(super) fn duplicate(
        &mut self,
        nodes: &[String],
        by: [f64; 2],
        connections: bool,
    ) -> Result<(), EditError> {
        finite("the way of the copies", &by)?;
        nodes.iter().try_for_each(|id| self.node(id).map(drop))?;
        let fragment = Fragment::of(self.tree.root(), nodes, &[]);
        self.paste_moved(&fragment, by, connections)
    }

    fn paste_moved(
        &mut self,
        fragment: &Fragment,
        by: [f64; 2],
        connections: bool,
    ) -> Result<(), EditError> {
        let list = self.list(&TreePath::root(), "nodes")?;
        // What fed the copies is linked by the ids of this document, so it is found before new ones come.
        let here: HashSet<String> =
            self.nodes().iter().filter_map(|node| node.get("id").and_then(identifier)).collect();
        let mut new_ids = HashMap::new();
        for node in &fragment.nodes {
            let id = self.next_node_id()?;
            if let Some(old) = node.get("id").and_then(identifier) {
                new_ids.insert(old, id.to_string());
            }
            let order = self.nodes().len();
            self.tree.push(&list, unlinked(node, id, order, by));
            self.made.nodes.push(id.to_string());
        }
        for id in new_ids.values() {
            self.rename_ends(id, &new_ids)?;
        }
        let links: Vec<RawLink> = fragment.links.iter().filter_map(raw_link).collect();
        for link in links {
            let Some(to) = new_ids.get(&link.to.0) else { continue };
            let from = match new_ids.get(&link.from.0) {
                Some(from) => from,
                None if connections && here.contains(&link.from.0) => &link.from.0,
                None => continue,
            };
            let (from, to) =
                (PortRef::new(from.as_str(), link.from.1), PortRef::new(to.as_str(), link.to.1));
            // A link to a slot that neither file nor kind knows is no link.
            let (Ok(from_slot), Ok(to_slot)) = (self.output(&from), self.input(&to)) else {
                continue;
            };
            self.join((&from.node, from_slot), (&to.node, to_slot))?;
        }
        self.paste_groups(&fragment.groups, by)
    }

    fn paste_groups(
        &mut self,
        groups: &[Map<String, Value>],
        by: [f64; 2],
    ) -> Result<(), EditError> {
        for group in groups {
            let list = self.list(&TreePath::root(), "groups")?;
            let mut group = group.clone();
            match self.next_group_id()? {
                Some(id) => drop(group.insert("id".into(), id.into())),
                None => drop(group.shift_remove("id")),
            }
            shift(&mut group, "bounding", by);
            let position = self.tree.push(&list, group);
            self.made.groups.push(position);
        }
        Ok(())
    }

    /// What a pasted label says about nodes that were pasted with it.
    fn rename_ends(
        &mut self,
        id: &str,
        new_ids: &HashMap<String, String>,
    ) -> Result<(), EditError> {
        let properties = self.node(id)?.key("properties");
        for key in ENDS {
            let old = self.tree.get(&properties.key(key)).and_then(identifier);
            if let Some(new) = old.and_then(|old| new_ids.get(&old)) {
                self.tree.set(&properties, key, id_value(new));
            }
        }
        Ok(())
    }
}

/// The upper left corner of all that is to be pasted.
fn corner(fragment: &Fragment) -> [f64; 2] {
    let nodes = fragment.nodes.iter().filter_map(|node| node.get("pos"));
    let groups = fragment.groups.iter().filter_map(|group| group.get("bounding"));
    let corners: Vec<[f64; 2]> = nodes.chain(groups).filter_map(read_numbers).collect();
    let least = |axis: usize| corners.iter().map(|at| at[axis]).reduce(f64::min).unwrap_or(0.0);
    [least(0), least(1)]
}

/// A copy of a node under a new id, moved, whose ports name no links.
fn unlinked(node: &Map<String, Value>, id: i64, order: usize, by: [f64; 2]) -> Map<String, Value> {
    let mut node = node.clone();
    node.insert("id".into(), id.into());
    if node.contains_key("order") {
        node.insert("order".into(), order.into());
    }
    shift(&mut node, "pos", by);
    for key in ["inputs", "outputs"] {
        let slots = node.get_mut(key).and_then(Value::as_array_mut);
        for slot in slots.into_iter().flatten().filter_map(Value::as_object_mut) {
            if let Some(link) = slot.get_mut("link") {
                *link = Value::Null;
            }
            if let Some(links) = slot.get_mut("links") {
                *links = Value::Array(Vec::new());
            }
        }
    }
    node
}

/// Moves a place or a rectangle, where there is one.
fn shift(body: &mut Map<String, Value>, key: &str, by: [f64; 2]) {
    let Some(value) = body.get_mut(key) else { return };
    let Some(at) = read_numbers::<2>(value) else { return };
    for axis in 0..2 {
        let moved = at[axis] + by[axis];
        if !moved.is_finite() {
            continue;
        }
        match value {
            Value::Array(items) => items[axis] = number(moved),
            Value::Object(members) => drop(members.insert(axis.to_string(), number(moved))),
            _ => {}
        }
    }
}
