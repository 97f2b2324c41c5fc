//! DNNE's files of August 2025, in which one node trains.

use super::{checked, document, graph};
use crate::diagnostic::has_errors;
use crate::workflow::ParamValue;
use serde_json::{Value, json};

/// An environment and settings that a node trains by, and what takes its statistics.
fn file(settings: Value, trains: Value) -> Value {
    let slot = |name: &str, link: i64| json!({"name": name, "type": "*", "link": link});
    let gives = |links: Value| json!([{"name": "config", "type": "X_PYDICT", "links": links}]);
    json!({
        "nodes": [
            {"id": 11, "type": "IsaacGymEnvs", "pos": [0, 100], "inputs": [], "outputs": gives(json!([21])),
             "widgets_values": ["Cartpole", "none", "none", "none", 0.0166, 128, 7, "fixed", true, 0, "cuda:0", "physx"]},
            {"id": 12, "type": "PPOConfig", "pos": [0, 400], "inputs": [], "outputs": gives(json!([22])),
             "widgets_values": settings},
            {"id": 13, "type": "BalancerConfig", "inputs": [], "outputs": gives(json!([23])), "widgets_values": [true]},
            {"id": 14, "type": "PPOAgent", "pos": [400, 100], "title": "Learns", "color": "#232",
             "inputs": [slot("env_config", 21), slot("ppo_config", 22), slot("balancing_config", 23)],
             "outputs": [{"name": "agent", "type": "PPO_AGENT_OBJ", "links": null},
                         {"name": "training_stats", "type": "PPO_TRAINING_STATS_PYDICT", "links": [24]}],
             "widgets_values": trains},
            {"id": 15, "type": "Display", "inputs": [slot("value", 24)], "outputs": []},
            {"id": 16, "type": "Note", "widgets_values": ["Mine."]},
        ],
        "links": [
            [21, 11, 0, 14, 0, "X"], [22, 12, 0, 14, 1, "X"], [23, 13, 0, 14, 2, "X"], [24, 14, 1, 15, 0, "X"],
        ],
        "groups": [], "last_node_id": 16, "last_link_id": 24, "version": 0.4,
    })
}

/// Values that are no default of either program.
fn settings() -> Value {
    json!([
        0.001, 8, 2048, 0.15, 1.5, 0.02, 0.98, 0.9, 2.0, 32, 77, "linear", 0.01, false, false,
        false, true, 0.1, 0.3, true, 0.0002
    ])
}

fn trains() -> Value {
    json!([200, 50, 25, 5, 5, "./checkpoints", ""])
}

#[test]
fn one_node_that_trains_is_read_as_environment_policy_loop_and_trainer() {
    let file = file(settings(), trains()).to_string();
    let found = checked(&file);
    assert!(!has_errors(&found.diagnostics), "{:?}", found.diagnostics);
    let said: Vec<&str> = found.diagnostics.iter().map(|d| d.message.as_str()).collect();
    for part in [
        "IsaacGymEnvs 11, PPOConfig 12 and PPOAgent 14",
        "--seed 7",
        "cuda:0",
        "BalancerConfig is left out",
    ] {
        assert_eq!(said.iter().filter(|said| said.contains(part)).count(), 1, "{part}: {said:#?}");
    }
    let graph = graph(&file);
    let params = |id: &str| graph.node(id).unwrap().params.clone();
    assert_eq!(params("11")["env_name"], ParamValue::Text("Cartpole".to_owned()));
    assert_eq!(params("11")["num_envs"], ParamValue::Int(128));
    let trainer = params("12");
    for (name, value) in [
        ("learning_rate", 0.001),
        ("clip_param", 0.15),
        ("value_coef", 1.5),
        ("entropy_coef", 0.02),
        ("gamma", 0.98),
        ("lam", 0.9),
        ("max_grad_norm", 2.0),
        ("kl_threshold", 0.01),
        ("reward_scale", 0.1),
        ("bounds_coef", 0.0002),
    ] {
        assert_eq!(trainer[name], ParamValue::Float(value), "{name}");
    }
    for (name, value) in
        [("epochs", 8), ("minibatch_size", 2048), ("horizon_length", 32), ("total_updates", 200)]
    {
        assert_eq!(trainer[name], ParamValue::Int(value), "{name}");
    }
    for (name, value) in
        [("clip_value_loss", false), ("normalize_advantages", false), ("checkpoint_enabled", true)]
    {
        assert_eq!(trainer[name], ParamValue::Bool(value), "{name}");
    }
    assert_eq!(trainer["schedule"], ParamValue::Text("linear".to_owned()));
    assert_eq!(trainer["checkpoint_trigger_value"], ParamValue::Text("50".to_owned()));
    let agent = graph.node("14").unwrap();
    assert_eq!((agent.class.class_type, agent.title.as_str()), ("PPOAgentNode", "Learns"));
    assert_eq!(agent.params["normalize_observations"], ParamValue::Bool(false));
    assert_eq!(agent.params["normalize_values"], ParamValue::Bool(true));
    assert!(graph.node("13").is_none() && graph.node("15").is_some());
    // What is saved is of today, and nothing remains to be said of it.
    let again = checked(&document(&file).to_json());
    assert!(
        !again.diagnostics.iter().any(|d| d.code.starts_with("august")),
        "{:?}",
        again.diagnostics
    );
    assert!(again.graph.is_some());
}

#[test]
fn what_a_file_of_august_lacks_is_as_its_program_had_it() {
    let graph_of = |file: &Value| graph(&file.to_string());
    let trainer = |file: &Value| graph_of(file).node("12").unwrap().params.clone();
    let short = trainer(&file(json!([]), json!([])));
    assert_eq!(short["minibatch_size"], ParamValue::Int(8192));
    assert_eq!(short["total_updates"], ParamValue::Int(1000));
    assert_eq!(short["clip_value_loss"], ParamValue::Bool(true));
    let mut unclipped = settings();
    unclipped[19] = false.into();
    assert_eq!(trainer(&file(unclipped, trains()))["max_grad_norm"], ParamValue::Float(0.0));
    let never = trainer(&file(settings(), json!([200, 0])));
    assert_eq!(never["checkpoint_enabled"], ParamValue::Bool(false));
    // Without the configurations there is a trainer of the same defaults, and an environment is asked for.
    let mut alone = file(settings(), trains());
    for input in alone["nodes"][3]["inputs"].as_array_mut().unwrap() {
        input["link"] = Value::Null;
    }
    let found = checked(&alone.to_string());
    let said: Vec<&str> = found.diagnostics.iter().map(|d| d.message.as_str()).collect();
    let told = said.iter().any(|said| said.contains("no IsaacGymEnvs, no PPOConfig"));
    assert!(has_errors(&found.diagnostics) && told, "{said:#?}");
}

#[test]
fn the_agent_of_july_is_told_from_that_of_august_by_its_inputs() {
    let mut july = file(settings(), trains());
    july["nodes"][3]["inputs"] = json!([{"name": "observations", "type": "TENSOR", "link": null}]);
    july["links"] = json!([]);
    let found = checked(&july.to_string());
    assert!(
        found.diagnostics.iter().all(|d| !d.code.starts_with("august")),
        "{:?}",
        found.diagnostics
    );
    let absent: Vec<&str> = found
        .diagnostics
        .iter()
        .filter(|d| d.code == "absent-class")
        .map(|d| d.message.as_str())
        .collect();
    assert_eq!(absent.len(), 3, "{absent:?}");
}

/// Whatever is broken in such a file, there is an answer.
#[test]
fn broken_files_of_august_are_answered() {
    let whole = file(settings(), trains());
    let broken: [fn(&mut Value); 8] = [
        |file| file["links"] = json!([1, null, [21], {"id": 22, "origin_id": 12, "target_id": 14}]),
        |file| file["nodes"][0] = json!(7),
        |file| file["nodes"][1]["id"] = json!(null),
        |file| file["nodes"][3]["id"] = json!(11),
        |file| file["nodes"][3]["outputs"] = json!("none"),
        |file| file["nodes"][4]["inputs"] = json!([3]),
        |file| file["nodes"][3]["pos"] = json!({"0": 1e300, "1": "left"}),
        |file| file["nodes"][0]["widgets_values"] = json!({"task": 3, "num_envs": "many"}),
    ];
    for (n, breaks) in broken.into_iter().enumerate() {
        let mut file = whole.clone();
        breaks(&mut file);
        assert!(!checked(&file.to_string()).diagnostics.is_empty(), "{n}");
    }
}
