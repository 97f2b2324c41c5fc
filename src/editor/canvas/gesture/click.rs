//! Clicks.

use super::begin::bend;
use super::in_minimap;
use crate::editor::canvas::hit::Hit;
use crate::editor::canvas::paint::Minimap;
use crate::editor::canvas::rename;
use crate::editor::canvas::{Around, Ask, PaletteOn, field, wiring};
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use crate::workflow::Edit;
use bevy_egui::egui::{Modifiers, Pos2, Rect};

/// So near its middle a click on a wire opens its menu [screen points].
const MIDDLE: f32 = 9.0;

pub(super) fn click(
    tab: &mut Tab,
    around: &mut Around<'_>,
    area: Rect,
    at: Pos2,
    modifiers: Modifiers,
) {
    if in_minimap(area, tab, around, at) {
        if let Some(map) = Minimap::new(area, tab.plan(), tab.camera) {
            let goal = map.to_canvas(at);
            tab.camera.offset = area.size() * 0.5 - goal.to_vec2() * tab.camera.zoom;
        }
        return;
    }
    if tab.state.is_locked {
        return;
    }
    let point = tab.camera.to_canvas(area, at);
    let hit = tab.plan().hit(point, tab.camera.zoom);
    let adds = modifiers.shift || modifiers.command;
    match hit {
        Hit::Input(..) | Hit::Output(..) if modifiers.command && modifiers.alt => {
            if let Some(port) = wiring::reference(tab.plan(), hit) {
                let edit = match hit {
                    Hit::Input(..) => Edit::DisconnectInput(port),
                    _ => Edit::DisconnectOutput(port),
                };
                tab.edit(around.registry, &edit);
            }
        }
        Hit::Field(i, k) => field::open(tab, around, i, k),
        Hit::Strip(i) => {
            let id = tab.plan().nodes[i].id.clone();
            tab.toggle_open(&id);
        }
        Hit::Wire(i) if modifiers.alt => {
            bend(tab, around, i, point);
        }
        Hit::Wire(i) => {
            let wire = &tab.plan().wires[i];
            let is_middle = wire.middle().distance(point) * tab.camera.zoom <= MIDDLE;
            let link = Some(wire.link.clone());
            tab.selection = Selection { link, ..Selection::default() };
            if is_middle && !adds {
                (tab.state.menu, tab.state.menu_opens) = ((hit, point), Some(true));
            }
        }
        Hit::Reroute(i) => {
            let id = tab.plan().reroutes[i].id.clone();
            if !adds {
                tab.selection = Selection::default();
            }
            tab.selection.reroutes.insert(id);
        }
        Hit::GroupTitle(i) | Hit::GroupCorner(i) => {
            if !adds {
                tab.selection = Selection::default();
            }
            tab.selection.groups.insert(i);
        }
        Hit::Nothing => {
            if !adds {
                tab.selection = Selection::default();
            }
        }
        _ => {
            let Some(i) = hit.node() else { return };
            let id = tab.plan().nodes[i].id.clone();
            if adds {
                tab.selection.toggle_node(&id);
            } else {
                tab.selection = Selection::of_nodes([id]);
            }
        }
    }
}

pub(super) fn double_click(tab: &mut Tab, around: &mut Around<'_>, area: Rect, at: Pos2) {
    if in_minimap(area, tab, around, at) {
        return;
    }
    if tab.state.is_locked {
        return;
    }
    let point = tab.camera.to_canvas(area, at);
    match tab.plan().hit(point, tab.camera.zoom) {
        Hit::Nothing => around.asks.push(Ask::Palette { at: point, on: PaletteOn::Nothing }),
        Hit::Wire(i) => {
            let link = tab.plan().wires[i].link.clone();
            around.asks.push(Ask::Palette { at: point, on: PaletteOn::Link(link) });
        }
        Hit::Header(i) => rename::rename_node(tab, i),
        Hit::Body(i) => rename::write_note(tab, i),
        Hit::GroupTitle(i) => rename::rename_group(tab, i),
        Hit::Field(i, k) => field::open(tab, around, i, k),
        _ => {}
    }
}

/// A click with the other button: the menu of what is there. With Alt it takes a bend away.
pub(super) fn other_click(
    tab: &mut Tab,
    around: &Around<'_>,
    area: Rect,
    at: Pos2,
    modifiers: Modifiers,
) {
    let point = tab.camera.to_canvas(area, at);
    let hit = tab.plan().hit(point, tab.camera.zoom);
    tab.state.menu_opens = Some(!tab.state.is_locked);
    if tab.state.is_locked {
        return;
    }
    if let Hit::Reroute(i) = hit
        && modifiers.alt
    {
        let reroute = tab.plan().reroutes[i].id.clone();
        tab.edit(around.registry, &Edit::RemoveReroute { reroute });
        tab.state.menu_opens = Some(false);
        return;
    }
    select_for_menu(tab, hit);
    tab.state.menu = (hit, point);
}

/// The menu is of what is under the mouse: that is selected, unless it is one of several.
fn select_for_menu(tab: &mut Tab, hit: Hit) {
    if let Some(i) = hit.node() {
        let id = tab.plan().nodes[i].id.clone();
        if !tab.selection.nodes.contains(&id) {
            tab.selection = Selection::of_nodes([id]);
        }
    } else if let Hit::Wire(i) = hit {
        let link = Some(tab.plan().wires[i].link.clone());
        tab.selection = Selection { link, ..Selection::default() };
    } else if let Hit::GroupTitle(i) | Hit::GroupCorner(i) = hit
        && !tab.selection.groups.contains(&i)
    {
        tab.selection = Selection { groups: [i].into(), ..Selection::default() };
    }
}
