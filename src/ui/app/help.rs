//! The list of shortcuts.

use super::keys::{Group, Shortcut, Shortcuts, bind};
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

/// The window with the list.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Help {
    pub is_open: bool,
}

pub(super) fn bind_key(app: &mut App) {
    let key = Shortcut::key(Group::View, Key::F1, "F1", "this list").everywhere();
    bind(app, key, |mut help: ResMut<Help>| help.is_open = !help.is_open);
}

pub(super) fn window(
    mut contexts: EguiContexts,
    shortcuts: Res<Shortcuts>,
    mut help: ResMut<Help>,
) -> Result {
    let mut stays = help.is_open;
    egui::Window::new("Keys and mouse")
        .open(&mut stays)
        .collapsible(false)
        .resizable(false)
        .fade_in(false)
        .default_pos([120.0, 40.0])
        .show(contexts.ctx_mut()?, |ui| {
            // In two columns, so that a small window holds them.
            ui.horizontal_top(|ui| {
                for column in shortcuts.listed() {
                    ui.vertical(|ui| {
                        column.iter().for_each(|(title, rows)| group(ui, title, rows))
                    });
                    ui.add_space(12.0);
                }
            });
        });
    if stays != help.is_open {
        help.is_open = stays;
    }
    Ok(())
}

fn group(ui: &mut egui::Ui, title: &str, rows: &[(&str, &str)]) {
    ui.strong(title);
    egui::Grid::new(title).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for (key, does) in rows {
            ui.monospace(*key);
            ui.label(*does);
            ui.end_row();
        }
    });
    ui.add_space(8.0);
}
