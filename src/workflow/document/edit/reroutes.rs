//! Reroutes: points at which links bend.
//!
//! A link names the reroute nearest to its input, and each reroute the one before it, towards the output; links
//! that leave an output together share the reroutes that they have in common. LiteGraph 0.4 keeps them in
//! `extra.reroutes` and `extra.linkExtensions`, its form 1 in `reroutes` and at the links.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::board::{Board, finite, id_value, largest, number, read_numbers};
use super::change::TreePath;
use super::error::EditError;
use crate::workflow::document::ui::identifier;

/// Where a document keeps its reroutes.
pub(in crate::workflow::document) fn reroutes_of(
    root: &Map<String, Value>,
) -> (TreePath, &[Value]) {
    let list = |value: Option<&'_ Value>| value.is_some_and(Value::is_array);
    let extra = root.get("extra");
    let in_extra = extra.and_then(|extra| extra.get("reroutes"));
    let is_form_1 = list(root.get("reroutes"))
        || !list(in_extra) && root.get("version").and_then(Value::as_f64) == Some(1.0);
    let (path, value) = match is_form_1 {
        true => (TreePath::root().key("reroutes"), root.get("reroutes")),
        false => (TreePath::root().key("extra").key("reroutes"), in_extra),
    };
    (path, value.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// The reroutes of a link, from output to input, given the one nearest to the input.
pub(in crate::workflow::document) fn chain(
    reroutes: &[Value],
    nearest: Option<String>,
) -> Vec<String> {
    let mut chain = Vec::new();
    let mut seen = HashSet::new();
    let mut next = nearest;
    while let Some(id) = next {
        let Some(reroute) = reroutes.iter().find(|r| id_of(r).as_deref() == Some(&id)) else {
            break;
        };
        // A file may hold a circle.
        if !seen.insert(id.clone()) {
            break;
        }
        next = reroute.get("parentId").and_then(identifier);
        chain.push(id);
    }
    chain.reverse();
    chain
}

/// The reroute nearest to the input of a link.
pub(in crate::workflow::document) fn nearest_reroute(
    root: &Map<String, Value>,
    link: &Value,
    id: &str,
) -> Option<String> {
    if let Some(at_link) = link.get("parentId") {
        return identifier(at_link);
    }
    let extensions = root.get("extra")?.get("linkExtensions")?.as_array()?;
    let extension = extensions.iter().find(|e| id_of(e).as_deref() == Some(id))?;
    extension.get("parentId").and_then(identifier)
}

fn id_of(value: &Value) -> Option<String> {
    value.get("id").and_then(identifier)
}

impl Board<'_> {
    fn reroutes(&self) -> (TreePath, &[Value]) {
        reroutes_of(self.tree.root())
    }

    fn reroute(&self, id: &str) -> Result<TreePath, EditError> {
        let (path, reroutes) = self.reroutes();
        match reroutes.iter().position(|reroute| id_of(reroute).as_deref() == Some(id)) {
            Some(index) => Ok(path.item(index)),
            None => Err(EditError::UnknownReroute { reroute: id.to_owned() }),
        }
    }

    /// All reroutes with a place.
    pub(super) fn reroutes_at(&self) -> Vec<(String, [f64; 2])> {
        let (_, reroutes) = self.reroutes();
        let at = |reroute: &Value| read_numbers(reroute.get("pos")?);
        reroutes.iter().filter_map(|reroute| Some((id_of(reroute)?, at(reroute)?))).collect()
    }

    fn nearest(&self, link: &str) -> Option<String> {
        let index = self.link(link).ok()?.index;
        let value = self.value(&TreePath::root().key("links").item(index));
        nearest_reroute(self.tree.root(), value, link)
    }

    pub(super) fn add_reroute(
        &mut self,
        link: &str,
        position: usize,
        at: [f64; 2],
    ) -> Result<(), EditError> {
        finite("the place of the reroute", &at)?;
        let link = self.link(link)?;
        let chain = chain(self.reroutes().1, self.nearest(&link.id));
        let position = position.min(chain.len());
        let (path, reroutes) = self.reroutes();
        let used = largest(reroutes.iter().filter_map(|reroute| reroute.get("id")));
        let holder = match path.steps().len() {
            1 => TreePath::root(),
            _ => self.object(&TreePath::root(), "extra")?,
        };
        let list = self.list(&holder, "reroutes")?;
        let id = self.next_id(used, "last_reroute_id", "lastRerouteId")?;
        let mut body = Map::new();
        body.insert("id".into(), id.into());
        if let Some(before) = position.checked_sub(1) {
            body.insert("parentId".into(), id_value(&chain[before]));
        }
        body.insert("pos".into(), at.map(number).to_vec().into());
        let links = match chain.get(position) {
            // It bends all links that the next one bends.
            Some(next) => self.value(&self.reroute(next)?.key("linkIds")).clone(),
            None => Value::from(vec![self.link_id(&link)]),
        };
        body.insert("linkIds".into(), links);
        match chain.get(position) {
            Some(next) => {
                let next = self.reroute(next)?;
                self.tree.set(&next, "parentId", id);
            }
            None => self.set_nearest(&link.id, Some(id.into()))?,
        }
        self.tree.push(&list, body);
        self.made.reroutes.push(id.to_string());
        Ok(())
    }

    /// Names the reroute nearest to the input of a link, or none.
    fn set_nearest(&mut self, link: &str, reroute: Option<Value>) -> Result<(), EditError> {
        let found = self.link(link)?;
        let path = TreePath::root().key("links").item(found.index);
        if self.value(&path).is_object() {
            match reroute {
                Some(reroute) => self.tree.set(&path, "parentId", reroute),
                None => self.tree.remove(&path, "parentId"),
            }
            return Ok(());
        }
        let extra = self.object(&TreePath::root(), "extra")?;
        let list = self.list(&extra, "linkExtensions")?;
        let extensions = self.value(&list).as_array().map_or(&[][..], Vec::as_slice);
        let index = extensions.iter().position(|e| id_of(e).as_deref() == Some(link));
        match (index, reroute) {
            (Some(index), Some(reroute)) => self.tree.set(&list.item(index), "parentId", reroute),
            (Some(index), None) => self.tree.remove_item(&list, index),
            (None, Some(reroute)) => {
                let mut body = Map::new();
                body.insert("id".into(), self.link_id(&found));
                body.insert("parentId".into(), reroute);
                self.tree.push(&list, body);
            }
            (None, None) => {}
        }
        Ok(())
    }

    pub(super) fn move_reroute(&mut self, id: &str, to: [f64; 2]) -> Result<(), EditError> {
        finite("the place of the reroute", &to)?;
        let reroute = self.reroute(id)?;
        self.set_numbers(&reroute, "pos", &to);
        Ok(())
    }

    /// Removes a reroute; what named it names the one before it.
    pub(super) fn remove_reroute(&mut self, id: &str) -> Result<(), EditError> {
        let path = self.reroute(id)?;
        let parent = self.tree.get(&path.key("parentId")).cloned();
        // One that is its own parent has none.
        let parent = parent.filter(|p| identifier(p).is_some_and(|parent| parent != id));
        let (list, reroutes) = self.reroutes();
        let is_child =
            |value: &Value| value.get("parentId").and_then(identifier).as_deref() == Some(id);
        let children = reroutes.iter().enumerate().filter(|(_, reroute)| is_child(reroute));
        for index in children.map(|(index, _)| index).collect::<Vec<_>>() {
            match &parent {
                Some(parent) => self.tree.set(&list.item(index), "parentId", parent.clone()),
                None => self.tree.remove(&list.item(index), "parentId"),
            }
        }
        for link in self.links().iter() {
            if self.nearest(&link.id).as_deref() == Some(id) {
                self.set_nearest(&link.id, parent.clone())?;
            }
        }
        let path = self.reroute(id)?;
        if let [.., super::change::TreeStep::Item(index)] = path.steps() {
            self.tree.remove_item(&list, *index);
        }
        Ok(())
    }

    /// Takes a link that is gone from all reroutes; those that bend no other go too.
    pub(super) fn forget_link_at_reroutes(&mut self, link: &str) {
        let extensions = TreePath::root().key("extra").key("linkExtensions");
        let is_it = |value: &Value| id_of(value).as_deref() == Some(link);
        while let Some(index) =
            self.value(&extensions).as_array().and_then(|e| e.iter().position(is_it))
        {
            self.tree.remove_item(&extensions, index);
        }
        let names = |value: &Value| identifier(value).as_deref() == Some(link);
        let ids: Vec<_> = self.reroutes().1.iter().filter_map(id_of).collect();
        for id in ids {
            let Ok(path) = self.reroute(&id) else { continue };
            let links = path.key("linkIds");
            let position = |board: &Self| board.value(&links).as_array()?.iter().position(names);
            let mut is_named = false;
            while let Some(index) = position(self) {
                self.tree.remove_item(&links, index);
                is_named = true;
            }
            let is_empty = self.value(&links).as_array().is_some_and(Vec::is_empty);
            // A floating one ends a wire that hangs in the air, on purpose.
            if is_named && is_empty && self.value(&path.key("floating")).is_null() {
                // It is there: it was found a moment ago.
                let _ = self.remove_reroute(&id);
            }
        }
    }
}
