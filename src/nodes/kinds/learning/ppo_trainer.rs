//! `PPOTrainerNode`: collects transitions and improves the policy by PPO.

use super::ppo_settings::{self, SCHEMA};
use super::trainer_check::state_dim;
use crate::learn::{PpoLearner, RolloutShape};
use crate::nodes::{
    NodeBuilder, NodeError, NodeKind, TRAINER_STATE, TrainerSetup, check_memory,
    on_device_of_environments, train_with,
};
use crate::workflow::Role;
use bevy::ecs::system::BoxedSystem;

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(TRAINER_STATE) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let horizon: usize = node.param("horizon_length")?;
    let config = ppo_settings::config(node, b.context.seed)?;
    let sequence_length = config.steps_of_sequence(horizon);
    let learner = PpoLearner::new(config, horizon)?;
    let algorithm = Box::new(on_device_of_environments(b, learner)?);
    let setup = TrainerSetup::new(b.node(), algorithm)?;
    let tasks = b.tasks()?;
    let n_envs = tasks.n_envs();
    let agent = b.graph.nodes.iter().find(|node| node.class.role == Role::Policy);
    let shape = RolloutShape {
        horizon,
        n_envs,
        observations: tasks.layout.observations.clone(),
        action_space: tasks.spec.actions.clone(),
        state_dim: agent.map_or(0, state_dim),
        sequence_length,
    };
    let what = format!("`horizon_length` of {horizon} with {n_envs} environments");
    let bytes = PpoLearner::bytes(&shape) as u64;
    check_memory(&what, bytes, "use a shorter horizon or fewer environments")?;
    train_with(b, setup.noting(ppo_settings::note_changes))
}
