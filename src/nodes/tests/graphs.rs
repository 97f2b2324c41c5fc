//! Reroutes, muted and bypassed nodes, constants, and graphs built in code.

use serde_json::json;

use super::*;
use crate::workflow::GraphBuilder;

/// The UI form with node `id` given another mode.
fn with_mode(text: &str, id: i64, mode: i64) -> String {
    edited(text, |root| {
        let nodes = root["nodes"].as_array_mut().unwrap();
        let node = nodes.iter_mut().find(|n| n["id"] == id).unwrap();
        node["mode"] = json!(mode);
    })
}

fn with_node(text: &str, id: &str, class: &str, inputs: Value) -> String {
    edited(text, |root| {
        root[id] = json!({"class_type": class, "inputs": inputs});
    })
}

#[test]
fn reroute_nodes_vanish() {
    let text = with_node(SINGLE, "7", "Reroute", json!({"": ["2", 0]}));
    let text = with_node(&text, "8", "RerouteNode", json!({"anything": ["7", 0]}));
    let text = edited(&text, |root| {
        root["3"]["inputs"]["observations"] = json!(["8", 0]);
    });
    assert_eq!(graph(&text), graph(SINGLE));
}

#[test]
fn reroutes_in_a_circle_are_reported() {
    let text = with_node(SINGLE, "7", "Reroute", json!({"": ["8", 0]}));
    let text = with_node(&text, "8", "Reroute", json!({"": ["7", 0]}));
    let text = edited(&text, |root| {
        root["3"]["inputs"]["observations"] = json!(["8", 0]);
    });
    let loaded = checked(&text);
    let found = loaded.diagnostics.iter().find(|d| d.code == "reroute-loop");
    assert_eq!(found.unwrap().field.as_deref(), Some("observations"));
    assert!(loaded.graph.is_none());
}

#[test]
fn long_chains_of_reroutes_are_gone_through_once() {
    let n = 20_000;
    let text = edited(SINGLE, |root| {
        for i in 0..n {
            let before = if i == 0 { "2".to_owned() } else { format!("r{}", i - 1) };
            root[format!("r{i}")] = json!({"class_type": "Reroute", "inputs": {"": [before, 0]}});
        }
        root["3"]["inputs"]["observations"] = json!([format!("r{}", n - 1), 0]);
    });
    let start = std::time::Instant::now();
    assert_eq!(graph(&text), graph(SINGLE));
    // Going through the chain anew from each of its links would take minutes.
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn a_reroute_without_input_feeds_nothing() {
    let text = with_node(SINGLE, "7", "Reroute", json!({}));
    let text = edited(&text, |root| {
        root["3"]["inputs"]["observations"] = json!(["7", 0]);
    });
    let loaded = checked(&text);
    let found = only(&loaded.diagnostics, "empty-source");
    assert!(found.is_error() && found.message.contains("node 7 (Reroute)"));
}

#[test]
fn muted_nodes_go_and_what_needs_them_is_reported() {
    let loaded = checked(&with_mode(DNNE_UI, 5, 2));
    let found = only(&loaded.diagnostics, "muted-source");
    assert!(found.is_error());
    assert_eq!(found.node.as_deref(), Some("4"));
    assert_eq!(found.field.as_deref(), Some("actions"));
    assert!(found.message.contains("node 5 (CartpoleActionNode), which is muted"));
    // Without its trainer the loop still runs: that is inference.
    let loaded = checked(&with_mode(DNNE_UI, 6, 2));
    assert!(!only(&loaded.diagnostics, "muted-source").is_error());
    assert!(loaded.graph.unwrap().node("6").is_none());
}

#[test]
fn a_muted_node_may_be_anything() {
    let text = edited(CARTPOLE, |root| {
        let nodes = root["nodes"].as_array_mut().unwrap();
        nodes.push(json!({"id": 99, "type": "KSampler", "mode": 2}));
    });
    assert_eq!(graph(&text), graph(CARTPOLE));
}

#[test]
fn bypassed_nodes_hand_on_what_suits() {
    let graph = graph(&with_mode(DNNE_UI, 5, 4));
    assert!(graph.node("5").is_none());
    let source = graph.node("4").unwrap().source("actions").unwrap();
    assert_eq!(graph.nodes[source.node].id, "3");
    assert_eq!(graph.output(source).name, "policy_output");
    // Nothing that reaches the agent can stand in for its model.
    let loaded = checked(&with_mode(DNNE_UI, 3, 4));
    let found = loaded.diagnostics.iter().filter(|d| d.code == "empty-source");
    let fields: Vec<_> = found.filter_map(|d| d.field.as_deref()).collect();
    assert!(fields.contains(&"model"), "{fields:?}");
}

#[test]
fn constants_fold_into_parameters_and_vanish() {
    let text = with_node(SINGLE, "7", "FloatConstant", json!({"value": 0.001}));
    let text = edited(&text, |root| {
        root["3"]["inputs"]["init_log_std"] = json!(["7", 0]);
        root["6"]["inputs"]["learning_rate"] = json!(["7", 0]);
    });
    let folded = graph(&text);
    assert!(folded.node("7").is_none());
    for (id, param) in [("3", "init_log_std"), ("6", "learning_rate")] {
        assert_eq!(folded.node(id).unwrap().float(param), Ok(0.001));
    }
    let printed = with_node(&text, "8", "Print", json!({"any": ["7", 0]}));
    assert!(graph(&printed).node("7").is_some());
    let wrong = text.replacen("0.001", "7.5", 1);
    let loaded = checked(&wrong);
    let found = loaded.diagnostics.iter().filter(|d| d.code == "out-of-range");
    assert_eq!(found.count(), 2);
    let wrong = edited(&text, |root| {
        root["6"]["inputs"]["learning_rate"] = json!(["4", 1]);
    });
    let loaded = checked(&wrong);
    let found = only(&loaded.diagnostics, "parameter-not-constant");
    assert_eq!(found.field.as_deref(), Some("learning_rate"));
}

#[test]
fn printing_what_the_agent_sees_changes_nothing() {
    let text = with_node(SINGLE, "7", "DebugPrintNode", json!({"input": ["2", 0]}));
    let text = edited(&text, |root| {
        root["3"]["inputs"]["observations"] = json!(["7", 0]);
    });
    let loaded = checked(&text);
    assert!(loaded.graph.is_some());
    assert!(loaded.diagnostics.iter().all(|d| !d.code.starts_with("states")));
}

fn built() -> GraphBuilder<'static> {
    GraphBuilder::new(registry())
        .node("1", "IsaacGymEnvNode")
        .set("env_name", "Cartpole")
        .set("num_envs", 1)
        .node("2", "ORNode")
        .node("3", "PPOAgentNode")
        .set("input_size", 4)
        .set("output_size", 1)
        .set("hidden_sizes", [64, 64])
        .node("4", "IsaacGymStepNode")
        .node("5", "CartpoleActionNode")
        .node("6", "PPOTrainerNode")
        .set("horizon_length", 128)
        .connect("1", "observations", "2", "input_a")
        .connect("4", "observations", "2", "input_b")
        .connect("2", "output", "3", "observations")
        .connect("1", "sim", "4", "sim")
        .connect("5", "actions", "4", "actions")
        .connect("6", "training_complete", "4", "trigger")
        .connect("3", "policy", "5", "network_output")
        .connect("2", "output", "6", "state")
        .connect("3", "policy_output", "6", "policy_outputs")
        .connect("4", "rewards", "6", "rewards")
        .connect("4", "done", "6", "dones")
        .connect("3", "model", "6", "model")
}

#[test]
fn code_builds_the_same_graph_as_a_file() {
    assert_eq!(built().build().unwrap(), graph(SINGLE));
    assert_eq!(built().build_with(&Worlds).unwrap(), graph(SINGLE));
}

#[test]
fn code_goes_through_the_same_checker() {
    let wrong =
        built().node("6", "PPOTrainerNode").set("gamma", 2.0).connect("9", "x", "6", "model");
    let diagnostics = wrong.build().unwrap_err().diagnostics;
    for code in ["duplicate-node-id", "out-of-range", "dangling-link"] {
        assert!(diagnostics.iter().any(|d| d.code == code), "{code}");
    }
    let early = GraphBuilder::new(registry()).set("gamma", 1).title("x");
    let diagnostics = early.build().unwrap_err().diagnostics;
    assert_eq!(diagnostics.len(), 2);
    assert!(diagnostics.iter().all(|d| d.code == "no-node"));
    let misfit = built().node("7", "DebugPrint").connect("3", "polcy", "7", "input");
    let diagnostics = misfit.build().unwrap_err().diagnostics;
    assert!(only(&diagnostics, "unknown-output").remedy.contains("policy_output"));
}

#[test]
fn a_second_of_what_a_run_has_one_of_is_refused() {
    for (id, class) in [
        ("1", "IsaacGymEnvNode"),
        ("3", "PPOAgentNode"),
        ("4", "IsaacGymStepNode"),
        ("6", "PPOTrainerNode"),
    ] {
        let text = edited(SINGLE, |root| {
            root["9"] = root[id].clone();
            assert_eq!(root["9"]["class_type"], class);
        });
        let loaded = checked(&text);
        let found = only(&loaded.diagnostics, "more-than-one");
        assert_eq!(found.node.as_deref(), Some("9"));
        assert!(found.message.contains(&format!("node {id} ")), "{found}");
        assert!(loaded.graph.is_none());
    }
}

#[test]
fn savers_go_by_the_trainer_unless_told_otherwise() {
    let saver = json!({"model": ["3", 1]});
    // Also where it stands before the trainer in the file.
    for id in ["0", "9"] {
        let graph = graph(&with_node(SINGLE, id, "CheckpointSaver", saver.clone()));
        let loss = graph.node(id).unwrap().source("loss_info").unwrap();
        assert_eq!(graph.nodes[loss.node].id, "6");
        assert_eq!(graph.output(loss).name, "loss");
    }
    let text = with_node(SINGLE, "8", "MetricsLogger", json!({"loss_info": ["6", 0]}));
    let told = json!({"model": ["3", 1], "loss_info": ["8", 0]});
    let graph = graph(&with_node(&text, "9", "CheckpointSaver", told));
    let loss = graph.node("9").unwrap().source("loss_info").unwrap();
    assert_eq!(graph.nodes[loss.node].id, "8");
}

#[test]
fn savers_need_a_trainer_and_a_network() {
    let without = edited(SINGLE, |root| {
        root.as_object_mut().unwrap().remove("6");
        root["4"]["inputs"].as_object_mut().unwrap().remove("trigger");
        root["9"] = json!({"class_type": "CheckpointSaver", "inputs": {"model": ["3", 1]}});
    });
    let loaded = checked(&without);
    assert_eq!(only(&loaded.diagnostics, "idle-saver").node.as_deref(), Some("9"));
    assert!(loaded.graph.is_some());
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("weights.safetensors");
    let inputs = json!({"path": weights});
    let text = with_node(SINGLE, "8", "CheckpointLoader", inputs);
    let missing = checked(&text);
    let found = only(&missing.diagnostics, "missing-weights");
    assert_eq!(found.field.as_deref(), Some("path"));
    assert!(found.message.contains("weights.safetensors"), "{found}");
    std::fs::write(&weights, crate::learn::StateDict::new().to_safetensors().unwrap()).unwrap();
    assert!(checked(&text).graph.is_some());
    let saved = with_node(&text, "9", "CheckpointSaver", json!({"model": ["8", 0]}));
    let found = checked(&saved);
    let found = only(&found.diagnostics, "model-mismatch");
    assert!(found.message.contains("node 8 (CheckpointLoader)"), "{found}");
}

#[test]
fn a_policy_with_memory_needs_whole_sequences() {
    let said = |minibatch: i64, sequence: i64| {
        let text = edited(SINGLE, |root| {
            root["3"]["inputs"]["rnn"] = json!("gru");
            root["6"]["inputs"]["minibatch_size"] = json!(minibatch);
            root["6"]["inputs"]["sequence_length"] = json!(sequence);
        });
        let found = checked(&text).diagnostics;
        let cut: Vec<_> = found.into_iter().filter(|d| d.code == "cut-sequences").collect();
        cut.into_iter().map(|d| (d.field.unwrap_or_default(), d.remedy)).collect::<Vec<_>>()
    };
    // The horizon is 128.
    assert!(said(256, 0).is_empty() && said(32, 16).is_empty());
    let (field, remedy) = said(32, 0).remove(0);
    assert_eq!((field.as_str(), remedy.contains("multiple of 128")), ("minibatch_size", true));
    let (field, remedy) = said(60, 30).remove(0);
    assert_eq!((field.as_str(), remedy.contains("divisor of 128")), ("sequence_length", true));
    // One without memory learns from single steps.
    let text = edited(SINGLE, |root| root["6"]["inputs"]["sequence_length"] = json!(30));
    assert!(checked(&text).graph.is_some());
}

#[test]
fn a_value_that_sees_more_needs_layers_of_its_own() {
    let with = |separate: bool| {
        checked(&edited(SINGLE, |root| {
            root["1"]["inputs"]["env_name"] = json!("Privileged");
            root["3"]["inputs"]["separate_value"] = json!(separate);
        }))
    };
    assert!(with(true).graph.is_some());
    let loaded = with(false);
    let found = only(&loaded.diagnostics, "shared-value");
    assert_eq!(
        (found.node.as_deref(), found.field.as_deref()),
        (Some("3"), Some("separate_value"))
    );
}

#[test]
fn several_choices_need_the_word_for_them() {
    let with = |space: &str, size: i64| {
        checked(&edited(CARTPOLE_V1, |root| {
            root["1"]["inputs"]["env_name"] = json!("Gears");
            root["3"]["inputs"]["action_space"] = json!(space);
            root["3"]["inputs"]["output_size"] = json!(size);
        }))
    };
    assert!(with("multi_discrete", 0).graph.is_some() && with("multi_discrete", 5).graph.is_some());
    let loaded = with("discrete", 0);
    let found = only(&loaded.diagnostics, "action-space-mismatch");
    assert!(found.remedy.contains("multi_discrete"), "{found}");
    let loaded = with("multi_discrete", 4);
    assert!(only(&loaded.diagnostics, "size-mismatch").remedy.contains("write 5"));
}
