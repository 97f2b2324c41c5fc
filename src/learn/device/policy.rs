//! A policy that acts on a device: from observations to actions without a number that crosses.

use super::control::Control;
use super::network::DeviceNetwork;
use super::normalizer::{Chosen, DeviceNormalizer};
use super::sample::{Choosing, SampleBuffers, Sampler};
use crate::device::words::from_words;
use crate::device::{BufferId, DeviceError, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::normalizer::RunningStats;
use crate::learn::policy::Policy;
use crate::math::rng::{RandomStream, Sequences};

/// What a policy learns, as a device holds it. A learner there may share its own.
#[derive(Clone, Debug)]
pub(super) struct PolicyParts {
    /// Shape (n_weights,).
    pub(super) weights: BufferId,
    /// Shape (n_log_std,).
    pub(super) log_std: BufferId,
    pub(super) observations: DeviceNormalizer,
    pub(super) values: DeviceNormalizer,
}

impl PolicyParts {
    /// Room for those of a policy, whose statistics are of up to `most_rows` at once.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        most_rows: usize,
    ) -> Result<Self, DeviceError> {
        Ok(Self {
            weights: device.allocate(policy.network.n_weights)?,
            log_std: device.allocate(policy.config().head().n_log_std())?,
            observations: DeviceNormalizer::new(device, policy.network.input_dim, most_rows)?,
            values: DeviceNormalizer::new(device, 1, most_rows)?,
        })
    }

    /// Takes them over from a policy of the same shape.
    pub(super) fn write(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
    ) -> Result<(), LearnError> {
        device.write(self.weights, 0, &policy.weights.to_vec()?)?;
        device.write(self.log_std, 0, &policy.log_std()?)?;
        if let Some(columns) = policy.inputs.columns() {
            self.observations.write(device, &columns)?;
        }
        if let Some(stats) = &policy.value_stats {
            self.values.write(device, &RunningStats::columns(stats))?;
        }
        Ok(())
    }
}

/// What acting in a number of environments needs on a device.
#[derive(Clone, Debug)]
pub(super) struct DevicePolicy {
    parts: PolicyParts,
    /// Of an update that never ends: the layers' kernels ask for it.
    control: Control,
    network: DeviceNetwork,
    sampler: Sampler,
    seed: u64,
    /// What observations are clamped to where they are normalised.
    observation_limit: Option<f32>,
    normalizes_values: bool,
    /// All environments in order, whole numbers of shape (n_envs,).
    all: BufferId,
    n_envs: usize,
}

impl DevicePolicy {
    /// `policy` in `n_envs` environments, with what it has learned in `parts`. Fails on networks with other layers than
    /// dense ones.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        parts: PolicyParts,
        n_envs: usize,
    ) -> Result<Self, LearnError> {
        let config = policy.config();
        let limit = config.normalize_observations.then_some(config.clip_observations as f32);
        let (control, all) = (Control::new(device)?, device.allocate(n_envs)?);
        device.write(all, 0, &from_words(&(0..n_envs as u32).collect::<Vec<_>>()))?;
        Ok(Self {
            network: DeviceNetwork::new(device, &policy.network, n_envs)?,
            sampler: Sampler::new(device, &config.head())?,
            seed: config.seed,
            observation_limit: limit,
            normalizes_values: config.normalize_values,
            parts,
            control,
            all,
            n_envs,
        })
    }

    /// Acts by the noise of `step` and of those after it from now on.
    pub(super) fn begin(
        &self,
        device: &mut dyn ProgramBackend,
        step: u64,
    ) -> Result<(), DeviceError> {
        self.sampler.begin(device, Sequences::new(self.seed, RandomStream::Explore, step))
    }

    /// Actions for `observations`, shape (n_envs, input_dim), all streams one after the other. Rows of `to` from `first_row`
    /// on get what a rollout keeps, as [`Policy::act`] has it.
    pub(super) fn act(
        &self,
        device: &mut dyn ProgramBackend,
        observations: BufferId,
        choosing: Choosing,
        to: (&SampleBuffers, u32),
    ) -> Result<(), DeviceError> {
        self.forward(device, observations)?;
        let from = (self.network.outputs, self.parts.log_std, self.n_envs as u32);
        self.sampler.launch(device, from, choosing, self.value_scale(), to)
    }

    /// The values of `observations` into `to`, shape (n_envs,), in units of return.
    pub(super) fn values(
        &self,
        device: &mut dyn ProgramBackend,
        observations: BufferId,
        to: BufferId,
    ) -> Result<(), DeviceError> {
        self.forward(device, observations)?;
        let from = (self.network.outputs, self.network.n_outputs, self.n_envs as u32);
        self.sampler.values(device, from, self.value_scale(), to)
    }

    /// The outputs of the network.
    fn forward(
        &self,
        device: &mut dyn ProgramBackend,
        observations: BufferId,
    ) -> Result<(), DeviceError> {
        let rows = Chosen { data: observations, indices: Some(self.all), n_rows: self.n_envs };
        let (parts, limit, input) = (&self.parts, self.observation_limit, self.network.input);
        parts.observations.gather(device, self.control, rows, limit, input)?;
        self.network.forward(device, self.control, parts.weights, self.n_envs)
    }

    fn value_scale(&self) -> Option<BufferId> {
        self.normalizes_values.then_some(self.parts.values.scale)
    }
}
