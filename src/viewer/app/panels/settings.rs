//! Numbers of a training that can be moved while it goes on.

use super::super::live::Live;
use super::Open;
use crate::nodes::LiveSetting;
use crate::ui::{ACCENT, significant};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{DragValue, Grid, RichText, Ui, Window};
use std::collections::BTreeMap;

/// Values that are being moved and have not been told yet.
#[derive(Resource, Default)]
pub(super) struct Moved(BTreeMap<&'static str, f64>);

impl Moved {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

pub(super) fn window(
    mut contexts: EguiContexts,
    live: Res<Live>,
    mut open: ResMut<Open>,
    mut moved: ResMut<Moved>,
) -> Result {
    if !open.settings {
        return Ok(());
    }
    let mut stays = true;
    let window = Window::new("Adjust").open(&mut stays).default_pos([344.0, 16.0]).resizable(false);
    let window = window.fade_in(false);
    window.show(contexts.ctx_mut()?, |ui| show(ui, &live, &mut moved));
    if !stays {
        open.settings = false;
    }
    Ok(())
}

fn show(ui: &mut Ui, live: &Live, moved: &mut Moved) {
    let settings = live.settings();
    if settings.is_empty() {
        ui.weak("Nothing can be adjusted here, or the first step is yet to come.");
        return;
    }
    Grid::new("settings").num_columns(3).spacing([10.0, 3.0]).show(ui, |ui| {
        for setting in &settings {
            row(ui, live, moved, setting);
            ui.end_row();
        }
    });
    ui.weak("Drag, or click and type. Every change is written into changes.jsonl of the run.");
}

fn row(ui: &mut Ui, live: &Live, moved: &mut Moved, setting: &LiveSetting) {
    let name = RichText::new(setting.name);
    let name = if setting.by_hand { name.color(ACCENT) } else { name };
    ui.label(name).on_hover_text(setting.doc);
    let mut value = moved.0.get(setting.name).copied().unwrap_or(setting.value);
    // A hundred pixels double a value, or make something of 0.
    let speed = (0.01 * value.abs()).max(1e-3 * setting.range.end().abs().min(1e-2));
    let drag = DragValue::new(&mut value)
        .range(setting.range.clone())
        .speed(speed)
        .max_decimals(8)
        .custom_formatter(|value, _| short(value));
    let response = ui.add(drag);
    if response.changed() {
        moved.0.insert(setting.name, value);
    }
    if !response.dragged()
        && !response.has_focus()
        && let Some(value) = moved.0.remove(setting.name)
    {
        live.set(setting.name, value);
    }
    if setting.by_hand {
        let button = ui.small_button("release").on_hover_text("It follows the workflow again");
        if button.clicked() {
            live.release(setting.name);
        }
    } else {
        ui.label("");
    }
}

/// A number as people write it: 0.0003 and not 0.00030000000000000003, 1e-6 and not 0.000001.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 {
        return significant(value);
    }
    format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [short(0.2), short(3e-4), short(0.0), short(12.5)],
            ["0.2", "0.0003", "0", "12.5"]
        );
        assert_eq!([short(1e-6), short(2.5e-8)], ["1e-6", "2.5e-8"]);
    }
}
