//! The top of an MJCF file: its sections. Each kind of element has its own reader beside this one.

mod actuator;
mod asset;
mod body;
mod class;
mod contact;
mod equality;
mod geom;
mod joint;
mod key;
mod look;
mod option;
mod sensor;
mod tendon;
mod urdf;
mod urdf_parts;

use super::diagnostic::Diagnostics;
use super::spec::{Limited, Spec};
use super::vocabulary::{Vocabulary, check_attributes, note_ignored, refuse_element};
use super::xml::{Element, set};

use actuator::read_actuators;
use asset::read_assets;
use body::read_world;
use class::Classes;
use contact::read_contact;
use equality::read_equalities;
use key::read_keyframes;
use look::read_visual;
use option::{read_compiler, read_option};
use sensor::read_sensors;
use tendon::read_tendons;

pub(super) use urdf::read_robot;

const MUJOCO: Vocabulary = Vocabulary { read: &["model"], ignored: &[], refused: &[] };

const SECTIONS: [&str; 16] = [
    "compiler",
    "option",
    "default",
    "asset",
    "worldbody",
    "contact",
    "tendon",
    "equality",
    "actuator",
    "sensor",
    "keyframe",
    "statistic",
    "visual",
    "size",
    "custom",
    "include",
];

const LIMITED: [(&str, Limited); 3] =
    [("true", Limited::Yes), ("false", Limited::No), ("auto", Limited::Auto)];

/// `limited` and its like.
fn read_limited(element: &Element, name: &str, limited: &mut Limited, sink: &mut Diagnostics) {
    set(limited, element.keyword(name, &LIMITED, sink));
}

/// The tree of the file as a specification; none if its root is not `<mujoco>`.
pub(super) fn read_model(root: &Element, sink: &mut Diagnostics) -> Option<Spec> {
    if root.tag != "mujoco" {
        let message = format!("the root is <{}>, not <mujoco>", root.tag);
        sink.error(&root.origin, message, "this reader takes MJCF models only");
        return None;
    }
    check_attributes(root, &MUJOCO, sink);
    let name = root.text("model").unwrap_or("MuJoCo Model").to_owned();
    let mut spec = Spec::empty(root.origin.clone(), name);
    let mut classes = Classes::default();
    // Sections may come in any order and more than once, and the later stages need the earlier.
    for section in &root.children {
        match section.tag.as_str() {
            "compiler" => read_compiler(section, &mut spec.compiler, sink),
            "option" => read_option(section, &mut spec, sink),
            "default" => classes.read(section, sink),
            _ => {}
        }
    }
    for section in &root.children {
        read_section(section, &classes, &mut spec, sink);
    }
    Some(spec)
}

fn read_section(section: &Element, classes: &Classes, spec: &mut Spec, sink: &mut Diagnostics) {
    match section.tag.as_str() {
        "compiler" | "option" | "default" => {}
        "worldbody" => {
            read_world(section, classes, spec.compiler.angles, &mut spec.bodies, sink);
        }
        "asset" => read_assets(section, classes, spec, sink),
        "contact" => read_contact(section, classes, &mut spec.contact, sink),
        "tendon" => read_tendons(section, classes, &mut spec.tendons, sink),
        "equality" => read_equalities(section, classes, &mut spec.equalities, sink),
        "actuator" => read_actuators(section, classes, &mut spec.actuators, sink),
        "sensor" => read_sensors(section, &mut spec.sensors, sink),
        "keyframe" => read_keyframes(section, &mut spec.keys, sink),
        "visual" => read_visual(section, &mut spec.headlight, sink),
        "statistic" | "size" | "custom" => note_ignored(section, sink),
        // These are refused as a whole, but an empty section asks for nothing.
        "extension" | "deformable" if section.children.is_empty() => {}
        _ => refuse_element(section, &SECTIONS, sink),
    }
}
