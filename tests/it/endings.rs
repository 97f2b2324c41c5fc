//! A run that is killed, or asked to end, loses nothing.

use crate::support::{
    fail, finish, last_checkpoint, n_rows, output, run, start, succeed, timeless_metrics, wait_for,
    weights, workflow,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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
fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let kill = output(Command::new("kill").args([signal, &id]));
    assert!(kill.status.success());
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_and_exits_with_130() {
    // SIGTERM and SIGHUP may come to a process and again to its group; two of SIGINT would not save.
    for signals in [&["-INT"][..], &["-TERM", "-TERM"], &["-HUP", "-HUP"]] {
        signals_save_and_exit_with_130(signals);
    }
}

/// Who starts a training with `nohup` means it to outlive the terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let mut command = Command::new("sh");
    let exec = "trap '' HUP; exec \"$@\"";
    command.args(["-c", exec, "sh", env!("CARGO_BIN_EXE_dnne")]);
    command.args(["train", &path, "--out", "run", "--quiet"]).current_dir(folder.path());
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let out = folder.path().join("run");
    wait_for("an update", || n_rows(&out) >= 1);
    send(&child, "-HUP");
    let n = n_rows(&out);
    wait_for("more updates", || n_rows(&out) >= n + 5);
    send(&child, "-INT");
    assert_eq!(finish(child).status.code(), Some(130));
}

/// The program, ended by a hangup whatever this process was told of those: who runs the tests under `nohup` has them
/// ignored, and what is started inherits that.
#[cfg(target_os = "linux")]
fn start_listening(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_dnne")]).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).current_dir(folder).spawn().unwrap()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn start_listening(folder: &Path, args: &[&str]) -> Child {
    start(folder, args)
}

#[cfg(unix)]
fn signals_save_and_exit_with_130(signals: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let child = start_listening(folder.path(), &["train", &path, "--out", "run"]);
    let out = folder.path().join("run");
    wait_for("an update", || n_rows(&out) >= 1);
    signals.iter().for_each(|signal| send(&child, signal));
    let output = finish(child);
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

/// Every member of a sweep that runs saves, and none begins any more.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_sweep_and_saves_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let sweep = ["sweep", &path, "--seeds", "1..6", "--jobs", "2", "--out", "s"];
    let child = start(folder.path(), &sweep);
    let member = |n: usize| folder.path().join(format!("s/000{n}"));
    wait_for("an update of both", || n_rows(&member(1)) >= 1 && n_rows(&member(2)) >= 1);
    send(&child, "-INT");
    let output = finish(child);
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    for run in [member(1), member(2)] {
        assert!(last_checkpoint(&run).join("weights.safetensors").is_file());
    }
    assert!(!member(3).exists());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("dnne sweep --resume s"), "{said}");
    let table = std::fs::read_to_string(folder.path().join("s/sweep.csv")).unwrap();
    assert_eq!(table.matches("interrupted").count(), 2, "{table}");
}

/// What was done stays, what was interrupted goes on where it was, and the rest begins: as if nothing had happened.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_goes_on_to_what_it_would_have_been() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let sweep = ["sweep", &path, "--seeds", "1..3", "--jobs", "1", "--updates", "300"];
    let child = start(folder.path(), &[&sweep[..], &["--out", "s"]].concat());
    let at = |run: &str| folder.path().join(run);
    wait_for("the second run's first update", || n_rows(&at("s/0002")) >= 1);
    send(&child, "-INT");
    assert_eq!(finish(child).status.code(), Some(130));
    assert!(at("s/0001").is_dir() && !at("s/0003").exists());
    let first = last_checkpoint(&at("s/0001"));
    let written = std::fs::metadata(first.join("weights.safetensors")).unwrap().modified().unwrap();
    let output = run(folder.path(), &["sweep", "--resume", "s"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("0001") && said.contains("[3/3]"), "{said}");
    let again = std::fs::metadata(first.join("weights.safetensors")).unwrap().modified().unwrap();
    assert_eq!(written, again);
    let table = std::fs::read_to_string(at("s/sweep.csv")).unwrap();
    assert_eq!(table.matches("done").count(), 3, "{table}");
    let whole = run(folder.path(), &[&sweep[..], &["--out", "whole"]].concat());
    assert_eq!(whole.status.code(), Some(0));
    for name in ["0001", "0002", "0003"] {
        let [one, other] = ["s", "whole"].map(|sweep| at(sweep).join(name));
        assert_eq!(weights(&one), weights(&other), "{name}");
    }
    // Once more there is nothing to do.
    let output = run(folder.path(), &["sweep", "--resume", "s"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Killed again and again as soon as a checkpoint begins to be written.
#[test]
fn killed_while_a_checkpoint_is_written_and_resumed_equals_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = workflow("cartpole_lstm");
    let train = ["train", &path, "--num-envs", "64", "--quiet"];
    let set = ["enabled=true", "trigger_type=epoch", "trigger_value=1"];
    let set = set.map(|set| format!("PPOTrainerNode.checkpoint_{set}"));
    let set: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    let start_with = [&train[..], &set].concat();
    succeed(folder.path(), &[&start_with[..], &["--updates", "2", "--out", "killed"]].concat());
    let drafts = || -> BTreeSet<String> {
        let entries = std::fs::read_dir(at("killed/checkpoints")).unwrap();
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with('.')).collect()
    };
    let mut n_cut_short = 0;
    for _ in 0..10 {
        let old = drafts();
        let mut child = start(folder.path(), &["train", "--resume", "killed", "--quiet"]);
        let deadline = Instant::now() + Duration::from_secs(60);
        while drafts().is_subset(&old) {
            assert!(Instant::now() < deadline, "no checkpoint was written");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        n_cut_short += usize::from(!drafts().is_subset(&old));
    }
    assert!(n_cut_short > 0, "this test is to cut a checkpoint short, and has not");
    let more: &[&str] = &["--updates", "16", "--quiet"];
    succeed(folder.path(), &[&["train", "--resume", "killed"][..], more].concat());
    succeed(folder.path(), &[&start_with[..], &["--updates", "16", "--out", "whole"]].concat());
    assert_eq!(weights(&at("killed")), weights(&at("whole")));
    assert_eq!(timeless_metrics(&at("killed")), timeless_metrics(&at("whole")));
    assert!(drafts().is_empty());
}

#[test]
fn one_process_at_a_time_trains_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let mut child = start(folder.path(), &["train", &path, "--out", "run", "--quiet"]);
    wait_for("an update", || n_rows(&folder.path().join("run")) >= 1);
    let said = fail(folder.path(), &["train", "--resume", "run"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("another process"), "{said}");
}
