//! Below the view: how it is played, what acts, and keyframes to begin at.

use super::super::super::live::{Live, Playback, Speed};
use crate::scene::Scene;
use crate::session::ControlSource;
use crate::ui::toggle;
use bevy_egui::egui::{Button, RichText, ScrollArea, Slider, Ui};

pub(in crate::viewer::app::panels) fn show(
    ui: &mut Ui,
    scene: &Scene,
    live: &mut Live,
    playback: &mut Playback,
    selected: Option<usize>,
) {
    ui.add_space(5.0);
    ScrollArea::horizontal().show(ui, |ui| {
        ui.horizontal(|ui| {
            play(ui, scene, live, playback, selected);
            ui.separator();
            ui.weak("Action");
            driving(ui, live);
            ui.separator();
            ui.weak("Speed");
            speed(ui, playback);
            if !scene.model.keyframes.is_empty() {
                ui.separator();
                ui.weak("Begin at");
                keyframes(ui, scene, live, selected);
            }
        });
    });
    ui.add_space(5.0);
}

fn play(
    ui: &mut Ui,
    scene: &Scene,
    live: &mut Live,
    playback: &mut Playback,
    selected: Option<usize>,
) {
    let button = |text: &str| Button::new(text).min_size([54.0, 24.0].into());
    let can = !live.ended;
    if ui.add_enabled(can, button("Reset")).on_hover_text("Ctrl and Backspace").clicked() {
        live.reset(selected);
    }
    let label = if playback.paused { "Play" } else { "Pause" };
    if ui.add_enabled(can, button(label)).on_hover_text("Space").clicked() {
        playback.play_or_pause();
    }
    if ui.add_enabled(can, button("Step")).on_hover_text("Right; Left goes back").clicked() {
        playback.step(live);
    }
    let now = live.envs.get(selected.unwrap_or(0)).map_or(0, |env| env.progress);
    let secs = f64::from(now) * scene.task.dt;
    let (minutes, secs) = ((secs / 60.0) as u64, secs % 60.0);
    ui.monospace(format!("{minutes}:{secs:05.2}")).on_hover_text("Since the episode began");
}

/// What moves the actuators.
fn driving(ui: &mut Ui, live: &mut Live) {
    let now = live.driving().clone();
    let choices = [
        ("Hold", matches!(now, ControlSource::Hold(_)), "Controls keep the values of the sliders"),
        ("Zero", now == ControlSource::Zero, "Zero actions"),
        ("Random", now == ControlSource::Random, "Uniformly random actions, new in each step"),
    ];
    let mut chosen = None;
    for (name, is_on, does) in choices {
        let mut is_chosen = is_on;
        if toggle(ui, &mut is_chosen, name).on_hover_text(format!("{does} (D)")).clicked() {
            chosen = Some(name);
        }
    }
    match chosen {
        Some("Hold") => live.drive(ControlSource::Hold(live.controls(0))),
        Some("Zero") => live.drive(ControlSource::Zero),
        Some(_) => live.drive(ControlSource::Random),
        None => {}
    }
}

fn speed(ui: &mut Ui, playback: &mut Playback) {
    ui.spacing_mut().slider_width = 80.0;
    let mut times = match playback.speed {
        Speed::Times(times) => times,
        Speed::Max => 32.0,
    };
    let slider = Slider::new(&mut times, 0.02..=32.0).logarithmic(true).suffix("x");
    if ui.add(slider).on_hover_text("- and =").changed() {
        playback.speed = Speed::Times(times);
    }
}

/// The states that the model has names for.
fn keyframes(ui: &mut Ui, scene: &Scene, live: &mut Live, selected: Option<usize>) {
    for (i, key) in scene.model.keyframes.iter().enumerate() {
        let fallback = format!("key {i}");
        let name = if key.name.is_empty() { &fallback } else { &key.name };
        if ui.button(RichText::new(name)).on_hover_text("A keyframe of the model").clicked() {
            live.begin_at(selected, i, key);
        }
    }
}
