//! Joints.

use super::read_limited;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::JointSpec;
use crate::model::types::JointType;
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes};
use crate::model::xml::{Element, set};

const JOINT: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "pos",
        "axis",
        "range",
        "limited",
        "margin",
        "stiffness",
        "springref",
        "springdamper",
        "ref",
        "damping",
        "armature",
        "frictionloss",
        "solreflimit",
        "solimplimit",
        "solreffriction",
        "solimpfriction",
        "actuatorfrcrange",
        "actuatorfrclimited",
        "actuatorgravcomp",
    ],
    ignored: &["group", "user"],
    refused: &[("springyield", Harmless::Zero)],
};

const FREEJOINT: Vocabulary = Vocabulary {
    read: &["name"],
    ignored: &["group"],
    refused: &[("align", Harmless::Words(&["false", "auto"]))],
};

/// Reads a joint, or the default of joints, over what it is already.
pub(super) fn read_joint(element: &Element, joint: &mut JointSpec, sink: &mut Diagnostics) {
    check_attributes(element, &JOINT, sink);
    joint.origin = element.origin.clone();
    joint.name = element.text("name").unwrap_or_default().to_owned();
    let kinds = [
        ("hinge", JointType::Hinge),
        ("slide", JointType::Slide),
        ("ball", JointType::Ball),
        ("free", JointType::Free),
    ];
    set(&mut joint.jnt_type, element.keyword("type", &kinds, sink));
    set(&mut joint.pos, element.numbers("pos", sink));
    set(&mut joint.axis, element.numbers("axis", sink));
    read_limited(element, "limited", &mut joint.limited, sink);
    set(&mut joint.range, element.numbers("range", sink));
    set(&mut joint.margin, element.amount("margin", sink));
    set(&mut joint.stiffness, linear(element, "stiffness", sink));
    set(&mut joint.springref, element.number("springref", sink));
    set(&mut joint.springdamper, element.numbers("springdamper", sink));
    if joint.springdamper.iter().any(|number| *number < 0.0) {
        let message = "springdamper is negative";
        let remedy = "write a time constant and a damping ratio above zero, or 0 0";
        sink.error(&element.at("springdamper"), message, remedy);
    }
    set(&mut joint.qpos_ref, element.number("ref", sink));
    set(&mut joint.damping, linear(element, "damping", sink));
    set(&mut joint.armature, element.amount("armature", sink));
    set(&mut joint.frictionloss, element.amount("frictionloss", sink));
    element.solref("solreflimit", &mut joint.solref_limit, sink);
    element.fill("solimplimit", &mut joint.solimp_limit, sink);
    element.solref("solreffriction", &mut joint.solref_friction, sink);
    element.fill("solimpfriction", &mut joint.solimp_friction, sink);
    read_limited(element, "actuatorfrclimited", &mut joint.actfrclimited, sink);
    set(&mut joint.actfrcrange, element.numbers("actuatorfrcrange", sink));
    set(&mut joint.actgravcomp, element.boolean("actuatorgravcomp", sink));
}

/// A joint that floats; defaults of joints do not reach it.
pub(super) fn read_freejoint(element: &Element, sink: &mut Diagnostics) -> JointSpec {
    check_attributes(element, &FREEJOINT, sink);
    JointSpec {
        origin: element.origin.clone(),
        name: element.text("name").unwrap_or_default().to_owned(),
        jnt_type: JointType::Free,
        ..JointSpec::default()
    }
}

/// A spring or damper coefficient. MuJoCo 4 takes a polynomial in up to three numbers; only its
/// linear term is simulated here.
pub(super) fn linear(element: &Element, name: &str, sink: &mut Diagnostics) -> Option<f64> {
    element.has(name).then_some(())?;
    let mut coefficients = [0.0; 3];
    element.fill(name, &mut coefficients, sink);
    let [linear, rest @ ..] = coefficients;
    if rest != [0.0; 2] {
        let message = format!("{name} that is not linear is not simulated by this version");
        sink.error(&element.at(name), message, "write one number");
    } else if linear < 0.0 {
        let message = format!("{name} is negative ({linear})");
        sink.error(&element.at(name), message, "write zero or more");
    }
    Some(linear)
}
