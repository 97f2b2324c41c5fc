//! What ComfyUI writes into files: values by the names of inputs, primitive nodes, subgraphs and group nodes.

use super::{CARTPOLE, DNNE_API, DNNE_UI, checked, document, edited, graph, only};
use crate::diagnostic::Severity;
use crate::nodes::registry;
use crate::workflow::{Document, Graph, ParamValue};
use serde_json::{Value, json};

/// Where node `id` is in the file.
fn node(root: &mut Value, id: i64) -> &mut Value {
    let mut nodes = root["nodes"].as_array_mut().unwrap().iter_mut();
    nodes.find(|node| node["id"] == id).unwrap()
}

fn widget(name: &str) -> Value {
    json!({"name": name, "type": "*", "widget": {"name": name}, "link": null})
}

/// DNNE's file with the trainer's values as newer front ends write them: an input for each.
fn by_input(names: &[&str], values: Value) -> String {
    edited(DNNE_UI, |root| {
        let trainer = node(root, 6);
        let inputs = trainer["inputs"].as_array_mut().unwrap();
        inputs.extend(names.iter().map(|name| widget(name)));
        trainer["widgets_values"] = values;
    })
}

#[test]
fn values_belong_to_the_inputs_that_the_file_lists_for_them() {
    let text = by_input(&["gamma", "horizon_length"], json!([0.98, 24]));
    let trainer = graph(&text).node("6").unwrap().clone();
    assert_eq!(trainer.params["gamma"], ParamValue::Float(0.98));
    assert_eq!(trainer.params["horizon_length"], ParamValue::Int(24));
    // What stands behind a number, of what becomes of it after a run, is of no parameter.
    let text = by_input(&["horizon_length", "gamma"], json!([24, "randomize", 0.98]));
    let trainer = graph(&text).node("6").unwrap().clone();
    assert_eq!(trainer.params["gamma"], ParamValue::Float(0.98));
    assert_eq!(trainer.params["horizon_length"], ParamValue::Int(24));
    // With an input for some of them only, positions are those of the kind, as in older files.
    let text = by_input(&["gamma"], json!([16, 4, 32, 0.5]));
    assert_eq!(graph(&text).node("6").unwrap().params["gamma"], ParamValue::Float(0.5));
    let extra = checked(&by_input(&["gamma", "no_such_thing"], json!([0.98, 7])));
    assert_eq!(
        only(&extra.diagnostics, "unknown-parameter").field.as_deref(),
        Some("no_such_thing")
    );
}

/// What is set goes where it is read.
#[test]
fn values_are_set_by_the_inputs_that_the_file_lists_for_them() {
    let text = by_input(&["gamma", "horizon_length"], json!([0.98, 24]));
    let mut document = document(&text);
    for (param, value) in [("horizon_length", "48"), ("clip_param", "0.1")] {
        document.set_param(registry(), "6", param, value).unwrap();
    }
    let again = graph(&document.to_json());
    let trainer = again.node("6").unwrap();
    assert_eq!(trainer.params["horizon_length"], ParamValue::Int(48));
    assert_eq!(trainer.params["gamma"], ParamValue::Float(0.98));
    assert_eq!(trainer.params["clip_param"], ParamValue::Float(0.1));
}

/// A constant of the class feeds a parameter of the environment or the trainer.
fn fed(class: &str, output: &str, values: Value, to: (i64, &str)) -> String {
    edited(DNNE_UI, |root| {
        let target = node(root, to.0);
        let mut input = widget(to.1);
        input["link"] = json!(90);
        let inputs = target["inputs"].as_array_mut().unwrap();
        inputs.push(input);
        let slot = inputs.len() - 1;
        root["links"].as_array_mut().unwrap().push(json!([90, 20, 0, to.0, slot, "*"]));
        root["nodes"].as_array_mut().unwrap().push(json!({
            "id": 20, "type": class, "mode": 0, "inputs": [], "widgets_values": values,
            "outputs": [{"name": output, "type": output, "links": [90]}],
        }));
    })
}

#[test]
fn primitive_nodes_are_constants_by_their_own_outputs() {
    let int = (1, "num_envs");
    let float = (6, "gamma");
    let text = (3, "activation");
    let flag = (3, "deterministic");
    for (class, output, values, to, expected) in [
        ("PrimitiveInt", "INT", json!([8, "fixed"]), int, ParamValue::Int(8)),
        ("PrimitiveFloat", "FLOAT", json!([0.5]), float, ParamValue::Float(0.5)),
        ("PrimitiveString", "STRING", json!(["tanh"]), text, ParamValue::Text("tanh".into())),
        (
            "PrimitiveStringMultiline",
            "STRING",
            json!(["tanh"]),
            text,
            ParamValue::Text("tanh".into()),
        ),
        ("PrimitiveBoolean", "BOOLEAN", json!([true]), flag, ParamValue::Bool(true)),
        ("PrimitiveNode", "INT", json!([8, "increment"]), int, ParamValue::Int(8)),
        ("PrimitiveNode", "FLOAT", json!([0.5, "fixed"]), float, ParamValue::Float(0.5)),
        ("PrimitiveNode", "env_name", json!(["tanh"]), text, ParamValue::Text("tanh".into())),
        ("PrimitiveNode", "BOOLEAN", json!([true]), flag, ParamValue::Bool(true)),
    ] {
        let loaded = checked(&fed(class, output, values, to));
        let said: Vec<_> = loaded.diagnostics.iter().map(ToString::to_string).collect();
        let graph = loaded.graph.unwrap_or_else(|| panic!("{class}: {said:#?}"));
        assert_eq!(graph.node(&to.0.to_string()).unwrap().params[to.1], expected, "{class}");
        assert!(graph.node("20").is_none(), "{class} is folded into the parameter");
        assert!(!said.iter().any(|line| line.contains("by position")), "{said:#?}");
    }
}

/// Which it is, which nodes are in it, and what to do; the file is what it was.
#[test]
fn nodes_that_stand_for_several_are_named_with_their_nodes_and_what_to_do() {
    const ACT: &str = "3a1e9c52-11aa-4ccc-9d8a-1a2b3c4d5e6f";
    const DEEP: &str = "7b2ed2f8-0d51-4a3c-9bd5-4d1f0f5f5a11";
    let push = json!({"id": 1, "type": "CartpoleActionNode", "title": "Push the cart"});
    let wait = json!({"id": 2, "type": "ORNode"});
    let graph = |id: &str, name: &str, nodes: Value| json!({"id": id, "name": name, "nodes": nodes, "links": []});
    let subgraphs =
        |all: Value| move |root: &mut Value| root["definitions"] = json!({"subgraphs": all});
    let groups = |all: Value| move |root: &mut Value| root["extra"]["groupNodes"] = all;
    let many: Vec<Value> = (0..20).map(|id| json!({"id": id, "type": "ORNode"})).collect();
    let (unpack, convert) = ("Unpack subgraph", "Convert to nodes");
    let absent = "the file does not hold its nodes";
    type Definition = Box<dyn FnOnce(&mut Value)>;
    let cases: Vec<(&str, Definition, &str, &str, &str)> = vec![
        (
            ACT,
            Box::new(subgraphs(json!([graph(ACT, "Act", json!([push, wait]))]))),
            "\"Act\" is a subgraph, whose nodes this version does not read: CartpoleActionNode (Push the cart), ORNode",
            unpack,
            "subgraph",
        ),
        (
            // One in another, defined behind it.
            ACT,
            Box::new(subgraphs(json!([
                graph(ACT, "Act", json!([{"id": 4, "type": DEEP}, wait])),
                graph(DEEP, "Deep", json!([push])),
            ]))),
            "does not read: the subgraph \"Deep\", ORNode",
            unpack,
            "subgraph",
        ),
        (
            // One in itself.
            ACT,
            Box::new(subgraphs(json!([graph(ACT, "Act", json!([{"id": 4, "type": ACT}]))]))),
            "does not read: the subgraph \"Act\"",
            unpack,
            "subgraph",
        ),
        (
            ACT,
            Box::new(subgraphs(json!([graph(ACT, "Act", json!(many))]))),
            "ORNode, ORNode, 12 more",
            unpack,
            "subgraph",
        ),
        (
            ACT,
            Box::new(subgraphs(json!([graph(ACT, "Act", json!([]))]))),
            "without nodes",
            "remove it",
            "subgraph",
        ),
        (
            ACT,
            Box::new(subgraphs(json!([{"id": DEEP}]))),
            absent,
            "open the workflow where it was made",
            "subgraph",
        ),
        (ACT, Box::new(subgraphs(json!([{"id": ACT, "nodes": 3}]))), absent, unpack, "subgraph"),
        (
            ACT,
            Box::new(|root: &mut Value| root["definitions"] = json!([])),
            absent,
            unpack,
            "subgraph",
        ),
        (
            "workflow>Act",
            Box::new(groups(json!({"Act": {"nodes": [push, wait], "links": [], "external": []}}))),
            "\"Act\" is a group node, whose nodes this version does not read: CartpoleActionNode (Push the cart), ORNode",
            convert,
            "group-node",
        ),
        (
            "workflow/Act",
            Box::new(groups(json!({"Act": {"nodes": [wait]}}))),
            "does not read: ORNode",
            convert,
            "group-node",
        ),
        (
            "workflow>Act",
            Box::new(groups(json!({"Other": {"nodes": [wait]}}))),
            absent,
            convert,
            "group-node",
        ),
        ("workflow>Act", Box::new(groups(json!(7))), absent, convert, "group-node"),
    ];
    for (class, define, message, remedy, code) in cases {
        let text = edited(CARTPOLE, |root| {
            root["nodes"][3]["type"] = json!(class);
            define(root);
        });
        let loaded = checked(&text);
        let found = only(&loaded.diagnostics, code);
        assert!(found.message.contains(message) && found.remedy.contains(remedy), "{found}");
        assert!(found.node.is_some() && found.span.is_some(), "{found:?}");
        assert_eq!(loaded.document.unwrap().to_text(), text);
    }
    // Words that only look a little like such an id are a class that nobody knows.
    let text = edited(CARTPOLE, |root| root["nodes"][3]["type"] = json!("3a1e9c52-11aa-4ccc-9d8a"));
    only(&checked(&text).diagnostics, "unknown-class");
}

/// As the seed guide draws it: the trainer wired to the saver.
#[test]
fn a_link_to_an_input_that_is_not_there_says_what_takes_it() {
    let text = edited(CARTPOLE, |root| {
        root["nodes"].as_array_mut().unwrap().push(json!({
            "id": 70, "type": "CheckpointSaver", "mode": 0, "widgets_values": [],
            "inputs": [{"name": "trainer", "type": "METRICS", "link": 900}], "outputs": [],
        }));
        let trainer = node(root, 6);
        trainer["outputs"][0]["links"].as_array_mut().unwrap().push(json!(900));
        root["links"].as_array_mut().unwrap().push(json!([900, 6, 0, 70, 0, "METRICS"]));
    });
    let found = checked(&text).diagnostics;
    let unknown = only(&found, "unknown-input");
    assert!(unknown.remedy.contains("loss_info takes METRICS"), "{unknown}");
    let missing = only(&found, "missing-input");
    assert_eq!(missing.field.as_deref(), Some("model"));
    // An input that is only misspelt is what was meant.
    let misspelt = text.replace("\"trainer\"", "\"los_info\"");
    let found = checked(&misspelt).diagnostics;
    assert!(only(&found, "unknown-input").remedy.contains("did you mean \"loss_info\"?"));
}

#[test]
fn an_empty_document_is_not_sound() {
    for text in ["{}", "{\"nodes\": [], \"links\": []}"] {
        let loaded = checked(text);
        assert!(loaded.graph.is_none() && Document::parse(text.as_bytes(), None).0.is_some());
        assert!(only(&loaded.diagnostics, "empty-workflow").remedy.contains("add"));
    }
}

/// Lists stand in an object of their own in what the front end posts, and slots may be written with a point.
#[test]
fn posted_lists_and_slots_are_read() {
    let wrapped = DNNE_API.replace("\"64,64\"", "{\"__value__\": [32, 16]}");
    let wrapped = wrapped.replace("[\"3\", 0]", "[\"3\", 0.0]");
    assert!(wrapped.contains("__value__") && wrapped.contains("0.0]"));
    let read = graph(&wrapped);
    assert_eq!(read.node("3").unwrap().params["hidden_sizes"], ParamValue::IntList(vec![32, 16]));
    let feeds = |graph: &Graph| graph.nodes.iter().map(|it| it.inputs.len()).sum::<usize>();
    assert_eq!(feeds(&read), feeds(&graph(DNNE_API)));
}

/// As its server takes, queues and remembers them, and its front end hands them on.
#[test]
fn workflows_are_read_in_what_comfyui_puts_around_them() {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let (api, ui) = (value(DNNE_API), value(DNNE_UI));
    let extra = json!({"extra_pnginfo": {"workflow": ui}});
    let queued = json!([3, "b7e5", api, extra, ["6"]]);
    for (around, inner) in [
        (json!({"prompt": api, "client_id": "x", "extra_data": extra}), DNNE_API),
        (json!({"workflow": ui, "output": api}), DNNE_UI),
        (json!({"workflow": DNNE_UI, "prompt": DNNE_API}), DNNE_UI),
        (json!({"b7e5": {"prompt": queued, "outputs": {}, "status": {}}}), DNNE_API),
        (json!({"queue_running": [queued], "queue_pending": []}), DNNE_API),
    ] {
        let loaded = checked(&around.to_string());
        let said: Vec<_> = loaded.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(only(&loaded.diagnostics, "wrapped-workflow").severity, Severity::Note);
        let read = loaded.graph.unwrap_or_else(|| panic!("{said:#?}"));
        assert_eq!(format!("{read:?}"), format!("{:?}", graph(inner)), "{said:#?}");
    }
    // What is wrong inside has its place in the file.
    let wrong = format!("{{\n\"prompt\": {}}}", DNNE_API.replace("PPOAgentNode", "PPOAgntNode"));
    let before = wrong.find("PPOAgntNode").map(|at| wrong[..at].matches('\n').count() + 1);
    let found = checked(&wrong).diagnostics;
    assert_eq!(only(&found, "unknown-class").span.map(|span| span.start.line), before);
    let twice = format!("{{\"prompt\": {}}}", DNNE_API.replacen("\"2\": {", "\"1\": {", 1));
    only(&checked(&twice).diagnostics, "duplicate-node-id");
    // Of several nobody knows which is meant.
    let several = json!({"a": {"prompt": queued}, "b": {"prompt": queued}}).to_string();
    let found = checked(&several).diagnostics;
    let found = only(&found, "several-workflows");
    assert!(found.message.contains("/a/prompt/2, /b/prompt/2"), "{found}");
    only(&checked("{\"prompt\": \"a cat\"}").diagnostics, "not-a-workflow");
}
