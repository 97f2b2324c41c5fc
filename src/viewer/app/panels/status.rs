//! Where the session is, and buttons for what keys do too.

use super::super::super::window_options::{SessionKind, WindowOptions};
use super::super::camera::View;
use super::super::live::{Curves, Live, Playback, Speed};
use super::super::overlay::{Overlays, Tints};
use super::super::stage::OnShow;
use super::Open;
use crate::nodes::ActionMode;
use crate::ui::{Help, Theme, message, row, toggle};
use bevy::prelude::ResMut;
use bevy_egui::egui::{Button, CollapsingHeader, ComboBox, Id, RichText, Slider, Ui};

/// What can be switched here, as it is before and after.
#[derive(Clone, PartialEq)]
pub(super) struct Switches {
    pub playback: Playback,
    pub view: View,
    pub overlays: Overlays,
    pub tints: Tints,
    pub open: Open,
    pub help: Help,
    pub theme: Theme,
    /// Whether the start page is gone back to; none if there is none.
    pub leaves: Option<bool>,
}

pub(super) fn show(
    ui: &mut Ui,
    show: &WindowOptions,
    (live, curves): (&mut Live, &Curves),
    switches: &mut Switches,
    selected: Option<usize>,
    on_show: &mut ResMut<OnShow>,
) {
    let Switches { playback, view, overlays, tints, open, help, theme, leaves } = switches;
    ui.add_space(6.0);
    ui.label(RichText::new(&show.title).heading());
    ui.label(state(show, live, curves, playback));
    if let Some(leaves) = leaves {
        *leaves = ui.button("Start page").on_hover_text("Ctrl and W").clicked();
    }
    if let Some(failure) = live.failure() {
        ui.colored_label(ui.visuals().error_fg_color, failure);
    }
    error_message(ui, live);
    ui.add_space(4.0);
    row(ui, "Playback", |ui| play(ui, live, playback, selected));
    row(ui, "Speed", |ui| speed(ui, playback));
    if show.most_envs > 1 {
        row(ui, "Shown", |ui| environments(ui, show, on_show));
    }
    row(ui, "Action", |ui| action_mode(ui, show.kind, playback));
    if show.kind == SessionKind::Training || live.checkpoints().len() > 1 {
        row(ui, "Policy", |ui| policies(ui, show.kind, live, playback));
    }
    row(ui, "View", |ui| {
        toggle(ui, &mut view.renders, "3D").on_hover_text("R");
        toggle(ui, &mut view.orbits, "Orbit").on_hover_text("O");
        toggle(ui, &mut open.timeline, "Timeline").on_hover_text("H");
        toggle(ui, &mut theme.light, "Light").on_hover_text("L");
    });
    row(ui, "Windows", |ui| {
        toggle(ui, &mut open.inspector, "Inspector").on_hover_text("K");
        if show.kind == SessionKind::Training {
            toggle(ui, &mut open.settings, "Adjust").on_hover_text("A");
        }
        toggle(ui, &mut help.is_open, "Keys").on_hover_text("F1");
    });
    draws(ui, overlays, tints);
}

/// What goes on; of a training in two lines, so that what is below stays in its place.
fn state(show: &WindowOptions, live: &Live, curves: &Curves, playback: &Playback) -> String {
    let state = match (live.ended, playback.paused, show.kind) {
        (true, ..) => "ended",
        (_, true, _) => "paused",
        (_, _, SessionKind::Training) => "training",
        (_, _, SessionKind::Playing { .. }) => "playing",
        (_, _, SessionKind::Looking) => "no policy acts",
    };
    let mut parts = vec![state.to_owned()];
    if show.kind == SessionKind::Training {
        let reached = live.reached(curves);
        parts.push(match show.planned {
            Some(planned) => format!("update {} of {planned}", reached.updates),
            None => format!("update {}", reached.updates),
        });
        let left = time_left(show.planned, reached.updates, curves).filter(|_| !live.ended);
        parts.extend(left.map(|left| format!("{left} left")));
        let mut speed = vec![format!("step {}", thousands(reached.steps))];
        let rate = curves.last("steps_per_sec");
        speed.extend(rate.map(|rate| format!("{} steps/s", thousands(rate as u64))));
        return format!("{}\n{}", parts.join("   "), speed.join("   "));
    } else if let Some(place) = playback.policy(live) {
        parts.push(format!("policy {}", name_of(live, place)));
    }
    parts.join("   ")
}

/// How long a training will go on, if it goes on as in its last updates.
fn time_left(planned: Option<u64>, updates: u64, curves: &Curves) -> Option<String> {
    let left = planned?.checked_sub(updates).filter(|left| *left > 0)?;
    let secs = (left as f64 * curves.secs_per_update()?).round();
    (secs > 0.0).then(|| roughly(secs))
}

/// A time that is only foreseen: 90 s, 7 min, 2.5 h.
fn roughly(secs: f64) -> String {
    match secs {
        ..120.0 => format!("{secs:.0} s"),
        ..7200.0 => format!("{:.0} min", secs / 60.0),
        _ => format!("{:.1} h", secs / 3600.0),
    }
}

/// What could not be done of what was asked for last, until somebody has read it.
pub(super) fn error_message(ui: &mut Ui, live: &mut Live) {
    let Some(error_message) = &live.error_message else { return };
    if message(ui, error_message, ui.visuals().warn_fg_color) {
        live.error_message = None;
    }
}

fn play(ui: &mut Ui, live: &Live, playback: &mut Playback, selected: Option<usize>) {
    let label = if playback.paused { "Play" } else { "Pause" };
    if ui.add_enabled(!live.ended, Button::new(label)).on_hover_text("Space").clicked() {
        playback.play_or_pause();
    }
    if ui.button("Back").on_hover_text("Left").clicked() {
        playback.step_back(live);
    }
    let can_step = !live.ended || playback.back > 0;
    if ui.add_enabled(can_step, Button::new("Step")).on_hover_text("Right").clicked() {
        playback.step(live);
    }
    let what = if selected.is_some() { "Reset selected" } else { "Reset all" };
    if ui.add_enabled(!live.ended, Button::new(what)).on_hover_text("Ctrl and Backspace").clicked()
    {
        live.reset(selected);
    }
}

/// How many environments are on show: told when the slider is let go, since each number has its own layout.
fn environments(ui: &mut Ui, show: &WindowOptions, on_show: &mut ResMut<OnShow>) {
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
fn policies(ui: &mut Ui, kind: SessionKind, live: &mut Live, playback: &mut Playback) {
    let chosen = playback.policy(live);
    let mut now = chosen;
    let own = if kind == SessionKind::Training { "learning policy" } else { "choose" };
    let text = chosen.map_or(own.to_owned(), |place| name_of(live, place));
    ComboBox::from_id_salt("policy").selected_text(text).show_ui(ui, |ui| {
        if kind == SessionKind::Training {
            ui.selectable_value(&mut now, None, own);
        }
        for place in 0..live.checkpoints().len() {
            ui.selectable_value(&mut now, Some(place), name_of(live, place));
        }
    });
    if now != chosen {
        playback.play_policy(now, live);
    }
}

/// What the policy of a checkpoint is called.
fn name_of(live: &Live, place: usize) -> String {
    let Some(checkpoint) = live.checkpoints().get(place) else { return String::new() };
    let best = checkpoint.metadata.best_metric.as_ref();
    let best = best.map_or(String::new(), |best| format!(", best {}", best.metric));
    format!("after update {}{best}", checkpoint.metadata.update)
}

/// What the policy on show does. A training goes on as it does, and the rest is shown beside it.
fn action_mode(ui: &mut Ui, kind: SessionKind, playback: &mut Playback) {
    let (mean, random) = match kind {
        SessionKind::Playing { .. } | SessionKind::Looking => {
            ("The policy's mean or most likely action", "Anything, for comparison")
        }
        SessionKind::Training => (
            "The policy's mean or most likely action, in separate environments",
            "Random actions, for comparison, in separate environments",
        ),
    };
    let choices = [
        (ActionMode::Sampled, "Sampled", "Actions sampled from the policy"),
        (ActionMode::Mean, "Mean", mean),
        (ActionMode::Random, "Random", random),
    ];
    for (action_mode, name, does) in choices {
        let mut is_chosen = playback.action_mode == action_mode;
        if toggle(ui, &mut is_chosen, name).on_hover_text(does).clicked() {
            playback.action_mode = action_mode;
        }
    }
}

fn speed(ui: &mut Ui, playback: &mut Playback) {
    let mut is_max = playback.speed == Speed::Max;
    let response = toggle(ui, &mut is_max, "Max").on_hover_text("As fast as possible");
    if response.clicked() {
        playback.speed = if is_max { Speed::Max } else { Speed::Times(1.0) };
    }
    if let Speed::Times(mut times) = playback.speed {
        let slider = Slider::new(&mut times, 0.02..=32.0).logarithmic(true).suffix("x");
        if ui.add(slider).on_hover_text("- and =").changed() {
            playback.speed = Speed::Times(times);
        }
    }
}

/// What is drawn over the simulation.
fn draws(ui: &mut Ui, overlays: &mut Overlays, tints: &mut Tints) {
    let draws = [
        (&mut overlays.joints, "Joints", "J"),
        (&mut overlays.frames, "Frames", "E"),
        (&mut overlays.masses, "Mass", "M"),
        (&mut overlays.contacts, "Contacts", "C"),
        (&mut overlays.inertia, "Inertia", "I"),
        (&mut overlays.trails, "Trails", "T"),
        (&mut overlays.colliders, "Colliders", "G"),
        (&mut overlays.rays, "Scan rays", "S"),
        (
            &mut overlays.ghosts,
            "Ghosts",
            "X: of robots that overlap all but one are seen through. Robots of different environments never touch",
        ),
        (
            &mut overlays.apart,
            "Keep apart",
            "U: each robot stays in its place, as if the ground moved under it",
        ),
        (
            &mut tints.0,
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
    fn the_time_left_goes_by_the_last_updates() {
        let mut curves = Curves::default();
        assert_eq!(time_left(Some(10), 0, &curves), None);
        curves.push(&serde_json::json!({"steps": 10, "update_secs": 12.0}));
        let left = |planned, updates| time_left(planned, updates, &curves);
        assert_eq!(left(Some(11), 1).as_deref(), Some("2 min"));
        let mut untold = Curves::default();
        untold.push(&serde_json::json!({"steps": 10}));
        assert_eq!(time_left(Some(10), 1, &untold), None);
        assert_eq!((left(None, 1), left(Some(10), 10), left(Some(10), 12)), (None, None, None));
    }

    #[test]
    fn what_is_foreseen_has_no_more_digits_than_are_known() {
        for (secs, expected) in [(8.0, "8 s"), (119.0, "119 s"), (412.0, "7 min"), (9e3, "2.5 h")] {
            assert_eq!(roughly(secs), expected);
        }
    }

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1 234 567");
    }
}
