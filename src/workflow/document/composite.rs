//! ComfyUI's nodes that stand for several: subgraphs, which `definitions` holds, and the older group nodes, which
//! `extra.groupNodes` holds. They are named with what is in them; their nodes are not read.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::workflow::sketch::{Composite, CompositeKind};
use crate::workflow::value::shortened;

/// More nodes than these are counted.
const MOST_NAMES: usize = 8;
/// Before the name of a group in the class of its node; older versions wrote the other one.
const GROUP_PREFIXES: [&str; 2] = ["workflow>", "workflow/"];

/// The composites that a file defines.
pub(super) struct Composites<'v> {
    subgraphs: HashMap<&'v str, &'v Value>,
    groups: Option<&'v Map<String, Value>>,
}

impl<'v> Composites<'v> {
    pub fn of(root: &'v Map<String, Value>) -> Self {
        let all = root.get("definitions").and_then(|it| it.get("subgraphs"));
        let all = all.and_then(Value::as_array).into_iter().flatten();
        let subgraphs = all.filter_map(|it| Some((it.get("id")?.as_str()?, it))).collect();
        let groups = root.get("extra").and_then(|it| it.get("groupNodes")?.as_object());
        Self { subgraphs, groups }
    }

    /// What a node of this class stands for, if it is for several nodes.
    pub fn find(&self, class: &str) -> Option<Composite> {
        if let Some(definition) = self.subgraphs.get(class) {
            let name = definition.get("name").and_then(Value::as_str).map(shortened);
            return Some(self.composite(CompositeKind::Subgraph, name, Some(definition)));
        }
        if let Some(name) = GROUP_PREFIXES.iter().find_map(|prefix| class.strip_prefix(prefix)) {
            let definition = self.groups.and_then(|groups| groups.get(name));
            let name = Some(shortened(name));
            return Some(self.composite(CompositeKind::GroupNode, name, definition));
        }
        // The class of a subgraph is an id that ComfyUI makes.
        is_uuid(class).then(|| self.composite(CompositeKind::Subgraph, None, None))
    }

    fn composite(
        &self,
        kind: CompositeKind,
        name: Option<String>,
        definition: Option<&Value>,
    ) -> Composite {
        let nodes = definition.and_then(|it| it.get("nodes")?.as_array());
        let nodes = nodes.map(|nodes| {
            let named = nodes.iter().take(MOST_NAMES).map(|node| self.in_words(node));
            let more = nodes.len().saturating_sub(MOST_NAMES);
            let more = (more > 0).then(|| format!("{more} more"));
            named.chain(more).collect()
        });
        Composite { kind, name, nodes }
    }

    /// An inner node by its id, its class and its title, so that it is found again in ComfyUI.
    fn in_words(&self, node: &Value) -> String {
        let text = |key: &str| node.get(key).and_then(Value::as_str);
        let class = text("type").unwrap_or("without a class");
        let what = match self.subgraphs.get(class) {
            Some(inner) => {
                let name = inner.get("name").and_then(Value::as_str).unwrap_or_default();
                format!("the subgraph {:?}", shortened(name))
            }
            None => shortened(class),
        };
        match text("title").filter(|title| !title.is_empty() && *title != class) {
            Some(title) => format!("{what} ({})", shortened(title)),
            None => what,
        }
    }
}

/// Whether a class is written as 8-4-4-4-12 hexadecimal digits.
fn is_uuid(class: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = class.split('-').collect();
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && is_hex(part))
}
