//! The API form: an object of nodes by id.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::Reader;
use crate::diagnostic::Diagnostic;
use crate::workflow::sketch::{End, Given, Sketch, SketchLink, SketchNode};
use crate::workflow::spans::child;
use crate::workflow::value::integer;

/// Reads nodes and links; complaints go to the reader.
pub(super) fn sketch(root: &Map<String, Value>, reader: &mut Reader) -> Sketch {
    let mut sketch = Sketch::default();
    let mut bodies = Vec::new();
    for (id, value) in root {
        // Tools leave remarks such as "_meta" beside the nodes.
        if id.starts_with('_') {
            continue;
        }
        if let Some(node) = node(id, value, reader) {
            sketch.nodes.push(node);
            bodies.push(value);
        }
    }
    let index = sketch.index();
    for (position, body) in bodies.into_iter().enumerate() {
        inputs(&mut sketch, position, (root, body), &index, reader);
    }
    sketch
}

fn node(id: &str, value: &Value, reader: &mut Reader) -> Option<SketchNode> {
    let pointer = child("", id);
    let Some(body) = value.as_object() else {
        reader.wrong_type(&pointer, Some(id), "a node object", value);
        return None;
    };
    let class_pointer = child(&pointer, "class_type");
    let class = match body.get("class_type") {
        Some(Value::String(class)) => class,
        Some(other) => {
            reader.wrong_type(&class_pointer, Some(id), "the name of a node class", other);
            return None;
        }
        None => {
            let diagnostic = Diagnostic::error("missing-class", "the node has no class_type")
                .node(id, None)
                .remedy("add \"class_type\": the name of its class");
            reader.report(&pointer, diagnostic);
            return None;
        }
    };
    let mut node = SketchNode::new(id, class);
    node.title = body
        .get("_meta")
        .and_then(|meta| meta.get("title"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    node.place = reader.place(&pointer);
    node.class_place = reader.place(&class_pointer);
    Some(node)
}

fn inputs(
    sketch: &mut Sketch,
    position: usize,
    (root, body): (&Map<String, Value>, &Value),
    index: &HashMap<String, usize>,
    reader: &mut Reader,
) {
    let id = sketch.nodes[position].id.clone();
    let pointer = child(&child("", &id), "inputs");
    let given = match body.get("inputs") {
        None | Some(Value::Null) => return,
        Some(Value::Object(given)) => given,
        Some(other) => {
            reader.wrong_type(&pointer, Some(&id), "an object of inputs", other);
            return;
        }
    };
    for (name, value) in given {
        let pointer = child(&pointer, name);
        let place = reader.place(&pointer);
        let Some((from_id, slot)) = as_link(value) else {
            let value = plain(value).clone();
            let given = Given { value, place };
            sketch.nodes[position].named.push((name.clone(), given));
            continue;
        };
        let from = index.get(from_id).copied();
        // A node that is in the file and not in the sketch was reported itself.
        if from.is_none() && !root.contains_key(from_id) {
            let message = format!("the link comes from node {from_id:?}, which does not exist");
            let diagnostic = Diagnostic::error("dangling-link", message)
                .node(id.as_str(), sketch.nodes[position].title.as_deref())
                .field(name)
                .remedy("name a node of this file, or remove the link");
            reader.report(&pointer, diagnostic);
        }
        sketch.links.push(SketchLink {
            from,
            output: End::Slot(slot),
            to: position,
            input: End::Name(name.clone()),
            type_name: None,
            place,
        });
    }
}

/// A value without what ComfyUI's front end puts around lists, which would read as links without it.
fn plain(value: &Value) -> &Value {
    match value.as_object().map(|members| (members.len(), members.get("__value__"))) {
        Some((1, Some(inner))) => inner,
        _ => value,
    }
}

/// `[node_id, output_slot]`. A list of two numbers is a value, such as `hidden_sizes`.
fn as_link(value: &Value) -> Option<(&str, usize)> {
    let [Value::String(id), slot] = value.as_array()?.as_slice() else {
        return None;
    };
    let slot = Some(slot).filter(|slot| slot.is_number()).and_then(integer)?;
    Some((id, usize::try_from(slot).ok()?))
}
