//! Sensors. One that cannot be read takes nothing from the motion: it is left out with a warning.

use crate::model::diagnostic::Diagnostics;
use crate::model::spec_forces::SensorSpec;
use crate::model::vocabulary::{Vocabulary, check_words, refuse_element};
use crate::model::xml::Element;

const COMMON: Vocabulary = Vocabulary {
    read: &["name", "cutoff", "noise", "delay", "interval"],
    ignored: &["user", "nsample", "interp"],
    refused: &[],
};

const FRAME: Vocabulary = words(&["objtype", "objname", "reftype", "refname"]);
const FRAME_OF_ITSELF: Vocabulary = words(&["objtype", "objname"]);
const SITE: Vocabulary = words(&["site"]);
const RANGEFINDER: Vocabulary = words(&["site", "data"]);
const JOINT: Vocabulary = words(&["joint"]);
const TENDON: Vocabulary = words(&["tendon"]);
const ACTUATOR: Vocabulary = words(&["actuator"]);
const BODY: Vocabulary = words(&["body"]);
const NOTHING: Vocabulary = words(&[]);

const fn words(read: &'static [&'static str]) -> Vocabulary {
    Vocabulary { read, ignored: &[], refused: &[] }
}

/// The sensors that are read, by the attribute that names what they look at.
const SENSORS: [(&str, &str); 38] = [
    ("touch", "site"),
    ("accelerometer", "site"),
    ("velocimeter", "site"),
    ("gyro", "site"),
    ("magnetometer", "site"),
    ("force", "site"),
    ("torque", "site"),
    ("jointpos", "joint"),
    ("jointvel", "joint"),
    ("ballquat", "joint"),
    ("ballangvel", "joint"),
    ("jointactuatorfrc", "joint"),
    ("jointlimitpos", "joint"),
    ("jointlimitvel", "joint"),
    ("jointlimitfrc", "joint"),
    ("rangefinder", "site"),
    ("tendonpos", "tendon"),
    ("tendonvel", "tendon"),
    ("tendonactuatorfrc", "tendon"),
    ("tendonlimitpos", "tendon"),
    ("tendonlimitvel", "tendon"),
    ("tendonlimitfrc", "tendon"),
    ("actuatorpos", "actuator"),
    ("actuatorvel", "actuator"),
    ("actuatorfrc", "actuator"),
    ("framepos", "objname"),
    ("framequat", "objname"),
    ("framexaxis", "objname"),
    ("frameyaxis", "objname"),
    ("framezaxis", "objname"),
    ("framelinvel", "objname"),
    ("frameangvel", "objname"),
    ("framelinacc", "objname"),
    ("frameangacc", "objname"),
    ("subtreecom", "body"),
    ("subtreelinvel", "body"),
    ("subtreeangmom", "body"),
    ("clock", ""),
];

/// Sensors of MJCF that are not read.
const UNREAD: [&str; 12] = [
    "camprojection",
    "insidesite",
    "distance",
    "normal",
    "fromto",
    "contact",
    "e_potential",
    "e_kinetic",
    "tactile",
    "user",
    "plugin",
    "flexvert",
];

pub(super) fn read_sensors(
    section: &Element,
    sensors: &mut Vec<SensorSpec>,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        let tag = child.tag.as_str();
        let Some((_, attribute)) = SENSORS.iter().find(|(known, _)| *known == tag) else {
            if UNREAD.contains(&tag) {
                let message = "this sensor is not read by this version and is left out";
                sink.warning(&child.origin, message, "remove it, and do not use its name");
            } else {
                let known = SENSORS.map(|(known, _)| known);
                refuse_element(child, &known, sink);
            }
            continue;
        };
        if tag == "rangefinder" && !is_plain_rangefinder(child) {
            let message = "a rangefinder of a camera, or of other data than dist, is left out";
            sink.warning(&child.origin, message, "write site=\"...\", and no data");
            continue;
        }
        let own = match *attribute {
            "site" if tag == "rangefinder" => &RANGEFINDER,
            "site" => &SITE,
            "joint" => &JOINT,
            "tendon" => &TENDON,
            "actuator" => &ACTUATOR,
            "body" => &BODY,
            "objname" if is_of_itself(tag) => &FRAME_OF_ITSELF,
            "objname" => &FRAME,
            _ => &NOTHING,
        };
        check_words(child, &[&COMMON, own], sink);
        for name in ["delay", "interval"] {
            let timed = child.list(name, sink).unwrap_or_default();
            if timed.iter().any(|number| *number != 0.0) {
                let message = format!("{name} is ignored: every sensor is read at every step");
                sink.warning(&child.at(name), message, format!("remove {name}"));
            }
        }
        if child.amount("noise", sink).is_some_and(|noise| noise > 0.0) {
            let message = "noise is ignored, as MuJoCo itself does";
            sink.note_once("noise", &child.at("noise"), message);
        }
        let sensor = read_sensor(child, attribute, sink);
        sensors.extend(sensor);
    }
}

/// Accelerations are measured in the world only, as in MuJoCo.
fn is_of_itself(tag: &str) -> bool {
    tag == "framelinacc" || tag == "frameangacc"
}

/// One ray of a site, of which the distance is wanted.
fn is_plain_rangefinder(element: &Element) -> bool {
    !element.has("camera") && element.text("data").is_none_or(|data| data.trim() == "dist")
}

fn read_sensor(element: &Element, attribute: &str, sink: &mut Diagnostics) -> Option<SensorSpec> {
    let text = |name: &str| element.text(name).map(str::to_owned);
    let (object, reference) = match attribute {
        "" => (None, None),
        "objname" => {
            let object = (element.required("objtype", sink)?, element.required("objname", sink)?);
            let reference = match (text("reftype"), text("refname")) {
                _ if is_of_itself(&element.tag) => None,
                (Some(kind), Some(name)) => Some((kind, name)),
                (None, None) => None,
                _ => {
                    let message = "a reference frame needs reftype and refname";
                    sink.error(&element.origin, message, "give both, or neither");
                    None
                }
            };
            (Some(object), reference)
        }
        _ => (Some((attribute.to_owned(), element.required(attribute, sink)?)), None),
    };
    Some(SensorSpec {
        origin: element.origin.clone(),
        name: text("name").unwrap_or_default(),
        tag: element.tag.clone(),
        object,
        reference,
        cutoff: element.amount("cutoff", sink).unwrap_or_default(),
    })
}
