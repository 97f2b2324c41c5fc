//! Keyframes.

use crate::diagnostic::counted;
use crate::model::diagnostic::Diagnostics;
use crate::model::frames::normalize;
use crate::model::spec_forces::{KeyList, KeySpec};
use crate::model::types::{JointType, Keyframe, Model};

pub(super) fn compile_key(key: &KeySpec, model: &Model, sink: &mut Diagnostics) -> Keyframe {
    let mut vector = |of: &Of, given: &Option<KeyList>, or_else: Vec<f64>| match given {
        Some(given) if is_long_enough(of, given, or_else.len(), sink) => given.numbers.clone(),
        _ => or_else,
    };
    let mut compiled = Keyframe {
        name: key.name.clone(),
        qpos: vector(&QPOS, &key.qpos, model.qpos0.clone()),
        qvel: vector(&QVEL, &key.qvel, vec![0.0; model.nv]),
        act: vector(&ACT, &key.act, vec![0.0; model.na]),
        ctrl: vector(&CTRL, &key.ctrl, vec![0.0; model.nu]),
    };
    normalize_rotations(key, model, &mut compiled.qpos, sink);
    let has_mocap = model.bodies.iter().any(|body| body.mocap);
    for (of, given) in [(&MPOS, &key.mpos), (&MQUAT, &key.mquat)] {
        let Some(given) = given else { continue };
        if !has_mocap {
            is_long_enough(of, given, 0, sink);
            continue;
        }
        let message = format!("{} is ignored: mocap bodies start where <body> puts them", of.name);
        sink.warning(&given.origin, message, "set pos and quat of the mocap bodies instead");
    }
    compiled
}

/// What an attribute of a keyframe has numbers of.
struct Of {
    name: &'static str,
    /// What a model that needs none does not have.
    things: &'static str,
    /// How many numbers there are for each.
    each: &'static str,
}

const QPOS: Of = Of {
    name: "qpos",
    things: "joint",
    each: "1 for a hinge or slide joint, 4 for a ball joint, 7 for a free joint",
};
const QVEL: Of = Of {
    name: "qvel",
    things: "joint",
    each: "1 for a hinge or slide joint, 3 for a ball joint, 6 for a free joint",
};
const ACT: Of =
    Of { name: "act", things: "actuator with a state", each: "1 for an actuator with a state" };
const CTRL: Of = Of { name: "ctrl", things: "actuator", each: "1 for each actuator" };
const MPOS: Of = Of { name: "mpos", things: "mocap body", each: "3 for each mocap body" };
const MQUAT: Of = Of { name: "mquat", things: "mocap body", each: "4 for each mocap body" };

/// Whether there are as many numbers as the model needs; says so if not.
fn is_long_enough(of: &Of, given: &KeyList, size: usize, sink: &mut Diagnostics) -> bool {
    let (name, given_numbers) = (of.name, counted(given.numbers.len(), "number"));
    if given.numbers.len() == size {
        return true;
    }
    if size == 0 {
        let message = format!("{name} has {given_numbers}, but the model has no {}", of.things);
        sink.error(&given.origin, message, format!("remove {name}"));
    } else {
        let message = format!("{name} has {given_numbers} instead of {size} ({})", of.each);
        let remedy = format!("write {}, or remove {name}", counted(size, "number"));
        sink.error(&given.origin, message, remedy);
    }
    false
}

/// Rotations in `qpos` are unit quaternions; four zeros are no rotation, as in MuJoCo.
fn normalize_rotations(key: &KeySpec, model: &Model, qpos: &mut [f64], sink: &mut Diagnostics) {
    for joint in &model.joints {
        let start = match joint.jnt_type {
            JointType::Free => joint.qposadr + 3,
            JointType::Ball => joint.qposadr,
            JointType::Slide | JointType::Hinge => continue,
        };
        let quat = [0, 1, 2, 3].map(|k| qpos[start + k]);
        let unit = match normalize(quat) {
            Some((unit, _)) => unit,
            None => {
                let message = format!(
                    "the rotation of joint \"{}\" in qpos has no direction; it is taken for none, 1 0 0 0",
                    joint.name
                );
                sink.warning(&key.origin, message, "write a quaternion w x y z, such as 1 0 0 0");
                [1.0, 0.0, 0.0, 0.0]
            }
        };
        qpos[start..start + 4].copy_from_slice(&unit);
    }
}
