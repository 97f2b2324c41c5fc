//! `dnne` without arguments: the start page.

use super::Arguments;
use super::output::complain;
use crate::viewer::{self, Entry, Shelf};
use crate::workflow::Document;
use clap::CommandFactory;
use serde_json::Value;
use std::cmp::Reverse;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime};

/// Runs that are listed, the newest.
const N_RUNS: usize = 12;
/// Of a file of metrics, in which the last row is.
const LAST_BYTES: u64 = 16_384;

/// Opens the start page, and watches what is chosen there. Where no window can be opened it prints the
/// help and why, with exit code 2.
pub(super) fn run() -> ExitCode {
    let (in_workflows, in_runs) = (Path::new("workflows"), Path::new("runs"));
    let full = |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let shelves = [
        Shelf {
            title: "Workflows",
            entries: workflows(in_workflows),
            if_empty: format!(
                "There are no workflows in {}. Start dnne in the folder that holds `workflows`, or name one:\n\n\
                 dnne watch path/to/workflow.json",
                full(in_workflows).display()
            ),
        },
        Shelf {
            title: "Recent runs",
            entries: runs(in_runs),
            if_empty: format!(
                "There are no runs in {} yet. Choose a workflow, or train one without a window:\n\n\
                 dnne train workflows/NAME.json --headless",
                full(in_runs).display()
            ),
        },
    ];
    match viewer::choose(shelves) {
        Ok(Some(path)) => watch(&path),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            complain(Arguments::command().render_help());
            complain(format_args!("no start page: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Watches in a process of its own: a process can open windows only once.
fn watch(path: &Path) -> ExitCode {
    let program = std::env::current_exe();
    let status = program.and_then(|dnne| Command::new(dnne).arg("watch").arg(path).status());
    match status {
        Ok(status) => {
            ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
        Err(error) => {
            complain(format_args!("error: cannot watch {}: {error}", path.display()));
            ExitCode::FAILURE
        }
    }
}

/// The workflow files of a folder, by name.
fn workflows(folder: &Path) -> Vec<Entry> {
    let mut entries: Vec<Entry> = paths_in(folder)
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| entry(&path, "train", about_workflow(&path)))
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The runs of a folder, the newest first.
fn runs(folder: &Path) -> Vec<Entry> {
    let mut runs: Vec<(SystemTime, PathBuf)> = paths_in(folder)
        .filter(|path| path.join("run.json").is_file())
        .map(|path| (changed(&path), path))
        .collect();
    runs.sort_by_key(|(time, _)| Reverse(*time));
    runs.truncate(N_RUNS);
    let of_run = |(time, path): (SystemTime, PathBuf)| entry(&path, "play", about_run(&path, time));
    runs.into_iter().map(of_run).collect()
}

/// When a run made its last update, or began.
fn changed(run: &Path) -> SystemTime {
    let metadata = fs::metadata(run.join("metrics.jsonl")).or_else(|_| fs::metadata(run));
    metadata.and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Scenes of a workflow, and how many environments they have.
fn about_workflow(path: &Path) -> String {
    let Some(document) = Document::load(path).0 else { return "cannot be read".to_owned() };
    let (scenes, n_envs) = environments(&Value::Object(document.root().clone()));
    let n_envs = if n_envs > 0 { format!("{n_envs} environments") } else { String::new() };
    sentence(&[scenes.join(", "), n_envs])
}

/// The scene of a run, what it reached, and how long ago.
fn about_run(run: &Path, time: SystemTime) -> String {
    let document = Document::load(run.join("workflow.json")).0;
    let root = document.map(|document| Value::Object(document.root().clone()));
    let scenes = root.map_or(Vec::new(), |root| environments(&root).0);
    let last = last_row(&run.join("metrics.jsonl")).unwrap_or_default();
    let number = |name: &str| last.get(name).and_then(Value::as_f64);
    let age = SystemTime::now().duration_since(time).unwrap_or_default();
    sentence(&[
        scenes.join(", "),
        number("episode_return").map_or(String::new(), |value| format!("return {value:.1}")),
        number("steps").map_or(String::new(), |steps| format!("{:.2}M steps", steps / 1e6)),
        format!("{} ago", roughly(age)),
    ])
}

fn sentence(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    parts.join("  \u{b7}  ")
}

/// The scenes that a workflow's nodes name, each once, and the sum of their environments, in whichever form it
/// is written.
fn environments(value: &Value) -> (Vec<String>, u64) {
    let (mut scenes, mut n_envs) = (Vec::new(), 0);
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        if let Some(scene) = value.get("env_name").and_then(Value::as_str) {
            n_envs += value.get("num_envs").and_then(Value::as_u64).unwrap_or(0);
            if !scenes.iter().any(|known| known == scene) {
                scenes.push(scene.to_owned());
            }
        }
        match value {
            Value::Object(fields) => rest.extend(fields.values().rev()),
            Value::Array(items) => rest.extend(items.iter().rev()),
            _ => {}
        }
    }
    (scenes, n_envs)
}

/// The last whole row of a file of rows, whose end is enough to read.
fn last_row(path: &Path) -> Option<Value> {
    let mut file = fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES))).ok()?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).ok()?;
    let rows = String::from_utf8_lossy(&end);
    rows.lines().rev().find_map(|row| serde_json::from_str(row).ok())
}

/// A time in its largest unit.
fn roughly(time: Duration) -> String {
    match time.as_secs() {
        secs if secs < 60 => format!("{secs} s"),
        secs if secs < 3_600 => format!("{} min", secs / 60),
        secs if secs < 86_400 => format!("{} h", secs / 3_600),
        secs => format!("{} d", secs / 86_400),
    }
}

fn paths_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn entry(path: &Path, does: &'static str, about: String) -> Entry {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Entry { path: path.to_owned(), name, about, does }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_run_comes_first_and_other_files_do_not_come() {
        let folder = tempfile::tempdir().unwrap();
        for (run, secs) in [("old", 100), ("new", 300), ("middle", 200)] {
            fs::create_dir(folder.path().join(run)).unwrap();
            fs::write(folder.path().join(run).join("run.json"), "{}").unwrap();
            let metrics = fs::File::create(folder.path().join(run).join("metrics.jsonl")).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(secs);
            metrics.set_modified(time).unwrap();
        }
        fs::create_dir(folder.path().join("no-run")).unwrap();
        let rows = "{\"steps\":1}\n{\"steps\":2500000,\"episode_return\":12.34}\n{\"ste";
        let now = SystemTime::now();
        let new = folder.path().join("new/metrics.jsonl");
        fs::write(&new, rows).unwrap();
        let workflow =
            r#"{"1":{"class_type":"IsaacGymEnvNode","inputs":{"env_name":"Ant","num_envs":64}}}"#;
        fs::write(folder.path().join("new/workflow.json"), workflow).unwrap();
        let about = about_run(&folder.path().join("new"), now - Duration::from_secs(7_300));
        assert_eq!(about, "Ant  \u{b7}  return 12.3  \u{b7}  2.50M steps  \u{b7}  2 h ago");
        let about = about_workflow(&folder.path().join("new/workflow.json"));
        assert_eq!(about, "Ant  \u{b7}  64 environments");
        let names: Vec<String> = runs(folder.path()).into_iter().map(|run| run.name).collect();
        assert_eq!(names, ["new", "middle", "old"]);
        assert!(workflows(folder.path()).is_empty() && runs(Path::new("/nowhere")).is_empty());
    }
}
