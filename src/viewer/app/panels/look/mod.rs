//! A scene without a policy: its actuators and joints as sliders, and what its task makes of it.

mod actuators;
mod bar;
mod joints;
mod notes;
mod slider;
mod task;

use super::super::super::window_options::WindowOptions;
use super::super::live::Live;
use super::super::stage::Poses;
use super::sees::{self, Seen};
use super::status::Switches;
use crate::ui::toggle;
use bevy_egui::egui::collapsing_header::CollapsingState;
use bevy_egui::egui::{Align, Color32, Label, Layout, RichText, ScrollArea, Sense, TextStyle, Ui};

pub(super) use bar::show as bar;
pub(super) use notes::show as notes;

/// What is good, and what is not, on either background.
const GOOD: [Color32; 2] = [Color32::from_rgb(79, 190, 150), Color32::from_rgb(18, 122, 108)];
const BAD: [Color32; 2] = [Color32::from_rgb(242, 109, 112), Color32::from_rgb(163, 31, 59)];
/// What is chosen and what is moved.
const CHOSEN: [Color32; 2] = [Color32::from_rgb(108, 169, 255), Color32::from_rgb(29, 95, 196)];
/// Every curve.
const DATA: [Color32; 2] = [Color32::from_rgb(240, 151, 58), Color32::from_rgb(194, 100, 8)];

/// Beside what scrolls [points].
const SCROLL_BAR: f32 = 6.0;

/// The one of a pair of colours that is for this panel.
fn of_theme(ui: &Ui, [dark, light]: [Color32; 2]) -> Color32 {
    if ui.visuals().dark_mode { dark } else { light }
}

/// The panel at the side.
pub(super) fn side(
    ui: &mut Ui,
    show: &WindowOptions,
    live: &mut Live,
    selected: Option<usize>,
    switches: &mut Switches,
    (seen, poses, secs): (&mut Seen, &Poses, f64),
) {
    header(ui, show, live, switches);
    ui.separator();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.style_mut().drag_value_text_style = TextStyle::Monospace;
        ui.spacing_mut().item_spacing.y = 2.0;
        // Beside it is the bar that scrolls.
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        let (envs, env) = (live.envs.clone(), selected.unwrap_or(0));
        let Some(now) = envs.get(env) else {
            ui.weak("The first picture is on its way.");
            return;
        };
        if envs.len() > 1 {
            ui.strong(format!("Environment {env}"));
            ui.weak("Controls are those of all; a double-click chooses another to look at.");
        }
        actuators::show(ui, &show.scene, live, env);
        joints::show(ui, &show.scene, live, env, now);
        if !show.scene.task.is_bare {
            task::rewards(ui, &show.scene, live, env, now);
            task::endings(ui, &show.scene, live, now);
        }
        if !show.scene.model.cameras.is_empty() {
            part(
                ui,
                "Cameras",
                true,
                |_| {},
                |ui| sees::show(ui, &show.scene, now, poses.0.get(env), seen, secs),
            );
        }
        task::observations(ui, &show.scene, live, env, now);
    });
}

fn header(ui: &mut Ui, show: &WindowOptions, live: &mut Live, switches: &mut Switches) {
    let Switches { playback, view, open, help, theme, leaves, .. } = switches;
    let model = &show.scene.model;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(&show.title).heading());
        if let Some(leaves) = leaves {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                *leaves = ui.button("Start page").on_hover_text("Ctrl and W").clicked();
            });
        }
    });
    let state = match (live.ended, live.look().trouble.is_some(), playback.paused) {
        (true, ..) => "ended",
        (_, true, _) => "stuck",
        (_, _, true) => "paused",
        _ => "no policy acts",
    };
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (bodies, joints) = (model.bodies.len() - 1, model.joints.len());
    let bodies = if bodies == 1 { "1 body".to_owned() } else { format!("{bodies} bodies") };
    let parts = [state.to_owned(), bodies, count(joints, "joint"), count(model.nu, "actuator")];
    ui.weak(parts.join("  \u{b7}  "));
    if let Some(failure) = live.failure() {
        ui.colored_label(ui.visuals().error_fg_color, failure);
    }
    super::status::error_message(ui, live);
    ui.horizontal_wrapped(|ui| {
        toggle(ui, &mut view.renders, "3D").on_hover_text("R");
        toggle(ui, &mut view.orbits, "Orbit").on_hover_text("O");
        toggle(ui, &mut open.timeline, "Timeline").on_hover_text("H");
        toggle(ui, &mut open.inspector, "Inspector").on_hover_text("K");
        toggle(ui, &mut theme.light, "Light").on_hover_text("L");
        toggle(ui, &mut help.is_open, "Keys").on_hover_text("F1");
    });
}

/// A part of the panel that folds up, with something at the right of its title.
fn part(
    ui: &mut Ui,
    title: &str,
    is_open: bool,
    right: impl FnOnce(&mut Ui),
    body: impl FnOnce(&mut Ui),
) {
    let id = ui.make_persistent_id(("look", title));
    let mut is_clicked = false;
    let state = CollapsingState::load_with_default_open(ui.ctx(), id, is_open);
    let mut header = state.show_header(ui, |ui| {
        let label = Label::new(RichText::new(title).strong()).selectable(false);
        is_clicked = ui.add(label.sense(Sense::click())).clicked();
        ui.with_layout(Layout::right_to_left(Align::Center), right);
    });
    if is_clicked {
        header.toggle();
    }
    header.body_unindented(body);
    ui.separator();
}
