//! The list of shortcuts, in which keys are changed.

use super::ACCENT;
use super::keys::bind;
use super::shortcut::{Group, Row, Shortcut, Shortcuts};
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};

/// What a window has besides its content, from top to bottom [points].
const FRAME: f32 = 96.0;

/// The window with the list.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Help {
    pub is_open: bool,
}

pub(super) fn bind_key(app: &mut App) {
    let key = Shortcut::key(Group::View, Key::F1, "this list").everywhere();
    bind(app, key, |mut help: ResMut<Help>| help.is_open = !help.is_open);
}

pub(super) fn window(
    mut contexts: EguiContexts,
    mut shortcuts: ResMut<Shortcuts>,
    mut help: ResMut<Help>,
) -> Result {
    let mut stays = help.is_open;
    let mut chosen = None;
    let (asked, is_changed) = (shortcuts.asked(), shortcuts.has_other_keys());
    let ctx = contexts.ctx_mut()?;
    let room = ctx.viewport_rect().height() - FRAME;
    egui::Window::new("Keys and mouse")
        .open(&mut stays)
        .collapsible(false)
        .resizable(false)
        .fade_in(false)
        .default_pos([120.0, 40.0])
        .show(ctx, |ui| {
            ui.horizontal(|ui| {
                match asked {
                    Some(asked) => ui.colored_label(ACCENT, asked),
                    None => ui.weak("Click a key to give it another."),
                };
                if is_changed && ui.small_button("All as they were").clicked() {
                    chosen = Some(Choice::Reset);
                }
            });
            ui.add_space(4.0);
            // As high as it is, and where that is too much, as high as there is room.
            let list = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room);
            list.show(ui, |ui| {
                // In two columns, so that a small window holds them.
                ui.horizontal_top(|ui| {
                    for column in shortcuts.listed() {
                        ui.vertical(|ui| {
                            for (title, rows) in &column {
                                chosen = group(ui, title, rows).map(Choice::Ask).or(chosen.take());
                            }
                        });
                        ui.add_space(12.0);
                    }
                });
            });
        });
    match chosen {
        Some(Choice::Ask(place)) => shortcuts.ask(place),
        Some(Choice::Reset) => shortcuts.reset(),
        None => {}
    }
    if stays != help.is_open {
        help.is_open = stays;
    }
    if !help.is_open && shortcuts.asked().is_some() {
        shortcuts.ask_no_more();
    }
    Ok(())
}

/// What was clicked: a key, which is to be another, or the button by which all are as at first.
enum Choice {
    Ask(usize),
    Reset,
}

/// Shortcuts of a kind; the one whose key was clicked.
fn group(ui: &mut egui::Ui, title: &str, rows: &[Row]) -> Option<usize> {
    let mut clicked = None;
    ui.strong(title);
    egui::Grid::new(title).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for Row { name, does, place } in rows {
            let key =
                egui::RichText::new(if name.is_empty() { "no key" } else { name }).monospace();
            match place {
                Some(place) => {
                    let button = egui::Button::new(key).frame(false);
                    if ui.add(button).on_hover_text("Click, then press another key").clicked() {
                        clicked = Some(*place);
                    }
                }
                None => drop(ui.label(key)),
            }
            ui.label(*does);
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    clicked
}
