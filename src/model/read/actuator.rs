//! Actuators. All kinds write the same few parameters; a kind is what it writes.

use super::class::Classes;
use super::joint::linear;
use super::read_limited;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec::Limited;
use crate::model::spec_forces::{
    ActuatorSpec, DynType, Law, N_PARAMETERS, TargetKind, Term, first,
};
use crate::model::vocabulary::{Harmless, Vocabulary, check_words, refuse_element};
use crate::model::xml::{Element, set};

use Harmless::{Never, Zero};

pub(super) const KINDS: [&str; 9] = [
    "general",
    "motor",
    "position",
    "velocity",
    "intvelocity",
    "damper",
    "cylinder",
    "muscle",
    "adhesion",
];

const COMMON: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "joint",
        "jointinparent",
        "tendon",
        "site",
        "gear",
        "ctrlrange",
        "ctrllimited",
        "forcerange",
        "forcelimited",
        "armature",
        "damping",
        "body",
        "lengthrange",
    ],
    ignored: &["group", "user", "interp", "nsample"],
    refused: &[
        ("delay", Zero),
        ("cranklength", Zero),
        ("refsite", Never),
        ("cranksite", Never),
        ("slidersite", Never),
    ],
};

const GENERAL: Vocabulary = Vocabulary {
    read: &[
        "dyntype",
        "gaintype",
        "biastype",
        "dynprm",
        "gainprm",
        "biasprm",
        "actlimited",
        "actrange",
        "inheritrange",
        "actearly",
    ],
    ignored: &["input"],
    refused: &[
        ("actdim", Harmless::Words(&["-1", "0", "1"])),
        ("velrange", Zero),
        ("ffrange", Zero),
    ],
};
const POSITION: Vocabulary = words(&["kp", "kv", "dampratio", "timeconst", "inheritrange"]);
const VELOCITY: Vocabulary = words(&["kv"]);
const INTVELOCITY: Vocabulary =
    words(&["kp", "kv", "dampratio", "inheritrange", "actlimited", "actrange"]);
const CYLINDER: Vocabulary = words(&["timeconst", "area", "diameter", "bias"]);
const MUSCLE: Vocabulary = words(&[
    "timeconst",
    "tausmooth",
    "range",
    "force",
    "scale",
    "lmin",
    "lmax",
    "vmax",
    "fpmax",
    "fvmax",
]);
const ADHESION: Vocabulary = words(&["gain"]);
const MOTOR: Vocabulary = words(&[]);

const fn words(read: &'static [&'static str]) -> Vocabulary {
    Vocabulary { read, ignored: &[], refused: &[] }
}

pub(super) fn is_actuator(tag: &str) -> bool {
    KINDS.contains(&tag)
}

pub(super) fn read_actuators(
    section: &Element,
    classes: &Classes,
    actuators: &mut Vec<ActuatorSpec>,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        if !is_actuator(&child.tag) {
            refuse_element(child, &KINDS, sink);
            continue;
        }
        let mut actuator = classes.of_element(child, sink).actuator.clone();
        read_actuator(child, &mut actuator, sink);
        actuators.push(actuator);
    }
}

/// Reads an actuator, or the default of actuators, over what it is already.
pub(super) fn read_actuator(element: &Element, it: &mut ActuatorSpec, sink: &mut Diagnostics) {
    let own = match element.tag.as_str() {
        "general" => &GENERAL,
        "position" => &POSITION,
        "velocity" | "damper" => &VELOCITY,
        "intvelocity" => &INTVELOCITY,
        "cylinder" => &CYLINDER,
        "muscle" => &MUSCLE,
        "adhesion" => &ADHESION,
        _ => &MOTOR,
    };
    check_words(element, &[&COMMON, own], sink);
    it.origin = element.origin.clone();
    it.name = element.text("name").unwrap_or_default().to_owned();
    read_target(element, it, sink);
    element.fill("gear", &mut it.gear, sink);
    read_limited(element, "ctrllimited", &mut it.ctrllimited, sink);
    set(&mut it.ctrlrange, element.numbers("ctrlrange", sink));
    read_limited(element, "forcelimited", &mut it.forcelimited, sink);
    set(&mut it.forcerange, element.numbers("forcerange", sink));
    read_limited(element, "actlimited", &mut it.actlimited, sink);
    set(&mut it.actrange, element.numbers("actrange", sink));
    set(&mut it.lengthrange, element.numbers("lengthrange", sink));
    set(&mut it.armature, element.amount("armature", sink));
    set(&mut it.damping, linear(element, "damping", sink));
    read_law(element, it, sink);
    set(&mut it.inheritrange, element.amount("inheritrange", sink));
    if element.has("inheritrange") && it.inheritrange > 0.0 {
        let name = if it.dyntype == DynType::Integrator { "actrange" } else { "ctrlrange" };
        if element.has(name) {
            let message = format!("{name} and inheritrange contradict each other");
            sink.error(&element.at(name), message, "keep one of them");
        }
    }
}

fn read_target(element: &Element, it: &mut ActuatorSpec, sink: &mut Diagnostics) {
    let kinds = [
        ("joint", TargetKind::Joint),
        ("jointinparent", TargetKind::JointInParent),
        ("tendon", TargetKind::Tendon),
        ("site", TargetKind::Site),
        ("body", TargetKind::Body),
    ];
    let mut given = kinds
        .iter()
        .filter_map(|(name, kind)| Some((*name, *kind, element.text(name)?.to_owned())));
    it.target = given.next().map(|(_, kind, target)| (kind, target));
    if let Some((name, ..)) = given.next() {
        let message = "it drives two things at once";
        sink.error(&element.at(name), message, "keep one of joint, tendon, site and body");
    }
}

/// How the force follows from control and state.
fn read_law(element: &Element, it: &mut ActuatorSpec, sink: &mut Diagnostics) {
    let tag = element.tag.as_str();
    if tag == "general" {
        it.shortcut = None;
        read_general(element, it, sink);
        return;
    }
    // Of the law of another kind in the same class of defaults nothing remains, but one of this kind in a
    // class around it does. Of <general>'s the first gain and the last bias do if its gain is fixed. All
    // this is as in MuJoCo.
    let is_own = it.shortcut.as_deref() == Some(tag);
    let is_general = it.shortcut.is_none() && it.gaintype == Term::Fixed;
    let law = if is_own || (is_general && it.dyntype == DynType::FilterExact) {
        it.law()
    } else if is_general {
        let mut law = Law { dyntype: DynType::None, dynprm: first(1.0), ..it.law() };
        law.gainprm = first(law.gainprm[0]);
        law
    } else {
        let outer = it.outer.iter().rev().find(|(outer, _)| outer == tag);
        outer.map_or_else(Law::default, |(_, law)| *law)
    };
    let (gain, bias) = (law.gainprm[0], law.biasprm[2]);
    it.inheritrange = law.inheritrange;
    it.shortcut = Some(tag.to_owned());
    (it.dyntype, it.dynprm) = (DynType::None, first(1.0));
    (it.gaintype, it.biastype) = (Term::Fixed, Term::None);
    (it.gainprm, it.biasprm) = (first(1.0), [0.0; N_PARAMETERS]);
    match tag {
        "position" | "intvelocity" => {
            let kp = element.number("kp", sink).unwrap_or(gain);
            it.gainprm[0] = kp;
            it.biastype = Term::Affine;
            it.biasprm[1] = -kp;
            it.biasprm[2] = read_servo_damping(element, bias, sink);
            if tag == "intvelocity" {
                it.dyntype = DynType::Integrator;
            } else {
                (it.dyntype, it.dynprm) = (law.dyntype, law.dynprm);
                if let Some(time) = element.amount("timeconst", sink) {
                    it.dynprm[0] = time;
                    it.dyntype = if time > 0.0 { DynType::FilterExact } else { DynType::None };
                }
            }
        }
        "velocity" => {
            let kv = element.number("kv", sink).unwrap_or(gain);
            it.gainprm[0] = kv;
            it.biastype = Term::Affine;
            it.biasprm[2] = -kv;
        }
        "damper" => {
            it.gaintype = Term::Affine;
            let kv = element.amount("kv", sink).map(|kv| -kv);
            it.gainprm = [0.0; N_PARAMETERS];
            it.gainprm[2] = kv.unwrap_or(law.gainprm[2]);
            it.ctrllimited = Limited::Yes;
            if it.ctrlrange[0] < 0.0 || it.ctrlrange[1] < 0.0 {
                let message = "the range of a damper is negative";
                sink.error(&element.at("ctrlrange"), message, "write two numbers of zero or more");
            }
        }
        "cylinder" => read_cylinder(element, it, &law, sink),
        "muscle" => read_muscle(element, it, &law, sink),
        "adhesion" => {
            it.gainprm[0] = element.amount("gain", sink).unwrap_or(gain);
            it.ctrllimited = Limited::Yes;
            if it.ctrlrange[0] < 0.0 || it.ctrlrange[1] < 0.0 {
                let message = "the range of an adhesion is negative";
                sink.error(&element.at("ctrlrange"), message, "write two numbers of zero or more");
            }
        }
        _ => {}
    }
}

/// A pneumatic or hydraulic cylinder: its pressure follows the control.
fn read_cylinder(element: &Element, it: &mut ActuatorSpec, law: &Law, sink: &mut Diagnostics) {
    (it.dyntype, it.dynprm) = (DynType::Filter, law.dynprm);
    set(&mut it.dynprm[0], element.amount("timeconst", sink));
    it.gainprm[0] = element.number("area", sink).unwrap_or(law.gainprm[0]);
    if let Some(diameter) = element.amount("diameter", sink) {
        it.gainprm[0] = std::f64::consts::FRAC_PI_4 * diameter * diameter;
    }
    it.biastype = Term::Affine;
    it.biasprm = law.biasprm;
    if let Some(bias) = element.numbers::<3>("bias", sink) {
        it.biasprm[..3].copy_from_slice(&bias);
    }
}

/// Parameters of a muscle that are at the defaults of all actuators stand for these.
const MUSCLE_PARAMETERS: [f64; N_PARAMETERS] = [0.75, 1.05, -1.0, 200.0, 0.5, 1.6, 1.5, 1.3, 1.2];
const MUSCLE_TIMES: [f64; 2] = [0.01, 0.04];

fn read_muscle(element: &Element, it: &mut ActuatorSpec, law: &Law, sink: &mut Diagnostics) {
    (it.dyntype, it.gaintype, it.biastype) = (DynType::Muscle, Term::Muscle, Term::Muscle);
    (it.dynprm, it.gainprm) = (law.dynprm, law.gainprm);
    let general: [f64; N_PARAMETERS] = first(1.0);
    for k in 0..N_PARAMETERS {
        if it.gainprm[k] == general[k] {
            it.gainprm[k] = MUSCLE_PARAMETERS[k];
        }
    }
    for k in 0..2 {
        if it.dynprm[k] == general[k] {
            it.dynprm[k] = MUSCLE_TIMES[k];
        }
    }
    if let Some(times) = element.numbers::<2>("timeconst", sink) {
        it.dynprm[..2].copy_from_slice(&times);
    }
    set(&mut it.dynprm[2], element.amount("tausmooth", sink));
    if let Some(range) = element.numbers::<2>("range", sink) {
        it.gainprm[..2].copy_from_slice(&range);
    }
    let names = ["force", "scale", "lmin", "lmax", "vmax", "fpmax", "fvmax"];
    for (parameter, name) in it.gainprm[2..].iter_mut().zip(names) {
        set(parameter, element.number(name, sink));
    }
    it.biasprm = it.gainprm;
}

/// `biasprm[2]` of a servo: minus the damping or, positive, its ratio to critical damping.
fn read_servo_damping(element: &Element, inherited: f64, sink: &mut Diagnostics) -> f64 {
    let kv = element.amount("kv", sink);
    let ratio = element.amount("dampratio", sink);
    if kv.is_some() && ratio.is_some() {
        let message = "kv and dampratio contradict each other";
        sink.error(&element.at("dampratio"), message, "keep one of them");
    }
    kv.map(|kv| -kv).or(ratio).unwrap_or(inherited)
}

fn read_general(element: &Element, it: &mut ActuatorSpec, sink: &mut Diagnostics) {
    let foreign = |name: &str, remedy: &str, sink: &mut Diagnostics| {
        let text = element.text(name).unwrap_or_default();
        let foreign = matches!(text, "user" | "pid" | "dcmotor" | "so3");
        if foreign {
            let message = format!("{name}=\"{text}\" is not simulated by this version");
            sink.error(&element.at(name), message, remedy);
        }
        foreign
    };
    if !foreign("dyntype", "use none, integrator, filter, filterexact or muscle", sink) {
        let types = [
            ("none", DynType::None),
            ("integrator", DynType::Integrator),
            ("filter", DynType::Filter),
            ("filterexact", DynType::FilterExact),
            ("muscle", DynType::Muscle),
        ];
        set(&mut it.dyntype, element.keyword("dyntype", &types, sink));
    }
    if !foreign("gaintype", "use fixed, affine or muscle", sink) {
        let types = [("fixed", Term::Fixed), ("affine", Term::Affine), ("muscle", Term::Muscle)];
        set(&mut it.gaintype, element.keyword("gaintype", &types, sink));
    }
    if !foreign("biastype", "use none, affine or muscle", sink) {
        let types = [("none", Term::None), ("affine", Term::Affine), ("muscle", Term::Muscle)];
        set(&mut it.biastype, element.keyword("biastype", &types, sink));
    }
    // MuJoCo takes up to ten parameters; those after the ninth are of kinds that are refused.
    let head = |name: &str, target: &mut [f64], sink: &mut Diagnostics| {
        let list = element.list(name, sink).unwrap_or_default();
        if list.len() > 10 {
            let message = format!("{name} has {} numbers", list.len());
            sink.error(&element.at(name), message, "write at most 10 numbers");
        }
        let count = list.len().min(target.len());
        target[..count].copy_from_slice(&list[..count]);
    };
    head("dynprm", &mut it.dynprm, sink);
    head("gainprm", &mut it.gainprm, sink);
    head("biasprm", &mut it.biasprm, sink);
    set(&mut it.actearly, element.boolean("actearly", sink));
}
