//! From the API form to the UI form.

use serde_json::{Map, Value, json};

use super::columns::lay_out;
use super::edit::{
    WidgetForm, id_value, new_inputs, output_slot, param_slot, spelled_like, usual_size,
};
use super::{Document, Form};
use crate::workflow::registry::Registry;
use crate::workflow::schema::NodeSchema;
use crate::workflow::sketch::{End, Sketch, SketchNode};

/// The version of LiteGraph's form that links as lists belong to.
const VERSION: f64 = 0.4;
/// Where the first node stands [px].
const START: f64 = 40.0;

/// The root of a workflow without nodes.
pub(super) fn empty_root() -> Map<String, Value> {
    let root = json!({
        "revision": 0, "last_node_id": 0, "last_link_id": 0, "nodes": [], "links": [], "groups": [],
        "config": {}, "extra": {}, "version": VERSION,
    });
    match root {
        Value::Object(root) => root,
        _ => Map::new(),
    }
}

/// A node of the UI form as it grows.
struct Grown {
    body: Map<String, Value>,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    schema: Option<&'static NodeSchema>,
    id: Value,
}

impl Document {
    /// The document in the UI form. One in the API form is laid out, in columns from what feeds to what is fed;
    /// nodes, links and values stay what they are, and what else a node holds stands at the node. One in the UI
    /// form is given back as it is.
    ///
    /// The new document comes from no text, so it is written in our own layout.
    #[must_use]
    pub fn to_ui_form(&self, registry: &Registry) -> Document {
        if self.form == Form::Ui {
            return self.clone();
        }
        let (sketch, _) = self.sketch();
        let mut nodes: Vec<Grown> =
            sketch.nodes.iter().map(|node| grow(node, self.root.get(&node.id), registry)).collect();
        let links = links(&sketch, &mut nodes);
        let places = places(&sketch, &nodes);
        for (order, (node, at)) in nodes.iter_mut().zip(places).enumerate() {
            node.body.insert("pos".into(), json!(at.map(|x| x as i64)));
            node.body.insert("order".into(), order.into());
        }
        let mut root = empty_root();
        let largest = sketch.nodes.iter().filter_map(|node| node.id.parse::<i64>().ok()).max();
        root.insert("last_node_id".into(), largest.unwrap_or(0).max(0).into());
        root.insert("last_link_id".into(), links.len().into());
        root.insert("nodes".into(), nodes.into_iter().map(Grown::finish).collect());
        root.insert("links".into(), links.into());
        // Remarks of other tools beside the nodes.
        let remarks = self.root.iter().filter(|(key, _)| key.starts_with('_'));
        root.extend(remarks.map(|(key, value)| (key.clone(), value.clone())));
        Document::untold(self.file.clone(), Form::Ui, root)
    }
}

impl Grown {
    fn finish(mut self) -> Value {
        self.body.insert("inputs".into(), self.inputs.into());
        self.body.insert("outputs".into(), self.outputs.into());
        // The order of a new node: what it is, where it is, its ports, its settings.
        const ORDER: [&str; 10] =
            ["id", "type", "title", "pos", "size", "flags", "order", "mode", "inputs", "outputs"];
        let mut body = Map::new();
        for key in ORDER {
            if let Some(value) = self.body.shift_remove(key) {
                body.insert(key.to_owned(), value);
            }
        }
        body.extend(self.body);
        body.into()
    }
}

fn grow(node: &SketchNode, given: Option<&Value>, registry: &Registry) -> Grown {
    let schema = registry.find(&node.class);
    let id = id_value(&node.id);
    let mut body = Map::new();
    body.insert("id".into(), id.clone());
    body.insert("type".into(), node.class.as_str().into());
    if let Some(title) = &node.title {
        body.insert("title".into(), title.as_str().into());
    }
    let size = schema.map_or([240.0, 120.0], usual_size);
    body.insert("size".into(), json!(size.map(|side| side as i64)));
    body.insert("flags".into(), json!({}));
    body.insert("mode".into(), 0.into());
    body.insert("properties".into(), json!({"Node name for S&R": node.class}));
    values(node, schema, &mut body);
    // What this program does not know stays.
    let known = |key: &str| matches!(key, "class_type" | "inputs");
    for (key, value) in given.and_then(Value::as_object).into_iter().flatten() {
        let is_title = key == "_meta"
            && value.as_object().is_some_and(|meta| meta.keys().all(|k| k == "title"));
        if !known(key) && !is_title && !body.contains_key(key) {
            body.insert(key.clone(), value.clone());
        }
    }
    Grown {
        inputs: schema.map(new_inputs).unwrap_or_default(),
        outputs: schema.map(|s| s.outputs.iter().map(output_slot).collect()).unwrap_or_default(),
        body,
        schema,
        id,
    }
}

/// The values of parameters: all of a known kind by position and name, else those that are given by name.
fn values(node: &SketchNode, schema: Option<&'static NodeSchema>, body: &mut Map<String, Value>) {
    let Some(schema) = schema else {
        if !node.named.is_empty() {
            let named = node.named.iter().map(|(name, given)| (name.clone(), given.value.clone()));
            body.insert("widgets_values".into(), Value::Object(named.collect()));
        }
        return;
    };
    WidgetForm::Both.write_defaults(schema, body);
    let mut extra = Vec::new();
    for (name, given) in &node.named {
        let Some((index, param)) = schema.param(name) else {
            extra.push((name.clone(), given.value.clone()));
            continue;
        };
        if let Some(slot) = body.get_mut("widgets_values").and_then(|values| values.get_mut(index))
        {
            *slot = spelled_like(&given.value, slot);
        }
        if let Some(slot) = body.get_mut("widgets_values_named").and_then(|v| v.get_mut(param.name))
        {
            *slot = spelled_like(&given.value, slot);
        }
    }
    if extra.is_empty() {
        return;
    }
    let named = body.entry("widgets_values_named").or_insert_with(|| json!({}));
    if let Value::Object(named) = named {
        named.extend(extra);
    }
}

/// All links, which are also noted at the ports of the nodes.
fn links(sketch: &Sketch, nodes: &mut [Grown]) -> Vec<Value> {
    let mut links = Vec::new();
    for link in &sketch.links {
        // One from nowhere was reported as it was read.
        let Some(from) = link.from else { continue };
        let End::Slot(output) = link.output else { continue };
        let End::Name(input) = &link.input else { continue };
        // No kind has so many; a file may say anything.
        if output > nodes[from].outputs.len() + 64 {
            continue;
        }
        while nodes[from].outputs.len() <= output {
            nodes[from].outputs.push(json!({"name": "", "type": "*", "links": []}));
        }
        let flows = nodes[from].outputs[output]["type"].clone();
        let slot = input_of(&mut nodes[link.to], input, &flows);
        let id = links.len() + 1;
        links.push(json!([id, nodes[from].id, output, nodes[link.to].id, slot, flows]));
        nodes[link.to].inputs[slot]["link"] = id.into();
        if let Some(claims) = nodes[from].outputs[output]["links"].as_array_mut() {
            claims.push(id.into());
        }
    }
    links
}

/// The slot of an input, which is added where the node lists none of the name.
fn input_of(node: &mut Grown, name: &str, flows: &Value) -> usize {
    let known = node.schema.and_then(|schema| schema.input(name));
    let canonical = known.as_ref().map_or(name, |(_, canonical)| canonical.as_str());
    if let Some(slot) = node.inputs.iter().position(|input| input["name"] == canonical) {
        return slot;
    }
    let param = node.schema.and_then(|schema| schema.param(name)).map(|(_, param)| param);
    node.inputs.push(match (known.as_ref(), param) {
        (Some((port, _)), _) => {
            json!({"name": canonical, "type": port.port_type.name(), "link": null})
        }
        (None, Some(param)) => param_slot(param.name, &param.param_type),
        (None, None) => json!({"name": name, "type": flows, "link": null}),
    });
    node.inputs.len() - 1
}

fn places(sketch: &Sketch, nodes: &[Grown]) -> Vec<[f64; 2]> {
    let side = |node: &Grown, axis: usize| node.body["size"][axis].as_f64().unwrap_or(0.0);
    let sizes: Vec<[f64; 2]> = nodes.iter().map(|node| [side(node, 0), side(node, 1)]).collect();
    let edges = sketch.links.iter().filter_map(|link| Some((link.from?, link.to)));
    let (places, _) = lay_out(&sizes, &edges.collect::<Vec<_>>());
    places.into_iter().map(|[x, y]| [START + x, START + y]).collect()
}
