//! Fixed tendons.

use super::joint::resolve_limit;
use super::names::find;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::Spec;
use crate::model::spec_forces::TendonSpec;
use crate::model::types::{JointType, Model, Tendon};

pub(super) fn compile_tendons(spec: &Spec, model: &mut Model, sink: &mut Diagnostics) {
    for tendon in &spec.tendons {
        let tendon = compile_tendon(tendon, spec, model, sink);
        model.tendons.push(tendon);
    }
}

fn compile_tendon(
    tendon: &TendonSpec,
    spec: &Spec,
    model: &Model,
    sink: &mut Diagnostics,
) -> Tendon {
    let mut joints: Vec<(usize, f64)> = Vec::new();
    for (origin, name, coefficient) in &tendon.joints {
        let names = model.joints.iter().map(|joint| &joint.name);
        let Some(joint) = find("joint", name, names, origin, sink) else { continue };
        if matches!(model.joints[joint].jnt_type, JointType::Free | JointType::Ball) {
            let message = format!("joint \"{name}\" has no single position");
            sink.error(origin, message, "a tendon runs over hinge and slide joints");
        } else if joints.iter().any(|(other, _)| *other == joint) {
            let message = format!("joint \"{name}\" is in the tendon twice");
            sink.error(origin, message, "add up the coefficients");
        } else {
            joints.push((joint, *coefficient));
        }
    }
    if tendon.joints.is_empty() {
        sink.error(&tendon.origin, "the tendon runs over no joint", "add <joint joint coef>");
    }
    let autolimits = spec.compiler.autolimits;
    let mut limit = |name: &str, limited, range| {
        resolve_limit(name, limited, range, autolimits, &tendon.origin, sink)
    };
    let limited = limit("range", tendon.limited, tendon.range);
    let actfrclimited = limit("actuatorfrcrange", tendon.actfrclimited, tendon.actfrcrange);
    let length = |qpos: &[f64]| -> f64 {
        joints.iter().map(|(joint, coef)| coef * qpos[model.joints[*joint].qposadr]).sum()
    };
    let is_given = tendon.springlength != [-1.0; 2];
    let lengthspring = if is_given { tendon.springlength } else { [length(&model.qpos_spring); 2] };
    Tendon {
        name: tendon.name.clone(),
        limited,
        range: tendon.range,
        margin: tendon.margin,
        solref_limit: tendon.solref_limit,
        solimp_limit: tendon.solimp_limit,
        frictionloss: tendon.frictionloss,
        solref_friction: tendon.solref_friction,
        solimp_friction: tendon.solimp_friction,
        stiffness: tendon.stiffness,
        damping: tendon.damping,
        armature: tendon.armature,
        lengthspring,
        actfrcrange: actfrclimited.then_some(tendon.actfrcrange),
        length0: length(&model.qpos0),
        invweight0: 0.0,
        joints,
    }
}
