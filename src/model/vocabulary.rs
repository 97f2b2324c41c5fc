//! The words of MJCF: what this version reads, what it may leave out because it changes nothing, and
//! what it has to refuse.

use super::diagnostic::{Diagnostics, suggest};
use super::xml::Element;

/// Values at which an attribute that is not simulated does no harm.
#[derive(Clone, Copy, Debug)]
pub(super) enum Harmless {
    /// Every number is zero.
    Zero,
    /// The value is one of these.
    Words(&'static [&'static str]),
    /// No value does.
    Never,
}

/// The attributes of an element.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Attributes that are read.
    pub read: &'static [&'static str],
    /// Attributes without effect on anything that this version simulates.
    pub ignored: &'static [&'static str],
    /// Attributes that are refused, unless harmless.
    pub refused: &'static [(&'static str, Harmless)],
}

use Harmless::{Never, Words, Zero};

const ENABLED: Harmless = Words(&["enable"]);
const DISABLED: Harmless = Words(&["disable"]);
const OFF: Harmless = Words(&["false", "auto"]);

pub(super) const MUJOCO: Vocabulary = Vocabulary { read: &["model"], ignored: &[], refused: &[] };

pub(super) const COMPILER: Vocabulary = Vocabulary {
    read: &[
        "angle",
        "autolimits",
        "eulerseq",
        "inertiafromgeom",
        "boundmass",
        "boundinertia",
        "settotalmass",
        "balanceinertia",
        "inertiagrouprange",
    ],
    ignored: &[
        "meshdir",
        "texturedir",
        "assetdir",
        "strippath",
        "discardvisual",
        "usethread",
        "fitaabb",
        "saveinertial",
        "conflict",
        "alignfree",
        "passthrough",
        "savecanonical",
        "savecompiled",
    ],
    refused: &[("coordinate", Words(&["local"])), ("fusestatic", Words(&["false"]))],
};

pub(super) const OPTION: Vocabulary = Vocabulary {
    read: &[
        "timestep",
        "gravity",
        "integrator",
        "solver",
        "iterations",
        "tolerance",
        "ls_iterations",
        "ls_tolerance",
    ],
    // Contacts, fluids and the choice of a matrix format.
    ignored: &[
        "cone",
        "jacobian",
        "impratio",
        "noslip_iterations",
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
        "magnetic",
        "wind",
    ],
    refused: &[("density", Zero), ("viscosity", Zero), ("actuatorgroupdisable", Never)],
};

pub(super) const FLAG: Vocabulary = Vocabulary {
    read: &["eulerdamp", "refsafe", "contact", "filterparent", "gravity"],
    ignored: &[
        "equality",
        "frictionloss",
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
        "ipc",
        "speculative",
    ],
    refused: &[
        ("constraint", ENABLED),
        ("limit", ENABLED),
        ("spring", ENABLED),
        ("damper", ENABLED),
        ("clampctrl", ENABLED),
        ("actuation", ENABLED),
        ("override", DISABLED),
        ("sleep", DISABLED),
        ("diagexact", DISABLED),
    ],
};

pub(super) const DEFAULT: Vocabulary = Vocabulary { read: &["class"], ignored: &[], refused: &[] };

pub(super) const BODY: Vocabulary = Vocabulary {
    read: &["name", "childclass", "pos", "quat", "axisangle", "xyaxes", "zaxis", "euler", "simple"],
    ignored: &["sleep", "user"],
    refused: &[("gravcomp", Zero), ("mocap", Words(&["false"])), ("fuse", OFF)],
};

pub(super) const WORLDBODY: Vocabulary = Vocabulary { read: &[], ignored: &[], refused: &[] };

pub(super) const INERTIAL: Vocabulary = Vocabulary {
    read: &[
        "pos",
        "mass",
        "diaginertia",
        "fullinertia",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
    ],
    ignored: &[],
    refused: &[],
};

pub(super) const JOINT: Vocabulary = Vocabulary {
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
        "ref",
        "damping",
        "armature",
        "solreflimit",
        "solimplimit",
    ],
    ignored: &["group", "user", "solreffriction", "solimpfriction"],
    refused: &[
        ("frictionloss", Zero),
        ("springdamper", Zero),
        ("springyield", Zero),
        ("actuatorfrcrange", Zero),
        ("actuatorfrclimited", OFF),
        ("actuatorgravcomp", Words(&["false"])),
    ],
};

pub(super) const GEOM: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "size",
        "pos",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "fromto",
        "mass",
        "density",
        "contype",
        "conaffinity",
        "group",
        "rgba",
    ],
    // Contacts, fluids and looks.
    ignored: &[
        "condim",
        "friction",
        "priority",
        "solmix",
        "solref",
        "solimp",
        "margin",
        "gap",
        "adhesion",
        "surfacevel",
        "material",
        "castshadow",
        "fluidshape",
        "fluidcoef",
        "user",
    ],
    refused: &[
        ("shellinertia", Words(&["false"])),
        ("mesh", Never),
        ("hfield", Never),
        ("fitscale", Never),
    ],
};

pub(super) const MOTOR: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "joint",
        "gear",
        "ctrlrange",
        "ctrllimited",
        "forcerange",
        "forcelimited",
    ],
    ignored: &["group", "user", "lengthrange", "interp"],
    refused: &[
        ("armature", Zero),
        ("damping", Zero),
        ("delay", Zero),
        ("nsample", Zero),
        ("cranklength", Never),
        ("jointinparent", Never),
        ("tendon", Never),
        ("site", Never),
        ("refsite", Never),
        ("cranksite", Never),
        ("slidersite", Never),
    ],
};

pub(super) const KEY: Vocabulary = Vocabulary {
    read: &["name", "qpos", "qvel", "ctrl"],
    ignored: &["time"],
    refused: &[("act", Words(&[""])), ("mpos", Never), ("mquat", Never)],
};

pub(super) const EXCLUDE: Vocabulary =
    Vocabulary { read: &["name", "body1", "body2"], ignored: &[], refused: &[] };

/// Elements of MJCF that this version does not simulate, and what to write instead.
const REFUSED_ELEMENTS: &[(&str, &str)] = &[
    ("freejoint", "use hinge and slide joints"),
    ("frame", "put its pose into the elements inside it"),
    ("replicate", "write the copies out"),
    ("attach", "use <include>"),
    ("model", "use <include>"),
    ("composite", "remove it"),
    ("flexcomp", "remove it"),
    ("plugin", "remove it"),
    ("extension", "remove it"),
    ("deformable", "remove it"),
    ("tendon", "drive joints directly and use joint limits and springs"),
    ("equality", "remove it"),
    ("sensor", "read the state instead"),
    ("pair", "remove it"),
    ("mesh", "give the body an <inertial> and geoms of simple shape"),
    ("hfield", "use a plane"),
    ("skin", "remove it"),
    ("general", "use <motor>"),
    ("position", "use <motor>"),
    ("velocity", "use <motor>"),
    ("intvelocity", "use <motor>"),
    ("orientation", "use <motor>"),
    ("pid", "use <motor>"),
    ("damper", "use <motor> and joint damping"),
    ("cylinder", "use <motor>"),
    ("muscle", "use <motor>"),
    ("adhesion", "use <motor>"),
    ("dcmotor", "use <motor>"),
];

/// Complains about the attributes that are unknown or not simulated.
pub(super) fn check_attributes(element: &Element, words: &Vocabulary, sink: &mut Diagnostics) {
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        if words.read.contains(&name) || words.ignored.contains(&name) {
            continue;
        }
        let origin = element.at(name);
        match words.refused.iter().find(|(refused, _)| *refused == name) {
            Some((_, harmless)) if harmless.allows(&attribute.value) => {}
            Some((_, harmless)) => {
                let message =
                    format!("{name}=\"{}\" is not simulated by this version", attribute.value);
                sink.error(&origin, message, harmless.remedy(name));
            }
            None => {
                let refused = words.refused.iter().map(|(refused, _)| refused);
                let known = words.read.iter().chain(words.ignored).chain(refused);
                let message = format!("<{}> has no attribute \"{name}\"", element.tag);
                sink.error(&origin, message, suggest(name, known.copied()));
            }
        }
    }
}

/// Complains about an element that is not read in this place.
pub(super) fn refuse_element(element: &Element, known: &[&str], sink: &mut Diagnostics) {
    let refused = REFUSED_ELEMENTS.iter().find(|(tag, _)| *tag == element.tag);
    match refused {
        Some((tag, remedy)) => sink.error(
            &element.origin,
            format!("<{tag}> is not simulated by this version"),
            *remedy,
        ),
        None => sink.error(
            &element.origin,
            format!("<{}> is not an element of this place", element.tag),
            suggest(&element.tag, known.iter().copied()),
        ),
    }
}

/// Says, once for each kind of element, that it is read past.
pub(super) fn note_ignored(element: &Element, sink: &mut Diagnostics) {
    let message = "ignored, like all of its kind: it changes no motion";
    sink.note_once(&element.tag, &element.origin, message);
}

impl Harmless {
    fn allows(self, value: &str) -> bool {
        match self {
            Zero => value
                .split_ascii_whitespace()
                .all(|word| word.parse::<f64>().is_ok_and(|number| number == 0.0)),
            Words(words) => words.contains(&value.trim()),
            Never => false,
        }
    }

    fn remedy(self, name: &str) -> String {
        match self {
            Zero => format!("set {name}=\"0\" or remove it"),
            Words([word, ..]) if !word.is_empty() => {
                format!("set {name}=\"{word}\" or remove it")
            }
            _ => format!("remove {name}"),
        }
    }
}
