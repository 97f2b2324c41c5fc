//! `dnne` without arguments: the start page.

use super::output::{complain, tell};
use super::place::Wanted;
use super::prepare::{Given, Origin};
use super::train::{self, N_SHOWN, TrainOptions, Window};
use super::{Arguments, place, signals, templates, watch};
use crate::nodes::{Kinds, RUNS_FOLDER};
use crate::scene::SceneLibrary;
use crate::session::{last_metrics, load_workflow, runs_in};
use crate::ui::{StartEntry, StartList, Template};
use crate::viewer::{self, FirstPage, Host, ReadySession, Smoothness};
use crate::workflow::{Document, Role};
use clap::{CommandFactory, Parser};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// Number of runs that are listed, the newest ones.
const N_RUNS: usize = 12;

/// Opens the start page, from which sessions are watched one after the other. Where no window can be opened it
/// prints the help and why, with exit code 2.
pub(super) fn run(first: FirstPage) -> ExitCode {
    let interrupted = match signals::watch() {
        Ok(interrupted) => interrupted,
        Err(error) => {
            complain(format_args!("error: {error:#}"));
            return ExitCode::FAILURE;
        }
    };
    match viewer::browse(Doors { interrupted: interrupted.clone() }, first) {
        Ok(()) if interrupted.load(Ordering::SeqCst) => ExitCode::from(signals::INTERRUPTED_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(Arguments::command().render_help());
            complain(format_args!("no window: {error}"));
            ExitCode::from(2)
        }
    }
}

#[derive(Parser)]
pub(super) struct EditArgs {
    /// Workflow file, or a picture that holds a workflow; a new workflow without one
    workflow: Option<PathBuf>,
}

/// Opens the editor. For a file that cannot be read no window opens: the error is printed, with exit code 2.
pub(super) fn edit(args: EditArgs) -> ExitCode {
    let workflow = args.workflow.map(|words| place::workflow(&words));
    // The window reads the workflow inside of a picture, and tells what is wrong with it.
    if let Some(path) = workflow.as_ref().filter(|path| !is_picture(path)) {
        let (document, diagnostics) = Document::load(path);
        if document.is_none() {
            place::advise(diagnostics, path, Wanted::Workflow).iter().for_each(tell);
            return ExitCode::from(2);
        }
    }
    run(FirstPage::Edit(workflow))
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ["png", "svg"].iter().any(|it| ending.eq_ignore_ascii_case(it))
}

/// What is listed here, and how it is opened.
pub(super) struct Doors {
    pub(super) interrupted: Arc<AtomicBool>,
}

impl Doors {
    fn open_training(
        &self,
        given: Option<Given>,
        options: TrainOptions,
    ) -> Result<ReadySession, String> {
        let origin = Origin { kinds: self.kinds(), given };
        let window = Window { n_envs: N_SHOWN, max_fps: None, stays: true, renders: true };
        let opened = train::open(origin, options, &window, self.interrupted.clone());
        opened
            .map_err(|error| format!("{error:#}"))?
            .ok_or_else(|| "The workflow is unsound; the list of problems says why.".to_owned())
    }
}

impl Host for Doors {
    fn templates(&self) -> Result<Vec<Template>, String> {
        templates::read(&place::folder("assets").join("templates.ron"))
    }

    fn start_lists(&self) -> Vec<StartList> {
        let (in_workflows, in_runs) = (&place::folder("workflows"), Path::new(RUNS_FOLDER));
        let in_scenes = &place::folder("scenes");
        let full =
            |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        vec![
            StartList {
                title: "Workflows",
                entries: workflows(in_workflows),
                edits: true,
                if_empty: format!(
                    "There are no workflows in {}. Start dnne in the folder that holds `workflows`, or name one:\n\n\
                     dnne watch path/to/workflow.json",
                    full(in_workflows).display()
                ),
            },
            StartList {
                title: "Recent runs",
                entries: runs(in_runs),
                edits: false,
                if_empty: format!(
                    "There are no runs in {} yet. Choose a workflow, or train one without a window:\n\n\
                     dnne train workflows/NAME.json --headless",
                    full(in_runs).display()
                ),
            },
            StartList {
                title: "Scenes",
                entries: scenes(in_scenes),
                edits: false,
                if_empty: format!(
                    "There are no scenes in {}. Make one of a robot's file, or look at the file itself:\n\n\
                     dnne import robot.xml\ndnne watch robot.xml",
                    full(in_scenes).display()
                ),
            },
        ]
    }

    fn open(&self, path: &Path) -> Result<ReadySession, String> {
        let opened = watch::open(path, self.interrupted.clone());
        opened.map_err(|error| format!("{error:#}"))?.ok_or_else(|| {
            format!(
                "{} is unsound; `dnne check` says why, and so does the terminal",
                path.display()
            )
        })
    }

    fn train(
        &self,
        name: &str,
        path: Option<&Path>,
        document: Document,
    ) -> Result<ReadySession, String> {
        let given =
            Given { name: name.to_owned(), document: Ok(document), scenes: self.scenes(path) };
        self.open_training(Some(given), TrainOptions::default())
    }

    fn go_on(&self, run: &Path, settings: &[String]) -> Result<ReadySession, String> {
        let options = TrainOptions {
            resume: Some(run.to_owned()),
            set: settings.to_vec(),
            ..TrainOptions::default()
        };
        self.open_training(None, options)
    }

    fn kinds(&self) -> Kinds {
        Kinds::builtin()
    }

    fn scenes(&self, path: Option<&Path>) -> SceneLibrary {
        // A workflow without a file is kept where workflows are.
        place::scene_library(None, path.unwrap_or(Path::new("workflows/new.json")))
    }

    fn closed(&self, result: Result<(), String>, smoothness: Smoothness) {
        complain(smoothness);
        if let Err(error) = result {
            complain(format_args!("error: {error}"));
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// The workflow files of a folder, by name.
fn workflows(folder: &Path) -> Vec<StartEntry> {
    let mut entries: Vec<StartEntry> = paths_in(folder)
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| entry(&path, "train", about_workflow(&path)))
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The scenes of a folder, by name.
fn scenes(folder: &Path) -> Vec<StartEntry> {
    let names = SceneLibrary::new(folder).names().into_iter();
    let paths = names.map(|name| folder.join(name));
    paths.map(|path| entry(&path, "look", about_scene(&path))).collect()
}

/// The first sentence of a scene's README, up to its first stop, if it has one.
fn about_scene(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    let paragraphs = text.split("\n\n").map(str::trim).filter(|it| !it.starts_with('#'));
    let first = paragraphs.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    let sentence = first.split(['.', ',', ':']).next().unwrap_or_default().replace('\n', " ");
    if sentence.contains('[') { String::new() } else { sentence }
}

/// The runs of a folder, the newest first.
fn runs(folder: &Path) -> Vec<StartEntry> {
    let of_run = |(path, time): (PathBuf, SystemTime)| entry(&path, "play", about_run(&path, time));
    runs_in(folder).into_iter().take(N_RUNS).map(of_run).collect()
}

/// Scenes of a workflow, and how many environments they have.
fn about_workflow(path: &Path) -> String {
    let Some((scenes, n_envs)) = environments(path, &place::scene_library(None, path)) else {
        return "cannot be trained; `dnne check` says why".to_owned();
    };
    let plural = if n_envs == 1 { "" } else { "s" };
    sentence(&[scenes, format!("{n_envs} environment{plural}")])
}

/// The scene of a run, what it reached, and how long ago.
fn about_run(run: &Path, time: SystemTime) -> String {
    let scenes = environments(&run.join("workflow.json"), &SceneLibrary::new(run.join("scenes")));
    let last = last_metrics(run).unwrap_or_default();
    let number = |name: &str| last.get(name).and_then(Value::as_f64);
    let age = SystemTime::now().duration_since(time).unwrap_or_default();
    sentence(&[
        scenes.map_or(String::new(), |(scenes, _)| scenes),
        number("episode_return").map_or(String::new(), |value| format!("return {value:.1}")),
        number("steps").map_or(String::new(), |steps| format!("{} steps", in_short(steps))),
        format!("{} ago", roughly(age)),
    ])
}

fn sentence(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
    parts.join("  \u{b7}  ")
}

/// The scenes of a workflow's environment nodes, and the sum of their environments; none if it is unsound.
fn environments(path: &Path, scenes: &SceneLibrary) -> Option<(String, i64)> {
    let graph = load_workflow(path, &[], &Kinds::builtin(), scenes).graph?;
    let nodes = graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
    let (mut names, mut n_envs) = (Vec::new(), 0);
    for node in nodes {
        names.push(node.text("env_name").ok()?);
        n_envs += node.int("num_envs").ok()?;
    }
    names.dedup();
    Some((names.join(", "), n_envs))
}

/// 512, 40K, 2.5M.
fn in_short(number: f64) -> String {
    match number {
        number if number >= 1e6 => format!("{:.1}M", number / 1e6),
        number if number >= 1e3 => format!("{:.0}K", number / 1e3),
        number => format!("{number:.0}"),
    }
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

fn entry(path: &Path, does: &'static str, about: String) -> StartEntry {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    StartEntry { path: path.to_owned(), name, about, does }
}

#[cfg(test)]
mod tests {
    use super::super::import_workflow;
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
        let about = about_run(&folder.path().join("new"), now - Duration::from_secs(7_300));
        assert_eq!(about, "return 12.3  \u{b7}  2.5M steps  \u{b7}  2 h ago");
        let names: Vec<String> = runs(folder.path()).into_iter().map(|run| run.name).collect();
        assert_eq!(names, ["new", "middle", "old"]);
        assert!(workflows(folder.path()).is_empty() && runs(Path::new("/nowhere")).is_empty());
    }

    #[test]
    fn a_workflow_says_its_scene_in_whichever_form_it_is_written() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/workflows"));
        let about = |name: &str| about_workflow(&folder.join(name));
        assert_eq!(about("cartpole_ppo.json"), "Cartpole  \u{b7}  512 environments");
        assert_eq!(about("cartpole_single.json"), "Cartpole  \u{b7}  1 environment");
        assert!(about("no.json").contains("dnne check"));
    }

    #[test]
    fn an_imported_robot_is_listed_with_its_workflow() {
        let folder = tempfile::tempdir().unwrap();
        let home = |name: &str| folder.path().join(name);
        let scene = home("scenes/Arm");
        fs::create_dir_all(&scene).unwrap();
        let cartpole = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/cartpole");
        for file in ["cartpole.xml", "task.ron"] {
            fs::copy(cartpole.join(file), scene.join(file)).unwrap();
        }
        import_workflow::write(&scene, "Arm").unwrap();
        let listed = |entries: Vec<StartEntry>| {
            entries.into_iter().map(|it| (it.name, it.about, it.does)).collect::<Vec<_>>()
        };
        let of_workflow =
            ("arm_ppo".to_owned(), "Arm  \u{b7}  256 environments".to_owned(), "train");
        assert_eq!(listed(workflows(&home("workflows"))), [of_workflow]);
        assert_eq!(listed(scenes(&home("scenes"))), [("Arm".to_owned(), String::new(), "look")]);
    }

    /// The editor's Train button tries a training before it begins, as `dnne train` does.
    #[test]
    fn training_a_drawing_begins_with_its_trial() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let scene = folder.path().join("scenes/broken");
        fs::create_dir_all(&scene).unwrap();
        let original = repository.join("scenes/cartpole");
        fs::copy(original.join("cartpole.xml"), scene.join("cartpole.xml")).unwrap();
        let task = fs::read_to_string(original.join("task.ron")).unwrap();
        let task = task.replacen("1 - angle^2", "sqrt(-1 - angle^2)", 1);
        fs::write(scene.join("task.ron"), task).unwrap();
        let kinds = Kinds::builtin();
        let mut document =
            Document::load(repository.join("workflows/cartpole_ppo.json")).0.unwrap();
        let node = &document.nodes_of_class(kinds.registry(), "IsaacGymEnvNode")[0];
        document.set_param(kinds.registry(), node, "env_name", "broken").unwrap();
        let doors = Doors { interrupted: Arc::default() };
        let file = folder.path().join("workflows/mine.json");
        let opened = doors.train("mine", Some(&file), document).unwrap();
        let (session_side, _spectator) = crate::session::broadcast(1);
        let said = (opened.work)(session_side).unwrap_err();
        assert!(
            said.contains("tried for a moment") && said.contains("\"upright\" is NaN"),
            "{said}"
        );
    }
}
