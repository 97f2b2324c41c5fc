//! What `dnne train` begins with: a workflow anew, or a run at one of its checkpoints.

use super::output::{Verbosity, complain};
use super::source::{self, warn_of_damage};
use super::train::TrainArgs;
use crate::learn::Mismatch;
use crate::scene::SceneLibrary;
use crate::session::{
    NewFolder, NewTraining, RunPlace, SessionError, Start, StoppedRun, learns, load_workflow,
    open_checkpoint, workflow_text,
};
use crate::workflow::Graph;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// A workflow that is ready to run.
pub(super) struct Prepared {
    pub graph: Graph,
    pub scenes: SceneLibrary,
    pub start: Start,
}

/// Loads and checks the workflow.
pub(super) fn begin(args: &TrainArgs) -> anyhow::Result<Option<Prepared>> {
    let path = args.workflow.as_deref().context("no workflow given")?;
    let scenes = source::scene_library(args.scenes.as_deref(), path);
    let mut overrides = args.set.clone();
    for (param, value) in
        [("num_envs", args.num_envs.map(|n| n.to_string())), ("device", args.device.clone())]
    {
        if let Some(value) = value {
            overrides.extend(source::of_environments(path, param, &value));
        }
    }
    let workflow = load_workflow(path, &overrides, &scenes);
    source::report(&workflow, args.verbosity());
    let (Some(document), Some(graph)) = (workflow.document, workflow.graph) else {
        return Ok(None);
    };
    if !learns(&graph) {
        // Before a window opens for it.
        return Err(SessionError::NothingLearns).with_context(|| path.display().to_string());
    }
    let workflow = workflow_text(document, &graph)?;
    let place = match &args.out {
        Some(out) => RunPlace::At(out.clone()),
        None => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            RunPlace::Named { parent: PathBuf::from("runs"), name }
        }
    };
    let mismatch = if args.init_overlap { Mismatch::Overlap } else { Mismatch::Skip };
    let init_from =
        args.init_from.as_deref().map(|path| open_checkpoint(path, &mut warn_of_damage));
    let start = Start::New(NewTraining {
        seed: args.seed.unwrap_or(1),
        folder: Some(NewFolder { workflow, place }),
        init_from: init_from.transpose()?.map(|(_, checkpoint)| (Box::new(checkpoint), mismatch)),
    });
    Ok(Some(Prepared { graph, scenes, start }))
}

/// Opens a run at a checkpoint: the one that the path names, or its last whole one.
pub(super) fn resume(path: &Path, verbosity: Verbosity) -> anyhow::Result<Option<Prepared>> {
    let run = StoppedRun::open(path, &mut warn_of_damage)?;
    if run.is_changed {
        complain(format_args!(
            "warning: {} is not as it was when the checkpoint was written: the run goes on by the \
             workflow as it is now",
            run.folder.workflow().display()
        ));
    }
    source::report(&run.workflow, verbosity);
    let Some(graph) = run.workflow.graph else { return Ok(None) };
    let scenes = run.folder.scenes();
    let (folder, checkpoint, seed) = (run.folder, Box::new(run.checkpoint), run.seed);
    Ok(Some(Prepared { graph, scenes, start: Start::Checkpoint { folder, checkpoint, seed } }))
}
