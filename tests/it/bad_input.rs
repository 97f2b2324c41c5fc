//! Mistakes: each a clear error, nothing half-written, nothing good overwritten.

use crate::support::{fail, last_checkpoint, output, repository, run, succeed, workflow};
use serde_json::{Value, json};
use std::path::Path;

/// Trains a changed copy of cartpole_single, which must fail, and says how. No run may be left.
fn fail_with(change: impl FnOnce(&mut Value), args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    change(&mut document);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let train = ["train", "w.json", "--scenes", &scenes, "--out", "run"];
    let said = fail(folder.path(), &[&train[..], args].concat());
    assert!(!folder.path().join("run").exists(), "a run was left: {said}");
    said
}

pub(crate) fn expect(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "expected {part:?} in:\n{said}");
    }
}

#[test]
fn truncated_json_is_placed() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_ppo")).unwrap();
    std::fs::write(folder.path().join("w.json"), &text[..text.len() / 2]).unwrap();
    for command in ["check", "train"] {
        expect(&fail(folder.path(), &[command, "w.json"]), &["w.json:", "error["]);
    }
}

#[test]
fn wrong_types_and_values_name_node_field_and_remedy() {
    let set = |node: &'static str, field: &'static str, value: Value| {
        fail_with(move |document| document[node]["inputs"][field] = value, &[])
    };
    expect(&set("3", "hidden_sizes", json!({"a": 1})), &["w.json:", "node 3", "hidden_sizes"]);
    expect(&set("6", "gamma", json!(1e30)), &["node 6", "gamma", "1"]);
    expect(&set("6", "gamma", json!("NaN")), &["node 6", "gamma"]);
    expect(&set("1", "num_envs", json!(0)), &["node 1", "num_envs"]);
    expect(&set("1", "num_envs", json!(100_000_000)), &["node 1", "num_envs"]);
    let unknown = set("1", "env_name", json!("Cartpol"));
    expect(&unknown, &["unknown-environment", "Cartpol", "did you mean \"cartpole\"?"]);
    assert_eq!(unknown.matches("did you mean").count(), 1, "{unknown}");
    expect(&set("3", "activation", json!("elo")), &["activation", "elu"]);
    expect(&set("3", "input_size", json!(7)), &["node 3", "input_size", "7", "4"]);
}

#[test]
fn an_unknown_class_suggests_the_nearest() {
    let said = fail_with(|d| d["3"]["class_type"] = json!("PPOAgentNod"), &[]);
    expect(&said, &["PPOAgentNod", "PPOAgentNode"]);
}

#[test]
fn a_missing_scene_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let train = ["train", &workflow("cartpole_single"), "--scenes", "nowhere", "--out", "run"];
    expect(&fail(folder.path(), &train), &["Cartpole", "nowhere"]);
}

#[test]
fn check_lists_everything_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["1"]["inputs"]["num_envs"] = json!(-1);
    document["6"]["inputs"]["gamma"] = json!(2);
    document["6"]["inputs"]["lam"] = json!("x");
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let said = fail(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    expect(&said, &["num_envs", "gamma", "lam", "3 errors"]);
}

#[test]
fn too_much_memory_is_refused_before_it_is_taken() {
    let change = |d: &mut Value| {
        d["6"]["inputs"]["horizon_length"] = json!(1_000_000);
        d["1"]["inputs"]["num_envs"] = json!(65_536);
    };
    expect(&fail_with(change, &[]), &["horizon_length", "MB"]);
}

#[test]
fn a_network_that_does_not_fit_is_refused_before_it_is_made() {
    let change = |d: &mut Value| d["3"]["inputs"]["hidden_sizes"] = json!(vec![8192; 2000]);
    expect(&fail_with(change, &[]), &["hidden_sizes", "MB", "smaller"]);
}

#[test]
fn a_broken_scene_is_not_an_unknown_one() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scenes/cartpole");
    std::fs::create_dir_all(&scene).unwrap();
    std::fs::write(scene.join("task.ron"), "Task(\n  dt: oops,\n)").unwrap();
    let args = ["check", &workflow("cartpole_single"), "--scenes", "scenes"];
    let said = fail(folder.path(), &args);
    expect(&said, &["unusable-environment", "task.ron:2", "correct its scene"]);
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_that_says_what_to_do() {
    // Nobody has so many.
    expect(&fail_with(|_| {}, &["--device", "cuda:7"]), &["device", "--device cpu"]);
}

#[test]
fn overrides_are_checked() {
    expect(&fail_with(|_| {}, &["--set", "6.gama=0.9"]), &["gama", "gamma"]);
    expect(&fail_with(|_| {}, &["--set", "nonsense"]), &["NODE.PARAM=VALUE"]);
    expect(&fail_with(|_| {}, &["--num-envs", "0"]), &["num_envs"]);
}

#[test]
fn an_output_folder_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let train = ["train", &workflow("cartpole_single"), "--out", "file/run"];
    expect(&fail(folder.path(), &train), &["file/run"]);
}

#[test]
fn a_run_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let train = ["train", &path, "--updates", "1", "--out", "run", "--quiet"];
    succeed(folder.path(), &train);
    let before = std::fs::read(folder.path().join("run/metrics.jsonl")).unwrap();
    expect(&fail(folder.path(), &train), &["run", "--out", "--resume"]);
    assert_eq!(std::fs::read(folder.path().join("run/metrics.jsonl")).unwrap(), before);
}

/// A limit on the size of files stands in for a disk that fills up: the first write beyond it fails.
#[cfg(unix)]
#[test]
fn a_write_that_fails_stops_the_run_and_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let script = |limit: &str, out: &str| {
        // Events would come to the limit before the checkpoint does.
        let quiet = "--quiet --set TensorBoardLogger.interval=100";
        let train = format!("train {path} --updates 12 --out {out} {quiet}");
        let program = env!("CARGO_BIN_EXE_dnne");
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec {program} {train}");
        let mut shell = std::process::Command::new("sh");
        let output = output(shell.args(["-c", &script]).current_dir(folder.path()));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    };
    // In blocks of 512 or 1024 bytes: less than the scene and the workflow come to, then less than a
    // checkpoint.
    expect(&script("2", "tiny"), &["cannot", "tiny"]);
    assert!(!folder.path().join("tiny").exists());
    expect(&script("24", "small"), &["small/checkpoints/update_000010", "cannot write"]);
    let left = std::fs::read_dir(folder.path().join("small/checkpoints")).unwrap();
    assert_eq!(left.count(), 0, "a checkpoint was left half-written");
}

#[test]
fn weights_of_another_network_name_the_tensor_and_both_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "1", "--out", "run", "--quiet"]);
    let weights = last_checkpoint(&folder.path().join("run"));
    let change = |d: &mut Value| {
        d["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": weights}});
        d["3"]["inputs"]["model"] = json!(["7", 0]);
        d["3"]["inputs"]["normalize_observations"] = json!(true);
        d["3"]["inputs"]["normalize_values"] = json!(true);
    };
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    change(&mut document);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let train = ["train", "w.json", "--scenes", &scenes, "--out", "other"];
    expect(&fail(folder.path(), &train), &["mu.weight", "[1, 64]", "[1, 32]"]);
    assert!(!folder.path().join("other").exists(), "an empty run was left");
    // And those of the same network are taken.
    document["3"]["inputs"]["hidden_sizes"] = json!([32, 32]);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let train = ["train", "w.json", "--scenes", &scenes, "--out", "same", "--updates", "1"];
    succeed(folder.path(), &train);
}

/// A copy of the cartpole scene with one text replaced.
pub(crate) fn broken_scene(folder: &Path, file: &str, from: &str, to: &str) {
    let scene = folder.join("broken");
    std::fs::create_dir_all(&scene).unwrap();
    for name in ["task.ron", "cartpole.xml"] {
        let mut text = std::fs::read_to_string(repository("scenes/cartpole").join(name)).unwrap();
        if name == file {
            assert!(text.contains(from));
            text = text.replacen(from, to, 1);
        }
        std::fs::write(scene.join(name), text).unwrap();
    }
}

#[test]
fn a_typo_in_a_scene_has_its_place_and_the_nearest_name() {
    let cases = [
        ("task.ron", "qpos(slider)", "qpos(slidr)", vec!["task.ron:12:21", "slidr", "slider"]),
        ("task.ron", "abs(x) > 3", "abs(x) + 3", vec!["task.ron", "a condition is needed"]),
        ("task.ron", "episode_length", "episode_lenght", vec!["task.ron:", "episode_lenght"]),
        ("task.ron", "\"push\"", "\"pusch\"", vec!["task.ron:", "pusch", "push"]),
        ("task.ron", "dt: 0.016666666666666666", "dt: -1", vec!["task.ron:4", "dt"]),
        ("task.ron", "Some(-2.0)", "Some(NaN)", vec!["task.ron:29:16", "off_track", "finite"]),
        ("task.ron", "Some(-2.0)", "Some(-1e99)", vec!["task.ron:29:16", "off_track", "finite"]),
        ("cartpole.xml", "joint=\"slider\"", "joint=\"slidre\"", vec!["cartpole.xml:", "slider"]),
        ("cartpole.xml", "</worldbody>", "", vec!["cartpole.xml"]),
    ];
    for (file, from, to, parts) in cases {
        let folder = tempfile::tempdir().unwrap();
        broken_scene(folder.path(), file, from, to);
        expect(&fail(folder.path(), &["check", "broken"]), &parts);
    }
}

/// A chain is as deep a tree as brackets are: long ones may be refused, but must not end the process.
#[test]
fn long_expressions_do_not_exhaust_the_stack() {
    for operator in ["+", "^", " - ", " == "] {
        for length in [4_000, 4_000_000] {
            let folder = tempfile::tempdir().unwrap();
            let chain = ["1"].repeat(length / (operator.len() + 1)).join(operator);
            broken_scene(folder.path(), "task.ron", "1 - angle^2", &chain);
            let output = run(folder.path(), &["check", "broken"]);
            let status = output.status;
            assert!(matches!(status.code(), Some(0 | 2)), "{length} of {operator}: {status}");
        }
    }
}

#[test]
fn files_that_are_no_weights_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": "x"}});
    document["3"]["inputs"]["model"] = json!(["7", 0]);
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let train = ["train", "w.json", "--scenes", &scenes, "--out", "run"];
    expect(&fail(folder.path(), &train), &["node 7", "cannot read x", "No such file"]);
    // They may come later, so the checker only warns of them.
    let checked = run(folder.path(), &["check", "w.json", "--scenes", &scenes]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
    expect(&said, &["warning[missing-weights]", "node 7", "x is not there yet"]);
    std::fs::write(folder.path().join("x"), "no weights at all").unwrap();
    expect(&fail(folder.path(), &train), &["node 7", "path: x holds no weights"]);
    assert!(!folder.path().join("run").exists());
}

#[test]
fn folders_that_are_no_run_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let parts = ["nowhere", "is not a run folder", "dnne train named at its end"];
    expect(&fail(folder.path(), &["eval", "nowhere"]), &parts);
    expect(&fail(folder.path(), &["train", "--resume", "nowhere"]), &parts);
    std::fs::create_dir(folder.path().join("run")).unwrap();
    std::fs::write(folder.path().join("run/run.json"), "{").unwrap();
    expect(&fail(folder.path(), &["eval", "run"]), &["run.json", "not a valid run description"]);
}

#[test]
fn csv_files_for_sim_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    let sim = |option: &str, text: &str| {
        std::fs::write(folder.path().join("x.csv"), text).unwrap();
        fail(folder.path(), &["sim", &scene, option, "x.csv", "--out", "y.csv"])
    };
    expect(&sim("--ctrl", "shove\n1\n"), &["x.csv", "push"]);
    expect(&sim("--ctrl", "push\none\n"), &["x.csv:2", "push", "one"]);
    expect(&sim("--ctrl", "push\n"), &["x.csv", "no rows"]);
    expect(&sim("--ctrl", "push\nNaN\n"), &["x.csv:2", "push", "not finite"]);
    expect(&sim("--ctrl", ""), &["x.csv", "push"]);
    expect(&sim("--ctrl", "push,b\n1,2\n3\n"), &["x.csv", "line: 3"]);
    expect(&sim("--state", "qpos.slider\n0\n"), &["qpos.pole"]);
    let two = "qpos.slider,qpos.pole,qvel.slider,qvel.pole\n0,0,0,0\n0,0,0,0\n";
    expect(&sim("--state", two), &["x.csv", "2 rows", "--envs is 1"]);
    assert!(!folder.path().join("y.csv").exists());
}
