//! A rollout whose steps are collected on a device.

use super::actor::{DeviceActor, TransitionThere};
use super::experience::DeviceExperience;
use super::sample::limit_of;
use crate::device::kernels::ROLLOUT;
use crate::device::{Argument, Grid, KernelId, ProgramBackend};
use crate::learn::error::{LearnError, check_len};
use crate::learn::histogram::Histogram;
use crate::learn::policy::Policy;
use crate::learn::rollout::{Rollout, RolloutShape};

/// The experience of the next update, as far as it is there.
#[derive(Clone, Debug)]
pub(super) struct DeviceRollout {
    store: KernelId,
    shape: RolloutShape,
    pub(super) experience: DeviceExperience,
    /// Steps held.
    len: usize,
    /// Whether the values of the states after the last step are there.
    has_last_values: bool,
}

impl DeviceRollout {
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        shape: &RolloutShape,
    ) -> Result<Self, LearnError> {
        Ok(Self {
            store: device.load_source(&ROLLOUT, "store_step")?,
            experience: DeviceExperience::new(device, shape)?,
            shape: shape.clone(),
            len: 0,
            has_last_values: false,
        })
    }

    /// What it can hold.
    pub(super) fn shape(&self) -> &RolloutShape {
        &self.shape
    }

    /// Steps held.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Forgets every step.
    pub(super) fn clear(&mut self) {
        (self.len, self.has_last_values) = (0, false);
    }

    /// Fails unless an update can learn from it.
    pub(super) fn check_whole(&self) -> Result<(), LearnError> {
        let horizon = self.shape.horizon;
        if self.len < horizon {
            return Err(LearnError::RolloutNotFull { horizon, len: self.len });
        }
        if !self.has_last_values {
            return Err(LearnError::NotOnDevice {
                what: "a rollout that was full when it came to the device",
                remedy: "update before its state is saved",
            });
        }
        Ok(())
    }

    /// Adds the step in which `actor` acted last. With the last one come the values of the states after it.
    pub(super) fn push(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        step: &TransitionThere,
    ) -> Result<(), LearnError> {
        use Argument::{Buffer, Count, Number};
        let RolloutShape { horizon, n_envs, observations, action_space, .. } = &self.shape;
        check_len("environments of the actor", *n_envs, actor.n_envs())?;
        if self.len == *horizon {
            return Err(LearnError::RolloutFull { horizon: *horizon });
        }
        let is_last = self.len + 1 == *horizon;
        let (outputs, n_outputs, scale) = actor.values_after(policy, step, is_last)?;
        let (dim, action_dim, n_params) =
            (observations.size(), action_space.action_dim(), action_space.n_params());
        let (given, to) = (actor.given, &self.experience);
        let arguments = [
            Buffer(actor.observations),
            Buffer(given.raw_actions),
            Buffer(given.log_probs),
            Buffer(given.values),
            Buffer(given.params),
            Buffer(step.rewards),
            Buffer(step.terminated),
            Buffer(step.truncated),
            Buffer(outputs),
            // Without a scale any buffer will do in its stead.
            Buffer(scale.unwrap_or(outputs)),
            Buffer(to.observations),
            Buffer(to.buffers.actions),
            Buffer(to.buffers.log_probs),
            Buffer(to.buffers.values),
            Buffer(to.buffers.params),
            Buffer(to.rewards),
            Buffer(to.terminated),
            Buffer(to.truncated),
            Buffer(to.truncation_values),
            Buffer(to.last_values),
            Number(limit_of(scale)),
            Count((self.len * n_envs) as u32),
            Count(*n_envs as u32),
            Count(dim as u32),
            Count(action_dim as u32),
            Count(n_params as u32),
            Count(n_outputs),
            Count(u32::from(is_last)),
        ];
        let widest = dim.max(action_dim).max(n_params);
        let grid = Grid::of_threads((n_envs * widest) as u32);
        actor.device().clone().launch_grid(self.store, grid, &arguments)?;
        self.len += 1;
        self.has_last_values = is_last;
        Ok(())
    }

    /// Takes over the steps of a rollout of the same extents, and V of the states after them, shape (n_envs,), if it is known.
    pub(super) fn write(
        &mut self,
        device: &mut dyn ProgramBackend,
        rollout: &Rollout,
        last_values: Option<&[f32]>,
    ) -> Result<(), LearnError> {
        self.clear();
        self.experience.write(device, rollout)?;
        if let Some(last_values) = last_values {
            check_len("last_values", self.shape.n_envs, last_values.len())?;
            device.write(self.experience.last_values, 0, last_values)?;
        }
        (self.len, self.has_last_values) = (rollout.len(), last_values.is_some());
        Ok(())
    }

    /// The steps held.
    pub(super) fn read(&self, device: &mut dyn ProgramBackend) -> Result<Rollout, LearnError> {
        let mut rollout = Rollout::new(self.shape.clone());
        self.experience.read(device, self.len, &mut rollout)?;
        Ok(rollout)
    }

    /// Histograms of actions and of logarithms of deviations, as a rollout has them.
    pub(super) fn histograms(
        &self,
        device: &mut dyn ProgramBackend,
    ) -> Result<[Option<Histogram>; 2], LearnError> {
        let mut rollout = Rollout::new(self.shape.clone());
        self.experience.read_actions(device, self.len, &mut rollout)?;
        Ok([rollout.action_histogram(), rollout.log_std_histogram()])
    }
}
