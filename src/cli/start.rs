//! `dnne` without arguments: the start page.

use super::Arguments;
use super::output::complain;
use crate::viewer::{self, Entry};
use clap::CommandFactory;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

/// Runs that are listed, the newest.
const N_RUNS: usize = 12;

/// Opens the start page, and watches what is chosen there. Where no window can be opened it prints the
/// help and why, with exit code 2.
pub(super) fn run() -> ExitCode {
    match viewer::choose(workflows(Path::new("workflows")), runs(Path::new("runs"))) {
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
        .map(|path| entry(path, "train".to_owned()))
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The runs of a folder, the newest first.
fn runs(folder: &Path) -> Vec<Entry> {
    let changed = |path: &PathBuf| {
        let metadata = fs::metadata(path.join("metrics.jsonl")).or_else(|_| fs::metadata(path));
        metadata.and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut paths: Vec<PathBuf> =
        paths_in(folder).filter(|path| path.join("run.json").is_file()).collect();
    paths.sort_by_key(|path| std::cmp::Reverse(changed(path)));
    paths.truncate(N_RUNS);
    paths.into_iter().map(|path| entry(path, "play".to_owned())).collect()
}

fn paths_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn entry(path: PathBuf, about: String) -> Entry {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Entry { path, name, about }
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
        let names: Vec<String> = runs(folder.path()).into_iter().map(|run| run.name).collect();
        assert_eq!(names, ["new", "middle", "old"]);
        assert!(workflows(folder.path()).is_empty() && runs(Path::new("/nowhere")).is_empty());
    }
}
