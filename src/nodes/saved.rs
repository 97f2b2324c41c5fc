//! What words mean that name something saved: those that a saver was given, a run's name, `best` and `latest`. Loaders
//! and all commands go by them, so that what one takes, all take.

use super::{CHECKPOINT_PREFIX, CHECKPOINTS_FOLDER, METADATA_FILE, WEIGHTS_FILE};
use crate::diagnostic::read_bytes;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The folder in which runs lie if nobody says otherwise.
pub const RUNS_FOLDER: &str = "runs";

/// The file of a run that describes it.
pub const RUN_FILE: &str = "run.json";

/// What the names of checkpoints begin with that are kept for being the best.
pub const BEST_PREFIX: &str = "best_";

/// After a folder's name: the checkpoint in it that was kept for being the best.
const BEST: &str = "best";

/// After a folder's name: the checkpoint in it that is furthest on.
const LATEST: [&str; 2] = ["latest", "last"];

/// Larger files do not describe checkpoints [bytes].
const LARGEST_DESCRIPTION: u64 = 64 << 20;

/// Something saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A run's folder.
    Run(PathBuf),
    /// A folder of checkpoints: a run's, or one that a saver writes to.
    Checkpoints(PathBuf),
    /// A checkpoint's folder.
    Checkpoint(PathBuf),
    /// Any other file.
    File(PathBuf),
}

/// A checkpoint, as far as its description tells.
struct Kept {
    path: PathBuf,
    /// Updates and environment steps.
    position: (u64, u64),
    /// The run that it is of.
    run: Option<String>,
}

impl Saved {
    /// What `words` name, if anything. A path is taken as it is; where it leads to nothing, what follows its last `/`
    /// may be `best`, `latest` or a checkpoint's name in the run or the folder before it. Relative words are sought
    /// in the present folder, in `runs` there, and then likewise in each folder above. Fails if several checkpoints
    /// are the best.
    pub fn find(words: &Path) -> Result<Option<Self>, String> {
        for path in places(words) {
            if let Some(found) = Self::at(&path)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn at(path: &Path) -> Result<Option<Self>, String> {
        if path.is_file() {
            return Ok(Some(Self::File(path.to_owned())));
        }
        if path.exists() {
            return Ok(Self::folder(path));
        }
        let name = path.file_name().unwrap_or_default();
        let before = path.parent().map(|folder| match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        });
        let home = before.and_then(Self::folder);
        let home = match home {
            Some(Self::Run(run)) => run.join(CHECKPOINTS_FOLDER),
            Some(Self::Checkpoints(folder)) => folder,
            _ => return Ok(None),
        };
        let named = home.join(name);
        match name.to_str() {
            Some(BEST) => best(&home).map(Some),
            Some(name) if LATEST.contains(&name) => Ok(Some(Self::Checkpoints(home))),
            _ if named.join(METADATA_FILE).is_file() => Ok(Some(Self::Checkpoint(named))),
            _ => Ok(None),
        }
    }

    /// What a folder is.
    fn folder(path: &Path) -> Option<Self> {
        let has = |name: &str| path.join(name).is_file();
        if has(RUN_FILE) {
            return Some(Self::Run(path.to_owned()));
        }
        if has(METADATA_FILE) || has(WEIGHTS_FILE) {
            return Some(Self::Checkpoint(path.to_owned()));
        }
        let holds_any = !checkpoint_folders(path).is_empty();
        holds_any.then(|| Self::Checkpoints(path.to_owned()))
    }

    /// The file of weights that is meant: of a run or a folder, that of the checkpoint that is furthest on. None where
    /// there is no checkpoint yet. Fails if checkpoints of several runs lie in the folder.
    pub fn weights(&self) -> Result<Option<PathBuf>, String> {
        let folder = match self {
            Self::File(file) => return Ok(Some(file.clone())),
            Self::Checkpoint(folder) => return Ok(Some(folder.join(WEIGHTS_FILE))),
            Self::Run(run) => run.join(CHECKPOINTS_FOLDER),
            Self::Checkpoints(folder) => folder.clone(),
        };
        of_one_run(&folder)?;
        let last = kept_in(&folder).into_iter().max_by_key(|it| it.position);
        Ok(last.map(|it| it.path.join(WEIGHTS_FILE)))
    }
}

/// Fails if a folder holds checkpoints of several runs, of which none is meant more than the others.
pub fn of_one_run(folder: &Path) -> Result<(), String> {
    let kept = kept_in(folder);
    let runs: BTreeSet<&str> = kept.iter().filter_map(|it| it.run.as_deref()).collect();
    if runs.len() <= 1 {
        return Ok(());
    }
    let names: Vec<String> = kept.iter().map(|it| it.path.display().to_string()).collect();
    Err(format!(
        "{} holds checkpoints of {} runs; name one of {}",
        folder.display(),
        runs.len(),
        names.join(", ")
    ))
}

/// The checkpoint of a folder that was kept for being the best.
fn best(folder: &Path) -> Result<Saved, String> {
    let is_best = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(BEST_PREFIX)
    };
    let mut found: Vec<PathBuf> = checkpoint_folders(folder).into_iter().filter(is_best).collect();
    match found.len() {
        1 => Ok(Saved::Checkpoint(found.remove(0))),
        0 => Err(format!(
            "{} holds no checkpoint for the best of a metric; give `latest`, or have a saver or the trainer keep one \
             (trigger \"best_metric\")",
            folder.display()
        )),
        _ => {
            let names: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
            Err(format!(
                "several checkpoints are the best of something; name one of {}",
                names.join(", ")
            ))
        }
    }
}

/// The folders in a folder that are meant to be checkpoints, by name; hidden ones are being written.
fn checkpoint_folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| !is_hidden(path) && path.join(METADATA_FILE).is_file())
        .collect();
    found.sort();
    found
}

fn kept_in(folder: &Path) -> Vec<Kept> {
    checkpoint_folders(folder).into_iter().map(kept).collect()
}

/// What a checkpoint says of itself; where its description cannot be read, its name tells how far it is.
fn kept(path: PathBuf) -> Kept {
    let text = read_bytes(&path.join(METADATA_FILE), LARGEST_DESCRIPTION).unwrap_or_default();
    let described: Value = serde_json::from_slice(&text).unwrap_or_default();
    let number = |name: &str| described.get(name).and_then(Value::as_u64);
    let position = number("update").zip(number("step")).or_else(|| named_position(&path));
    let run = described.get("run").and_then(Value::as_str).map(str::to_owned);
    Kept { position: position.unwrap_or_default(), run, path }
}

/// The updates and steps in a checkpoint's name, if it has any.
fn named_position(path: &Path) -> Option<(u64, u64)> {
    let rest = path.file_name()?.to_str()?.strip_prefix(CHECKPOINT_PREFIX)?;
    let (updates, steps) = rest.split_once("_step_")?;
    Some((updates.parse().ok()?, steps.get(..12).unwrap_or(steps).parse().ok()?))
}

/// Where words may lead, in the order in which it is tried.
fn places(words: &Path) -> Vec<PathBuf> {
    if words.as_os_str().is_empty() {
        return Vec::new();
    }
    let mut all = vec![words.to_owned()];
    // `./x`, `../x` and `/x` say where they begin.
    if words.components().all(|part| matches!(part, Component::Normal(_))) {
        all.push(Path::new(RUNS_FOLDER).join(words));
        let here = std::env::current_dir().unwrap_or_default();
        for above in here.ancestors().skip(1) {
            all.push(above.join(words));
            all.push(above.join(RUNS_FOLDER).join(words));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checkpoint(path: &Path, position: [u64; 2], run: &str) {
        fs::create_dir_all(path).unwrap();
        let described = json!({"update": position[0], "step": position[1], "run": run});
        fs::write(path.join(METADATA_FILE), described.to_string()).unwrap();
    }

    /// A run with three checkpoints, the best among them; a folder of a saver; one of two runs.
    fn folders() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("run")).unwrap();
        fs::write(at("run").join(RUN_FILE), "{}").unwrap();
        checkpoint(&at("run/checkpoints/update_000009_step_000000000090"), [9, 90], "a");
        checkpoint(&at("run/checkpoints/update_000010_step_000000000100"), [10, 100], "a");
        checkpoint(&at("run/checkpoints/best_6"), [4, 40], "a");
        checkpoint(&at("run/checkpoints/.unfinished-x"), [99, 990], "a");
        checkpoint(&at("kept/update_000002_step_000000000020"), [2, 20], "a");
        checkpoint(&at("kept/best_8"), [3, 30], "a");
        checkpoint(&at("both/one"), [1, 10], "a");
        checkpoint(&at("both/best_1"), [1, 10], "b");
        checkpoint(&at("both/best_2"), [1, 10], "b");
        fs::write(at("w.safetensors"), "").unwrap();
        fs::create_dir(at("empty")).unwrap();
        folder
    }

    #[test]
    fn words_mean_the_same_for_runs_folders_of_savers_and_checkpoints() {
        let folder = folders();
        let at = |name: &str| folder.path().join(name);
        let found = |words: &str| Saved::find(&at(words)).unwrap();
        let checkpoint = |name: &str| Some(Saved::Checkpoint(at(name)));
        let checkpoints = |name: &str| Some(Saved::Checkpoints(at(name)));
        let ten = "update_000010_step_000000000100";
        for (words, expected) in [
            ("run", Some(Saved::Run(at("run")))),
            ("run/checkpoints", checkpoints("run/checkpoints")),
            ("run/latest", checkpoints("run/checkpoints")),
            ("run/checkpoints/last", checkpoints("run/checkpoints")),
            ("run/best", checkpoint("run/checkpoints/best_6")),
            ("run/best_6", checkpoint("run/checkpoints/best_6")),
            ("run/checkpoints/best", checkpoint("run/checkpoints/best_6")),
            (&format!("run/{ten}"), checkpoint(&format!("run/checkpoints/{ten}"))),
            ("kept", checkpoints("kept")),
            ("kept/latest", checkpoints("kept")),
            ("kept/best", checkpoint("kept/best_8")),
            ("kept/best_8", checkpoint("kept/best_8")),
            ("w.safetensors", Some(Saved::File(at("w.safetensors")))),
            ("empty", None),
            ("empty/best", None),
            ("nowhere", None),
            ("run/nothing", None),
        ] {
            assert_eq!(found(words), expected, "{words}");
        }
        assert_eq!(Saved::find(Path::new("")), Ok(None));
    }

    #[test]
    fn weights_are_those_of_the_checkpoint_that_is_furthest_on() {
        let folder = folders();
        let at = |name: &str| folder.path().join(name);
        let weights = |words: &str| Saved::find(&at(words)).unwrap().unwrap().weights();
        let of = |name: &str| Ok(Some(at(name).join(WEIGHTS_FILE)));
        assert_eq!(weights("run"), of("run/checkpoints/update_000010_step_000000000100"));
        assert_eq!(weights("run/best"), of("run/checkpoints/best_6"));
        // The best may have come last.
        assert_eq!(weights("kept"), of("kept/best_8"));
        assert_eq!(weights("w.safetensors"), Ok(Some(at("w.safetensors"))));
        // One whose description is damaged is not passed over in silence: its weights will be looked at.
        let last = at("run/checkpoints/update_000011_step_000000000110");
        fs::create_dir(&last).unwrap();
        fs::write(last.join(METADATA_FILE), "{").unwrap();
        assert_eq!(weights("run"), of("run/checkpoints/update_000011_step_000000000110"));
    }

    #[test]
    fn what_may_mean_several_things_is_refused_with_their_names() {
        let folder = folders();
        let both = folder.path().join("both");
        let said = Saved::find(&both).unwrap().unwrap().weights().unwrap_err();
        assert!(said.contains("checkpoints of 2 runs") && said.contains("both/one"), "{said}");
        let said = Saved::find(&both.join("best")).unwrap_err();
        assert!(said.contains("best_1") && said.contains("best_2"), "{said}");
        fs::remove_dir_all(folder.path().join("run/checkpoints/best_6")).unwrap();
        let said = Saved::find(&folder.path().join("run/best")).unwrap_err();
        assert!(said.contains("no checkpoint for the best") && said.contains("latest"), "{said}");
    }

    #[test]
    fn names_are_sought_here_in_runs_and_above() {
        let all = places(Path::new("a/b"));
        assert_eq!(all[..2], [PathBuf::from("a/b"), PathBuf::from("runs/a/b")]);
        let above = std::env::current_dir().unwrap().parent().unwrap().to_owned();
        assert_eq!(all[2..4], [above.join("a/b"), above.join("runs/a/b")]);
        assert!(all.contains(&PathBuf::from("/runs/a/b")), "{all:?}");
        for words in ["./a", "../a", "/a"] {
            assert_eq!(places(Path::new(words)), [PathBuf::from(words)]);
        }
    }
}
