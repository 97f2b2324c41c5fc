//! What a canvas draws of a document in the UI form.

use std::collections::HashMap;

use serde_json::Value;

use super::edit::{
    NodeMode, chain, label_of, links_of, nearest_reroute, read_numbers, reroutes_of,
};
use super::ui::identifier;
use super::{Document, Form};

/// Where a node stands whose file does not say: beside the others, so that it is seen.
const NOWHERE: f64 = 40.0;
/// The size of a node whose file does not say [px].
const USUAL_SIZE: [f64; 2] = [240.0, 80.0];

/// Nodes, links, groups and reroutes as a canvas draws them, in the order of the file. Places and sizes are in
/// canvas pixels, and finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Canvas {
    /// The nodes; of those with one id the first.
    pub nodes: Vec<CanvasNode>,
    /// The links between nodes that are there.
    pub links: Vec<CanvasLink>,
    /// The groups; the position of each is what edits name it by, so one that cannot be read is empty.
    pub groups: Vec<CanvasGroup>,
    /// The reroutes.
    pub reroutes: Vec<CanvasReroute>,
    /// What part of the canvas was seen when the file was saved.
    pub view: Option<CanvasView>,
}

/// Position and zoom of the view of the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanvasView {
    /// Screen pixels for one canvas pixel.
    pub scale: f64,
    /// The canvas point at the upper left corner of the screen is minus this.
    pub offset: [f64; 2],
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct CanvasNode {
    /// Its id.
    pub id: String,
    /// Its class as the file names it.
    pub class: String,
    /// Its title, where it has one of its own.
    pub title: Option<String>,
    /// Its upper left corner.
    pub at: [f64; 2],
    /// Width and height, 0 or more.
    pub size: [f64; 2],
    /// Whether it takes part.
    pub mode: NodeMode,
    /// Whether it is folded to its title.
    pub collapsed: bool,
    /// Whether it is fixed where it is.
    pub pinned: bool,
    /// Colour of the title, as the file writes it.
    pub color: Option<String>,
    /// Colour of the body, as the file writes it.
    pub bgcolor: Option<String>,
    /// The inputs that the file lists.
    pub inputs: Vec<CanvasInput>,
    /// The outputs that the file lists.
    pub outputs: Vec<CanvasOutput>,
    /// For DNNE's labels: what they are.
    pub label: Option<CanvasLabel>,
    /// The text of its first value: what a note says.
    pub text: Option<String>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasInput {
    /// Its name; empty where the file gives none.
    pub name: String,
    /// Its type as the file names it.
    pub port_type: String,
    /// The link that feeds it.
    pub link: Option<String>,
    /// Whether it is a parameter's.
    pub is_param: bool,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasOutput {
    /// Its name; empty where the file gives none.
    pub name: String,
    /// Its type as the file names it.
    pub port_type: String,
    /// The links that leave it.
    pub links: Vec<String>,
}

/// One end of a wire without a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasLabel {
    /// What all ends of the wire are called.
    pub name: String,
    /// Whether it takes a wire in; all others of the name give one out.
    pub is_source: bool,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasLink {
    /// Its id.
    pub id: String,
    /// The node that it leaves, and the slot.
    pub from: (String, usize),
    /// The node that it leads to, and the slot.
    pub to: (String, usize),
    /// The type of what flows, as the file names it.
    pub port_type: String,
    /// The reroutes at which it bends, from output to input.
    pub reroutes: Vec<String>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CanvasGroup {
    /// Its title.
    pub title: String,
    /// Left, top, width and height.
    pub bounding: [f64; 4],
    /// Its colour, as the file writes it.
    pub color: Option<String>,
}

/// One reroute.
#[derive(Debug, Clone, PartialEq)]
pub struct CanvasReroute {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub at: [f64; 2],
    /// The links that bend at it.
    pub links: Vec<String>,
}

impl Canvas {
    /// The position of the smallest group that a node stands in, with the middle of its upper edge.
    pub fn group_of(&self, node: &CanvasNode) -> Option<usize> {
        let ([x, y], [width, _]) = (node.at, node.size);
        let middle = [x + width / 2.0, y];
        let around = self.groups.iter().enumerate().filter(|(_, group)| group.holds(middle));
        let smallest = around.min_by(|(_, a), (_, b)| a.area().total_cmp(&b.area()));
        smallest.map(|(position, _)| position)
    }
}

impl CanvasGroup {
    fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let [left, top, width, height] = self.bounding;
        self.area() > 0.0 && (left..=left + width).contains(&x) && (top..=top + height).contains(&y)
    }

    fn area(&self) -> f64 {
        self.bounding[2] * self.bounding[3]
    }
}

impl Document {
    /// What a canvas draws of the document. What cannot be read is left out, or stands where it is seen; a
    /// document in the API form has nothing to draw.
    pub fn canvas(&self) -> Canvas {
        if self.form != Form::Ui {
            return Canvas::default();
        }
        let list = |key: &str| self.root.get(key).and_then(Value::as_array).into_iter().flatten();
        let mut nodes: Vec<CanvasNode> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for node in list("nodes").filter_map(canvas_node) {
            if seen.insert(node.id.clone()) {
                nodes.push(node);
            }
        }
        let links = self.canvas_links(&mut nodes);
        Canvas {
            nodes,
            links,
            groups: list("groups").map(canvas_group).collect(),
            reroutes: reroutes_of(&self.root).1.iter().filter_map(canvas_reroute).collect(),
            view: self.root.get("extra").and_then(|extra| canvas_view(extra.get("ds")?)),
        }
    }

    /// Works out anew what a canvas draws of the node at a position of the file's list, after changes that lie in it
    /// alone. False where the canvas does not follow from that: then all of it is to be worked out.
    pub fn redraw_node(&self, canvas: &mut Canvas, position: usize) -> bool {
        let nodes = self.root.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let fresh = nodes.get(position).and_then(canvas_node);
        let (Some(mut fresh), true) = (fresh, nodes.len() == canvas.nodes.len()) else {
            return false;
        };
        let drawn = &mut canvas.nodes[position];
        let are_same_ports = drawn.id == fresh.id
            && drawn.inputs.len() == fresh.inputs.len()
            && drawn.outputs.len() == fresh.outputs.len();
        if !are_same_ports {
            return false;
        }
        // Links are noted at ports, and have not changed.
        for (fresh, drawn) in fresh.inputs.iter_mut().zip(&mut drawn.inputs) {
            fresh.link = drawn.link.take();
        }
        for (fresh, drawn) in fresh.outputs.iter_mut().zip(&mut drawn.outputs) {
            fresh.links = std::mem::take(&mut drawn.links);
        }
        *drawn = fresh;
        true
    }

    /// The document with another part of the canvas to be seen first. It is for saving: what one looks at is
    /// no edit.
    #[must_use]
    pub fn with_view(&self, view: CanvasView) -> Document {
        let mut document = self.clone();
        let numbers = [view.scale, view.offset[0], view.offset[1]];
        if self.form != Form::Ui || numbers.iter().any(|x| !x.is_finite()) {
            return document;
        }
        // Where the file has it so already, its spelling stays.
        if self.canvas_view() == Some(view) {
            return document;
        }
        let extra =
            document.root.entry("extra").or_insert_with(|| Value::Object(Default::default()));
        let Value::Object(extra) = extra else { return document };
        let ds = extra.entry("ds").or_insert_with(|| Value::Object(Default::default()));
        if !ds.is_object() {
            *ds = Value::Object(Default::default());
        }
        ds["scale"] = view.scale.into();
        ds["offset"] = view.offset.to_vec().into();
        document
    }

    fn canvas_view(&self) -> Option<CanvasView> {
        canvas_view(self.root.get("extra")?.get("ds")?)
    }

    /// The links between nodes that are there, which are then also noted at their ports.
    fn canvas_links(&self, nodes: &mut [CanvasNode]) -> Vec<CanvasLink> {
        let ids = nodes.iter().enumerate().map(|(position, node)| (node.id.clone(), position));
        let positions: HashMap<String, usize> = ids.collect();
        let reroutes = reroutes_of(&self.root).1;
        let values =
            self.root.get("links").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut drawn = Vec::new();
        for link in links_of(&self.root) {
            let (from, to) = (positions.get(&link.from), positions.get(&link.to));
            let (Some(&from), Some(&to)) = (from, to) else { continue };
            if let Some(output) = nodes[from].outputs.get_mut(link.from_slot) {
                output.links.push(link.id.clone());
            }
            if let Some(input) = nodes[to].inputs.get_mut(link.to_slot) {
                input.link = Some(link.id.clone());
            }
            let nearest = nearest_reroute(&self.root, &values[link.index], &link.id);
            drawn.push(CanvasLink {
                reroutes: chain(reroutes, nearest),
                id: link.id,
                from: (link.from, link.from_slot),
                to: (link.to, link.to_slot),
                port_type: link.type_name,
            });
        }
        drawn
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn canvas_node(node: &Value) -> Option<CanvasNode> {
    let flag = |name: &str| {
        let flags = node.get("flags");
        flags.and_then(|flags| flags.get(name)).and_then(Value::as_bool).unwrap_or(false)
    };
    let slots = |key: &str| node.get(key).and_then(Value::as_array).into_iter().flatten();
    let port_type = |slot: &Value| text(slot, "type").unwrap_or_else(|| "*".to_owned());
    let numbers = |key: &str| node.get(key).and_then(read_numbers::<2>);
    Some(CanvasNode {
        id: node.get("id").and_then(identifier)?,
        class: text(node, "type")?,
        title: text(node, "title"),
        at: numbers("pos").unwrap_or([NOWHERE; 2]),
        size: numbers("size").unwrap_or(USUAL_SIZE).map(|side| side.max(0.0)),
        mode: NodeMode::read(node.get("mode").unwrap_or(&Value::Null)),
        collapsed: flag("collapsed"),
        pinned: flag("pinned"),
        color: text(node, "color"),
        bgcolor: text(node, "bgcolor"),
        inputs: slots("inputs")
            .map(|slot| CanvasInput {
                name: text(slot, "name").unwrap_or_default(),
                port_type: port_type(slot),
                link: None,
                is_param: slot.get("widget").is_some(),
            })
            .collect(),
        outputs: slots("outputs")
            .map(|slot| CanvasOutput {
                name: text(slot, "name").unwrap_or_default(),
                port_type: port_type(slot),
                links: Vec::new(),
            })
            .collect(),
        label: label_of(node)
            .map(|(name, is_source)| CanvasLabel { name: name.to_owned(), is_source }),
        text: first_value(node).and_then(Value::as_str).map(str::to_owned),
    })
}

fn first_value(node: &Value) -> Option<&Value> {
    match node.get("widgets_values")? {
        Value::Array(values) => values.first(),
        Value::Object(values) => values.values().next(),
        _ => None,
    }
}

fn canvas_group(group: &Value) -> CanvasGroup {
    CanvasGroup {
        title: text(group, "title").unwrap_or_default(),
        bounding: group.get("bounding").and_then(read_numbers).unwrap_or_default(),
        color: text(group, "color"),
    }
}

fn canvas_reroute(reroute: &Value) -> Option<CanvasReroute> {
    let links = reroute.get("linkIds").and_then(Value::as_array);
    Some(CanvasReroute {
        id: reroute.get("id").and_then(identifier)?,
        at: read_numbers(reroute.get("pos")?)?,
        links: links.into_iter().flatten().filter_map(identifier).collect(),
    })
}

fn canvas_view(ds: &Value) -> Option<CanvasView> {
    let scale = ds.get("scale")?.as_f64().filter(|scale| scale.is_finite() && *scale > 0.0)?;
    Some(CanvasView { scale, offset: read_numbers(ds.get("offset")?)? })
}
