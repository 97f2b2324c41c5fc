//! Edits with the real node kinds.

use super::*;
use crate::workflow::{Edit, Form, History, NodeToAdd, PortRef};
use serde_json::json;

/// One environment under every name.
struct Anywhere;

impl EnvironmentCatalog for Anywhere {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn spec(&self, _: &str) -> Result<EnvironmentSpec, EnvironmentProblem> {
        Worlds.spec("Cartpole")
    }
}

fn loaded(text: &str) -> Loaded {
    load_bytes(text.as_bytes(), None, registry(), &Anywhere)
}

fn shipped() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| (file.display().to_string(), std::fs::read_to_string(file).unwrap())).collect()
}

/// What is found, without its places.
fn findings(loaded: &Loaded) -> Vec<String> {
    let said = |found: &Diagnostic| found.clone().at(None).to_string();
    let mut said: Vec<_> = loaded.diagnostics.iter().map(said).collect();
    said.sort();
    said
}

#[test]
fn the_ui_form_of_an_api_file_is_the_same_workflow() {
    let mut n_api = 0;
    for (name, text) in shipped().into_iter().chain([("dnne".to_owned(), DNNE_API.to_owned())]) {
        let before = loaded(&text);
        let document = before.document.as_ref().unwrap();
        let ui = document.to_ui_form(registry());
        assert_eq!(ui.form(), Form::Ui);
        if document.form() == Form::Ui {
            assert_eq!(ui.to_text(), text, "{name}");
            continue;
        }
        n_api += 1;
        let after = loaded(&ui.to_text());
        assert_eq!(after.graph, before.graph, "{name}");
        assert_eq!(findings(&after), findings(&before), "{name}");
    }
    assert!(n_api > 5);
}

#[test]
fn a_workflow_made_by_hand_is_sound() {
    let mut history = History::new(Document::empty());
    let kinds = [
        "IsaacGymEnvNode",
        "ORNode",
        "PPOAgentNode",
        "CartpoleActionNode",
        "IsaacGymStepNode",
        "PPOTrainerNode",
        "MetricsLogger",
    ];
    let mut apply = |edit: Edit| history.apply(registry(), &edit).unwrap();
    for class in kinds {
        apply(Edit::AddNode(NodeToAdd { class: class.into(), ..NodeToAdd::default() }));
    }
    for wire in [
        "1.sim 5.sim",
        "1.observations 2.input_a",
        "5.observations 2.input_b",
        "2.output 3.observations",
        "3.policy_output 4.policy",
        "4.actions 5.actions",
        "2.output 6.states",
        "3.policy_output 6.policy_outputs",
        "5.rewards 6.rewards",
        "5.dones 6.dones",
        "3.model 6.model",
        "6.training_complete 5.trigger",
        "6.loss 7.loss_info",
    ] {
        let (from, to) = wire.split_once(' ').unwrap();
        let port = |text: &str| {
            let (node, port) = text.split_once('.').unwrap();
            PortRef::new(node, port)
        };
        apply(Edit::Connect { from: port(from), to: port(to) });
    }
    apply(Edit::SetParam { node: "6".into(), param: "gamma".into(), value: 0.9.into() });
    apply(Edit::SetParam { node: "1".into(), param: "env_name".into(), value: "Cartpole".into() });
    let text = history.document().to_text();
    let loaded = loaded(&text);
    assert!(!has_errors(&loaded.diagnostics), "{:#?}", findings(&loaded));
    assert_eq!(loaded.graph.unwrap().node("6").unwrap().float("gamma"), Ok(0.9));
    assert!(text.contains("\n        \"gamma\": 0.9,\n"), "one setting a line:\n{text}");
}

#[test]
fn values_by_name_win_over_positions_and_are_set_with_them() {
    let text = edited(DNNE_UI, |root| {
        root["nodes"][5]["widgets_values_named"] = serde_json::json!({"gamma": 0.5});
    });
    assert_eq!(graph(&text).node("6").unwrap().float("gamma"), Ok(0.5));
    let mut document = document(&text);
    document.set_param(registry(), "6", "gamma", "0.25").unwrap();
    assert_eq!(graph(&document.to_text()).node("6").unwrap().float("gamma"), Ok(0.25));
    // The positions are for programs that know no names.
    let by_position = edited(&document.to_json(), |root| {
        root["nodes"][5].as_object_mut().unwrap().remove("widgets_values_named");
    });
    assert_eq!(graph(&by_position).node("6").unwrap().float("gamma"), Ok(0.25));
}

#[test]
fn wires_through_labels_are_the_same_workflow() {
    let mut n_replaced = 0;
    for (name, text) in shipped() {
        let before = loaded(&text);
        let ui = before.document.as_ref().unwrap().to_ui_form(registry());
        let mut history = History::new(ui);
        let links: Vec<String> =
            history.document().canvas().links.iter().map(|link| link.id.clone()).collect();
        for link in links {
            let edit = Edit::LinkToLabels { link, name: None };
            // What feeds a parameter has no label.
            n_replaced += usize::from(history.apply(registry(), &edit).is_ok());
        }
        let after = loaded(&history.document().to_text());
        assert_eq!(after.graph, before.graph, "{name}: {:?}", findings(&after));
        assert_eq!(findings(&after), findings(&before), "{name}");
    }
    assert!(n_replaced > 50, "{n_replaced}");
}

#[test]
fn labels_that_lead_nowhere_are_named() {
    let label = |id: i64, direction: &str, name: &str| {
        let properties = json!({"labelName": name, "labelDirection": direction});
        let ports = json!([{"name": "value", "type": "*"}]);
        json!({"id": id, "type": "Label", "properties": properties, "inputs": ports, "outputs": ports})
    };
    let console = json!({"id": 9, "type": "ConsoleLogger",
        "inputs": [{"name": "loss_info", "type": "METRICS", "link": 1}]});
    let found = |nodes: Vec<serde_json::Value>, links: serde_json::Value| {
        let workflow = json!({"nodes": nodes, "links": links});
        let found = findings(&loaded(&workflow.to_string()));
        found.join("\n")
    };
    let out = label(1, "input", "x");
    let said = found(vec![out.clone(), console.clone()], json!([[1, 1, 0, 9, 0, "*"]]));
    assert!(said.contains("no wire leads into a label of the name \"x\""), "{said}");
    // Two labels that feed each other.
    let (a, b) = (label(2, "output", "x"), label(3, "output", "y"));
    let (from_x, from_y) = (label(4, "input", "x"), label(5, "input", "y"));
    let links = json!([[2, 5, 0, 2, 0, "*"], [3, 4, 0, 3, 0, "*"], [1, 4, 0, 9, 0, "*"]]);
    let said = found(vec![a, b, from_x, from_y, console], links);
    assert!(said.contains("circle"), "{said}");
}
