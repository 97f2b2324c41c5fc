//! The start of a drag: what is dragged.

use super::{Gesture, Hand, Moved, in_minimap};
use crate::editor::canvas::hit::Hit;
use crate::editor::canvas::plan::{Plan, Shape, WirePlan};
use crate::editor::canvas::wiring::{Loose, port};
use crate::editor::canvas::{Around, field};
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use crate::workflow::Edit;
use bevy_egui::egui::{Modifiers, PointerButton, Pos2, Rect};

pub(super) fn begin(tab: &mut Tab, around: &mut Around<'_>, area: Rect, at: Pos2, hand: Hand) {
    let Hand { button, modifiers, is_panning } = hand;
    tab.state.flight = None;
    if button == PointerButton::Primary && in_minimap(area, tab, around, at) {
        tab.state.gesture = Gesture::Minimap;
        return;
    }
    if button == PointerButton::Middle || is_panning || tab.state.is_locked {
        tab.state.gesture = Gesture::Pan;
        return;
    }
    if button != PointerButton::Primary {
        return;
    }
    let point = tab.camera.to_canvas(area, at);
    let hit = tab.plan().hit(point, tab.camera.zoom);
    tab.state.gesture = match hit {
        _ if modifiers.command && !modifiers.alt && hit.node().is_none() => {
            Gesture::Box { start: point, end: point, base: tab.selection.clone() }
        }
        Hit::Nothing if around.selects => {
            let base = if modifiers.shift { tab.selection.clone() } else { Selection::default() };
            Gesture::Box { start: point, end: point, base }
        }
        Hit::Nothing => Gesture::Pan,
        Hit::Output(..) | Hit::Input(..) => {
            Gesture::Wire(take_wire(tab.plan(), hit, point, modifiers))
        }
        Hit::Wire(i) if modifiers.alt => bend(tab, around, i, point),
        Hit::Wire(i) => {
            // Another wire out of where this one comes from.
            let (node, port) = tab.plan().wires[i].from;
            Gesture::Wire(Loose::new(Hit::Output(node, port), point))
        }
        Hit::Field(i, k) => match field::Scrub::new(&tab.plan().nodes[i], k) {
            Some(scrub) => {
                tab.begin("set a number");
                Gesture::Scrub(scrub)
            }
            None => grab_node(tab, around, i, modifiers),
        },
        Hit::NodeCorner(i) => {
            let node = &tab.plan().nodes[i];
            let (id, size) = (node.id.clone(), node.rect.size());
            let is_note = node.shape == Shape::Note;
            Gesture::ResizeNode { id, size, is_note }
        }
        Hit::GroupCorner(group) => {
            Gesture::ResizeGroup { group, rect: tab.plan().groups[group].rect }
        }
        Hit::GroupTitle(i) => {
            if !tab.selection.groups.contains(&i) {
                tab.selection = Selection { groups: [i].into(), ..Selection::default() };
            }
            // With Alt the frame is moved alone.
            Gesture::Move(Moved::of(tab, !modifiers.alt))
        }
        Hit::Reroute(i) if modifiers.shift => match through(tab.plan(), i) {
            Some((node, port)) => Gesture::Wire(Loose::new(Hit::Output(node, port), point)),
            None => Gesture::Idle,
        },
        Hit::Reroute(i) => {
            let id = tab.plan().reroutes[i].id.clone();
            if !tab.selection.reroutes.contains(&id) {
                tab.selection = Selection { reroutes: [id].into(), ..Selection::default() };
            }
            Gesture::Move(Moved::of(tab, false))
        }
        Hit::Setting(i, _) | Hit::Strip(i) | Hit::Header(i) | Hit::Body(i) => {
            grab_node(tab, around, i, modifiers)
        }
    };
}

/// A wire out of a port: a wired input hands over the one that it has.
fn take_wire(plan: &Plan, hit: Hit, point: Pos2, modifiers: Modifiers) -> Loose {
    if let Hit::Input(node, k) = hit
        && let Some(wire) = plan.wires.iter().find(|wire| wire.to == (node, Some(k)))
    {
        let fixed = Hit::Output(wire.from.0, wire.from.1);
        return Loose { link: Some(wire.link.clone()), ..Loose::new(fixed, point) };
    }
    let has_wires = port(plan, hit).is_some_and(|(_, port)| port.is_wired);
    Loose {
        all: modifiers.shift && has_wires && matches!(hit, Hit::Output(..)),
        ..Loose::new(hit, point)
    }
}

/// The output whose wire bends at a reroute.
fn through(plan: &Plan, reroute: usize) -> Option<(usize, usize)> {
    let id = &plan.reroutes.get(reroute)?.id;
    plan.wires.iter().find(|wire| wire.reroutes.contains(id)).map(|wire| wire.from)
}

/// Alt on a wire: a new point at which it bends, in the hand at once.
pub(super) fn bend(tab: &mut Tab, around: &Around<'_>, wire: usize, point: Pos2) -> Gesture {
    let planned = &tab.plan().wires[wire];
    let position = position_among(planned, tab.plan(), point);
    let edit = Edit::AddReroute {
        link: planned.link.clone(),
        position,
        at: [f64::from(point.x), f64::from(point.y)],
    };
    let Some(made) = tab.edit(around.registry, &edit) else { return Gesture::Idle };
    tab.selection =
        Selection { reroutes: made.reroutes.into_iter().collect(), ..Selection::default() };
    Gesture::Move(Moved::of(tab, false))
}

/// How many of a wire's points lie before a point of it.
pub(crate) fn position_among(wire: &WirePlan, plan: &Plan, point: Pos2) -> usize {
    let place_on = |at: Pos2| {
        let distance = |(_, p): &(usize, &Pos2)| p.distance(at);
        let points = wire.points.iter().enumerate();
        points.min_by(|a, b| distance(a).total_cmp(&distance(b))).map_or(0, |(i, _)| i)
    };
    let here = place_on(point);
    let places = wire.reroutes.iter().filter_map(|id| {
        plan.reroutes.iter().find(|reroute| reroute.id == *id).map(|reroute| place_on(reroute.at))
    });
    places.filter(|place| *place < here).count()
}

fn grab_node(tab: &mut Tab, around: &Around<'_>, i: usize, modifiers: Modifiers) -> Gesture {
    let id = tab.plan().nodes[i].id.clone();
    if !tab.selection.nodes.contains(&id) {
        let base = if modifiers.shift { tab.selection.clone() } else { Selection::default() };
        tab.selection = base;
        tab.selection.nodes.insert(id);
    }
    if modifiers.alt {
        // A copy is moved, and the original stays.
        let nodes = tab.selection.node_list(tab.canvas());
        let edit = Edit::Duplicate { nodes, by: [0.0, 0.0], connections: false };
        if let Some(made) = tab.edit(around.registry, &edit) {
            tab.selection = Selection::of_nodes(made.nodes);
        }
    }
    Gesture::Move(Moved::of(tab, true))
}
