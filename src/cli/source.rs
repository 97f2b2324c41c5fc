//! Loading workflows and scenes from the paths that a person gives.

use super::output::{Verbosity, complain, tell};
use super::physics::Physics;
use super::place;
use crate::diagnostic::{Diagnostic, Severity};
use crate::nodes::{Kinds, Mode, changed_scene};
use crate::scene::{Scene, SceneLibrary};
use crate::session::{
    CheckpointInfo, RunFolder, Session, SessionError, SessionOptions, load_run, open_checkpoint,
};
use crate::workflow::{Document, Graph, Role};
use anyhow::Context;
use std::path::Path;

/// Overrides that set a parameter of every environment of a workflow.
pub(super) fn of_environments(
    document: Option<&Document>,
    kinds: &Kinds,
    (param, value): (&str, &str),
) -> Vec<String> {
    let class = "IsaacGymEnvNode";
    let mut nodes = document.map_or(Vec::new(), |it| it.nodes_of_class(kinds.registry(), class));
    if nodes.is_empty() {
        // The override will be told to name none.
        nodes.push(class.to_owned());
    }
    nodes.iter().map(|node| format!("{node}.{param}={value}")).collect()
}

/// An option of the command line that sets a parameter.
pub(super) struct Setting {
    /// NODE.PARAM=VALUE.
    pub option: String,
    /// As it stands on the command line.
    pub shown: String,
}

impl Setting {
    /// Those of `--set`.
    pub(super) fn of_set(options: &[String]) -> impl Iterator<Item = Self> {
        options.iter().map(|set| Self { option: set.clone(), shown: format!("--set {set}") })
    }
}

/// Puts findings about parameters that the command line sets there, away from where the file has other values of them.
pub(super) fn at_options(
    mut found: Vec<Diagnostic>,
    document: Option<&Document>,
    kinds: &Kinds,
    settings: &[Setting],
) -> Vec<Diagnostic> {
    let Some(document) = document else { return found };
    for Setting { option, shown } in settings {
        let error = document.clone().set_param_from_option(kinds.registry(), option).err();
        let target = document.option_target(kinds.registry(), option);
        let is_meant = |it: &Diagnostic| match (&error, &target) {
            (Some(error), _) => it == error,
            (None, Some((node, param))) => {
                it.node.as_ref() == Some(node) && it.field.as_deref() == Some(*param)
            }
            (None, None) => false,
        };
        for it in found.iter_mut().filter(|it| is_meant(it)) {
            (it.file, it.span) = (Some(shown.clone()), None);
        }
    }
    found
}

/// Prints what was found, as far as it is asked for.
pub(super) fn report(found: &[Diagnostic], verbosity: Verbosity) {
    let least = match verbosity {
        Verbosity::Quiet => Severity::Error,
        Verbosity::Normal => Severity::Warning,
        Verbosity::Verbose => Severity::Note,
    };
    found.iter().filter(|d| d.severity >= least).for_each(tell);
}

/// The rows of a run's metrics, to be shown. What cannot be read is no reason to show nothing else.
pub(super) fn history(folder: &RunFolder) -> Vec<serde_json::Value> {
    folder.metric_rows().unwrap_or_else(|error| {
        complain(format_args!("warning: {error}; no curves of what was before"));
        Vec::new()
    })
}

/// A run's policy and what it acts in.
pub(super) struct Trained {
    pub folder: RunFolder,
    pub checkpoint: CheckpointInfo,
    graph: Graph,
    kinds: Kinds,
}

impl Trained {
    /// Opens the run or checkpoint that a path means, with this many environments; none if its workflow
    /// is unsound, which has been reported.
    pub(super) fn open(path: &Path, n_envs: u64, kinds: &Kinds) -> anyhow::Result<Option<Self>> {
        place::run(path)?;
        let (folder, checkpoint) = open_checkpoint(path, &mut warn_of_damage)?;
        let document = Document::load(folder.workflow()).0;
        let (document, n_envs) = (document.as_ref(), n_envs.to_string());
        let mut overrides = of_environments(document, kinds, ("num_envs", &n_envs));
        // Policies act on the processor, wherever they were trained.
        overrides.extend(of_environments(document, kinds, ("device", "cpu")));
        let workflow = load_run(&folder, &checkpoint, overrides, kinds);
        report(&workflow.diagnostics, Verbosity::Normal);
        Ok(workflow.graph.map(|graph| Self { folder, checkpoint, graph, kinds: kinds.clone() }))
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
            kinds: self.kinds.clone(),
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
    let index = graph.nodes.iter().position(|node| node.class.role == Role::Environment);
    let index = index.context("the workflow has no environment")?;
    let scene = scenes.load(&graph.nodes[index].text("env_name")?)?;
    changed_scene(graph, index, &scene).map_err(|faults| {
        let said: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        anyhow::anyhow!("{}", said.join("; "))
    })
}

/// Warns that a checkpoint is skipped.
pub(super) fn warn_of_damage(error: SessionError) {
    complain(format_args!("warning: {error}; looking for an older checkpoint"));
}
