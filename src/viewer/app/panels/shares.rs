//! What the reward is made of, and where the time goes.

use super::super::super::window_options::SessionKind;
use super::super::live::Curves;
use crate::ui::{significant, track};
use bevy_egui::egui::{Color32, Grid, Pos2, Rect, Sense, Ui, Vec2, vec2};

/// The parts of an update's time, as metrics name them, and their colours.
const STAGES: [(&str, &str, Color32); 6] = [
    ("simulate_secs", "physics", Color32::from_rgb(41, 120, 181)),
    ("observe_secs", "task", Color32::from_rgb(23, 162, 168)),
    ("infer_secs", "policy", Color32::from_rgb(237, 148, 51)),
    ("store_secs", "storing", Color32::from_rgb(178, 92, 148)),
    ("update_secs", "learning", Color32::from_rgb(92, 158, 92)),
    ("other_secs", "other", Color32::from_rgb(130, 136, 145)),
];
const POSITIVE: Color32 = Color32::from_rgb(92, 158, 92);
const NEGATIVE: Color32 = Color32::from_rgb(214, 80, 60);
const BAR: Vec2 = vec2(120.0, 10.0);

/// The mean of each reward term in the training's last update, as bars about zero.
pub(super) fn reward_terms(ui: &mut Ui, curves: &Curves, kind: SessionKind) {
    let prefix = "reward_terms.";
    let terms: Vec<(&str, f64)> = curves
        .names()
        .filter_map(|name| Some((name.strip_prefix(prefix)?, curves.last(name)?)))
        .collect();
    if terms.is_empty() {
        return;
    }
    ui.separator();
    ui.strong("Reward of a step, by term");
    if kind != SessionKind::Training {
        ui.weak("in the last update of the training");
    }
    let largest = terms.iter().map(|(_, value)| value.abs()).fold(1e-9, f64::max);
    Grid::new("terms").num_columns(3).show(ui, |ui| {
        for (name, value) in terms {
            ui.label(name);
            signed_bar(ui, value / largest);
            ui.monospace(significant(value));
            ui.end_row();
        }
    });
}

/// A bar from the middle to one side, of -1..=1 of its half.
pub(super) fn signed_bar(ui: &mut Ui, part: f64) {
    let (rect, _) = ui.allocate_exact_size(BAR, Sense::hover());
    signed_bar_in(ui, rect, part);
}

/// The same in a rectangle.
pub(super) fn signed_bar_in(ui: &Ui, rect: Rect, part: f64) {
    let middle = rect.center().x;
    let end = middle + part as f32 * rect.width() / 2.0;
    let (top, bottom) = (rect.top(), rect.bottom());
    let bar = Rect::from_two_pos(Pos2::new(middle, top), Pos2::new(end, bottom));
    track(ui, rect);
    ui.painter().rect_filled(bar, 1.0, if part < 0.0 { NEGATIVE } else { POSITIVE });
}

/// Where the time of the last update went, as one bar.
pub(super) fn stages(ui: &mut Ui, curves: &Curves) {
    let secs = STAGES.map(|(name, ..)| curves.last(name).unwrap_or(0.0).max(0.0));
    let total: f64 = secs.iter().sum();
    if total <= 0.0 {
        return;
    }
    ui.separator();
    ui.strong(format!("Time of an update: {:.0} ms", 1e3 * total));
    let size = vec2(ui.available_width(), 12.0);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let mut left = rect.left();
    for (secs, (_, _, colour)) in secs.iter().zip(STAGES) {
        let width = (secs / total) as f32 * rect.width();
        let part = Rect::from_min_size(Pos2::new(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(part, 0.0, colour);
        left += width;
    }
    ui.horizontal_wrapped(|ui| {
        for (secs, (_, name, colour)) in secs.iter().zip(STAGES) {
            ui.colored_label(colour, format!("{name} {:.0}%", 100.0 * secs / total));
        }
    });
}
