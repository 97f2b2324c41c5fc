//! The workflow that `dnne import` writes for a new scene.

use crate::code::kinds::{
    CheckpointSaver, IsaacGymEnv, IsaacGymStep, MetricsLogger, Or, PpoAgent, PpoTrainer, Schedule,
};
use crate::code::{Workflow, default};
use crate::diagnostic::has_errors;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::session::{check_workflow, write_atomically};
use crate::workflow::WorkflowError;
use std::path::{Path, PathBuf};

/// What became of the workflow of a scene.
pub(super) struct Written {
    pub path: PathBuf,
    /// Whether a file was there already, which is as it was.
    pub was_there: bool,
    /// The folder to name as that of the scenes, where it would not be found from the workflow's place.
    pub scenes: Option<PathBuf>,
}

/// Writes a workflow that trains in a scene, unless there is one: into the folder `workflows` beside a folder `scenes`
/// that holds the scene, else beside the scene.
pub(super) fn write(scene: &Path, name: &str) -> anyhow::Result<Written> {
    let beside = scene.parent().unwrap_or(Path::new(""));
    let library = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    let file = format!("{}_ppo.json", name.to_lowercase());
    let is_named = library.file_name().is_some_and(|it| it == "scenes");
    let path = match is_named {
        true => library.with_file_name("workflows").join(file),
        false => beside.join(file),
    };
    let scenes = (!is_named).then(|| library.to_owned());
    if path.exists() {
        return Ok(Written { path, was_there: true, scenes });
    }
    let kinds = Kinds::builtin();
    let document = workflow(name).document(kinds.registry())?;
    let text = document.to_json();
    // What is written runs.
    let loaded = check_workflow(document, &[], &kinds, &SceneLibrary::new(library));
    if has_errors(&loaded.diagnostics) {
        return Err(WorkflowError { diagnostics: loaded.diagnostics }.into());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    write_atomically(&path, text.as_bytes())?;
    Ok(Written { path, was_there: false, scenes })
}

/// PPO with settings with which most legged robots begin to learn: those of the workflow of the hopper.
fn workflow(scene: &str) -> Workflow {
    let mut g = Workflow::new();
    let environment =
        g.node(1).add(IsaacGymEnv { env_name: scene.to_owned(), num_envs: 256, ..default() });
    let or = g.node(2).add(Or);
    let agent = g.node(3).add(PpoAgent {
        hidden_sizes: vec![256, 128, 64],
        normalize_observations: true,
        normalize_values: true,
        ..default()
    });
    let step = g.node(4).add(IsaacGymStep);
    let trainer = g.node(5).add(PpoTrainer {
        horizon_length: 32,
        epochs: 5,
        minibatch_size: 2048,
        gamma: 0.99,
        value_coef: 1.0,
        entropy_coef: 0.0,
        max_grad_norm: 1.0,
        bounds_coef: 0.0001,
        clip_value_loss: true,
        schedule: Schedule::Adaptive { kl_threshold: 0.008 },
        total_updates: 400,
        ..default()
    });
    let logger = g.node(6).add(MetricsLogger::default());
    let saver = g.node(7).add(CheckpointSaver::default());
    g.wire(environment.observations, or.input.at(0));
    g.wire(step.observations, or.input.at(1));
    g.wire(or.output, agent.observations);
    g.wire(environment.sim, step.sim);
    g.wire(agent.policy_output, step.actions);
    g.wire(trainer.training_complete, step.trigger);
    g.wire(or.output, trainer.states);
    g.wire(agent.policy_output, trainer.policy_outputs);
    g.wire(step.rewards, trainer.rewards);
    g.wire(step.dones, trainer.dones);
    g.wire(agent.model, trainer.model);
    g.wire(trainer.loss, logger.loss_info);
    g.wire(agent.model, saver.model);
    g.wire(trainer.loss, saver.loss_info);
    g
}
