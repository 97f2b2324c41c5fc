//! Learning on a device: the kernels of `device/kernels/` and what they work on.
//!
//! Rollouts do not run there yet, so what acts (`policy.rs`, `sample.rs`) is compiled for its tests alone.

mod answer;
mod control;
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
#[cfg(test)]
mod policy;
#[cfg(test)]
mod policy_tests;
mod room;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_tests;
mod standard;

pub(super) use learner::{DeviceLearner, UpdateSettings, check_on_device};
#[cfg(test)]
pub(super) use loss::{DeviceLoss, ExperienceBuffers, MinibatchBuffers, MinibatchTerms};
#[cfg(test)]
pub(super) use standard::{STANDARD_LEN, Standards};
