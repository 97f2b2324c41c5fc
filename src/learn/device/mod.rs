//! Learning on a device: the kernels of `device/kernels/`, and what they work on.
//!
//! A policy acts there ([`DeviceActor`]), the steps are collected there (`rollout.rs`), and an update learns from them
//! (`learner.rs`).

mod actor;
#[cfg(test)]
mod actor_tests;
mod answer;
mod checks;
mod control;
#[cfg(test)]
mod cycle_tests;
mod exchange;
mod experience;
#[cfg(test)]
pub(super) mod failing;
mod head;
#[cfg(test)]
mod kernel_tests;
mod learner;
#[cfg(test)]
mod limits_tests;
mod loss;
mod network;
mod normalizer;
mod optimizer;
mod policy;
#[cfg(test)]
mod policy_tests;
mod rollout;
mod room;
#[cfg(test)]
mod room_tests;
mod sample;
#[cfg(test)]
mod sample_tests;
mod standard;
#[cfg(test)]
mod world;

pub use actor::{DeviceActor, TransitionThere};
pub(super) use checks::{check_on_device, check_rollout_there};
pub(super) use learner::{DeviceLearner, UpdateSettings};
#[cfg(test)]
pub(super) use loss::{DeviceLoss, ExperienceBuffers, MinibatchBuffers, MinibatchTerms};
#[cfg(test)]
pub(super) use standard::{STANDARD_LEN, Standards};
