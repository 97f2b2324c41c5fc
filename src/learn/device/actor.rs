//! A policy that acts on a device, step by step.

use super::checks::{check_policy, check_step};
use super::policy::{DevicePolicy, PolicyParts};
use super::room::noting;
use super::sample::{Choosing, SampleBuffers};
use crate::device::{BufferId, DeviceError, ProgramBackend, Shared};
use crate::learn::error::LearnError;
use crate::learn::policy::Policy;
use crate::learn::revision::Revision;

/// A step of all environments whose numbers lie on the device of the policy that acted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionThere {
    /// Observations after the step, before any reset, shape (n_envs, dim): all streams in the order of the space, one
    /// after the other.
    pub next_observations: BufferId,
    /// Shape (n_envs,).
    pub rewards: BufferId,
    /// 1 where the episode ended in a state of value 0, else 0; shape (n_envs,).
    pub terminated: BufferId,
    /// 1 where the episode was cut short, else 0; shape (n_envs,).
    pub truncated: BufferId,
}

/// A policy that acts in a number of environments on a device. What it has learned lies there, and crosses again only
/// where it has changed; nothing else does.
pub struct DeviceActor {
    device: Shared,
    policy: DevicePolicy,
    n_envs: usize,
    /// The observations in which it acted last, shape (n_envs, dim).
    pub(super) observations: BufferId,
    /// What it gave for them.
    pub(super) given: SampleBuffers,
    /// The state of the policy that lies there; none before the first, and after one that did not come there whole.
    held: Option<Revision>,
    /// The step from which random numbers are counted there.
    first_step: Option<u64>,
    /// All buffers of these.
    buffers: Vec<BufferId>,
}

impl std::fmt::Debug for DeviceActor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { device, n_envs, .. } = self;
        f.debug_struct("DeviceActor")
            .field("device", device)
            .field("n_envs", n_envs)
            .finish_non_exhaustive()
    }
}

impl DeviceActor {
    /// For `policy`, and no other, in `n_envs` environments.
    ///
    /// # Errors
    /// If the policy cannot act there, by name, or if the device fails; then its memory is as before.
    pub fn new(device: Shared, policy: &Policy, n_envs: usize) -> Result<Self, LearnError> {
        check_policy(policy)?;
        let head = policy.config().head();
        let dim = policy.network.input_dim;
        check_step(n_envs, dim.max(policy.network.n_outputs).max(head.space.n_params()))?;
        let make = |device: &mut dyn ProgramBackend| {
            let acting = DevicePolicy::new(device, policy, n_envs)?;
            let observations = device.allocate(n_envs * dim)?;
            Ok((acting, observations, SampleBuffers::new(device, &head, n_envs)?))
        };
        let mut device = device;
        let ((policy, observations, given), buffers) = noting(&mut device, make)?;
        let (held, first_step) = (None, None);
        Ok(Self { device, policy, n_envs, observations, given, held, first_step, buffers })
    }

    /// Has the policy act in `observations`, shape (n_envs, dim), all streams in the order of the space, one after the
    /// other. Returns where the actions are, shape (n_envs, action_dim). This only enqueues kernels; the policy crosses
    /// first if it has changed.
    ///
    /// `step` and `deterministic` are as [`Policy::act`] has them.
    ///
    /// # Errors
    /// If the device fails.
    pub fn act(
        &mut self,
        policy: &Policy,
        observations: BufferId,
        step: u64,
        deterministic: bool,
    ) -> Result<BufferId, LearnError> {
        self.hold(policy)?;
        let choosing = match deterministic {
            true => Choosing::Likeliest,
            false => Choosing::Drawn(self.later(step)?),
        };
        let seen = (observations, self.observations);
        self.policy.act(&mut self.device, seen, choosing, &self.given)?;
        Ok(self.given.actions)
    }

    /// Environments.
    pub fn n_envs(&self) -> usize {
        self.n_envs
    }

    /// The device.
    pub(in crate::learn) fn device(&self) -> &Shared {
        &self.device
    }

    /// Has the network's last output be the value of the observations after a step: of all environments if `of_all`, else at
    /// least where an episode was truncated. Returns where the outputs are, how many of each environment, and what values
    /// are normalised by.
    pub(super) fn values_after(
        &mut self,
        policy: &Policy,
        step: &TransitionThere,
        of_all: bool,
    ) -> Result<(BufferId, u32, Option<BufferId>), LearnError> {
        self.hold(policy)?;
        let needed = (step.truncated, of_all);
        self.policy.values(&mut self.device, step.next_observations, needed)?;
        let (outputs, n_outputs) = self.policy.outputs();
        Ok((outputs, n_outputs, self.policy.value_scale()))
    }

    /// Takes over what lies on the device already, the state `revision` of the policy.
    pub(super) fn take(
        &mut self,
        parts: &PolicyParts,
        revision: Revision,
    ) -> Result<(), DeviceError> {
        self.held = None;
        self.policy.copy(&mut self.device, parts)?;
        self.held = Some(revision);
        Ok(())
    }

    /// Has the policy be there as it is now.
    fn hold(&mut self, policy: &Policy) -> Result<(), LearnError> {
        let revision = policy.revision();
        if self.held != Some(revision) {
            self.held = None;
            self.policy.write(&mut self.device, policy)?;
            self.held = Some(revision);
        }
        Ok(())
    }

    /// How many steps a step is after the one from which random numbers are counted; they are counted anew from one that
    /// cannot be said so.
    fn later(&mut self, step: u64) -> Result<u32, DeviceError> {
        let later = self.first_step.and_then(|first| step.checked_sub(first));
        if let Some(later) = later.and_then(|later| u32::try_from(later).ok()) {
            return Ok(later);
        }
        self.first_step = None;
        self.policy.begin(&mut self.device, step)?;
        self.first_step = Some(step);
        Ok(0)
    }
}

impl Drop for DeviceActor {
    fn drop(&mut self) {
        for buffer in self.buffers.drain(..) {
            // A device that does not take it back says so to those who go on using it.
            let _ = self.device.free(buffer);
        }
    }
}
