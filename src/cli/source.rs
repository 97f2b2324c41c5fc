//! Loading workflows and scenes from the paths that a person gives.

use super::output::{Verbosity, complain};
use crate::nodes::registry;
use crate::scene::SceneLibrary;
use crate::session::{CheckpointInfo, RunFolder, SessionError};
use crate::workflow::{Diagnostic, Document, Graph, Severity, has_errors};
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
        Some(checkpoint) => checkpoint,
        None => CheckpointInfo::latest(&folder, &mut warn_of_damage)?,
    };
    Ok((folder, checkpoint))
}

/// Says that a checkpoint is passed over.
pub(super) fn warn_of_damage(error: SessionError) {
    complain(format_args!("warning: {error}; looking for an older checkpoint"));
}
