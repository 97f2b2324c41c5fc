//! What a document gives for the parameters of its nodes.

use std::collections::HashMap;

use serde_json::Value;

use super::{Document, Reader, ui};
use crate::workflow::registry::Registry;
use crate::workflow::resolve::written;
use crate::workflow::sketch::SketchNode;

impl Document {
    /// What the file gives for each parameter of the node's kind, in the order of the kind, by the node's id:
    /// by name or by position, as [`crate::workflow::check`] reads it, and none where it gives nothing, which
    /// means the default. Nothing is checked. Nodes of unknown kinds are left out.
    pub fn param_values(&self, registry: &Registry) -> HashMap<String, Vec<Option<Value>>> {
        let (sketch, _) = self.sketch();
        let of_node = |node: &SketchNode| Some((node.id.clone(), values(node, registry)?));
        sketch.nodes.iter().filter_map(of_node).collect()
    }

    /// The same of the node at a position of the list in a file of the UI form, after its id: after changes that lie
    /// in it alone. No values of a node of an unknown kind, and nothing where no node can be read.
    pub fn param_values_of(&self, registry: &Registry, position: usize) -> Option<OfNode> {
        let value = self.root.get("nodes")?.get(position)?;
        let mut reader = Reader { spans: &self.spans, diagnostics: Vec::new() };
        let node = ui::lone_node(value, &mut reader)?;
        let values = values(&node, registry);
        Some((node.id, values))
    }
}

/// A node's id, and what the file gives for each of its parameters.
type OfNode = (String, Option<Vec<Option<Value>>>);

fn values(node: &SketchNode, registry: &Registry) -> Option<Vec<Option<Value>>> {
    let class = registry.find(&node.class)?;
    let value = |index| written(node, class, index).map(|given| given.value.clone());
    Some((0..class.params.len()).map(value).collect())
}
