//! The chosen environment: its episode, and its joints between their limits.

use super::super::live::Live;
use crate::model::JointType;
use crate::scene::Scene;
use bevy_egui::egui::{Color32, Grid, Pos2, Rect, Sense, Ui, vec2};

const MARK: Color32 = Color32::from_rgb(237, 148, 51);

pub(super) fn show(ui: &mut Ui, scene: &Scene, live: &Live, selected: Option<usize>) {
    ui.separator();
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

/// A mark between two limits.
fn between(ui: &mut Ui, value: f64, [low, high]: [f64; 2]) {
    let (rect, _) = ui.allocate_exact_size(vec2(120.0, 10.0), Sense::hover());
    let part = ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0) as f32;
    let x = rect.left() + part * rect.width();
    let mark = Rect::from_center_size(Pos2::new(x, rect.center().y), vec2(4.0, rect.height()));
    ui.painter().rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
    ui.painter().rect_filled(mark, 1.0, MARK);
}
