//! Trainings that see pictures: stopped anywhere they go on to the bit, and they stand beside all else that a workflow
//! has. Students that see pictures learn from teachers that see the state.

use crate::support::{
    fail, last_checkpoint, n_rows, repository, succeed, timeless_metrics, wait_for, weights,
    workflow,
};
use dnne::learn::StateDict;
use serde_json::{Value, json};
use std::path::Path;

/// A small training from two gray pictures of 24 x 24, through all three nodes of vision.
fn seeing() -> Value {
    json!({
        "1": {"class_type": "IsaacGymEnvNode", "inputs": {"env_name": "CartpolePixels", "num_envs": 12}},
        "2": {"class_type": "ORNode", "inputs": {"input_a": ["1", 1], "input_b": ["4", 0]}},
        "3": {"class_type": "PPOAgentNode", "inputs": {
            "observations": ["13", 0], "hidden_sizes": [16], "separate_value": true,
            "value_sees_pictures": false, "normalize_observations": true}},
        "4": {"class_type": "IsaacGymStepNode", "inputs": {
            "sim": ["11", 0], "actions": ["3", 0], "trigger": ["6", 1]}},
        "6": {"class_type": "PPOTrainerNode", "inputs": {
            "states": ["2", 0], "policy_outputs": ["3", 0], "rewards": ["4", 1], "dones": ["4", 2],
            "model": ["3", 1], "horizon_length": 8, "minibatch_size": 48, "epochs": 2,
            "checkpoint_enabled": true, "checkpoint_trigger_value": "1"}},
        "11": {"class_type": "CameraNode", "inputs": {
            "sim": ["1", 0], "width": 24, "height": 24, "noise": 4.0}},
        "12": {"class_type": "FrameStackNode", "inputs": {"observations": ["2", 0], "frames": 2}},
        "13": {"class_type": "CNNFeatureExtractorNode", "inputs": {"observations": ["12", 0],
            "preset": "custom", "filters": [4, 8], "kernel_sizes": [5, 3], "strides": [2, 2],
            "features": 12, "scaling": "mean_free"}}
    })
}

fn write(folder: &Path, document: &Value) {
    std::fs::write(folder.join("w.json"), document.to_string()).unwrap();
}

fn scenes() -> String {
    repository("scenes").to_string_lossy().into_owned()
}

fn train(folder: &Path, more: &[&str]) -> String {
    let scenes = scenes();
    let args = ["train", "w.json", "--scenes", &scenes, "--quiet"];
    succeed(folder, &[&args[..], more].concat())
}

/// Four updates in one go on one thread, and the same on two, stopped within the third and at its end.
fn goes_on(folder: &Path, name: &str) {
    train(folder, &["--updates", "4", "--threads", "1", "--out", "whole"]);
    // Two rollouts of 8 steps of 12 environments and three steps of the third; then the rest of the third, so that a
    // rollout has just ended; then the fourth.
    train(folder, &["--steps", "228", "--threads", "2", "--out", "parts"]);
    for updates in ["3", "4"] {
        let resume = ["train", "--resume", "parts", "--updates", updates, "--threads", "2"];
        succeed(folder, &[&resume[..], &["--quiet"]].concat());
    }
    let [whole, parts] = ["whole", "parts"].map(|run| folder.join(run));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts), "{name}");
    assert!(weights(&whole) == weights(&parts), "{name}: other weights");
    let first = std::fs::read_dir(whole.join("checkpoints")).unwrap();
    let mut first: Vec<_> = first.map(|entry| entry.unwrap().path()).collect();
    first.sort();
    let state = |path: &Path| {
        StateDict::from_safetensors(&std::fs::read(path.join("weights.safetensors")).unwrap())
    };
    let (begin, end) = (state(&first[0]).unwrap(), state(&last_checkpoint(&whole)).unwrap());
    assert!(first.len() > 3 && begin != end, "{name}: nothing was learned");
}

/// What a pixel training may stand beside. Each is trained, and stopped and resumed to the same bits.
#[test]
fn pixels_go_on_to_the_bit_beside_all_else() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 7] = [
        ("alone", |_| {}),
        ("a stack by the task", |document| {
            for (node, from) in [("4", "11"), ("13", "12")] {
                let inputs = document[node]["inputs"].as_object_mut().unwrap();
                let (port, source) = if from == "11" {
                    ("sim", json!(["1", 0]))
                } else {
                    ("observations", json!(["2", 0]))
                };
                inputs.insert(port.to_owned(), source);
                document.as_object_mut().unwrap().remove(from);
            }
            document["13"]["inputs"] = json!({"observations": ["2", 0]});
        }),
        ("a recurrent policy", |document| {
            document["3"]["inputs"]["rnn"] = json!("lstm");
            document["3"]["inputs"]["rnn_size"] = json!(8);
            document["6"]["inputs"]["sequence_length"] = json!(4);
        }),
        ("a value that sees pictures", |document| {
            document["3"]["inputs"]["value_sees_pictures"] = json!(true);
        }),
        ("a RewardShaper", |document| {
            document["7"] = json!({"class_type": "RewardShaper", "inputs": {
                "rewards": ["4", 1], "observations": ["4", 4], "actions": ["3", 0],
                "terms": "calm: -0.1 * action(push)^2 - 0.1 * abs(obs(pole_angle))", "weights": "cart_speed: 0.5"}});
            document["6"]["inputs"]["rewards"] = json!(["7", 0]);
        }),
        ("DebugPrint and Display", |document| {
            document["7"] = json!({"class_type": "DebugPrint", "inputs": {"input": ["2", 0]}});
            document["12"]["inputs"]["observations"] = json!(["7", 0]);
            document["8"] = json!({"class_type": "Display", "inputs": {"input": ["4", 0]}});
        }),
        ("two tasks", |document| {
            document["1"]["inputs"]["num_envs"] = json!(8);
            document["20"] = json!({"class_type": "IsaacGymEnvNode",
                "inputs": {"env_name": "CartpolePixels", "num_envs": 4}});
            document["21"] = json!({"class_type": "CameraNode",
                "inputs": {"sim": ["20", 0], "width": 24, "height": 24}});
            document["22"] = json!({"class_type": "MultiTask",
                "inputs": {"sim_a": ["11", 0], "sim_b": ["21", 0]}});
            document["2"]["inputs"]["input_a"] = json!(["22", 1]);
            document["4"]["inputs"]["sim"] = json!(["22", 0]);
        }),
    ];
    for (name, edit) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut document = seeing();
        edit(&mut document);
        write(folder.path(), &document);
        goes_on(folder.path(), name);
    }
}

/// Where a policy sees nothing but pictures, it is told beside them which of several tasks they are of.
#[test]
fn tasks_of_pictures_alone_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut document = seeing();
    document["20"] = json!({"class_type": "IsaacGymEnvNode",
        "inputs": {"env_name": "CartpolePixels", "num_envs": 4}});
    document["21"] = json!({"class_type": "CameraNode",
        "inputs": {"sim": ["20", 0], "width": 24, "height": 24}});
    document["22"] = json!({"class_type": "MultiTask",
        "inputs": {"sim_a": ["11", 0], "sim_b": ["21", 0]}});
    document["2"]["inputs"]["input_a"] = json!(["22", 1]);
    document["4"]["inputs"]["sim"] = json!(["22", 0]);
    write(folder.path(), &document);
    train(folder.path(), &["--updates", "3", "--out", "run"]);
    let checkpoints = std::fs::read_dir(folder.path().join("run/checkpoints")).unwrap();
    let mut all: Vec<_> = checkpoints.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let layer = |path: &Path| {
        let bytes = std::fs::read(path.join("weights.safetensors")).unwrap();
        let state = StateDict::from_safetensors(&bytes).unwrap();
        // 12 features of the picture, and a number for each task.
        state.get_f32("trunk.0.weight", &[16, 14]).unwrap().to_vec()
    };
    let (first, last) = (layer(&all[0]), layer(&last_checkpoint(&folder.path().join("run"))));
    // Both numbers' weights learn, so neither is always 0.
    for column in [12, 13] {
        let moved = (0..16).any(|row| first[row * 14 + column] != last[row * 14 + column]);
        assert!(moved, "column {column}");
    }
    let said = succeed(folder.path(), &["export-policy", "run", "--onnx", "policy.onnx"]);
    assert!(said.contains("front") && said.contains("task_id"), "{said}");
    succeed(folder.path(), &["eval", "run", "--episodes", "2"]);
}

/// A process that is killed goes on from its last checkpoint to the same bits.
#[cfg(unix)]
#[test]
fn pixels_go_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &seeing());
    train(folder.path(), &["--updates", "40", "--out", "whole"]);
    let scenes = scenes();
    let args = ["train", "w.json", "--scenes", &scenes, "--out", "parts", "--quiet"];
    let mut child = crate::support::start(folder.path(), &args);
    let parts = folder.path().join("parts");
    wait_for("three updates", || n_rows(&parts) >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(n_rows(&parts) < 40, "it was not killed in time");
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "40", "--quiet"]);
    let whole = folder.path().join("whole");
    assert!(weights(&whole) == weights(&parts));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
}

/// Pixels and the other engine: pictures are drawn of the bodies as that engine has them.
#[test]
fn a_policy_that_sees_pictures_is_measured_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &seeing());
    train(folder.path(), &["--updates", "1", "--out", "run"]);
    let eval = ["eval", "run", "--episodes", "3", "--deterministic"];
    let said = succeed(folder.path(), &eval);
    assert!(said.contains("return"), "{said}");
    let rapier = [&eval[..], &["--physics", "rapier"]].concat();
    if cfg!(feature = "rapier") {
        let said = succeed(folder.path(), &rapier);
        assert!(said.contains("in Rapier"), "{said}");
    } else {
        let said = fail(folder.path(), &rapier);
        assert!(said.contains("rapier"), "{said}");
    }
    let said = succeed(folder.path(), &["export-policy", "run", "--onnx", "policy.onnx"]);
    assert!(said.contains("front"), "{said}");
    let bytes = std::fs::read(folder.path().join("policy.onnx")).unwrap();
    assert!(bytes.windows(4).any(|it| it == b"Conv"));
    // A policy for other pictures is not taken for this one.
    let mut other = seeing();
    other["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": "run"}});
    other["3"]["inputs"]["model"] = json!(["7", 0]);
    other["12"]["inputs"]["frames"] = json!(3);
    write(folder.path(), &other);
    let scenes = scenes();
    let said = fail(folder.path(), &["train", "w.json", "--scenes", &scenes, "--out", "other"]);
    assert!(said.contains("cnn.front.0.weight"), "{said}");
}

/// A student of two pictures, and a teacher that sees the state: the file of the teacher may go once it is known.
#[test]
fn a_student_of_pixels_goes_on_to_the_bit_without_its_teachers_run() {
    let folder = tempfile::tempdir().unwrap();
    let teacher = workflow("cartpole_ppo");
    let args = ["train", &teacher, "--num-envs", "32", "--updates", "2", "--out", "expert"];
    succeed(folder.path(), &[&args[..], &["--quiet"]].concat());
    let mut document = seeing();
    let trainer = document["6"].as_object_mut().unwrap();
    trainer["class_type"] = json!("DistillationTrainer");
    trainer["inputs"]["teacher"] = json!("expert");
    trainer["inputs"]["num_rollouts"] = json!(2);
    document["3"]["inputs"]["init_log_std"] = json!(-1.5);
    document["3"]["inputs"]["log_std"] = json!("fixed");
    write(folder.path(), &document);
    train(folder.path(), &["--updates", "4", "--threads", "1", "--out", "whole"]);
    train(folder.path(), &["--steps", "228", "--threads", "2", "--out", "parts"]);
    // The run has a copy.
    let [expert, gone] = ["expert", "gone"].map(|run| folder.path().join(run));
    std::fs::rename(&expert, &gone).unwrap();
    for updates in ["3", "4"] {
        let resume = ["train", "--resume", "parts", "--updates", updates, "--threads", "2"];
        succeed(folder.path(), &[&resume[..], &["--quiet"]].concat());
    }
    let [whole, parts] = ["whole", "parts"].map(|run| folder.path().join(run));
    let rows = timeless_metrics(&whole);
    assert_eq!(rows, timeless_metrics(&parts));
    assert!(weights(&whole) == weights(&parts));
    let losses: Vec<f64> = rows.iter().map(|row| row["behavior_loss"].as_f64().unwrap()).collect();
    assert_eq!(losses.len(), 4);
    assert!(losses.iter().all(|loss| loss.is_finite() && *loss > 0.0), "{losses:?}");
    assert_eq!(rows[3]["n_transitions"], json!(2 * 8 * 12));
    succeed(folder.path(), &["eval", "whole", "--episodes", "2"]);
    // It keeps its teacher.
    let resume = ["train", "--resume", "parts", "--updates", "5"];
    let said = fail(folder.path(), &[&resume[..], &["--set", "6.teacher=gone"]].concat());
    assert!(said.contains("`teacher`") && said.contains("--init-from"), "{said}");
    // Without the run's copy it is said what is missing and where, though the teacher's run is there again.
    std::fs::rename(&gone, &expert).unwrap();
    std::fs::remove_dir_all(parts.join("loaded")).unwrap();
    let said = fail(folder.path(), &resume);
    assert!(said.contains("`teacher`") && said.contains("6.safetensors"), "{said}");
}

/// A teacher that is not there yet is no error of the file, and one of a training.
#[test]
fn a_teacher_is_trained_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_distilled");
    let output = crate::support::run(folder.path(), &["check", &path]);
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    assert!(said.contains("missing-weights") && said.contains("runs/cartpole_ppo"), "{said}");
    let said = fail(folder.path(), &["train", &path, "--updates", "1", "--out", "run"]);
    assert!(said.contains("`teacher`") && said.contains("train the run first"), "{said}");
    assert!(!folder.path().join("run").exists());
}
