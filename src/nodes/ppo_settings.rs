//! The ports and parameters of `PPOTrainerNode`, and what they mean to the learner.

use super::checkpoint_trigger::CheckpointTrigger;
use super::kind::{NodeError, complaint};
use crate::learn::{LearningRateSchedule, PpoConfig};
use crate::workflow::{GraphNode, NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "PPOTrainerNode",
    aliases: &["PPOTrainer"],
    title: "PPO Trainer",
    category: "learning",
    doc: "Stores each transition, and after horizon_length steps improves the policy by proximal \
          policy optimisation. It triggers the next step after each transition.",
    role: Role::Trainer,
    inputs: &[
        PortSchema::new("states", PortType::Tensor, "What the agent saw before it acted.")
            .aliases(&["state"]),
        PortSchema::new("policy_outputs", PortType::PolicyOutput, "What the agent then said.")
            .aliases(&["policy_output"]),
        PortSchema::new("rewards", PortType::Tensor, "Reward of the step, shape (num_envs,).")
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
    check: |node| complaint(checkpoints(node)),
    ..NodeSchema::EMPTY
};

/// The first thirteen stand in the order of the widgets in files saved by DNNE; what is ours
/// follows.
const PARAMS: &[ParamSchema] = &[
    ParamSchema::int("horizon_length", 16, 1, 1_000_000, "Steps between updates.").unit("steps"),
    ParamSchema::int("epochs", 4, 1, 1000, "Passes over the samples in each update.")
        .aliases(&["num_epochs"]),
    ParamSchema::int("minibatch_size", 32, 1, 1 << 30, "Samples in each gradient step."),
    ParamSchema::float("gamma", 0.99, 0.0, 1.0, "Discount of later rewards."),
    ParamSchema::float("lam", 0.95, 0.0, 1.0, "Decay of generalised advantage estimation.")
        .aliases(&["gae_lambda"]),
    ParamSchema::float("clip_param", 0.2, 1e-6, 10.0, "How far the policy ratio may leave 1."),
    ParamSchema::float("value_coef", 0.5, 0.0, 1000.0, "Weight of the value loss."),
    ParamSchema::float("entropy_coef", 0.01, 0.0, 100.0, "Weight of the entropy bonus."),
    ParamSchema::float("learning_rate", 3e-4, 1e-12, 1.0, "Step size at the start."),
    ParamSchema::float("max_grad_norm", 0.5, 0.0, 1e6, "Longest gradient; 0 does not clip."),
    ParamSchema::bool("checkpoint_enabled", false, "Save checkpoints while training."),
    ParamSchema::choice(
        "checkpoint_trigger_type",
        "epoch",
        &["epoch", "time", "best_metric"],
        "What makes a checkpoint due.",
    ),
    ParamSchema::text(
        "checkpoint_trigger_value",
        "10",
        "How many updates (10), how much time (1h30m), or which metric.",
    ),
    ParamSchema::float(
        "bounds_coef",
        0.0,
        0.0,
        1000.0,
        "Weight of the loss on action means beyond 1.1.",
    ),
    ParamSchema::bool("normalize_advantages", true, "Scale advantages to mean 0, deviation 1."),
    // In units of return, unless the agent normalises values: then a clip range of 0.2 makes sense.
    ParamSchema::bool(
        "clip_value_loss",
        false,
        "Clip value changes by clip_param too; for agents that normalize_values.",
    ),
    ParamSchema::float("reward_scale", 1.0, 0.0, 1e6, "Factor on rewards before learning."),
    ParamSchema::choice(
        "schedule",
        "constant",
        &["constant", "linear", "adaptive"],
        "How step size changes: not; to 0 over total_updates; by kl_threshold after each minibatch.",
    ),
    ParamSchema::float(
        "kl_threshold",
        0.008,
        1e-6,
        100.0,
        "Change of the policy per minibatch that the adaptive schedule aims at.",
    )
    .unit("nats"),
    ParamSchema::int("total_updates", 0, 0, 1 << 40, "Updates to make; 0 goes on until stopped."),
];

/// The learner's settings.
pub(super) fn config(node: &GraphNode, seed: u64) -> Result<PpoConfig, NodeError> {
    Ok(PpoConfig {
        gamma: node.float("gamma")?,
        lam: node.float("lam")?,
        clip_param: node.float("clip_param")?,
        value_coef: node.float("value_coef")?,
        entropy_coef: node.float("entropy_coef")?,
        bounds_coef: node.float("bounds_coef")?,
        learning_rate: node.float("learning_rate")?,
        schedule: match node.text("schedule")?.as_str() {
            "linear" => LearningRateSchedule::Linear,
            "adaptive" => {
                LearningRateSchedule::Adaptive { kl_threshold: node.float("kl_threshold")? }
            }
            _ => LearningRateSchedule::Constant,
        },
        max_grad_norm: node.float("max_grad_norm")?,
        epochs: node.param("epochs")?,
        minibatch_size: node.param("minibatch_size")?,
        normalize_advantages: node.bool("normalize_advantages")?,
        clip_value_loss: node.bool("clip_value_loss")?,
        reward_scale: node.float("reward_scale")?,
        seed,
        ..PpoConfig::default()
    })
}

/// The trigger of the trainer's own checkpoints, if it makes any.
pub(super) fn checkpoints(node: &GraphNode) -> Result<Option<CheckpointTrigger>, NodeError> {
    if !node.bool("checkpoint_enabled")? {
        return Ok(None);
    }
    let kind = node.text("checkpoint_trigger_type")?;
    let value = node.text("checkpoint_trigger_value")?;
    CheckpointTrigger::new(&kind, &value, "checkpoint_trigger_value").map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{ParamType, ParamValue};

    fn node(changed: &str, value: ParamValue) -> GraphNode {
        let value_of = |param: &ParamSchema| match param.name == changed {
            true => value.clone(),
            false => param.param_type.default_value(),
        };
        GraphNode {
            id: "6".to_owned(),
            class: &SCHEMA,
            title: String::new(),
            params: PARAMS.iter().map(|p| (p.name.to_owned(), value_of(p))).collect(),
            inputs: Vec::new(),
        }
    }

    /// What the schema lets through, the learner takes: at both ends of every range.
    #[test]
    fn ranges_are_those_of_the_learner() {
        for param in PARAMS {
            let ends = match param.param_type {
                ParamType::Float { min, max, .. } => [min, max].map(ParamValue::Float),
                ParamType::Int { min, max, .. } => [min, max].map(ParamValue::Int),
                _ => continue,
            };
            for end in ends {
                let mut node = node(param.name, end);
                let adaptive = ParamValue::Text("adaptive".to_owned());
                node.params.insert("schedule".to_owned(), adaptive);
                let checked = config(&node, 0).unwrap().check();
                assert!(checked.is_ok(), "{}: {checked:?}", param.name);
            }
        }
    }

    /// The two places where defaults stand agree, but for the clipping of values: in a workflow it is
    /// for agents that normalise them, which by default they do not.
    #[test]
    fn defaults_are_those_of_the_learner() {
        let defaults = config(&node("", ParamValue::Bool(false)), 0).unwrap();
        assert_eq!(defaults, PpoConfig { clip_value_loss: false, ..PpoConfig::default() });
    }
}
