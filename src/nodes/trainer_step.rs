//! What a trainer takes of a step.

use super::device_batch::{DeviceBatch, DeviceNumbers, DeviceStep, StepInfo};
use super::flow::TakenInputs;
use super::kind::NodeError;
use super::payload::{Dones, ObservationBatch, Payload, Rewards};
use crate::learn::PolicyOutput;
use std::sync::Arc;

/// A step that a trainer learns from: its numbers, or where they lie.
pub(super) enum Step {
    Here(Arc<ObservationBatch>, Arc<PolicyOutput>, Arc<Rewards>, Arc<Dones>),
    There(Arc<DeviceStep>),
}

impl Step {
    /// That of a trainer's inputs.
    pub(super) fn of(taken: &TakenInputs) -> Result<Self, NodeError> {
        let wrong = |input, expected: &'static str| {
            let got = taken.get(input).map_or("nothing".to_owned(), Payload::describe);
            Err(NodeError::Payload { input, expected, got })
        };
        match ["states", "policy_outputs", "rewards", "dones"].map(|input| taken.get(input)) {
            [
                Some(Payload::Observations(observations)),
                Some(Payload::Policy(output)),
                Some(Payload::Rewards(rewards)),
                Some(Payload::Dones(dones)),
            ] => {
                Ok(Self::Here(observations.clone(), output.clone(), rewards.clone(), dones.clone()))
            }
            [
                Some(Payload::OnDevice(_)),
                Some(Payload::OnDevice(_)),
                Some(Payload::OnDevice(_)),
                Some(Payload::OnDevice(DeviceBatch {
                    numbers: DeviceNumbers::Dones(step), ..
                })),
            ] => Ok(Self::There(step.clone())),
            [states, ..] if !matches!(states, Some(Payload::Observations(_))) => {
                wrong("states", "tensors")
            }
            [_, outputs, ..] if !matches!(outputs, Some(Payload::Policy(_))) => {
                wrong("policy_outputs", "a policy's output")
            }
            [_, _, rewards, _] if !matches!(rewards, Some(Payload::Rewards(_))) => {
                wrong("rewards", "a step's rewards")
            }
            _ => wrong("dones", "a step's dones"),
        }
    }

    /// What is known of it beside its numbers.
    pub(super) fn about(&self) -> StepInfo {
        match self {
            Self::Here(_, _, rewards, dones) => StepInfo {
                n_envs: dones.terminated.len(),
                reward_names: rewards.names.clone(),
                tasks: dones.tasks.clone(),
                difficulty: dones.difficulty,
            },
            Self::There(step) => step.about.clone(),
        }
    }
}
