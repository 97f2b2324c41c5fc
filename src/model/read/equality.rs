//! Equality constraints.

use super::class::Classes;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec_forces::{EqualityBase, EqualityKind, EqualitySpec};
use crate::model::vocabulary::{Vocabulary, check_words, refuse_element};
use crate::model::xml::{Element, set};

const KINDS: [&str; 4] = ["connect", "weld", "joint", "tendon"];

const COMMON: Vocabulary = words(&["name", "class", "active", "solref", "solimp"]);
const CONNECT: Vocabulary = words(&["body1", "body2", "anchor", "site1", "site2"]);
const WELD: Vocabulary =
    words(&["body1", "body2", "relpose", "anchor", "site1", "site2", "torquescale"]);
const JOINT: Vocabulary = words(&["joint1", "joint2", "polycoef"]);
const TENDON: Vocabulary = words(&["tendon1", "tendon2", "polycoef"]);

const fn words(read: &'static [&'static str]) -> Vocabulary {
    Vocabulary { read, ignored: &[], refused: &[] }
}

pub(super) fn read_equalities(
    section: &Element,
    classes: &Classes,
    equalities: &mut Vec<EqualitySpec>,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        let own = match child.tag.as_str() {
            "connect" => &CONNECT,
            "weld" => &WELD,
            "joint" => &JOINT,
            "tendon" => &TENDON,
            _ => {
                refuse_element(child, &KINDS, sink);
                continue;
            }
        };
        check_words(child, &[&COMMON, own], sink);
        let mut base = classes.of_element(child, sink).equality.clone();
        read_base(child, &mut base, sink);
        let kind = match child.tag.as_str() {
            "connect" => read_connect(child, sink),
            "weld" => read_weld(child, sink),
            "joint" => read_polynomial(child, ["joint1", "joint2"], sink)
                .map(|(joint1, joint2, polycoef)| EqualityKind::Joint { joint1, joint2, polycoef }),
            _ => read_polynomial(child, ["tendon1", "tendon2"], sink).map(
                |(tendon1, tendon2, polycoef)| EqualityKind::Tendon { tendon1, tendon2, polycoef },
            ),
        };
        equalities.extend(kind.map(|kind| EqualitySpec {
            origin: child.origin.clone(),
            name: child.text("name").unwrap_or_default().to_owned(),
            base,
            kind,
        }));
    }
}

/// Reads the default of equalities over what it is already.
pub(super) fn read_equality_base(
    element: &Element,
    base: &mut EqualityBase,
    sink: &mut Diagnostics,
) {
    check_words(element, &[&COMMON], sink);
    read_base(element, base, sink);
}

fn read_base(element: &Element, base: &mut EqualityBase, sink: &mut Diagnostics) {
    set(&mut base.active, element.boolean("active", sink));
    element.solref("solref", &mut base.solref, sink);
    element.fill("solimp", &mut base.solimp, sink);
}

/// The two sites, if that is how the ends are given.
fn read_sites(element: &Element, sink: &mut Diagnostics) -> Option<Option<[String; 2]>> {
    if element.text("site1").is_none() && element.text("site2").is_none() {
        return Some(None);
    }
    for name in ["body1", "body2", "anchor", "relpose"] {
        if element.has(name) {
            let message = format!("sites and {name} contradict each other");
            sink.error(&element.at(name), message, "name two sites, or bodies and an anchor");
        }
    }
    let sites = (element.required("site1", sink), element.required("site2", sink));
    match sites {
        (Some(site1), Some(site2)) => Some(Some([site1, site2])),
        _ => None,
    }
}

fn read_connect(element: &Element, sink: &mut Diagnostics) -> Option<EqualityKind> {
    if let Some(sites) = read_sites(element, sink)? {
        return Some(EqualityKind::ConnectSites(sites));
    }
    let body1 = element.required("body1", sink)?;
    element.required("anchor", sink)?;
    let body2 = element.text("body2").map(str::to_owned);
    let anchor = element.numbers("anchor", sink)?;
    Some(EqualityKind::Connect { body1, body2, anchor })
}

fn read_weld(element: &Element, sink: &mut Diagnostics) -> Option<EqualityKind> {
    let torque = element.amount("torquescale", sink).unwrap_or(1.0);
    if let Some(sites) = read_sites(element, sink)? {
        return Some(EqualityKind::WeldSites { sites, torque });
    }
    let body1 = element.required("body1", sink)?;
    let body2 = element.text("body2").map(str::to_owned);
    let anchor = element.numbers("anchor", sink).unwrap_or_default();
    let mut relpose = [0.0; 7];
    set(&mut relpose, element.numbers("relpose", sink));
    Some(EqualityKind::Weld { body1, body2, anchor, relpose, torque })
}

type Polynomial = (String, Option<String>, [f64; 5]);

fn read_polynomial(
    element: &Element,
    names: [&str; 2],
    sink: &mut Diagnostics,
) -> Option<Polynomial> {
    let first = element.required(names[0], sink)?;
    let second = element.text(names[1]).map(str::to_owned);
    let mut polycoef = [0.0, 1.0, 0.0, 0.0, 0.0];
    element.fill("polycoef", &mut polycoef, sink);
    Some((first, second, polycoef))
}
