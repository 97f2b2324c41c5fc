//! Steps of environments on a device whose actions and answers stay there.

use super::environments::Environments;
use super::error::SceneError;
use super::library::Scene;
use super::on_device;
use super::step::ActionUnits;
use super::trace::task_trace_errors;
use crate::device::BufferId;
use crate::space::{ElementType, Observations};

/// Actions that lie on the environments' device.
#[derive(Clone, Copy, Debug)]
pub struct ActionsThere {
    /// Shape (n_envs, dim), as [`Actions`](super::Actions) has them: of that many numbers.
    pub values: BufferId,
    /// What the numbers are.
    pub units: ActionUnits,
    /// What each number is clamped to at either side of 0 first, if to anything; NaN stays.
    pub limit: Option<f32>,
    /// What each number is multiplied by then.
    pub scale: f32,
}

/// What a step left on the device; the same buffers after every step. Streams of observations lie one after the other
/// in each row, in the order of the [space](Environments::observation_space).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepThere {
    /// Where each environment is now, after a reset if its episode ended, shape (n_envs, dim).
    pub observations: BufferId,
    /// Where each transition led, before any reset, shape (n_envs, dim).
    pub next_observations: BufferId,
    /// Shape (n_envs,).
    pub rewards: BufferId,
    /// 1 where the episode ended by the task's rules, else 0, shape (n_envs,).
    pub terminated: BufferId,
    /// 1 where the episode was cut off, else 0, shape (n_envs,).
    pub truncated: BufferId,
}

/// Sums over all environments and the steps there since they were cleared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepSums {
    /// Policy steps of each environment.
    pub n_steps: u64,
    /// Episodes that ended.
    pub episodes: u64,
    /// Of the episodes that ended, the sum of their rewards.
    pub total_reward: f64,
    /// Of the episodes that ended, the sum of their policy steps.
    pub length: u64,
    /// Episodes that ended as the task's `success` has it; without one, those that lasted to their limit.
    pub successes: u64,
    /// How often an environment met a number that is not finite: in a step, or in what an episode shows where it begins.
    pub n_non_finite: u64,
    /// Sum over the steps of the mean over the environments of what each reward term gave, in the order of
    /// [`Task::reward_mean_names`](super::Task::reward_mean_names).
    pub reward_terms: Vec<f64>,
}

/// What a shard on a device does without the host.
pub(super) trait There {
    /// See [`Environments::there`].
    fn there(&mut self) -> Result<StepThere, SceneError>;
    /// See [`Environments::step_there`].
    fn step_there(&mut self, actions: ActionsThere, difficulty: f64) -> Result<(), SceneError>;
    /// See [`Environments::sums`].
    fn sums(&self) -> Result<StepSums, SceneError>;
    /// See [`Environments::clear_sums`].
    fn clear_sums(&mut self) -> Result<(), SceneError>;
    /// What is observed now.
    fn observed(&self) -> Result<Observations, SceneError>;
}

/// Why environments of a scene cannot be stepped without the host, in words for "it has ..."; none if they can.
pub fn needs_host(scene: &Scene) -> Option<&'static str> {
    let is_f32 = |element: ElementType| element == ElementType::F32;
    if !scene.task.observations.streams().iter().all(|stream| is_f32(stream.element)) {
        Some("observations that are not f32")
    } else if !task_trace_errors(scene).is_empty() {
        Some("parts that are simulated on the CPU only")
    } else if scene.task.is_randomized() {
        Some("parameters of the model that are randomised")
    } else if !on_device::draws_straight(scene) {
        Some("episodes whose starts are drawn in loops")
    } else {
        None
    }
}

impl Environments {
    /// The buffers of steps there, with what is observed now in them. It costs nothing after
    /// [`step_there`](Self::step_there); what else changes environments (a step by the host, a reset, a pose, a state
    /// that is loaded) is in the buffers from the next call on.
    ///
    /// # Errors
    /// On the CPU, where the scene [needs the host](needs_host), or if the device fails.
    pub fn there(&mut self) -> Result<StepThere, SceneError> {
        self.shard_there()?.there()
    }

    /// One policy step of every environment, as [`step`](Self::step) has it, that does nothing but launch kernels: no
    /// number goes either way, but the difficulty where it has changed. [`output`](Self::output) stays as it is.
    ///
    /// # Errors
    /// As those of [`there`](Self::there), and where actions do not fit the scene.
    pub fn step_there(&mut self, actions: ActionsThere) -> Result<(), SceneError> {
        self.check_units(actions.units)?;
        let difficulty = self.difficulty();
        self.shard_there()?.step_there(actions, difficulty)
    }

    /// Sums over the steps there since they were cleared, by one copy from the device.
    ///
    /// # Errors
    /// As those of [`there`](Self::there).
    pub fn sums(&self) -> Result<StepSums, SceneError> {
        self.only_shard().ok_or(SceneError::OnCpu)?.sums()
    }

    /// Has sums begin anew.
    ///
    /// # Errors
    /// As those of [`there`](Self::there).
    pub fn clear_sums(&mut self) -> Result<(), SceneError> {
        self.shard_there()?.clear_sums()
    }

    fn shard_there(&mut self) -> Result<&mut dyn There, SceneError> {
        match self.shards.as_mut_slice() {
            [only] => only.there_mut().ok_or(SceneError::OnCpu),
            _ => Err(SceneError::OnCpu),
        }
    }

    /// The shard of environments on a device.
    pub(super) fn only_shard(&self) -> Option<&dyn There> {
        match self.shards.as_slice() {
            [only] => only.there(),
            _ => None,
        }
    }
}
