//! Adding nodes, and what concerns a node alone.

use serde_json::{Map, Value, json};

use super::board::{Board, finite, number};
use super::change::TreePath;
use super::command::{NodeMode, NodeToAdd};
use super::error::EditError;
use super::ports::{input_slot, output_slot};
use crate::workflow::schema::{NodeSchema, PortSchema};

/// How many inputs of a family a new node shows; more come as they are connected.
const FAMILY: usize = 3;

impl Board<'_> {
    /// Adds a node and gives its id.
    pub(super) fn add_node(&mut self, new: &NodeToAdd) -> Result<String, EditError> {
        finite("the place of the node", &new.at)?;
        let schema = self.registry.find(&new.class).ok_or_else(|| {
            let near = self.registry.nearest(&new.class);
            let near = near.map(|near| format!("did you mean {near:?}?"));
            let remedy = near.unwrap_or_else(|| "`dnne nodes` lists them".to_owned());
            EditError::UnknownClass { class: new.class.clone(), remedy }
        })?;
        let size = new.size.unwrap_or_else(|| usual_size(schema));
        finite("the size of the node", &size)?;
        let form = self.widget_form();
        let nodes = self.list(&TreePath::root(), "nodes")?;
        let id = self.next_node_id()?;
        let mut body = Map::new();
        body.insert("id".into(), id.into());
        body.insert("type".into(), schema.class_type.into());
        if let Some(title) = &new.title {
            body.insert("title".into(), title.as_str().into());
        }
        body.insert("pos".into(), new.at.map(number).to_vec().into());
        body.insert("size".into(), size.map(number).to_vec().into());
        body.insert("flags".into(), Map::new().into());
        body.insert("order".into(), self.nodes().len().into());
        body.insert("mode".into(), 0.into());
        body.insert("inputs".into(), new_inputs(schema).into());
        let outputs: Vec<_> = schema.outputs.iter().map(output_slot).collect();
        body.insert("outputs".into(), outputs.into());
        body.insert("properties".into(), json!({"Node name for S&R": schema.class_type}));
        form.write_defaults(schema, &mut body);
        self.tree.push(&nodes, body);
        let id = id.to_string();
        for (param, value) in &new.params {
            self.set_param(&id, param, value)?;
        }
        self.made.nodes.push(id.clone());
        Ok(id)
    }

    pub(super) fn move_nodes(&mut self, to: &[(String, [f64; 2])]) -> Result<(), EditError> {
        for (id, at) in to {
            finite("the place of the node", at)?;
            let node = self.node(id)?;
            self.set_numbers(&node, "pos", at);
        }
        Ok(())
    }

    pub(super) fn resize_node(&mut self, id: &str, size: [f64; 2]) -> Result<(), EditError> {
        finite("the size of the node", &size)?;
        let node = self.node(id)?;
        self.set_numbers(&node, "size", &size.map(|side| side.max(0.0)));
        Ok(())
    }

    pub(super) fn set_flag(
        &mut self,
        nodes: &[String],
        flag: &str,
        on: bool,
    ) -> Result<(), EditError> {
        for id in nodes {
            let node = self.node(id)?;
            match on {
                true => {
                    let flags = self.object(&node, "flags")?;
                    self.tree.set(&flags, flag, true);
                }
                false => self.tree.remove(&node.key("flags"), flag),
            }
        }
        Ok(())
    }

    pub(super) fn rename_node(&mut self, id: &str, title: &str) -> Result<(), EditError> {
        let node = self.node(id)?;
        self.set_or_remove(&node, "title", Some(title).filter(|title| !title.is_empty()));
        Ok(())
    }

    pub(super) fn colour_nodes(
        &mut self,
        nodes: &[String],
        color: Option<&str>,
        bgcolor: Option<&str>,
    ) -> Result<(), EditError> {
        for id in nodes {
            let node = self.node(id)?;
            self.set_or_remove(&node, "color", color);
            self.set_or_remove(&node, "bgcolor", bgcolor);
        }
        Ok(())
    }

    pub(super) fn set_mode(&mut self, nodes: &[String], mode: NodeMode) -> Result<(), EditError> {
        for id in nodes {
            let node = self.node(id)?;
            // Numbers of ComfyUI that mean the same, such as 1 and 3, stay.
            if NodeMode::read(self.value(&node.key("mode"))) != mode {
                self.tree.set(&node, "mode", mode.number());
            }
        }
        Ok(())
    }

    pub(super) fn set_or_remove(&mut self, holder: &TreePath, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.tree.set(holder, key, value),
            None => self.tree.remove(holder, key),
        }
    }
}

impl NodeMode {
    /// The mode that a file says.
    pub(in crate::workflow::document) fn read(value: &Value) -> Self {
        match value.as_u64() {
            Some(2) => NodeMode::Muted,
            Some(4) => NodeMode::Bypassed,
            _ => NodeMode::Active,
        }
    }

    fn number(self) -> u64 {
        match self {
            NodeMode::Active => 0,
            NodeMode::Muted => 2,
            NodeMode::Bypassed => 4,
        }
    }
}

/// The inputs that a new node lists.
pub(in crate::workflow::document) fn new_inputs(schema: &NodeSchema) -> Vec<Value> {
    let names = |port: &PortSchema| match port.variadic {
        true => (0..FAMILY).map(|i| format!("{}{}", port.stem(), letter(i))).collect(),
        false => vec![port.name.to_owned()],
    };
    let inputs = schema.inputs.iter();
    inputs.flat_map(|port| names(port).into_iter().map(|name| input_slot(port, &name))).collect()
}

fn letter(position: usize) -> char {
    ('a'..='z').nth(position).unwrap_or('z')
}

/// Width and height of a node whose title, ports and parameters are to be seen.
pub(in crate::workflow::document) fn usual_size(schema: &NodeSchema) -> [f64; 2] {
    const WIDTH: f64 = 240.0;
    const TITLE: f64 = 36.0;
    const PORT: f64 = 20.0;
    const PARAM: f64 = 24.0;
    let ports = new_inputs(schema).len().max(schema.outputs.len()) as f64;
    [WIDTH, TITLE + ports * PORT + schema.params.len() as f64 * PARAM]
}
