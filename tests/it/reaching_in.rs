//! What a person changes while a run is trained: it is written down, saved, and goes on.

use crate::support::{repository, timeless_metrics, weights};
use dnne::nodes::{CheckpointRequest, training_loop};
use dnne::scene::SceneLibrary;
use dnne::session::{CheckpointInfo, NewRun, RunFolder, Session, SessionOptions, SettingChange};
use dnne::workflow::Graph;
use std::path::{Path, PathBuf};

const N_ENVS: usize = 16;
const HORIZON: usize = 8;

/// Cartpole that is harder with the progress of training: its reward shrinks.
fn scenes(folder: &Path) -> SceneLibrary {
    let scene = folder.join("scenes/cartpole");
    std::fs::create_dir_all(&scene).unwrap();
    let original = repository("scenes/cartpole");
    std::fs::copy(original.join("cartpole.xml"), scene.join("cartpole.xml")).unwrap();
    let task = std::fs::read_to_string(original.join("task.ron")).unwrap();
    let harder = task
        .replacen("\"1 - angle^2\"", "\"(1 - angle^2) * (1 - 0.5 * difficulty)\"", 1)
        .replacen("substeps: 2,", "substeps: 2,\n    curriculum: Some((0.0, 1.0)),", 1);
    assert_eq!(harder.matches("difficulty").count() + harder.matches("curriculum").count(), 2);
    std::fs::write(scene.join("task.ron"), harder).unwrap();
    SceneLibrary::new(folder.join("scenes"))
}

fn graph(schedule: &str) -> Graph {
    training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("env_name", "cartpole")
        .set("num_envs", N_ENVS as i64)
        .node("agent", "PPOAgentNode")
        .node("trainer", "PPOTrainerNode")
        .set("horizon_length", HORIZON as i64)
        .set("epochs", 1)
        .set("minibatch_size", (N_ENVS * HORIZON) as i64)
        .set("total_updates", 8)
        .set("schedule", schedule)
        .set("anneal", "clip_param:0.05, entropy_coef:0")
        .build()
        .unwrap()
}

/// A training, and what a person does to it.
struct Training {
    session: Session,
    path: PathBuf,
    n_ticks: usize,
}

impl Training {
    fn start(folder: &Path, name: &str, schedule: &str) -> Self {
        let library = scenes(folder);
        let options = SessionOptions { seed: 3, ..SessionOptions::new(library.clone()) };
        let mut session = Session::new(&graph(schedule), options).unwrap();
        let path = folder.join(name);
        let run = NewRun {
            workflow: "{}",
            seed: 3,
            library: &library,
            scenes: &[],
            loaded: &[],
            init_from: None,
            own_kinds: &[],
        };
        session.keep_in(RunFolder::create(&path, &run).unwrap());
        Self { session, path, n_ticks: 0 }
    }

    fn save(&mut self) -> PathBuf {
        let request = CheckpointRequest {
            node: "test".to_owned(),
            trigger: "test".to_owned(),
            best: None,
            folder: None,
            keep: None,
            model: None,
        };
        self.session.save_checkpoint(&request).unwrap().unwrap()
    }

    /// In another process, as it were, from a checkpoint.
    fn resume(self, checkpoint: &Path, schedule: &str) -> Self {
        let Self { session, path, .. } = self;
        drop(session);
        let (folder, _) = RunFolder::reopen(&path).unwrap();
        let checkpoint = CheckpointInfo::open(checkpoint).unwrap();
        let library = SceneLibrary::new(path.parent().unwrap().join("scenes"));
        let options = SessionOptions { seed: 3, ..SessionOptions::new(library) };
        let mut session = Session::new(&graph(schedule), options).unwrap();
        session.load_checkpoint(&checkpoint).unwrap();
        folder.rewind(&checkpoint).unwrap();
        session.keep_in(folder);
        let n_ticks = session.progress().steps as usize / N_ENVS;
        Self { session, path, n_ticks }
    }

    /// Goes on to a tick, with what a person does on the way.
    fn until(&mut self, n_ticks: usize) {
        while self.n_ticks < n_ticks {
            match self.n_ticks {
                11 => {
                    self.session.set("learning_rate", 0.001).unwrap();
                    self.session.set("clip_param", 0.3).unwrap();
                    self.session.set("difficulty", 0.75).unwrap();
                }
                30 => self.session.set("difficulty", 0.25).unwrap(),
                41 => self.session.release("difficulty").unwrap(),
                50 => self.session.release("learning_rate").unwrap(),
                _ => {}
            }
            self.alone(1);
        }
    }

    /// Goes on for some ticks without anybody.
    fn alone(&mut self, n_ticks: usize) {
        for _ in 0..n_ticks {
            self.session.tick().unwrap();
            self.n_ticks += 1;
        }
    }

    fn changes(&self) -> Vec<SettingChange> {
        rows(&self.path.join("changes.jsonl"))
    }

    fn value(&self, name: &str) -> f64 {
        self.session.settings().into_iter().find(|setting| setting.name == name).unwrap().value
    }
}

fn rows(path: &Path) -> Vec<SettingChange> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[test]
fn a_run_that_was_changed_by_hand_is_resumed_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = Training::start(folder.path(), "whole", "linear");
    whole.until(64);
    whole.save();
    // Saved in mid-rollout, while all that was changed holds.
    let mut parts = Training::start(folder.path(), "parts", "linear");
    parts.until(20);
    let checkpoint = parts.save();
    let mut parts = parts.resume(&checkpoint, "linear");
    parts.until(64);
    parts.save();
    assert_eq!(weights(&whole.path), weights(&parts.path));
    let metrics = timeless_metrics(&whole.path);
    assert_eq!(metrics, timeless_metrics(&parts.path));
    assert_eq!(whole.changes(), parts.changes());

    // What was changed is what counted: from the second update on, and the difficulty until it was let
    // go of, in the sixth.
    let column = |name: &str| -> Vec<f64> {
        metrics.iter().map(|row| row[name].as_f64().unwrap()).collect()
    };
    let eighths = |n: usize| n as f64 / 8.0;
    let difficulties = [0.0, 0.75, 0.75, 0.25, 0.25, eighths(5), eighths(6), eighths(7)];
    assert_eq!(column("difficulty"), difficulties);
    // The rate stays as it was set until it is let go of, in the seventh, and comes down with the training again.
    let rates = [3e-4, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 3e-4 * 0.25, 3e-4 * 0.125];
    for (got, expected) in column("learning_rate").iter().zip(rates) {
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
    }

    let change = |update, tick: usize, setting: &str, from, to| SettingChange {
        update,
        steps: (tick * N_ENVS) as u64,
        setting: setting.to_owned(),
        from,
        to,
    };
    // After one of eight updates the clip range is an eighth of its way from 0.2 to 0.05.
    let changes = whole.changes();
    assert!((changes[1].from - 0.18125).abs() < 1e-12, "{changes:?}");
    let expected = [
        change(1, 11, "learning_rate", 3e-4, Some(1e-3)),
        change(1, 11, "clip_param", changes[1].from, Some(0.3)),
        change(1, 11, "difficulty", eighths(1), Some(0.75)),
        change(3, 30, "difficulty", 0.75, Some(0.25)),
        change(5, 41, "difficulty", 0.25, None),
        change(6, 50, "learning_rate", 1e-3, None),
    ];
    assert_eq!(changes, expected);
}

#[test]
fn without_the_change_the_run_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut changed = Training::start(folder.path(), "changed", "constant");
    changed.until(16);
    changed.save();
    let mut left_alone = Training::start(folder.path(), "alone", "constant");
    left_alone.alone(16);
    left_alone.save();
    assert_ne!(weights(&changed.path), weights(&left_alone.path));
    assert!(!left_alone.path.join("changes.jsonl").exists());
}

#[test]
fn checkpoints_say_what_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut training = Training::start(folder.path(), "run", "linear");
    training.until(10);
    let before = CheckpointInfo::open(&training.save()).unwrap().metadata;
    training.until(12);
    let checkpoint = training.save();
    let after = CheckpointInfo::open(&checkpoint).unwrap().metadata;
    let of = |parameters: &serde_json::Value| {
        let trainer = &parameters["trainer"];
        (
            trainer["learning_rate"].as_f64(),
            trainer["clip_param"].as_f64(),
            [trainer["anneal"].clone(), trainer["schedule"].clone()],
        )
    };
    let ways = ["clip_param:0.05, entropy_coef:0".into(), "linear".into()];
    assert_eq!(of(&before.hyperparameters), (Some(3e-4), Some(0.2), ways));
    let expected = (Some(1e-3), Some(0.3), ["entropy_coef:0".into(), "constant".into()]);
    assert_eq!(of(&after.hyperparameters), expected);
    assert_eq!((before.changes, after.changes), (0, 3));
    // A resumed run says the same.
    let mut resumed = training.resume(&checkpoint, "linear");
    let again = CheckpointInfo::open(&resumed.save()).unwrap().metadata;
    assert_eq!((of(&again.hyperparameters), again.changes), (expected, 3));
}

#[test]
fn an_adaptive_rate_that_is_set_before_the_first_step_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut training = Training::start(folder.path(), "run", "adaptive");
    training.until(10);
    let checkpoint = training.save();
    let mut training = training.resume(&checkpoint, "adaptive");
    training.session.set("learning_rate", 0.004).unwrap();
    assert_eq!(training.value("learning_rate"), 0.004);
    let checkpoint = training.save();
    let mut training = training.resume(&checkpoint, "adaptive");
    assert_eq!(training.value("learning_rate"), 0.004);
    // An update of one minibatch does not move it.
    training.alone(8);
    assert_eq!(timeless_metrics(&training.path)[1]["learning_rate"], 0.004);
}

#[test]
fn later_changes_go_where_later_metrics_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut training = Training::start(folder.path(), "run", "constant");
    training.until(11);
    training.session.set("gamma", 0.5).unwrap();
    let older = training.save();
    // Before the next step, and yet after the checkpoint.
    training.session.set("gamma", 0.75).unwrap();
    training.until(20);
    training.save();
    let file = training.path.join("changes.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    let all = training.changes();
    assert_eq!(all.len(), 5);
    // What a process leaves that is killed while it writes.
    text.push_str(r#"{"update":2,"ste"#);
    std::fs::write(&file, &text).unwrap();
    let training = training.resume(&older, "constant");
    assert_eq!(training.changes(), all[..1]);
    assert_eq!(training.value("gamma"), 0.5);
    assert_eq!(
        std::fs::read_to_string(training.path.join("superseded/changes.jsonl")).unwrap(),
        text
    );
}

#[test]
fn what_cannot_be_changed_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut training = Training::start(folder.path(), "run", "constant");
    let before = training.session.settings();
    let names: Vec<&str> = before.iter().map(|setting| setting.name).collect();
    assert_eq!(
        (names[0], names[1], names[11], names.len()),
        ("learning_rate", "gamma", "difficulty", 12)
    );
    for (setting, value) in [
        ("gamma", 1.01),
        ("gamma", f64::NAN),
        ("learning_rate", 0.0),
        ("difficulty", -0.1),
        ("epochs", 3.0),
    ] {
        let error = training.session.set(setting, value).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{setting}`: ")), "{error}");
    }
    let error = training.session.release("epochs").unwrap_err().to_string();
    assert!(error.contains("choose of learning_rate"), "{error}");
    // What nobody holds is let go of already.
    training.session.release("gamma").unwrap();
    training.session.release("difficulty").unwrap();
    assert_eq!(training.session.settings(), before);
    assert!(!training.path.join("changes.jsonl").exists());
}
