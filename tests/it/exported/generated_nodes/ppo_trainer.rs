//! `PPOTrainerNode`: collects transitions and improves the policy by PPO.

use super::ppo_settings::{self, SCHEMA};
use bevy::ecs::system::BoxedSystem;
use dnne::learn::PpoLearner;
use dnne::nodes::{
    NodeBuilder, NodeError, NodeKind, TRAINER_STATE, TrainerSetup, check_memory, train_with,
};

pub(crate) const KIND: NodeKind =
    NodeKind { schema: &SCHEMA, build: Some(build), state: Some(TRAINER_STATE) };

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.node();
    let horizon: usize = node.param("horizon_length")?;
    let config = ppo_settings::config(node, b.context.seed)?;
    let algorithm = Box::new(PpoLearner::new(config, horizon)?);
    let setup = TrainerSetup::new(node, algorithm)?;
    let tasks = b.tasks()?;
    let n_envs = tasks.n_envs();
    // Observations, and about sixteen numbers more, for each transition and once more in batches.
    let layout = &tasks.layout;
    let numbers = 4 * layout.action_dim + 16;
    let each = 2 * layout.observations.bytes() as u64 + 8 * numbers as u64;
    let transitions = horizon as u64 * n_envs as u64;
    let what = format!("`horizon_length` of {horizon} with {n_envs} environments");
    let bytes = transitions.saturating_mul(each);
    check_memory(&what, bytes, "use a shorter horizon or fewer environments")?;
    train_with(b, setup.noting(ppo_settings::note_changes))
}
