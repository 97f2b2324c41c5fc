//! The ports and parameters of `DistillationTrainer`, and what they mean to the learner.

use super::distillation_check;
use super::trainer_check::short_horizon;
use dnne::diagnostic::Diagnostic;
use dnne::learn::{Distillation, DistillationConfig, Teacher};
use dnne::nodes::{NodeError, check_named_weights, checkpoints, diagnostics_of, named_policy};
use dnne::workflow::{
    EnvironmentSpec, GraphNode, NodeSchema, ParamGroup, ParamSchema, PortSchema, PortType, Role,
};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "DistillationTrainer",
    aliases: &["DistillationTrainerNode"],
    title: "Distillation Trainer",
    category: "learning",
    doc: "Has the agent, the student, learn to do what a trained policy, the teacher, would do in the states \
          that the student comes to (DAgger). The teacher sees what it was trained on, by the names of \
          observations; rewards have no part in it. It triggers the next step after each transition.",
    role: Role::Trainer,
    inputs: &[
        PortSchema::new("states", PortType::Tensor, "The observations that the agent acted on.")
            .aliases(&["state"]),
        PortSchema::new(
            "policy_outputs",
            PortType::PolicyOutput,
            "The agent's output for these observations.",
        )
        .aliases(&["policy_output"]),
        PortSchema::new(
            "rewards",
            PortType::Tensor,
            "Reward of the step, shape (num_envs,), for the metrics alone.",
        )
        .aliases(&["reward"]),
        PortSchema::new("dones", PortType::Dones, "Whether an episode ended, shape (num_envs,).")
            .aliases(&["done"]),
        PortSchema::new("model", PortType::Model, "The network to improve.").held(),
    ],
    outputs: &[
        PortSchema::new("loss", PortType::Metrics, "Losses and other numbers of each update.")
            .aliases(&["loss_info"]),
        PortSchema::new(
            "training_complete",
            PortType::Sync,
            "Permission for the next step: after each transition, and after each update.",
        )
        .aliases(&["trigger"]),
    ],
    params: PARAMS,
    together: &[ParamGroup::Trigger {
        name: "checkpoint",
        enabled: Some("checkpoint_enabled"),
        kind: "checkpoint_trigger_type",
        value: "checkpoint_trigger_value",
    }],
    metrics: &Distillation::METRICS,
    check: check_settings,
    check_among: distillation_check::findings,
    check_in: |graph, node, spec| {
        let idle = distillation_check::idle_value(graph, node, spec);
        unfit(&graph.nodes[node], spec).into_iter().chain(idle).collect()
    },
    ..NodeSchema::EMPTY
};

const PARAMS: &[ParamSchema] = &[
    ParamSchema::text(
        "teacher",
        "",
        "A run's name or folder, or a saver's folder (the last checkpoint there; add /best for the best), a checkpoint's \
         folder, or a weights file by DNNE.",
    )
    .weights(),
    ParamSchema::int("horizon_length", 16, 1, 1_000_000, "Steps between updates.").unit("steps"),
    ParamSchema::int(
        "epochs",
        2,
        1,
        1000,
        "Passes over the samples of all rollouts that are kept, in each update.",
    )
    .aliases(&["num_epochs"]),
    ParamSchema::int("minibatch_size", 1024, 1, 1 << 30, "Samples in each gradient step."),
    ParamSchema::int(
        "num_rollouts",
        10,
        1,
        100_000,
        "Rollouts that an update learns from: the newest and the last ones before it. 1 is RSL-RL's distillation; more \
         forget less of what was met before. Each is kept in memory and in every checkpoint, pictures included.",
    ),
    ParamSchema::float(
        "learning_rate",
        1e-3,
        *DistillationConfig::LEARNING_RATES.start(),
        *DistillationConfig::LEARNING_RATES.end(),
        "Adam's step size.",
    ),
    ParamSchema::float(
        "max_grad_norm",
        1.0,
        0.0,
        1e6,
        "Longer gradients are shortened to this; 0 is off.",
    ),
    ParamSchema::float(
        "adam_epsilon",
        1e-8,
        1e-15,
        1.0,
        "What Adam adds to the root of the second moment.",
    ),
    ParamSchema::int(
        "sequence_length",
        0,
        0,
        1_000_000,
        "Steps through which gradients of a recurrent agent go back in time; 0 is horizon_length. It divides \
         horizon_length and minibatch_size, for minibatches hold whole sequences.",
    )
    .unit("steps"),
    ParamSchema::int("total_updates", 0, 0, 1 << 40, "Updates to make; 0 goes on until stopped."),
    ParamSchema::bool("checkpoint_enabled", false, "Save checkpoints while training."),
    ParamSchema::choice(
        "checkpoint_trigger_type",
        "epoch",
        &["epoch", "time", "best_metric"],
        "What triggers a checkpoint.",
    ),
    ParamSchema::text(
        "checkpoint_trigger_value",
        "10",
        "How many updates (10), how much time (1h30m), or which metric (episode_return, reward_terms.NAME, \
         tasks.NAME.success_rate; over the newest 100 episodes, or so many: episode_return over 30; the least: \
         behavior_loss lowest).",
    ),
    ParamSchema::int(
        "checkpoint_keep",
        0,
        0,
        1 << 30,
        "How many of its checkpoints to keep, the newest; 0 keeps all.",
    ),
];

/// The learner's settings.
pub(crate) fn config(node: &GraphNode, seed: u64) -> Result<DistillationConfig, NodeError> {
    Ok(DistillationConfig {
        learning_rate: node.float("learning_rate")?,
        adam_epsilon: node.float("adam_epsilon")?,
        max_grad_norm: node.float("max_grad_norm")?,
        epochs: node.param("epochs")?,
        minibatch_size: node.param("minibatch_size")?,
        num_rollouts: node.param("num_rollouts")?,
        sequence_length: node.param("sequence_length")?,
        seed,
    })
}

/// What the checker says of settings that types and ranges cannot tell.
fn check_settings(node: &GraphNode) -> Vec<Diagnostic> {
    diagnostics_of(checkpoints(node)).into_iter().chain(check_named_weights(node)).collect()
}

/// What is wrong in view of what environments show: a teacher that needs something else.
fn unfit(node: &GraphNode, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = short_horizon(node, spec).into_iter().collect();
    // What is wrong with the file itself has been said.
    if !check_named_weights(node).is_empty() {
        return found;
    }
    let fits = named_policy(node).and_then(|config| match config {
        None => Ok(()),
        Some(config) => {
            Teacher::check(&config, &spec.observations, &spec.actions).map_err(of_teacher)
        }
    });
    found.extend(diagnostics_of(fits));
    found
}

/// An error of the teacher, under the parameter that names it.
pub(crate) fn of_teacher(error: impl std::fmt::Display) -> NodeError {
    NodeError::Field { field: "teacher", message: error.to_string() }
}
