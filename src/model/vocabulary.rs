//! The words of MJCF as lists: what of an element is read, what may be left out because it changes
//! nothing, and what has to be refused. The lists stand beside the readers of the elements.

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

pub(super) const DISABLED: Harmless = Words(&["disable"]);

/// Elements of MJCF that this version does not simulate, and what to write instead.
const REFUSED_ELEMENTS: &[(&str, &str)] = &[
    ("attach", "use <include>"),
    ("model", "use <include>"),
    ("composite", "remove it"),
    ("flexcomp", "remove it"),
    ("plugin", "remove it"),
    ("extension", "remove it"),
    ("deformable", "remove it"),
    ("flex", "remove it"),
    ("flexstrain", "remove it"),
    ("flexvert", "remove it"),
    ("orientation", "use a <motor> or <position> for each axis"),
    ("pid", "use <position> or <velocity>"),
    ("dcmotor", "use <motor>, with the joint's armature and damping"),
];

/// Complains about the attributes that are unknown or not simulated.
pub(super) fn check_attributes(element: &Element, words: &Vocabulary, sink: &mut Diagnostics) {
    check_words(element, &[words], sink);
}

/// The same for an element with the words of several lists.
pub(super) fn check_words(element: &Element, lists: &[&Vocabulary], sink: &mut Diagnostics) {
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        let is_fine =
            |list: &&Vocabulary| list.read.contains(&name) || list.ignored.contains(&name);
        if lists.iter().any(is_fine) {
            continue;
        }
        let origin = element.at(name);
        let mut refused = lists.iter().flat_map(|list| list.refused);
        match refused.find(|(refused, _)| *refused == name) {
            Some((_, harmless)) if harmless.allows(&attribute.value) => {}
            Some((_, harmless)) => {
                let message =
                    format!("{name}=\"{}\" is not simulated by this version", attribute.value);
                sink.error(&origin, message, harmless.remedy(name));
            }
            None => {
                let known = lists.iter().flat_map(|list| {
                    let refused = list.refused.iter().map(|(refused, _)| refused);
                    list.read.iter().chain(list.ignored).chain(refused)
                });
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
