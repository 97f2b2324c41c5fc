//! The inputs and outputs that the file lists for a node, found by name or slot.

use serde_json::{Map, Value, json};

use super::board::{Board, slots};
use super::change::TreePath;
use super::command::{Port, PortRef};
use super::error::EditError;
use super::links::claims;
use super::nodes::new_inputs;
use crate::diagnostic::nearest;
use crate::workflow::document::ui::is_id;
use crate::workflow::schema::{NodeSchema, ParamType, PortSchema, PortType};

/// How ComfyUI marks an input that need not be connected.
const OPTIONAL_SHAPE: u64 = 7;

/// An input as a file lists it.
pub(super) fn input_slot(port: &PortSchema, name: &str) -> Value {
    let mut slot = Map::new();
    slot.insert("name".into(), name.into());
    slot.insert("type".into(), port.port_type.name().into());
    if port.optional || port.variadic {
        slot.insert("shape".into(), OPTIONAL_SHAPE.into());
    }
    slot.insert("link".into(), Value::Null);
    slot.into()
}

/// An output as a file lists it.
pub(in crate::workflow::document) fn output_slot(port: &PortSchema) -> Value {
    json!({"name": port.name, "type": port.port_type.name(), "links": []})
}

/// A parameter's input as a file lists it.
pub(in crate::workflow::document) fn param_slot(name: &str, param_type: &ParamType) -> Value {
    let type_name = match param_type {
        ParamType::Float { .. } => "FLOAT",
        ParamType::Int { .. } => "INT",
        ParamType::Bool { .. } => "BOOLEAN",
        ParamType::Choice { .. } => "COMBO",
        ParamType::Text { .. } | ParamType::IntList { .. } => "STRING",
    };
    json!({"name": name, "type": type_name, "widget": {"name": name}, "link": null})
}

/// The name of an input or output; empty where it has none.
pub(super) fn name_of(slot: &Value) -> &str {
    slot.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The type of an input or output as the file says it.
pub(super) fn type_of(slot: &Value) -> &str {
    slot.get("type").and_then(Value::as_str).unwrap_or("*")
}

/// Whether an output of type `from` may feed an input of type `to`, as far as the names of types say.
pub(super) fn types_fit(from: &str, to: &str) -> bool {
    match (PortType::parse(from), PortType::parse(to)) {
        (Some(from), Some(to)) => to.accepts(from) || to.may_be_written(from),
        (Some(PortType::Any), _) | (_, Some(PortType::Any)) => true,
        _ => from == to,
    }
}

impl Board<'_> {
    /// The slot of an input. One that the node's kind has and the file does not list is added.
    pub(super) fn input(&mut self, input: &PortRef) -> Result<usize, EditError> {
        let node = self.node(&input.node)?;
        let schema = self.schema(&node);
        self.list_ports(&node, "inputs", &input.node)?;
        match &input.port {
            Port::Slot(slot) if *slot < slots(self.value(&node), "inputs").count() => {
                return Ok(*slot);
            }
            Port::Slot(_) => {}
            Port::Name(name) => {
                let same = |(slot, value): &(usize, &Value)| is_input(schema, *slot, value, name);
                let exact =
                    slots(self.value(&node), "inputs").position(|slot| name_of(slot) == name);
                let alike = || slots(self.value(&node), "inputs").enumerate().find(same);
                let found = exact.or_else(|| alike().map(|(slot, _)| slot));
                if let Some(slot) = found {
                    return Ok(slot);
                }
                if let Some((port, name)) = schema.and_then(|schema| schema.input(name)) {
                    return Ok(self.tree.push(&node.key("inputs"), input_slot(port, &name)));
                }
                if schema.is_some_and(|schema| schema.param(name).is_some()) {
                    return self.param_to_input(&input.node, name);
                }
            }
        }
        let listed = slots(self.value(&node), "inputs").map(name_of);
        let known = schema.map(NodeSchema::field_names).unwrap_or_default();
        let remedy = did_you_mean(&input.port, listed.chain(known));
        Err(EditError::UnknownInput { node: input.node.clone(), port: input.port.clone(), remedy })
    }

    /// The slot of an output. One that the node's kind has and the file does not list is added.
    pub(super) fn output(&mut self, output: &PortRef) -> Result<usize, EditError> {
        let node = self.node(&output.node)?;
        let schema = self.schema(&node);
        self.list_ports(&node, "outputs", &output.node)?;
        match &output.port {
            Port::Slot(slot) if *slot < slots(self.value(&node), "outputs").count() => {
                return Ok(*slot);
            }
            Port::Slot(_) => {}
            Port::Name(name) => {
                let same = |slot: &Value| {
                    let of = |name: &str| schema.and_then(|schema| schema.output(name));
                    name_of(slot) == name || of(name).is_some() && of(name) == of(name_of(slot))
                };
                if let Some(slot) = slots(self.value(&node), "outputs").position(same) {
                    return Ok(slot);
                }
                let known = schema.and_then(|schema| schema.outputs.get(schema.output(name)?));
                if let Some(port) = known {
                    return Ok(self.tree.push(&node.key("outputs"), output_slot(port)));
                }
            }
        }
        let listed = slots(self.value(&node), "outputs").map(name_of);
        let known = schema.map_or(&[][..], |schema| schema.outputs);
        let remedy = did_you_mean(&output.port, listed.chain(known.iter().map(|port| port.name)));
        let (node, port) = (output.node.clone(), output.port.clone());
        Err(EditError::UnknownOutput { node, port, remedy })
    }

    /// Lists the ports of a node in the file, where the file leaves that out.
    pub(super) fn list_ports(
        &mut self,
        node: &TreePath,
        key: &str,
        id: &str,
    ) -> Result<(), EditError> {
        if !self.value(&node.key(key)).is_null() {
            return self.list(node, key).map(drop);
        }
        let schema = self.schema(node);
        let is_input = key == "inputs";
        let mut ports = match schema {
            Some(schema) if is_input => new_inputs(schema),
            Some(schema) => schema.outputs.iter().map(output_slot).collect(),
            None => Vec::new(),
        };
        for link in self.links().iter() {
            let (end, slot) =
                if is_input { (&link.to, link.to_slot) } else { (&link.from, link.from_slot) };
            // Slots beyond all reason would only fill the memory.
            if end != id || slot > ports.len() + 64 {
                continue;
            }
            while ports.len() <= slot {
                ports.push(json!({"name": "", "type": "*"}));
            }
            let link_id = super::board::id_value(&link.id);
            if is_input {
                // Without a name the link stays in its slot for the reader, as it was.
                ports[slot]["name"] = "".into();
                ports[slot]["link"] = link_id;
            } else if let Some(links) = ports[slot]["links"].as_array_mut() {
                links.push(link_id);
            } else {
                ports[slot]["links"] = json!([link_id]);
            }
        }
        self.tree.set(node, key, ports);
        Ok(())
    }

    /// The links that lead into a slot of a node.
    pub(super) fn feeding(&self, node: &str, slot: usize) -> Vec<String> {
        let links = self.links();
        let fed = links.iter().filter(|link| link.to_slot == slot && link.to == node);
        fed.map(|link| link.id.clone()).collect()
    }

    /// Makes an input name a link, or none.
    pub(super) fn claim_input(&mut self, input: &TreePath, link: Option<Value>) {
        let is_list = self.value(&input.key("links")).is_array();
        if is_list {
            self.tree.set(input, "links", link.iter().cloned().collect::<Vec<_>>());
        }
        self.tree.set(input, "link", link.unwrap_or(Value::Null));
    }

    /// Makes an output name a link beside its others.
    pub(super) fn claim_output(&mut self, output: &TreePath, link: Value) -> Result<(), EditError> {
        let links = self.list(output, "links")?;
        self.tree.push(&links, link);
        Ok(())
    }

    /// Takes the name of a link away from all inputs, or outputs, of a node.
    pub(super) fn unclaim(&mut self, node: &TreePath, key: &str, link: &str) {
        let n = slots(self.value(node), key).count();
        for slot in (0..n).map(|slot| node.key(key).item(slot)) {
            if !claims(self.value(&slot), link) {
                continue;
            }
            let is_it = |value: &Value| is_id(value, link);
            if is_it(self.value(&slot.key("link"))) {
                self.tree.set(&slot, "link", Value::Null);
            }
            let links = slot.key("links");
            while let Some(index) =
                self.value(&links).as_array().and_then(|l| l.iter().position(is_it))
            {
                self.tree.remove_item(&links, index);
            }
        }
    }
}

/// Whether the input in `slot` is the one that the kind of its node calls `name`.
fn is_input(schema: Option<&NodeSchema>, slot: usize, value: &Value, name: &str) -> bool {
    let Some(schema) = schema else { return false };
    let listed = name_of(value);
    if let Some((_, wanted)) = schema.input(name) {
        let found = match listed {
            "" => schema.input_at(slot),
            listed => schema.input(listed),
        };
        return found.is_some_and(|(_, found)| found == wanted);
    }
    let position = |name: &str| schema.param(name).map(|(position, _)| position);
    position(name).is_some_and(|wanted| position(listed) == Some(wanted))
}

fn did_you_mean<'n>(port: &Port, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    let near = match port {
        Port::Name(name) => nearest(name, names.iter().copied()),
        Port::Slot(_) => None,
    };
    match near {
        Some(near) => format!("did you mean {near:?}?"),
        None if names.is_empty() => "it has none".to_owned(),
        None => format!("it has {}", names.join(", ")),
    }
}
