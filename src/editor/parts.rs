//! Small parts that panels are made of.

use super::canvas::Icon;
use super::look;
use bevy_egui::egui::{
    self, Align2, Color32, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};

/// Of a text that is said of something [points].
const HINT_WIDTH: f32 = 320.0;

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    /// The one that matters most.
    Primary,
    /// Without a ground, until the mouse is over it.
    Ghost,
}

/// A button with an icon, a text or both.
pub(crate) fn button(
    ui: &mut Ui,
    icon: Option<Icon>,
    text: &str,
    look: Look,
    is_enabled: bool,
) -> Response {
    let colours = look::colours(ui.ctx());
    let galley =
        ui.painter().layout_no_wrap(text.to_owned(), look::strong(12.0), Color32::PLACEHOLDER);
    let has_text = !text.is_empty();
    let width = match (icon, has_text) {
        (Some(_), true) => galley.size().x + 42.0,
        (Some(_), false) => 30.0,
        _ => galley.size().x + 24.0,
    };
    let sense = if is_enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), sense);
    let is_hovered = response.hovered() && is_enabled;
    let (ground, edge, colour) = match look {
        _ if !is_enabled => match look {
            Look::Ghost => {
                (Color32::TRANSPARENT, Color32::TRANSPARENT, colours.text3.gamma_multiply(0.5))
            }
            _ => (colours.raised, colours.line, colours.text3),
        },
        Look::Plain if is_hovered => (colours.hover, colours.edge, colours.text),
        Look::Plain => (colours.raised, colours.line, colours.text),
        Look::Primary => (colours.fill, colours.fill, colours.on_fill),
        Look::Ghost if is_hovered => (colours.hover, Color32::TRANSPARENT, colours.text),
        Look::Ghost => (Color32::TRANSPARENT, Color32::TRANSPARENT, colours.text2),
    };
    let ground =
        if is_hovered && look == Look::Primary { ground.gamma_multiply(1.15) } else { ground };
    ui.painter().rect(rect, 6.0, ground, Stroke::new(1.0, edge), StrokeKind::Inside);
    if response.has_focus() {
        let ring = Stroke::new(1.5, colours.accent);
        ui.painter().rect_stroke(rect.expand(2.0), 8.0, ring, StrokeKind::Middle);
    }
    let mut left = rect.left() + 12.0;
    if let Some(icon) = icon {
        let x = if has_text { rect.left() + 18.0 } else { rect.center().x };
        icon.paint(ui.painter(), pos2(x, rect.center().y), 0.85, colour);
        left = rect.left() + 30.0;
    }
    if has_text {
        let at = pos2(left, rect.center().y - galley.size().y * 0.5);
        ui.painter().galley(at, galley, colour);
    }
    let name = if has_text { text } else { "button" };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, is_enabled, name));
    response
}

/// What is said of something while the mouse rests on it.
pub(crate) trait Hint {
    fn hint(self, text: impl Into<String>) -> Self;
}

impl Hint for Response {
    fn hint(self, text: impl Into<String>) -> Self {
        // Tooltips are no part of the ui that they are in, and have its fonts and colours only if they are given them.
        self.on_hover_ui(|ui| {
            look::apply(ui);
            ui.set_max_width(HINT_WIDTH);
            ui.label(text.into());
        })
    }
}

/// A key, as a list of keys shows it.
pub(crate) fn key(ui: &mut Ui, name: &str) {
    key_of(ui, name, Sense::hover(), false);
}

/// The same to be pressed; while another key is waited for it is marked.
pub(crate) fn key_button(ui: &mut Ui, name: &str, waits: bool) -> Response {
    key_of(ui, name, Sense::click(), waits)
}

fn key_of(ui: &mut Ui, name: &str, sense: Sense, is_marked: bool) -> Response {
    let colours = look::colours(ui.ctx());
    let galley = ui.painter().layout_no_wrap(name.to_owned(), look::regular(10.5), colours.text2);
    let size = vec2(galley.size().x + 10.0, 17.0);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let is_lit = is_marked || (sense.senses_click() && response.hovered());
    let edge = Stroke::new(1.0, if is_marked { colours.accent } else { colours.line });
    let ground = if is_lit { colours.hover } else { colours.raised };
    ui.painter().rect(rect, 4.0, ground, edge, StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() * 0.5, galley, colours.text2);
    response
}

/// A word in a pill, with a ground of its own.
pub(crate) fn pill(ui: &mut Ui, text: &str, ground: Color32, colour: Color32) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), look::strong(11.0), colour);
    let size = vec2((galley.size().x + 14.0).max(20.0), 20.0);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, 10.0, ground);
    ui.painter().galley(rect.center() - galley.size() * 0.5, galley, colour);
}

/// A small text in the given colour.
pub(crate) fn small(ui: &mut Ui, text: impl Into<String>, colour: Color32) -> Response {
    ui.label(egui::RichText::new(text).font(look::regular(11.5)).color(colour))
}

/// A ui in a part of another. What is in it is known by the name, whatever else there is: a drag that began goes
/// on when a panel beside it appears.
pub(crate) fn within<R>(
    ui: &mut Ui,
    name: impl std::hash::Hash + std::fmt::Debug,
    rect: Rect,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let id = egui::Id::new(("editor", name));
    ui.scope_builder(egui::UiBuilder::new().id(id).max_rect(rect), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        add(ui)
    })
    .inner
}

/// A text at a place, cut off where its room ends.
pub(crate) fn text_at(
    ui: &Ui,
    at: egui::Pos2,
    anchor: Align2,
    text: &str,
    font: egui::FontId,
    colour: Color32,
    room: f32,
) -> Rect {
    super::canvas::write(ui.painter(), at, anchor, text, font, colour, room)
}
