//! Links: added, removed and reconnected.

use serde_json::{Value, json};

use super::board::{Board, slots};
use super::change::TreePath;
use super::command::PortRef;
use super::error::EditError;
use super::links::Link;
use super::ports::{type_of, types_fit};
use crate::workflow::document::ui::identifier;

impl Board<'_> {
    pub(super) fn connect(&mut self, from: &PortRef, to: &PortRef) -> Result<(), EditError> {
        let from_slot = self.output(from)?;
        let to_slot = self.input(to)?;
        self.join((&from.node, from_slot), (&to.node, to_slot)).map(drop)
    }

    /// Links two slots that are listed, in the place of what fed the input, and gives the link's id.
    pub(super) fn join(
        &mut self,
        (from, from_slot): (&str, usize),
        (to, to_slot): (&str, usize),
    ) -> Result<String, EditError> {
        let feeding = self.feeding(to, to_slot);
        if let [only] = feeding.as_slice()
            && let Ok(link) = self.link(only)
            && (link.from.as_str(), link.from_slot) == (from, from_slot)
        {
            return Ok(link.id);
        }
        feeding.iter().for_each(|link| self.remove_link(link));
        let (from_path, to_path) = (self.node(from)?, self.node(to)?);
        let output = from_path.key("outputs").item(from_slot);
        let input = to_path.key("inputs").item(to_slot);
        let flows = type_of(self.value(&output)).to_owned();
        let id = self.next_link_id()?;
        let ends = [self.id_at(&from_path), self.id_at(&to_path)];
        let value = self.new_link(id, ends, [from_slot, to_slot], &flows);
        let link = Link {
            id: id.to_string(),
            from: from.to_owned(),
            from_slot,
            to: to.to_owned(),
            to_slot,
            type_name: flows,
            index: 0,
        };
        self.push_link(link, value)?;
        self.claim_output(&output, id.into())?;
        self.claim_input(&input, Some(id.into()));
        let id = id.to_string();
        self.made.links.push(id.clone());
        self.note_at_labels(&id);
        Ok(id)
    }

    /// A link in the form that the file's others have.
    fn new_link(&self, id: i64, [from, to]: [Value; 2], slots: [usize; 2], flows: &str) -> Value {
        if self.has_object_links() {
            json!({
                "id": id, "origin_id": from, "origin_slot": slots[0],
                "target_id": to, "target_slot": slots[1], "type": flows,
            })
        } else {
            json!([id, from, slots[0], to, slots[1], flows])
        }
    }

    /// Whether links are objects, as in LiteGraph's form 1.
    pub(super) fn has_object_links(&self) -> bool {
        let root = self.tree.root();
        match root.get("links").and_then(Value::as_array).and_then(|links| links.first()) {
            Some(first) => first.is_object(),
            None => root.get("version").and_then(Value::as_f64) == Some(1.0),
        }
    }

    pub(super) fn disconnect_input(&mut self, input: &PortRef) -> Result<(), EditError> {
        let slot = self.input(input)?;
        self.feeding(&input.node, slot).iter().for_each(|link| self.remove_link(link));
        // It may name a link that is not in the file.
        let input = self.node(&input.node)?.key("inputs").item(slot);
        if !self.value(&input.key("link")).is_null() {
            self.claim_input(&input, None);
        }
        Ok(())
    }

    pub(super) fn disconnect_output(&mut self, output: &PortRef) -> Result<(), EditError> {
        let slot = self.output(output)?;
        let links = self.links_from(&output.node, slot);
        links.iter().for_each(|link| self.remove_link(&link.id));
        Ok(())
    }

    pub(super) fn remove_links(&mut self, links: &[String]) -> Result<(), EditError> {
        for link in links {
            let link = self.link(link)?;
            self.remove_link(&link.id);
        }
        Ok(())
    }

    /// Removes a link and every mention of it.
    pub(super) fn remove_link(&mut self, id: &str) {
        for link in self.drop_link(id) {
            for (node, key) in [(&link.from, "outputs"), (&link.to, "inputs")] {
                if let Ok(node) = self.node(node) {
                    self.unclaim(&node, key, id);
                }
            }
        }
        self.forget_link_at_reroutes(id);
    }

    fn links_from(&self, node: &str, slot: usize) -> Vec<Link> {
        let links = self.links();
        let leaving = links.iter().filter(|link| link.from_slot == slot && link.from == node);
        leaving.cloned().collect()
    }

    pub(super) fn move_output(&mut self, from: &PortRef, to: &PortRef) -> Result<(), EditError> {
        let (from_slot, to_slot) = (self.output(from)?, self.output(to)?);
        if (&from.node, from_slot) == (&to.node, to_slot) {
            return Ok(());
        }
        let old = self.node(&from.node)?;
        let new = self.node(&to.node)?;
        let output = new.key("outputs").item(to_slot);
        for link in self.links_from(&from.node, from_slot) {
            self.unclaim(&old, "outputs", &link.id);
            self.set_link_end(&link, ["origin_id", "origin_slot"], 1, (self.id_at(&new), to_slot));
            let id = self.link_id(&link);
            self.claim_output(&output, id)?;
            self.note_at_labels(&link.id);
        }
        Ok(())
    }

    pub(super) fn move_link(&mut self, link: &str, to: &PortRef) -> Result<(), EditError> {
        let slot = self.input(to)?;
        let link = self.link(link)?;
        if (link.to.as_str(), link.to_slot) == (to.node.as_str(), slot) {
            return Ok(());
        }
        self.feeding(&to.node, slot).iter().for_each(|link| self.remove_link(link));
        // The list is shorter where that removed a link before it.
        let link = self.link(&link.id)?;
        if let Ok(old) = self.node(&link.to) {
            self.unclaim(&old, "inputs", &link.id);
        }
        let new = self.node(&to.node)?;
        self.set_link_end(&link, ["target_id", "target_slot"], 3, (self.id_at(&new), slot));
        let id = self.link_id(&link);
        self.claim_input(&new.key("inputs").item(slot), Some(id));
        self.note_at_labels(&link.id);
        Ok(())
    }

    /// Sets node and slot of one end, in a list at `position`, in an object under `keys`.
    fn set_link_end(
        &mut self,
        link: &Link,
        keys: [&str; 2],
        position: usize,
        (node, slot): (Value, usize),
    ) {
        if let Some(id) = identifier(&node) {
            let is_input = position == 3;
            self.change_links(|links| {
                if let Some(link) = links.iter_mut().find(|other| other.index == link.index) {
                    match is_input {
                        true => (link.to, link.to_slot) = (id, slot),
                        false => (link.from, link.from_slot) = (id, slot),
                    }
                }
            });
        }
        let path = TreePath::root().key("links").item(link.index);
        if self.value(&path).is_object() {
            self.tree.set(&path, keys[0], node);
            self.tree.set(&path, keys[1], slot);
        } else {
            self.tree.set_item(&path, position, node);
            self.tree.set_item(&path, position + 1, slot);
        }
    }

    /// The id of a link as the file writes it.
    pub(super) fn link_id(&self, link: &Link) -> Value {
        match self.value(&TreePath::root().key("links").item(link.index)) {
            Value::Array(parts) => parts.first().cloned().unwrap_or_default(),
            other => other.get("id").cloned().unwrap_or_default(),
        }
    }

    /// Sets the slots that links say after an input was taken away: those behind it are one further ahead.
    pub(super) fn close_gap(&mut self, node: &TreePath, removed: usize) {
        let claimed: Vec<_> = slots(self.value(node), "inputs")
            .enumerate()
            .skip(removed)
            .filter_map(|(slot, input)| Some((slot, input.get("link").and_then(identifier)?)))
            .collect();
        let id = self.id_at(node);
        for (slot, link) in claimed {
            if let Ok(link) = self.link(&link)
                && identifier(&id).as_deref() == Some(&link.to)
            {
                self.set_link_end(&link, ["target_id", "target_slot"], 3, (id.clone(), slot));
            }
        }
    }

    /// Leads a link through a node: it ends there, and a new one leads on to where it ended.
    pub(super) fn insert_into(&mut self, link: &str, node: &str) -> Result<(), EditError> {
        let link = self.link(link)?;
        if node == link.from || node == link.to {
            return Err(EditError::DoesNotSuit { node: node.to_owned() });
        }
        let path = self.node(node)?;
        let wanted = match self.node(&link.to) {
            Ok(to) => type_of(self.value(&to.key("inputs").item(link.to_slot))).to_owned(),
            Err(_) => link.type_name.clone(),
        };
        let suits = |types: &dyn Fn(&str) -> bool, key: &str, free: bool| {
            let is_free = |slot: &Value| slot.get("link").is_none_or(Value::is_null);
            let is_param = |slot: &Value| slot.get("widget").is_some();
            slots(self.value(&path), key).position(|slot| {
                types(type_of(slot)) && !is_param(slot) && (!free || is_free(slot))
            })
        };
        let takes = |to: &str| types_fit(&link.type_name, to);
        let input = suits(&takes, "inputs", true).or_else(|| suits(&takes, "inputs", false));
        let output = suits(&|from| types_fit(from, &wanted), "outputs", false);
        let (Some(input), Some(output)) = (input, output) else {
            return Err(EditError::DoesNotSuit { node: node.to_owned() });
        };
        self.move_link(&link.id, &PortRef::new(node, input))?;
        self.join((node, output), (&link.to, link.to_slot)).map(drop)
    }
}
