//! The UI form: LiteGraph 0.4, and the object links of its successor.
//!
//! Links are resolved by the name of the input that claims them, not by slot: slots moved between
//! versions of DNNE. `extra.reroutes` and `extra.linkExtensions` only bend the drawing of links
//! that `links` already joins end to end, so they need no reading here.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::composite::Composites;
use super::{Reader, labels};
use crate::diagnostic::Diagnostic;
use crate::workflow::sketch::{AFTER_A_RUN, End, Given, Mode, Sketch, SketchLink, SketchNode};
use crate::workflow::spans::child;

/// Reads nodes and links; complaints go to the reader.
pub(super) fn sketch(root: &Map<String, Value>, reader: &mut Reader) -> Sketch {
    let mut sketch = Sketch::default();
    let mut slots = Vec::new();
    let mut seen = HashSet::new();
    let composites = Composites::of(root);
    for (position, value) in list(root.get("nodes"), "/nodes", None, reader) {
        let pointer = child("/nodes", position);
        let Some(mut node) = node(value, &pointer, reader) else {
            continue;
        };
        node.composite = composites.find(&node.class);
        if !seen.insert(node.id.clone()) {
            let diagnostic = Diagnostic::error("duplicate-node-id", "another node has the same id")
                .remedy("give each node its own id");
            let place = reader.place(&child(&pointer, "id"));
            reader.diagnostics.push(node.blame(diagnostic.at(place)));
            continue;
        }
        let mut ports = Slots::read(value, &pointer, &node.id, reader);
        if node.class == PRIMITIVE {
            // Its one output is called as its type, or as what it feeds.
            ports.outputs.clear();
            node.class = class_of_primitive(&node).to_owned();
        }
        slots.push(ports);
        sketch.nodes.push(node);
    }
    links(root, &mut sketch, &slots, reader);
    labels::dissolve(root, &mut sketch, reader);
    sketch
}

/// Reads one node by itself, without its ports.
pub(super) fn lone_node(value: &Value, reader: &mut Reader) -> Option<SketchNode> {
    let mut node = node(value, "", reader)?;
    if node.class == PRIMITIVE {
        node.class = class_of_primitive(&node).to_owned();
    }
    Some(node)
}

fn node(value: &Value, pointer: &str, reader: &mut Reader) -> Option<SketchNode> {
    let Some(body) = value.as_object() else {
        reader.wrong_type(pointer, None, "a node object", value);
        return None;
    };
    let absent = Value::Null;
    let id_value = body.get("id").unwrap_or(&absent);
    let Some(id) = identifier(id_value) else {
        reader.wrong_type(&child(pointer, "id"), None, "a node id", id_value);
        return None;
    };
    let class_pointer = child(pointer, "type");
    let class = body.get("type").unwrap_or(&absent);
    let Some(class) = class.as_str() else {
        reader.wrong_type(&class_pointer, Some(&id), "the name of a node class", class);
        return None;
    };
    let mut node = SketchNode::new(id, class);
    node.title = body.get("title").and_then(Value::as_str).map(str::to_owned);
    node.place = reader.place(pointer);
    node.class_place = reader.place(&class_pointer);
    node.mode = mode(body.get("mode"), pointer, &node.id, reader);
    widgets(&mut node, body, pointer, reader);
    named_widgets(&mut node, body.get("widgets_values_named"), pointer, reader);
    Some(node)
}

/// Values by name that stand beside those by position, and win.
fn named_widgets(node: &mut SketchNode, value: Option<&Value>, pointer: &str, reader: &mut Reader) {
    let pointer = child(pointer, "widgets_values_named");
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Object(values)) => {
            for (name, value) in values {
                let place = reader.place(&child(&pointer, name));
                node.named.push((name.clone(), Given { value: value.clone(), place }));
            }
        }
        Some(other) => {
            reader.wrong_type(&pointer, Some(&node.id), "an object of values", other);
        }
    }
}

fn mode(value: Option<&Value>, pointer: &str, id: &str, reader: &mut Reader) -> Mode {
    match value {
        None | Some(Value::Null) => Mode::Active,
        Some(value) => match value.as_u64() {
            Some(2) => Mode::Muted,
            Some(4) => Mode::Bypassed,
            // 1 and 3 ("on event", "on trigger") run like 0 in ComfyUI as well.
            Some(0 | 1 | 3) => Mode::Active,
            _ => {
                let expected = "a mode: 0 active, 2 muted, 4 bypassed";
                reader.wrong_type(&child(pointer, "mode"), Some(id), expected, value);
                Mode::Active
            }
        },
    }
}

fn widgets(node: &mut SketchNode, body: &Map<String, Value>, pointer: &str, reader: &mut Reader) {
    let (names, value) = (widget_names(body), body.get("widgets_values"));
    let pointer = child(pointer, "widgets_values");
    let given = |value: &Value, step: &str| Given {
        value: value.clone(),
        place: reader.place(&child(&pointer, step)),
    };
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Array(values)) => {
            let values = values.iter().enumerate();
            let values = values.map(|(i, v)| given(v, &i.to_string()));
            match names {
                Some(names) => {
                    let named = names.into_iter().zip(values);
                    node.named =
                        named.filter_map(|(name, given)| Some((name?.to_owned(), given))).collect();
                }
                None => node.widgets = values.collect(),
            }
        }
        Some(Value::Object(values)) => {
            let values = values.iter();
            node.named = values.map(|(k, v)| (k.clone(), given(v, k))).collect();
        }
        Some(other) => {
            reader.wrong_type(&pointer, Some(&node.id), "a list of values", other);
        }
    }
}

/// LiteGraph's node that holds a value of whatever it feeds.
const PRIMITIVE: &str = "PrimitiveNode";

/// The constant that it is by its value.
fn class_of_primitive(node: &SketchNode) -> &'static str {
    let by_position = node.widgets.first().map(|given| &given.value);
    match by_position.or_else(|| node.named.first().map(|(_, given)| &given.value)) {
        Some(Value::Bool(_)) => "BooleanConstant",
        Some(value) if crate::workflow::value::integer(value).is_some() => "IntConstant",
        Some(Value::Number(_)) => "FloatConstant",
        _ => "StringConstant",
    }
}

/// The parameter that each of the values by position is of, where the inputs of the node say so: ComfyUI lists an
/// input for every widget, in the order of the values; none for a value that is of no parameter. Without such
/// inputs, or with others than there are values, positions are those of the kind.
pub(super) fn widget_names(node: &Map<String, Value>) -> Option<Vec<Option<&str>>> {
    let values = node.get("widgets_values")?.as_array()?;
    let inputs = node.get("inputs")?.as_array()?;
    let names: Vec<&str> =
        inputs.iter().filter_map(|input| input.get("widget")?.get("name")?.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let is_after = |i: usize| {
        i > 0
            && values[i - 1].is_number()
            && values[i].as_str().is_some_and(|word| AFTER_A_RUN.contains(&word))
    };
    let n_after = (0..values.len()).filter(|i| is_after(*i)).count();
    let skips = match values.len() {
        n if n == names.len() => false,
        n if n == names.len() + n_after => true,
        _ => return None,
    };
    let mut names = names.into_iter();
    let named = (0..values.len()).map(|i| if skips && is_after(i) { None } else { names.next() });
    Some(named.collect())
}

/// The ports of a node as its file lists them: names, and which links claim them.
struct Slots {
    inputs: Vec<(String, Option<String>)>,
    outputs: Vec<String>,
    input_of: HashMap<String, usize>,
    output_of: HashMap<String, usize>,
}

impl Slots {
    fn read(node: &Value, pointer: &str, id: &str, reader: &mut Reader) -> Self {
        let name = |slot: &Value| {
            let name = slot.get("name").and_then(Value::as_str);
            name.unwrap_or_default().to_owned()
        };
        let pointers = ["inputs", "outputs"].map(|key| child(pointer, key));
        let mut slots = Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
            input_of: HashMap::new(),
            output_of: HashMap::new(),
        };
        for (position, slot) in list(node.get("inputs"), &pointers[0], Some(id), reader) {
            let link = slot.get("link").and_then(identifier);
            if let Some(link) = &link {
                slots.input_of.entry(link.clone()).or_insert(position);
            }
            slots.inputs.push((name(slot), link));
        }
        for (position, slot) in list(node.get("outputs"), &pointers[1], Some(id), reader) {
            let links = slot.get("links").and_then(Value::as_array);
            for link in links.into_iter().flatten().filter_map(identifier) {
                slots.output_of.entry(link).or_insert(position);
            }
            slots.outputs.push(name(slot));
        }
        slots
    }

    fn input_end(&self, link: &str, slot: usize) -> End {
        let position = self.input_of.get(link).copied().unwrap_or(slot);
        match self.inputs.get(position) {
            Some((name, _)) if !name.is_empty() => End::Name(name.clone()),
            _ => End::Slot(slot),
        }
    }

    fn output_end(&self, link: &str, slot: usize) -> End {
        let position = self.output_of.get(link).copied().unwrap_or(slot);
        match self.outputs.get(position) {
            Some(name) if !name.is_empty() => End::Name(name.clone()),
            _ => End::Slot(slot),
        }
    }
}

/// One entry of `links`.
pub(super) struct RawLink {
    pub id: String,
    pub from: (String, usize),
    pub to: (String, usize),
    pub type_name: Option<String>,
}

fn links(root: &Map<String, Value>, sketch: &mut Sketch, slots: &[Slots], reader: &mut Reader) {
    let index = sketch.index();
    let broken = broken_nodes(root, &index);
    let mut targets = HashMap::new();
    for (position, value) in list(root.get("links"), "/links", None, reader) {
        let pointer = child("/links", position);
        let Some(link) = raw_link(value) else {
            let expected = "[link id, from node, from slot, to node, to slot, type]";
            reader.wrong_type(&pointer, None, expected, value);
            continue;
        };
        if targets.insert(link.id.clone(), link.to.0.clone()).is_some() {
            let message = format!("another link has the id {}", link.id);
            let diagnostic =
                Diagnostic::error("duplicate-link-id", message).remedy("give each link its own id");
            reader.report(&pointer, diagnostic);
            continue;
        }
        let (from, to) = (index.get(&link.from.0).copied(), index.get(&link.to.0));
        if (from.is_none() && !broken.contains(&link.from.0))
            || (to.is_none() && !broken.contains(&link.to.0))
        {
            reader.report(&pointer, dangling(&link, &index));
        }
        let Some(&to) = to else { continue };
        let output = match from {
            Some(from) => slots[from].output_end(&link.id, link.from.1),
            None => End::Slot(link.from.1),
        };
        sketch.links.push(SketchLink {
            from,
            output,
            to,
            input: slots[to].input_end(&link.id, link.to.1),
            type_name: link.type_name,
            place: reader.place(&pointer),
        });
    }
    claims_without_link(sketch, slots, &targets, reader);
}

/// Nodes that are in the file and not in the sketch: they were reported themselves.
fn broken_nodes(root: &Map<String, Value>, index: &HashMap<String, usize>) -> HashSet<String> {
    let nodes = root.get("nodes").and_then(Value::as_array);
    let ids = nodes.into_iter().flatten().filter_map(|n| n.get("id").and_then(identifier));
    ids.filter(|id| !index.contains_key(id)).collect()
}

fn dangling(link: &RawLink, index: &HashMap<String, usize>) -> Diagnostic {
    let (id, from, to) = (&link.id, &link.from.0, &link.to.0);
    if index.contains_key(to) {
        let message = format!("link {id} comes from node {from}, which does not exist");
        Diagnostic::error("dangling-link", message)
            .node(to.as_str(), None)
            .remedy("connect the input anew, or remove the link")
    } else {
        let message = format!("link {id} leads to node {to}, which does not exist");
        Diagnostic::warning("dangling-link", message).remedy("remove the link")
    }
}

/// Reports inputs that name a link which is not there, or which leads elsewhere.
fn claims_without_link(
    sketch: &mut Sketch,
    slots: &[Slots],
    targets: &HashMap<String, String>,
    reader: &mut Reader,
) {
    for (to, (node, slots)) in sketch.nodes.iter().zip(slots).enumerate() {
        for (name, link) in &slots.inputs {
            let Some(link) = link else { continue };
            let message = match targets.get(link) {
                Some(target) if *target == node.id => continue,
                Some(target) => format!("link {link} leads to node {target}, not to this input"),
                None => format!("link {link} is not in the file"),
            };
            let diagnostic = Diagnostic::error("dangling-link", message)
                .field(name)
                .remedy("connect the input anew");
            reader.diagnostics.push(node.blame(diagnostic));
            sketch.links.push(SketchLink {
                from: None,
                output: End::Slot(0),
                to,
                input: End::Name(name.clone()),
                type_name: None,
                place: node.place,
            });
        }
    }
}

/// The names that object links give to the parts of a list link, in the order of the list.
const LINK_KEYS: [&str; 6] = ["id", "origin_id", "origin_slot", "target_id", "target_slot", "type"];

pub(super) fn raw_link(value: &Value) -> Option<RawLink> {
    let slot = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let parts: Vec<&Value> = match value {
        Value::Array(parts) => parts.iter().collect(),
        Value::Object(parts) => LINK_KEYS.into_iter().filter_map(|key| parts.get(key)).collect(),
        _ => return None,
    };
    let [id, from, from_slot, to, to_slot, rest @ ..] = parts.as_slice() else {
        return None;
    };
    Some(RawLink {
        id: identifier(id)?,
        from: (identifier(from)?, slot(from_slot)?),
        to: (identifier(to)?, slot(to_slot)?),
        type_name: rest.first().and_then(|t| t.as_str()).map(str::to_owned),
    })
}

/// A node or link id: a whole number or a text.
pub(super) fn identifier(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) => crate::workflow::value::integer(value).map(|i| i.to_string()),
        _ => None,
    }
}

/// Whether a value is the id `id`, as [`identifier`] reads it; in large files this is asked very often.
pub(super) fn is_id(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Number(_) => {
            let number = crate::workflow::value::integer(value);
            // "07" and "+7" are other ids than 7.
            let is_plain = id == "0" || !id.trim_start_matches('-').starts_with(['0', '+']);
            is_plain && number.is_some() && id.parse::<i64>().ok() == number && !id.starts_with('+')
        }
        _ => false,
    }
}

/// The items of a list that may be absent, with their positions.
fn list<'v>(
    value: Option<&'v Value>,
    pointer: &str,
    node: Option<&str>,
    reader: &mut Reader,
) -> Vec<(usize, &'v Value)> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().enumerate().collect(),
        Some(other) => {
            reader.wrong_type(pointer, node, "a list", other);
            Vec::new()
        }
    }
}
