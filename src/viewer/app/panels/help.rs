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
            egui::Grid::new("keys").num_columns(2).spacing([18.0, 5.0]).show(ui, |ui| {
                for (key, does) in SHORTCUTS() {
                    ui.monospace(key);
                    ui.label(does);
                    ui.end_row();
                }
            });
        });
    if open != control.shows_help {
        control.shows_help = open;
    }
    Ok(())
}
