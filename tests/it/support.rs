//! Running the program and reading what it leaves behind.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A path inside the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn workflow(name: &str) -> String {
    repository(&format!("workflows/{name}.json")).to_string_lossy().into_owned()
}

/// The program with arguments, in a folder of its own.
pub fn dnne(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dnne"));
    command.current_dir(folder).args(args);
    command
}

pub fn run(folder: &Path, args: &[&str]) -> Output {
    dnne(folder, args).output().expect("the program starts")
}

/// Runs a command that must succeed, and gives its standard output.
pub fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "dnne {args:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).expect("output is text")
}

/// Runs a command that must fail cleanly, and gives what it said.
pub fn fail(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!errors.contains("panicked"), "dnne {args:?}: {errors}");
    let code = output.status.code();
    assert!(matches!(code, Some(1 | 2)), "dnne {args:?}: exit {code:?}\n{errors}");
    errors
}

/// The rows of a run's metrics.
pub fn metrics(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("the run has metrics");
    text.lines().map(|row| serde_json::from_str(row).expect("a row is JSON")).collect()
}

/// The same without what depends on the clock.
pub fn timeless_metrics(run: &Path) -> Vec<Value> {
    let mut rows = metrics(run);
    for row in &mut rows {
        let row = row.as_object_mut().expect("a row is an object");
        row.retain(|name, _| !name.ends_with("_secs") && !name.ends_with("_per_sec"));
    }
    rows
}

/// The newest checkpoint of a run.
pub fn last_checkpoint(run: &Path) -> PathBuf {
    let entries = std::fs::read_dir(run.join("checkpoints")).expect("the run has checkpoints");
    let names = entries.map(|entry| entry.expect("readable").path());
    let updates = names.filter(|path| path.to_string_lossy().contains("update_"));
    updates.max().expect("there is a checkpoint")
}

/// The bytes of a run's last weights.
pub fn weights(run: &Path) -> Vec<u8> {
    std::fs::read(last_checkpoint(run).join("weights.safetensors")).expect("weights")
}

/// Waits until a condition holds, or fails loudly.
pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Rows of metrics that a run has written so far.
pub fn n_rows(run: &Path) -> usize {
    std::fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count())
}

/// The program, started and left to itself.
pub fn start(folder: &Path, args: &[&str]) -> Child {
    let mut command = dnne(folder, args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}
