//! A drag that ends.

use super::moved::shown_way;
use super::{Gesture, bounding};
use crate::editor::canvas::hit::Hit;
use crate::editor::canvas::wiring::Loose;
use crate::editor::canvas::{Around, Ask, PaletteOn};
use crate::editor::tab::Tab;
use crate::workflow::Edit;
use bevy_egui::egui::Rect;

pub(super) fn end(tab: &mut Tab, around: &mut Around<'_>, area: Rect) {
    match std::mem::take(&mut tab.state.gesture) {
        Gesture::Idle | Gesture::Pan | Gesture::Minimap | Gesture::Box { .. } => {}
        Gesture::Move(moved) => {
            let shift = around.snaps;
            let way = shown_way(tab, &moved).unwrap_or_else(|| moved.way(shift));
            let onto = moved.onto.clone();
            let mut edit = moved.edit(way);
            if let (Some(link), Some((node, _)), Edit::All(edits)) =
                (onto, moved.nodes.first(), &mut edit)
            {
                edits.push(Edit::InsertExisting { link, node: node.clone() });
            }
            if way != [0.0, 0.0] {
                tab.edit(around.registry, &edit);
            } else {
                tab.refresh(around.registry);
            }
        }
        Gesture::Wire(loose) => drop_wire(tab, around, area, loose),
        Gesture::ResizeNode { id, .. } => {
            let shown = tab.canvas().nodes.iter().find(|node| node.id == id);
            if let Some(size) = shown.map(|node| node.size) {
                tab.edit(around.registry, &Edit::ResizeNode { node: id, size });
            }
        }
        Gesture::ResizeGroup { group, rect } => {
            let bounding = bounding(rect);
            tab.edit(around.registry, &Edit::ResizeGroup { group, bounding });
        }
        Gesture::Scrub(_) => tab.end(),
    }
}

/// A wire is dropped: at a port, or elsewhere.
fn drop_wire(tab: &mut Tab, around: &mut Around<'_>, area: Rect, loose: Loose) {
    if let Some(at) = loose.snapped {
        let is_same = match (&loose.link, at) {
            (Some(link), Hit::Input(node, k)) => {
                tab.plan().wire(link).is_some_and(|wire| wire.to == (node, Some(k)))
            }
            _ => false,
        };
        if let Some(edit) = loose.connect(tab.plan(), at).filter(|_| !is_same) {
            tab.edit(around.registry, &edit);
        }
        return;
    }
    let here = tab.plan().hit(loose.end, tab.camera.zoom);
    if here.node().is_some() || !area.contains(tab.camera.to_screen(area, loose.end)) {
        return;
    }
    match loose.link {
        Some(link) => {
            tab.edit(around.registry, &Edit::RemoveLinks { links: vec![link] });
        }
        None if !loose.all => {
            around.asks.push(Ask::Palette { at: loose.end, on: PaletteOn::Wire(loose) });
        }
        None => {}
    }
}
