//! Keyframes.

use crate::model::diagnostic::Diagnostics;
use crate::model::frames::normalize;
use crate::model::spec_forces::KeySpec;
use crate::model::types::{JointType, Keyframe, Model};

pub(super) fn compile_key(key: &KeySpec, model: &Model, sink: &mut Diagnostics) -> Keyframe {
    let mut vector = |name: &str, given: &Option<Vec<f64>>, size: usize, or_else: Vec<f64>| {
        let given = given.as_ref().filter(|given| !given.is_empty());
        match given {
            Some(given) if given.len() == size => given.clone(),
            Some(given) => {
                let message = format!("{name} has {} numbers instead of {size}", given.len());
                let remedy = format!("write {size}, or remove {name}");
                sink.error(&key.origin, message, remedy);
                or_else
            }
            None => or_else,
        }
    };
    let mut compiled = Keyframe {
        name: key.name.clone(),
        qpos: vector("qpos", &key.qpos, model.nq, model.qpos0.clone()),
        qvel: vector("qvel", &key.qvel, model.nv, vec![0.0; model.nv]),
        act: vector("act", &key.act, model.na, vec![0.0; model.na]),
        ctrl: vector("ctrl", &key.ctrl, model.nu, vec![0.0; model.nu]),
    };
    normalize_rotations(key, model, &mut compiled.qpos, sink);
    compiled
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
