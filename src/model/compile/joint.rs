//! Joints with their dofs, and whether a range is a limit.

use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::frames::{Pose, normalize, rotate};
use crate::model::spec::{BodySpec, JointSpec, Limited, Spec};
use crate::model::types::{Dof, Joint, JointType, Model};

/// Appends a joint and its dofs.
pub(super) fn compile_joint(
    joint: &JointSpec,
    bodyid: usize,
    spec: &Spec,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    let kind = joint.jnt_type;
    let unit = |value: f64| match kind {
        JointType::Hinge | JointType::Ball => spec.compiler.angles.radians(value),
        JointType::Slide | JointType::Free => value,
    };
    let limited = is_limited(joint, spec, sink);
    let (pos, axis) = anchor_and_axis(joint, sink);
    let is_scalar = matches!(kind, JointType::Slide | JointType::Hinge);
    let actfrclimited = is_scalar
        && resolve_limit(
            "actuatorfrcrange",
            joint.actfrclimited,
            joint.actfrcrange,
            spec.compiler.autolimits,
            &joint.origin,
            sink,
        );
    let index = model.joints.len();
    let dofadr = model.dofs.len();
    model.joints.push(Joint {
        name: joint.name.clone(),
        jnt_type: kind,
        bodyid,
        qposadr: model.qpos0.len(),
        dofadr,
        pos,
        axis,
        stiffness: joint.stiffness,
        limited,
        range: if limited { joint.range.map(unit) } else { joint.range },
        // A margin is in radians whatever the angle unit is.
        margin: joint.margin,
        solref_limit: joint.solref_limit,
        solimp_limit: joint.solimp_limit,
        actfrcrange: actfrclimited.then_some(joint.actfrcrange),
        actgravcomp: joint.actgravcomp,
    });
    for dof in dofadr..dofadr + kind.nv() {
        model.dofs.push(Dof {
            bodyid,
            jntid: index,
            parentid: parent_dof(model, bodyid, dof),
            armature: joint.armature,
            damping: joint.damping,
            invweight0: 0.0,
            frictionloss: joint.frictionloss,
            solref_friction: joint.solref_friction,
            solimp_friction: joint.solimp_friction,
        });
    }
    let body = &model.bodies[bodyid];
    let (mut qpos0, mut qpos_spring) = match kind {
        JointType::Free => (body.pos.to_vec(), body.pos.to_vec()),
        JointType::Ball => (vec![1.0, 0.0, 0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0]),
        JointType::Slide | JointType::Hinge => {
            (vec![unit(joint.qpos_ref)], vec![unit(joint.springref)])
        }
    };
    if kind == JointType::Free {
        qpos0.extend(body.quat);
        qpos_spring.extend(body.quat);
    }
    model.qpos0.extend(qpos0);
    model.qpos_spring.extend(qpos_spring);
}

fn is_limited(joint: &JointSpec, spec: &Spec, sink: &mut Diagnostics) -> bool {
    let [low, high] = joint.range;
    if joint.jnt_type == JointType::Free {
        if joint.limited == Limited::Yes {
            let message = "a free joint has no limits: its range is ignored";
            sink.warning(&joint.origin, message, "remove range and limited");
        }
        return false;
    }
    let autolimits = spec.compiler.autolimits;
    let limited =
        resolve_limit("range", joint.limited, joint.range, autolimits, &joint.origin, sink);
    if limited && joint.jnt_type == JointType::Ball && low != 0.0 {
        let message = "the range of a ball joint is a largest angle";
        sink.error(&joint.origin, message, "write range=\"0 ...\"");
    }
    let is_scalar = joint.jnt_type != JointType::Ball;
    if limited && is_scalar && low < high && (joint.qpos_ref < low || joint.qpos_ref > high) {
        let message = format!(
            "the reference position {} is outside the range {low} to {high}",
            joint.qpos_ref
        );
        let remedy = "states that start there start beyond the limit; set ref or range";
        sink.warning(&joint.origin, message, remedy);
    }
    limited
}

/// In the body's frame. The axis of a joint without one is z, as in MuJoCo.
fn anchor_and_axis(joint: &JointSpec, sink: &mut Diagnostics) -> ([f64; 3], [f64; 3]) {
    let z = [0.0, 0.0, 1.0];
    let axis = match joint.jnt_type {
        JointType::Free | JointType::Ball => z,
        JointType::Slide | JointType::Hinge => match normalize(joint.axis) {
            Some((axis, _)) => axis,
            None => {
                let message = "its axis has no direction";
                sink.error(&joint.origin, message, "give it a length above zero");
                z
            }
        },
    };
    let pos = if joint.jnt_type == JointType::Free { [0.0; 3] } else { joint.pos };
    match joint.frame {
        None => (pos, axis),
        Some(_) if joint.jnt_type == JointType::Free => (pos, axis),
        Some(frame) => {
            let placed = frame.then(Pose { pos, quat: Pose::IDENTITY.quat });
            let turned =
                if joint.jnt_type == JointType::Ball { axis } else { rotate(frame.quat, axis) };
            (placed.pos, turned)
        }
    }
}

/// Which joints one body may have together.
pub(super) fn check_joint_mix(body: &BodySpec, sink: &mut Diagnostics) {
    for (place, joint) in body.joints.iter().enumerate() {
        let before = &body.joints[..place];
        if joint.jnt_type == JointType::Free && (body.parent != 0 || body.joints.len() > 1) {
            let message = "a free joint is the only joint of a body on the world";
            sink.error(
                &joint.origin,
                message,
                "move the body into <worldbody>, or use other joints",
            );
            return;
        }
        let turns = matches!(joint.jnt_type, JointType::Ball | JointType::Hinge);
        if turns && before.iter().any(|before| before.jnt_type == JointType::Ball) {
            let message = "a ball joint turns in all directions already";
            sink.error(
                &joint.origin,
                message,
                "remove this joint, or put it into a body of its own",
            );
        }
    }
    let n_dofs: usize = body.joints.iter().map(|joint| joint.jnt_type.nv()).sum();
    if n_dofs > 6 {
        let message = format!("the body has {n_dofs} degrees of freedom");
        sink.error(&body.origin, message, "remove joints: a body moves in six directions");
    }
}

/// The dof before this one in its body, or else the last one of the nearest ancestor that has any.
fn parent_dof(model: &Model, bodyid: usize, dof: usize) -> Option<usize> {
    if dof > model.bodies[bodyid].dofadr {
        return Some(dof - 1);
    }
    let mut ancestor = bodyid;
    while ancestor > 0 {
        ancestor = model.bodies[ancestor].parentid;
        let body = &model.bodies[ancestor];
        if body.dofnum > 0 {
            return Some(body.dofadr + body.dofnum - 1);
        }
    }
    None
}

/// Whether a range is a limit, and a diagnostic if it cannot be one.
pub(super) fn resolve_limit(
    name: &str,
    limited: Limited,
    range: [f64; 2],
    autolimits: bool,
    origin: &Origin,
    sink: &mut Diagnostics,
) -> bool {
    let given = range != [0.0; 2];
    let switch = match name.strip_suffix("range") {
        Some(prefix) => format!("{prefix}limited"),
        None => "limited".to_owned(),
    };
    if limited == Limited::No || (limited == Limited::Auto && !given) {
        return false;
    }
    if limited == Limited::Auto && !autolimits {
        sink.error(
            origin,
            format!("it has a {name} but no {switch}, and autolimits is off"),
            format!("add {switch}=\"true\" or {switch}=\"false\", or set autolimits=\"true\""),
        );
        return false;
    }
    if range[0] >= range[1] {
        let message = format!("{name} is empty: {} is not below {}", range[0], range[1]);
        let remedy = format!("write the smaller number first, or set {switch}=\"false\"");
        sink.error(origin, message, remedy);
    }
    true
}
