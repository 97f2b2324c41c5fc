//! Edits: each alone, and many at random.

mod file;
mod history;
mod labels;
mod nodes;
mod params;
mod random;
mod wires;

use serde_json::Value;

use super::*;
use crate::workflow::document::{Document, Form};
use crate::workflow::registry::Registry;
use crate::workflow::schema::{NodeSchema, ParamSchema, PortSchema, PortType};

/// As DNNE's July saves: one line, reroutes in `extra`, unknown keys.
const ARMS: &str = include_str!("data/arms.json");
/// LiteGraph's form 1: links as objects, places and values by name; tabs.
const OBJECTS: &str = include_str!("data/objects.json");
/// Labels, and a node without lists of ports; one value a line, line ends of Windows.
const LABELS: &str = include_str!("data/labels.json");

/// Cartpole as DNNE saved it, in both forms.
const DNNE_UI: &str = include_str!("../../../../../tests/data/dnne_cartpole_ui.json");
const DNNE_API: &str = include_str!("../../../../../tests/data/dnne_cartpole_api.json");

const SHAPE: ParamSchema = ParamSchema::int_list("shape", &[64, 64], 1, 4096, "");

static WORLD: NodeSchema = NodeSchema {
    class_type: "World",
    outputs: &[PortSchema::new("start", PortType::Tensor, "")],
    params: &[
        ParamSchema::text("world", "Arms", ""),
        ParamSchema::int("count", 1, 1, 4096, "").aliases(&["n"]),
    ],
    ..NodeSchema::EMPTY
};
static JOIN: NodeSchema = NodeSchema {
    class_type: "Join",
    inputs: &[PortSchema::new("input_a", PortType::Any, "").variadic()],
    outputs: &[PortSchema::new("output", PortType::Any, "")],
    ..NodeSchema::EMPTY
};
static MOVE: NodeSchema = NodeSchema {
    class_type: "Move",
    aliases: &["MoveNode"],
    inputs: &[
        PortSchema::new("state", PortType::Tensor, "").aliases(&["observations"]),
        PortSchema::new("go", PortType::Sync, "").optional(),
    ],
    outputs: &[
        PortSchema::new("seen", PortType::Tensor, ""),
        PortSchema::new("done", PortType::Sync, ""),
    ],
    params: &[
        ParamSchema::float("gain", 1.0, 0.0, 10.0, ""),
        SHAPE,
        ParamSchema::float("limit", 0.5, 0.0, 1.0, ""),
        ParamSchema::bool("smooth", false, ""),
        ParamSchema::choice("kind", "elu", &["elu", "relu"], ""),
    ],
    ..NodeSchema::EMPTY
};
static LEARN: NodeSchema = NodeSchema {
    class_type: "Learn",
    inputs: &[PortSchema::new("state", PortType::Tensor, "")],
    outputs: &[PortSchema::new("ready", PortType::Sync, "")],
    params: &[ParamSchema::float("rate", 3e-4, 0.0, 1.0, "")],
    ..NodeSchema::EMPTY
};
static NUMBER: NodeSchema = NodeSchema {
    class_type: "Number",
    outputs: &[PortSchema::new("value", PortType::Float, "")],
    params: &[ParamSchema::float("value", 0.0, -1e4, 1e4, "")],
    ..NodeSchema::EMPTY
};
static NOTE: NodeSchema = NodeSchema {
    class_type: "Note",
    params: &[ParamSchema::text("text", "", "")],
    ..NodeSchema::EMPTY
};

fn registry() -> Registry {
    Registry::new(&[&WORLD, &JOIN, &MOVE, &LEARN, &NUMBER, &NOTE], &[])
}

fn document(text: &str) -> Document {
    let (document, _) = Document::parse(text.as_bytes(), None);
    let document = document.expect("the text is a workflow");
    match document.form() {
        Form::Ui => document,
        Form::Api => document.to_ui_form(&registry()),
    }
}

fn history(text: &str) -> History {
    History::new(document(text))
}

/// Does an edit, and sees that undo and redo give the bytes before and after it.
fn apply(history: &mut History, edit: Edit) -> Made {
    let before = history.document().to_text();
    let made =
        history.apply(&registry(), &edit).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
    let after = history.document().to_text();
    if after != before {
        assert_eq!(history.undo(), Some(edit.name()));
        assert_eq!(history.document().to_text(), before, "after undo of {edit:?}");
        assert_eq!(history.redo(), Some(edit.name()));
        assert_eq!(history.document().to_text(), after, "after redo of {edit:?}");
    }
    assert_eq!(faults(history.document()), Vec::<String>::new(), "after {edit:?}");
    made
}

/// The text after one edit.
fn edited(text: &str, edit: Edit) -> String {
    let mut history = history(text);
    apply(&mut history, edit);
    history.document().to_text()
}

/// Why an edit is refused; the document is then as it was.
fn refused(text: &str, edit: Edit) -> EditError {
    let mut history = history(text);
    let error = history.apply(&registry(), &edit).expect_err("it cannot be done");
    assert_eq!(history.document().to_text(), text, "after {edit:?}");
    assert!(!history.is_dirty() && history.can_undo().is_none());
    error
}

/// The lines of `after` that `before` does not have, and the other way round.
fn changed_lines<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let only = |a: &'t str, b: &str| {
        let b: Vec<_> = b.lines().collect();
        a.lines().filter(|line| !b.contains(line)).map(str::trim).collect::<Vec<_>>()
    };
    (only(before, after), only(after, before))
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A node of the document.
fn node(document: &Document, id: &str) -> Value {
    let nodes = document.root()["nodes"].as_array().unwrap();
    let is_it = |node: &&Value| node["id"].to_string().trim_matches('"') == id;
    nodes.iter().find(is_it).unwrap_or_else(|| panic!("there is no node {id}")).clone()
}

/// All links as `from.slot > to.slot`, in the order of the file.
fn wires(document: &Document) -> Vec<String> {
    let canvas = document.canvas();
    let wire = |link: &crate::workflow::CanvasLink| {
        format!("{}.{} > {}.{}", link.from.0, link.from.1, link.to.0, link.to.1)
    };
    canvas.links.iter().map(wire).collect()
}

/// What is inconsistent between nodes, links and reroutes, and what the reader finds wrong.
fn faults(document: &Document) -> Vec<String> {
    let text = document.to_text();
    let (read, diagnostics) = Document::parse(text.as_bytes(), None);
    let wiring = ["dangling-link", "duplicate-link-id", "duplicate-node-id", "wrong-type"];
    let mut faults: Vec<String> = diagnostics
        .iter()
        .filter(|found| wiring.contains(&found.code))
        .map(ToString::to_string)
        .collect();
    let read = read.map(|read| Value::Object(read.root().clone()).to_string());
    if read != Some(Value::Object(document.root().clone()).to_string()) {
        faults.push("the text is not that of the tree".to_owned());
    }
    faults.extend(claims_without_ends(document));
    faults
}

fn claims_without_ends(document: &Document) -> Vec<String> {
    let root = document.root();
    let links = links_of(root);
    let mut faults = Vec::new();
    let name = |value: &Value| value.to_string().trim_matches('"').to_owned();
    for node in root["nodes"].as_array().unwrap() {
        let id = name(&node["id"]);
        for (slot, output) in board::slots(node, "outputs").enumerate() {
            for claim in output["links"].as_array().into_iter().flatten().map(name) {
                let is_it = |link: &&links::Link| link.id == claim && link.from == id;
                if links.iter().filter(is_it).count() != 1 {
                    faults.push(format!("output {slot} of {id} claims link {claim}"));
                }
            }
        }
        for (slot, input) in board::slots(node, "inputs").enumerate() {
            let fed = links.iter().filter(|link| link.to == id && link.to_slot == slot);
            let fed: Vec<_> = fed.map(|link| link.id.clone()).collect();
            let claim = Some(&input["link"]).filter(|link| !link.is_null()).map(name);
            if claim.iter().ne(fed.iter()) {
                faults.push(format!("input {slot} of {id} claims {claim:?}, fed by {fed:?}"));
            }
        }
    }
    let (_, reroutes) = reroutes_of(root);
    let reroute_ids: Vec<_> = reroutes.iter().map(|reroute| name(&reroute["id"])).collect();
    for reroute in reroutes {
        let links_known = |id: &String| links.iter().any(|link| link.id == *id);
        let of = reroute["linkIds"].as_array().unwrap();
        if of.is_empty() || !of.iter().map(name).all(|id| links_known(&id)) {
            faults.push(format!("reroute {reroute} bends links that are not there"));
        }
        if reroute.get("parentId").is_some_and(|parent| !reroute_ids.contains(&name(parent))) {
            faults.push(format!("reroute {reroute} follows one that is not there"));
        }
    }
    for link in document.canvas().links {
        for id in link.reroutes {
            let reroute = reroutes.iter().find(|reroute| name(&reroute["id"]) == id).unwrap();
            if !reroute["linkIds"].as_array().unwrap().iter().any(|l| name(l) == link.id) {
                faults.push(format!("link {} bends at {reroute}", link.id));
            }
        }
    }
    faults
}

#[test]
fn the_files_of_these_tests_are_sound_and_written_to_the_letter() {
    for text in [ARMS, OBJECTS, LABELS, DNNE_UI] {
        let document = document(text);
        assert_eq!(faults(&document), Vec::<String>::new());
        assert_eq!(document.to_text(), text);
        assert!(!document.canvas().nodes.is_empty());
    }
}
