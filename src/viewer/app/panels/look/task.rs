//! What the task makes of the moment: terms of the reward, what ends an episode, observations.

use super::super::super::live::Live;
use super::super::shares::signed_bar_in;
use super::slider::{name, split, split_at, three, value};
use super::{BAD, DATA, GOOD, of_theme, part};
use crate::scene::{Scene, Snapshot};
use crate::space::ObservationStream;
use crate::ui::toggle;
use bevy_egui::egui::{Pos2, Rect, RichText, Shape, Stroke, Ui, pos2, vec2};

/// Frames that a curve shows, the last ones, and at most so many points of them.
const N_FRAMES: usize = 240;
const MOST_POINTS: usize = 60;
/// Heights [points].
const BAR: f32 = 9.0;
const CURVE: f32 = 14.0;
/// Of the names of observations, which are longer than others [points].
const NAME: f32 = 140.0;
/// With more numbers than this they are folded up at first.
const MOST_OPEN: usize = 80;

/// The last frames of an environment, oldest first, thinned.
fn past(live: &Live, env: usize) -> Vec<&Snapshot> {
    let clip = live.clip();
    let n = clip.n_past() + 1;
    let n_shown = n.min(N_FRAMES);
    let stride = n_shown.div_ceil(MOST_POINTS).max(1);
    // From the newest backwards, so that a point stays one while it moves along.
    let first = (n - n_shown).next_multiple_of(stride);
    clip.past().skip(first).step_by(stride).filter_map(|frame| frame.envs.get(env)).collect()
}

pub(super) fn rewards(ui: &mut Ui, scene: &Scene, live: &Live, env: usize, now: &Snapshot) {
    let right = |ui: &mut Ui| {
        ui.monospace(three(now.reward.into()));
    };
    part(ui, "Reward of this step", true, right, |ui| {
        let parts = past(live, env).into_iter().chain([now]).flat_map(|it| &it.reward_parts);
        let largest = parts.map(|part| f64::from(part.abs())).fold(1e-9, f64::max);
        let names = scene.task.reward_names.iter().map(String::as_str).chain(["on ending"]);
        for (term, &part) in names.zip(&now.reward_parts) {
            if term == "on ending" && part == 0.0 {
                continue;
            }
            let [at_name, at_bar, at_value] = split(ui);
            name(ui, at_name, term).on_hover_text(term);
            let bar = Rect::from_center_size(at_bar.center(), vec2(at_bar.width(), BAR));
            signed_bar_in(ui, bar, f64::from(part) / largest);
            value(ui, at_value, RichText::new(three(part.into())).monospace());
        }
    });
}

pub(super) fn endings(ui: &mut Ui, scene: &Scene, live: &Live, now: &Snapshot) {
    let task = &scene.task;
    let mut ends = live.look().ends_episodes;
    let right = |ui: &mut Ui| {
        let does = "End episodes as the task says; otherwise they go on";
        if toggle(ui, &mut ends, "End episodes").on_hover_text(does).changed() {
            live.end_episodes(ends);
        }
    };
    part(ui, "Ends when", true, right, |ui| {
        let held = |i: usize| now.conditions.get(i).copied().unwrap_or(false);
        let rules = task.termination_names.iter().zip(&task.termination_rules);
        for (i, (ending, rule)) in rules.enumerate() {
            condition(ui, ending, rule, held(i));
        }
        let lasts = now.progress >= task.episode_length;
        let rule = format!("step {} of {}", now.progress, task.episode_length);
        condition(ui, "time limit", &rule, lasts);
        if now.terminated || now.truncated {
            let how = if now.terminated { "by its rules" } else { "by the time limit" };
            ui.colored_label(of_theme(ui, BAD), format!("The last step ended an episode {how}."));
        }
    });
}

/// A condition, whether it holds, and how it is written.
fn condition(ui: &mut Ui, ending: &str, rule: &str, holds: bool) {
    let colour = of_theme(ui, if holds { BAD } else { GOOD });
    let text = if holds { "holds" } else { "not yet" };
    let [at_name, at_rule, at_value] = split(ui);
    name(ui, at_name, ending).on_hover_text(ending);
    let written = RichText::new(rule).monospace().size(11.0).weak();
    name(ui, at_rule, written).on_hover_text(rule);
    value(ui, at_value, RichText::new(text).color(colour));
    sign(ui, at_value.left_center() + vec2(10.0, 0.0), holds);
}

/// A tick, or a cross: colour alone would not do.
fn sign(ui: &Ui, at: Pos2, holds: bool) {
    let stroke = Stroke::new(1.6, of_theme(ui, if holds { BAD } else { GOOD }));
    let place = |x: f32, y: f32| at + vec2(x, y);
    let painter = ui.painter();
    if holds {
        painter.line_segment([place(-3.5, -3.5), place(3.5, 3.5)], stroke);
        painter.line_segment([place(-3.5, 3.5), place(3.5, -3.5)], stroke);
    } else {
        painter
            .add(Shape::line(vec![place(-4.0, 0.0), place(-1.0, 3.0), place(4.5, -3.5)], stroke));
    }
}

pub(super) fn observations(ui: &mut Ui, scene: &Scene, live: &Live, env: usize, now: &Snapshot) {
    let names = scene.task.observations.names();
    let title = match (scene.task.is_bare, scene.model.sensors.is_empty()) {
        (true, true) => return,
        (true, false) => "Sensors",
        _ => "Observations",
    };
    let right = |ui: &mut Ui| drop(ui.weak(names.len().to_string()));
    part(ui, title, names.len() <= MOST_OPEN, right, |ui| {
        let past = past(live, env);
        let values = now.observations.f32s(ObservationStream::OBSERVATIONS);
        for (i, (component, &number)) in names.iter().zip(values).enumerate() {
            let [at_name, at_curve, at_value] = split_at(ui, NAME);
            if !ui.is_rect_visible(at_name.union(at_value)) {
                continue;
            }
            name(ui, at_name, component).on_hover_text(component);
            let of = |it: &&Snapshot| {
                it.observations.f32s(ObservationStream::OBSERVATIONS).get(i).copied()
            };
            let points: Vec<f32> = past.iter().filter_map(of).chain([number]).collect();
            curve(ui, at_curve, &points);
            value(ui, at_value, RichText::new(three(number.into())).monospace());
        }
    });
}

/// The last values as a line, from its least to its most, with a dot at its end.
fn curve(ui: &Ui, rect: Rect, values: &[f32]) {
    let rect = Rect::from_center_size(rect.center(), vec2(rect.width() - 6.0, CURVE));
    let (low, high) = values
        .iter()
        .filter(|value| value.is_finite())
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    // What stays the same but for rounding is a straight line.
    let span = (high - low).max(1e-4 * high.abs().max(low.abs())).max(1e-6);
    let n = (values.len().max(2) - 1) as f32;
    let middle = (low + high) / 2.0;
    let place = |(i, &value): (usize, &f32)| {
        let up = ((value - middle) / span).clamp(-0.5, 0.5);
        // As far as there is a past, the newest at the right.
        let along = 1.0 - (n - i as f32) / (MOST_POINTS as f32);
        pos2(rect.left() + along.max(0.0) * rect.width(), rect.center().y - up * rect.height())
    };
    let points: Vec<Pos2> = values.iter().enumerate().map(place).collect();
    let colour = of_theme(ui, DATA);
    if let Some(&end) = points.last() {
        ui.painter().add(Shape::line(points, Stroke::new(1.3, colour)));
        ui.painter().circle_filled(end, 2.0, colour);
    }
}
