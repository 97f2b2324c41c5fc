//! Components of nodes that other nodes read.

use super::payload::{ObservationBatch, Payload};
use crate::learn::{Memory, Mismatch, Policy, PolicyOutput, StateDict};
use crate::scene::Environments;
use bevy::prelude::*;
use std::sync::Arc;

/// The environments of an environment node: one batch, one entity. Steps move them, and spectators look at
/// them.
#[derive(Component)]
pub struct Simulation {
    /// The environments.
    pub environments: Environments,
    /// What the task is called in metrics.
    pub task: String,
    /// Whether the first observations have been sent.
    pub started: bool,
}

impl Simulation {
    /// What every environment shows now.
    pub fn observations(&self) -> Payload {
        let output = self.environments.output();
        let (seen, begins) = (output.observations.clone(), output.begins.clone());
        Payload::Observations(Arc::new(ObservationBatch { seen, begins }))
    }
}

/// The network of an agent node, which trainers improve.
#[derive(Component)]
pub struct Agent {
    /// What acts.
    pub policy: Policy,
    /// What it remembers of the present episodes, after its last action.
    pub memory: Memory,
    /// Which of the actions that its policy permits it takes.
    pub acting: Acting,
    /// How often it has acted; names the exploration noise.
    pub step: u64,
    /// Every random number of the session follows from it.
    pub seed: u64,
    /// What it said last, whose buffers the next step takes.
    pub output: Arc<PolicyOutput>,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting {
    /// What the policy draws.
    Sampled,
    /// What the policy holds for best: its mean action, or the likeliest choice.
    Mean,
    /// Anything, each action alike: what a policy can be compared with.
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
