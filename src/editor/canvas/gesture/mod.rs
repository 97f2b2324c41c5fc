//! What the mouse does on the canvas, from press to release.

mod begin;
mod click;
mod end;
mod go_on;
mod moved;

pub(super) use begin::position_among;
pub(super) use go_on::bounding;
pub(super) use moved::Moved;

use super::hit::Hit;
use super::paint::{Minimap, Picture};
use super::wiring::Loose;
use super::{Around, CanvasState, field};
use crate::editor::selection::Selection;
use crate::editor::tab::Tab;
use crate::workflow::ParamType;
use bevy_egui::egui::{self, Modifiers, PointerButton, Pos2, Rect, Stroke, StrokeKind, Vec2};

/// One notch of the wheel.
const WHEEL: f32 = 1.1;
/// What is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Gesture {
    #[default]
    Idle,
    Pan,
    Minimap,
    /// A box is drawn; what it touches is added to what was selected.
    Box {
        start: Pos2,
        end: Pos2,
        base: Selection,
    },
    Move(Moved),
    Wire(Loose),
    ResizeNode {
        id: String,
        size: Vec2,
        is_note: bool,
    },
    ResizeGroup {
        group: usize,
        rect: Rect,
    },
    /// A number is dragged.
    Scrub(field::Scrub),
}

/// What is held while the mouse is pressed.
#[derive(Clone, Copy, Debug)]
struct Hand {
    button: PointerButton,
    modifiers: Modifiers,
    /// Space is held.
    is_panning: bool,
}

impl Gesture {
    pub(super) fn loose(&self) -> Option<&Loose> {
        match self {
            Self::Wire(loose) => Some(loose),
            _ => None,
        }
    }

    pub(super) fn paint(&self, picture: &Picture<'_>) {
        match self {
            Self::Box { start, end, .. } => {
                let rect =
                    picture.camera.rect_to_screen(picture.area, Rect::from_two_pos(*start, *end));
                let colours = picture.colours;
                let fill = colours.accent.gamma_multiply(0.10);
                let edge = Stroke::new(1.0, colours.accent);
                picture.painter.rect(rect, 2.0, fill, edge, StrokeKind::Middle);
            }
            Self::Move(Moved { onto: Some(link), .. }) => picture.highlight(link),
            _ => {}
        }
    }
}

/// Looks at what the mouse did, and does what it means.
pub(super) fn attend(
    ui: &egui::Ui,
    response: &egui::Response,
    tab: &mut Tab,
    around: &mut Around<'_>,
) {
    let area = response.rect;
    let modifiers = ui.input(|input| input.modifiers);
    let mouse = ui.input(|input| input.pointer.latest_pos());
    // What lies over the canvas has the mouse there, also where it does nothing with it.
    let is_on_top = mouse
        .and_then(|at| ui.ctx().layer_id_at(at))
        .is_none_or(|layer| layer == response.layer_id || layer.order == egui::Order::Background);
    let is_over = response.contains_pointer() && is_on_top && !around.is_covered;
    if is_over {
        wheel(ui, area, tab, around.selects);
        tab.state.mouse = mouse.map(|at| tab.camera.to_canvas(area, at));
    }
    if tab.state.gesture == Gesture::Idle {
        tab.state.hover = match mouse.filter(|_| is_over) {
            Some(at) if !in_minimap(area, tab, around, at) => {
                tab.plan().hit(tab.camera.to_canvas(area, at), tab.camera.zoom)
            }
            _ => Hit::Nothing,
        };
        set_cursor(ui, tab, is_over);
    }
    let origin = ui.input(|input| input.pointer.press_origin()).or(mouse);
    if let Some(at) = origin.filter(|_| response.drag_started()) {
        let button = ui.input(|input| {
            let down = |button| input.pointer.button_down(button);
            [PointerButton::Middle, PointerButton::Secondary]
                .into_iter()
                .find(|b| down(*b))
                .unwrap_or(PointerButton::Primary)
        });
        let space = ui.input(|input| input.key_down(egui::Key::Space));
        let hand = Hand { button, modifiers, is_panning: space };
        begin::begin(tab, around, area, at, hand);
    }
    if let Some(at) = mouse.filter(|_| response.dragged()) {
        // A drag begins some way from where the mouse was pressed: what is taken does not lag behind.
        let by = match origin.filter(|_| response.drag_started()) {
            Some(origin) => at - origin,
            None => ui.input(|input| input.pointer.delta()),
        };
        go_on::go_on(ui, tab, around, area, at, by, modifiers);
    }
    if response.drag_stopped() {
        end::end(tab, around, area);
    }
    let clicked_at = response.interact_pointer_pos().or(mouse);
    if let Some(at) = clicked_at {
        if response.double_clicked() {
            click::double_click(tab, around, area, at);
        } else if response.clicked() {
            click::click(tab, around, area, at, modifiers);
        } else if response.secondary_clicked() {
            click::other_click(tab, around, area, at, modifiers);
        }
    }
}

/// Zooms; where a drag selects, it moves the canvas, and zooms with Ctrl.
fn wheel(ui: &egui::Ui, area: Rect, tab: &mut Tab, pans: bool) {
    let (zoom, scroll, modifiers, mouse) = ui.input(|input| {
        (
            input.zoom_delta(),
            input.smooth_scroll_delta(),
            input.modifiers,
            input.pointer.hover_pos(),
        )
    });
    let Some(at) = mouse else { return };
    if zoom != 1.0 {
        tab.camera.zoom_at(area, at, zoom);
        tab.state.flight = None;
    } else if scroll != Vec2::ZERO {
        tab.state.flight = None;
        if modifiers.shift || pans {
            tab.camera.pan(scroll);
        } else {
            // A notch is 50 points of scrolling as egui counts them.
            tab.camera.zoom_at(area, at, WHEEL.powf(scroll.y / 50.0 * 1.5));
        }
    }
}

fn in_minimap(area: Rect, tab: &Tab, around: &Around<'_>, at: Pos2) -> bool {
    let map = Minimap::new(area, tab.plan(), tab.camera).filter(|_| around.has_minimap);
    map.is_some_and(|map| map.frame.contains(at))
}

fn set_cursor(ui: &egui::Ui, tab: &Tab, is_over: bool) {
    use egui::CursorIcon as Cursor;
    if !is_over {
        return;
    }
    let cursor = match tab.state.hover {
        _ if tab.state.is_locked => Cursor::Grab,
        Hit::Input(..) | Hit::Output(..) => Cursor::Crosshair,
        Hit::Field(i, k) => match tab.plan().nodes[i].settings[k].param.param_type {
            ParamType::Float { .. } | ParamType::Int { .. } => Cursor::ResizeHorizontal,
            ParamType::Text { .. } | ParamType::IntList { .. } => Cursor::Text,
            _ => Cursor::PointingHand,
        },
        Hit::Strip(_) | Hit::Wire(_) => Cursor::PointingHand,
        Hit::NodeCorner(_) | Hit::GroupCorner(_) => Cursor::ResizeNwSe,
        _ => return,
    };
    ui.ctx().set_cursor_icon(cursor);
}

/// Leaves what is going on as if it had not begun.
pub(super) fn abandon(tab: &mut Tab, around: &Around<'_>) -> bool {
    let was_scrubbing = matches!(tab.state.gesture, Gesture::Scrub(_));
    let was = CanvasState::leave(&mut tab.state);
    if was_scrubbing {
        tab.end();
        tab.undo(around.registry);
    } else if was {
        tab.refresh(around.registry);
    }
    was
}
