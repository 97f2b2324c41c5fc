//! The ports and parameters of `DistillationTrainer`, and what they mean to the learner.

use super::distillation_check;
use super::trainer_check::short_horizon;
use crate::diagnostic::Diagnostic;
use crate::learn::{Distillation, DistillationConfig, Teacher};
use crate::nodes::{NodeError, check_named_weights, checkpoints, diagnostics_of, named_policy};
use crate::workflow::{
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Policy, PolicyConfig};
    use crate::space::{
        ActionSpace, Device, ObservationGroup, ObservationSpace, ObservationStream, Picture,
    };
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
        let mut n = 0;
        for param in PARAMS {
            let ends = match param.param_type {
                ParamType::Float { min, max, .. } => [min, max].map(ParamValue::Float),
                ParamType::Int { min, max, .. } => [min, max].map(ParamValue::Int),
                _ => continue,
            };
            for end in ends {
                let checked = config(&node(param.name, end), 0).unwrap().check();
                assert!(checked.is_ok(), "{}: {checked:?}", param.name);
                n += 1;
            }
        }
        assert_eq!(n, 20);
    }

    /// The two places where defaults stand agree.
    #[test]
    fn defaults_are_those_of_the_learner() {
        let defaults = config(&node("", ParamValue::Bool(false)), 0).unwrap();
        assert_eq!(defaults, DistillationConfig::default());
    }

    fn spec(observations: ObservationSpace, actions: ActionSpace) -> EnvironmentSpec {
        EnvironmentSpec {
            name: "Pixels".to_owned(),
            observations,
            actions,
            action_names: Vec::new(),
            reward_names: Vec::new(),
            refusals: Vec::new(),
            needs_host: None,
        }
    }

    fn vector(name: &str, components: &[&str], group: ObservationGroup) -> ObservationStream {
        ObservationStream::named(name, components.iter().map(|&it| it.to_owned()).collect(), group)
    }

    /// Pictures for the policy, and the state for the value.
    fn pixels(frames: usize) -> ObservationSpace {
        let picture = Picture { frames, height: 20, width: 20, channels: 1 };
        let state = vector(
            ObservationStream::CRITIC_OBSERVATIONS,
            &["x", "speed"],
            ObservationGroup::Critic,
        );
        ObservationSpace::new(vec![ObservationStream::picture("front", picture), state]).unwrap()
    }

    #[test]
    fn teachers_that_cannot_teach_are_refused_by_field() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let named = || node("teacher", ParamValue::Text(path.display().to_string()));
        let number = ActionSpace::Continuous(1);
        let found = |space, actions: &ActionSpace| {
            let node = named();
            let found =
                [check_settings(&node), unfit(&node, &spec(space, actions.clone()))].concat();
            let said = |it: &Diagnostic| (it.code, it.field.clone().unwrap_or_default());
            let texts: Vec<_> = found.iter().map(|it| it.message.clone()).collect();
            (found.iter().map(said).collect::<Vec<_>>(), texts.join("\n"))
        };
        let of_teacher = |code: &'static str| vec![(code, "teacher".to_owned())];
        let (codes, said) = found(pixels(2), &number);
        assert_eq!(codes, of_teacher("missing-weights"), "{said}");
        let seen =
            vector(ObservationStream::OBSERVATIONS, &["speed", "x"], ObservationGroup::Policy);
        let seen = ObservationSpace::new(vec![seen]).unwrap();
        let policy =
            Policy::new(PolicyConfig::new(seen, number.clone()), Device::detect()).unwrap();
        // Weights that do not say of what they are.
        std::fs::write(&path, policy.state().unwrap().to_safetensors().unwrap()).unwrap();
        let (codes, said) = found(pixels(2), &number);
        assert_eq!(codes, of_teacher("unusable-value"), "{said}");
        assert!(said.contains("does not say what network"), "{said}");
        std::fs::write(&path, policy.to_safetensors().unwrap()).unwrap();
        assert_eq!(found(pixels(2), &number), (vec![], String::new()));
        let (codes, said) = found(pixels(2), &ActionSpace::Discrete(2));
        assert_eq!(codes, of_teacher("unusable-value"), "{said}");
        assert!(
            said.contains("chooses from Continuous(1), the student from Discrete(2)"),
            "{said}"
        );
        let other =
            vector(ObservationStream::OBSERVATIONS, &["x", "angle"], ObservationGroup::Policy);
        let (codes, said) = found(ObservationSpace::new(vec![other]).unwrap(), &number);
        assert_eq!(codes, of_teacher("unusable-value"), "{said}");
        assert!(said.contains("needs the observation \"speed\""), "{said}");
        std::fs::write(&path, b"no weights at all").unwrap();
        let (codes, said) = found(pixels(2), &number);
        assert_eq!(codes, of_teacher("unusable-value"), "{said}");
        assert!(said.contains("holds no weights"), "{said}");
        let nobody = check_settings(&node("teacher", ParamValue::Text(String::new())));
        assert_eq!(nobody.len(), 1);
        assert!(nobody[0].message.contains("names no checkpoint"), "{}", nobody[0].message);
    }

    #[test]
    fn stacks_longer_than_a_rollout_are_refused() {
        let node = node("horizon_length", ParamValue::Int(4));
        let number = ActionSpace::Continuous(1);
        assert!(short_horizon(&node, &spec(pixels(4), number.clone())).is_none());
        let found = short_horizon(&node, &spec(pixels(5), number)).unwrap();
        assert_eq!((found.code, found.field.as_deref()), ("short-horizon", Some("horizon_length")));
        assert!(found.message.contains("4 steps are shorter than the stack of 5"));
    }
}
