//! `<compiler>`, `<option>` and its flags.

use crate::model::diagnostic::{Diagnostics, suggest};
use crate::model::spec::{Compiler, InertiaFromGeom, Spec};
use crate::model::types::{Cone, Enable, Integrator, Options};
use crate::model::vocabulary::{DISABLED, Harmless, Vocabulary, check_attributes, refuse_element};
use crate::model::xml::{Element, set};

use Harmless::{Never, Words};

const COMPILER: Vocabulary = Vocabulary {
    read: &[
        "angle",
        "autolimits",
        "eulerseq",
        "inertiafromgeom",
        "boundmass",
        "boundinertia",
        "settotalmass",
        "balanceinertia",
        "fitaabb",
        "inertiagrouprange",
        "meshdir",
        "assetdir",
        "strippath",
        "discardvisual",
        "fusestatic",
    ],
    ignored: &[
        "texturedir",
        "usethread",
        "saveinertial",
        "conflict",
        "passthrough",
        "savecanonical",
        "savecompiled",
    ],
    refused: &[("coordinate", Words(&["local"])), ("alignfree", Words(&["false"]))],
};

const OPTION: Vocabulary = Vocabulary {
    read: &[
        "timestep",
        "gravity",
        "integrator",
        "cone",
        "impratio",
        "solver",
        "iterations",
        "tolerance",
        "ls_iterations",
        "ls_tolerance",
        "noslip_iterations",
        "wind",
        "magnetic",
        "density",
        "viscosity",
    ],
    // Ways to compute the same, and parts that are refused elsewhere.
    ignored: &[
        "jacobian",
        "noslip_tolerance",
        "ccd_iterations",
        "ccd_tolerance",
        "sdf_iterations",
        "sdf_initpoints",
        "sleep_tolerance",
        "o_margin",
        "o_solref",
        "o_solimp",
        "o_friction",
    ],
    refused: &[("actuatorgroupdisable", Never)],
};

const FLAG: Vocabulary = Vocabulary {
    read: &[
        "eulerdamp",
        "refsafe",
        "contact",
        "filterparent",
        "gravity",
        "constraint",
        "equality",
        "frictionloss",
        "limit",
        "spring",
        "damper",
        "actuation",
        "clampctrl",
    ],
    ignored: &[
        "warmstart",
        "sensor",
        "midphase",
        "autoreset",
        "nativeccd",
        "island",
        "multiccd",
        "energy",
        "fwdinv",
        "invdiscrete",
    ],
    refused: &[
        ("override", DISABLED),
        ("sleep", DISABLED),
        ("diagexact", DISABLED),
        ("ipc", DISABLED),
        ("speculative", DISABLED),
    ],
};

/// In a shorter step nothing moves in numbers of 32 bits [s].
const LEAST_TIMESTEP: f64 = 1e-6;

pub(super) fn read_compiler(section: &Element, compiler: &mut Compiler, sink: &mut Diagnostics) {
    check_attributes(section, &COMPILER, sink);
    let degree = section.keyword("angle", &[("degree", true), ("radian", false)], sink);
    set(&mut compiler.angles.degree, degree);
    if let Some(text) = section.text("eulerseq") {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(sequence) if sequence.iter().all(|letter| b"xyzXYZ".contains(letter)) => {
                compiler.angles.eulerseq = sequence;
            }
            _ => sink.error(
                &section.at("eulerseq"),
                format!("eulerseq=\"{text}\" is not three letters of xyzXYZ"),
                "for example eulerseq=\"xyz\"",
            ),
        }
    }
    set(&mut compiler.autolimits, section.boolean("autolimits", sink));
    let from_geom = [
        ("auto", InertiaFromGeom::Auto),
        ("true", InertiaFromGeom::Always),
        ("false", InertiaFromGeom::Never),
    ];
    set(&mut compiler.inertiafromgeom, section.keyword("inertiafromgeom", &from_geom, sink));
    let groups = section.numbers::<2>("inertiagrouprange", sink);
    // A group is a small whole number; anything else is cut to one.
    set(&mut compiler.inertiagrouprange, groups.map(|groups| groups.map(|group| group as i32)));
    set(&mut compiler.boundmass, section.amount("boundmass", sink));
    set(&mut compiler.boundinertia, section.amount("boundinertia", sink));
    set(&mut compiler.settotalmass, section.number("settotalmass", sink));
    set(&mut compiler.fitaabb, section.boolean("fitaabb", sink));
    set(&mut compiler.balanceinertia, section.boolean("balanceinertia", sink));
    set(&mut compiler.meshdir, section.text("meshdir").map(|folder| Some(folder.to_owned())));
    let texturedir = section.text("texturedir").map(|folder| Some(folder.to_owned()));
    set(&mut compiler.texturedir, texturedir);
    set(&mut compiler.assetdir, section.text("assetdir").map(|folder| Some(folder.to_owned())));
    set(&mut compiler.strippath, section.boolean("strippath", sink));
    for (name, what) in [
        ("discardvisual", "nothing is discarded: geoms that touch nothing cost nothing"),
        ("fusestatic", "bodies without joints are kept: they move as one with their parents"),
    ] {
        if section.boolean(name, sink) == Some(true) {
            sink.note_once(name, &section.at(name), what);
        }
    }
    for child in &section.children {
        if child.tag != "lengthrange" {
            refuse_element(child, &["lengthrange"], sink);
        }
    }
}

pub(super) fn read_option(section: &Element, spec: &mut Spec, sink: &mut Diagnostics) {
    check_attributes(section, &OPTION, sink);
    let opt = &mut spec.opt;
    if let Some(timestep) = section.number("timestep", sink) {
        if timestep >= LEAST_TIMESTEP {
            opt.timestep = timestep;
        } else {
            let message = format!("timestep is {timestep}");
            let remedy = format!("write a step above zero, from {LEAST_TIMESTEP} s on");
            sink.error(&section.at("timestep"), message, remedy);
        }
    }
    set(&mut opt.gravity, section.numbers("gravity", sink));
    read_integrator(section, opt, sink);
    let cones = [("pyramidal", Cone::Pyramidal), ("elliptic", Cone::Elliptic)];
    set(&mut opt.cone, section.keyword("cone", &cones, sink));
    if let Some(impratio) = section.number("impratio", sink) {
        if impratio > 0.0 {
            opt.impratio = impratio;
        } else {
            let message = format!("impratio is {impratio}");
            sink.error(&section.at("impratio"), message, "write a ratio above zero");
        }
    }
    if section.text("solver").is_some_and(|solver| solver != "Newton") {
        let solvers = [("Newton", ()), ("CG", ()), ("PGS", ())];
        if section.keyword("solver", &solvers, sink).is_some() {
            let message = "Newton's method is used: all solvers have the same solution";
            sink.note_once("solver", &section.at("solver"), message);
        }
    }
    read_counts(section, opt, sink);
    set(&mut opt.tolerance, section.amount("tolerance", sink));
    set(&mut opt.ls_tolerance, section.amount("ls_tolerance", sink));
    set(&mut opt.medium.density, section.amount("density", sink));
    set(&mut opt.medium.viscosity, section.amount("viscosity", sink));
    set(&mut opt.medium.wind, section.numbers("wind", sink));
    set(&mut opt.magnetic, section.numbers("magnetic", sink));
    for child in &section.children {
        match child.tag.as_str() {
            "flag" => read_flag(child, spec, sink),
            _ => refuse_element(child, &["flag"], sink),
        }
    }
}

fn read_counts(section: &Element, opt: &mut Options, sink: &mut Diagnostics) {
    let count = |name: &str, sink: &mut Diagnostics| {
        let number = section.integer(name, sink)?;
        let count = usize::try_from(number).ok();
        if count.is_none() {
            let message = format!("{name} is negative ({number})");
            sink.error(&section.at(name), message, "write zero or more");
        }
        count
    };
    set(&mut opt.iterations, count("iterations", sink));
    set(&mut opt.ls_iterations, count("ls_iterations", sink));
    if count("noslip_iterations", sink).is_some_and(|count| count > 0) {
        let message =
            "the passes against slip are not done: contacts creep as they do without them";
        let remedy = "raise impratio with cone=\"elliptic\" where creeping matters";
        sink.warning(&section.at("noslip_iterations"), message, remedy);
    }
}

fn read_integrator(section: &Element, opt: &mut Options, sink: &mut Diagnostics) {
    match section.text("integrator") {
        None => {}
        Some("Euler") => opt.integrator = Integrator::Euler,
        Some("RK4") => opt.integrator = Integrator::Rk4,
        Some("implicitfast") => opt.integrator = Integrator::ImplicitFast,
        Some(other @ ("implicit" | "discrete")) => sink.error(
            &section.at("integrator"),
            format!("integrator=\"{other}\" is not simulated by this version"),
            "use integrator=\"implicitfast\"",
        ),
        Some(other) => sink.error(
            &section.at("integrator"),
            format!("integrator=\"{other}\" is not known"),
            suggest(other, ["Euler", "RK4", "implicitfast"]),
        ),
    }
}

fn read_flag(element: &Element, spec: &mut Spec, sink: &mut Diagnostics) {
    check_attributes(element, &FLAG, sink);
    let words = [("enable", true), ("disable", false)];
    let mut flag = |name: &str, target: &mut bool| {
        set(target, element.keyword(name, &words, sink));
    };
    let (opt, contact) = (&mut spec.opt, &mut spec.contact);
    flag("eulerdamp", &mut opt.eulerdamp);
    flag("refsafe", &mut opt.refsafe);
    flag("contact", &mut contact.enabled);
    flag("filterparent", &mut contact.filterparent);
    let Enable { equality, frictionloss, limit, spring, damper, actuation, clampctrl } =
        &mut opt.enable;
    flag("equality", equality);
    flag("frictionloss", frictionloss);
    flag("limit", limit);
    flag("spring", spring);
    flag("damper", damper);
    flag("actuation", actuation);
    flag("clampctrl", clampctrl);
    let (mut gravity, mut constraint) = (true, true);
    flag("gravity", &mut gravity);
    flag("constraint", &mut constraint);
    if !gravity {
        opt.gravity = [0.0; 3];
    }
    if !constraint {
        (*equality, *frictionloss, *limit, contact.enabled) = (false, false, false, false);
    }
}
