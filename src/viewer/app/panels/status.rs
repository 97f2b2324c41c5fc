//! Where the session is, and buttons for what keys do too.

use super::super::super::show::{Kind, Show};
use super::super::control::{Control, Speed};
use super::super::live::{Curves, Live};
use super::super::stage::OnShow;
use super::parts::{row, toggle};
use crate::nodes::Acting;
use bevy::prelude::ResMut;
use bevy_egui::egui::{Button, CollapsingHeader, ComboBox, Id, RichText, Slider, Ui};

pub(super) fn show(
    ui: &mut Ui,
    show: &Show,
    live: &mut Live,
    curves: &Curves,
    control: &mut Control,
    on_show: &mut ResMut<OnShow>,
) {
    ui.add_space(6.0);
    ui.label(RichText::new(&show.title).heading());
    ui.label(state(show, live, curves, control));
    if let Some(failure) = live.failure() {
        ui.colored_label(ui.visuals().error_fg_color, failure);
    }
    complaint(ui, live);
    ui.add_space(4.0);
    row(ui, "Playback", |ui| playback(ui, live, control));
    row(ui, "Speed", |ui| speed(ui, control));
    if show.most_envs > 1 {
        row(ui, "Shown", |ui| environments(ui, show, on_show));
    }
    row(ui, "Action", |ui| acting(ui, show.kind, control));
    if show.kind == Kind::Training || live.checkpoints().len() > 1 {
        row(ui, "Policy", |ui| policies(ui, show.kind, live, control));
    }
    row(ui, "View", |ui| {
        toggle(ui, &mut control.renders, "3D").on_hover_text("R");
        toggle(ui, &mut control.orbits, "Orbit").on_hover_text("O");
        toggle(ui, &mut control.shows_timeline, "Timeline").on_hover_text("H");
        toggle(ui, &mut control.light, "Light").on_hover_text("L");
    });
    row(ui, "Windows", |ui| {
        toggle(ui, &mut control.inspects, "Inspector").on_hover_text("K");
        if show.kind == Kind::Training {
            toggle(ui, &mut control.adjusts, "Adjust").on_hover_text("A");
        }
        toggle(ui, &mut control.shows_help, "Keys").on_hover_text("F1");
    });
    overlays(ui, control);
}

/// What goes on, in a line.
fn state(show: &Show, live: &Live, curves: &Curves, control: &Control) -> String {
    let state = match (live.ended, control.paused, show.kind) {
        (true, ..) => "ended",
        (_, true, _) => "paused",
        (_, _, Kind::Training) => "training",
        (_, _, Kind::Playing { .. }) => "playing",
    };
    let mut parts = vec![state.to_owned()];
    if show.kind == Kind::Training {
        let reached = live.reached(curves);
        parts.push(format!("update {}", reached.updates));
        parts.push(format!("step {}", thousands(reached.steps)));
        parts.extend(
            curves.last("steps_per_sec").map(|rate| format!("{} steps/s", thousands(rate as u64))),
        );
    } else if let Some(place) = control.policy(live) {
        parts.push(format!("policy {}", name_of(live, place)));
    }
    parts.join("   ")
}

/// What could not be done of what was asked for last, until somebody has read it.
fn complaint(ui: &mut Ui, live: &mut Live) {
    let Some(complaint) = &live.complaint else { return };
    let is_read = ui.horizontal_top(|ui| {
        let is_read = ui.small_button("x").on_hover_text("Read").clicked();
        let text = RichText::new(complaint).color(ui.visuals().warn_fg_color);
        ui.add(bevy_egui::egui::Label::new(text).wrap());
        is_read
    });
    if is_read.inner {
        live.complaint = None;
    }
}

fn playback(ui: &mut Ui, live: &Live, control: &mut Control) {
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
    let what = if control.selected.is_some() { "Reset it" } else { "Reset all" };
    if ui.add_enabled(!live.ended, Button::new(what)).on_hover_text("Backspace").clicked() {
        live.reset(control.selected);
    }
}

/// How many environments are on show: told when the slider is let go, since each number has its own layout.
fn environments(ui: &mut Ui, show: &Show, on_show: &mut ResMut<OnShow>) {
    let moved = Id::new("environments on show");
    let mut n_envs = ui.data(|data| data.get_temp(moved)).unwrap_or(on_show.n_envs);
    let slider = Slider::new(&mut n_envs, 1..=show.most_envs).logarithmic(true);
    let response = ui.add(slider.update_while_editing(false));
    if response.dragged() {
        ui.data_mut(|data| data.insert_temp(moved, n_envs));
        return;
    }
    ui.data_mut(|data| data.remove::<usize>(moved));
    if n_envs != on_show.n_envs {
        on_show.n_envs = n_envs;
    }
}

/// Whose policy plays.
fn policies(ui: &mut Ui, kind: Kind, live: &mut Live, control: &mut Control) {
    let chosen = control.policy(live);
    let mut now = chosen;
    let own = if kind == Kind::Training { "that learns" } else { "choose" };
    let text = chosen.map_or(own.to_owned(), |place| name_of(live, place));
    ComboBox::from_id_salt("policy").selected_text(text).show_ui(ui, |ui| {
        if kind == Kind::Training {
            ui.selectable_value(&mut now, None, own);
        }
        for place in 0..live.checkpoints().len() {
            ui.selectable_value(&mut now, Some(place), name_of(live, place));
        }
    });
    if now != chosen {
        control.play_policy(now, live);
    }
}

/// What the policy of a checkpoint is called.
fn name_of(live: &Live, place: usize) -> String {
    let Some(checkpoint) = live.checkpoints().get(place) else { return String::new() };
    let best = checkpoint.metadata.best_metric.as_ref();
    let best = best.map_or(String::new(), |(metric, _)| format!(", best {metric}"));
    format!("after update {}{best}", checkpoint.metadata.update)
}

/// What the policy on show does. A training goes on as it does, and the rest is shown beside it.
fn acting(ui: &mut Ui, kind: Kind, control: &mut Control) {
    let (mean, random) = match kind {
        Kind::Playing { .. } => ("What the policy holds for best", "Anything, for comparison"),
        Kind::Training => (
            "What the policy holds for best, shown beside the training",
            "Anything, for comparison, shown beside the training",
        ),
    };
    let choices = [
        (Acting::Sampled, "Sampled", "What the policy draws"),
        (Acting::Mean, "Mean", mean),
        (Acting::Random, "Random", random),
    ];
    for (acting, name, does) in choices {
        let mut is_chosen = control.acting == acting;
        if toggle(ui, &mut is_chosen, name).on_hover_text(does).clicked() {
            control.acting = acting;
        }
    }
}

fn speed(ui: &mut Ui, control: &mut Control) {
    let mut is_max = control.speed == Speed::Max;
    let response = toggle(ui, &mut is_max, "Max").on_hover_text("As fast as it goes");
    if response.clicked() {
        control.speed = if is_max { Speed::Max } else { Speed::Times(1.0) };
    }
    if let Speed::Times(mut times) = control.speed {
        let slider = Slider::new(&mut times, 0.02..=32.0).logarithmic(true).suffix("x");
        if ui.add(slider).on_hover_text("- and =").changed() {
            control.speed = Speed::Times(times);
        }
    }
}

/// What is drawn over the simulation.
fn overlays(ui: &mut Ui, control: &mut Control) {
    let overlays = &mut control.overlays;
    let draws = [
        (&mut overlays.joints, "Joints", "J"),
        (&mut overlays.frames, "Frames", "E"),
        (&mut overlays.masses, "Mass", "M"),
        (&mut overlays.contacts, "Contacts", "C"),
        (&mut overlays.inertia, "Inertia", "I"),
        (&mut overlays.trails, "Trails", "T"),
        (&mut overlays.colliders, "Colliders", "G"),
        (
            &mut control.tints,
            "Returns",
            "V: colour environments by return, from violet (least) to yellow",
        ),
    ];
    let n_on = draws.iter().filter(|(is_on, ..)| **is_on).count();
    let title = if n_on > 0 { format!("Draw ({n_on} on)") } else { "Draw".to_owned() };
    CollapsingHeader::new(title).id_salt("draw").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            for (is_on, name, does) in draws {
                toggle(ui, is_on, name).on_hover_text(does);
            }
        });
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
