//! Where on the canvas everything is, in canvas points: worked out once after each change, drawn many times.

mod measure;
mod node;
mod ports;
mod values;
mod wires;

pub(crate) use measure::Widths;
pub(crate) use node::category;
pub(crate) use values::{shortest, shown};

use super::route::Route;
use crate::editor::check::Findings;
use crate::editor::flow::Flow;
use crate::editor::look;
use crate::workflow::{Canvas, CanvasLabel, NodeMode, NodeSchema, ParamSchema, Port, Registry};
use bevy_egui::egui::{Color32, Context, Pos2, Rect, pos2, vec2};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Heights of a node's parts.
pub(crate) const HEADER: f32 = 28.0;
pub(crate) const GAP: f32 = 4.0;
pub(crate) const PORT_ROW: f32 = 20.0;
pub(crate) const SETTING_ROW: f32 = 22.0;
pub(crate) const FIELD: f32 = 18.0;
pub(crate) const STRIP: f32 = 20.0;
pub(crate) const PAD: f32 = 6.0;
/// Of the title and of names.
pub(crate) const TITLE_SIZE: f32 = 13.0;
pub(crate) const NAME_SIZE: f32 = 12.0;
pub(crate) const VALUE_SIZE: f32 = 11.5;
pub(crate) const HINT_SIZE: f32 = 11.0;
/// Room beside a port's name.
pub(crate) const INDENT: f32 = 11.0;
/// What no file can be so large as to need: positions beyond are shown at the rim.
const FARTHEST: f32 = 1e6;
/// The same of sizes.
const LARGEST: f32 = 4000.0;

/// Everything on the canvas.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub nodes: Vec<NodePlan>,
    pub wires: Vec<WirePlan>,
    pub groups: Vec<GroupPlan>,
    pub reroutes: Vec<ReroutePlan>,
    /// The nodes that are ends of wires without a line.
    labels: Vec<usize>,
    by_id: HashMap<String, usize>,
    /// The wire of each link id.
    by_link: HashMap<String, usize>,
}

/// What a node looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Header, ports, settings.
    Full,
    /// The header alone.
    Collapsed,
    /// A text.
    Note,
    /// A point that a wire goes through, or one end of a wire without a line.
    Pill,
}

/// A node.
#[derive(Debug)]
pub(crate) struct NodePlan {
    pub id: String,
    pub shape: Shape,
    pub rect: Rect,
    pub title: String,
    /// The kind's title, where the node has another.
    pub kind: String,
    pub schema: Option<&'static NodeSchema>,
    pub header: Color,
    pub body: Option<Color32>,
    pub mode: NodeMode,
    pub is_pinned: bool,
    pub inputs: Vec<PortPlan>,
    pub outputs: Vec<PortPlan>,
    pub settings: Vec<SettingPlan>,
    /// Settings that are not shown: at their defaults, and others.
    pub n_default: usize,
    pub n_changed: usize,
    pub is_open: bool,
    /// Of a note.
    pub text: String,
    /// Of an end of a wire without a line.
    pub label: Option<CanvasLabel>,
    /// The size that the file gives.
    own: [f64; 2],
    /// Tells one look from another, wherever the node is.
    pub stamp: u64,
}

/// The colour of a header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Color {
    /// That of the kind's category.
    Category(usize),
    /// The file's.
    Own(Color32),
}

/// An input or output.
#[derive(Debug)]
pub(crate) struct PortPlan {
    pub name: String,
    /// How edits name it.
    pub port: Port,
    /// As the file or the kind names it.
    pub port_type: String,
    pub flow: Flow,
    pub at: Pos2,
    pub is_wired: bool,
    /// What it means, of known kinds.
    pub doc: &'static str,
    /// It must be wired.
    pub is_required: bool,
}

/// A setting that is shown.
#[derive(Debug)]
pub(crate) struct SettingPlan {
    pub param: &'static ParamSchema,
    pub row: Rect,
    pub field: Rect,
    /// As it is written in the field.
    pub shown: String,
    /// What the file gives; none for the default.
    pub value: Option<Value>,
    pub is_default: bool,
    /// What feeds it, of a setting that was turned into an input.
    pub link: Option<String>,
    /// Whether it may be fed.
    pub is_input: bool,
    /// What is wrong with it; its place is below the row.
    pub wrong: Option<String>,
}

/// A wire.
#[derive(Debug)]
pub(crate) struct WirePlan {
    pub link: String,
    /// Positions of the nodes, and of output and input there; an input that is a setting has none.
    pub from: (usize, usize),
    pub to: (usize, Option<usize>),
    pub flow: Flow,
    pub reroutes: Vec<String>,
    /// The line, flattened.
    pub points: Vec<Pos2>,
    pub bounds: Rect,
    /// Its longest level run: how long, and its middle.
    pub run: Option<(f32, Pos2)>,
    /// Tells one line from another, wherever it begins.
    pub stamp: u64,
}

/// A frame with a title.
#[derive(Debug)]
pub(crate) struct GroupPlan {
    pub title: String,
    pub rect: Rect,
    pub colour: Option<Color32>,
}

/// A point at which wires bend.
#[derive(Debug)]
pub(crate) struct ReroutePlan {
    pub id: String,
    pub at: Pos2,
    pub flow: Flow,
}

/// What a plan is made from.
pub(crate) struct Sources<'a> {
    pub canvas: &'a Canvas,
    pub registry: &'a Registry,
    /// [`crate::workflow::Document::param_values`].
    pub values: &'a HashMap<String, Vec<Option<Value>>>,
    /// The nodes whose settings are all shown.
    pub open: &'a HashSet<String>,
    /// What is wrong with settings is shown below them.
    pub findings: &'a Findings,
    pub route: Route,
}

impl Plan {
    pub(crate) fn new(ctx: &Context, widths: &mut Widths, sources: &Sources<'_>) -> Self {
        widths.ready(ctx);
        let nodes = sources.canvas.nodes.iter();
        let nodes: Vec<NodePlan> =
            nodes.map(|node| NodePlan::new(ctx, widths, node, sources)).collect();
        let by_id = nodes.iter().enumerate().map(|(i, node)| (node.id.clone(), i)).collect();
        let labels = (0..nodes.len()).filter(|&i| nodes[i].label.is_some()).collect();
        let mut plan = Self { nodes, by_id, labels, ..Self::default() };
        plan.groups = sources.canvas.groups.iter().map(GroupPlan::new).collect();
        plan.add_wires(sources);
        plan.nodes.iter_mut().for_each(NodePlan::put_stamp);
        plan
    }

    /// Works out some nodes anew, while nothing else of the canvas changes. False where one is not where it was, or
    /// has other ports: then wires lead elsewhere, and all is to be worked out.
    pub(crate) fn renew(
        &mut self,
        ctx: &Context,
        widths: &mut Widths,
        sources: &Sources<'_>,
        nodes: &BTreeSet<usize>,
    ) -> bool {
        let mut renewed = Vec::new();
        for &i in nodes {
            let (Some(node), Some(before)) = (sources.canvas.nodes.get(i), self.nodes.get(i))
            else {
                return false;
            };
            let mut fresh = NodePlan::new(ctx, widths, node, sources);
            if !fresh.takes_place_of(before) {
                return false;
            }
            fresh.put_stamp();
            renewed.push((i, fresh));
        }
        renewed.into_iter().for_each(|(i, fresh)| self.nodes[i] = fresh);
        true
    }

    /// Follows what of the canvas is moved or resized, while nothing else of it changes.
    pub(crate) fn follow(
        &mut self,
        ctx: &Context,
        widths: &mut Widths,
        canvas: &Canvas,
        route: Route,
    ) {
        let mut moved = HashSet::new();
        for (i, (planned, node)) in self.nodes.iter_mut().zip(&canvas.nodes).enumerate() {
            if planned.follow(ctx, widths, node) {
                moved.insert(i);
            }
        }
        for (planned, group) in self.groups.iter_mut().zip(&canvas.groups) {
            *planned = GroupPlan::new(group);
        }
        self.follow_wires(canvas, &moved, route);
    }

    /// The nodes that are ends of wires without a line.
    pub(crate) fn labels(&self) -> &[usize] {
        &self.labels
    }

    pub(crate) fn node(&self, id: &str) -> Option<&NodePlan> {
        self.by_id.get(id).map(|&i| &self.nodes[i])
    }

    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn wire(&self, link: &str) -> Option<&WirePlan> {
        self.by_link.get(link).map(|&i| &self.wires[i])
    }

    /// What holds everything; none of an empty canvas.
    pub(crate) fn bounds(&self) -> Option<Rect> {
        let nodes = self.nodes.iter().map(|node| node.rect);
        let groups = self.groups.iter().map(|group| group.rect).filter(|rect| rect.is_positive());
        let wires = self.wires.iter().map(|wire| wire.bounds);
        nodes.chain(groups).chain(wires).reduce(Rect::union)
    }
}

/// A place of the file on the canvas.
pub(crate) fn place(at: [f64; 2]) -> Pos2 {
    let [x, y] = at.map(|x| if x.is_nan() { 0.0 } else { (x as f32).clamp(-FARTHEST, FARTHEST) });
    pos2(x, y)
}

impl GroupPlan {
    fn new(group: &crate::workflow::CanvasGroup) -> Self {
        let [x, y, width, height] = group.bounding;
        let min = place([x, y]);
        let far = |side: f64| (side as f32).clamp(0.0, FARTHEST);
        Self {
            title: group.title.clone(),
            rect: Rect::from_min_size(min, vec2(far(width), far(height))),
            colour: group.color.as_deref().and_then(look::read_colour),
        }
    }
}
