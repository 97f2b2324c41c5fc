//! Components of nodes that other nodes read.

use super::device_batch::{DeviceBatch, DeviceNumbers};
use super::payload::{ObservationBatch, Payload};
use crate::learn::{DeviceActor, HiddenStates, Mismatch, Policy, PolicyOutput, StateDict};
use crate::scene::{ActionUnits, Environments, SceneError};
use bevy::prelude::*;
use std::sync::Arc;

/// The environments of an environment node: one batch, one entity. Steps move them, and spectators look at
/// them.
#[derive(Component)]
pub struct SimulatedTask {
    /// The environments.
    pub environments: Environments,
    /// What the task is called in metrics.
    pub task: String,
    /// Whether the first observations have been sent.
    pub started: bool,
}

impl SimulatedTask {
    /// What every environment shows now.
    pub fn observations(&self) -> Payload {
        let output = self.environments.output();
        let (seen, episode_starts) = (output.observations.clone(), output.episode_starts.clone());
        Payload::Observations(Arc::new(ObservationBatch { observations: seen, episode_starts }))
    }

    /// The same where they lie on a device. Fails where they do not, or if it fails.
    pub fn observations_there(&mut self) -> Result<Payload, SceneError> {
        let there = self.environments.there()?;
        let (n_envs, dim) =
            (self.environments.n_envs(), self.environments.observation_space().size());
        let numbers = DeviceNumbers::Observations(there.observations);
        Ok(Payload::OnDevice(DeviceBatch { n_envs, dim, numbers }))
    }
}

/// The units of the actions that an action node makes.
#[derive(Component, Clone, Copy)]
pub struct MakesActions(pub ActionUnits);

/// The network of an agent node, which trainers improve.
#[derive(Component)]
pub struct Agent {
    /// What acts.
    pub policy: Policy,
    /// The same on a device, once it has acted there.
    pub on_device: Option<DeviceActor>,
    /// Its hidden states in the present episodes, after its last action.
    pub hidden_states: HiddenStates,
    /// How it chooses actions.
    pub action_mode: ActionMode,
    /// Number of steps in which it has acted; selects the exploration noise.
    pub step: u64,
    /// Seed of all random numbers of the session.
    pub seed: u64,
    /// Its last output, whose buffers the next step reuses.
    pub output: Arc<PolicyOutput>,
}

/// How an agent chooses actions: sampled, mean or random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionMode {
    /// Sampled from the policy.
    Sampled,
    /// The policy's mean action, or its most likely choice.
    Mean,
    /// Uniformly random actions, as a baseline.
    Random,
}

/// The weights of a loader node. Agents take them while they are built, so that weights that do not fit are
/// refused before anything runs.
#[derive(Component)]
pub struct LoadedWeights {
    /// The weights.
    pub weights: Arc<StateDict>,
    /// What is to become of weights that do not fit; none if there may be none.
    pub mismatch: Option<Mismatch>,
    /// Where they were read.
    pub source: String,
}
