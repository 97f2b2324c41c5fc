//! The tree of bodies with their joints, geoms and inertias.

use super::diagnostic::Diagnostics;
use super::orientation::Orientation;
use super::read::{Classes, MAIN_CLASS};
use super::spec::{BodySpec, GeomSpec, InertialSpec, JointSpec, Limited};
use super::types::{GeomType, JointType};
use super::vocabulary::{
    BODY, GEOM, INERTIAL, JOINT, WORLDBODY, check_attributes, note_ignored, refuse_element,
};
use super::xml::{Element, set};

const LIMITED: [(&str, Limited); 3] =
    [("true", Limited::Yes), ("false", Limited::No), ("auto", Limited::Auto)];

/// `limited` and its like.
pub(super) fn read_limited(
    element: &Element,
    name: &str,
    limited: &mut Limited,
    sink: &mut Diagnostics,
) {
    set(limited, element.keyword(name, &LIMITED, sink));
}

/// `<worldbody>`: what is in it belongs to body 0, which exists.
pub(super) fn read_world(
    section: &Element,
    classes: &Classes,
    bodies: &mut Vec<BodySpec>,
    sink: &mut Diagnostics,
) {
    check_attributes(section, &WORLDBODY, sink);
    read_content(section, 0, MAIN_CLASS, classes, bodies, sink);
}

fn read_body(
    element: &Element,
    parent: usize,
    childclass: &str,
    classes: &Classes,
    bodies: &mut Vec<BodySpec>,
    sink: &mut Diagnostics,
) {
    let n_errors = sink.n_errors();
    check_attributes(element, &BODY, sink);
    let name = element.text("name").unwrap_or_default().to_owned();
    let mut body = BodySpec::new(element.origin.clone(), name, parent);
    set(&mut body.pos, element.numbers("pos", sink));
    body.orientation.read(element, sink);
    let simple = [("auto", true), ("false", false)];
    set(&mut body.simple, element.keyword("simple", &simple, sink));
    body.flawed = sink.n_errors() > n_errors;
    // Looked up for its diagnostic: the elements inside look it up by name.
    classes.of(element, "childclass", childclass, sink);
    let childclass = element.text("childclass").unwrap_or(childclass);
    bodies.push(body);
    read_content(element, bodies.len() - 1, childclass, classes, bodies, sink);
}

fn read_content(
    element: &Element,
    body_idx: usize,
    childclass: &str,
    classes: &Classes,
    bodies: &mut Vec<BodySpec>,
    sink: &mut Diagnostics,
) {
    for child in &element.children {
        if child.tag == "body" {
            read_body(child, body_idx, childclass, classes, bodies, sink);
            continue;
        }
        let n_errors = sink.n_errors();
        let body = &mut bodies[body_idx];
        match child.tag.as_str() {
            "joint" | "inertial" if body_idx == 0 => sink.error(
                &child.origin,
                format!("the world has no <{}>", child.tag),
                "put it in a <body>",
            ),
            "joint" => {
                let mut joint = classes.of(child, "class", childclass, sink).joint.clone();
                read_joint(child, &mut joint, sink);
                body.joints.push(joint);
            }
            "geom" => {
                let mut geom = classes.of(child, "class", childclass, sink).geom.clone();
                read_geom(child, &mut geom, sink);
                body.geoms.push(geom);
            }
            "inertial" if body.inertial.is_some() => {
                sink.error(&child.origin, "a body has one <inertial>", "remove the others")
            }
            "inertial" => body.inertial = Some(read_inertial(child, sink)),
            "site" | "camera" | "light" => note_ignored(child, sink),
            _ => refuse_element(
                child,
                &["body", "inertial", "joint", "geom", "site", "camera", "light", "include"],
                sink,
            ),
        }
        bodies[body_idx].flawed |= sink.n_errors() > n_errors;
    }
}

fn read_inertial(element: &Element, sink: &mut Diagnostics) -> InertialSpec {
    check_attributes(element, &INERTIAL, sink);
    for name in ["pos", "mass"] {
        if element.text(name).is_none() {
            let message = format!("<inertial> has no {name}");
            sink.error(&element.origin, message, format!("add {name}=\"...\""));
        }
    }
    let full = element.text("fullinertia").is_some();
    if full {
        for name in ["diaginertia", "quat", "axisangle", "xyaxes", "zaxis", "euler"] {
            if element.text(name).is_some() {
                let message = format!("fullinertia and {name} contradict each other");
                sink.error(&element.at(name), message, "keep one of them");
            }
        }
    }
    let mut orientation = Orientation::default();
    orientation.read(element, sink);
    let diaginertia = element.numbers("diaginertia", sink).unwrap_or_default();
    if diaginertia.iter().any(|moment| *moment < 0.0) {
        let message = "a moment of inertia is negative";
        sink.error(&element.at("diaginertia"), message, "write zero or more");
    }
    InertialSpec {
        origin: element.origin.clone(),
        pos: element.numbers("pos", sink).unwrap_or_default(),
        orientation,
        mass: element.amount("mass", sink).unwrap_or_default(),
        diaginertia,
        fullinertia: element.numbers("fullinertia", sink),
    }
}

/// Reads a joint, or the default of joints, over what it is already.
pub(super) fn read_joint(element: &Element, joint: &mut JointSpec, sink: &mut Diagnostics) {
    check_attributes(element, &JOINT, sink);
    joint.origin = element.origin.clone();
    joint.name = element.text("name").unwrap_or_default().to_owned();
    match element.text("type") {
        Some(kind @ ("ball" | "free")) => sink.error(
            &element.at("type"),
            format!("{kind} joints are not simulated by this version"),
            "use hinge and slide joints",
        ),
        _ => {
            let kinds = [("hinge", JointType::Hinge), ("slide", JointType::Slide)];
            set(&mut joint.jnt_type, element.keyword("type", &kinds, sink));
        }
    }
    set(&mut joint.pos, element.numbers("pos", sink));
    set(&mut joint.axis, element.numbers("axis", sink));
    read_limited(element, "limited", &mut joint.limited, sink);
    set(&mut joint.range, element.numbers("range", sink));
    set(&mut joint.margin, element.amount("margin", sink));
    set(&mut joint.stiffness, linear(element, "stiffness", sink));
    set(&mut joint.springref, element.number("springref", sink));
    set(&mut joint.qpos_ref, element.number("ref", sink));
    set(&mut joint.damping, linear(element, "damping", sink));
    set(&mut joint.armature, element.amount("armature", sink));
    element.fill("solreflimit", &mut joint.solref, sink);
    element.fill("solimplimit", &mut joint.solimp, sink);
}

/// A spring or damper coefficient. MuJoCo 4 takes a polynomial in up to three numbers; only its
/// linear term is simulated here.
fn linear(element: &Element, name: &str, sink: &mut Diagnostics) -> Option<f64> {
    element.text(name)?;
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

/// Reads a geom, or the default of geoms, over what it is already.
pub(super) fn read_geom(element: &Element, geom: &mut GeomSpec, sink: &mut Diagnostics) {
    check_attributes(element, &GEOM, sink);
    geom.origin = element.origin.clone();
    geom.name = element.text("name").unwrap_or_default().to_owned();
    match element.text("type") {
        Some(kind @ ("mesh" | "hfield" | "sdf")) => sink.error(
            &element.at("type"),
            format!("{kind} geoms are not simulated by this version"),
            "use a plane, sphere, capsule, box, cylinder or ellipsoid",
        ),
        _ => {
            let kinds = [
                ("plane", GeomType::Plane),
                ("sphere", GeomType::Sphere),
                ("capsule", GeomType::Capsule),
                ("box", GeomType::Box),
                ("cylinder", GeomType::Cylinder),
                ("ellipsoid", GeomType::Ellipsoid),
            ];
            set(&mut geom.geom_type, element.keyword("type", &kinds, sink));
        }
    }
    element.fill("size", &mut geom.size, sink);
    set(&mut geom.pos, element.numbers("pos", sink));
    geom.orientation.read(element, sink);
    set(&mut geom.fromto, element.numbers("fromto", sink).map(Some));
    set(&mut geom.mass, element.amount("mass", sink).map(Some));
    set(&mut geom.density, element.amount("density", sink));
    let bits = |name: &str, sink: &mut Diagnostics| {
        let number = element.integer(name, sink)?;
        // MuJoCo keeps these as signed numbers of 32 bits; only the bits mean anything.
        Some(number.cast_unsigned())
    };
    set(&mut geom.contype, bits("contype", sink));
    set(&mut geom.conaffinity, bits("conaffinity", sink));
    set(&mut geom.group, element.integer("group", sink));
    let rgba = element.numbers::<4>("rgba", sink);
    set(&mut geom.rgba, rgba.map(|rgba| rgba.map(|part| part as f32)));
}
