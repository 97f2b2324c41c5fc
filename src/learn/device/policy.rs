//! A policy on a device: from observations to actions and values without a number that crosses.

use super::control::Control;
use super::network::DeviceNetwork;
use super::normalizer::scale_of;
use super::sample::{Choosing, SampleBuffers, Sampler};
use super::standard::in_blocks;
use crate::device::kernels::{OPTIMIZER, ROLLOUT};
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::policy::Policy;
use crate::math::rng::{RandomStream, Sequences};

/// What a policy has learned, as far as acting needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PolicyParts {
    /// Shape (n_weights,).
    pub(super) weights: BufferId,
    /// Shape (n_log_std,).
    pub(super) log_std: BufferId,
    /// Means and roots of variances, shape (2, input_dim); any numbers where observations are not normalised.
    pub(super) observation_scale: BufferId,
    /// The same of values, shape (2,).
    pub(super) value_scale: BufferId,
}

impl PolicyParts {
    /// Room for those of a policy.
    fn new(device: &mut dyn ProgramBackend, policy: &Policy) -> Result<Self, DeviceError> {
        let [weights, log_std, observation_scale, value_scale] = lengths_of(policy);
        Ok(Self {
            weights: device.allocate(weights)?,
            log_std: device.allocate(log_std)?,
            observation_scale: device.allocate(observation_scale)?,
            value_scale: device.allocate(value_scale)?,
        })
    }

    fn all(&self) -> [BufferId; 4] {
        [self.weights, self.log_std, self.observation_scale, self.value_scale]
    }
}

/// How many numbers each part of a policy has, in their order.
fn lengths_of(policy: &Policy) -> [usize; 4] {
    let network = &policy.network;
    [network.n_weights, policy.config().head().n_log_std(), 2 * network.input_dim, 2]
}

/// What acting in a number of environments needs on a device.
#[derive(Clone, Debug)]
pub(super) struct DevicePolicy {
    parts: PolicyParts,
    lengths: [usize; 4],
    copy: KernelId,
    show: KernelId,
    begin_values: KernelId,
    /// Of acting, which never ends: the layers' kernels ask for it.
    control: Control,
    /// Of values, which have ended where nobody needs them.
    of_values: Control,
    network: DeviceNetwork,
    sampler: Sampler,
    seed: u64,
    /// What observations are clamped to where they are normalised.
    observation_limit: Option<f32>,
    normalizes_values: bool,
    n_envs: usize,
}

impl DevicePolicy {
    /// `policy` in `n_envs` environments, with nothing learned. Fails on networks with other layers than dense ones.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        n_envs: usize,
    ) -> Result<Self, LearnError> {
        let config = policy.config();
        let limit = config.normalize_observations.then_some(config.clip_observations as f32);
        Ok(Self {
            parts: PolicyParts::new(device, policy)?,
            lengths: lengths_of(policy),
            copy: device.load_source(&OPTIMIZER, "copy_to")?,
            show: device.load_source(&ROLLOUT, "show_observations")?,
            begin_values: device.load_source(&ROLLOUT, "begin_values")?,
            control: Control::new(device)?,
            of_values: Control::new(device)?,
            network: DeviceNetwork::forward_only(device, &policy.network, n_envs)?,
            sampler: Sampler::new(device, &config.head())?,
            seed: config.seed,
            observation_limit: limit,
            normalizes_values: config.normalize_values,
            n_envs,
        })
    }

    /// Takes over what a policy of the same shape has learned.
    pub(super) fn write(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
    ) -> Result<(), LearnError> {
        device.write(self.parts.weights, 0, &policy.weights.to_vec()?)?;
        device.write(self.parts.log_std, 0, &policy.log_std()?)?;
        if let Some(columns) = policy.inputs.columns() {
            device.write(self.parts.observation_scale, 0, &scale_of(&columns))?;
        }
        if let Some(stats) = &policy.value_stats {
            device.write(self.parts.value_scale, 0, &scale_of(&stats.columns()))?;
        }
        Ok(())
    }

    /// The same from buffers of the device.
    pub(super) fn copy(
        &self,
        device: &mut dyn ProgramBackend,
        from: &PolicyParts,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        for ((from, to), n) in from.all().into_iter().zip(self.parts.all()).zip(self.lengths) {
            let arguments = [Buffer(from), Buffer(to), Count(0), Count(n as u32)];
            device.launch_grid(self.copy, Grid::of_threads(n as u32), &arguments)?;
        }
        Ok(())
    }

    /// Acts by the noise of `step` and of those after it from now on.
    pub(super) fn begin(
        &self,
        device: &mut dyn ProgramBackend,
        step: u64,
    ) -> Result<(), DeviceError> {
        self.sampler.begin(device, Sequences::new(self.seed, RandomStream::Explore, step))
    }

    /// Actions for `observations`, shape (n_envs, input_dim), all streams one after the other, and what a rollout keeps with
    /// them, as [`Policy::act`] has it. The observations are kept in `kept`, of the same shape.
    pub(super) fn act(
        &self,
        device: &mut dyn ProgramBackend,
        (observations, kept): (BufferId, BufferId),
        choosing: Choosing,
        to: &SampleBuffers,
    ) -> Result<(), DeviceError> {
        self.forward(device, self.control, (observations, Some(kept)))?;
        let from = (self.network.outputs, self.parts.log_std, self.n_envs as u32);
        self.sampler.launch(device, from, choosing, self.value_scale(), to)
    }

    /// The outputs for `observations`, of which the last is the value: if `of_all` says so, or if an episode was
    /// `truncated`, shape (n_envs,).
    pub(super) fn values(
        &self,
        device: &mut dyn ProgramBackend,
        observations: BufferId,
        (truncated, of_all): (BufferId, bool),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let (control, n) = (Buffer(self.of_values.buffer), Count(self.n_envs as u32));
        let begin = [control, Buffer(truncated), n, Count(u32::from(of_all))];
        device.launch_grid(self.begin_values, in_blocks(1), &begin)?;
        self.forward(device, self.of_values, (observations, None))
    }

    /// The outputs of the network, unless the pass has ended. `kept` gets the observations as they are.
    fn forward(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        (observations, kept): (BufferId, Option<BufferId>),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let (n, dim) = (self.n_envs, self.network.input_dim);
        let arguments = [
            Buffer(control.buffer),
            Buffer(observations),
            Buffer(self.parts.observation_scale),
            Buffer(self.network.input),
            // Where they are not kept any buffer will do.
            Buffer(kept.unwrap_or(self.network.input)),
            Count(n as u32),
            Count(dim as u32),
            Count(u32::from(self.observation_limit.is_some())),
            Count(u32::from(kept.is_some())),
            Number(self.observation_limit.unwrap_or(0.0)),
        ];
        device.launch_grid(self.show, Grid::of_threads((n * dim) as u32), &arguments)?;
        self.network.forward(device, control, self.parts.weights, n)
    }

    /// Where the outputs of the network are, and how many there are of each environment.
    pub(super) fn outputs(&self) -> (BufferId, u32) {
        (self.network.outputs, self.network.n_outputs)
    }

    /// Mean and deviation of values, where these are normalised.
    pub(super) fn value_scale(&self) -> Option<BufferId> {
        self.normalizes_values.then_some(self.parts.value_scale)
    }
}
