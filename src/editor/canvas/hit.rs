//! What of the canvas is at a point.

use super::plan::{NodePlan, Plan, Shape};
use bevy_egui::egui::{Pos2, Rect, vec2};

/// How near the mouse must be to a port or a wire [screen points].
const PORT_REACH: f32 = 12.0;
const WIRE_REACH: f32 = 6.0;
/// The corner by which nodes and groups are resized.
const CORNER: f32 = 12.0;
/// The band of a group in which its title stands [canvas points].
pub(crate) const GROUP_TITLE: f32 = 24.0;

/// What is at a point. Nodes, ports, wires and groups go by their positions in the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Hit {
    #[default]
    Nothing,
    Input(usize, usize),
    Output(usize, usize),
    /// The field of a setting.
    Field(usize, usize),
    /// The name of a setting.
    Setting(usize, usize),
    /// The strip that folds settings.
    Strip(usize),
    Header(usize),
    Body(usize),
    /// The corner that resizes.
    NodeCorner(usize),
    Wire(usize),
    Reroute(usize),
    GroupTitle(usize),
    GroupCorner(usize),
}

impl Hit {
    /// The node, or that of the port or setting.
    pub(crate) fn node(self) -> Option<usize> {
        match self {
            Self::Input(node, _) | Self::Output(node, _) | Self::Field(node, _) => Some(node),
            Self::Setting(node, _) | Self::Strip(node) | Self::Header(node) => Some(node),
            Self::Body(node) | Self::NodeCorner(node) => Some(node),
            _ => None,
        }
    }
}

impl Plan {
    /// What is at a canvas point, seen at a zoom: what is drawn last is hit first.
    pub(crate) fn hit(&self, at: Pos2, zoom: f32) -> Hit {
        let port_reach = PORT_REACH / zoom;
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if !node.rect.expand(port_reach).contains(at) {
                continue;
            }
            if let Some(port) = port_at(node, i, at, port_reach) {
                return port;
            }
            if node.rect.contains(at) {
                return part_of(node, i, at, zoom);
            }
        }
        let is_at = |point: Pos2| point.distance(at) <= PORT_REACH * 0.75 / zoom;
        if let Some(i) = self.reroutes.iter().rposition(|reroute| is_at(reroute.at)) {
            return Hit::Reroute(i);
        }
        if let Some(i) = self.wire_at(at, WIRE_REACH / zoom) {
            return Hit::Wire(i);
        }
        for (i, group) in self.groups.iter().enumerate().rev() {
            let corner =
                Rect::from_min_max(group.rect.max - vec2(CORNER, CORNER) / zoom, group.rect.max);
            let title = Rect::from_min_size(group.rect.min, vec2(group.rect.width(), GROUP_TITLE));
            if corner.contains(at) {
                return Hit::GroupCorner(i);
            }
            if title.contains(at) {
                return Hit::GroupTitle(i);
            }
        }
        Hit::Nothing
    }

    /// The nearest wire that is within reach of a point.
    pub(crate) fn wire_at(&self, at: Pos2, reach: f32) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        for (i, wire) in self.wires.iter().enumerate() {
            if !wire.bounds.expand(reach).contains(at) {
                continue;
            }
            let distance = distance_to(&wire.points, at);
            if distance <= reach && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, i));
            }
        }
        best.map(|(_, i)| i)
    }
}

/// How far a point is from a line of straight pieces.
pub(crate) fn distance_to(line: &[Pos2], at: Pos2) -> f32 {
    let to_piece = |pair: &[Pos2]| {
        let (a, along) = (pair[0], pair[1] - pair[0]);
        let t = if along.length_sq() > 0.0 { (at - a).dot(along) / along.length_sq() } else { 0.0 };
        (a + along * t.clamp(0.0, 1.0)).distance(at)
    };
    line.windows(2).map(to_piece).fold(f32::INFINITY, f32::min)
}

fn port_at(node: &NodePlan, i: usize, at: Pos2, reach: f32) -> Option<Hit> {
    let inputs = node.inputs.iter().enumerate().map(|(k, port)| (Hit::Input(i, k), port.at));
    let outputs = node.outputs.iter().enumerate().map(|(k, port)| (Hit::Output(i, k), port.at));
    // Ports of one side are 20 apart: beyond half of that another one is meant.
    let within =
        |point: Pos2| (point.x - at.x).abs() <= reach && (point.y - at.y).abs() <= reach.min(10.0);
    let near = inputs.chain(outputs).filter(|(_, point)| within(*point));
    near.min_by(|a, b| a.1.distance(at).total_cmp(&b.1.distance(at))).map(|(hit, _)| hit)
}

fn part_of(node: &NodePlan, i: usize, at: Pos2, zoom: f32) -> Hit {
    let corner =
        Rect::from_min_max(node.rect.max - vec2(CORNER, CORNER) / zoom.max(1.0), node.rect.max);
    if corner.contains(at) && matches!(node.shape, Shape::Full | Shape::Note) {
        return Hit::NodeCorner(i);
    }
    if node.header_rect().contains(at) && node.shape != Shape::Note {
        return Hit::Header(i);
    }
    if node.shape == Shape::Full {
        for (k, setting) in node.settings.iter().enumerate() {
            if setting.field.expand2(vec2(2.0, 2.0)).contains(at) {
                return Hit::Field(i, k);
            }
            if setting.row.contains(at) {
                return Hit::Setting(i, k);
            }
        }
        if node.strip_rect().contains(at) && node.folds() {
            return Hit::Strip(i);
        }
    }
    Hit::Body(i)
}
