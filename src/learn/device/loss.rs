//! The loss of PPO on a device.

use super::head::DeviceHead;
use super::standard::{STANDARD_LEN, Standards, in_blocks};
use crate::device::kernels::LOSS;
use crate::device::words::from_doubles;
#[cfg(test)]
use crate::device::words::to_doubles;
use crate::device::{Argument, BLOCK, BufferId, DeviceError, KernelId, ProgramBackend};
use crate::learn::distribution::Head;
use crate::learn::ppo::PpoConfig;

/// Terms of a minibatch that the kernels give.
const N_TERMS: usize = 8;

/// The experience of an update: of each buffer row t * n_envs + environment.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct ExperienceBuffers {
    /// As drawn, before any squashing, shape (rows, action_dim).
    pub(in crate::learn) actions: BufferId,
    /// Of the actions under the policy that chose them, shape (rows,).
    pub(in crate::learn) log_probs: BufferId,
    /// Shape (rows,).
    pub(in crate::learn) advantages: BufferId,
    /// In the unit of the network's value output, shape (rows,).
    pub(in crate::learn) returns: BufferId,
    /// Of the value before the update, in the unit of `returns`, shape (rows,).
    pub(in crate::learn) values: BufferId,
    /// Parameters of the policy at each row's last visit, shape (rows, n_params); the loss replaces them.
    pub(in crate::learn) params: BufferId,
}

/// What the network gave for the rows of a minibatch, and where its gradient goes.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct MinibatchBuffers {
    /// The row of the experience that each row is, whole numbers of shape (n_rows,).
    pub(in crate::learn) indices: BufferId,
    /// How many rows.
    pub(in crate::learn) n_rows: u32,
    /// Outputs of the network, shape (n_rows, head.dim() + 1).
    pub(in crate::learn) outputs: BufferId,
    /// Logarithms of deviations, shape (n_log_std,); any buffer where there are none.
    pub(in crate::learn) log_std: BufferId,
    /// Gets the gradient of the mean loss by `outputs`, of their shape.
    pub(in crate::learn) gradient: BufferId,
    /// Gets that by `log_std` where it is learned.
    pub(in crate::learn) log_std_gradient: BufferId,
}

/// The terms of a minibatch's loss, each a mean over rows and before its coefficient.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::learn) struct MinibatchTerms {
    pub(in crate::learn) policy: f64,
    pub(in crate::learn) value: f64,
    /// [nats]
    pub(in crate::learn) entropy: f64,
    pub(in crate::learn) bounds: f64,
    /// Share of rows whose ratio is outside the clipping interval.
    pub(in crate::learn) clip_fraction: f64,
    /// Divergence of the old policy from the new one, estimated by the actions taken [nats].
    pub(in crate::learn) approx_kl: f64,
    /// Mean divergence of the new distributions from those of the last visit [nats].
    pub(in crate::learn) kl: f64,
    /// The whole loss, coefficients included.
    pub(in crate::learn) total: f64,
}

/// The kernels of the loss with what they need.
#[derive(Clone, Debug)]
pub(in crate::learn) struct DeviceLoss {
    head: DeviceHead,
    loss: KernelId,
    total: KernelId,
    standards: Standards,
    /// Of advantages that are not normalised, and of those of the minibatch at hand.
    unchanged: BufferId,
    standard: BufferId,
    /// The coefficients, shape (6,).
    settings: BufferId,
    /// Sums of each block, in double precision.
    partials: BufferId,
    /// Terms of each minibatch, in double precision, shape (minibatches, N_TERMS).
    statistics: BufferId,
}

impl DeviceLoss {
    /// For minibatches of up to `most_rows`, of which an update has up to `n_minibatches`.
    pub(in crate::learn) fn new(
        device: &mut dyn ProgramBackend,
        head: &Head,
        most_rows: usize,
        n_minibatches: usize,
    ) -> Result<Self, DeviceError> {
        let head = DeviceHead::new(device, head)?;
        let kernel = head.pick("ppo_loss_gaussian", "ppo_loss_choices");
        let n_sums = most_rows.div_ceil(BLOCK as usize) * (N_TERMS - 1 + head.n_learned());
        let loss = Self {
            loss: device.load_source(&LOSS, kernel)?,
            total: device.load_source(&LOSS, "ppo_loss_total")?,
            standards: Standards::new(device, most_rows)?,
            unchanged: device.allocate(STANDARD_LEN)?,
            standard: device.allocate(STANDARD_LEN)?,
            settings: device.allocate(6)?,
            partials: device.allocate(2 * n_sums)?,
            statistics: device.allocate(2 * N_TERMS * n_minibatches)?,
            head,
        };
        device.write(loss.unchanged, 0, &from_doubles(&[0.0, 1.0, 0.0]))?;
        Ok(loss)
    }

    /// Takes over the coefficients of `config`, for the minibatches that follow.
    pub(in crate::learn) fn set(
        &self,
        device: &mut dyn ProgramBackend,
        config: &PpoConfig,
    ) -> Result<(), DeviceError> {
        let settings = [
            config.clip_param as f32,
            config.value_coef as f32,
            config.entropy_coef as f32,
            config.bounds_coef as f32,
            config.soft_bound as f32,
            if config.clip_value_loss { 1.0 } else { 0.0 },
        ];
        device.write(self.settings, 0, &settings)
    }

    /// The loss and its gradient of the `number`-th minibatch of an update, whose advantages are normalised over its rows
    /// first if `normalize` says so.
    pub(in crate::learn) fn launch(
        &self,
        device: &mut dyn ProgramBackend,
        experience: &ExperienceBuffers,
        minibatch: &MinibatchBuffers,
        number: u32,
        normalize: bool,
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let n_rows = minibatch.n_rows;
        let mut standard = self.unchanged;
        if normalize {
            standard = self.standard;
            let advantages = (experience.advantages, Some(minibatch.indices));
            self.standards.take(device, advantages, n_rows, standard)?;
        }
        let n_blocks = n_rows.div_ceil(BLOCK);
        let mut arguments = vec![Buffer(minibatch.outputs), self.head.second(minibatch.log_std)];
        arguments.extend([
            Buffer(minibatch.indices),
            Buffer(experience.actions),
            Buffer(experience.log_probs),
            Buffer(experience.advantages),
            Buffer(experience.returns),
            Buffer(experience.values),
            Buffer(standard),
            Buffer(experience.params),
            Buffer(self.settings),
            Buffer(minibatch.gradient),
            Buffer(self.partials),
            Count(n_rows),
        ]);
        arguments.extend(self.head.counts());
        device.launch_grid(self.loss, in_blocks(n_blocks), &arguments)?;
        let total = [
            Buffer(self.partials),
            Buffer(self.settings),
            Buffer(self.statistics),
            Buffer(minibatch.log_std_gradient),
            Count(n_blocks),
            Count(n_rows),
            Count(self.head.n_learned() as u32),
            Count(number),
        ];
        device.launch_grid(self.total, in_blocks(1), &total)
    }

    /// Where the terms of each minibatch are, in double precision, shape (minibatches, 8).
    pub(in crate::learn) fn statistics(&self) -> BufferId {
        self.statistics
    }

    /// The terms of the first `n` minibatches. This waits for what was launched.
    #[cfg(test)]
    pub(in crate::learn) fn terms(
        &self,
        device: &mut dyn ProgramBackend,
        n: usize,
    ) -> Result<Vec<MinibatchTerms>, DeviceError> {
        let mut places = vec![0.0; 2 * N_TERMS * n];
        device.read(self.statistics, 0, &mut places)?;
        let terms = |x: &[f64]| MinibatchTerms {
            policy: x[0],
            value: x[1],
            entropy: x[2],
            bounds: x[3],
            clip_fraction: x[4],
            approx_kl: x[5],
            kl: x[6],
            total: x[7],
        };
        Ok(to_doubles(&places).chunks_exact(N_TERMS).map(terms).collect())
    }
}
