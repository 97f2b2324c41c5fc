//! Joints with their dofs, and whether a range is a limit.

use super::diagnostic::{Diagnostics, Origin};
use super::frames::normalize;
use super::spec::{JointSpec, Limited, Spec};
use super::types::{Dof, Joint, JointType, Model};

/// Appends a joint and its dof.
pub(super) fn compile_joint(
    joint: &JointSpec,
    bodyid: usize,
    spec: &Spec,
    model: &mut Model,
    sink: &mut Diagnostics,
) {
    let unit = |value: f64| match joint.jnt_type {
        JointType::Hinge => spec.compiler.angles.radians(value),
        JointType::Slide => value,
    };
    let autolimits = spec.compiler.autolimits;
    let limited =
        resolve_limit("range", joint.limited, joint.range, autolimits, &joint.origin, sink);
    check_joint(joint, limited, sink);
    let axis = normalize(joint.axis).map(|(axis, _)| axis);
    let index = model.joints.len();
    model.joints.push(Joint {
        name: joint.name.clone(),
        jnt_type: joint.jnt_type,
        bodyid,
        qposadr: index,
        dofadr: index,
        pos: joint.pos,
        axis: axis.unwrap_or([0.0, 0.0, 1.0]),
        stiffness: joint.stiffness,
        limited,
        range: if limited { joint.range.map(unit) } else { joint.range },
        // A margin is in radians whatever the angle unit is.
        margin: joint.margin,
        solref_limit: joint.solref,
        solimp_limit: joint.solimp,
    });
    model.dofs.push(Dof {
        bodyid,
        jntid: index,
        parentid: parent_dof(model, bodyid, index),
        armature: joint.armature,
        damping: joint.damping,
        invweight0: 0.0,
    });
    model.qpos0.push(unit(joint.qpos_ref));
    model.qpos_spring.push(unit(joint.springref));
}

fn check_joint(joint: &JointSpec, limited: bool, sink: &mut Diagnostics) {
    if normalize(joint.axis).is_none() {
        let message = "its axis has no direction";
        sink.error(&joint.origin, message, "give it a length above zero");
    }
    let [stiff, damp] = joint.solref;
    if (stiff > 0.0) != (damp > 0.0) {
        let message = format!("solreflimit=\"{stiff} {damp}\" mixes its two forms");
        let remedy = "write two positive numbers (time constant, damping ratio) or two negative \
                      ones (-stiffness, -damping)";
        sink.error(&joint.origin, message, remedy);
    }
    let [low, high] = joint.range;
    if limited && low < high && (joint.qpos_ref < low || joint.qpos_ref > high) {
        let message = format!(
            "the reference position {} is outside the range {low} to {high}",
            joint.qpos_ref
        );
        let remedy = "states that start there start beyond the limit; set ref or range";
        sink.warning(&joint.origin, message, remedy);
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
