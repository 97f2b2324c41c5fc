//! What to do about words that name nothing: the nearest name, or what there is.

use super::of_scene::training_in;
use super::{SCENES, WORKFLOWS, homes, workflow};
use crate::nodes::{RUNS_FOLDER, Saved};
use crate::scene::SceneLibrary;
use crate::session::{last_metrics, runs_in};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Most names in a list, and most files of a folder that are looked at.
const MOST_NAMES: usize = 24;
const MOST_FILES: usize = 1_000;
/// Most runs in a list, the newest.
const MOST_RUNS: usize = 12;

/// What words are to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Wanted {
    Workflow,
    /// A scene or a model.
    Scene,
    /// A workflow, a scene or a model.
    File,
    /// A run or a checkpoint.
    Run,
    /// Whatever can be watched.
    Any,
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Scene => "scene or model",
            Self::File => "workflow, scene or model",
            Self::Run => "run or checkpoint",
            Self::Any => "workflow, run, scene or model",
        }
    }

    fn has_workflows(self) -> bool {
        matches!(self, Self::Workflow | Self::File | Self::Any)
    }

    fn has_scenes(self) -> bool {
        matches!(self, Self::Scene | Self::File | Self::Any)
    }

    fn has_runs(self) -> bool {
        matches!(self, Self::Run | Self::Any)
    }

    /// Endings of files that may be meant.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Workflow => &["json"],
            Self::Scene => &["xml", "urdf", "mjcf", "ron"],
            Self::File | Self::Any => &["json", "xml", "urdf", "mjcf", "ron"],
            Self::Run => &[],
        }
    }
}

/// What is wrong with words of the command line, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Advice {
    pub(in crate::cli) message: String,
    pub(in crate::cli) help: String,
    /// Whether the command line itself is wrong, which has an exit code of its own.
    pub(in crate::cli) is_usage: bool,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for Advice {}

impl Advice {
    /// Nothing was named at all.
    pub(in crate::cli) fn for_nothing(command: &str, wanted: Wanted) -> Self {
        Self {
            message: format!("{command}: name a {}", wanted.name()),
            help: There::is(wanted).list(),
            is_usage: true,
        }
    }

    /// None if the words lead to something that may be what is wanted.
    pub(in crate::cli) fn for_words(words: &Path, wanted: Wanted) -> Option<Self> {
        let shown = words.display();
        let advice = |message: String, help: String| Some(Self { message, help, is_usage: false });
        let is_scene = words.join("task.ron").is_file();
        if wanted == Wanted::Run {
            return Self::for_run(words);
        }
        let is_fitting = match wanted {
            Wanted::Workflow => words.is_file(),
            _ => words.is_file() || is_scene,
        };
        // What is neither file nor folder, as a device or a link to nothing, is told where it is opened.
        let is_there = words.symlink_metadata().is_ok();
        if is_fitting || (is_there && !words.is_dir()) {
            return None;
        }
        let there = There::is(wanted);
        if is_scene {
            return Some(Self::for_scene(words, &training_in(words, None)));
        }
        if words.is_dir() {
            let message = format!("{shown} is a folder and no {}", wanted.name());
            let inside = There { names: inside(words, wanted), ..There::default() };
            return advice(message, if inside.names.is_empty() { there } else { inside }.list());
        }
        let message = format!("{shown}: there is no such {}", wanted.name());
        advice(message, there.or_beside(words, wanted).near(words))
    }

    /// A scene was named where a workflow is meant; `fitting` are those that train in it.
    pub(super) fn for_scene(words: &Path, fitting: &[(String, PathBuf)]) -> Self {
        let names: Vec<&str> = fitting.iter().map(|(name, _)| name.as_str()).collect();
        let help = match names.is_empty() {
            true => "name a workflow that trains in it".to_owned(),
            false => format!("name a workflow that trains in it: {}", names.join(", ")),
        };
        let message = format!("{} is a scene and no workflow", words.display());
        Self { message, help, is_usage: false }
    }

    fn for_run(words: &Path) -> Option<Self> {
        let shown = words.display();
        let is_workflow = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
        let there = There::is(Wanted::Run);
        let help = match Saved::find(words) {
            // What else is wrong with it is told where it is opened.
            Err(_) => return None,
            Ok(Some(Saved::File(file))) if is_workflow(&file) && !is_inside_run(&file) => {
                format!("train this workflow first: dnne train {shown}; {}", there.list())
            }
            Ok(Some(_)) => return None,
            Ok(None) => {
                let runs = runs_in(words);
                match (runs.is_empty(), words.is_dir(), workflow(words).is_file()) {
                    (false, ..) => format!("name one of its runs:\n{}", run_lines(&runs)),
                    (true, true, _) => there.list(),
                    (true, false, true) => {
                        format!("this is a workflow; train it first: dnne train {shown}")
                    }
                    (true, false, false) => there.near(words),
                }
            }
        };
        let message = format!(
            "{shown}: is not a run folder (the one that dnne train named at its end), nor a checkpoint"
        );
        Some(Self { message, help, is_usage: false })
    }
}

fn is_inside_run(file: &Path) -> bool {
    let folder = file.parent().unwrap_or(Path::new(""));
    !matches!(Saved::find(folder), Ok(None) | Err(_))
}

/// What there is of a kind.
#[derive(Default)]
struct There {
    /// Names by which commands find it, the present folder's first.
    names: Vec<String>,
    /// The runs among it, the newest first.
    runs: Vec<(PathBuf, SystemTime)>,
}

impl There {
    fn is(wanted: Wanted) -> Self {
        let mut there = Self::default();
        let mut known = BTreeSet::new();
        for home in homes() {
            let here = home.as_os_str().is_empty();
            if wanted.has_workflows() {
                let new = workflows_of(&home).filter(|it| known.insert(it.stem.clone()));
                there.names.extend(new.map(|it| it.shown));
            }
            if wanted.has_scenes() {
                let names = SceneLibrary::new(home.join(SCENES)).names();
                let new = names.into_iter().filter(|name| known.insert(name.clone()));
                let shown = |name| if here { format!("{SCENES}/{name}") } else { name };
                there.names.extend(new.map(shown));
            }
        }
        if wanted.has_runs() {
            there.runs = runs_in(Path::new(RUNS_FOLDER));
            // A folder of runs may be the present one.
            there.runs.extend(runs_in(Path::new(".")));
        }
        there
    }

    /// With the files of the folder that words lead to.
    fn or_beside(mut self, words: &Path, wanted: Wanted) -> Self {
        let folder = words.parent().unwrap_or(Path::new(""));
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let mut files = inside(listed, wanted);
        let is_known = |file: &String| self.names.contains(file);
        files.retain(|file| !is_known(file));
        let files = files.into_iter().map(|file| match file.strip_prefix("./") {
            Some(here) => here.to_owned(),
            None => file,
        });
        self.names = files.chain(self.names).collect();
        self
    }

    /// The name that words probably mean, or all.
    fn near(&self, words: &Path) -> String {
        let runs = self.runs.iter().map(|(run, _)| run.display().to_string());
        let all: Vec<String> = runs.chain(self.names.iter().cloned()).collect();
        match similar(words, &all) {
            Some(near) => format!("did you mean {near}?"),
            None => self.list(),
        }
    }

    fn list(&self) -> String {
        let mut parts = Vec::new();
        if !self.names.is_empty() {
            let shown = self.names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
            let more = match self.names.len().saturating_sub(MOST_NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            parts.push(format!("there are {shown}{more}"));
        }
        if !self.runs.is_empty() {
            parts.push(format!("the newest runs are\n{}", run_lines(&self.runs)));
        }
        match parts.is_empty() {
            true => "there is none here; give a path".to_owned(),
            false => parts.join("; "),
        }
    }
}

/// A file in a folder `workflows`.
pub(super) struct WorkflowFile {
    pub stem: String,
    /// The word by which commands find it: its path if it is here, else its name.
    pub shown: String,
    pub path: PathBuf,
}

/// The workflows of one of the homes, by name.
pub(super) fn workflows_of(home: &Path) -> impl Iterator<Item = WorkflowFile> + use<> {
    let (folder, here) = (home.join(WORKFLOWS), home.as_os_str().is_empty());
    with_endings(&folder, &["json"]).into_iter().map(move |file| {
        let stem = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let shown = if here { format!("{WORKFLOWS}/{file}") } else { stem.clone() };
        WorkflowFile { stem, shown, path: folder.join(file) }
    })
}

/// Names of files in a folder that end so, sorted.
fn with_endings(folder: &Path, endings: &[&str]) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_FILES);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let is_meant = |name: &String| {
        let ending = Path::new(name).extension().unwrap_or_default();
        !name.starts_with('.') && endings.iter().any(|it| ending.eq_ignore_ascii_case(it))
    };
    let mut found: Vec<String> = names.filter(is_meant).collect();
    found.sort();
    found
}

/// Paths of what is wanted in a folder.
fn inside(folder: &Path, wanted: Wanted) -> Vec<String> {
    let mut names = with_endings(folder, wanted.endings());
    if wanted.has_scenes() {
        names.extend(SceneLibrary::new(folder).names());
    }
    names.into_iter().map(|name| folder.join(name).display().to_string()).collect()
}

/// The path whose name is most like that of the words; of equals one in the same folder, or the first.
fn similar<'a>(words: &Path, all: &'a [String]) -> Option<&'a String> {
    /// Of names that are the same, or go on after the words.
    const SAME: f64 = 3.0;
    const BEGUN: f64 = 2.0;
    /// Below it a suggestion is a guess.
    const CLOSE_ENOUGH: f64 = 0.5;
    /// What the same folder is worth.
    const NEIGHBOUR: f64 = 0.01;
    let plain = |path: &Path| -> String {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let letters = stem.chars().take(100).filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(words);
    let score = |path: &Path| {
        let name = plain(path);
        let likeness = if name == wanted {
            SAME
        } else if name.starts_with(&wanted) {
            BEGUN
        } else {
            strsim::normalized_damerau_levenshtein(&wanted, &name)
        };
        let is_near = path.parent() == words.parent();
        (likeness >= CLOSE_ENOUGH).then_some(likeness + if is_near { NEIGHBOUR } else { 0.0 })
    };
    let mut best: Option<(f64, &String)> = None;
    for path in all.iter().filter(|_| !wanted.is_empty()) {
        let Some(score) = score(Path::new(path)) else { continue };
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, path));
        }
    }
    best.map(|(_, path)| path)
}

/// A line for each run: its path, how far it is, what it achieves, and when it was last written.
fn run_lines(runs: &[(PathBuf, SystemTime)]) -> String {
    let runs = &runs[..runs.len().min(MOST_RUNS)];
    let widest = runs.iter().map(|(run, _)| run.display().to_string().chars().count()).max();
    let lines = runs.iter().map(|(run, time)| {
        let row = last_metrics(run);
        let number = |name: &str| row.as_ref().and_then(|row| row.get(name)?.as_f64());
        let update =
            number("update").map_or("no update yet".to_owned(), |it| format!("update {it}"));
        let achieved =
            row.as_ref().and_then(|row| row.get("episode_return")).and_then(Value::as_f64);
        let achieved = achieved.map_or(String::new(), |it| format!("return {it:.1}"));
        let since = time.elapsed().unwrap_or_default();
        let name = run.display().to_string();
        let width = widest.unwrap_or(0);
        format!("  {name:width$}  {update:<14} {achieved:<15} {}", ago(since)).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// About how long ago.
fn ago(since: Duration) -> String {
    let secs = since.as_secs();
    let (count, unit) = match secs {
        0..60 => return "just now".to_owned(),
        60..3_600 => (secs / 60, "minute"),
        3_600..86_400 => (secs / 3_600, "hour"),
        _ => (secs / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_or_the_one_that_begins_so() {
        let all: Vec<String> = [
            "runs/cartpole_ppo-2",
            "runs/cartpole_ppo",
            "workflows/ant_ppo.json",
            "ant",
            "robots/arm.xml",
            "Hopper",
        ]
        .map(str::to_owned)
        .into();
        for (words, expected) in [
            ("runs/ca", Some("runs/cartpole_ppo-2")),
            ("cartpole_ppo", Some("runs/cartpole_ppo")),
            ("workflows/ant_pp.json", Some("workflows/ant_ppo.json")),
            ("ant_ppo.jsn", Some("workflows/ant_ppo.json")),
            ("robots/amr.xml", Some("robots/arm.xml")),
            ("robots/arn.xml", Some("robots/arm.xml")),
            ("hoper", Some("Hopper")),
            ("xyzzy", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(similar(Path::new(words), &all).map(String::as_str), expected, "{words}");
        }
    }

    #[test]
    fn times_are_told_in_their_largest_unit() {
        for (secs, expected) in
            [(5, "just now"), (60, "1 minute ago"), (7_300, "2 hours ago"), (200_000, "2 days ago")]
        {
            assert_eq!(ago(Duration::from_secs(secs)), expected);
        }
    }
}
