//! The list of shortcuts.

use super::super::control::{Control, SHORTCUTS};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

pub(super) fn window(mut contexts: EguiContexts, mut control: ResMut<Control>) -> Result {
    let mut open = control.shows_help;
    egui::Window::new("Keys and mouse")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_pos([24.0, 24.0])
        .show(contexts.ctx_mut()?, |ui| {
            // In two columns, so that a small window holds them.
            let all = SHORTCUTS();
            let (left, right) = all.split_at(all.len().div_ceil(2));
            egui::Grid::new("keys").num_columns(4).spacing([14.0, 5.0]).show(ui, |ui| {
                for (i, row) in left.iter().enumerate() {
                    for (key, does) in [Some(row), right.get(i)].into_iter().flatten() {
                        ui.monospace(*key);
                        ui.label(*does);
                    }
                    ui.end_row();
                }
            });
        });
    if open != control.shows_help {
        control.shows_help = open;
    }
    Ok(())
}
