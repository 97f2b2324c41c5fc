//! Keyframes.

use crate::model::diagnostic::Diagnostics;
use crate::model::spec_forces::{KeyList, KeySpec};
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
        let mut list = |name: &str| {
            let numbers = child.list(name, sink).filter(|numbers| !numbers.is_empty())?;
            Some(KeyList { origin: child.at(name), numbers })
        };
        keys.push(KeySpec {
            origin: child.origin.clone(),
            name: child.text("name").unwrap_or_default().to_owned(),
            qpos: list("qpos"),
            qvel: list("qvel"),
            act: list("act"),
            ctrl: list("ctrl"),
            mpos: list("mpos"),
            mquat: list("mquat"),
        });
    }
}
