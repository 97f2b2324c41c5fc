//! Sliders for the positions of joints: moving one poses the robot.

use super::super::super::live::Live;
use super::part;
use super::slider::{Moved, row};
use crate::model::{Joint, JointType};
use crate::scene::{Scene, Snapshot};
use bevy::math::{EulerRot, Quat};
use bevy_egui::egui::{CollapsingHeader, Id, Ui};
use std::f64::consts::{FRAC_PI_2, PI};

/// With more joints than this they are folded up at first.
const MOST_OPEN: usize = 24;
/// To either side, of slides without limits and of what is free [m].
const REACH: f64 = 2.0;
const AXES: [&str; 3] = ["x", "y", "z"];
const TURNS: [(&str, f64); 3] = [("roll", PI), ("pitch", FRAC_PI_2), ("yaw", PI)];

pub(super) fn show(ui: &mut Ui, scene: &Scene, live: &mut Live, env: usize, now: &Snapshot) {
    let joints = &scene.model.joints;
    let mut moved = None;
    let right = |ui: &mut Ui| drop(ui.weak(joints.len().to_string()));
    part(ui, "Joints", joints.len() <= MOST_OPEN, right, |ui| {
        if joints.is_empty() {
            ui.weak("There are none: nothing moves here.");
        }
        for (i, joint) in joints.iter().enumerate() {
            let place = joint.qposadr..joint.qposadr + joint.jnt_type.nq();
            let Some(position) = now.qpos.get(place) else { continue };
            let fallback = format!("joint {i}");
            let name = if joint.name.is_empty() { fallback.as_str() } else { &joint.name };
            let new = match joint.jnt_type {
                JointType::Slide | JointType::Hinge => scalar(ui, i, joint, name, position[0]),
                JointType::Ball => folded(ui, i, name, |ui| turned(ui, i, name, position)),
                JointType::Free => folded(ui, i, name, |ui| free(ui, i, name, position)),
            };
            moved = new.map(|new| (i, new)).or(moved.take());
        }
    });
    if let Some((joint, position)) = moved {
        live.put_joint(env, joint, position);
    }
}

fn scalar(ui: &mut Ui, i: usize, joint: &Joint, name: &str, position: f32) -> Option<Vec<f32>> {
    let turns = joint.jnt_type == JointType::Hinge;
    let (kind, unit, reach) = if turns { ("hinge", "rad", PI) } else { ("slide", "m", REACH) };
    let range = if joint.limited { joint.range } else { [-reach, reach] };
    let value = f64::from(position);
    let number = Moved { name, value, range, is_bounded: false, unit };
    let about = || match joint.limited {
        true => format!("{name}: {kind}, {:.3} to {:.3} {unit}", range[0], range[1]),
        false => format!("{name}: {kind} without limits"),
    };
    row(ui, Id::new(("joint", i)), &number, about).map(|new| vec![new as f32])
}

/// Several numbers of one joint, folded up at first.
fn folded(
    ui: &mut Ui,
    i: usize,
    name: &str,
    rows: impl FnOnce(&mut Ui) -> Option<Vec<f32>>,
) -> Option<Vec<f32>> {
    let header = CollapsingHeader::new(name).id_salt(("joint", i));
    header.show_unindented(ui, rows).body_returned.flatten()
}

/// Position and orientation.
fn free(ui: &mut Ui, i: usize, name: &str, position: &[f32]) -> Option<Vec<f32>> {
    let mut moved = None;
    for (k, axis) in AXES.into_iter().enumerate() {
        let value = f64::from(position[k]);
        // Where it is lies in the middle of what the slider reaches, by whole lengths.
        let middle = (value / REACH).round() * REACH;
        let range = [middle - REACH, middle + REACH];
        let title = format!("{name} {axis}");
        let number = Moved { name: &title, value, range, is_bounded: false, unit: "m" };
        let about = || format!("{name}: free, its {axis} in the world");
        if let Some(new) = row(ui, Id::new(("free", i, k)), &number, about) {
            let mut all = position.to_vec();
            all[k] = new as f32;
            moved = Some(all);
        }
    }
    let turned = turned(ui, i, name, &position[3..]);
    moved.or(turned.map(|quat| [&position[..3], &quat].concat()))
}

/// A quaternion as turns about z, then y, then x.
fn turned(ui: &mut Ui, i: usize, name: &str, quat: &[f32]) -> Option<Vec<f32>> {
    let [w, x, y, z] = <[f32; 4]>::try_from(quat).ok()?;
    let (yaw, pitch, roll) = Quat::from_xyzw(x, y, z, w).to_euler(EulerRot::ZYX);
    let mut angles = [roll, pitch, yaw];
    let mut has_moved = false;
    for (k, (turn, reach)) in TURNS.into_iter().enumerate() {
        let title = format!("{name} {turn}");
        let (value, range) = (f64::from(angles[k]), [-reach, reach]);
        let number = Moved { name: &title, value, range, is_bounded: true, unit: "rad" };
        let about = || format!("{name}: {turn}, of turns about z, then y, then x");
        if let Some(new) = row(ui, Id::new(("turn", i, k)), &number, about) {
            (angles[k], has_moved) = (new as f32, true);
        }
    }
    let [roll, pitch, yaw] = angles;
    let quat = Quat::from_euler(EulerRot::ZYX, yaw, pitch, roll);
    has_moved.then(|| vec![quat.w, quat.x, quat.y, quat.z])
}
