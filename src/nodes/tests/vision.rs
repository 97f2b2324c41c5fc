//! Cameras, stacks of frames and extractors, in the scenes that there are.

use super::*;
use crate::diagnostic::Severity;
use crate::nodes::changed_scene;
use crate::scene::SceneLibrary;
use serde_json::json;

fn scenes() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// A camera, two frames of which go through an extractor to the agent; two environments.
fn seeing() -> Value {
    json!({
        "1": {"class_type": "IsaacGymEnvNode", "inputs": {"env_name": "CartpolePixels", "num_envs": 2}},
        "2": {"class_type": "ORNode", "inputs": {"input_a": ["1", 1], "input_b": ["4", 0]}},
        "3": {"class_type": "PPOAgentNode", "inputs": {
            "observations": ["13", 0], "separate_value": true, "value_sees_pictures": false}},
        "4": {"class_type": "IsaacGymStepNode", "inputs": {
            "sim": ["11", 0], "actions": ["3", 0], "trigger": ["6", 1]}},
        "6": {"class_type": "PPOTrainerNode", "inputs": {
            "states": ["2", 0], "policy_outputs": ["3", 0], "rewards": ["4", 1], "dones": ["4", 2],
            "model": ["3", 1], "horizon_length": 16, "minibatch_size": 8}},
        "11": {"class_type": "CameraNode", "inputs": {"sim": ["1", 0], "sees": "depth"}},
        "12": {"class_type": "FrameStackNode", "inputs": {"observations": ["2", 0], "frames": 3}},
        "13": {"class_type": "CNNFeatureExtractorNode", "inputs": {"observations": ["12", 0]}}
    })
}

fn check(edit: impl FnOnce(&mut Value)) -> Loaded {
    let mut document = seeing();
    edit(&mut document);
    load_bytes(document.to_string().as_bytes(), Some("x.json"), registry(), &scenes())
}

fn set(node: &str, field: &str, value: Value) -> impl FnOnce(&mut Value) {
    move |document| document[node]["inputs"][field] = value
}

#[test]
fn what_nodes_set_is_what_is_shown_and_the_check_tells_of_each_layer() {
    let loaded = check(|_| {});
    let worse = |found: &&Diagnostic| found.severity != Severity::Note;
    assert_eq!(
        loaded.diagnostics.iter().filter(worse).collect::<Vec<_>>(),
        Vec::<&Diagnostic>::new()
    );
    let sizes = only(&loaded.diagnostics, "layer-sizes");
    assert_eq!((sizes.node.as_deref(), sizes.field.as_deref()), (Some("13"), Some("preset")));
    let expected = "front (3 x 64 x 64 x 1 u8) becomes 0: 15 x 15 x 16, then 1: 6 x 6 x 32, then features: 1 x 1 x 128";
    assert_eq!(sizes.message, expected);
    let graph = loaded.graph.unwrap();
    let environment = graph.nodes.iter().position(|node| node.id == "1").unwrap();
    let scene = scenes().load("CartpolePixels").unwrap();
    let changed = changed_scene(&graph, environment, &scene).unwrap();
    let picture =
        changed.task.observations.stream("front").and_then(ObservationStream::as_picture).unwrap();
    assert_eq!((picture.frames, picture.width), (3, 64));
    // The scene itself stays as it is.
    let picture =
        scene.task.observations.stream("front").and_then(ObservationStream::as_picture).unwrap();
    assert_eq!(picture.frames, 2);
}

#[test]
fn what_cannot_be_is_refused_by_node_and_field() {
    let custom = |field: &'static str, value: Value| -> Box<dyn FnOnce(&mut Value)> {
        Box::new(move |document: &mut Value| {
            document["13"]["inputs"]["preset"] = json!("custom");
            document["13"]["inputs"][field] = value;
        })
    };
    let one = |node: &'static str,
               field: &'static str,
               value: Value|
     -> Box<dyn FnOnce(&mut Value)> { Box::new(set(node, field, value)) };
    let second =
        |class: &'static str, source: Value, inputs: Value| -> Box<dyn FnOnce(&mut Value)> {
            Box::new(move |document: &mut Value| {
                document["14"] = json!({"class_type": class, "inputs": inputs});
                let (reader, port) = match class {
                    "CameraNode" => ("4", "sim"),
                    _ => ("3", "observations"),
                };
                let input = if class == "CameraNode" { "sim" } else { "observations" };
                document["14"]["inputs"][input] = source;
                document[reader]["inputs"][port] = json!(["14", 0]);
            })
        };
    let cases: Vec<(Box<dyn FnOnce(&mut Value)>, &str, &str, &str)> = vec![
        (custom("kernel_sizes", json!([70, 4])), "13", "kernel_sizes", "larger than its picture"),
        (custom("strides", json!([1, 2, 3])), "13", "strides", "3 numbers for 2 convolutions"),
        (custom("paddings", json!([8, 0])), "13", "paddings", "smaller than the kernel"),
        (custom("filters", json!([])), "13", "filters", "whole numbers"),
        (
            Box::new(move |document: &mut Value| {
                document["13"]["inputs"]["preset"] = json!("custom");
                document["13"]["inputs"]["pool"] = json!("max");
                document["13"]["inputs"]["pool_size"] = json!(100);
            }),
            "13",
            "pool_size",
            "a pool of 100 x 100",
        ),
        (
            Box::new(move |document: &mut Value| {
                document["13"]["inputs"]["preset"] = json!("custom");
                document["13"]["inputs"]["filters"] = json!([16, 512]);
                document["13"]["inputs"]["features"] = json!(8192);
            }),
            "13",
            "features",
            "weights, more than",
        ),
        (
            Box::new(move |document: &mut Value| {
                document["13"]["inputs"]["preset"] = json!("nature");
                document["11"]["inputs"]["width"] = json!(32);
            }),
            "13",
            "preset",
            "larger than its picture",
        ),
        (one("13", "stream", json!("frnt")), "13", "stream", "called \"frnt\""),
        (one("12", "stream", json!("frnt")), "12", "stream", "did you mean \"front\""),
        (one("11", "camera", json!("fron")), "11", "camera", "did you mean \"front\""),
        (one("11", "name", json!("a b")), "11", "name", "letters, digits"),
        (one("11", "near", json!(30.0)), "11", "far", "30 to 20 m"),
        (one("11", "samples", json!(2)), "11", "samples", "depth"),
        (one("12", "frames", json!(17)), "6", "horizon_length", "stack of 17 frames of \"front\""),
        (second("CameraNode", json!(["11", 0]), json!({})), "14", "name", "node 11 has a camera"),
        (
            second("FrameStackNode", json!(["13", 0]), json!({"stream": "front"})),
            "14",
            "stream",
            "node 12 stacks",
        ),
        (
            second("CNNFeatureExtractorNode", json!(["13", 0]), json!({"stream": "front"})),
            "13",
            "stream",
            "node 14 has layers for \"front\"",
        ),
        (
            Box::new(|document: &mut Value| {
                document["1"]["inputs"]["env_name"] = json!("Cartpole");
                document["4"]["inputs"]["sim"] = json!(["1", 0]);
                document.as_object_mut().unwrap().remove("11");
            }),
            "12",
            "frames",
            "add a CameraNode",
        ),
    ];
    assert!(cases.len() > 15);
    for (edit, node, field, said) in cases {
        let loaded = check(edit);
        let errors: Vec<&Diagnostic> =
            loaded.diagnostics.iter().filter(|it| it.is_error()).collect();
        assert_eq!(errors.len(), 1, "{said}: {errors:#?}");
        let at = (errors[0].node.as_deref(), errors[0].field.as_deref());
        assert_eq!(at, (Some(node), Some(field)), "{errors:#?}");
        assert!(errors[0].message.contains(said) || errors[0].remedy.contains(said), "{errors:#?}");
        assert!(loaded.graph.is_none());
    }
}

#[test]
fn what_has_no_effect_is_told() {
    let past = check(|document| document["3"]["inputs"]["observations"] = json!(["2", 0]));
    let idle = only(&past.diagnostics, "idle-extractor");
    assert_eq!(idle.node.as_deref(), Some("13"));
    for (node, field, value) in
        [("11", "noise", json!(3.0)), ("13", "features", json!(64)), ("13", "filters", json!([8]))]
    {
        let loaded = check(set(node, field, value));
        let idle = only(&loaded.diagnostics, "idle-setting");
        assert_eq!((idle.node.as_deref(), idle.field.as_deref()), (Some(node), Some(field)));
    }
    let both = check(set("3", "cnn", json!("nature")));
    let idle = only(&both.diagnostics, "idle-setting");
    assert_eq!((idle.node.as_deref(), idle.field.as_deref()), (Some("3"), Some("cnn")));
}

/// A reward may go by the state that a policy of pictures does not see.
#[test]
fn shapers_know_the_state_beside_pictures() {
    let with = |terms: &str| {
        check(|document| {
            document["7"] = json!({"class_type": "RewardShaper",
                "inputs": {"rewards": ["4", 1], "observations": ["4", 4], "terms": terms}});
            document["6"]["inputs"]["rewards"] = json!(["7", 0]);
        })
    };
    let loaded = with("calm: -abs(obs(pole_angle))");
    assert!(loaded.graph.is_some(), "{:#?}", loaded.diagnostics);
    let loaded = with("calm: -abs(obs(pole_angel))");
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|it| it.is_error()).collect();
    assert_eq!((errors.len(), errors[0].node.as_deref()), (1, Some("7")), "{errors:#?}");
}

/// Of two environments that are joined each has cameras of its own.
#[test]
fn cameras_belong_to_the_environment_whose_simulation_they_take() {
    let joined = |second: Value| {
        let mut document = seeing();
        document["20"] = json!({"class_type": "IsaacGymEnvNode",
            "inputs": {"env_name": "CartpolePixels", "num_envs": 3}});
        document["21"] = json!({"class_type": "CameraNode", "inputs": second});
        document["21"]["inputs"]["sim"] = json!(["20", 0]);
        document["22"] = json!({"class_type": "MultiTask",
            "inputs": {"sim_a": ["11", 0], "sim_b": ["21", 0]}});
        document["2"]["inputs"]["input_a"] = json!(["22", 1]);
        document["4"]["inputs"]["sim"] = json!(["22", 0]);
        load_bytes(document.to_string().as_bytes(), Some("x.json"), registry(), &scenes())
    };
    let loaded = joined(json!({"sees": "depth"}));
    let sizes = only(&loaded.diagnostics, "layer-sizes");
    assert!(sizes.message.starts_with("front (3 x 64 x 64 x 1 u8)"), "{}", sizes.message);
    assert!(loaded.graph.is_some(), "{:#?}", loaded.diagnostics);
    // Pictures that are not alike cannot be joined.
    let loaded = joined(json!({"sees": "rgb"}));
    let found = only(&loaded.diagnostics, "observation-mismatch");
    assert_eq!(found.node.as_deref(), Some("22"));
}
