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

/// What leads nowhere is named: a file whose wires say one thing and mean another is seldom meant.
#[test]
fn nodes_of_vision_that_lead_to_nobody_are_told_by_name() {
    type Edit = fn(&mut Value);
    let past_camera: Edit = |document| document["4"]["inputs"]["sim"] = json!(["1", 0]);
    let past_stack: Edit = |document| document["13"]["inputs"]["observations"] = json!(["2", 0]);
    let past_both: Edit = |document| document["3"]["inputs"]["observations"] = json!(["2", 0]);
    let shown_only: Edit = |document| {
        document["8"] = json!({"class_type": "Display", "inputs": {"input": ["12", 0]}});
        document["13"]["inputs"]["observations"] = json!(["2", 0]);
    };
    let reward_only: Edit = |document| {
        document["7"] = json!({"class_type": "RewardShaper", "inputs": {
            "rewards": ["4", 1], "observations": ["14", 0], "terms": "calm: -abs(obs(pole_angle))"}});
        document["14"] = json!({"class_type": "FrameStackNode",
            "inputs": {"observations": ["4", 4], "stream": "other"}});
        document["6"]["inputs"]["rewards"] = json!(["7", 0]);
    };
    let (dead, idle) = ("dead-branch", "idle-extractor");
    let rows: [(&str, Edit, &[(&str, &str)]); 5] = [
        ("camera", past_camera, &[("11", dead)]),
        ("stack", past_stack, &[("12", dead)]),
        ("stack and extractor", past_both, &[("12", dead), ("13", idle)]),
        ("stack for a Display", shown_only, &[("12", dead)]),
        ("stack for a reward", reward_only, &[("14", dead)]),
    ];
    for (name, edit, expected) in rows {
        let loaded = check(edit);
        let said = loaded.diagnostics.iter().filter(|it| [dead, idle].contains(&it.code));
        let mut said: Vec<(&str, &str)> =
            said.map(|it| (it.node.as_deref().unwrap_or_default(), it.code)).collect();
        said.sort_unstable();
        assert_eq!(said, expected, "{name}: {:#?}", loaded.diagnostics);
    }
    // Through nodes that pass values on, and before the ORNode, they lead to the agent.
    let before: Edit = |document| {
        document["12"]["inputs"]["observations"] = json!(["1", 1]);
        document["2"]["inputs"]["input_a"] = json!(["12", 0]);
        document["7"] = json!({"class_type": "DebugPrint", "inputs": {"input": ["2", 0]}});
        document["13"]["inputs"]["observations"] = json!(["7", 0]);
    };
    let unchanged: Edit = |_| {};
    for edit in [before, unchanged] {
        let loaded = check(edit);
        let worse = |it: &&Diagnostic| it.severity == Severity::Warning;
        assert_eq!(loaded.diagnostics.iter().find(worse), None);
    }
}

/// Of a distillation only the actions are learned: what is for the value alone, and for rewards, is told.
#[test]
fn settings_that_a_distillation_does_not_go_by_are_told() {
    let distilled = |agent: Value, trainer: Value| {
        check(|document| {
            let old = document["6"]["inputs"].take();
            let mut inputs = json!({"num_rollouts": 2, "teacher": "none/such"});
            for name in ["states", "policy_outputs", "rewards", "dones", "model"] {
                inputs[name] = old[name].clone();
            }
            document["6"] = json!({"class_type": "DistillationTrainer", "inputs": inputs});
            for (node, params) in [("3", agent), ("6", trainer)] {
                for (name, value) in params.as_object().unwrap() {
                    document[node]["inputs"][name] = value.clone();
                }
            }
        })
    };
    let of = |loaded: &Loaded, code: &str| -> Vec<String> {
        let found = loaded.diagnostics.iter().filter(|it| it.code == code);
        found.map(|it| it.message.clone()).collect()
    };
    let none = || json!({});
    // The value's own layers are needed here: the task has critic_observations.
    let plain = distilled(none(), none());
    assert_eq!(of(&plain, "idle-setting"), Vec::<String>::new(), "{:#?}", plain.diagnostics);
    let rows = [
        (json!({"normalize_values": true}), "normalize_values of node 3"),
        (json!({"value_gain": 2.0}), "value_gain of node 3"),
        (json!({"init": "uniform", "value_gain": 2.0}), "value_gain of node 3"),
        (json!({"frozen": "value"}), "value in frozen of node 3"),
        (json!({"frozen": "trunk.0, log_std"}), "log_std in frozen of node 3"),
        (json!({"normalize_observations": true, "frozen": "values"}), "values in frozen of node 3"),
    ];
    for (agent, part) in rows {
        let found = of(&distilled(agent.clone(), none()), "idle-setting");
        assert_eq!(found.len(), 1, "{agent}: {found:?}");
        assert!(found[0].starts_with(part), "{agent}: {found:?}");
    }
    // What shapes the student and its noise does count.
    let counts = json!({"init_log_std": -1.5, "log_std": "fixed", "policy_gain": 0.1, "frozen": "trunk.0",
        "normalize_observations": true});
    assert_eq!(of(&distilled(counts, none()), "idle-setting"), Vec::<String>::new());
    // The trainer has none of PPO's settings.
    for name in ["gamma", "lam", "clip_param", "entropy_coef", "value_coef", "reward_scale"] {
        let loaded = distilled(none(), json!({name: 0.5}));
        let found = only(&loaded.diagnostics, "unknown-parameter");
        let at = (found.node.as_deref(), found.field.as_deref());
        assert_eq!(at, (Some("6"), Some(name)), "{found:?}");
    }
}

/// Where nothing is for the value alone its own layers have no part either, and a shaper is for the metrics.
#[test]
fn a_distillation_needs_no_layers_of_the_value_and_no_shaper() {
    let loaded = check(|document| {
        document["1"]["inputs"]["env_name"] = json!("Cartpole");
        document["4"]["inputs"]["sim"] = json!(["1", 0]);
        document["3"]["inputs"]["observations"] = json!(["2", 0]);
        document["7"] = json!({"class_type": "RewardShaper", "inputs": {
            "rewards": ["4", 1], "observations": ["4", 4], "terms": "calm: -abs(obs(pole_angle))"}});
        let mut trainer = document["6"]["inputs"].take();
        trainer["rewards"] = json!(["7", 0]);
        trainer["teacher"] = json!("none/such");
        document["6"] = json!({"class_type": "DistillationTrainer", "inputs": trainer});
        for node in ["11", "12", "13"] {
            document.as_object_mut().unwrap().remove(node);
        }
    });
    let idle: Vec<&str> = loaded
        .diagnostics
        .iter()
        .filter(|it| it.code == "idle-setting")
        .map(|it| it.message.split(" of").next().unwrap_or_default())
        .collect();
    assert_eq!(idle, ["separate_value", "value_sees_pictures"], "{:#?}", loaded.diagnostics);
    let shaper = only(&loaded.diagnostics, "idle-shaper");
    assert_eq!((shaper.node.as_deref(), shaper.field.as_deref()), (Some("6"), Some("rewards")));
    assert!(shaper.message.contains("node 7"), "{}", shaper.message);
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
