//! A run that was stopped goes on as if it had not been.

use crate::support::{
    fail, last_checkpoint, metrics, run, succeed, timeless_metrics, weights, workflow,
};
use serde_json::Value;
use std::path::Path;

#[test]
fn stopped_at_an_update_and_resumed_equals_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "30", "--out", "whole", "--quiet"]);
    succeed(folder.path(), &["train", &path, "--updates", "15", "--out", "parts", "--quiet"]);
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "30", "--quiet"]);
    assert_eq!(weights(&at("whole")), weights(&at("parts")));
    assert_eq!(timeless_metrics(&at("whole")), timeless_metrics(&at("parts")));
}

#[test]
fn stopped_in_mid_rollout_and_resumed_equals_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // 1,000 steps are seven rollouts of 128 and 104 steps of the eighth.
    for name in ["cartpole_single", "cartpole_v1_ppo"] {
        let path = workflow(name);
        let (whole, parts) = (format!("{name}-whole"), format!("{name}-parts"));
        succeed(folder.path(), &["train", &path, "--updates", "20", "--out", &whole, "--quiet"]);
        succeed(folder.path(), &["train", &path, "--steps", "1000", "--out", &parts, "--quiet"]);
        succeed(folder.path(), &["train", "--resume", &parts, "--updates", "20", "--quiet"]);
        assert_eq!(weights(&at(&whole)), weights(&at(&parts)), "{name}");
        assert_eq!(timeless_metrics(&at(&whole)), timeless_metrics(&at(&parts)), "{name}");
    }
}

/// A checkpoint that is made by whatever trigger is one to go on from, for policies with and without a memory.
#[test]
fn checkpoints_of_every_trigger_are_resumed_bit_for_bit() {
    let triggers = [
        ("epoch", "2", "update_000004"),
        ("time", "1ms", "update_000003"),
        // Entropy falls from the first update on.
        ("best_metric", "entropy", "best_"),
    ];
    for name in ["cartpole_ppo", "cartpole_lstm"] {
        for (kind, value, checkpoint) in triggers {
            let folder = tempfile::tempdir().unwrap();
            let path = workflow(name);
            let set = [("checkpoint_trigger_type", kind), ("checkpoint_trigger_value", value)];
            let set = set.map(|(param, value)| format!("PPOTrainerNode.{param}={value}"));
            let train = ["train", &path, "--num-envs", "64", "--updates", "6", "--out", "run"];
            let set = ["--set", &set[0], "--set", &set[1], "--quiet"];
            let enabled = ["--set", "PPOTrainerNode.checkpoint_enabled=true"];
            succeed(folder.path(), &[&train[..], &set, &enabled].concat());
            let run = folder.path().join("run");
            let (before, rows) = (weights(&run), timeless_metrics(&run));
            let entries = std::fs::read_dir(run.join("checkpoints")).unwrap();
            let mut paths = entries.map(|entry| entry.unwrap().path());
            let found = paths.find(|path| path.to_string_lossy().contains(checkpoint));
            let found = found.unwrap_or_else(|| panic!("{kind}: no {checkpoint}"));
            let found = found.to_string_lossy().into_owned();
            let resumed = succeed(folder.path(), &["train", "--resume", &found, "--updates", "6"]);
            assert!(!resumed.contains("resumed at update 6"), "{resumed}");
            assert_eq!(weights(&run), before, "{name} {kind}");
            assert_eq!(timeless_metrics(&run), rows, "{name} {kind}");
        }
    }
}

/// A checkpoint that was damaged is passed over with a warning, and the older one goes on as if it had
/// been the last. What came after it is kept aside.
#[test]
fn a_damaged_checkpoint_gives_way_to_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "25", "--out", "whole", "--quiet"]);
    succeed(folder.path(), &["train", &path, "--updates", "22", "--out", "run", "--quiet"]);
    let damaged = last_checkpoint(&at("run"));
    let state = damaged.join("state.safetensors");
    let mut bytes = std::fs::read(&state).unwrap();
    // One bit among the numbers: the file is still well-formed.
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&state, &bytes).unwrap();
    // And what a process leaves that is killed while it writes.
    std::fs::create_dir(at("run/checkpoints/.unfinished-x")).unwrap();
    let resumed = run(folder.path(), &["train", "--resume", "run", "--updates", "25"]);
    let said = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success(), "{said}");
    assert!(said.contains("warning") && said.contains("state.safetensors"), "{said}");
    assert!(String::from_utf8_lossy(&resumed.stdout).contains("resumed at update 20"));
    assert_eq!(weights(&at("whole")), weights(&at("run")));
    assert_eq!(timeless_metrics(&at("whole")), timeless_metrics(&at("run")));
    let aside = at("run/superseded").join(damaged.file_name().unwrap());
    assert_eq!(std::fs::read(aside.join("state.safetensors")).unwrap(), bytes);
    assert!(!at("run/checkpoints/.unfinished-x").exists());
}

/// Rows in the middle that are none any more are named, and the file as it was is kept.
#[test]
fn damaged_rows_are_left_out_with_a_warning_and_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run/metrics.jsonl");
    let path = workflow("cartpole_single");
    succeed(folder.path(), &["train", &path, "--updates", "5", "--out", "run", "--quiet"]);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    (lines[1], lines[3]) = ("{\"update\": 2, \"ste", "\0\0\0");
    // The last row is one that was being written when the process was killed.
    let damaged = format!("{}\n{{\"upd", lines.join("\n"));
    std::fs::write(&file, &damaged).unwrap();
    let resume = ["train", "--resume", "run", "--updates", "7"];
    let resumed = run(folder.path(), &resume);
    let said = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success(), "{said}");
    let expected = "warning: run/metrics.jsonl: 2 rows of metrics are damaged and were left out: lines 2, 4; \
                    the file as it was is in run/superseded";
    assert!(said.contains(expected), "{said}");
    let updates: Vec<u64> = metrics(&folder.path().join("run"))
        .iter()
        .filter_map(|row| row["update"].as_u64())
        .collect();
    assert_eq!(updates, [1, 3, 5, 6, 7]);
    let aside = folder.path().join("run/superseded/metrics.jsonl");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), damaged);
    // Later rows and one that was cut off are no damage; that they go is said.
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{whole}{{\"update\": 8}}\n{{\"upd")).unwrap();
    let again = run(folder.path(), &["train", "--resume", "run", "--updates", "8"]);
    let said = [again.stdout, again.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    let said = said.concat();
    assert!(again.status.success() && !said.contains("damaged"), "{said}");
    let later =
        "metrics.jsonl: 1 row of an update after the checkpoint left out, to be made again: line 6";
    assert!(said.contains(later), "{said}");
    assert!(said.contains("metrics.jsonl: line 7 was cut off as it was written"), "{said}");
    assert!(!folder.path().join("run/superseded-2").exists());
    // The number of the last row turned into one beyond the checkpoint.
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replacen("\"update\":8", "\"update\":80", 1)).unwrap();
    let again = run(folder.path(), &["train", "--resume", "run", "--updates", "9"]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success(), "{said}");
    assert!(said.contains("1 row of metrics is damaged and was left out: line 6"), "{said}");
    assert!(folder.path().join("run/superseded-2/metrics.jsonl").exists());
}

#[test]
fn a_run_goes_on_from_the_checkpoint_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "23", "--out", "run", "--quiet"]);
    let all = || (weights(&at("run")), timeless_metrics(&at("run")));
    let before = all();
    let first = "run/checkpoints/update_000010_step_000000081920";
    let resumed = succeed(folder.path(), &["train", "--resume", first, "--updates", "23"]);
    assert!(resumed.contains("resumed at update 10"), "{resumed}");
    assert_eq!(all(), before);
    // Those that came after it have stepped aside, and are still good.
    let aside = "run/superseded/update_000020_step_000000163840";
    succeed(folder.path(), &["eval", aside, "--episodes", "4"]);
    // They come back with their rows, and what the run had instead steps aside.
    let short = succeed(folder.path(), &["train", "--resume", first, "--updates", "12"]);
    assert!(short.contains("superseded-2"), "{short}");
    let resumed = succeed(folder.path(), &["train", "--resume", aside, "--updates", "23"]);
    assert!(resumed.contains("resumed at update 20"), "{resumed}");
    assert_eq!(all(), before);
    assert!(at("run/superseded-3/update_000012_step_000000098304/state.safetensors").is_file());
}

#[test]
fn a_run_has_its_own_copy_of_its_scene() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("scenes/cartpole")).unwrap();
    for name in ["task.ron", "cartpole.xml"] {
        let original = crate::support::repository("scenes/cartpole").join(name);
        std::fs::copy(original, at("scenes/cartpole").join(name)).unwrap();
    }
    let path = workflow("cartpole_ppo");
    let train = ["train", &path, "--scenes", "scenes", "--quiet"];
    succeed(folder.path(), &[&train[..], &["--updates", "4", "--out", "whole"]].concat());
    succeed(folder.path(), &[&train[..], &["--updates", "2", "--out", "parts"]].concat());
    std::fs::write(at("scenes/cartpole/task.ron"), "nonsense").unwrap();
    std::fs::rename(at("parts"), at("moved")).unwrap();
    succeed(folder.path(), &["train", "--resume", "moved", "--updates", "4", "--quiet"]);
    assert_eq!(weights(&at("whole")), weights(&at("moved")));
    succeed(&at("moved"), &["eval", ".", "--episodes", "4"]);
    let info: Value =
        serde_json::from_slice(&std::fs::read(at("moved/run.json")).unwrap()).unwrap();
    assert!(Path::new(info["scenes"].as_str().unwrap()).is_absolute());
}

/// A scene of two choices at once whose value sees more than the policy, which has a memory.
#[test]
fn what_only_the_value_sees_is_resumed_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let scene = crate::support::repository("scenes/cartpole_masked");
    std::fs::create_dir_all(at("scenes/cartpole_masked")).unwrap();
    let change = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(scene.join(file)).unwrap();
        assert!(text.contains(from));
        std::fs::write(at("scenes/cartpole_masked").join(file), text.replacen(from, to, 1))
            .unwrap();
    };
    let second = r#"<motor name="nudge" joint="slider"/></actuator>"#;
    change("cartpole.xml", "</actuator>", second);
    let changed = r#"actions: MultiDiscrete([
        (name: "push", actuators: ["push"], choices: [[-200.0], [0.0], [200.0]]),
        (name: "nudge", actuators: ["nudge"], choices: [[-20.0], [20.0]]),
    ]),
    critic_observations: [("x_velocity", "qvel(slider)"), ("angle_velocity", "qvel(pole)")],"#;
    let actions = r#"actions: Continuous([(actuator: "push", scale: 400.0)]),"#;
    change("task.ron", actions, changed);

    let path = workflow("cartpole_lstm");
    let train = ["train", &path, "--scenes", "scenes", "--num-envs", "64", "--quiet"];
    let set = ["--set", "PPOAgentNode.action_space=multi_discrete"];
    let said = fail(folder.path(), &[&train[..], &set].concat());
    assert!(said.contains("set separate_value to true"), "{said}");
    let train = [&train[..], &set, &["--set", "PPOAgentNode.separate_value=true"]].concat();
    succeed(folder.path(), &[&train[..], &["--updates", "4", "--out", "whole"]].concat());
    // One rollout of 16 steps, and seven of the second.
    succeed(folder.path(), &[&train[..], &["--steps", "1472", "--out", "parts"]].concat());
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "4", "--quiet"]);
    assert_eq!(weights(&at("whole")), weights(&at("parts")));
    assert_eq!(timeless_metrics(&at("whole")), timeless_metrics(&at("parts")));
    succeed(folder.path(), &["eval", "whole", "--episodes", "5", "--deterministic"]);
    let said = succeed(folder.path(), &["export-policy", "whole", "--onnx", "policy.onnx"]);
    assert!(said.contains("to logits (batch, 5), h_out and c_out (batch, 32)"), "{said}");
}

/// Paths in a workflow are from where the run began, also when it is resumed or measured elsewhere.
#[test]
fn a_run_may_be_resumed_from_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let train = ["train", &path, "--updates", "1", "--out", "first", "--quiet"];
    succeed(folder.path(), &train);
    let weights = last_checkpoint(&folder.path().join("first")).join("weights.safetensors");
    std::fs::copy(weights, folder.path().join("w.safetensors")).unwrap();
    let mut document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    document["7"] = serde_json::json!(
        {"class_type": "CheckpointLoader", "inputs": {"path": "w.safetensors"}});
    document["3"]["inputs"]["model"] = serde_json::json!(["7", 0]);
    document["8"] = serde_json::json!(
        {"class_type": "CheckpointSaver",
         "inputs": {"model": ["3", 1], "path": "kept", "value": "2"}});
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = crate::support::repository("scenes").to_string_lossy().into_owned();
    let train = ["train", "w.json", "--scenes", &scenes, "--updates", "1", "--out", "run"];
    succeed(folder.path(), &train);
    // The run has its own copy.
    std::fs::remove_file(folder.path().join("w.safetensors")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").to_string_lossy().into_owned();
    let kept = format!("8.path={}", folder.path().join("kept").display());
    let resume = ["train", "--resume", &run, "--updates", "2", "--set", &kept];
    succeed(elsewhere.path(), &resume);
    succeed(elsewhere.path(), &["eval", &run, "--episodes", "2"]);
    assert_eq!(std::fs::read_dir(folder.path().join("kept")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

/// A checkpoint is of one workflow: what it lacks or has too much is not passed over.
#[test]
fn a_checkpoint_of_another_workflow_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "1", "--out", "run", "--quiet"]);
    let workflow = folder.path().join("run/workflow.json");
    let text = std::fs::read_to_string(&workflow).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let nodes = document["nodes"].as_array_mut().unwrap();
    let id = nodes.iter().map(|node| node["id"].as_u64().unwrap()).max().unwrap() + 1;
    nodes.push(serde_json::json!({
        "id": id, "type": "CheckpointSaver", "inputs": [{"name": "model", "link": 999}],
    }));
    let agent = nodes.iter().find(|node| node["type"] == "PPOAgentNode").unwrap()["id"].clone();
    let link = serde_json::json!([999, agent, 1, id, 0, "MODEL"]);
    document["links"].as_array_mut().unwrap().push(link);
    std::fs::write(&workflow, document.to_string()).unwrap();
    let said = fail(folder.path(), &["train", "--resume", "run"]);
    assert!(said.contains(&format!("holds nothing of node {id} (CheckpointSaver)")), "{said}");
    // And the other way round: made with the saver, resumed without it.
    let train = ["train", "with.json", "--updates", "1", "--out", "with", "--quiet"];
    let scenes = crate::support::repository("scenes").to_string_lossy().into_owned();
    std::fs::write(folder.path().join("with.json"), document.to_string()).unwrap();
    succeed(folder.path(), &[&train[..], &["--scenes", &scenes]].concat());
    std::fs::write(folder.path().join("with/workflow.json"), text).unwrap();
    let said = fail(folder.path(), &["train", "--resume", "with"]);
    assert!(said.contains(&format!("holds `{id}.trigger`")), "{said}");
}

/// Two runs that save into one folder neither replace nor remove each other's checkpoints.
#[test]
fn runs_share_a_folder_of_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    let mut document: Value =
        serde_json::from_slice(&std::fs::read(workflow("cartpole_single")).unwrap()).unwrap();
    document["8"] = serde_json::json!(
        {"class_type": "CheckpointSaver",
         "inputs": {"model": ["3", 1], "path": "kept", "value": "1", "keep": 1}});
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = crate::support::repository("scenes").to_string_lossy().into_owned();
    for (out, seed) in [("a", "1"), ("b", "2")] {
        let train = ["train", "w.json", "--scenes", &scenes, "--updates", "2", "--seed", seed];
        succeed(folder.path(), &[&train[..], &["--out", out, "--quiet"]].concat());
    }
    let kept = |name: &str| folder.path().join("kept").join(name).join("weights.safetensors");
    assert_eq!(std::fs::read_dir(folder.path().join("kept")).unwrap().count(), 2);
    let name = "update_000002_step_000000000256";
    for (out, name) in [("a", name.to_owned()), ("b", format!("{name}-2"))] {
        assert_eq!(std::fs::read(kept(&name)).unwrap(), weights(&folder.path().join(out)), "{out}");
    }
}

/// Values that are under way when a checkpoint is made are provided anew by those that sent them,
/// whatever passes them on.
#[test]
fn what_is_under_way_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let print = |from: Value| {
        let inputs = serde_json::json!({"input": from, "enabled": false});
        serde_json::json!({"class_type": "DebugPrint", "inputs": inputs})
    };
    // Before and after the rest in the file, and so in the order of what is free to run.
    document["0"] = print(serde_json::json!(["6", 1]));
    document["4"]["inputs"]["trigger"] = serde_json::json!(["0", 0]);
    document["9"] = print(serde_json::json!(["4", 0]));
    document["2"]["inputs"]["input_b"] = serde_json::json!(["9", 0]);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = crate::support::repository("scenes").to_string_lossy().into_owned();
    let train = |more: &[&str]| {
        let train = ["train", "w.json", "--scenes", &scenes, "--quiet"];
        succeed(folder.path(), &[&train[..], more].concat());
    };
    train(&["--updates", "8", "--out", "whole"]);
    train(&["--steps", "700", "--out", "run"]);
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "8", "--quiet"]);
    let at = |name: &str| folder.path().join(name);
    assert_eq!(weights(&at("run")), weights(&at("whole")));
    assert_eq!(timeless_metrics(&at("run")), timeless_metrics(&at("whole")));
}

/// Triggers by time and by the best metric go on from where a checkpoint found them.
#[test]
fn a_resumed_run_remembers_its_best() {
    let folder = tempfile::tempdir().unwrap();
    let best = folder.path().join("run/checkpoints/best_6/metadata.json");
    let path = workflow("cartpole_ppo");
    let train = ["train", &path, "--updates", "4", "--out", "run", "--quiet"];
    let set = ["checkpoint_trigger_type=best_metric", "checkpoint_trigger_value=entropy"];
    let set = set.map(|set| format!("PPOTrainerNode.{set}"));
    let set = ["--set", &set[0], "--set", &set[1]];
    succeed(folder.path(), &[&train[..], &set].concat());
    let value = || -> (u64, f64) {
        let metadata: Value = serde_json::from_slice(&std::fs::read(&best).unwrap()).unwrap();
        (metadata["update"].as_u64().unwrap(), metadata["best_metric"]["value"].as_f64().unwrap())
    };
    let entropies = |rows: &[Value]| -> Vec<f64> {
        rows.iter().map(|row| row["entropy"].as_f64().unwrap()).collect()
    };
    let highest = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
    let before = entropies(&timeless_metrics(&folder.path().join("run")));
    assert_eq!(value().1, highest(&before));
    // Entropy falls while it learns: nothing that comes is better than what there was.
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "12", "--quiet"]);
    let after = entropies(&timeless_metrics(&folder.path().join("run")));
    assert_eq!(highest(&after), highest(&before), "this test needs a metric that falls");
    assert_eq!(value().1, highest(&before));
}

/// A run that is already where it should stop takes no step: its checkpoint is written again, whole.
#[test]
fn resuming_where_the_limit_is_reached_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_single");
    succeed(folder.path(), &["train", &path, "--steps", "700", "--out", "run", "--quiet"]);
    let state = || std::fs::read(last_checkpoint(&at("run")).join("state.safetensors")).unwrap();
    let before = state();
    succeed(folder.path(), &["train", "--resume", "run", "--steps", "700", "--quiet"]);
    assert_eq!(state().len(), before.len());
    assert!(state() == before, "the checkpoint has changed");
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "8", "--quiet"]);
    succeed(folder.path(), &["train", &path, "--updates", "8", "--out", "whole", "--quiet"]);
    assert_eq!(weights(&at("run")), weights(&at("whole")));
    assert_eq!(timeless_metrics(&at("run")), timeless_metrics(&at("whole")));
}

#[test]
fn a_finished_run_makes_no_further_update() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let train = ["train", &path, "--set", "PPOTrainerNode.total_updates=3", "--out", "run"];
    succeed(folder.path(), &[&train[..], &["--quiet"]].concat());
    let out = folder.path().join("run");
    let (before, rows) = (weights(&out), timeless_metrics(&out));
    assert_eq!(rows.len(), 3);
    for args in [&[][..], &["--updates", "9"]] {
        let resume = [&["train", "--resume", "run", "--json"][..], args].concat();
        let summary: Value = serde_json::from_str(&succeed(folder.path(), &resume)).unwrap();
        assert_eq!(summary["updates"], 3, "{summary}");
        assert_eq!(summary["ended_by"], "end of training", "{summary}");
        let output = run(folder.path(), &resume);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("--resume run with --set PPOTrainerNode.total_updates=N"), "{said}");
        assert_eq!(weights(&out), before);
        assert_eq!(timeless_metrics(&out), rows);
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "2", "--out", "run", "--quiet"]);
    let state = last_checkpoint(&folder.path().join("run")).join("state.safetensors");
    let bytes = std::fs::read(&state).unwrap();
    for length in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&state, &bytes[..length]).unwrap();
        let said = fail(folder.path(), &["train", "--resume", "run"]);
        assert!(said.contains("state.safetensors"), "{said}");
        assert_eq!(std::fs::read(&state).unwrap().len(), length);
    }
    // Metrics of updates after a checkpoint that turns out to be damaged are not given up for it.
    let metrics = folder.path().join("run/metrics.jsonl");
    let rows = std::fs::read_to_string(&metrics).unwrap();
    let longer = format!("{rows}{}", rows.lines().last().unwrap().replace(":2,", ":3,"));
    std::fs::write(&metrics, &longer).unwrap();
    fail(folder.path(), &["train", "--resume", "run"]);
    assert_eq!(std::fs::read_to_string(&metrics).unwrap(), longer);
    std::fs::write(&state, &bytes).unwrap();
    let resumed = run(folder.path(), &["train", "--resume", "run", "--updates", "3"]);
    assert!(resumed.status.success());
}

#[test]
fn a_run_without_a_checkpoint_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "1", "--out", "run", "--quiet"]);
    std::fs::remove_dir_all(folder.path().join("run/checkpoints")).unwrap();
    std::fs::create_dir(folder.path().join("run/checkpoints")).unwrap();
    let said = fail(folder.path(), &["train", "--resume", "run"]);
    assert!(said.contains("no checkpoint yet") && said.contains("checkpoint_enabled"), "{said}");
}
