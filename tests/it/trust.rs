//! Runs that are not what they were, or come from somebody else.

use crate::support::{fail, last_checkpoint, metrics, repository, run, succeed, weights, workflow};
use dnne::diagnostic::has_errors;
use dnne::nodes::Kinds;
use dnne::session::{
    Limits, Start, StoppedRun, Training, TrainingOptions, load_run, open_checkpoint,
};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn rows(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// What a run is opened as: the policy and what it acts in. None if it is refused.
fn opened(path: &Path) -> (Option<String>, bool) {
    let mut is_warned = false;
    let Ok((folder, checkpoint)) = open_checkpoint(path, &mut |_| is_warned = true) else {
        return (None, is_warned);
    };
    let loaded = load_run(&folder, &checkpoint, Vec::new(), &Kinds::builtin());
    if has_errors(&loaded.diagnostics) {
        return (None, is_warned);
    }
    is_warned |= loaded.diagnostics.iter().any(|found| found.code == "changed-run");
    let weights = checkpoint.weights().unwrap().to_safetensors().unwrap();
    (Some(format!("{:?} {:?} {weights:?}", loaded.graph, checkpoint.position())), is_warned)
}

/// The weights after one more update, in a copy of the run. None if it is refused.
fn one_more_update(path: &Path) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("run");
    for file in files(path) {
        let place = copy.join(file.strip_prefix(path).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(file, place).unwrap();
    }
    let stopped = StoppedRun::open(&copy, &[], &Kinds::builtin(), &mut |_| ()).ok()?;
    let (graph, scenes) = (stopped.workflow.graph?, stopped.folder.scenes());
    let (folder, checkpoint, seed) = (stopped.folder, Box::new(stopped.checkpoint), stopped.seed);
    let updates = Some(checkpoint.metadata.update + 1);
    let options = TrainingOptions {
        start: Start::Checkpoint { folder, checkpoint, seed, revision: None },
        limits: Limits { updates, ..Limits::default() },
        ..TrainingOptions::default()
    };
    Training::new(&graph, scenes, options).ok()?.run().ok()?;
    Some(weights(&copy))
}

/// A run with all kinds of files: weights that it began with, a checkpoint, a change, events.
fn whole_run(folder: &Path) {
    let text = fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["1"]["inputs"]["num_envs"] = json!(4);
    document["6"]["inputs"]["horizon_length"] = json!(8);
    document["6"]["inputs"]["minibatch_size"] = json!(32);
    fs::write(folder.join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let train = ["train", "w.json", "--scenes", &scenes, "--quiet", "--headless", "--no-trial"];
    let train = |more: &[&str]| succeed(folder, &[&train[..], more].concat());
    train(&["--updates", "1", "--out", "first"]);
    document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": "first"}});
    document["3"]["inputs"]["model"] = json!(["7", 0]);
    document["8"] = json!({"class_type": "TensorBoardLogger", "inputs": {"loss_info": ["6", 0]}});
    fs::write(folder.join("w.json"), document.to_string()).unwrap();
    train(&["--updates", "1", "--out", "run"]);
    let resume = ["train", "--resume", "run", "--updates", "2", "--set", "6.gamma=0.9", "--quiet"];
    succeed(folder, &resume);
}

/// Disks and copies fail in silence: a bit of any file of a run turns. The run is refused, or a warning says
/// what is not as it was, or the same comes out, measured and trained further.
#[test]
fn a_bit_that_turned_is_never_another_policy_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    whole_run(folder.path());
    let (whole, is_warned) = opened(&path);
    let further = one_more_update(&path);
    assert!(further.is_some());
    let names: Vec<PathBuf> =
        files(&path).iter().map(|it| it.strip_prefix(&path).unwrap().to_owned()).collect();
    for part in
        ["run.json", "workflow.json", "metrics.jsonl", "changes.jsonl", "loaded/7.safetensors"]
    {
        assert!(names.contains(&PathBuf::from(part)), "{names:?}");
    }
    assert!(whole.is_some() && !is_warned);
    let n_flips: u64 = std::env::var("DNNE_FLIPS").map_or(20, |text| text.parse().unwrap());
    let deciding = ["run.json", "workflow.json", "scenes", "loaded"].map(|part| path.join(part));
    let deciding = [&deciding[..], &[last_checkpoint(&path)]].concat();
    let (mut refused, mut warned, mut same) = (0, 0, 0);
    let mut random: u64 = 21;
    for file in files(&path) {
        let bytes = fs::read(&file).unwrap();
        // All of what decides the run is covered by checksums, so that no bit of it turns in silence, whether it
        // is one that matters or not.
        let decides = deciding.iter().any(|part| file.starts_with(part));
        for _ in 0..if bytes.is_empty() { 0 } else { n_flips } {
            // A linear congruential generator (Knuth, MMIX).
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let bit = (random >> 16) as usize % (8 * bytes.len());
            let mut turned = bytes.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, &turned).unwrap();
            match opened(&path) {
                (None, _) => refused += 1,
                (Some(_), true) => warned += 1,
                (now, false) => {
                    assert!(!decides, "bit {bit} of {} turned in silence", file.display());
                    assert!(now == whole, "bit {bit} of {}", file.display());
                    // A file of no weight is tried some times: each is a training.
                    if same % 5 == 0 {
                        let again = one_more_update(&path);
                        assert!(again == further, "bit {bit} of {}, resumed", file.display());
                    }
                    same += 1;
                }
            }
        }
        fs::write(&file, &bytes).unwrap();
    }
    println!("{refused} refused, {warned} warned, {same} the same");
    assert!(refused > 0 && warned > 0 && same > 0, "{refused} {warned} {same}");
    assert!(opened(&path) == (whole, false));
}

/// Seed, scene and weights: what is turned is named on eval and on resume.
#[test]
fn eval_and_resume_say_which_file_is_not_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &file, "--updates", "1", "--out", "run", "--quiet"]);
    let info = folder.path().join("run/run.json");
    let text = fs::read_to_string(&info).unwrap();
    fs::write(&info, text.replace("\"seed\": 1", "\"seed\": 3")).unwrap();
    for args in
        [&["eval", "run", "--episodes", "2"][..], &["train", "--resume", "run", "--updates", "2"]]
    {
        let output = run(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("run.json is not as it was"), "{said}");
    }
}

#[test]
fn a_finished_run_is_prolonged_with_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let (file, path) = (workflow("cartpole_ppo"), folder.path().join("run"));
    let train = ["train", &file, "--set", "PPOTrainerNode.total_updates=3", "--out", "run"];
    succeed(folder.path(), &[&train[..], &["--quiet"]].concat());
    // What changes shapes is refused, and changes nothing.
    let before = fs::read(path.join("workflow.json")).unwrap();
    let shapes = ["train", "--resume", "run", "--set", "PPOAgentNode.hidden_sizes=[8]", "--quiet"];
    let said = fail(folder.path(), &shapes);
    assert!(said.contains("leave out --set 3.hidden_sizes, or begin a new run"), "{said}");
    assert!(said.contains("--init-from run"), "{said}");
    assert_eq!(fs::read(path.join("workflow.json")).unwrap(), before);
    assert!(!path.join("changes.jsonl").exists());
    let set = ["PPOTrainerNode.total_updates=5", "PPOTrainerNode.gamma=0.9"];
    let resume = ["train", "--resume", "run", "--quiet", "--set", set[0], "--set", set[1]];
    succeed(folder.path(), &resume);
    assert_eq!(metrics(&path).len(), 5);
    let changes = rows(&path.join("changes.jsonl"));
    let mut changes: Vec<_> = changes
        .iter()
        .map(|row| (row["setting"].as_str().unwrap(), &row["to"], &row["update"]))
        .collect();
    changes.sort_by_key(|(setting, ..)| *setting);
    let (five, less, at) = (json!(5), json!(0.9), json!(3));
    assert_eq!(changes, [("6.gamma", &less, &at), ("6.total_updates", &five, &at)]);
    // From now on it is the run's own.
    let output = run(folder.path(), &["train", "--resume", "run", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("--set PPOTrainerNode.total_updates=N"),
        "{said}"
    );
    assert!(!said.contains("not as it was"), "{said}");
    assert_eq!(metrics(&path).len(), 5);
}

/// A run from somebody else: nothing is written, moved or removed where its links or paths lead.
#[cfg(unix)]
#[test]
fn a_run_writes_nothing_outside_of_its_folder() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let file = workflow("cartpole_single");
    succeed(folder.path(), &["train", &file, "--updates", "1", "--out", "run", "--quiet"]);
    let (path, outside) = (folder.path().join("run"), folder.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    for name in ["checkpoints", "metrics.jsonl", ".lock", "changes.jsonl"] {
        let (place, aside) = (path.join(name), folder.path().join("aside"));
        let was_there = fs::rename(&place, &aside).is_ok();
        let target = outside.join(name);
        symlink(&target, &place).unwrap();
        if name == "checkpoints" {
            fs::create_dir_all(target.join(".unfinished-precious")).unwrap();
        }
        let said = fail(folder.path(), &["train", "--resume", "run", "--updates", "2", "--quiet"]);
        assert!(said.contains("is a link"), "{name}: {said}");
        assert_eq!(target.exists(), name == "checkpoints", "{name}");
        assert_eq!(target.join(".unfinished-precious").exists(), name == "checkpoints");
        fs::remove_file(&place).unwrap();
        if was_there {
            fs::rename(&aside, &place).unwrap();
        }
    }
    let whole = weights(&path);
    let file = path.join("workflow.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let absolute = outside.to_string_lossy().into_owned();
    let through_link = path.join("inside/kept").to_string_lossy().into_owned();
    for (place, said) in [
        ("../elsewhere", "--set 20.path=../elsewhere"),
        ("elsewhere", "--set 20.path=elsewhere"),
        (&absolute[..], "writes outside of the run's folder"),
        ("run/checkpoints/../../elsewhere", "writes outside of the run's folder"),
        // A link in the run is refused before its workflow is read.
        (&through_link[..], "is a link"),
        ("~/elsewhere", "nothing here makes a person's folder of `~`"),
    ] {
        if place != through_link {
            let _ = fs::remove_file(path.join("inside"));
        }
        let inputs = json!({"model": ["3", 1], "path": place, "trigger": "epoch", "value": "1"});
        document["20"] = json!({"class_type": "CheckpointSaver", "inputs": inputs});
        fs::write(&file, document.to_string()).unwrap();
        if place == through_link {
            symlink(&outside, path.join("inside")).unwrap();
        }
        let errors =
            fail(folder.path(), &["train", "--resume", "run", "--updates", "2", "--quiet"]);
        assert!(errors.contains(said), "{place}: {errors}");
        assert!(place == through_link || errors.contains("node 20"), "{place}: {errors}");
    }
    let _ = fs::remove_file(path.join("inside"));
    let left: Vec<PathBuf> = fs::read_dir(&outside).unwrap().map(|it| it.unwrap().path()).collect();
    assert!(left.iter().all(|path| path.ends_with("checkpoints")), "{left:?}");
    assert!(!folder.path().join("elsewhere").exists());
    assert_eq!(weights(&path), whole);
}

/// A run from somebody else: no weights are read but those in its folder.
#[test]
fn a_run_reads_no_weights_outside_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    whole_run(folder.path());
    let (loaded, aside) = (folder.path().join("run/loaded"), folder.path().join("aside"));
    let resume = ["train", "--resume", "run", "--updates", "3", "--quiet"];
    let others = [&resume[..], &["--set", "7.path=first"]].concat();
    let said = fail(folder.path(), &others);
    assert!(said.contains("a run keeps the weights that `path` named"), "{said}");
    assert!(said.contains("--init-from"), "{said}");
    fs::rename(&loaded, &aside).unwrap();
    // What its workflow names is there.
    assert!(folder.path().join("first").exists());
    let refused = || {
        let eval = ["eval", "run", "--episodes", "1"];
        let export = ["export", "run", "--to", "program"];
        for args in [&resume[..], &eval, &export] {
            let said = fail(folder.path(), args);
            assert!(
                said.contains("the run has no copy of the weights that `path` named"),
                "{said}"
            );
            assert!(said.contains("7.safetensors"), "{said}");
        }
    };
    refused();
    #[cfg(unix)]
    {
        fs::create_dir(&loaded).unwrap();
        let copy = loaded.join("7.safetensors");
        std::os::unix::fs::symlink(aside.join("7.safetensors"), copy).unwrap();
        refused();
        fs::remove_dir_all(&loaded).unwrap();
    }
    fs::rename(&aside, &loaded).unwrap();
    succeed(folder.path(), &resume);
}

#[test]
fn check_says_where_a_workflow_writes_outside_of_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let mut document: Value =
        serde_json::from_slice(&fs::read(workflow("cartpole_single")).unwrap()).unwrap();
    for (path, code, said) in [
        ("../../hostile_escape", 0, "outside of the run's folder, to /"),
        ("/nowhere/at/all", 0, "outside of the run's folder, to /nowhere/at/all"),
        ("kept", 0, "outside of the run's folder, to /"),
        ("~/x", 2, "\"~/x\""),
    ] {
        document["8"] = json!({"class_type": "CheckpointSaver",
                               "inputs": {"model": ["3", 1], "path": path, "value": "1"}});
        fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
        let output = run(folder.path(), &["check", "w.json", "--scenes", &scenes]);
        let all = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{all}");
        assert!(all.contains(said), "{all}");
    }
}
