//! `--set NODE.PARAM=VALUE`.

#![expect(clippy::result_large_err, reason = "as in the room under test")]

use super::*;

fn set(text: &str, option: &str) -> Result<String, Diagnostic> {
    let mut document = document(text);
    document.set_param_from_option(registry(), option)?;
    Ok(document.to_json())
}

#[test]
fn nodes_go_by_id_title_and_class() {
    for option in [
        "6.gamma=0.5",
        "PPO Trainer.gamma=0.5",
        "PPOTrainerNode.gamma = 0.5",
        "PPOTrainer.gamma=0.5",
    ] {
        let changed = set(CARTPOLE, option).unwrap();
        let gamma = graph(&changed).node("6").unwrap().float("gamma");
        assert_eq!(gamma, Ok(0.5), "{option}");
    }
}

#[test]
fn only_the_one_value_changes() {
    let changed = set(DNNE_UI, "6.gae_lambda=0.9").unwrap();
    let expected = edited(DNNE_UI, |root| {
        root["nodes"][5]["widgets_values"][4] = 0.9.into();
    });
    assert_eq!(changed.trim_end(), expected);
    // Under the name that the file uses already.
    let changed = set(DNNE_API, "6.lam=0.9").unwrap();
    let expected = edited(DNNE_API, |root| {
        root["6"]["inputs"]["gae_lambda"] = 0.9.into();
    });
    assert_eq!(changed.trim_end(), expected);
}

#[test]
fn lists_stay_spelled_as_they_were() {
    let changed = set(DNNE_UI, "3.hidden_sizes=[128, 32]").unwrap();
    assert!(changed.contains("\"128,32\""));
    let changed = set(SINGLE, "3.hidden_sizes=128,32").unwrap();
    let sizes = graph(&changed).node("3").unwrap().int_list("hidden_sizes");
    assert_eq!(sizes, Ok(vec![128, 32]));
}

#[test]
fn short_widget_lists_are_filled_up_to_the_value() {
    let changed = set(DNNE_UI, "6.total_updates=7").unwrap();
    let before = graph(DNNE_UI);
    let mut after = graph(&changed);
    assert_eq!(after.nodes[5].int("total_updates"), Ok(7));
    after.nodes[5].params.clone_from(&before.nodes[5].params);
    assert_eq!(after, before);
}

#[test]
fn mistakes_say_what_was_meant() {
    for (option, code, remedy) in [
        ("6.gama=1", "unknown-parameter", "\"gamma\""),
        ("PPOTrainr.gamma=1", "unknown-node", "\"PPO Trainer\""),
        ("6.gamma=2", "out-of-range", "between 0 and 1"),
        ("6.gamma=x", "wrong-type", "a number"),
        ("6.schedule=lin", "unknown-choice", "\"linear\""),
        ("gamma", "bad-override", "NODE.PARAM=VALUE"),
    ] {
        let found = set(CARTPOLE, option).unwrap_err();
        assert_eq!(found.code, code, "{found}");
        assert!(found.remedy.contains(remedy), "{found}");
        assert_eq!(found.file.as_deref(), Some("x.json"));
    }
    let two = edited(CARTPOLE, |root| {
        root["nodes"][7]["type"] = "TensorBoard".into();
    });
    let found = set(&two, "TensorBoardLogger.interval=2").unwrap_err();
    assert_eq!(found.code, "ambiguous-node");
    assert!(found.remedy.contains("8, 9"));
}

#[test]
fn a_linked_parameter_is_set_at_its_constant() {
    let linked = edited(DNNE_UI, |root| {
        let nodes = root["nodes"].as_array_mut().unwrap();
        nodes[5]["inputs"].as_array_mut().unwrap().push(serde_json::json!(
            {"name": "gamma", "type": "FLOAT", "link": 13, "widget": {"name": "gamma"}}
        ));
        nodes.push(serde_json::json!({
            "id": 7, "type": "FloatConstant", "widgets_values": [0.9],
            "outputs": [{"name": "value", "type": "FLOAT", "links": [13]}],
        }));
        let links = root["links"].as_array_mut().unwrap();
        links.push(serde_json::json!([13, 7, 0, 6, 5, "FLOAT"]));
    });
    assert_eq!(graph(&linked).node("6").unwrap().float("gamma"), Ok(0.9));
    let found = set(&linked, "6.gamma=0.5").unwrap_err();
    assert_eq!(found.code, "linked-parameter");
    assert!(found.remedy.contains("node 7"));
    let changed = set(&linked, "7.value=0.5").unwrap();
    assert_eq!(graph(&changed).node("6").unwrap().float("gamma"), Ok(0.5));
}
