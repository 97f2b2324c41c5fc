//! DNNE's labels: wires without a line.
//!
//! A label whose `labelDirection` is `output` takes a wire in; every label of the same name whose direction is
//! `input` gives out what flows there.

use serde_json::{Value, json};

use super::board::{Board, slots};
use super::change::TreePath;
use super::command::PortRef;
use super::error::EditError;
use super::ports::{name_of, type_of};
use crate::workflow::document::ui::identifier;

const CLASS: &str = "Label";
const SIZE: [f64; 2] = [167.0, 30.0];
/// Between a label and the node that it stands beside [px].
const GAP: f64 = 20.0;
const SLOT_HEIGHT: f64 = 20.0;

/// The name of a label and whether it takes a wire in; none for other nodes.
pub(in crate::workflow::document) fn label_of(node: &Value) -> Option<(&str, bool)> {
    if node.get("type")?.as_str()? != CLASS {
        return None;
    }
    let properties = node.get("properties")?;
    let takes = properties.get("labelDirection")?.as_str()? == "output";
    Some((properties.get("labelName")?.as_str()?, takes))
}

impl Board<'_> {
    /// The ids of all labels of a name that take a wire in, or that give one out.
    fn labels(&self, name: &str, takes: bool) -> Vec<String> {
        let labels = self.nodes().iter().filter(|node| label_of(node) == Some((name, takes)));
        labels.filter_map(|node| node.get("id").and_then(identifier)).collect()
    }

    fn is_taken(&self, name: &str) -> bool {
        self.nodes().iter().any(|node| label_of(node).is_some_and(|(other, _)| other == name))
    }

    pub(super) fn link_to_labels(
        &mut self,
        link: &str,
        name: Option<&str>,
    ) -> Result<(), EditError> {
        let link = self.link(link)?;
        let (from, to) = (self.node(&link.from)?, self.node(&link.to)?);
        let from_slot = self.output(&PortRef::new(link.from.as_str(), link.from_slot))?;
        let to_slot = self.input(&PortRef::new(link.to.as_str(), link.to_slot))?;
        let (name, source) = self.name_for(name, (&link.from, from_slot))?;
        self.remove_link(&link.id);
        let source = match source {
            Some(source) => source,
            None => {
                let [x, y] = self.beside(&from, from_slot, true);
                self.add_label(&name, true, &link.type_name, [x, y])?
            }
        };
        let at = self.beside(&to, to_slot, false);
        let target = self.add_label(&name, false, &link.type_name, at)?;
        self.join((&link.from, from_slot), (&source, 0))?;
        self.join((&target, 0), (&link.to, to_slot)).map(drop)
    }

    /// A name for labels of an output, and the label of that name which takes it already.
    fn name_for(
        &self,
        wanted: Option<&str>,
        (node, slot): (&str, usize),
    ) -> Result<(String, Option<String>), EditError> {
        let source_of = |name: &str| {
            let links = self.links();
            let is_fed = |label: &String| {
                links.iter().any(|link| {
                    link.to == *label && (link.from.as_str(), link.from_slot) == (node, slot)
                })
            };
            self.labels(name, true).into_iter().find(is_fed)
        };
        let usual = || -> Result<String, EditError> {
            let path = self.node(node)?;
            let title =
                ["title", "type"].iter().find_map(|key| self.value(&path.key(key)).as_str());
            let output = slots(self.value(&path), "outputs").nth(slot).map_or("", name_of);
            Ok(format!("{}.{output}", title.unwrap_or(node)))
        };
        let base = match wanted {
            Some(name) => name.to_owned(),
            None => usual()?,
        };
        let numbered = (2..).map(|n: u64| format!("{base} {n}"));
        for name in std::iter::once(base.clone()).chain(numbered) {
            if let Some(source) = source_of(&name) {
                return Ok((name, Some(source)));
            }
            if !self.is_taken(&name) {
                return Ok((name, None));
            }
            if wanted.is_some() {
                return Err(EditError::LabelTaken { name });
            }
        }
        Err(EditError::LabelTaken { name: base })
    }

    /// A place for a label right of a node, or left of it.
    fn beside(&self, node: &TreePath, slot: usize, right: bool) -> [f64; 2] {
        let [x, y] = self.numbers(node, "pos").unwrap_or_default();
        let [width, _] = self.numbers(node, "size").unwrap_or_default();
        let x = if right { x + width + GAP } else { x - SIZE[0] - GAP };
        let y = y + slot as f64 * SLOT_HEIGHT;
        [x, y].map(|x| if x.is_finite() { x } else { 0.0 })
    }

    fn add_label(
        &mut self,
        name: &str,
        takes: bool,
        flows: &str,
        at: [f64; 2],
    ) -> Result<String, EditError> {
        let nodes = self.list(&TreePath::root(), "nodes")?;
        let id = self.next_node_id()?;
        let order = self.nodes().len();
        let at = at.map(super::board::number);
        let size = SIZE.map(super::board::number);
        let (inputs, outputs, direction) = match takes {
            true => (json!([{"name": "", "type": flows, "link": null}]), json!([]), "output"),
            false => (json!([]), json!([{"name": "", "type": flows, "links": []}]), "input"),
        };
        let body = json!({
            "id": id, "type": CLASS, "pos": at, "size": size, "flags": {}, "order": order, "mode": 0,
            "inputs": inputs, "outputs": outputs,
            "properties": {"labelName": name, "labelDirection": direction},
        });
        self.tree.push(&nodes, body);
        self.made.nodes.push(id.to_string());
        Ok(id.to_string())
    }

    pub(super) fn labels_to_links(&mut self, name: &str) -> Result<(), EditError> {
        let (sources, targets) = (self.labels(name, true), self.labels(name, false));
        let links = self.links();
        let Some(feed) = links.iter().find(|link| sources.contains(&link.to)).cloned() else {
            return Err(EditError::UnknownLabel { name: name.to_owned() });
        };
        let fed = links.iter().filter(|link| targets.contains(&link.from));
        let is_label = |id: &String| sources.contains(id) || targets.contains(id);
        let fed: Vec<_> = fed.filter(|link| !is_label(&link.to)).cloned().collect();
        drop(links);
        let labels: Vec<_> = sources.iter().chain(&targets).cloned().collect();
        self.remove_nodes(&labels, false)?;
        for link in fed {
            let output = self.output(&PortRef::new(feed.from.as_str(), feed.from_slot))?;
            let input = self.input(&PortRef::new(link.to.as_str(), link.to_slot))?;
            self.join((&feed.from, output), (&link.to, input))?;
        }
        Ok(())
    }

    pub(super) fn rename_labels(&mut self, name: &str, to: &str) -> Result<(), EditError> {
        if name == to {
            return Ok(());
        }
        if self.is_taken(to) {
            return Err(EditError::LabelTaken { name: to.to_owned() });
        }
        let labels: Vec<_> =
            [true, false].into_iter().flat_map(|takes| self.labels(name, takes)).collect();
        if labels.is_empty() {
            return Err(EditError::UnknownLabel { name: name.to_owned() });
        }
        for label in labels {
            let properties = self.node(&label)?.key("properties");
            self.tree.set(&properties, "labelName", to);
            if self.value(&properties.key("connectedToLabel")).as_str() == Some(name) {
                self.tree.set(&properties, "connectedToLabel", to);
            }
        }
        Ok(())
    }

    /// Writes into a label, where a link has one at an end, what is at the other end, as DNNE does.
    pub(super) fn note_at_labels(&mut self, link: &str) {
        let Ok(link) = self.link(link) else { return };
        let (Ok(from), Ok(to)) = (self.node(&link.from), self.node(&link.to)) else { return };
        let ends = [
            (&to, &from, "outputs", link.from_slot, "source", true),
            (&from, &to, "inputs", link.to_slot, "target", false),
        ];
        for (label, other, key, slot, word, takes) in ends {
            let Some((name, direction)) = label_of(self.value(label)) else { continue };
            if direction != takes {
                continue;
            }
            let name = name.to_owned();
            let port = self.value(&other.key(key).item(slot));
            let (port_name, port_type) = (name_of(port).to_owned(), type_of(port).to_owned());
            let properties = label.key("properties");
            let id = self.id_at(other);
            self.tree.set(&properties, &format!("{word}NodeId"), id);
            self.tree.set(&properties, &format!("{word}SlotIndex"), slot);
            self.tree.set(&properties, &format!("{word}SlotName"), port_name);
            self.tree.set(&properties, &format!("{word}SlotType"), port_type);
            if !takes {
                self.tree.set(&properties, "connectedToLabel", name);
            }
        }
    }
}
