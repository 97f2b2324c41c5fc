//! Both JSON forms, aliases, DNNE's own files, and writing back without loss.

use serde_json::json;

use super::*;
use crate::diagnostic::Severity;
use crate::workflow::{Form, ParamValue};

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn both_forms_give_the_same_graph() {
    assert_eq!(document(DNNE_UI).form(), Form::Ui);
    assert_eq!(document(DNNE_API).form(), Form::Api);
    assert_eq!(graph(DNNE_UI), graph(DNNE_API));
}

#[test]
fn writing_back_loses_nothing() {
    for text in [DNNE_UI, DNNE_API, CARTPOLE, SINGLE] {
        let written = document(text).to_json();
        assert_eq!(value(&written), value(text));
        // Equal values may still differ in the order of their keys; equal texts do not.
        assert_eq!(format!("{:#}\n", value(text)), written);
        assert_eq!(document(&written).to_json(), written);
    }
}

#[test]
fn unknown_keys_and_odd_numbers_survive() {
    let text = edited(DNNE_UI, |root| {
        root["zebra"] = json!({"b": [0.1, 1e300, -0.0, 9007199254740993_i64], "a": "\u{0}é"});
        root["nodes"][2]["flags"]["pinned"] = json!(true);
    });
    let text = text.replacen("\"revision\": 0", "\"revision\": 18446744073709551615", 1);
    assert_eq!(document(&text).to_json().trim_end(), text);
}

#[test]
fn saving_replaces_the_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.json");
    document(DNNE_UI).save(&path).unwrap();
    document(CARTPOLE).save(&path).unwrap();
    let (read, diagnostics) = Document::load(&path);
    assert_eq!(diagnostics, []);
    assert_eq!(read.unwrap().to_json(), document(CARTPOLE).to_json());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("no/such/folder/w.json");
    assert!(document(CARTPOLE).save(nowhere).is_err());
}

#[test]
fn the_states_of_dnne_files_are_wired_right_and_that_is_said() {
    for text in [DNNE_UI, DNNE_API] {
        let loaded = checked(text);
        let rewired = only(&loaded.diagnostics, "states-rewired");
        assert_eq!(rewired.severity, Severity::Warning);
        assert_eq!(rewired.node.as_deref(), Some("6"));
        assert!(rewired.span.is_some());
        let graph = loaded.graph.unwrap();
        let trainer = graph.node("6").unwrap();
        let agent = graph.node("3").unwrap();
        assert_eq!(trainer.source("states"), agent.source("observations"));
    }
}

#[test]
fn what_dnne_says_about_isaac_gym_is_noted_and_ignored() {
    let loaded = checked(DNNE_UI);
    let notes = loaded.diagnostics.iter().filter(|d| d.code == "ignored-parameter");
    let fields: Vec<_> = notes.map(|d| d.field.as_deref().unwrap()).collect();
    assert_eq!(fields, ["isaac_gym_path", "isaac_gym_envs_path"]);
    let graph = loaded.graph.unwrap();
    assert!(!graph.nodes[0].params.contains_key("isaac_gym_path"));
}

#[test]
fn positional_widgets_reach_their_parameters() {
    let graph = graph(DNNE_UI);
    let agent = graph.node("3").unwrap();
    assert_eq!(agent.int_list("hidden_sizes"), Ok(vec![64, 64]));
    assert_eq!(agent.int("output_size"), Ok(1));
    assert_eq!(agent.float("init_log_std"), Ok(0.0));
    let trainer = graph.node("6").unwrap();
    assert_eq!(trainer.int("epochs"), Ok(4));
    assert_eq!(trainer.float("lam"), Ok(0.95));
    assert_eq!(trainer.bool("checkpoint_enabled"), Ok(false));
    assert_eq!(trainer.text("checkpoint_trigger_value").as_deref(), Ok("10"));
    assert_eq!(trainer.param::<usize>("total_updates"), Ok(0));
    let environment = graph.node("1").unwrap();
    assert_eq!(environment.int("num_envs"), Ok(64));
    assert_eq!(environment.text("device").as_deref(), Ok("cpu"));
    assert!(trainer.float("epochs").is_err() && trainer.bool("nothing").is_err());
}

#[test]
fn links_resolve_without_the_lists_of_ports() {
    // Only the link tuples remain: slot 3 of the step's trigger is then found by its type.
    let text = edited(DNNE_UI, |root| {
        for node in root["nodes"].as_array_mut().unwrap() {
            let node = node.as_object_mut().unwrap();
            node.remove("inputs");
            node.remove("outputs");
        }
    });
    assert_eq!(graph(&text), graph(DNNE_API));
}

#[test]
fn object_links_and_numeric_node_ids_are_read_too() {
    let text = edited(DNNE_UI, |root| {
        for link in root["links"].as_array_mut().unwrap() {
            let parts = link.as_array().unwrap().clone();
            *link = json!({
                "id": parts[0], "origin_id": parts[1], "origin_slot": parts[2],
                "target_id": parts[3], "target_slot": parts[4], "type": parts[5],
            });
        }
    });
    assert_eq!(graph(&text), graph(DNNE_API));
    let text = SINGLE.replacen("\"observations\": [\"2\", 0]", "\"observations\": [2, 0]", 1);
    assert_eq!(graph(&text), graph(SINGLE));
}

#[test]
fn values_may_be_named_in_the_ui_form() {
    let text = edited(DNNE_UI, |root| {
        root["nodes"][4]["widgets_values"] = json!({"max_push_effort": 25});
    });
    let effort = graph(&text).node("5").unwrap().float("max_push_effort");
    assert_eq!(effort, Ok(25.0));
}

#[test]
fn files_that_give_more_values_than_are_known_are_read_with_a_warning() {
    let text = edited(DNNE_UI, |root| {
        root["nodes"][4]["widgets_values"] = json!([10.0, "fixed", 3]);
    });
    let loaded = checked(&text);
    let extra = only(&loaded.diagnostics, "unknown-parameter");
    assert_eq!(extra.field.as_deref(), Some("widgets_values/1"));
    assert!(loaded.graph.is_some());
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(graph(&format!("\u{feff}{SINGLE}")), graph(SINGLE));
}

#[test]
fn defaults_fill_what_a_file_leaves_out() {
    let graph = graph(SINGLE);
    let action = graph.node("5").unwrap();
    assert_eq!(action.params["max_push_effort"], ParamValue::Float(10.0));
    assert_eq!(action.title, "Cartpole Action");
}
