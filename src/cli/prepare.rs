//! What `dnne train` begins with: a workflow anew, or a run at one of its checkpoints.

use super::output::Verbosity;
use super::place::{self, Wanted};
use super::source::{self, Setting, warn_of_damage};
use super::train::TrainOptions;
use crate::diagnostic::Diagnostic;
use crate::learn::Mismatch;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::session::{
    NewFolder, NewTraining, RunPlace, SessionError, Start, StoppedRun, check_workflow,
    find_checkpoint, has_trainer, workflow_text,
};
use crate::workflow::{Document, Graph, Loaded};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// What is to be trained.
pub(super) struct Origin {
    pub kinds: Kinds,
    /// None if a run is resumed.
    pub given: Option<Given>,
}

/// A workflow that is given: as a file, or by a program.
pub(super) struct Given {
    /// What its runs are called.
    pub name: String,
    pub document: Result<Document, Vec<Diagnostic>>,
    pub scenes: SceneLibrary,
}

impl Given {
    /// The words for a workflow's file, and the folder of its scenes if it is another than usual.
    pub(super) fn file(words: &Path, scenes: Option<&Path>) -> Self {
        let path = &place::workflow(words);
        let (document, diagnostics) = Document::load(path);
        Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            document: document.ok_or_else(|| place::advise(diagnostics, path, Wanted::Workflow)),
            scenes: place::scene_library(scenes, path),
        }
    }
}

/// A workflow that is ready to run.
pub(super) struct Prepared {
    /// What it is called where it is shown.
    pub name: String,
    pub kinds: Kinds,
    pub graph: Graph,
    pub scenes: SceneLibrary,
    pub start: Start,
}

/// Loads and checks the workflow.
pub(super) fn begin(origin: Origin, args: &TrainOptions) -> anyhow::Result<Option<Prepared>> {
    let Origin { kinds, given } = origin;
    let Given { name, document, scenes } = given.context("no workflow given")?;
    let mut settings: Vec<Setting> = Setting::of_set(&args.set).collect();
    for (param, name, value) in [
        ("num_envs", "--num-envs", args.num_envs.map(|n| n.to_string())),
        ("device", "--device", args.device.clone()),
    ] {
        if let Some(value) = value {
            let document = document.as_ref().ok();
            let options = source::of_environments(document, &kinds, (param, &value));
            let shown = format!("{name} {value}");
            let of_option = |option| Setting { option, shown: shown.clone() };
            settings.extend(options.into_iter().map(of_option));
        }
    }
    let workflow = match document {
        Ok(document) => {
            let overrides: Vec<String> = settings.iter().map(|it| it.option.clone()).collect();
            check_workflow(document, &overrides, &kinds, &scenes)
        }
        Err(diagnostics) => Loaded { document: None, graph: None, diagnostics },
    };
    let Loaded { document, graph, diagnostics } = workflow;
    let found = source::at_options(diagnostics, document.as_ref(), &kinds, &settings);
    source::report(&found, args.verbosity());
    let (Some(document), Some(graph)) = (document, graph) else {
        return Ok(None);
    };
    if !has_trainer(&graph) {
        // Before a window opens for it.
        return Err(SessionError::NothingLearns).context(name);
    }
    let workflow = workflow_text(document, &graph, &kinds)?;
    let place = match &args.out {
        Some(out) => RunPlace::At(out.clone()),
        None => RunPlace::Named { parent: PathBuf::from("runs"), name: name.clone() },
    };
    let mismatch = if args.init_overlap { Mismatch::Overlap } else { Mismatch::Skip };
    args.init_from.as_deref().map_or(Ok(()), place::run)?;
    let init_from =
        args.init_from.as_deref().map(|words| find_checkpoint(words, &mut warn_of_damage));
    let start = Start::New(NewTraining {
        seed: args.seed.unwrap_or(1),
        folder: Some(NewFolder { workflow, place }),
        init_from: init_from.transpose()?.map(|checkpoint| (Box::new(checkpoint), mismatch)),
    });
    Ok(Some(Prepared { name, kinds, graph, scenes, start }))
}

/// Opens a run at a checkpoint: the one that the path names, or its last whole one.
pub(super) fn resume(
    path: &Path,
    overrides: &[String],
    kinds: &Kinds,
    verbosity: Verbosity,
) -> anyhow::Result<Option<Prepared>> {
    place::run(path)?;
    let run = StoppedRun::open(path, overrides, kinds, &mut warn_of_damage)?;
    let Loaded { document, graph, diagnostics } = run.workflow;
    let settings: Vec<Setting> = Setting::of_set(overrides).collect();
    let found = source::at_options(diagnostics, document.as_ref(), kinds, &settings);
    source::report(&found, verbosity);
    let Some(graph) = graph else { return Ok(None) };
    let scenes = run.folder.scenes();
    let StoppedRun { folder, checkpoint, seed, revision, .. } = run;
    let checkpoint = Box::new(checkpoint);
    Ok(Some(Prepared {
        name: folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        kinds: kinds.clone(),
        graph,
        scenes,
        start: Start::Checkpoint { folder, checkpoint, seed, revision },
    }))
}
