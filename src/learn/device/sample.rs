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
    /// As drawn, before any squashing, shape (rows, action_dim).
    pub(super) raw_actions: BufferId,
    /// Natural logarithm of the density or probability of each action, shape (rows,).
    pub(super) log_probs: BufferId,
    /// In units of return (denormalised), shape (rows,).
    pub(super) values: BufferId,
    /// Parameters of the distributions, shape (rows, n_params).
    pub(super) params: BufferId,
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
    values: KernelId,
    /// Key and step of the random numbers, shape (4,).
    sequence: BufferId,
}

impl Sampler {
    pub(super) fn new(device: &mut dyn ProgramBackend, head: &Head) -> Result<Self, DeviceError> {
        let head = DeviceHead::new(device, head)?;
        let kernel = head.pick("sample_gaussian", "sample_choices");
        let kernel = device.load_source(&SAMPLE, kernel)?;
        let values = device.load_source(&SAMPLE, "values_of_outputs")?;
        Ok(Self { kernel, values, sequence: device.allocate(4)?, head })
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
    /// of deviations `log_std`, shape (n_log_std,), or any buffer where there are none. Rows of `to` from `first_row` on
    /// get what the rollout keeps. `value_scale` has mean and deviation of normalised values.
    pub(super) fn launch(
        &self,
        device: &mut dyn ProgramBackend,
        (outputs, log_std, n_envs): (BufferId, BufferId, u32),
        choosing: Choosing,
        value_scale: Option<BufferId>,
        (to, first_row): (&SampleBuffers, u32),
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
        arguments.extend([u32::from(is_deterministic), later, first_row].map(Count));
        device.launch_grid(self.kernel, Grid::of_threads(n_envs), &arguments)
    }

    /// The values alone of the first `n` rows of `outputs`, shape (n, n_outputs), into `to`, in units of return.
    pub(super) fn values(
        &self,
        device: &mut dyn ProgramBackend,
        (outputs, n_outputs, n): (BufferId, u32, u32),
        value_scale: Option<BufferId>,
        to: BufferId,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let arguments = [
            Buffer(outputs),
            Buffer(value_scale.unwrap_or(outputs)),
            Buffer(to),
            Number(limit_of(value_scale)),
            Count(n),
            Count(n_outputs),
        ];
        device.launch_grid(self.values, Grid::of_threads(n), &arguments)
    }
}

/// What normalised values are clamped to; 0 where they are not normalised.
fn limit_of(value_scale: Option<BufferId>) -> f32 {
    value_scale.map_or(0.0, |_| VALUE_LIMIT)
}
