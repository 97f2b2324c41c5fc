//! Loading workflows and scenes from the paths that a person gives.

use super::output::{Verbosity, complain};
use super::physics::Physics;
use crate::diagnostic::{Diagnostic, Severity, has_errors};
use crate::math::lanes::Isa;
use crate::nodes::{Mode, registry};
use crate::scene::{Scene, SceneLibrary};
use crate::session::{CheckpointInfo, RunFolder, Session, SessionError, SessionOptions};
use crate::workflow::{Document, Graph, Role};
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};

/// The scenes that belong to a workflow: `--scenes`, else the `scenes` folder beside the folder that
/// the workflow lies in, else `scenes` here.
pub(super) fn scene_library(option: Option<&Path>, workflow: &Path) -> SceneLibrary {
    let beside = workflow.parent().map(|folder| folder.join("../scenes"));
    let folder = match (option, beside) {
        (Some(folder), _) => folder.to_owned(),
        (None, Some(beside)) if beside.is_dir() => beside,
        _ => PathBuf::from("scenes"),
    };
    // A path without dots reads better in messages.
    let current = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let folder = match (folder.canonicalize(), current) {
        (Ok(full), Some(here)) => match full.strip_prefix(&here) {
            Ok(inside) => inside.to_owned(),
            Err(_) => full,
        },
        _ => folder,
    };
    SceneLibrary::new(folder)
}

/// A workflow after overrides and checks.
pub(super) struct Source {
    /// The document as it will be run; none if the file is no workflow at all.
    pub document: Option<Document>,
    /// The graph, if nothing stops it.
    pub graph: Option<Graph>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a workflow, applies `overrides` (NODE.PARAM=VALUE) and checks it.
pub(super) fn load(path: &Path, overrides: &[String], scenes: &SceneLibrary) -> Source {
    let (document, mut diagnostics) = Document::load(path);
    let Some(mut document) = document else {
        return Source { document: None, graph: None, diagnostics };
    };
    diagnostics.clear();
    for option in overrides {
        diagnostics.extend(document.set_param_from_option(registry(), option).err());
    }
    let (graph, found) = crate::workflow::check(&document, registry(), scenes);
    diagnostics.extend(found);
    let graph = graph.filter(|_| !has_errors(&diagnostics));
    Source { document: Some(document), graph, diagnostics }
}

/// Reads and checks the workflow of a run, with the scenes and weights as they were when it began.
pub(super) fn load_run(folder: &RunFolder, mut overrides: Vec<String>) -> Source {
    let path = folder.workflow();
    let document = Document::load(&path).0;
    let loaders =
        document.map_or(Vec::new(), |it| it.nodes_of_class(registry(), "CheckpointLoader"));
    for node in loaders {
        if let Some(copy) = folder.loaded(&node).and_then(|copy| std::path::absolute(copy).ok()) {
            overrides.push(format!("{node}.path={}", copy.display()));
        }
    }
    load(&path, &overrides, &folder.scenes())
}

/// Overrides that set a parameter of every environment of a workflow.
pub(super) fn of_environments(path: &Path, param: &str, value: &str) -> Vec<String> {
    let class = "IsaacGymEnvNode";
    let document = Document::load(path).0;
    let mut nodes = document.map_or(Vec::new(), |it| it.nodes_of_class(registry(), class));
    if nodes.is_empty() {
        // The override will be told to name none.
        nodes.push(class.to_owned());
    }
    nodes.iter().map(|node| format!("{node}.{param}={value}")).collect()
}

impl Source {
    /// Prints what was found, as far as it is asked for.
    pub(super) fn report(&self, verbosity: Verbosity) {
        let least = match verbosity {
            Verbosity::Quiet => Severity::Error,
            Verbosity::Normal => Severity::Warning,
            Verbosity::Verbose => Severity::Note,
        };
        self.diagnostics.iter().filter(|d| d.severity >= least).for_each(complain);
    }
}

/// The updates after which a workflow says that training is over, if it does.
pub(super) fn total_updates(graph: &Graph) -> Option<u64> {
    let totals = graph.nodes.iter().filter_map(|node| node.int("total_updates").ok());
    totals.max().filter(|&total| total > 0).map(|total| total as u64)
}

/// The run's folder that a path means, and the checkpoint if it means one in particular.
pub(super) fn locate(path: &Path) -> anyhow::Result<(PathBuf, Option<CheckpointInfo>)> {
    if !CheckpointInfo::is_at(path) {
        return Ok((path.to_owned(), None));
    }
    let checkpoint = CheckpointInfo::open(path)?;
    let full = path.canonicalize().with_context(|| format!("cannot follow {}", path.display()))?;
    let run = full.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
    ensure!(
        run.join("run.json").is_file(),
        "{}: this checkpoint lies in no run's folder; copy it into the checkpoints folder of its run",
        path.display()
    );
    Ok((run, Some(checkpoint)))
}

/// The run that a path means, opened to look at it, and the checkpoint that it names or the last whole
/// one.
pub(super) fn checkpoint(path: &Path) -> anyhow::Result<(RunFolder, CheckpointInfo)> {
    let (run, named) = locate(path)?;
    let (folder, _) = RunFolder::open(&run)?;
    let checkpoint = match named {
        Some(checkpoint) => {
            checkpoint.verify()?;
            checkpoint
        }
        None => CheckpointInfo::latest(&folder, &mut warn_of_damage)?,
    };
    Ok((folder, checkpoint))
}

/// The rows of a run's metrics, none if it has made no update yet. A last row that was cut off is left
/// out.
pub(super) fn metrics(folder: &RunFolder) -> anyhow::Result<Vec<serde_json::Value>> {
    let path = folder.metrics();
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
    Ok(text.lines().filter_map(|row| serde_json::from_str(row).ok()).collect())
}

/// A run's policy and what it acts in.
pub(super) struct Trained {
    pub folder: RunFolder,
    pub checkpoint: CheckpointInfo,
    graph: Graph,
}

impl Trained {
    /// Opens the run or checkpoint that a path means, with so many environments; none if its workflow
    /// is unsound, which has been reported.
    pub(super) fn open(path: &Path, n_envs: u64) -> anyhow::Result<Option<Self>> {
        let (folder, checkpoint) = checkpoint(path)?;
        let overrides = of_environments(&folder.workflow(), "num_envs", &n_envs.to_string());
        let source = load_run(&folder, overrides);
        source.report(Verbosity::Normal);
        Ok(source.graph.map(|graph| Self { folder, checkpoint, graph }))
    }

    /// The scene that the policy was trained in.
    pub(super) fn scene(&self) -> anyhow::Result<Scene> {
        scene(&self.graph, &self.folder.scenes())
    }

    /// A session in which the policy acts.
    pub(super) fn session(
        &self,
        seed: u64,
        deterministic: bool,
        physics: Physics,
    ) -> anyhow::Result<Session> {
        let options = SessionOptions {
            seed,
            mode: Mode::Evaluate { deterministic },
            isa: Isa::detect(),
            engine: physics.engine(&self.scene()?)?,
            console: Box::new(|line| complain(line)),
            ..SessionOptions::new(self.folder.scenes())
        };
        let mut session = Session::new(&self.graph, options)?;
        session.load_networks(&self.checkpoint)?;
        Ok(session)
    }
}

/// The scene of a workflow's environment.
pub(super) fn scene(graph: &Graph, scenes: &SceneLibrary) -> anyhow::Result<Scene> {
    let environment = graph.nodes.iter().find(|node| node.class.role == Role::Environment);
    let environment = environment.context("the workflow has no environment")?;
    Ok(scenes.load(&environment.text("env_name")?)?)
}

/// Says that a checkpoint is passed over.
pub(super) fn warn_of_damage(error: SessionError) {
    complain(format_args!("warning: {error}; looking for an older checkpoint"));
}
