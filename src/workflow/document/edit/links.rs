//! The links of a document that is being edited.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::board::{Board, id_value, slots};
use super::change::TreePath;
use super::error::EditError;
use crate::workflow::document::ui::{RawLink, identifier, is_id, raw_link};

/// A link of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::workflow::document) struct Link {
    pub(in crate::workflow::document) id: String,
    pub(in crate::workflow::document) from: String,
    pub(in crate::workflow::document) from_slot: usize,
    pub(in crate::workflow::document) to: String,
    pub(in crate::workflow::document) to_slot: usize,
    pub(in crate::workflow::document) type_name: String,
    /// Its position in the list of links.
    pub(in crate::workflow::document) index: usize,
}

impl Link {
    fn new(link: RawLink, index: usize) -> Self {
        let type_name = link.type_name.unwrap_or_else(|| "*".to_owned());
        let ((from, from_slot), (to, to_slot)) = (link.from, link.to);
        Self { id: link.id, from, from_slot, to, to_slot, type_name, index }
    }

    /// As `[id, from, slot, to, slot, type]`.
    pub(super) fn to_list(&self) -> Value {
        let id = |text: &str| id_value(text);
        Value::from(vec![
            id(&self.id),
            id(&self.from),
            Value::from(self.from_slot),
            id(&self.to),
            Value::from(self.to_slot),
            Value::from(self.type_name.as_str()),
        ])
    }
}

/// All links that can be read, each with the slots that its nodes claim it at, as the reader finds them.
pub(in crate::workflow::document) fn links_of(root: &Map<String, Value>) -> Vec<Link> {
    let items = root.get("links").and_then(Value::as_array);
    let items = items.into_iter().flatten().enumerate();
    let links = items.filter_map(|(index, item)| Some(Link::new(raw_link(item)?, index)));
    let mut links: Vec<_> = links.collect();
    // Of links with one id the first counts.
    let mut index_of = HashMap::new();
    for (position, link) in links.iter().enumerate() {
        index_of.entry(link.id.clone()).or_insert(position);
    }
    let mut claimed = HashSet::new();
    let nodes = root.get("nodes").and_then(Value::as_array);
    for node in nodes.into_iter().flatten() {
        let Some(id) = node.get("id").and_then(identifier) else { continue };
        for is_input in [true, false] {
            for (slot, value) in
                slots(node, if is_input { "inputs" } else { "outputs" }).enumerate()
            {
                for position in claimed_by(value).filter_map(|claim| index_of.get(&claim).copied())
                {
                    let link = &mut links[position];
                    let (end, at) = match is_input {
                        true => (&link.to, &mut link.to_slot),
                        false => (&link.from, &mut link.from_slot),
                    };
                    if *end == id && claimed.insert((position, is_input)) {
                        *at = slot;
                    }
                }
            }
        }
    }
    links
}

/// The links that an input or output names.
fn claimed_by(slot: &Value) -> impl Iterator<Item = String> {
    let listed = slot.get("links").and_then(Value::as_array);
    slot.get("link").into_iter().chain(listed.into_iter().flatten()).filter_map(identifier)
}

/// Whether an input or output names the link.
pub(super) fn claims(slot: &Value, link: &str) -> bool {
    let listed = slot.get("links").and_then(Value::as_array);
    slot.get("link").into_iter().chain(listed.into_iter().flatten()).any(|claim| is_id(claim, link))
}

impl Board<'_> {
    /// All links that can be read, in the order of the file.
    pub(super) fn links(&self) -> Rc<Vec<Link>> {
        let mut read = self.links_read.borrow_mut();
        read.get_or_insert_with(|| Rc::new(links_of(self.tree.root()))).clone()
    }

    pub(super) fn link(&self, id: &str) -> Result<Link, EditError> {
        let links = self.links();
        let found = links.iter().find(|link| link.id == id);
        found.cloned().ok_or_else(|| EditError::UnknownLink { link: id.to_owned() })
    }

    /// A new id for a link.
    pub(super) fn next_link_id(&mut self) -> Result<i64, EditError> {
        let links = self.links();
        let used = links.iter().filter_map(|link| link.id.parse::<i64>().ok()).max();
        self.next_id(used.unwrap_or(0).max(0), "last_link_id", "lastLinkId")
    }

    /// Puts a link into the file's list, which ports do not yet name.
    pub(super) fn push_link(&mut self, mut link: Link, value: Value) -> Result<(), EditError> {
        let list = self.list(&TreePath::root(), "links")?;
        link.index = self.tree.push(&list, value);
        self.change_links(|links| links.push(link));
        Ok(())
    }

    /// Takes all links of an id out of the file's list.
    pub(super) fn drop_link(&mut self, id: &str) -> Vec<Link> {
        let links = self.links();
        let gone: Vec<_> = links.iter().filter(|link| link.id == id).cloned().collect();
        drop(links);
        // From behind, so that the positions of the others hold.
        for link in gone.iter().rev() {
            self.tree.remove_item(&TreePath::root().key("links"), link.index);
            self.change_links(|links| {
                links.retain(|other| other.index != link.index);
                let behind = links.iter_mut().filter(|other| other.index > link.index);
                behind.for_each(|other| other.index -= 1);
            });
        }
        gone
    }

    /// Keeps what was read of the links as they are in the file.
    pub(super) fn change_links(&mut self, change: impl FnOnce(&mut Vec<Link>)) {
        if let Some(links) = self.links_read.get_mut() {
            change(Rc::make_mut(links));
        }
    }

    /// Has the links read anew, where it is not simple to say how they changed.
    pub(super) fn forget_links(&mut self) {
        *self.links_read.get_mut() = None;
    }
}
