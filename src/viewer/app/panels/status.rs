//! Where the session is, and buttons for what keys do too.

use super::super::super::show::{Kind, Show};
use super::super::control::{Control, Speed};
use super::super::live::{Curves, Live};
use super::super::stage::OnShow;
use crate::nodes::Acting;
use bevy::prelude::ResMut;
use bevy_egui::egui::{Button, ComboBox, RichText, Slider, Ui};

pub(super) fn show(
    ui: &mut Ui,
    show: &Show,
    live: &Live,
    curves: &Curves,
    control: &mut Control,
    on_show: &mut ResMut<OnShow>,
) {
    ui.add_space(6.0);
    ui.label(RichText::new(&show.title).heading());
    let state = match (live.ended, control.paused, show.kind) {
        (true, ..) => "ended",
        (_, true, _) => "paused",
        (_, _, Kind::Training) => "training",
        (_, _, Kind::Playing) => "playing",
    };
    let mut parts = vec![state.to_owned()];
    if show.kind == Kind::Training {
        parts.push(format!("update {}", live.progress.updates));
        parts.push(format!("step {}", thousands(live.progress.steps)));
        parts.extend(
            curves.last("steps_per_sec").map(|rate| format!("{} steps/s", thousands(rate as u64))),
        );
    }
    ui.label(parts.join("   "));
    if let Some(failure) = live.failure() {
        ui.colored_label(ui.visuals().error_fg_color, failure);
    }
    if let Some(complaint) = &live.complaint {
        ui.colored_label(ui.visuals().warn_fg_color, complaint);
    }
    ui.horizontal_wrapped(|ui| {
        let label = if control.paused { "Play" } else { "Pause" };
        if ui.add_enabled(!live.ended, Button::new(label)).on_hover_text("Space").clicked() {
            control.play_or_pause();
        }
        if ui.button("Back").on_hover_text("Left").clicked() {
            control.step_back(live);
        }
        let can_step = !live.ended || control.back > 0;
        if ui.add_enabled(can_step, Button::new("Step")).on_hover_text("Right").clicked() {
            control.step(live);
        }
        ui.toggle_value(&mut control.renders, "3D").on_hover_text("R");
        ui.toggle_value(&mut control.orbits, "Orbit").on_hover_text("O");
        ui.toggle_value(&mut control.shows_timeline, "Timeline").on_hover_text("H");
        ui.toggle_value(&mut control.inspects, "Inspector").on_hover_text("K");
        if show.kind == Kind::Training {
            ui.toggle_value(&mut control.adjusts, "Adjust").on_hover_text("A");
        }
        ui.toggle_value(&mut control.shows_help, "Keys").on_hover_text("F1");
    });
    speed(ui, control);
    environments(ui, show, live, control, on_show);
    if show.kind == Kind::Playing {
        acting(ui, control);
        policies(ui, show, live, control);
    }
    ui.horizontal_wrapped(|ui| {
        let overlays = &mut control.overlays;
        ui.toggle_value(&mut overlays.joints, "Joints").on_hover_text("J");
        ui.toggle_value(&mut overlays.frames, "Frames").on_hover_text("E");
        ui.toggle_value(&mut overlays.masses, "Mass").on_hover_text("M");
        ui.toggle_value(&mut overlays.contacts, "Contacts").on_hover_text("C");
        ui.toggle_value(&mut overlays.inertia, "Inertia").on_hover_text("I");
        ui.toggle_value(&mut overlays.trails, "Trails").on_hover_text("T");
        ui.toggle_value(&mut overlays.colliders, "Colliders").on_hover_text("G");
        ui.toggle_value(&mut control.tints, "Returns")
            .on_hover_text("V: colour environments by return, from violet (least) to yellow");
        ui.toggle_value(&mut control.light, "Light").on_hover_text("L");
    });
}

/// How many environments are on show, and a new start for them.
fn environments(
    ui: &mut Ui,
    show: &Show,
    live: &Live,
    control: &Control,
    on_show: &mut ResMut<OnShow>,
) {
    ui.horizontal(|ui| {
        if show.most_envs > 1 {
            let mut n_envs = on_show.n_envs;
            let slider = Slider::new(&mut n_envs, 1..=show.most_envs).logarithmic(true);
            if ui.add(slider.text("shown")).changed() {
                on_show.n_envs = n_envs;
            }
        }
        let what = if control.selected.is_some() { "Reset it" } else { "Reset all" };
        if ui.add_enabled(!live.ended, Button::new(what)).on_hover_text("Backspace").clicked() {
            live.reset(control.selected);
        }
    });
}

/// Whose policy plays.
fn policies(ui: &mut Ui, show: &Show, live: &Live, control: &mut Control) {
    if show.checkpoints.len() < 2 {
        return;
    }
    let name = |place: usize| match show.checkpoints.get(place) {
        Some(checkpoint) => format!("after update {}", checkpoint.metadata.update),
        None => String::new(),
    };
    let Some(chosen) = control.policy(show) else { return };
    let mut now = chosen;
    ComboBox::from_label("policy").selected_text(name(chosen)).show_ui(ui, |ui| {
        for place in 0..show.checkpoints.len() {
            ui.selectable_value(&mut now, place, name(place));
        }
    });
    if now != chosen {
        control.play_policy(now, show, live);
    }
}

/// What the policy does. Of a training that is not asked: it would learn from it.
fn acting(ui: &mut Ui, control: &mut Control) {
    let choices = [
        (Acting::Sampled, "Sampled", "What the policy draws"),
        (Acting::Mean, "Mean", "What the policy holds for best"),
        (Acting::Random, "Random", "Anything, for comparison"),
    ];
    ui.horizontal(|ui| {
        for (acting, name, does) in choices {
            ui.selectable_value(&mut control.acting, Some(acting), name).on_hover_text(does);
        }
    });
}

fn speed(ui: &mut Ui, control: &mut Control) {
    ui.horizontal(|ui| {
        let mut is_max = control.speed == Speed::Max;
        if ui.toggle_value(&mut is_max, "As fast as it goes").changed() {
            control.speed = if is_max { Speed::Max } else { Speed::Times(1.0) };
        }
        if let Speed::Times(mut times) = control.speed {
            let slider = Slider::new(&mut times, 0.02..=32.0).logarithmic(true).suffix("x");
            if ui.add(slider).on_hover_text("- and =").changed() {
                control.speed = Speed::Times(times);
            }
        }
    });
}

/// A number with a space between groups of three digits.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    grouped.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1 234 567");
    }
}
