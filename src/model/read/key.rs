//! Keyframes.

use crate::model::diagnostic::Diagnostics;
use crate::model::spec_forces::KeySpec;
use crate::model::vocabulary::{Harmless, Vocabulary, check_attributes, refuse_element};
use crate::model::xml::Element;

const KEY: Vocabulary = Vocabulary {
    read: &["name", "qpos", "qvel", "act", "ctrl", "mpos", "mquat"],
    ignored: &["time"],
    refused: &[("plastic", Harmless::Words(&[""]))],
};

pub(super) fn read_keyframes(section: &Element, keys: &mut Vec<KeySpec>, sink: &mut Diagnostics) {
    for child in &section.children {
        if child.tag != "key" {
            refuse_element(child, &["key"], sink);
            continue;
        }
        check_attributes(child, &KEY, sink);
        for name in ["mpos", "mquat"] {
            if child.text(name).is_some_and(|text| !text.trim().is_empty()) {
                let message =
                    format!("{name} is ignored: mocap bodies start where <body> puts them");
                let remedy = "set pos and quat of the mocap bodies instead";
                sink.warning(&child.at(name), message, remedy);
            }
        }
        keys.push(KeySpec {
            origin: child.origin.clone(),
            name: child.text("name").unwrap_or_default().to_owned(),
            qpos: child.list("qpos", sink),
            qvel: child.list("qvel", sink),
            act: child.list("act", sink),
            ctrl: child.list("ctrl", sink),
        });
    }
}
