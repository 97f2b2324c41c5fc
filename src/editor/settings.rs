//! The window of preferences: how the mouse works, what is shown.

use super::desk::Habits;
use super::look;
use bevy_egui::egui::{self, Key, Stroke, vec2};

/// The window while it is open.
#[derive(Debug, Default)]
pub(crate) struct Settings;

/// One switch: what it says, and what it turns.
type Switch = (&'static str, fn(&mut Habits) -> &mut bool);

const MOUSE: [Switch; 2] = [
    ("Drag on empty canvas selects; the wheel moves it", |habits| &mut habits.selects),
    ("Moved nodes snap to the grid", |habits| &mut habits.snap),
];
const SHOWN: [Switch; 4] = [
    ("Node library", |habits| &mut habits.sidebar),
    ("Minimap", |habits| &mut habits.minimap),
    ("Problems", |habits| &mut habits.problems),
    ("Rust code beside the canvas", |habits| &mut habits.code),
];

impl Settings {
    /// Shows it; whether it was left.
    pub(crate) fn show(&mut self, ui: &egui::Ui, habits: &mut Habits) -> bool {
        let colours = look::colours(ui.ctx());
        let whole = ui.ctx().content_rect();
        let mut is_left = ui.input(|input| input.key_pressed(Key::Escape));
        egui::Area::new(egui::Id::new("settings"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::CENTER_TOP)
            .fixed_pos(whole.center_top() + vec2(0.0, whole.height() * 0.14))
            .show(ui.ctx(), |ui| {
                look::apply(ui);
                egui::Frame::new()
                    .fill(colours.panel)
                    .stroke(Stroke::new(1.0, colours.edge))
                    .corner_radius(12)
                    .inner_margin(18)
                    .show(ui, |ui| {
                        ui.set_width(380.0);
                        ui.heading("Settings");
                        for (title, switches) in [("Mouse", &MOUSE[..]), ("Shown", &SHOWN[..])] {
                            ui.add_space(8.0);
                            ui.label(egui::RichText::new(title).font(look::strong(12.5)));
                            for (text, habit) in switches {
                                ui.checkbox(habit(habits), *text);
                            }
                        }
                        ui.add_space(10.0);
                        is_left |= ui.button("Close").clicked();
                    });
            });
        is_left
    }
}
