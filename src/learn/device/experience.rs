//! The experience of one update on a device.

use super::loss::ExperienceBuffers;
use crate::device::kernels::GAE;
use crate::device::{Argument, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::rollout::{Rollout, RolloutShape};
use crate::space::{Buffer as Stream, ObservationSpace, ObservationStream, Observations};

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
    pub(super) rewards: BufferId,
    pub(super) terminated: BufferId,
    pub(super) truncated: BufferId,
    pub(super) truncation_values: BufferId,
    /// Shape (n_envs,).
    pub(super) last_values: BufferId,
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

    /// Takes over the steps that a rollout holds.
    pub(super) fn write(
        &self,
        device: &mut dyn ProgramBackend,
        rollout: &Rollout,
    ) -> Result<(), LearnError> {
        let flags = |flags: &[bool]| -> Vec<f32> {
            flags.iter().map(|flag| f32::from(u8::from(*flag))).collect()
        };
        let n = rollout.rewards.len();
        if n > self.len() {
            return Err(LearnError::RolloutFull { horizon: self.horizon });
        }
        let observations = rows_of_all(rollout.observations.buffers(), n)?;
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
        ] {
            device.write(buffer, 0, numbers)?;
        }
        Ok(())
    }

    /// The first `len` steps, as `rollout`, which is empty and of the same extents, then holds them.
    pub(super) fn read(
        &self,
        device: &mut dyn ProgramBackend,
        len: usize,
        rollout: &mut Rollout,
    ) -> Result<(), LearnError> {
        self.read_actions(device, len, rollout)?;
        let (n, space) = (len * self.n_envs, rollout.shape().observations.clone());
        let mut numbers = |buffer| rows(device, buffer, n);
        let flags = |numbers: Vec<f32>| numbers.iter().map(|flag| *flag != 0.0).collect();
        rollout.terminated = flags(numbers(self.terminated)?);
        rollout.truncated = flags(numbers(self.truncated)?);
        rollout.log_probs = numbers(self.buffers.log_probs)?;
        rollout.values = numbers(self.buffers.values)?;
        rollout.rewards = numbers(self.rewards)?;
        rollout.truncation_values = numbers(self.truncation_values)?;
        let seen = rows(device, self.observations, n * space.size())?;
        rollout.observations = streams_of(&space, seen)?;
        rollout.len = len;
        Ok(())
    }

    /// The actions of the first `len` steps and the parameters that they were drawn by; of `rollout` nothing else changes.
    pub(super) fn read_actions(
        &self,
        device: &mut dyn ProgramBackend,
        len: usize,
        rollout: &mut Rollout,
    ) -> Result<(), DeviceError> {
        let (n, space) = (len * self.n_envs, &rollout.shape().action_space);
        let (n_actions, n_params) = (n * space.action_dim(), n * space.n_params());
        rollout.actions = rows(device, self.buffers.actions, n_actions)?;
        rollout.params = rows(device, self.buffers.params, n_params)?;
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

/// The first `n` numbers of a buffer.
fn rows(
    device: &mut dyn ProgramBackend,
    buffer: BufferId,
    n: usize,
) -> Result<Vec<f32>, DeviceError> {
    let mut numbers = vec![0.0; n];
    device.read(buffer, 0, &mut numbers)?;
    Ok(numbers)
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

/// The streams of a space of numbers, from rows of all of them.
fn streams_of(space: &ObservationSpace, rows: Vec<f32>) -> Result<Observations, LearnError> {
    let sizes = space.streams().iter().map(ObservationStream::size);
    if space.streams().len() == 1 {
        return Ok(Observations::new(space.clone(), vec![Stream::F32(rows)])?);
    }
    let mut first = 0;
    let buffers = sizes.map(|size| {
        let of_stream = first..first + size;
        first = of_stream.end;
        let rows = rows.chunks_exact(space.size());
        Stream::F32(rows.flat_map(|row| &row[of_stream.clone()]).copied().collect())
    });
    Ok(Observations::new(space.clone(), buffers.collect())?)
}

/// Why streams of bytes are refused, and what to do.
pub(super) const BYTES: (&str, &str) =
    ("a policy that sees bytes", "let it see numbers, or train it with device: \"cpu\"");
