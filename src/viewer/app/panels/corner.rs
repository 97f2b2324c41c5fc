//! In the view's lower left corner: how wide a cell of the ground is, and what the colours of returns mean.

use super::super::super::window_options::SessionKind;
use super::super::live::Live;
use super::super::stage::{Layout, RETURN_COLOURS, cell_size};
use crate::ui::significant;
use bevy_egui::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Ui, Vec2, pos2, vec2};

/// From the corner [points].
const MARGIN: f32 = 12.0;
const BAR: Vec2 = vec2(120.0, 10.0);
const FONT: FontId = FontId::proportional(12.0);
/// On the ground, whatever the panels are.
const TEXT: Color32 = Color32::WHITE;
/// As the robot that it stands above.
const NUMBER: Color32 = Color32::from_rgb(108, 169, 255);
const BEHIND: Color32 = Color32::from_black_alpha(120);

pub(super) fn show(ui: &Ui, view: Rect, layout: &Layout, live: &Live, tints: bool) {
    let painter = ui.painter().with_clip_rect(view);
    let mut at = view.left_bottom() + vec2(MARGIN, -MARGIN);
    let cell = f64::from(cell_size(layout));
    let used = note(&painter, at, &format!("grid {} m", significant(cell)));
    if tints {
        at.y = used.top() - 6.0;
        returns(&painter, at, live);
    }
}

/// The number of the environment that was chosen, above it: a place in the view [points].
pub(super) fn number(ui: &Ui, view: Rect, at: Pos2, env: usize) {
    let painter = ui.painter().with_clip_rect(view);
    let galley =
        painter.layout_no_wrap(env.to_string(), FontId::proportional(13.0), Color32::BLACK);
    let rect = Align2::CENTER_BOTTOM.anchor_size(at, galley.size() + vec2(12.0, 4.0));
    painter.rect_filled(rect, 4.0, NUMBER);
    painter.galley(rect.min + vec2(6.0, 2.0), galley, Color32::BLACK);
}

/// In the middle of a view that has nothing to show yet.
pub(super) fn preparing(ui: &Ui, view: Rect, kind: SessionKind) {
    let text = match kind {
        SessionKind::Training => "Preparing the training and its first picture ...",
        SessionKind::Playing { .. } => "Preparing the policy and its first picture ...",
        SessionKind::Looking => "Preparing the first picture ...",
    };
    let painter = ui.painter().with_clip_rect(view);
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(14.0), TEXT);
    let rect = Rect::from_center_size(view.center(), galley.size() + vec2(24.0, 16.0));
    painter.rect_filled(rect, 6.0, BEHIND);
    painter.galley(rect.min + vec2(12.0, 8.0), galley, TEXT);
}

/// The scale of returns, with the least and the most of what is shown.
fn returns(painter: &Painter, at: Pos2, live: &Live) {
    let all = || live.envs.iter().map(|env| env.total_reward).filter(|total| total.is_finite());
    let (Some(least), Some(most)) = (all().reduce(f64::min), all().reduce(f64::max)) else {
        return;
    };
    let text = format!("return {least:.1} to {most:.1}");
    let used = note(painter, at, &text);
    let bar = Rect::from_min_size(pos2(at.x, used.top() - BAR.y - 2.0), BAR);
    let width = bar.width() / RETURN_COLOURS.len() as f32;
    for (i, colour) in RETURN_COLOURS.iter().enumerate() {
        let [r, g, b] = colour.map(|part| (part * 255.0).round() as u8);
        let left = bar.left() + i as f32 * width;
        let part = Rect::from_min_size(pos2(left, bar.top()), vec2(width, bar.height()));
        painter.rect_filled(part, 0.0, Color32::from_rgb(r, g, b));
    }
}

/// A text whose lower left corner is there; where it lies.
fn note(painter: &Painter, at: Pos2, text: &str) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), FONT, TEXT);
    let rect = Align2::LEFT_BOTTOM.anchor_size(at, galley.size() + vec2(8.0, 4.0));
    painter.rect_filled(rect, 3.0, BEHIND);
    painter.galley(rect.min + vec2(4.0, 2.0), galley, TEXT);
    rect
}
