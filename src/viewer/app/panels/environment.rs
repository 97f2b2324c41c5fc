//! The chosen environment: its episode, its joints between their limits, what it sees, does and is
//! rewarded for.

use super::super::live::Live;
use crate::model::JointType;
use crate::scene::{Scene, Snapshot};
use crate::space::ObservationStream;
use crate::ui::{ACCENT, GRID, PALETTE, significant, track};
use bevy_egui::egui::{CollapsingHeader, Grid, Pos2, Rect, ScrollArea, Sense, Stroke, Ui, vec2};
use egui_plot::{Bar, BarChart, Plot};

/// Of the chart of reward terms [points], and at most so many frames of it.
const HEIGHT: f32 = 130.0;
const MOST_BARS: usize = 80;
/// Of a list of numbers [points].
const LIST_HEIGHT: f32 = 180.0;

pub(super) fn show(ui: &mut Ui, scene: &Scene, live: &Live, selected: Option<usize>) {
    let Some((env, snapshot)) = selected.and_then(|env| Some((env, live.envs.get(env)?))) else {
        ui.weak("Double-click a robot to follow it and to see its joints.");
        return;
    };
    ui.strong(format!("Environment {env}"));
    let secs = f64::from(snapshot.progress) * scene.task.dt;
    ui.label(format!(
        "episode {}   {secs:.2} s   return {:.1}",
        snapshot.episode, snapshot.total_reward
    ));
    CollapsingHeader::new("Joints").default_open(true).show(ui, |ui| joints(ui, scene, snapshot));
    CollapsingHeader::new("Reward by term").default_open(true).show(ui, |ui| {
        rewards(ui, scene, live, env);
    });
    let names = scene.task.observations.names();
    CollapsingHeader::new(format!("Observations ({})", names.len())).show(ui, |ui| {
        numbers(
            ui,
            "observations",
            names,
            snapshot.observations.f32s(ObservationStream::OBSERVATIONS),
        );
    });
    CollapsingHeader::new(format!("Actions ({})", snapshot.action.len())).show(ui, |ui| {
        numbers(ui, "actions", &action_names(scene, snapshot.action.len()), &snapshot.action);
    });
}

fn joints(ui: &mut Ui, scene: &Scene, snapshot: &Snapshot) {
    Grid::new("joints").num_columns(3).show(ui, |ui| {
        for joint in &scene.model.joints {
            if !matches!(joint.jnt_type, JointType::Slide | JointType::Hinge) {
                continue;
            }
            let Some(&position) = snapshot.qpos.get(joint.qposadr) else { continue };
            ui.label(&joint.name);
            match joint.limited {
                true => between(ui, f64::from(position), joint.range),
                false => drop(ui.weak("no limits")),
            }
            let unit = if joint.jnt_type == JointType::Slide { "m" } else { "rad" };
            ui.monospace(format!("{position:+.3} {unit}"));
            ui.end_row();
        }
    });
}

/// What each term gave in the last frames, the gains stacked upwards and the costs downwards.
fn rewards(ui: &mut Ui, scene: &Scene, live: &Live, env: usize) {
    let dt = scene.task.dt;
    let clip = live.clip();
    let n_past = clip.n_past();
    let first = n_past.saturating_sub(MOST_BARS - 1);
    let rows: Vec<(f64, &[f32])> = clip
        .past()
        .enumerate()
        .skip(first)
        .filter_map(|(i, frame)| {
            let time = (i as f64 - n_past as f64) * dt;
            Some((time, frame.envs.get(env)?.reward_parts.as_slice()))
        })
        .collect();
    let terms = scene.task.reward_names.iter().map(String::as_str).chain(["on ending"]);
    let mut stacks = vec![[0.0; 2]; rows.len()];
    let (mut charts, mut legend) = (Vec::new(), Vec::new());
    for (term, name) in terms.enumerate() {
        let colour = PALETTE[term % PALETTE.len()];
        let mut bars = Vec::new();
        for ((time, parts), stack) in rows.iter().zip(&mut stacks) {
            let value = parts.get(term).map_or(0.0, |&part| f64::from(part));
            let side = &mut stack[usize::from(value < 0.0)];
            let bar = Bar::new(*time, value).base_offset(*side).width(dt);
            bars.push(bar.fill(colour).stroke(Stroke::NONE));
            *side += value;
        }
        if bars.iter().any(|bar| bar.value != 0.0) {
            charts.push(BarChart::new(name, bars).color(colour));
            legend.push((name, colour));
        }
    }
    Plot::new("rewards")
        .height(HEIGHT)
        .grid_color(GRID)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .x_axis_formatter(|mark, _| format!("{} s", significant(mark.value)))
        .show(ui, |plot| charts.into_iter().for_each(|chart| plot.bar_chart(chart)));
    ui.horizontal_wrapped(|ui| {
        for (name, colour) in legend {
            ui.colored_label(colour, name);
        }
    });
}

/// Numbers with their names, and a bar for each, as long as half its track at 1.
fn numbers(ui: &mut Ui, id: &str, names: &[String], values: &[f32]) {
    ScrollArea::vertical().id_salt(id).max_height(LIST_HEIGHT).show(ui, |ui| {
        Grid::new(id).num_columns(3).spacing([8.0, 1.0]).show(ui, |ui| {
            for (i, value) in values.iter().enumerate() {
                ui.label(names.get(i).map_or("", String::as_str));
                super::shares::signed_bar(ui, f64::from(value.clamp(-2.0, 2.0) / 2.0));
                ui.monospace(format!("{value:+.3}"));
                ui.end_row();
            }
        });
    });
}

/// Actuators by name, where each has an action.
fn action_names(scene: &Scene, n: usize) -> Vec<String> {
    let actuators = &scene.model.actuators;
    match actuators.len() == n {
        true => actuators.iter().map(|actuator| actuator.name.clone()).collect(),
        false => (0..n).map(|i| format!("action {i}")).collect(),
    }
}

/// A mark between two limits.
fn between(ui: &mut Ui, value: f64, [low, high]: [f64; 2]) {
    let (rect, _) = ui.allocate_exact_size(vec2(110.0, 10.0), Sense::hover());
    let part = ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0) as f32;
    let x = rect.left() + part * rect.width();
    let mark = Rect::from_center_size(Pos2::new(x, rect.center().y), vec2(4.0, rect.height()));
    track(ui, rect);
    ui.painter().rect_filled(mark, 1.0, ACCENT);
}
