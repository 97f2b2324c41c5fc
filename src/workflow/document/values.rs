//! What a document gives for the parameters of its nodes.

use std::collections::HashMap;

use serde_json::Value;

use super::Document;
use crate::workflow::registry::Registry;
use crate::workflow::resolve::written;
use crate::workflow::sketch::SketchNode;

impl Document {
    /// What the file gives for each parameter of the node's kind, in the order of the kind, by the node's id:
    /// by name or by position, as [`crate::workflow::check`] reads it, and none where it gives nothing, which
    /// means the default. Nothing is checked. Nodes of unknown kinds are left out.
    pub fn param_values(&self, registry: &Registry) -> HashMap<String, Vec<Option<Value>>> {
        let (sketch, _) = self.sketch();
        let of_node = |node: &SketchNode| {
            let class = registry.find(&node.class)?;
            let value = |index| written(node, class, index).map(|given| given.value.clone());
            Some((node.id.clone(), (0..class.params.len()).map(value).collect()))
        };
        sketch.nodes.iter().filter_map(of_node).collect()
    }
}
