//! Where a training begins: anew, or at a checkpoint of a run that was stopped.

use super::checkpoint::CheckpointInfo;
use super::error::SessionError;
use super::found::{FoundRun, find_run};
use super::inputs;
use super::revision::Revision;
use super::run_folder::{NewRun, RunFolder, RunInfo};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::learn::Mismatch;
use crate::nodes::{Kinds, loaded_file, weights_param};
use crate::scene::{Scene, SceneLibrary};
use crate::workflow::{Document, Graph, GraphNode, Loaded, ParamError, Role, WorkflowError, check};
use std::path::{Component, Path, PathBuf};

/// The findings of weights that are not there.
const MISSING: &str = "missing-weights";

/// Start of a training: a new run or a checkpoint.
pub enum Start {
    /// A new run.
    New(NewTraining),
    /// From a checkpoint of a run. The run's folder is locked; later checkpoints and rows are moved away
    /// ([`RunFolder::rewind`]).
    Checkpoint {
        /// The run's folder.
        folder: RunFolder,
        /// The checkpoint.
        checkpoint: Box<CheckpointInfo>,
        /// The run's seed.
        seed: u64,
        /// Changed parameters of the run's workflow; the training's graph has them already.
        revision: Option<Revision>,
    },
}

/// The settings of a new training.
#[derive(Default)]
pub struct NewTraining {
    /// Seed of all random numbers.
    pub seed: u64,
    /// The folder to make for the run; without one nothing is written, and nothing can be resumed.
    pub folder: Option<NewFolder>,
    /// A checkpoint of any workflow whose weights the agent begins with, and what becomes of layers that do
    /// not fit.
    pub init_from: Option<(Box<CheckpointInfo>, Mismatch)>,
}

/// The folder of a new run.
pub struct NewFolder {
    /// The text of the workflow as run, from which the run is resumed; see [`workflow_text`].
    pub workflow: String,
    /// Where the folder is made.
    pub place: RunPlace,
}

/// Place of a new run's folder.
pub enum RunPlace {
    /// Here, where nothing or an empty folder may be.
    At(PathBuf),
    /// In `parent`, under the first free one of the names `name`, `name-2` and so on.
    Named {
        /// The folder that holds it.
        parent: PathBuf,
        /// Its name, if that is free.
        name: String,
    },
}

impl NewTraining {
    /// Makes the run's folder, if there is to be one.
    pub(super) fn make_folder(
        &self,
        graph: &Graph,
        library: &SceneLibrary,
        kinds: &Kinds,
    ) -> Result<Option<RunFolder>, SessionError> {
        let Some(NewFolder { workflow, place }) = &self.folder else { return Ok(None) };
        let mut scenes: Vec<Scene> = Vec::new();
        let mut loaded = Vec::new();
        for node in &graph.nodes {
            let failed = |cause| SessionError::Node { node: format!("node {}", node.id), cause };
            if node.class.role == Role::Environment {
                let name = node.text("env_name").map_err(|error| failed(error.into()))?;
                scenes.push(library.load(&name).map_err(|error| failed(error.into()))?);
            }
            if let Some(file) = loaded_file(node).map_err(failed)? {
                loaded.push((node.id.clone(), file));
            }
        }
        let init_from = self.init_from.as_ref().map(|(checkpoint, _)| checkpoint.path.as_path());
        let (seed, scenes, loaded) = (self.seed, &scenes[..], &loaded[..]);
        let own_kinds = kinds.replaced();
        let run = NewRun { workflow, seed, library, scenes, loaded, init_from, own_kinds };
        let made = match place {
            RunPlace::At(path) => RunFolder::create(path, &run)?,
            RunPlace::Named { parent, name } => RunFolder::create_named(parent, name, &run)?,
        };
        Ok(Some(made))
    }
}

/// A run that may be trained further.
pub struct StoppedRun {
    /// The run's folder.
    pub folder: RunFolder,
    /// Where it goes on.
    pub checkpoint: CheckpointInfo,
    /// The run's seed.
    pub seed: u64,
    /// Its workflow, with the weights that it loaded when it began, and with what is set anew.
    pub workflow: Loaded,
    /// What is set anew, if something is.
    pub revision: Option<Revision>,
}

impl StoppedRun {
    /// Opens the run that a path means, at the checkpoint that the path names or at its last whole one. What
    /// is wrong with later checkpoints is handed to `warn`. `overrides` (NODE.PARAM=VALUE) are set from there
    /// on. Fails while another process trains the run, and if something would be written outside of the run's
    /// folder by a path that no override says. A workflow that is unsound is no failure here: then there is
    /// no graph.
    pub fn open(
        path: &Path,
        overrides: &[String],
        kinds: &Kinds,
        warn: &mut dyn FnMut(SessionError),
    ) -> Result<Self, SessionError> {
        let FoundRun { path: run, checkpoint } = find_run(path, warn)?;
        let (folder, info) = RunFolder::reopen(&run)?;
        let checkpoint = match checkpoint {
            Some(checkpoint) => checkpoint,
            None => CheckpointInfo::latest(&folder, warn)?,
        };
        checkpoint.verify()?;
        let workflow = load_run(&folder, &checkpoint, overrides.to_vec(), kinds);
        let mut revision = None;
        if let Some(graph) = &workflow.graph {
            refuse_outside(&folder, graph, overrides)?;
            if !overrides.is_empty() {
                let before = load_run(&folder, &checkpoint, Vec::new(), kinds).graph;
                let graphs = (before.as_ref(), graph);
                revision = Some(Revision::new(&folder, graphs, overrides, kinds)?);
            }
        }
        Ok(Self { folder, checkpoint, seed: info.seed, workflow, revision })
    }
}

/// Reads a workflow, applies `overrides` (NODE.PARAM=VALUE) and checks it.
pub fn load_workflow(
    path: &Path,
    overrides: &[String],
    kinds: &Kinds,
    scenes: &SceneLibrary,
) -> Loaded {
    match Document::load(path) {
        (Some(document), _) => check_workflow(document, overrides, kinds, scenes),
        (None, diagnostics) => Loaded { document: None, graph: None, diagnostics },
    }
}

/// Applies `overrides` (NODE.PARAM=VALUE) to a document and checks it.
pub fn check_workflow(
    mut document: Document,
    overrides: &[String],
    kinds: &Kinds,
    scenes: &SceneLibrary,
) -> Loaded {
    let mut diagnostics = Vec::new();
    for option in overrides {
        diagnostics.extend(document.set_param_from_option(kinds.registry(), option).err());
    }
    let (graph, found) = check(&document, kinds.registry(), scenes);
    diagnostics.extend(found);
    let graph = graph.filter(|_| !has_errors(&diagnostics));
    Loaded { document: Some(document), graph, diagnostics }
}

/// Reads and checks the workflow of a run, with the scenes and weights as they were when it began. Weights are its own
/// copies, and no others: where one is not there, or an override names others, there is no graph. Says what is not as it
/// was when `checkpoint` was written.
pub fn load_run(
    folder: &RunFolder,
    checkpoint: &CheckpointInfo,
    overrides: Vec<String>,
    kinds: &Kinds,
) -> Loaded {
    let all = [own_weights(folder, kinds), overrides].concat();
    let mut loaded = load_workflow(&folder.workflow(), &all, kinds, &folder.scenes());
    if let Some(graph) = &loaded.graph {
        let mut found = missing_weights(folder, graph);
        found.extend(other_weights(folder, graph));
        if found.iter().any(|it| it.code == MISSING) {
            // That they are not there yet, as the check says, is not what is wrong.
            loaded.diagnostics.retain(|it| it.code != MISSING);
        }
        loaded.graph = loaded.graph.filter(|_| found.is_empty());
        loaded.diagnostics.extend(found);
    }
    loaded.diagnostics.extend(other_code(folder, kinds));
    loaded.diagnostics.extend(inputs::changed(folder, checkpoint));
    loaded
}

/// Overrides (NODE.PARAM=VALUE) by which the loaders of a run's workflow read the run's copies of what they read when it
/// began, whether these are there or not: a run may come from anybody, and is to read nothing outside of its folder.
pub fn own_weights(folder: &RunFolder, kinds: &Kinds) -> Vec<String> {
    let Some(document) = Document::load(folder.workflow()).0 else { return Vec::new() };
    let mut overrides = Vec::new();
    for class in kinds.registry().iter() {
        let Some(param) = class.params.iter().find(|param| param.is_weights) else { continue };
        for node in document.nodes_of_class(kinds.registry(), class.class_type) {
            let copy = own_copy(folder, &node);
            overrides.push(format!("{node}.{}={copy}", param.name));
        }
    }
    overrides
}

/// Where a run has its copy of the weights that a node loads, in full.
fn own_copy(folder: &RunFolder, node: &str) -> String {
    let copy = folder.loaded(node);
    std::path::absolute(&copy).unwrap_or(copy).display().to_string()
}

/// Errors of the nodes that load a run's own copies, where these are not there or are links.
pub fn missing_weights(folder: &RunFolder, graph: &Graph) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for node in &graph.nodes {
        let Some(param) = weights_param(node) else { continue };
        let copy = own_copy(folder, &node.id);
        if folder.has_loaded(&node.id) || !node.text(param.name).is_ok_and(|text| text == copy) {
            continue;
        }
        let message = format!(
            "the run has no copy of the weights that `{}` named when it began; {copy} is not there, or not a file \
             in the run's folder",
            param.name
        );
        let lost = Diagnostic::error(MISSING, message).node(&node.id, Some(&node.title));
        found.push(lost.field(param.name).remedy("copy the run's folder again, as a whole"));
    }
    found
}

/// Errors of the nodes that load others than a run's own copies: it keeps those that it began with.
fn other_weights(folder: &RunFolder, graph: &Graph) -> Vec<Diagnostic> {
    let other = |node: &GraphNode| {
        let param = weights_param(node)?;
        if node.text(param.name).is_ok_and(|text| text == own_copy(folder, &node.id)) {
            return None;
        }
        let message = format!("a run keeps the weights that `{}` named when it began", param.name);
        let other = Diagnostic::error("other-weights", message).node(&node.id, Some(&node.title));
        let remedy = "begin a new run with the other ones, and with --init-from this run";
        Some(other.field(param.name).remedy(remedy))
    };
    graph.nodes.iter().filter_map(other).collect()
}

/// Where a path leads once all links in the part of it that is there are followed.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, real)) = there else { return whole };
    whole.strip_prefix(part).map_or(real.clone(), |rest| real.join(rest))
}

/// Fails if a saver of a run's workflow writes elsewhere than in the run's folder, and no override says that
/// very place: the run may come from anybody.
fn refuse_outside(
    folder: &RunFolder,
    graph: &Graph,
    overrides: &[String],
) -> Result<(), SessionError> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_said = |path: &Path| {
        let values = overrides.iter().filter_map(|option| option.split_once('='));
        let mut paths = values.filter(|(target, _)| target.trim().ends_with(".path"));
        paths.any(|(_, value)| absolute(Path::new(value.trim())) == absolute(path))
    };
    for node in graph.nodes.iter().filter(|node| node.class.role == Role::Saver) {
        let failed = |cause: ParamError| SessionError::Node {
            node: format!("node {}", node.id),
            cause: cause.into(),
        };
        let text = node.text("path").map_err(failed)?;
        let path = Path::new(&text);
        let climbs = path.components().any(|part| part == Component::ParentDir);
        let is_inside = !climbs && real(path).starts_with(real(folder.path()));
        if !text.is_empty() && !is_inside && !is_said(path) {
            return Err(SessionError::Run {
                path: folder.path().to_owned(),
                message: format!(
                    "node {} of its workflow writes outside of the run's folder, to {text}; add --set \
                     {}.path={text} if that is meant, or --set {}.path= to keep it in the run",
                    node.id, node.id, node.id
                ),
            });
        }
    }
    Ok(())
}

/// What is to be said of kinds that are not run by the same code as in the run's own program, as far as their
/// names tell.
fn other_code(folder: &RunFolder, kinds: &Kinds) -> Vec<Diagnostic> {
    let Ok((_, RunInfo { own_kinds, .. })) = RunFolder::open(folder.path()) else {
        return Vec::new();
    };
    let now = kinds.replaced();
    let lost: Vec<&str> =
        own_kinds.iter().map(String::as_str).filter(|kind| !now.contains(kind)).collect();
    let is_new = |kind: &&str| !own_kinds.iter().any(|own| own == kind);
    let new: Vec<&str> = now.iter().copied().filter(is_new).collect();
    let said = [
        (lost, "the run's program has its own code of", "which this one does not have"),
        (new, "this program has its own code of", "which the run's program did not have"),
    ];
    let said = said.into_iter().filter(|(kinds, ..)| !kinds.is_empty());
    let said = said.map(|(kinds, whose, other)| {
        let message = format!("{whose} {}, {other}", kinds.join(", "));
        Diagnostic::warning("other-code", message).remedy("use the program that made the run")
    });
    said.collect()
}

/// The text of a workflow for a run's folder: with absolute paths, so that they mean the same from wherever
/// the run is resumed or measured. Fails if a path cannot be made absolute, or is no text then.
pub fn workflow_text(
    mut document: Document,
    graph: &Graph,
    kinds: &Kinds,
) -> Result<String, SessionError> {
    for node in &graph.nodes {
        for param in node.class.params.iter().filter(|param| param.is_path) {
            let failed = |message: String| SessionError::Run {
                path: PathBuf::from(document.file().unwrap_or("workflow")),
                message: format!("node {}, {}: {message}", node.id, param.name),
            };
            let path = node.text(param.name).map_err(|error| failed(error.to_string()))?;
            if path.is_empty() || Path::new(&path).is_absolute() {
                continue;
            }
            // Weights by name are sought in several places; the run is to say which they were.
            let weights = if param.is_weights { loaded_file(node).ok().flatten() } else { None };
            let meant = weights.unwrap_or_else(|| PathBuf::from(&path));
            let absolute = std::path::absolute(&meant)
                .map_err(|error| failed(format!("no absolute path for {path}: {error}")))?;
            let Some(absolute) = absolute.to_str() else {
                return Err(failed(format!("the absolute path of {path} is not valid UTF-8")));
            };
            let set = document.set_param(kinds.registry(), &node.id, param.name, absolute);
            set.map_err(|found| WorkflowError { diagnostics: vec![found] })?;
        }
    }
    Ok(document.to_json())
}
