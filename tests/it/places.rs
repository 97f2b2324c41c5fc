//! Runs, checkpoints, workflows and scenes by their names, from any folder.

use crate::support::{fail, repository, run, succeed, weights, workflow};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Cartpole with a saver that writes to `kept`, of every update and of the best.
fn with_savers(folder: &Path) {
    let text = fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    for (id, path, trigger, value) in
        [("8", "kept", "epoch", "1"), ("9", "", "best_metric", "entropy")]
    {
        let inputs = json!({"model": ["3", 1], "path": path, "trigger": trigger, "value": value});
        document[id] = json!({"class_type": "CheckpointSaver", "inputs": inputs});
    }
    fs::create_dir(folder.join("workflows")).unwrap();
    fs::write(folder.join("workflows/mine.json"), document.to_string()).unwrap();
}

/// Whatever a saver was told to write, every reader takes by the same words, from any folder below.
#[test]
fn all_commands_take_what_was_saved_by_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    with_savers(folder.path());
    succeed(folder.path(), &["train", "mine", "--updates", "2", "--quiet", "--headless"]);
    let deep = folder.path().join("deep/er");
    fs::create_dir_all(&deep).unwrap();
    let full = |words: &str| folder.path().join(words).to_string_lossy().into_owned();
    let last = "update_000002_step_000000000256";
    let all = [
        "mine",
        "runs/mine",
        "mine/latest",
        "mine/best",
        "mine/best_9",
        &format!("mine/{last}"),
        &format!("runs/mine/checkpoints/{last}"),
        "runs/mine/checkpoints",
        "kept",
        "kept/latest",
        &format!("kept/{last}"),
        &format!("kept/{last}/weights.safetensors"),
        &full("kept"),
        &full("runs/mine/best"),
    ];
    let measure = ["--episodes", "2", "--json", "--deterministic"];
    let expected = succeed(folder.path(), &[&["eval", "mine"][..], &measure].concat());
    for words in all {
        for place in [folder.path(), &deep] {
            let said = succeed(place, &[&["eval", words][..], &measure].concat());
            if !words.contains("best") {
                assert_eq!(said, expected, "{words}");
            }
        }
        let onnx = ["export-policy", words, "--onnx", "p.onnx"];
        succeed(&deep, &onnx);
        succeed(&deep, &["compare", words, "--metric", "entropy"]);
        // A loader's path, which goes by the same words; a new training begins with them.
        let text = fs::read_to_string(folder.path().join("workflows/mine.json")).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        for id in ["8", "9"] {
            document.as_object_mut().unwrap().remove(id);
        }
        document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": words}});
        document["3"]["inputs"]["model"] = json!(["7", 0]);
        fs::write(deep.join("loads.json"), document.to_string()).unwrap();
        let said = run(&deep, &["check", "loads.json"]);
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success() && !errors.contains("not there"), "{words}: {errors}");
    }
    for nothing in ["nowhere", "mine/nothing", "kept/best", "deep"] {
        let said = fail(folder.path(), &["eval", nothing]);
        let is_told = said.contains("is not a run folder") || said.contains("holds no checkpoint");
        assert!(is_told, "{nothing}: {said}");
    }
}

/// A run goes on from what a saver has written elsewhere, to the same weights.
#[test]
fn a_run_goes_on_from_a_checkpoint_that_a_saver_keeps_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    with_savers(folder.path());
    let train = ["train", "mine", "--quiet", "--headless"];
    succeed(folder.path(), &[&train[..], &["--updates", "3"]].concat());
    let whole = weights(&folder.path().join("runs/mine"));
    let first = "kept/update_000001_step_000000000128";
    let set = "8.path=kept";
    let resume = ["train", "--resume", first, "--updates", "3", "--set", set, "--quiet"];
    succeed(folder.path(), &resume);
    let path = folder.path().join("runs/mine");
    assert_eq!(weights(&path), whole);
    // The run has what it went on from, whatever becomes of the saver's folder.
    let name = Path::new(first).file_name().unwrap();
    assert!(path.join("checkpoints").join(name).is_dir());
    let rows = fs::read_to_string(path.join("metrics.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");
    // The run is somewhere else now.
    fs::rename(&path, folder.path().join("moved")).unwrap();
    let said = fail(folder.path(), &["eval", first]);
    assert!(said.contains("is no longer in") && said.contains("put that back"), "{said}");
}

/// Workflows and scenes are found from any folder, and elsewhere only where the words do not say where they begin.
#[test]
fn workflows_and_scenes_are_sought_above_and_in_the_checkout() {
    let folder = tempfile::tempdir().unwrap();
    for words in ["cartpole_ppo", "workflows/cartpole_ppo.json", "cartpole_ppo.json", "CartpoleV1"]
    {
        let output = run(folder.path(), &["check", words, "--no-trial"]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words}: {errors}");
        assert!(errors.contains(&format!("note: {words} is ")), "{errors}");
    }
    fail(folder.path(), &["check", "./cartpole_ppo"]);
    succeed(folder.path(), &["sim", "cartpole", "--steps", "1"]);
    // What is here comes first, and what is above before the checkout.
    let scene = folder.path().join("scenes/cartpole");
    fs::create_dir_all(&scene).unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    for name in ["task.ron", "cartpole.xml"] {
        fs::copy(repository("scenes/cartpole").join(name), scene.join(name)).unwrap();
    }
    let task = fs::read_to_string(scene.join("task.ron")).unwrap();
    fs::write(scene.join("task.ron"), task.replacen("upright", "standing", 1)).unwrap();
    let said = succeed(&folder.path().join("a/b"), &["check", "cartpole", "--no-trial"]);
    assert!(said.contains("standing"), "{said}");
    // A workflow's scenes are those around it.
    fs::create_dir(folder.path().join("workflows")).unwrap();
    fs::copy(workflow("cartpole_single"), folder.path().join("workflows/one.json")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = folder.path().join("workflows/one.json").to_string_lossy().into_owned();
    let train = ["train", &file, "--updates", "1", "--quiet", "--headless", "--out", "run"];
    succeed(elsewhere.path(), &train);
    let row = fs::read_to_string(elsewhere.path().join("run/metrics.jsonl")).unwrap();
    assert!(row.contains("standing"), "{row}");
}

/// A run is a workflow with its scenes and weights, and can be exported as one.
#[test]
fn a_run_is_exported_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = workflow("cartpole_single");
    let train = ["train", &file, "--updates", "1", "--quiet", "--headless", "--set"];
    let set = ["PPOTrainerNode.gamma=0.875", "--out", "runs/mine"];
    succeed(folder.path(), &[&train[..], &set].concat());
    succeed(folder.path(), &["export", "mine", "--to", "program"]);
    let text = fs::read_to_string(folder.path().join("program/src/main.rs")).unwrap();
    assert!(text.contains("gamma: 0.875") && text.contains("Program::new(\"mine\""), "{text}");
    assert!(folder.path().join("program/scenes/cartpole/task.ron").is_file());
}
