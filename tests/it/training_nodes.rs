//! Rewards of one's own, curricula, several tasks, and weights of other runs.

use crate::support::{
    fail, last_checkpoint, metrics, n_rows, repository, run, succeed, timeless_metrics, weights,
    workflow,
};
use dnne::learn::StateDict;
use serde_json::{Value, json};
use std::path::Path;

/// Writes a shipped workflow with changes into a folder.
fn changed(folder: &Path, name: &str, file: &str, change: impl FnOnce(&mut Value)) {
    let text = std::fs::read_to_string(workflow(name)).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    change(&mut document);
    std::fs::write(folder.join(file), document.to_string()).unwrap();
}

/// Trains a file of the folder with the shipped scenes; gives what it printed.
fn train(folder: &Path, file: &str, out: &str, more: &[&str]) -> String {
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let args = ["train", file, "--scenes", &scenes, "--out", out];
    succeed(folder, &[&args[..], more].concat())
}

/// Runs some updates at once, and the same number with a stop half-way: the runs must be the same.
fn assert_resumes(folder: &Path, file: &str, more: &[&str]) {
    let updates = |n: &'static str| [&["--updates", n, "--quiet"][..], more].concat();
    train(folder, file, "whole", &updates("6"));
    train(folder, file, "parts", &updates("3"));
    succeed(folder, &["train", "--resume", "parts", "--updates", "6", "--quiet"]);
    let [whole, parts] = ["whole", "parts"].map(|run| folder.join(run));
    assert_eq!(weights(&whole), weights(&parts));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
}

fn shaper(terms: &str, weights: &str) -> Value {
    json!({"class_type": "RewardShaper", "inputs": {
        "rewards": ["4", 1], "observations": ["4", 4], "states": ["2", 0], "actions": ["3", 0],
        "dones": ["4", 2], "terms": terms, "weights": weights}})
}

fn shaped(folder: &Path, file: &str, terms: &str, weights: &str) {
    changed(folder, "cartpole_single", file, |document| {
        document["9"] = shaper(terms, weights);
        document["6"]["inputs"]["rewards"] = json!(["9", 0]);
    });
}

#[test]
fn a_shaper_without_terms_changes_nothing_and_terms_do() {
    let folder = tempfile::tempdir().unwrap();
    shaped(folder.path(), "empty.json", "", "");
    let terms = "far: -abs(obs(cart_position)); half: 0.5; moved: obs(0) - previous_obs(0)";
    shaped(folder.path(), "some.json", terms, "half: 1 + progress; pole_speed: 0");
    changed(folder.path(), "cartpole_single", "plain.json", |_| {});
    for name in ["empty", "some", "plain"] {
        train(folder.path(), &format!("{name}.json"), name, &["--updates", "3", "--quiet"]);
    }
    let of = |name: &str| weights(&folder.path().join(name));
    assert_eq!(of("empty"), of("plain"));
    assert_ne!(of("some"), of("plain"));
    let row = &metrics(&folder.path().join("some"))[0];
    let term = |name: &str| row["reward_terms"][name].as_f64().unwrap();
    assert_eq!(term("half"), 0.5);
    assert!(term("far") < 0.0 && term("upright") > 0.0, "{row}");
    // The first update is of the same episodes: its return is that of the scene.
    let plain = &metrics(&folder.path().join("plain"))[0];
    assert_eq!(row["episode_return"], plain["episode_return"]);
}

/// Of a training without an end nothing is done, however long it goes on.
#[test]
fn progress_stays_0_where_there_is_no_end() {
    for (total, expected) in [(0, [0.0, 0.0, 0.0]), (4, [0.0, 0.25, 0.5])] {
        let folder = tempfile::tempdir().unwrap();
        shaped(folder.path(), "w.json", "p: progress", "");
        let set = format!("PPOTrainerNode.total_updates={total}");
        let more = ["--updates", "3", "--quiet", "--set", &set];
        train(folder.path(), "w.json", "run", &more);
        let rows = metrics(&folder.path().join("run"));
        let progress: Vec<f64> =
            rows.iter().map(|row| row["reward_terms"]["p"].as_f64().unwrap()).collect();
        assert_eq!(progress, expected, "of {total}");
    }
}

#[test]
fn a_shaped_run_is_resumed_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("reacher_shaped")).unwrap();
    std::fs::write(folder.path().join("w.json"), text).unwrap();
    assert_resumes(folder.path(), "w.json", &["--num-envs", "40"]);
    let rows = metrics(&folder.path().join("whole"));
    // Episodes end every fifty steps, updates come every 32.
    let ended = rows.iter().filter(|row| row["episodes"] != 0);
    let rates: Vec<f64> = ended.filter_map(|row| row["success_rate"].as_f64()).collect();
    assert!(rates.len() == 3 && rates.iter().all(|rate| (0.0..=1.0).contains(rate)), "{rates:?}");
    assert!(rows[0]["reward_terms"]["approach"].is_number(), "{}", rows[0]);
}

#[test]
fn a_mistake_in_a_term_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    shaped(folder.path(), "w.json", "far: abs(obs(cart_positon))", "upryght: 2");
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let said = fail(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    for part in [
        "w.json:1:",
        "`terms`",
        "at 14",
        "did you mean `cart_position`?",
        "`weights`",
        "did you mean \"upright\"?",
        "2 errors",
    ] {
        let part = part.trim_matches('`');
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// What is like a tensor fits the input, and need not be what the expressions are about.
#[test]
fn links_that_bring_something_else_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["9"] = shaper("far: -abs(obs(cart_position))", "");
        document["9"]["inputs"]["observations"] = json!(["4", 1]);
        document["6"]["inputs"]["rewards"] = json!(["9", 0]);
    });
    let said = fail(folder.path(), &["train", "w.json", "--scenes", &scenes, "--out", "run"]);
    assert!(said.contains("node 9") && said.contains("instead of"), "{said}");
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["9"] = shaper("far: -abs(obs(cart_position))", "");
        document["9"]["inputs"]["observations"] = json!(["4", 0]);
        document["10"] = json!({"class_type": "Curriculum", "inputs": {"follow": "success_rate"}});
    });
    let checked = run(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}");
    assert!(said.contains("after-reset") && said.contains("next_observations"), "{said}");
    assert!(said.contains("idle-curriculum") && said.contains("connect difficulty"), "{said}");
}

#[test]
fn a_shaped_reward_that_is_not_finite_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    shaped(folder.path(), "w.json", "good: 1; bad: 1 / (progress - progress)", "");
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let arguments = ["train", "w.json", "--no-trial", "--scenes", &scenes, "--out", "run"];
    let said = fail(folder.path(), &arguments);
    let cause = "not finite in 1 of 1 environments since the update before: \"bad\" of the RewardShaper in 1";
    assert!(said.contains("node 6") && said.contains(cause), "{said}");
    // The update was made and told, and what was learned is there.
    assert_eq!(n_rows(&folder.path().join("run")), 1);
    assert!(said.contains("saved in") && last_checkpoint(&folder.path().join("run")).exists());
}

fn with_curriculum(folder: &Path, curriculum: &Value) {
    changed(folder, "cartpole_single", "w.json", |document| {
        document["9"] = json!({"class_type": "Curriculum", "inputs": curriculum});
        document["4"]["inputs"]["difficulty"] = json!(["9", 0]);
        document["6"]["inputs"]["total_updates"] = json!(8);
    });
}

#[test]
fn a_curriculum_follows_progress_and_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    with_curriculum(folder.path(), &json!({"start": 0.2, "end": 1.0, "finish_at": 0.5}));
    assert_resumes(folder.path(), "w.json", &[]);
    let rows = metrics(&folder.path().join("whole"));
    let difficulty: Vec<f64> =
        rows.iter().map(|row| (row["difficulty"].as_f64().unwrap() * 1e9).round() / 1e9).collect();
    assert_eq!(difficulty, [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]);
}

#[test]
fn a_curriculum_that_is_earned_rises_and_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let curriculum = json!({
        "follow": "episode_return", "raise_at": 1.0, "step": 0.25, "episodes": 4, "loss": ["6", 0]});
    with_curriculum(folder.path(), &curriculum);
    assert_resumes(folder.path(), "w.json", &[]);
    let rows = metrics(&folder.path().join("whole"));
    assert_eq!(rows[0]["difficulty"], 0.0);
    assert!(rows[5]["difficulty"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_curriculum_without_an_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    with_curriculum(folder.path(), &json!({}));
    let text = std::fs::read_to_string(folder.path().join("w.json")).unwrap();
    let endless = text.replace("\"total_updates\":8", "\"total_updates\":0");
    std::fs::write(folder.path().join("w.json"), endless).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let said = fail(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    assert!(said.contains("endless-schedule") && said.contains("follow"), "{said}");
}

#[test]
fn one_agent_learns_several_tasks_and_is_resumed_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("walkers_multi_task")).unwrap();
    std::fs::write(folder.path().join("w.json"), text).unwrap();
    assert_resumes(folder.path(), "w.json", &["--num-envs", "10"]);
    let row = metrics(&folder.path().join("whole")).pop().unwrap();
    for task in ["hopper", "walker2d"] {
        assert!(row["tasks"][task]["episode_return"].is_number(), "{row}");
    }
    assert!(row["reward_terms"]["hopper.forward"].is_number(), "{row}");
    assert_eq!(row["steps"], 6 * 32 * 30);
    // 17 observations of the longest, 3 tasks.
    let state = StateDict::from_safetensors(&weights(&folder.path().join("whole"))).unwrap();
    assert_eq!(state.get("trunk.0.weight").unwrap().shape(), [256, 20]);
    assert_eq!(state.get("mu.bias").unwrap().shape(), [6]);

    let eval = ["eval", "whole", "--episodes", "3", "--json"];
    let evaluation: Value = serde_json::from_str(&succeed(folder.path(), &eval)).unwrap();
    assert_eq!(evaluation["episodes"], 9);
    assert_eq!(evaluation["tasks"]["half_cheetah"]["episodes"], 3);
    assert_eq!(evaluation["per_episode"][8]["task"], "half_cheetah");
}

/// The same scene twice is two tasks that do not see the same.
#[test]
fn tasks_in_the_same_scene_have_names_and_seeds_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["1"]["inputs"]["num_envs"] = json!(8);
        document["7"] = document["1"].clone();
        document["8"] =
            json!({"class_type": "MultiTask", "inputs": {"sim_a": ["1", 0], "sim_b": ["7", 0]}});
        document["2"]["inputs"]["input_a"] = json!(["8", 1]);
        document["4"]["inputs"]["sim"] = json!(["8", 0]);
        document["4"]["inputs"]["actions"] = json!(["3", 0]);
        document["3"]["inputs"]["input_size"] = json!(6);
        document["9"] = shaper("far: -abs(obs(cart_position))", "");
        document["6"]["inputs"]["rewards"] = json!(["9", 0]);
        document.as_object_mut().unwrap().remove("5");
    });
    train(folder.path(), "w.json", "run", &["--updates", "2", "--quiet"]);
    let row = metrics(&folder.path().join("run")).pop().unwrap();
    let (a, b) = (&row["tasks"]["cartpole-1"], &row["tasks"]["cartpole-7"]);
    assert!(a["episodes"].as_u64().unwrap() > 0 && b["episodes"].as_u64().unwrap() > 0, "{row}");
    assert_ne!(a["episode_return"], b["episode_return"]);
    // Both call it so.
    assert!(row["reward_terms"]["far"].as_f64().unwrap() < 0.0, "{row}");
}

/// Of two tasks only one shows the value more than the policy.
#[test]
fn tasks_with_and_without_what_only_the_value_sees_are_joined_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    for (scene, files) in [
        ("cartpole", ["task.ron", "cartpole.xml"]),
        ("cartpole_masked", ["task.ron", "cartpole.xml"]),
    ] {
        std::fs::create_dir_all(folder.path().join("scenes").join(scene)).unwrap();
        for file in files {
            let path = format!("scenes/{scene}/{file}");
            let text = std::fs::read_to_string(repository(&path)).unwrap();
            let seen = "critic_observations: [(\"x_velocity\", \"qvel(slider)\")], rewards:";
            let text = match path.as_str() {
                "scenes/cartpole_masked/task.ron" => text.replacen("rewards:", seen, 1),
                _ => text,
            };
            std::fs::write(folder.path().join(path), text).unwrap();
        }
    }
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["1"]["inputs"]["num_envs"] = json!(8);
        document["7"] = document["1"].clone();
        document["7"]["inputs"]["env_name"] = json!("CartpoleMasked");
        document["8"] =
            json!({"class_type": "MultiTask", "inputs": {"sim_a": ["1", 0], "sim_b": ["7", 0]}});
        document["2"]["inputs"]["input_a"] = json!(["8", 1]);
        document["4"]["inputs"]["sim"] = json!(["8", 0]);
        document["4"]["inputs"]["actions"] = json!(["3", 0]);
        document["3"]["inputs"]["input_size"] = json!(0);
        document["3"]["inputs"]["separate_value"] = json!(true);
        document["3"]["inputs"]["normalize_observations"] = json!(true);
        document.as_object_mut().unwrap().remove("5");
    });
    let train = ["train", "w.json", "--quiet", "--scenes", "scenes", "--out"];
    succeed(folder.path(), &[&train[..], &["whole", "--updates", "4"]].concat());
    succeed(folder.path(), &[&train[..], &["parts", "--updates", "2"]].concat());
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "4", "--quiet"]);
    let [whole, parts] = ["whole", "parts"].map(|run| folder.path().join(run));
    assert_eq!(weights(&whole), weights(&parts));
    // Four observations and two tasks; and one number more for the value.
    let state = state(&whole);
    let inputs = |name: &str| state.get(name).unwrap().shape()[1];
    assert_eq!((inputs("trunk.0.weight"), inputs("value_trunk.0.weight")), (6, 7));
    succeed(folder.path(), &["eval", "whole", "--episodes", "2"]);
}

#[test]
fn tasks_that_cannot_be_joined_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let check = |part: &str, change: &dyn Fn(&mut Value)| {
        changed(folder.path(), "walkers_multi_task", "w.json", |document| change(document));
        let said = fail(folder.path(), &["check", "w.json", "--scenes", &scenes]);
        assert!(said.contains(part), "{part}: {said}");
    };
    check("one agent cannot both measure and choose", &|document| {
        document["11"]["inputs"]["env_name"] = json!("CartpoleV1");
    });
    check("join both with a MultiTask node", &|document| {
        document["12"]["inputs"].as_object_mut().unwrap().remove("sim_c");
    });
    check("makes actions for one task", &|document| {
        document["13"] = json!({"class_type": "AntActionNode", "inputs": {"policy": ["3", 0]}});
        document["4"]["inputs"]["actions"] = json!(["13", 0]);
    });
}

/// Every tensor of a run's last weights.
fn state(run: &Path) -> StateDict {
    StateDict::from_safetensors(&weights(run)).unwrap()
}

#[test]
fn weights_of_another_run_are_taken_where_they_fit_and_stay_frozen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "2", "--out", "first", "--quiet"]);
    let path = workflow("reacher_ppo");
    let mut args = vec!["train", &path, "--num-envs", "16", "--out", "second"];
    args.extend(["--set", "PPOAgentNode.hidden_sizes=32,32"]);
    args.extend(["--set", "PPOAgentNode.frozen=trunk.1, values"]);
    args.extend(["--init-from", "first"]);
    let said = succeed(folder.path(), &[&args[..], &["--updates", "2"]].concat());
    let line = |tensor: &str| said.lines().find(|line| line.contains(tensor)).unwrap().to_owned();
    assert!(said.contains("tensors taken from first"), "{said}");
    assert!(line("trunk.0.weight").contains("[32, 10]"), "{said}");
    assert!(line("trunk.0.weight").contains("[32, 4]"), "{said}");
    assert!(line("trunk.0.bias").ends_with("its layer differs"), "{said}");
    assert!(line("trunk.1.weight").ends_with("taken"), "{said}");
    let info: Value =
        serde_json::from_slice(&std::fs::read(at("second/run.json")).unwrap()).unwrap();
    let source = last_checkpoint(&at("first")).canonicalize().unwrap();
    assert_eq!(info["init_from"], json!(source));
    let resumed = succeed(folder.path(), &["train", "--resume", "second", "--updates", "4"]);
    assert!(!resumed.contains("tensors taken"), "{resumed}");
    let (first, second) = (state(&at("first")), state(&at("second")));
    for name in ["trunk.1.weight", "trunk.1.bias", "values.mean", "values.count"] {
        assert_eq!(first.get(name), second.get(name), "{name}");
    }
    assert_ne!(first.get("value.weight"), second.get("value.weight"));

    // The same by nodes, where a mismatch is an error unless it is allowed.
    changed(folder.path(), "reacher_ppo", "w.json", |document| {
        // Of a run it is the last checkpoint.
        document["20"] = json!({"class_type": "CheckpointLoader",
            "inputs": {"path": "first", "mismatch": "overlap"}});
        document["3"]["inputs"]["model"] = json!(["20", 0]);
        document["3"]["inputs"]["hidden_sizes"] = json!([32, 32]);
    });
    let more = ["--updates", "1", "--num-envs", "16"];
    let said = train(folder.path(), "w.json", "third", &more);
    assert!(said.contains("taken where they overlap"), "{said}");
    let refuse = ["--set", "CheckpointLoader.mismatch=refuse"];
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let args = ["train", "w.json", "--scenes", &scenes, "--out", "fourth"];
    let said = fail(folder.path(), &[&args[..], &refuse].concat());
    assert!(said.contains("trunk.0.bias") || said.contains("expected shape"), "{said}");
    // One bit among the numbers: the file is still well-formed.
    let file = last_checkpoint(&at("first")).join("weights.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let said = fail(folder.path(), &args);
    assert!(said.contains("weights.safetensors is damaged"), "{said}");
}

#[test]
fn a_frozen_layer_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["3"]["inputs"]["frozen"] = json!("trunk.0, trunc.1");
    });
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let said = fail(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    assert!(said.contains("`trunc.1`") && said.contains("trunk.1, mu, value"), "{said}");
}

#[test]
fn a_profile_has_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let args = ["train", &path, "--updates", "2", "--out", "run", "--profile", "p.json", "--quiet"];
    succeed(folder.path(), &args);
    let text = std::fs::read_to_string(folder.path().join("p.json")).unwrap();
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let count = |name: &str, phase: &str| {
        events.iter().filter(|event| event["name"] == name && event["ph"] == phase).count()
    };
    for (name, n) in [
        ("tick", 32),
        ("simulate", 32),
        ("observe", 32),
        ("infer", 32),
        ("store", 32),
        ("update", 2),
        ("minibatch", 16),
        ("checkpoint", 1),
    ] {
        assert_eq!((count(name, "B"), count(name, "E")), (n, n), "{name}");
    }
    for name in ["node", "shard", "physics", "task", "gradient", "adam", "advantages"] {
        assert!(count(name, "B") > 0, "{name}");
    }
    let nodes = events.iter().filter_map(|event| event["args"]["node"].as_str());
    assert!(nodes.into_iter().any(|node| node == "4 (Step)"), "{text:.2000}");
    fail(folder.path(), &["train", &path, "--out", "b", "--profile", "no/such/folder.json"]);
}

#[test]
fn a_profile_replaces_nothing_but_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_single");
    let train = ["train", &path, "--updates", "1", "--quiet", "--profile"];
    std::fs::write(at("w.json"), "{}").unwrap();
    let said = fail(folder.path(), &[&train[..], &["w.json", "--out", "a"]].concat());
    assert!(said.contains("w.json exists and is not a trace"), "{said}");
    assert_eq!(std::fs::read_to_string(at("w.json")).unwrap(), "{}");
    assert!(!at("a").exists());
    std::fs::write(at("p.json"), "[]").unwrap();
    succeed(folder.path(), &[&train[..], &["p.json", "--out", "a"]].concat());
    let text = std::fs::read_to_string(at("p.json")).unwrap();
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(events.len() > 100);
    // Nothing half-written is left beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn parts_of_measured_rewards_add_up_to_the_return() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "1", "--out", "run", "--quiet"]);
    let eval = ["eval", "run", "--episodes", "5", "--json"];
    let evaluation: Value = serde_json::from_str(&succeed(folder.path(), &eval)).unwrap();
    let episodes = evaluation["per_episode"].as_array().unwrap();
    assert_eq!(episodes.len(), 5);
    let mut n_successes = 0;
    for episode in episodes {
        let terms = episode["reward_terms"].as_object().unwrap();
        let sum: f64 = terms.values().map(|mean| mean.as_f64().unwrap()).sum();
        let length = episode["length"].as_f64().unwrap();
        let total = episode["return"].as_f64().unwrap();
        assert!((sum * length - total).abs() < 1e-3, "{episode}");
        // Cartpole's task names no goal but to last.
        assert_eq!(episode["success"], episode["survived"]);
        n_successes += usize::from(episode["success"] == true);
    }
    assert_eq!(evaluation["success_rate"], n_successes as f64 / 5.0);
    assert!(evaluation["reward_terms"]["upright"]["mean"].is_number());
}

/// What a checkpoint says of itself, at each trigger.
#[test]
fn checkpoints_say_where_they_come_from() {
    use sha2::{Digest, Sha256};
    let folder = tempfile::tempdir().unwrap();
    let saver = |trigger: &str, value: &str, path: &str| {
        json!({"class_type": "CheckpointSaver", "inputs":
               {"model": ["3", 1], "trigger": trigger, "value": value, "path": path}})
    };
    changed(folder.path(), "cartpole_single", "w.json", |document| {
        document["20"] = saver("epoch", "2", "by_epoch");
        document["21"] = saver("time", "1ms", "by_time");
        document["22"] = saver("best_metric", "steps", "by_best");
    });
    train(folder.path(), "w.json", "run", &["--updates", "3", "--quiet"]);
    let digest = Sha256::digest(std::fs::read(folder.path().join("run/workflow.json")).unwrap());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let best = json!({"metric": "steps", "value": 384.0, "direction": "highest"});
    for (path, node, trigger, n, best) in [
        ("by_epoch", "20", "epoch 2", 1, Value::Null),
        ("by_time", "21", "time 1ms", 3, Value::Null),
        ("by_best", "22", "best_metric steps", 1, best),
    ] {
        let entries = std::fs::read_dir(folder.path().join(path)).unwrap();
        let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(paths.len(), n, "{path}");
        let newest = paths.iter().max().unwrap().join("metadata.json");
        let metadata: Value = serde_json::from_slice(&std::fs::read(newest).unwrap()).unwrap();
        assert_eq!(metadata["node"], node);
        assert_eq!(metadata["trigger"], trigger);
        assert_eq!(metadata["best_metric"], best);
        assert_eq!(metadata["workflow_hash"], json!(hash));
        assert_eq!(metadata["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(metadata["hyperparameters"]["6"]["gamma"], 0.99);
        let update = metadata["update"].as_u64().unwrap();
        assert_eq!(metadata["step"], 128 * update);
        assert!(metadata["time"].as_str().unwrap().ends_with('Z'), "{metadata}");
    }
    // Who changes a run's workflow hears of it.
    let file = folder.path().join("run/workflow.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text} ")).unwrap();
    // And of savers that write elsewhere, unless that is said.
    let resume = ["train", "--resume", "run", "--updates", "4"];
    let refused = fail(folder.path(), &resume);
    assert!(refused.contains("writes outside of the run's folder"), "{refused}");
    let places =
        ["--set", "20.path=by_epoch", "--set", "21.path=by_time", "--set", "22.path=by_best"];
    let resumed = run(folder.path(), &[&resume[..], &places].concat());
    let said = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success() && said.contains("is not as it was"), "{said}");
}
