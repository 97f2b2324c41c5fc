//! The picture of the canvas.

mod group;
pub(crate) mod icon;
mod kept;
mod minimap;
mod node;
mod setting;
mod text;
mod wire;

pub(crate) use kept::Kept;
pub(crate) use minimap::Minimap;
pub(crate) use text::{elided, write};

use super::super::check::Findings;
use super::super::look::{self, Colours};
use super::super::selection::Selection;
use super::camera::Camera;
use super::hit::Hit;
use super::live::Live;
use super::plan::Plan;
use bevy_egui::egui::{Mesh, Painter, Pos2, Rect, Shape, pos2};
use std::collections::HashSet;

/// Between two dots of the canvas, and the least of it on the screen.
pub(crate) const GRID: f32 = 24.0;
const LEAST_GRID: f32 = 18.0;

/// From this zoom on nodes have all their parts; below, the small form; then titles; then blocks.
pub(crate) const ALL_PARTS: f32 = 0.7;
pub(crate) const SMALL: f32 = 0.35;
pub(super) const TITLES: f32 = 0.2;
/// With more nodes than this in view, most of them behind others, they are drawn as from afar.
const CROWD: usize = 400;
/// Of so many nodes it is looked whether they hide others.
const MOST_COVERS: usize = 64;

/// What is painted, and how.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub painter: &'a Painter,
    pub area: Rect,
    pub camera: Camera,
    pub colours: &'a Colours,
    pub plan: &'a Plan,
    pub selection: &'a Selection,
    pub findings: &'a Findings,
    pub hover: Hit,
    /// Ports that fit the wire that is being drawn; all others are dimmed. None while no wire is.
    pub fitting: Option<&'a HashSet<Hit>>,
    /// What runs, if something does.
    pub live: Option<&'a Live>,
    /// Whether there are too many nodes to read.
    pub is_crowded: bool,
    /// The field that is being written into, which is not drawn.
    pub editing: Option<Hit>,
}

impl Picture<'_> {
    /// Whether nodes are drawn without what is in them.
    pub(super) fn is_far(&self) -> bool {
        self.camera.zoom < SMALL || self.is_crowded
    }

    /// Whether more nodes are in view than anybody could read.
    pub(crate) fn counts_crowd(plan: &Plan, seen: Rect) -> bool {
        plan.nodes.iter().filter(|node| node.rect.intersects(seen)).count() > CROWD
    }

    /// Everything, from the ground up.
    pub(crate) fn paint(&self, kept: &mut Kept) {
        self.grid();
        self.paint_drawing(kept);
    }

    /// The same without the ground.
    pub(crate) fn paint_drawing(&self, kept: &mut Kept) {
        kept.ready(self);
        let seen = self.camera.seen(self.area);
        for (i, group) in self.plan.groups.iter().enumerate() {
            if group.rect.intersects(seen) {
                self.group(i, group);
            }
        }
        let traced = self.traced();
        for (i, wire) in self.plan.wires.iter().enumerate() {
            if wire.bounds.expand(20.0).intersects(seen) && !traced.contains(&i) {
                self.kept_wire(kept, i, wire, !traced.is_empty() || self.fitting.is_some());
            }
        }
        let hidden = self.hidden(seen);
        for (i, node) in self.plan.nodes.iter().enumerate() {
            if node.rect.expand(30.0).intersects(seen) && !hidden.contains(&i) {
                self.kept_node(kept, i, node);
            }
        }
        self.label_wires();
        // What is traced is seen above what it leads behind.
        for &i in &traced {
            self.wire(&self.plan.wires[i], false, true);
        }
        for (i, reroute) in self.plan.reroutes.iter().enumerate() {
            if seen.contains(reroute.at) {
                self.reroute(i, reroute);
            }
        }
        if !self.is_far() {
            self.sizes(&traced);
        }
    }

    /// Of too many nodes to be read those that lie wholly behind others, and of which so nothing is seen.
    fn hidden(&self, seen: Rect) -> HashSet<usize> {
        let mut hidden = HashSet::new();
        if !self.is_crowded {
            return hidden;
        }
        let mut covers: Vec<Rect> = Vec::new();
        for (i, node) in self.plan.nodes.iter().enumerate().rev() {
            if !node.rect.intersects(seen) || self.selection.nodes.contains(&node.id) {
                continue;
            }
            if covers.iter().any(|cover| cover.contains_rect(node.rect)) {
                hidden.insert(i);
            } else if covers.len() < MOST_COVERS && node.covers() {
                covers.push(node.rect);
            }
        }
        hidden
    }

    fn grid(&self) {
        self.painter.rect_filled(self.area, 0.0, self.colours.canvas);
        let mut step = GRID * self.camera.zoom;
        while step < LEAST_GRID {
            step *= 2.0;
        }
        let first = |from: f32, offset: f32| from + offset.rem_euclid(step);
        let (mut x, area) = (first(self.area.left(), self.camera.offset.x), self.area);
        // One mesh: a shape for each dot would cost more than all nodes.
        let mut dots = Mesh::default();
        while x < area.right() {
            let mut y = first(area.top(), self.camera.offset.y);
            while y < area.bottom() {
                let dot = Rect::from_center_size(pos2(x.round(), y.round()), [2.0, 2.0].into());
                dots.add_colored_rect(dot, self.colours.grid);
                y += step;
            }
            x += step;
        }
        self.add(dots);
    }

    /// The wires under the mouse, from end to end: of a port all its own.
    fn traced(&self) -> Vec<usize> {
        if self.fitting.is_some() {
            return Vec::new();
        }
        let wires = self.plan.wires.iter().enumerate();
        match self.hover {
            Hit::Wire(i) => {
                // All that leave the same output carry the same.
                let from = self.plan.wires.get(i).map(|wire| wire.from);
                wires.filter(|(_, wire)| Some(wire.from) == from).map(|(i, _)| i).collect()
            }
            Hit::Output(node, port) => {
                wires.filter(|(_, wire)| wire.from == (node, port)).map(|(i, _)| i).collect()
            }
            Hit::Input(node, port) => {
                wires.filter(|(_, wire)| wire.to == (node, Some(port))).map(|(i, _)| i).collect()
            }
            Hit::Reroute(i) => {
                let id = self.plan.reroutes.get(i).map(|reroute| &reroute.id);
                let has =
                    |wire: &super::plan::WirePlan| id.is_some_and(|id| wire.reroutes.contains(id));
                wires.filter(|(_, wire)| has(wire)).map(|(i, _)| i).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn at(&self, point: Pos2) -> Pos2 {
        self.camera.to_screen(self.area, point)
    }

    pub(super) fn rect(&self, rect: Rect) -> Rect {
        self.camera.rect_to_screen(self.area, rect)
    }

    pub(super) fn add(&self, shape: impl Into<Shape>) {
        self.painter.add(shape);
    }
}
