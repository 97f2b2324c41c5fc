//! What panels are made of.

use bevy_egui::egui::{
    Align, Button, CollapsingHeader, Color32, Label, Layout, Rect, Response, RichText, Stroke,
    StrokeKind, TextStyle, Ui, vec2,
};

/// Of the names at the left of a row [points].
const NAME_WIDTH: f32 = 58.0;
/// A name, and what belongs to it beside it, in more lines if need be.
pub(crate) fn row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        let size = vec2(NAME_WIDTH, ui.spacing().interact_size.y);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(NAME_WIDTH);
            ui.weak(name);
        });
        ui.horizontal_wrapped(add);
    });
}

/// A part of a panel that folds up.
pub(crate) fn section(ui: &Ui, title: &str) -> CollapsingHeader {
    let font = TextStyle::Body.resolve(ui.style());
    CollapsingHeader::new(RichText::new(title).font(font).strong()).default_open(true)
}

/// A message that stays until somebody has read it; whether that is so.
pub(crate) fn message(ui: &mut Ui, text: &str, colour: Color32) -> bool {
    let is_read = ui.horizontal_top(|ui| {
        let is_read = ui.small_button("x").on_hover_text("Read").clicked();
        ui.add(Label::new(RichText::new(text).color(colour)).wrap());
        is_read
    });
    is_read.inner
}

/// A button that stays down.
pub(crate) fn toggle(ui: &mut Ui, is_on: &mut bool, text: &str) -> Response {
    let mut response = ui.add(Button::new(text).selected(*is_on));
    if response.clicked() {
        *is_on = !*is_on;
        response.mark_changed();
    }
    response
}

/// What a bar lies in, to be seen on a panel of either colour.
pub(crate) fn track(ui: &Ui, rect: Rect) {
    let visuals = ui.visuals();
    let edge = Stroke::new(1.0, visuals.widgets.noninteractive.bg_stroke.color);
    ui.painter().rect(rect, 2.0, visuals.faint_bg_color, edge, StrokeKind::Inside);
}

/// A number with four significant digits: 1e-5 and not 0.0000, 0.25 and not 0.2500.
pub(crate) fn significant(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        return if size == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    if !(1e-3..1e6).contains(&size) {
        let text = format!("{value:.3e}");
        return match text.split_once('e') {
            Some((digits, power)) => format!("{}e{power}", without_zeros(digits)),
            None => text,
        };
    }
    let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn without_zeros(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}

/// A number of steps as people say it: 250K, 1.5M.
pub(crate) fn steps(value: f64) -> String {
    let (unit, name) = match value.abs() {
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "K"),
        _ => (1.0, ""),
    };
    format!("{}{name}", significant(value / unit))
}

/// Round numbers through a range, at least `least` apart: 1, 2 or 5 times a power of ten.
pub(crate) fn round_marks((low, high): (f64, f64), least: f64) -> (f64, Vec<f64>) {
    let power = 10f64.powf(least.max(1e-300).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * power);
    let step = step.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    let n = ((high / step).floor() - first).clamp(0.0, 200.0) as usize;
    (step, (0..=n).map(|i| (first + i as f64) * step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_and_no_empty_ones() {
        let values = [0.0, 1e-5, -0.25, 1.0, 498.765, 71_234.6, 983_040.0, 1.5e9];
        let expected = ["0", "1e-5", "-0.25", "1", "498.8", "71235", "983040", "1.5e9"];
        assert_eq!(values.map(significant), expected);
        assert_eq!([0.0, 999.0, 250e3, 1e6, 1.5e6].map(steps), ["0", "999", "250K", "1M", "1.5M"]);
    }

    #[test]
    fn marks_are_round_and_far_enough_apart() {
        assert_eq!(round_marks((-3.0, 510.0), 120.0), (200.0, vec![0.0, 200.0, 400.0]));
        let (step, marks) = round_marks((0.01, 0.04), 0.011);
        assert!((step - 0.02).abs() < 1e-12 && marks.len() == 2, "{step} {marks:?}");
    }
}
