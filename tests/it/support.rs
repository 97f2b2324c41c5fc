//! Running the program and reading what it leaves behind.

use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
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
    output(&mut dnne(folder, args))
}

/// What a command did that is given no input; it has as long as [`finish`] gives it.
pub fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    finish(command.spawn().unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// The longest that a program may take to its end: a training of these tests, on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until a program has ended, and gives what it wrote where that is piped. One that does not end is ended, and
/// the test fails.
pub fn finish(mut child: Child) -> Output {
    fn reader<R: Read + Send + 'static>(pipe: Option<R>) -> JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut bytes).expect("a pipe can be read");
            }
            bytes
        })
    }
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if PATIENCE < start.elapsed() {
            child.kill().expect("a child can be ended");
            let _ = child.wait();
            let said = stderr.join().expect("a pipe was read");
            panic!("a program did not end within {PATIENCE:?}: {}", String::from_utf8_lossy(&said));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().expect("a pipe was read"));
    Output { status, stdout, stderr }
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
    start_with(dnne(folder, args))
}

/// The same of a command.
pub fn start_with(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}
