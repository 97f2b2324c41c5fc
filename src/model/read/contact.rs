//! `<contact>`: pairs of geoms that may touch, and pairs of bodies that never do.

use super::class::Classes;
use super::geom::read_condim;
use crate::model::diagnostic::Diagnostics;
use crate::model::spec_forces::{ContactSpec, PairSpec};
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes, refuse_element};
use crate::model::xml::{Element, set};

const EXCLUDE: Vocabulary =
    Vocabulary { read: &["name", "body1", "body2"], ignored: &[], refused: &[] };

const PAIR: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "geom1",
        "geom2",
        "condim",
        "friction",
        "solref",
        "solreffriction",
        "solimp",
        "margin",
        "gap",
    ],
    ignored: &[],
    refused: &[("adhesion", Harmless::Zero)],
};

pub(super) fn read_contact(
    section: &Element,
    classes: &Classes,
    contact: &mut ContactSpec,
    sink: &mut Diagnostics,
) {
    for child in &section.children {
        match child.tag.as_str() {
            "exclude" => {
                check_attributes(child, &EXCLUDE, sink);
                let bodies = (child.required("body1", sink), child.required("body2", sink));
                if let (Some(body1), Some(body2)) = bodies {
                    contact.excludes.push((child.origin.clone(), [body1, body2]));
                }
            }
            "pair" => {
                let mut pair = classes.of_element(child, sink).pair.clone();
                read_pair(child, &mut pair, sink);
                let geoms = (child.required("geom1", sink), child.required("geom2", sink));
                if let (Some(geom1), Some(geom2)) = geoms {
                    pair.geoms = [geom1, geom2];
                    contact.pairs.push(pair);
                }
            }
            _ => refuse_element(child, &["pair", "exclude"], sink),
        }
    }
}

/// Reads a pair, or the default of pairs, over what it is already.
pub(super) fn read_pair(element: &Element, pair: &mut PairSpec, sink: &mut Diagnostics) {
    check_attributes(element, &PAIR, sink);
    pair.origin = element.origin.clone();
    pair.name = element.text("name").unwrap_or_default().to_owned();
    set(&mut pair.condim, read_condim(element, sink));
    element.fill("friction", &mut pair.friction, sink);
    if pair.friction.iter().any(|coefficient| *coefficient < 0.0) {
        let message = "a friction coefficient is negative";
        sink.error(&element.at("friction"), message, "write zero or more");
    }
    element.solref("solref", &mut pair.solref, sink);
    // Here 0 is a value: that of solref. Of the positive form the second number does not count.
    element.fill("solreffriction", &mut pair.solreffriction, sink);
    element.fill("solimp", &mut pair.solimp, sink);
    set(&mut pair.margin, element.number("margin", sink));
    set(&mut pair.gap, element.number("gap", sink));
}
