//! From the outputs of the network to actions, on a device.

use super::head::DeviceHead;
use crate::device::kernels::SAMPLE;
use crate::device::words::from_words;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::distribution::Head;
use crate::learn::normalizer::VALUE_LIMIT;
use crate::math::rng::Sequences;

/// Where sampled actions go, and what a rollout keeps with them.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampleBuffers {
    /// For the environments, shape (n_envs, action_dim).
    pub(super) actions: BufferId,
    /// As drawn, before any squashing, shape (n_envs, action_dim).
    pub(super) raw_actions: BufferId,
    /// Natural logarithm of the density or probability of each action, shape (n_envs,).
    pub(super) log_probs: BufferId,
    /// In units of return (denormalised), shape (n_envs,).
    pub(super) values: BufferId,
    /// Parameters of the distributions, shape (n_envs, n_params).
    pub(super) params: BufferId,
}

impl SampleBuffers {
    /// For `n_envs` environments.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        head: &Head,
        n_envs: usize,
    ) -> Result<Self, DeviceError> {
        let (action_dim, n_params) = (head.space.action_dim(), head.space.n_params());
        let mut rows = |dim: usize| device.allocate(n_envs * dim);
        Ok(Self {
            actions: rows(action_dim)?,
            raw_actions: rows(action_dim)?,
            log_probs: rows(1)?,
            values: rows(1)?,
            params: rows(n_params)?,
        })
    }
}

/// How actions follow from distributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choosing {
    /// By the random numbers so many steps after those that [`Sampler::begin`] was given.
    Drawn(u32),
    /// The mean, or the likeliest choice.
    Likeliest,
}

/// The kernel that samples, with what it needs.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    head: DeviceHead,
    kernel: KernelId,
    /// Key and step of the random numbers, shape (4,).
    sequence: BufferId,
}

impl Sampler {
    pub(super) fn new(device: &mut dyn ProgramBackend, head: &Head) -> Result<Self, DeviceError> {
        let head = DeviceHead::new(device, head)?;
        let kernel = head.pick("sample_gaussian", "sample_choices");
        let kernel = device.load_source(&SAMPLE, kernel)?;
        Ok(Self { kernel, sequence: device.allocate(4)?, head })
    }

    /// Draws by these random numbers from now on, where an entity is an environment.
    pub(super) fn begin(
        &self,
        device: &mut dyn ProgramBackend,
        draws: Sequences,
    ) -> Result<(), DeviceError> {
        device.write(self.sequence, 0, &from_words(&draws.words()))
    }

    /// Actions of `n_envs` environments from the network's `outputs`, shape (n_envs, head.dim() + 1), and the logarithms
    /// of deviations `log_std`, shape (n_log_std,), or any buffer where there are none. `value_scale` has mean and
    /// deviation of normalised values.
    pub(super) fn launch(
        &self,
        device: &mut dyn ProgramBackend,
        (outputs, log_std, n_envs): (BufferId, BufferId, u32),
        choosing: Choosing,
        value_scale: Option<BufferId>,
        to: &SampleBuffers,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let (later, is_deterministic) = match choosing {
            Choosing::Drawn(later) => (later, false),
            Choosing::Likeliest => (0, true),
        };
        let mut arguments = vec![Buffer(outputs), self.head.second(log_std)];
        arguments.extend([
            Buffer(self.sequence),
            // Without a scale any buffer will do in its stead.
            Buffer(value_scale.unwrap_or(outputs)),
            Buffer(to.actions),
            Buffer(to.raw_actions),
            Buffer(to.log_probs),
            Buffer(to.values),
            Buffer(to.params),
            Number(limit_of(value_scale)),
            Count(n_envs),
        ]);
        arguments.extend(self.head.counts());
        arguments.extend([u32::from(is_deterministic), later].map(Count));
        device.launch_grid(self.kernel, Grid::of_threads(n_envs), &arguments)
    }
}

/// What normalised values are clamped to; 0 where they are not normalised.
pub(super) fn limit_of(value_scale: Option<BufferId>) -> f32 {
    value_scale.map_or(0.0, |_| VALUE_LIMIT)
}
