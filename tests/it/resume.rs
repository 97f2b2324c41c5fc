//! A run that was stopped goes on as if it had not been.

use crate::support::{
    dnne, fail, last_checkpoint, run, succeed, timeless_metrics, weights, workflow,
};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Waits until a condition holds, or fails loudly.
fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn n_rows(run: &Path) -> usize {
    std::fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count())
}

fn start(folder: &Path, args: &[&str]) -> Child {
    let mut command = dnne(folder, args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

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

#[test]
fn killed_and_resumed_equals_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--out", "whole", "--quiet"]);
    let mut child = start(folder.path(), &["train", &path, "--out", "killed", "--quiet"]);
    wait_for("some updates after a checkpoint", || n_rows(&at("killed")) >= 13);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(n_rows(&at("killed")) < 100, "it was to be killed before its end");
    succeed(folder.path(), &["train", "--resume", "killed", "--quiet"]);
    assert_eq!(weights(&at("whole")), weights(&at("killed")));
    assert_eq!(timeless_metrics(&at("whole")), timeless_metrics(&at("killed")));
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_and_exits_with_130() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let child = start(folder.path(), &["train", &path, "--out", "run"]);
    let out = folder.path().join("run");
    wait_for("an update", || n_rows(&out) >= 1);
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("ended by Ctrl-C"), "{said}");
    assert!(last_checkpoint(&out).join("weights.safetensors").is_file());
    // Wherever it was stopped, it goes on as if it had not been.
    let updates = (n_rows(&out) + 5).to_string();
    succeed(folder.path(), &["train", "--resume", "run", "--updates", &updates, "--quiet"]);
    succeed(folder.path(), &["train", &path, "--updates", &updates, "--out", "whole", "--quiet"]);
    assert_eq!(weights(&out), weights(&folder.path().join("whole")));
    assert_eq!(timeless_metrics(&out), timeless_metrics(&folder.path().join("whole")));
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
