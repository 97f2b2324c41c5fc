//! What commands do on the canvas.

use super::plan::{Plan, Shape};
use super::{Around, Ask, PaletteOn, Route, arranged, gesture, rename};
use crate::editor::command::Command;
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use crate::workflow::{Edit, Fragment, NodeMode};
use bevy_egui::egui::{Rect, vec2};

/// One step of the arrow keys [canvas points].
const NUDGE: f64 = 10.0;
/// One step of the zoom.
const ZOOM: f32 = 1.25;
/// Around what is put into a group, and above it for the title.
const GROUP_PAD: f32 = 16.0;
const GROUP_TOP: f32 = 36.0;

/// Does what a command means on the canvas; false for one that is not the canvas's.
pub(crate) fn act(
    tab: &mut Tab,
    around: &mut Around<'_>,
    command: Command,
    clipboard: &mut String,
) -> bool {
    let registry = around.registry;
    let nodes = tab.selection.node_list(tab.canvas());
    match command {
        Command::Undo => {
            tab.undo(registry);
        }
        Command::Redo => {
            tab.redo(registry);
        }
        Command::SelectAll => tab.selection = Selection::all(tab.canvas()),
        Command::Clear => {
            if !gesture::abandon(tab, around) {
                tab.selection = Selection::default();
            }
        }
        Command::Copy => copy(tab, clipboard),
        Command::Cut => {
            copy(tab, clipboard);
            delete(tab, around);
        }
        Command::Paste => paste(tab, around, clipboard, false),
        Command::PasteConnected => paste(tab, around, clipboard, true),
        Command::Duplicate => {
            let edit = Edit::Duplicate { nodes, by: [30.0, 30.0], connections: true };
            if let Some(made) = tab.edit(registry, &edit) {
                tab.selection = Selection::of_nodes(made.nodes);
            }
        }
        Command::Delete => delete(tab, around),
        Command::Rename => {
            if let Some(group) = tab.selection.groups.first().copied() {
                rename::rename_group(tab, group);
            } else if let Some(i) = nodes.first().and_then(|id| tab.plan().position(id)) {
                rename::rename_node(tab, i);
            }
        }
        Command::Group => group(tab, around),
        Command::Ungroup => {
            let groups = tab.selection.groups.iter().rev();
            let edits = groups.map(|group| Edit::RemoveGroup { group: *group }).collect();
            tab.selection.groups.clear();
            tab.edit(registry, &Edit::All(edits));
        }
        Command::FitGroup => fit_groups(tab, around),
        Command::Collapse => {
            let is_open =
                |id: &String| tab.plan().node(id).is_some_and(|node| node.shape == Shape::Full);
            let collapsed = nodes.iter().any(is_open);
            tab.edit(registry, &Edit::Collapse { nodes, collapsed });
        }
        Command::Unfold => nodes.iter().for_each(|id| tab.toggle_open(id)),
        Command::Bypass => set_mode(tab, around, nodes, NodeMode::Bypassed),
        Command::Mute => set_mode(tab, around, nodes, NodeMode::Muted),
        Command::Pin => {
            let is_free = |id: &String| tab.plan().node(id).is_some_and(|node| !node.is_pinned);
            let pinned = nodes.iter().any(is_free);
            tab.edit(registry, &Edit::Pin { nodes, pinned });
        }
        Command::AddNode => {
            let at = tab.state.place(tab.camera);
            around.asks.push(Ask::Palette { at, on: PaletteOn::Nothing });
        }
        Command::Arrange => {
            let only = if nodes.len() > 1 { nodes } else { Vec::new() };
            if let Some(edit) = arranged(tab.plan(), &only) {
                tab.edit(registry, &edit);
                tab.is_unseen = only.is_empty();
            }
        }
        Command::AlignLeft | Command::AlignTop => align(tab, around, command),
        Command::DistributeAcross | Command::DistributeDown => distribute(tab, around, command),
        Command::NudgeLeft => nudge(tab, around, [-NUDGE, 0.0]),
        Command::NudgeRight => nudge(tab, around, [NUDGE, 0.0]),
        Command::NudgeUp => nudge(tab, around, [0.0, -NUDGE]),
        Command::NudgeDown => nudge(tab, around, [0.0, NUDGE]),
        Command::Fit => tab.fly_home(),
        Command::FitSelection => {
            if let Some(part) = selected_part(tab) {
                tab.fly_to(part.expand(60.0));
            } else {
                tab.fly_home();
            }
        }
        Command::ZoomIn | Command::ZoomOut => {
            let factor = if command == Command::ZoomIn { ZOOM } else { 1.0 / ZOOM };
            if let Some(area) = tab.state.area() {
                tab.camera.zoom_at(area, area.center(), factor);
            }
        }
        Command::Wires => cycle_route(tab),
        Command::Lock => tab.state.is_locked = true,
        Command::Unlock => tab.state.is_locked = false,
        Command::RemoveAll => {
            tab.selection = Selection::all(tab.canvas());
            delete(tab, around);
        }
        _ => return false,
    }
    true
}

/// From curves to straight lines to steps, and round again.
pub(crate) fn cycle_route(tab: &mut Tab) {
    tab.set_route(match tab.route() {
        Route::Spline => Route::Straight,
        Route::Straight => Route::Orthogonal,
        Route::Orthogonal => Route::Spline,
    });
}

/// What is selected, as a part of the canvas.
fn selected_part(tab: &Tab) -> Option<Rect> {
    let (plan, selection) = (tab.plan(), &tab.selection);
    let nodes = selection.nodes.iter().filter_map(|id| Some(plan.node(id)?.rect));
    let groups = selection.groups.iter().filter_map(|i| Some(plan.groups.get(*i)?.rect));
    nodes.chain(groups).reduce(Rect::union)
}

fn copy(tab: &mut Tab, clipboard: &mut String) {
    let nodes = tab.selection.node_list(tab.canvas());
    let groups: Vec<usize> = tab.selection.groups.iter().copied().collect();
    match Fragment::copy(tab.document(), &nodes, &groups) {
        Ok(fragment) if !fragment.is_empty() => *clipboard = fragment.to_json(),
        Ok(_) => {}
        Err(error) => tab.error_message = Some(error.to_string()),
    }
}

fn paste(tab: &mut Tab, around: &Around<'_>, clipboard: &str, connections: bool) {
    if clipboard.trim().is_empty() {
        return;
    }
    let at = tab.state.place(tab.camera);
    let at = [f64::from(at.x).round(), f64::from(at.y).round()];
    match Fragment::parse(clipboard) {
        Ok(fragment) => {
            let edit = Edit::Paste { fragment, at, connections };
            if let Some(made) = tab.edit(around.registry, &edit) {
                let groups = made.groups.into_iter().collect();
                tab.selection = Selection { groups, ..Selection::of_nodes(made.nodes) };
            }
        }
        Err(error) => tab.error_message = Some(error.to_string()),
    }
}

/// Removes what is selected. What fed a node then feeds what it fed.
fn delete(tab: &mut Tab, around: &Around<'_>) {
    let selection = std::mem::take(&mut tab.selection);
    let mut edits = Vec::new();
    edits.extend(selection.link.map(|link| Edit::RemoveLinks { links: vec![link] }));
    edits.extend(selection.reroutes.into_iter().map(|reroute| Edit::RemoveReroute { reroute }));
    if !selection.nodes.is_empty() {
        let nodes = selection.nodes.into_iter().collect();
        edits.push(Edit::RemoveNodes { nodes, bridge: true });
    }
    // From the last: the others keep their positions.
    edits.extend(selection.groups.into_iter().rev().map(|group| Edit::RemoveGroup { group }));
    if !edits.is_empty() {
        tab.edit(around.registry, &Edit::All(edits));
    }
}

/// A node that is in the mode already takes part again.
fn set_mode(tab: &mut Tab, around: &Around<'_>, nodes: Vec<String>, mode: NodeMode) {
    let has = |id: &String| tab.plan().node(id).is_some_and(|node| node.mode == mode);
    let mode = if nodes.iter().all(has) { NodeMode::Active } else { mode };
    if !nodes.is_empty() {
        tab.edit(around.registry, &Edit::SetMode { nodes, mode });
    }
}

fn group(tab: &mut Tab, around: &Around<'_>) {
    let Some(part) = selected_part(tab) else { return };
    let bounding = gesture::bounding(framed(part));
    let edit = Edit::AddGroup { title: "Group".to_owned(), bounding, color: None };
    let Some(made) = tab.edit(around.registry, &edit) else { return };
    if let Some(group) = made.groups.first().copied() {
        tab.selection = Selection { groups: [group].into(), ..Selection::default() };
        rename::rename_group(tab, group);
    }
}

pub(super) fn framed(part: Rect) -> Rect {
    let min = part.min - vec2(GROUP_PAD, GROUP_TOP);
    Rect::from_min_max(min, part.max + vec2(GROUP_PAD, GROUP_PAD))
}

fn fit_groups(tab: &mut Tab, around: &Around<'_>) {
    let plan = tab.plan();
    let edits = tab.selection.groups.iter().filter_map(|&group| {
        let frame = plan.groups.get(group)?.rect;
        let inside = plan.nodes.iter().filter(|node| frame.contains(node.rect.center()));
        let part = inside.map(|node| node.rect).reduce(Rect::union)?;
        Some(Edit::ResizeGroup { group, bounding: gesture::bounding(framed(part)) })
    });
    let edits: Vec<Edit> = edits.collect();
    if !edits.is_empty() {
        tab.edit(around.registry, &Edit::All(edits));
    }
}

fn nudge(tab: &mut Tab, around: &Around<'_>, by: [f64; 2]) {
    let moved = gesture::Moved::of_selection(tab);
    if !tab.selection.is_empty() {
        tab.edit(around.registry, &moved.edit(by));
    }
}

/// The selected nodes and their rectangles.
fn selected_rects(tab: &Tab) -> Vec<(String, Rect)> {
    let plan: &Plan = tab.plan();
    let nodes = tab.selection.nodes.iter();
    nodes.filter_map(|id| Some((id.clone(), plan.node(id)?.rect))).collect()
}

fn align(tab: &mut Tab, around: &Around<'_>, command: Command) {
    let rects = selected_rects(tab);
    let left = rects.iter().map(|(_, rect)| rect.left()).fold(f32::INFINITY, f32::min);
    let top = rects.iter().map(|(_, rect)| rect.top()).fold(f32::INFINITY, f32::min);
    let to = rects.into_iter().map(|(id, rect)| match command {
        Command::AlignLeft => (id, [f64::from(left), f64::from(rect.top())]),
        _ => (id, [f64::from(rect.left()), f64::from(top)]),
    });
    let to: Vec<_> = to.collect();
    if to.len() > 1 {
        tab.edit(around.registry, &Edit::MoveNodes { to });
    }
}

/// Gives nodes equal gaps between the first and the last.
fn distribute(tab: &mut Tab, around: &Around<'_>, command: Command) {
    let is_across = command == Command::DistributeAcross;
    let start = |rect: &Rect| if is_across { rect.left() } else { rect.top() };
    let length = |rect: &Rect| if is_across { rect.width() } else { rect.height() };
    let mut rects = selected_rects(tab);
    rects.sort_by(|a, b| start(&a.1).total_cmp(&start(&b.1)));
    let (Some((_, first)), Some((_, last))) = (rects.first(), rects.last()) else { return };
    if rects.len() < 3 {
        return;
    }
    let whole = start(last) + length(last) - start(first);
    let filled: f32 = rects.iter().map(|(_, rect)| length(rect)).sum();
    let gap = (whole - filled) / (rects.len() - 1) as f32;
    let mut at = start(first);
    let mut to = Vec::new();
    for (id, rect) in &rects {
        let place = f64::from(at.round());
        to.push((
            id.clone(),
            match is_across {
                true => [place, f64::from(rect.top())],
                false => [f64::from(rect.left()), place],
            },
        ));
        at += length(rect) + gap;
    }
    tab.edit(around.registry, &Edit::MoveNodes { to });
}
