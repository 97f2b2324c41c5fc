//! The top of an MJCF file: its sections, `<compiler>`, `<option>` and the classes of defaults.

use std::collections::HashMap;

use super::diagnostic::{Diagnostics, suggest};
use super::read_actuator::{read_actuators, read_contact, read_keyframes, read_motor};
use super::read_body::{read_geom, read_joint, read_world};
use super::spec::{
    BodySpec, Compiler, ContactSpec, GeomSpec, InertiaFromGeom, JointSpec, MotorSpec, Spec,
    default_options,
};
use super::types::{Integrator, Options};
use super::vocabulary::{
    COMPILER, DEFAULT, FLAG, MUJOCO, OPTION, check_attributes, note_ignored, refuse_element,
};
use super::xml::{Element, set};

/// The class that everything belongs to that names no other.
pub(super) const MAIN_CLASS: &str = "main";

/// One class of defaults: what its elements are before they are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    pub joint: JointSpec,
    pub geom: GeomSpec,
    pub motor: MotorSpec,
}

/// Classes by name; the main class is always there.
#[derive(Debug)]
pub(super) struct Classes {
    main: Class,
    named: HashMap<String, Class>,
}

impl Classes {
    pub fn get(&self, name: &str) -> Option<&Class> {
        match name {
            MAIN_CLASS => Some(&self.main),
            _ => self.named.get(name),
        }
    }

    /// The class that the element names in this attribute, or else the one of this name. An unknown
    /// name is a diagnostic.
    pub fn of(
        &self,
        element: &Element,
        attribute: &str,
        or_else: &str,
        sink: &mut Diagnostics,
    ) -> &Class {
        let name = element.text(attribute).unwrap_or(or_else);
        self.get(name).unwrap_or_else(|| {
            if element.text(attribute).is_some() {
                let known = self.named.keys().map(String::as_str).chain([MAIN_CLASS]);
                let message = format!("there is no default class \"{name}\"");
                sink.error(&element.at(attribute), message, suggest(name, known));
            }
            &self.main
        })
    }
}

/// The tree of the file as a specification; none if its root is not `<mujoco>`.
pub(super) fn read_model(root: &Element, sink: &mut Diagnostics) -> Option<Spec> {
    if root.tag != "mujoco" {
        let message = format!("the root is <{}>, not <mujoco>", root.tag);
        sink.error(&root.origin, message, "this reader takes MJCF models only");
        return None;
    }
    check_attributes(root, &MUJOCO, sink);
    let mut spec = empty_spec(root);
    let mut classes = Classes { main: Class::default(), named: HashMap::new() };
    // Sections may come in any order and more than once, and the later stages need the earlier.
    for section in &root.children {
        match section.tag.as_str() {
            "compiler" => read_compiler(section, &mut spec.compiler, sink),
            "option" => read_option(section, &mut spec.opt, &mut spec.contact, sink),
            "default" => read_main_default(section, &mut classes, sink),
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
        "worldbody" => read_world(section, classes, &mut spec.bodies, sink),
        "actuator" => read_actuators(section, classes, &mut spec.motors, sink),
        "keyframe" => read_keyframes(section, &mut spec.keys, sink),
        "contact" => read_contact(section, &mut spec.contact, sink),
        "asset" => read_assets(section, sink),
        "visual" | "statistic" | "size" | "custom" => note_ignored(section, sink),
        // These are refused as a whole, but an empty section asks for nothing.
        "tendon" | "equality" | "sensor" | "extension" | "deformable"
            if section.children.is_empty() => {}
        _ => refuse_element(
            section,
            &[
                "compiler",
                "option",
                "default",
                "statistic",
                "worldbody",
                "actuator",
                "keyframe",
                "contact",
                "asset",
                "visual",
                "size",
                "custom",
                "include",
            ],
            sink,
        ),
    }
}

fn empty_spec(root: &Element) -> Spec {
    let world = BodySpec::new(root.origin.clone(), "world".to_owned(), 0);
    Spec {
        origin: root.origin.clone(),
        name: root.text("model").unwrap_or("MuJoCo Model").to_owned(),
        compiler: Compiler::default(),
        opt: default_options(),
        contact: ContactSpec { enabled: true, filterparent: true, excludes: Vec::new() },
        bodies: vec![world],
        motors: Vec::new(),
        keys: Vec::new(),
    }
}

fn read_assets(section: &Element, sink: &mut Diagnostics) {
    for asset in &section.children {
        match asset.tag.as_str() {
            "texture" | "material" => note_ignored(asset, sink),
            _ => refuse_element(asset, &["texture", "material"], sink),
        }
    }
}

fn read_compiler(section: &Element, compiler: &mut Compiler, sink: &mut Diagnostics) {
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
    set(&mut compiler.balanceinertia, section.boolean("balanceinertia", sink));
    for child in &section.children {
        if child.tag != "lengthrange" {
            refuse_element(child, &["lengthrange"], sink);
        }
    }
}

fn read_option(
    section: &Element,
    opt: &mut Options,
    contact: &mut ContactSpec,
    sink: &mut Diagnostics,
) {
    check_attributes(section, &OPTION, sink);
    if let Some(timestep) = section.number("timestep", sink) {
        if timestep > 0.0 {
            opt.timestep = timestep;
        } else {
            let message = format!("timestep is {timestep}");
            sink.error(&section.at("timestep"), message, "write a step above zero");
        }
    }
    set(&mut opt.gravity, section.numbers("gravity", sink));
    read_integrator(section, opt, sink);
    if section.text("solver").is_some_and(|solver| solver != "Newton") {
        let solvers = [("Newton", ()), ("CG", ()), ("PGS", ())];
        if section.keyword("solver", &solvers, sink).is_some() {
            let message = "Newton's method is used: all solvers have the same solution";
            sink.note_once("solver", &section.at("solver"), message);
        }
    }
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
    set(&mut opt.tolerance, section.amount("tolerance", sink));
    set(&mut opt.ls_tolerance, section.amount("ls_tolerance", sink));
    for child in &section.children {
        match child.tag.as_str() {
            "flag" => read_flag(child, opt, contact, sink),
            _ => refuse_element(child, &["flag"], sink),
        }
    }
}

fn read_integrator(section: &Element, opt: &mut Options, sink: &mut Diagnostics) {
    match section.text("integrator") {
        None => {}
        Some("Euler") => opt.integrator = Integrator::Euler,
        Some("RK4") => opt.integrator = Integrator::Rk4,
        Some(other @ ("implicit" | "implicitfast")) => sink.error(
            &section.at("integrator"),
            format!("integrator=\"{other}\" is not simulated by this version"),
            "use integrator=\"Euler\", which treats joint damping implicitly, or \"RK4\"",
        ),
        Some(other) => sink.error(
            &section.at("integrator"),
            format!("integrator=\"{other}\" is not known"),
            suggest(other, ["Euler", "RK4"]),
        ),
    }
}

fn read_flag(
    element: &Element,
    opt: &mut Options,
    contact: &mut ContactSpec,
    sink: &mut Diagnostics,
) {
    check_attributes(element, &FLAG, sink);
    let words = [("enable", true), ("disable", false)];
    set(&mut opt.eulerdamp, element.keyword("eulerdamp", &words, sink));
    set(&mut opt.refsafe, element.keyword("refsafe", &words, sink));
    set(&mut contact.enabled, element.keyword("contact", &words, sink));
    set(&mut contact.filterparent, element.keyword("filterparent", &words, sink));
    if element.keyword("gravity", &words, sink) == Some(false) {
        opt.gravity = [0.0; 3];
    }
}

fn read_main_default(section: &Element, classes: &mut Classes, sink: &mut Diagnostics) {
    check_attributes(section, &DEFAULT, sink);
    if let Some(name) = section.text("class").filter(|name| *name != MAIN_CLASS) {
        let message = format!("the outermost default class is \"main\", not \"{name}\"");
        let remedy = format!("put <default class=\"{name}\"> inside a <default>");
        sink.error(&section.at("class"), message, remedy);
    }
    let mut main = std::mem::take(&mut classes.main);
    read_class(section, &mut main, sink);
    read_nested(section, &main, classes, sink);
    classes.main = main;
}

/// The classes inside a class. They start as it is when all its own elements have been read.
fn read_nested(section: &Element, parent: &Class, classes: &mut Classes, sink: &mut Diagnostics) {
    for child in section.children.iter().filter(|child| child.tag == "default") {
        check_attributes(child, &DEFAULT, sink);
        let mut class = parent.clone();
        read_class(child, &mut class, sink);
        read_nested(child, &class, classes, sink);
        let Some(name) = child.text("class").filter(|name| !name.is_empty()) else {
            sink.error(
                &child.origin,
                "a default class inside another needs a name",
                "add class=\"...\"",
            );
            continue;
        };
        if name == MAIN_CLASS || classes.named.insert(name.to_owned(), class).is_some() {
            let message = format!("there are two default classes \"{name}\"");
            sink.error(&child.at("class"), message, "rename one of them");
        }
    }
}

fn read_class(section: &Element, class: &mut Class, sink: &mut Diagnostics) {
    for child in &section.children {
        match child.tag.as_str() {
            "default" => {}
            "joint" => read_joint(child, &mut class.joint, sink),
            "geom" => read_geom(child, &mut class.geom, sink),
            "motor" => read_motor(child, &mut class.motor, sink),
            // Defaults of what is ignored or refused wherever it is used.
            "site" | "camera" | "light" | "mesh" | "material" | "texture" | "pair" | "equality"
            | "tendon" => {}
            _ => refuse_element(child, &["default", "joint", "geom", "motor"], sink),
        }
        if matches!(child.tag.as_str(), "joint" | "geom" | "motor") && child.text("name").is_some()
        {
            let message = "a default has no name";
            sink.error(&child.at("name"), message, "remove name");
        }
    }
}
