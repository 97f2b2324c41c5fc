//! A part of a workflow, as it is copied to the clipboard.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::error::EditError;
use super::links::links_of;
use crate::workflow::document::{Document, Form, ui};

/// Nodes, the links between them and into them, and groups.
///
/// As text it is JSON with `nodes`, `links` and `groups` as in the UI form, which ComfyUI's clipboard text has
/// too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fragment {
    pub(super) nodes: Vec<Map<String, Value>>,
    pub(super) links: Vec<Value>,
    pub(super) groups: Vec<Map<String, Value>>,
}

impl Fragment {
    /// Copies nodes by their ids, and groups by their positions. Ids that are not there are left out.
    ///
    /// # Errors
    /// [`EditError::ApiForm`].
    pub fn copy(
        document: &Document,
        nodes: &[String],
        groups: &[usize],
    ) -> Result<Self, EditError> {
        if document.form() != Form::Ui {
            return Err(EditError::ApiForm);
        }
        Ok(Self::of(document.root(), nodes, groups))
    }

    /// As [`copy`](Self::copy), of the tree of a document in the UI form.
    pub(super) fn of(root: &Map<String, Value>, nodes: &[String], groups: &[usize]) -> Self {
        let wanted: HashSet<&str> = nodes.iter().map(String::as_str).collect();
        let is_wanted = |id: &str| wanted.contains(id);
        let list = |key: &str| root.get(key).and_then(Value::as_array).into_iter().flatten();
        let mut seen = HashSet::new();
        let mut copied = Self::default();
        for node in list("nodes").filter_map(Value::as_object) {
            let id = node.get("id").and_then(ui::identifier);
            if id.is_some_and(|id| is_wanted(&id) && seen.insert(id)) {
                copied.nodes.push(node.clone());
            }
        }
        let links = links_of(root).into_iter().filter(|link| is_wanted(&link.to));
        copied.links = links.map(|link| link.to_list()).collect();
        let all = list("groups").enumerate().filter(|(i, _)| groups.contains(i));
        copied.groups = all.filter_map(|(_, group)| group.as_object().cloned()).collect();
        copied
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.groups.is_empty()
    }

    /// The text for the clipboard.
    pub fn to_json(&self) -> String {
        json!({"nodes": self.nodes, "links": self.links, "groups": self.groups}).to_string()
    }

    /// Reads what the clipboard holds, which may be anything.
    ///
    /// # Errors
    /// [`EditError::BadFragment`] where it holds no nodes and no groups.
    pub fn parse(text: &str) -> Result<Self, EditError> {
        let bad = |reason: &str| EditError::BadFragment { reason: reason.to_owned() };
        let value: Value = serde_json::from_str(text).map_err(|_| bad("it is no JSON"))?;
        let objects = |key: &str| -> Result<Vec<Map<String, Value>>, EditError> {
            let items = value.get(key).and_then(Value::as_array).into_iter().flatten();
            let items = items.map(|item| item.as_object().cloned());
            items
                .collect::<Option<_>>()
                .ok_or_else(|| bad("one of its nodes or groups is no object"))
        };
        let (nodes, groups) = (objects("nodes")?, objects("groups")?);
        let links = value.get("links").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut ids = HashSet::new();
        for node in &nodes {
            let Some(id) = node.get("id").and_then(ui::identifier) else {
                return Err(bad("one of its nodes has no id"));
            };
            if !ids.insert(id) {
                return Err(bad("two of its nodes have the same id"));
            }
            if !node.get("type").is_some_and(Value::is_string) {
                return Err(bad("one of its nodes has no type"));
            }
        }
        let fragment = Self { nodes, links, groups };
        match fragment.is_empty() {
            true => Err(bad("it holds no nodes and no groups")),
            false => Ok(fragment),
        }
    }
}
