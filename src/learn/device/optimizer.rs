//! Gradients of minibatches on a device, and the steps of Adam along them.

use super::control::Control;
use super::standard::in_blocks;
use crate::device::kernels::OPTIMIZER;
use crate::device::words::from_doubles;
use crate::device::{Argument, BLOCK, BufferId, DeviceError, Grid, KernelId, ProgramBackend};
use crate::learn::adam::corrections;
use crate::learn::policy::Policy;

/// The settings of an update's steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct DescentSettings {
    /// Gradients are clipped to this norm; 0 is off.
    pub(super) max_grad_norm: f64,
    /// Divergence at 1.5 times which the update ends; 0 is off.
    pub(super) target_kl: f64,
    /// What the learning rate follows; 0 if it stays.
    pub(super) kl_threshold: f64,
    pub(super) adam_epsilon: f64,
    /// Steps taken before the update.
    pub(super) n_steps: u64,
}

/// Parameters, Adam's moments of them and which are frozen, shape (n,).
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    pub(super) values: BufferId,
    pub(super) moments: [BufferId; 2],
    /// 1 where they are, else 0.
    is_frozen: BufferId,
    pub(super) gradient: BufferId,
    pub(super) n: usize,
}

impl Parameters {
    fn new(device: &mut dyn ProgramBackend, n: usize) -> Result<Self, DeviceError> {
        let mut buffer = || device.allocate(n);
        Ok(Self {
            values: buffer()?,
            moments: [buffer()?, buffer()?],
            is_frozen: buffer()?,
            gradient: buffer()?,
            n,
        })
    }
}

/// A policy's parameters on a device and the kernels of their steps.
#[derive(Clone, Debug)]
pub(super) struct DeviceOptimizer {
    reduce: KernelId,
    decide: KernelId,
    step: KernelId,
    pub(super) weights: Parameters,
    pub(super) log_std: Parameters,
    /// Logarithms of deviations that are learned.
    n_learned: usize,
    /// Of each block of weights the sum of the squares of its gradient, in double precision.
    squares: BufferId,
    /// Four settings, then two corrections for each step, in double precision.
    settings: BufferId,
    most_steps: usize,
}

impl DeviceOptimizer {
    /// For updates of up to `most_steps`. Of `policy` the frozen parts are taken over, and nothing else.
    pub(super) fn new(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        most_steps: usize,
    ) -> Result<Self, DeviceError> {
        let (n, head) = (policy.network.n_weights, policy.config().head());
        let weights = Parameters::new(device, n)?;
        let mut is_frozen = vec![0.0; n];
        policy.frozen.weights.iter().for_each(|range| is_frozen[range.clone()].fill(1.0));
        device.write(weights.is_frozen, 0, &is_frozen)?;
        let n_learned = if policy.frozen.log_std { 0 } else { head.n_learned() };
        Ok(Self {
            reduce: device.load_source(&OPTIMIZER, "reduce_gradient")?,
            decide: device.load_source(&OPTIMIZER, "decide_step")?,
            step: device.load_source(&OPTIMIZER, "take_step")?,
            weights,
            log_std: Parameters::new(device, head.n_log_std())?,
            n_learned,
            squares: device.allocate(2 * n.div_ceil(BLOCK as usize))?,
            settings: device.allocate(2 * (4 + 2 * most_steps))?,
            most_steps,
        })
    }

    /// Before an update.
    pub(super) fn begin(
        &self,
        device: &mut dyn ProgramBackend,
        settings: &DescentSettings,
    ) -> Result<(), DeviceError> {
        let DescentSettings { max_grad_norm, target_kl, kl_threshold, adam_epsilon, n_steps } =
            *settings;
        let mut numbers = vec![max_grad_norm, target_kl, kl_threshold, adam_epsilon];
        let steps = n_steps + 1..=n_steps + self.most_steps as u64;
        numbers.extend(steps.flat_map(corrections));
        device.write(self.settings, 0, &from_doubles(&numbers))
    }

    /// The gradient by the weights from those of `n_chunks` chunks of rows, shape (n_chunks, n_weights).
    pub(super) fn reduce(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        (partials, n_chunks): (BufferId, usize),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let arguments = [
            Buffer(control.buffer),
            Buffer(partials),
            Buffer(self.weights.is_frozen),
            Buffer(self.weights.gradient),
            Buffer(self.squares),
            Count(n_chunks as u32),
            Count(self.weights.n as u32),
        ];
        device.launch_grid(self.reduce, Grid::of_threads(self.weights.n as u32), &arguments)
    }

    /// One step along the gradient, unless what the loss says of it ends the update: row `number` of `terms`, shape
    /// (minibatches, 8).
    pub(super) fn step(
        &self,
        device: &mut dyn ProgramBackend,
        control: Control,
        (terms, number): (BufferId, u32),
    ) -> Result<(), DeviceError> {
        use Argument::{Buffer, Count};
        let decide = [
            Buffer(control.buffer),
            Buffer(self.settings),
            Buffer(self.squares),
            Buffer(self.log_std.gradient),
            Buffer(terms),
            Count((self.weights.n as u32).div_ceil(BLOCK)),
            Count(self.n_learned as u32),
            Count(number),
        ];
        device.launch_grid(self.decide, in_blocks(1), &decide)?;
        for (of, n) in [(&self.weights, self.weights.n), (&self.log_std, self.n_learned)] {
            let step = [
                Buffer(control.buffer),
                Buffer(self.settings),
                Buffer(of.is_frozen),
                Buffer(of.gradient),
                Buffer(of.values),
                Buffer(of.moments[0]),
                Buffer(of.moments[1]),
                Count(n as u32),
            ];
            device.launch_grid(self.step, Grid::of_threads(n as u32), &step)?;
        }
        Ok(())
    }
}
