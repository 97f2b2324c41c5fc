//! Tendons, fixed and spatial.

use super::class::Classes;
use super::joint::linear;
use super::read_limited;
use crate::model::diagnostic::{Diagnostics, Origin};
use crate::model::spec_forces::{PathPart, TendonSpec};
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes, refuse_element};
use crate::model::xml::{Element, set};

const TENDON: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "limited",
        "range",
        "actuatorfrclimited",
        "actuatorfrcrange",
        "margin",
        "solreflimit",
        "solimplimit",
        "solreffriction",
        "solimpfriction",
        "frictionloss",
        "springlength",
        "stiffness",
        "damping",
        "armature",
    ],
    ignored: &["group", "width", "material", "rgba", "user"],
    refused: &[("springyield", Harmless::Zero)],
};

const JOINT: Vocabulary = words(&["joint", "coef"]);
const SITE: Vocabulary = words(&["site"]);
const GEOM: Vocabulary = words(&["geom", "sidesite"]);
const PULLEY: Vocabulary = words(&["divisor"]);

const fn words(read: &'static [&'static str]) -> Vocabulary {
    Vocabulary { read, ignored: &[], refused: &[] }
}

pub(super) fn read_tendons(
    section: &Element,
    classes: &Classes,
    tendons: &mut Vec<TendonSpec>,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        if !matches!(child.tag.as_str(), "fixed" | "spatial") {
            refuse_element(child, &["fixed", "spatial"], sink);
            continue;
        }
        let mut tendon = classes.of_element(child, sink).tendon.clone();
        read_tendon(child, &mut tendon, sink);
        tendon.is_spatial = child.tag == "spatial";
        for part in &child.children {
            if tendon.is_spatial {
                let read = read_part(part, sink);
                tendon.parts.extend(read.map(|read| (part.origin.clone(), read)));
            } else {
                tendon.joints.extend(read_joint(part, sink));
            }
        }
        tendons.push(tendon);
    }
}

/// A joint of a fixed tendon with its coefficient.
fn read_joint(part: &Element, sink: &mut Diagnostics) -> Option<(Origin, String, f64)> {
    if part.tag != "joint" {
        refuse_element(part, &["joint"], sink);
        return None;
    }
    check_attributes(part, &JOINT, sink);
    let joint = part.required("joint", sink);
    part.required("coef", sink);
    let coefficient = part.number("coef", sink).unwrap_or_default();
    Some((part.origin.clone(), joint?, coefficient))
}

/// A part of the way of a spatial tendon.
fn read_part(part: &Element, sink: &mut Diagnostics) -> Option<PathPart> {
    match part.tag.as_str() {
        "site" => {
            check_attributes(part, &SITE, sink);
            Some(PathPart::Site(part.required("site", sink)?))
        }
        "geom" => {
            check_attributes(part, &GEOM, sink);
            let sidesite = part.text("sidesite").map(str::to_owned);
            Some(PathPart::Geom(part.required("geom", sink)?, sidesite))
        }
        "pulley" => {
            check_attributes(part, &PULLEY, sink);
            part.required("divisor", sink)?;
            let divisor = part.number("divisor", sink)?;
            if divisor <= 0.0 {
                let message = format!("the divisor of the pulley is {divisor}");
                sink.error(&part.at("divisor"), message, "write a number above zero");
            }
            Some(PathPart::Pulley(divisor))
        }
        _ => {
            refuse_element(part, &["site", "geom", "pulley"], sink);
            None
        }
    }
}

/// Reads a tendon, or the default of tendons, over what it is already.
pub(super) fn read_tendon(element: &Element, tendon: &mut TendonSpec, sink: &mut Diagnostics) {
    check_attributes(element, &TENDON, sink);
    tendon.origin = element.origin.clone();
    tendon.name = element.text("name").unwrap_or_default().to_owned();
    read_limited(element, "limited", &mut tendon.limited, sink);
    set(&mut tendon.range, element.numbers("range", sink));
    read_limited(element, "actuatorfrclimited", &mut tendon.actfrclimited, sink);
    set(&mut tendon.actfrcrange, element.numbers("actuatorfrcrange", sink));
    set(&mut tendon.margin, element.amount("margin", sink));
    element.solref("solreflimit", &mut tendon.solref_limit, sink);
    element.fill("solimplimit", &mut tendon.solimp_limit, sink);
    element.solref("solreffriction", &mut tendon.solref_friction, sink);
    element.fill("solimpfriction", &mut tendon.solimp_friction, sink);
    set(&mut tendon.frictionloss, element.amount("frictionloss", sink));
    set(&mut tendon.stiffness, linear(element, "stiffness", sink));
    set(&mut tendon.damping, linear(element, "damping", sink));
    set(&mut tendon.armature, element.amount("armature", sink));
    if let Some(list) = element.list("springlength", sink) {
        match list[..] {
            [length] => tendon.springlength = [length; 2],
            [low, high] if low <= high => tendon.springlength = [low, high],
            _ => sink.error(
                &element.at("springlength"),
                "springlength is neither a length nor a range of lengths",
                "write one number, or two with the smaller first",
            ),
        }
    }
}
