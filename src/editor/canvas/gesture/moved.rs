//! Nodes, reroutes and groups that are moved.

use crate::editor::canvas::plan::place;
use crate::editor::canvas::wiring;
use crate::editor::tab::Tab;
use crate::workflow::{Canvas, Edit};
use bevy_egui::egui::{Pos2, Rect, Vec2};

/// The grid that moved things snap to [canvas points].
const GRID: f32 = 10.0;

/// What is moved, and from where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Moved {
    pub(super) nodes: Vec<(String, [f64; 2])>,
    reroutes: Vec<(String, [f64; 2])>,
    groups: Vec<(usize, [f64; 4])>,
    /// How far the mouse went [canvas points].
    pub(super) by: Vec2,
    /// The wire into which the node is inserted when it is dropped.
    pub(super) onto: Option<String>,
}

impl Moved {
    /// What is selected, and with groups what lies in them.
    pub(super) fn of(tab: &Tab, contents: bool) -> Self {
        let (canvas, selection) = (tab.canvas(), &tab.selection);
        let frames: Vec<Rect> =
            selection.groups.iter().filter_map(|i| Some(tab.plan().groups.get(*i)?.rect)).collect();
        let lies_in = |at: Pos2| contents && frames.iter().any(|frame| frame.contains(at));
        let is_pinned = |id: &str| tab.plan().node(id).is_some_and(|node| node.is_pinned);
        let nodes = canvas.nodes.iter().filter(|node| {
            let middle = tab.plan().node(&node.id).map(|node| node.rect.center());
            let goes = selection.nodes.contains(&node.id) || middle.is_some_and(lies_in);
            goes && !is_pinned(&node.id)
        });
        let reroutes = canvas.reroutes.iter().filter(|reroute| {
            selection.reroutes.contains(&reroute.id) || lies_in(place(reroute.at))
        });
        let groups = canvas.groups.iter().enumerate().filter(|(i, _)| {
            let inner = tab.plan().groups[*i].rect;
            let is_inside = contents && frames.iter().any(|frame| frame.contains_rect(inner));
            selection.groups.contains(i) || is_inside
        });
        Self {
            nodes: nodes.map(|node| (node.id.clone(), node.at)).collect(),
            reroutes: reroutes.map(|reroute| (reroute.id.clone(), reroute.at)).collect(),
            groups: groups.map(|(i, group)| (i, group.bounding)).collect(),
            by: Vec2::ZERO,
            onto: None,
        }
    }

    /// What is selected alone.
    pub(crate) fn of_selection(tab: &Tab) -> Self {
        Self::of(tab, true)
    }

    /// How far it goes: by what the mouse went, or so that the first lies on the grid.
    pub(super) fn way(&self, snaps: bool) -> [f64; 2] {
        let by = [f64::from(self.by.x), f64::from(self.by.y)];
        if !snaps {
            return by.map(f64::round);
        }
        let first = (self.nodes.first().map(|(_, at)| *at))
            .or(self.reroutes.first().map(|(_, at)| *at))
            .or(self.groups.first().map(|(_, [x, y, ..])| [*x, *y]))
            .unwrap_or_default();
        let grid = f64::from(GRID);
        let snap = |from: f64, by: f64| ((from + by) / grid).round() * grid - from;
        [snap(first[0], by[0]), snap(first[1], by[1])]
    }

    pub(super) fn show(&self, canvas: &mut Canvas, way: [f64; 2]) {
        for (id, from) in &self.nodes {
            if let Some(node) = canvas.nodes.iter_mut().find(|node| node.id == *id) {
                node.at = [from[0] + way[0], from[1] + way[1]];
            }
        }
        for (id, from) in &self.reroutes {
            if let Some(reroute) = canvas.reroutes.iter_mut().find(|it| it.id == *id) {
                reroute.at = [from[0] + way[0], from[1] + way[1]];
            }
        }
        for (i, from) in &self.groups {
            if let Some(group) = canvas.groups.get_mut(*i) {
                group.bounding = [from[0] + way[0], from[1] + way[1], from[2], from[3]];
            }
        }
    }

    /// The one edit that moves it.
    pub(crate) fn edit(&self, way: [f64; 2]) -> Edit {
        let to = |from: [f64; 2]| [from[0] + way[0], from[1] + way[1]];
        let mut edits = Vec::new();
        if !self.nodes.is_empty() {
            let to = self.nodes.iter().map(|(id, from)| (id.clone(), to(*from))).collect();
            edits.push(Edit::MoveNodes { to });
        }
        edits.extend(self.reroutes.iter().map(|(reroute, from)| {
            let (reroute, to) = (reroute.clone(), to(*from));
            Edit::MoveReroute { reroute, to }
        }));
        edits.extend(self.groups.iter().map(|(group, _)| Edit::MoveGroup {
            group: *group,
            by: way,
            contents: false,
        }));
        Edit::All(edits)
    }
}

/// The wire under a single node without wires that is moved onto it, if the node suits it.
pub(super) fn wire_for(tab: &Tab, moved: &Moved, point: Pos2) -> Option<String> {
    let [(id, _)] = &moved.nodes[..] else { return None };
    let node = tab.plan().node(id)?;
    let is_wired = node.inputs.iter().chain(&node.outputs).any(|port| port.is_wired);
    if is_wired {
        return None;
    }
    let wire = &tab.plan().wires[tab.plan().wire_at(point, 12.0 / tab.camera.zoom)?];
    let from = &tab.plan().nodes[wire.from.0].outputs[wire.from.1];
    let to = &tab.plan().nodes[wire.to.0].inputs[wire.to.1?];
    let enters = node.inputs.iter().any(|input| wiring::suits(from, input));
    let leaves = node.outputs.iter().any(|output| wiring::suits(output, to));
    (enters && leaves).then(|| wire.link.clone())
}

/// How far the first thing was shown from where it is.
pub(super) fn shown_way(tab: &Tab, moved: &Moved) -> Option<[f64; 2]> {
    let canvas = tab.canvas();
    let way = |from: [f64; 2], to: [f64; 2]| Some([to[0] - from[0], to[1] - from[1]]);
    if let Some((id, from)) = moved.nodes.first() {
        return way(*from, canvas.nodes.iter().find(|node| node.id == *id)?.at);
    }
    if let Some((id, from)) = moved.reroutes.first() {
        return way(*from, canvas.reroutes.iter().find(|it| it.id == *id)?.at);
    }
    let (i, [x, y, ..]) = moved.groups.first()?;
    let [to_x, to_y, ..] = canvas.groups.get(*i)?.bounding;
    way([*x, *y], [to_x, to_y])
}
