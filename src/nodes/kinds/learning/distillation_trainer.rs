//! `DistillationTrainer`: collects what a student does, and has it learn from a teacher.

use super::distillation_settings::{SCHEMA, config, of_teacher};
use super::network_size::network_bytes;
use super::trainer_check::state_dim;
use crate::learn::{Distillation, Policy, RolloutShape, Teacher};
use crate::nodes::{
    NodeBuilder, NodeError, NodeKind, TRAINER_STATE, TrainerSetup, check_memory, named_policy,
    read_weights, train_with,
};
use crate::workflow::Role;
use bevy::ecs::system::BoxedSystem;

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(TRAINER_STATE) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let horizon: usize = node.param("horizon_length")?;
    let config = config(node, b.context.seed)?;
    let tasks = b.tasks()?;
    let n_envs = tasks.n_envs();
    let agent = b.graph.nodes.iter().find(|node| node.class.role == Role::Policy);
    let shape = RolloutShape {
        horizon,
        n_envs,
        observations: tasks.layout.observations.clone(),
        action_space: tasks.spec.actions.clone(),
        state_dim: agent.map_or(0, state_dim),
        sequence_length: config.steps_of_sequence(horizon),
    };
    let n_kept = config.num_rollouts;
    let what = format!("`num_rollouts` of {n_kept} with {n_envs} environments and {horizon} steps");
    let bytes = Distillation::bytes(&config, &shape) as u64;
    check_memory(&what, bytes, "keep fewer rollouts, or use a shorter horizon")?;
    let teacher = teacher(b)?;
    let algorithm = Distillation::new(config, horizon, teacher)?;
    let setup = TrainerSetup::new(b.node(), Box::new(algorithm))?;
    train_with(b, setup)
}

/// The policy that the node names, for the students' environments.
fn teacher(b: &NodeBuilder<'_>) -> Result<Teacher, NodeError> {
    let node = b.node();
    // If they are not there, reading them says so.
    let weights = read_weights(node)?;
    let config = named_policy(node)?;
    let config = config.ok_or_else(|| of_teacher("has been removed just now; try again"))?;
    let tasks = b.tasks()?;
    Teacher::check(&config, &tasks.layout.observations, &tasks.spec.actions).map_err(of_teacher)?;
    check_memory("the teacher's network", network_bytes(&config), "name another teacher")?;
    let mut policy = Policy::new(config, b.context.device)?;
    policy.load_state(&weights).map_err(of_teacher)?;
    Teacher::new(policy, &tasks.layout.observations, &tasks.spec.actions).map_err(of_teacher)
}
