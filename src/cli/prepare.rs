//! What `dnne train` begins with: a workflow anew, or a run at one of its checkpoints.

use super::output::{Verbosity, complain};
use super::source;
use super::train::TrainArgs;
use crate::nodes::{loaded_file, registry};
use crate::scene::{Scene, SceneLibrary};
use crate::session::{CheckpointInfo, NewRun, RunFolder};
use crate::workflow::{Document, Graph, Role};
use anyhow::{Context, bail};
use std::path::Path;

/// A workflow that is ready to run.
pub(super) struct Prepared {
    pub graph: Graph,
    pub scenes: SceneLibrary,
    pub seed: u64,
    pub start: Start,
}

/// Where a run begins.
pub(super) enum Start {
    /// Anew, with the text of the workflow as run.
    New { workflow: String },
    /// Where a checkpoint was made.
    Checkpoint { folder: RunFolder, checkpoint: Box<CheckpointInfo> },
}

/// Loads and checks the workflow.
pub(super) fn begin(args: &TrainArgs) -> anyhow::Result<Option<Prepared>> {
    let workflow = args.workflow.as_deref().context("no workflow given")?;
    let scenes = source::scene_library(args.scenes.as_deref(), workflow);
    let mut overrides = args.set.clone();
    for (param, value) in
        [("num_envs", args.num_envs.map(|n| n.to_string())), ("device", args.device.clone())]
    {
        if let Some(value) = value {
            overrides.extend(source::of_environments(workflow, param, &value));
        }
    }
    let source = source::load(workflow, &overrides, &scenes);
    source.report(args.verbosity());
    let (Some(mut document), Some(graph)) = (source.document, source.graph) else {
        return Ok(None);
    };
    if !graph.nodes.iter().any(|node| node.class.role == Role::Trainer) {
        bail!("{}: nothing learns here; add a PPOTrainerNode", workflow.display());
    }
    fix_paths(&mut document, &graph)?;
    let start = Start::New { workflow: document.to_json() };
    Ok(Some(Prepared { graph, scenes, seed: args.seed.unwrap_or(1), start }))
}

/// Makes the paths in a workflow absolute, so that they mean the same from wherever the run is resumed
/// or measured.
fn fix_paths(document: &mut Document, graph: &Graph) -> anyhow::Result<()> {
    for node in &graph.nodes {
        for param in node.class.params.iter().filter(|param| param.is_path) {
            let path = node.text(param.name)?;
            if path.is_empty() || Path::new(&path).is_absolute() {
                continue;
            }
            let cannot =
                || format!("node {}, {}: no absolute path for {path}", node.id, param.name);
            let absolute = std::path::absolute(&path).with_context(cannot)?;
            let absolute = absolute.to_str().with_context(cannot)?;
            document.set_param(registry(), &node.id, param.name, absolute)?;
        }
    }
    Ok(())
}

/// Makes the folder of a new run, where `--out` says or under a free name.
pub(super) fn new_folder(
    args: &TrainArgs,
    prepared: &Prepared,
    workflow: &str,
    init_from: Option<&Path>,
) -> anyhow::Result<RunFolder> {
    let environments = prepared.graph.nodes.iter().filter(|n| n.class.role == Role::Environment);
    let scenes = environments
        .map(|node| Ok(prepared.scenes.load(&node.text("env_name")?)?))
        .collect::<anyhow::Result<Vec<Scene>>>()?;
    let loaded = prepared.graph.nodes.iter().filter_map(|node| {
        let file = loaded_file(node).transpose()?;
        Some(file.map(|file| (node.id.clone(), file)))
    });
    let loaded = loaded.collect::<Result<Vec<_>, _>>()?;
    let (seed, library) = (prepared.seed, &prepared.scenes);
    let run = NewRun { workflow, seed, library, scenes: &scenes, loaded: &loaded, init_from };
    Ok(match &args.out {
        Some(out) => RunFolder::create(out, &run)?,
        None => {
            let stem = args.workflow.as_deref().and_then(Path::file_stem).unwrap_or_default();
            RunFolder::create_named(Path::new("runs"), &stem.to_string_lossy(), &run)?
        }
    })
}

/// Opens a run at a checkpoint: the one that the path names, or its last whole one.
pub(super) fn resume(path: &Path, verbosity: Verbosity) -> anyhow::Result<Option<Prepared>> {
    let (run, named) = source::locate(path)?;
    let (folder, info) = RunFolder::reopen(&run)?;
    let checkpoint = match named {
        Some(checkpoint) => checkpoint,
        None => CheckpointInfo::latest(&folder, &mut source::warn_of_damage)?,
    };
    checkpoint.verify()?;
    if checkpoint
        .metadata
        .workflow_hash
        .as_ref()
        .is_some_and(|hash| folder.workflow_hash().is_ok_and(|now| now != *hash))
    {
        let file = folder.workflow();
        complain(format_args!(
            "warning: {} is not as it was when the checkpoint was written: the run goes on by the \
             workflow as it is now",
            file.display()
        ));
    }
    let scenes = folder.scenes();
    let source = source::load_run(&folder, Vec::new());
    source.report(verbosity);
    let Some(graph) = source.graph else { return Ok(None) };
    let start = Start::Checkpoint { folder, checkpoint: Box::new(checkpoint) };
    Ok(Some(Prepared { graph, scenes, seed: info.seed, start }))
}
