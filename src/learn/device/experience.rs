//! The experience of one update on a device.

use super::loss::ExperienceBuffers;
use crate::device::kernels::GAE;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::error::{LearnError, check_len};
use crate::learn::rollout::{Rollout, RolloutShape};
use crate::space::Buffer as Stream;

/// The buffers of a rollout, of each row t * n_envs + environment, and what estimates advantages from it.
#[derive(Clone, Debug)]
pub(super) struct DeviceExperience {
    gae: KernelId,
    horizon: usize,
    n_envs: usize,
    /// Shape (rows, observation_dim): all streams, one after the other.
    pub(super) observations: BufferId,
    /// What the loss reads, with advantages and returns.
    pub(super) buffers: ExperienceBuffers,
    rewards: BufferId,
    terminated: BufferId,
    truncated: BufferId,
    truncation_values: BufferId,
    /// Shape (n_envs,).
    last_values: BufferId,
}

impl DeviceExperience {
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        shape: &RolloutShape,
    ) -> Result<Self, DeviceError> {
        let n = shape.horizon * shape.n_envs;
        let mut rows = |dim: usize| device.allocate(n * dim);
        let buffers = ExperienceBuffers {
            actions: rows(shape.action_space.action_dim())?,
            log_probs: rows(1)?,
            advantages: rows(1)?,
            returns: rows(1)?,
            values: rows(1)?,
            params: rows(shape.action_space.n_params())?,
        };
        Ok(Self {
            observations: rows(shape.observations.size())?,
            rewards: rows(1)?,
            terminated: rows(1)?,
            truncated: rows(1)?,
            truncation_values: rows(1)?,
            last_values: device.allocate(shape.n_envs)?,
            gae: device.load_source(&GAE, "gae")?,
            horizon: shape.horizon,
            n_envs: shape.n_envs,
            buffers,
        })
    }

    /// Rows.
    pub(super) fn len(&self) -> usize {
        self.horizon * self.n_envs
    }

    /// Takes over a full rollout, and V of the states after it, shape (n_envs,).
    pub(super) fn write(
        &self,
        device: &mut dyn ProgramBackend,
        rollout: &Rollout,
        last_values: &[f32],
    ) -> Result<(), LearnError> {
        check_len("last_values", self.n_envs, last_values.len())?;
        check_len("transitions of the rollout", self.len(), rollout.rewards.len())?;
        let flags = |flags: &[bool]| -> Vec<f32> {
            flags.iter().map(|flag| f32::from(u8::from(*flag))).collect()
        };
        let observations = rows_of_all(rollout.observations.buffers(), self.len())?;
        let (terminated, truncated) = (flags(&rollout.terminated), flags(&rollout.truncated));
        for (buffer, numbers) in [
            (self.observations, &observations[..]),
            (self.buffers.actions, &rollout.actions[..]),
            (self.buffers.log_probs, &rollout.log_probs[..]),
            (self.buffers.values, &rollout.values[..]),
            (self.buffers.params, &rollout.params[..]),
            (self.rewards, &rollout.rewards[..]),
            (self.terminated, &terminated[..]),
            (self.truncated, &truncated[..]),
            (self.truncation_values, &rollout.truncation_values[..]),
            (self.last_values, last_values),
        ] {
            device.write(buffer, 0, numbers)?;
        }
        Ok(())
    }

    /// Advantages and returns.
    pub(super) fn estimate(
        &self,
        device: &mut dyn ProgramBackend,
        reward_scale: f64,
        (gamma, lam): (f64, f64),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count, Number};
        let arguments = [
            Buffer(self.rewards),
            Buffer(self.buffers.values),
            Buffer(self.last_values),
            Buffer(self.terminated),
            Buffer(self.truncated),
            Buffer(self.truncation_values),
            Buffer(self.buffers.advantages),
            Buffer(self.buffers.returns),
            Number(reward_scale as f32),
            Number(gamma as f32),
            Number((gamma * lam) as f32),
            Count(self.horizon as u32),
            Count(self.n_envs as u32),
        ];
        device.launch_grid(self.gae, Grid::of_threads(self.n_envs as u32), &arguments)
    }
}

/// All streams of `n` rows, one after the other in each row. Fails on streams of bytes.
fn rows_of_all(streams: &[Stream], n: usize) -> Result<std::borrow::Cow<'_, [f32]>, LearnError> {
    let numbers = streams.iter().map(|stream| stream.f32s().ok_or(BYTES));
    let numbers = numbers.collect::<Result<Vec<&[f32]>, _>>();
    let numbers = numbers.map_err(|(what, remedy)| LearnError::NotOnDevice { what, remedy })?;
    if let [only] = numbers[..] {
        return Ok(only.into());
    }
    let row = |i: usize| {
        numbers.iter().flat_map(move |stream| {
            let size = stream.len() / n.max(1);
            &stream[i * size..(i + 1) * size]
        })
    };
    Ok((0..n).flat_map(row).copied().collect::<Vec<f32>>().into())
}

/// Why streams of bytes are refused, and what to do.
pub(super) const BYTES: (&str, &str) =
    ("a policy that sees bytes", "let it see numbers, or train it with device: \"cpu\"");
