//! A drag while the mouse moves.

use super::Gesture;
use super::moved::wire_for;
use crate::editor::canvas::Around;
use crate::editor::canvas::paint::Minimap;
use crate::editor::canvas::plan::Plan;
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use bevy_egui::egui::{self, Modifiers, Pos2, Rect, Vec2, vec2};

/// At the rim the canvas moves along: how wide the rim is, and how fast at most [screen points].
const RIM: f32 = 28.0;
const RIM_SPEED: f32 = 14.0;
/// The least of a note or group.
const LEAST_SIZE: f32 = 40.0;

pub(super) fn go_on(
    ui: &egui::Ui,
    tab: &mut Tab,
    around: &mut Around<'_>,
    area: Rect,
    at: Pos2,
    by: Vec2,
    modifiers: Modifiers,
) {
    let mut gesture = std::mem::take(&mut tab.state.gesture);
    let zoom = tab.camera.zoom;
    let mut by = by;
    if matches!(gesture, Gesture::Move(_) | Gesture::Wire(_) | Gesture::Box { .. }) {
        // At the rim the canvas moves along under the mouse.
        let push = push_at_rim(area, at);
        if push != Vec2::ZERO {
            tab.camera.pan(push);
            by -= push;
            ui.ctx().request_repaint();
        }
    }
    let point = tab.camera.to_canvas(area, at);
    match &mut gesture {
        Gesture::Idle => {}
        Gesture::Pan => tab.camera.pan(by),
        Gesture::Minimap => {
            if let Some(map) = Minimap::new(area, tab.plan(), tab.camera) {
                let goal = map.to_canvas(at);
                tab.camera.offset = area.size() * 0.5 - goal.to_vec2() * zoom;
            }
        }
        Gesture::Box { start, end, base } => {
            *end = point;
            tab.selection = touched(tab.plan(), Rect::from_two_pos(*start, *end), base);
        }
        Gesture::Move(moved) => {
            moved.by += by / zoom;
            let way = moved.way(modifiers.shift != around.snaps);
            moved.onto = wire_for(tab, moved, point);
            tab.preview(|canvas| moved.show(canvas, way));
        }
        Gesture::Wire(loose) => {
            loose.end = point;
            let fitting = loose.fitting(tab.plan());
            loose.snapped = loose.snap(tab.plan(), &fitting, zoom);
        }
        Gesture::ResizeNode { id, size, is_note } => {
            *size += by / zoom;
            let now = [
                f64::from(size.x.max(LEAST_SIZE)).round(),
                f64::from(size.y.max(LEAST_SIZE)).round(),
            ];
            let is_note = *is_note;
            tab.preview(|canvas| {
                if let Some(node) = canvas.nodes.iter_mut().find(|node| node.id == *id) {
                    node.size = if is_note { now } else { [now[0], node.size[1]] };
                }
            });
        }
        Gesture::ResizeGroup { group, rect } => {
            rect.max += by / zoom;
            let bounding = bounding(*rect);
            tab.preview(|canvas| {
                if let Some(group) = canvas.groups.get_mut(*group) {
                    group.bounding = bounding;
                }
            });
        }
        Gesture::Scrub(scrub) => {
            if let Some(edit) = scrub.drag(by.x, modifiers.shift) {
                tab.edit(around.registry, &edit);
            }
        }
    }
    tab.state.gesture = gesture;
}

fn push_at_rim(area: Rect, at: Pos2) -> Vec2 {
    let push = |low: f32, high: f32, x: f32| {
        let (before, after) = (low + RIM - x, x - (high - RIM));
        (before.clamp(0.0, RIM) - after.clamp(0.0, RIM)) / RIM * RIM_SPEED
    };
    vec2(push(area.left(), area.right(), at.x), push(area.top(), area.bottom(), at.y))
}

/// What a box touches, added to what was selected.
fn touched(plan: &Plan, area: Rect, base: &Selection) -> Selection {
    let mut selection = base.clone();
    let nodes = plan.nodes.iter().filter(|node| node.rect.intersects(area));
    selection.nodes.extend(nodes.map(|node| node.id.clone()));
    let reroutes = plan.reroutes.iter().filter(|reroute| area.contains(reroute.at));
    selection.reroutes.extend(reroutes.map(|reroute| reroute.id.clone()));
    let groups = plan.groups.iter().enumerate().filter(|(_, group)| area.contains_rect(group.rect));
    selection.groups.extend(groups.map(|(i, _)| i));
    selection
}

pub(crate) fn bounding(rect: Rect) -> [f64; 4] {
    let size = rect.size().max(Vec2::splat(LEAST_SIZE));
    [rect.left(), rect.top(), size.x, size.y].map(|x| f64::from(x).round())
}
