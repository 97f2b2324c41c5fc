//! Numbers on links that lie on a device: nodes hand on where they are.

use super::payload::Payload;
use crate::device::BufferId;
use crate::scene::{ActionUnits, ActionsThere, StepThere};
use bevy::prelude::Entity;
use std::ops::Range;
use std::sync::Arc;

/// A row of numbers for every environment, on the device of the training.
#[derive(Clone, Debug)]
pub struct DeviceBatch {
    /// Rows.
    pub n_envs: usize,
    /// Numbers of a row.
    pub dim: usize,
    /// What they are, and where.
    pub numbers: DeviceNumbers,
}

/// What numbers on a device are, and where.
#[derive(Clone, Debug)]
pub enum DeviceNumbers {
    /// Observations, all streams one after the other.
    Observations(BufferId),
    /// What a policy put out: its actions.
    Policy(BufferId),
    /// Actions on their way to a simulation.
    Actions(ActionsThere),
    /// The rewards of a step.
    Rewards(Arc<DeviceStep>),
    /// Which episodes ended in a step.
    Dones(Arc<DeviceStep>),
}

/// A step of all environments whose numbers lie on a device.
#[derive(Clone, Debug)]
pub struct DeviceStep {
    /// Where they are.
    pub there: StepThere,
    /// The node that owns the environments.
    pub task: Entity,
    /// What is known of it here.
    pub about: StepInfo,
}

/// What a trainer knows of a step beside its numbers.
#[derive(Clone, Debug, Default)]
pub struct StepInfo {
    /// Environments.
    pub n_envs: usize,
    /// Names of the reward terms.
    pub reward_names: Arc<[String]>,
    /// The tasks, by name and by their environments' rows.
    pub tasks: Arc<[(String, Range<usize>)]>,
    /// How hard the tasks were, from 0 to 1.
    pub difficulty: f64,
}

impl DeviceStep {
    /// What its step node sends: observations of `dim` numbers each, rewards, dones, and where it led.
    pub fn payloads(self, dim: usize) -> [Payload; 4] {
        let (n_envs, there, step) = (self.about.n_envs, self.there, Arc::new(self));
        let batch = |dim, numbers| Payload::OnDevice(DeviceBatch { n_envs, dim, numbers });
        [
            batch(dim, DeviceNumbers::Observations(there.observations)),
            batch(1, DeviceNumbers::Rewards(step.clone())),
            batch(1, DeviceNumbers::Dones(step)),
            batch(dim, DeviceNumbers::Observations(there.next_observations)),
        ]
    }
}

impl DeviceBatch {
    /// Actions for a simulation, if it is that: as a policy gave them, or as a node changes them.
    pub fn as_actions(&self) -> Option<ActionsThere> {
        match self.numbers {
            DeviceNumbers::Actions(actions) => Some(actions),
            DeviceNumbers::Policy(values) => {
                Some(ActionsThere { values, units: ActionUnits::Policy, limit: None, scale: 1.0 })
            }
            _ => None,
        }
    }

    /// What kind of value it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self.numbers {
            DeviceNumbers::Observations(_) => "observations",
            DeviceNumbers::Policy(_) => "policy output",
            DeviceNumbers::Actions(_) => "actions",
            DeviceNumbers::Rewards(_) => "rewards",
            DeviceNumbers::Dones(_) => "dones",
        }
    }

    /// One line for a person.
    pub fn describe(&self) -> String {
        format!("{} ({}, {}) on a device", self.kind(), self.n_envs, self.dim)
    }
}
