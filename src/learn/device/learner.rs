//! One update of PPO on a device.

use super::actor::{DeviceActor, TransitionThere};
use super::answer::Answer;
use super::checks::{check_on_device, check_size};
use super::control::{CONTROL_LEN, Control, Ended};
use super::loss::{DeviceLoss, MinibatchBuffers};
use super::network::DeviceNetwork;
use super::normalizer::{Chosen, DeviceNormalizer};
use super::optimizer::DeviceOptimizer;
use super::policy::PolicyParts;
use super::rollout::DeviceRollout;
use super::room::noting;
use super::standard::{STANDARD_LEN, Standards};
use crate::device::kernels::OPTIMIZER;
use crate::device::{Argument, BufferId, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::histogram::Histogram;
use crate::learn::normalizer::VALUE_LIMIT;
use crate::learn::optimizer::Optimizer;
use crate::learn::policy::Policy;
use crate::learn::policy_config::ObserveAt;
use crate::learn::ppo::{PpoConfig, UpdateStats};
use crate::learn::revision::Revision;
use crate::learn::rollout::{Rollout, RolloutShape};

/// The settings of one update.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct UpdateSettings<'a> {
    /// Those of the moment.
    pub(in crate::learn) config: &'a PpoConfig,
    /// Whether the learning rate follows the divergence.
    pub(in crate::learn) is_adaptive: bool,
    /// Counted from 0.
    pub(in crate::learn) number: u64,
}

/// What updates of one policy from rollouts of one shape need on a device. The policy and the optimizer are read after an
/// update, and written before the next one if they have changed here; nothing else crosses but the rollout, if it is
/// collected here.
pub(in crate::learn) struct DeviceLearner {
    /// Rows of a minibatch, and passes, for which there is room.
    room: (usize, usize),
    copy_indices: KernelId,
    pub(super) control: Control,
    pub(super) rollout: DeviceRollout,
    network: DeviceNetwork,
    pub(super) optimizer: DeviceOptimizer,
    pub(super) loss: DeviceLoss,
    standards: Standards,
    /// Mean, deviation and variance of advantages and of returns.
    of_advantages: BufferId,
    of_returns: BufferId,
    pub(super) observations: DeviceNormalizer,
    pub(super) values: DeviceNormalizer,
    /// The order of rows in all passes, and that of the minibatch at hand.
    pub(super) order: BufferId,
    indices: BufferId,
    pub(super) answer: Answer,
    /// The states of policy and optimizer that lie there, if they came there whole.
    pub(super) held: Option<(Revision, Revision)>,
    /// All buffers of these.
    buffers: Vec<BufferId>,
}

/// Rows of a minibatch of `n` rows in all, and how many of them an update has.
fn minibatches_of(config: &PpoConfig, n: usize) -> (usize, usize) {
    let n_rows = config.minibatch_size.min(n);
    (n_rows, config.epochs * n.div_ceil(n_rows.max(1)))
}

impl DeviceLearner {
    /// For updates of `policy` from rollouts of a shape. Fails, by name, on what cannot learn there.
    pub(in crate::learn) fn new(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        shape: &RolloutShape,
        config: &PpoConfig,
    ) -> Result<Self, LearnError> {
        check_on_device(policy, config)?;
        let n = shape.horizon * shape.n_envs;
        let (n_rows, n_minibatches) = minibatches_of(config, n);
        let dim = policy.network.input_dim.max(policy.network.n_outputs);
        check_size(n_rows, dim, (n, config.epochs))?;
        let make = |device: &mut dyn ProgramBackend| {
            Self::make(device, policy, shape, config, (n_rows, n_minibatches))
        };
        let (learner, buffers) = noting(device, make)?;
        Ok(Self { buffers, ..learner })
    }

    /// The same for minibatches of `n_rows` rows, without its list of buffers.
    fn make(
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        shape: &RolloutShape,
        config: &PpoConfig,
        (n_rows, n_minibatches): (usize, usize),
    ) -> Result<Self, LearnError> {
        let n = shape.horizon * shape.n_envs;
        let control = Control::new(device)?;
        let optimizer = DeviceOptimizer::new(device, policy, n_minibatches)?;
        let observations = DeviceNormalizer::new(device, policy.network.input_dim, n_rows)?;
        let values = DeviceNormalizer::new(device, 1, n)?;
        let (of_advantages, of_returns) =
            (device.allocate(STANDARD_LEN)?, device.allocate(STANDARD_LEN)?);
        let (weights, log_std) = (&optimizer.weights, &optimizer.log_std);
        let answer = Answer::new(
            device,
            &[
                (control.buffer, CONTROL_LEN),
                (of_advantages, STANDARD_LEN),
                (of_returns, STANDARD_LEN),
                (observations.statistics, observations.len()),
                (values.statistics, values.len()),
                (weights.values, weights.n),
                (weights.moments[0], weights.n),
                (weights.moments[1], weights.n),
                (log_std.values, log_std.n),
                (log_std.moments[0], log_std.n),
                (log_std.moments[1], log_std.n),
            ],
        )?;
        Ok(Self {
            copy_indices: device.load_source(&OPTIMIZER, "copy_indices")?,
            rollout: DeviceRollout::new(device, shape)?,
            network: DeviceNetwork::new(device, &policy.network, n_rows)?,
            loss: DeviceLoss::new(device, &policy.config().head(), n_rows, n_minibatches)?,
            standards: Standards::new(device, n)?,
            order: device.allocate(n * config.epochs)?,
            indices: device.allocate(n_rows)?,
            room: (n_rows, config.epochs),
            control,
            optimizer,
            of_advantages,
            of_returns,
            observations,
            values,
            answer,
            held: None,
            buffers: Vec::new(),
        })
    }

    /// Gives its memory back.
    pub(in crate::learn) fn free(self, device: &mut dyn ProgramBackend) -> Result<(), LearnError> {
        Ok(self.buffers.into_iter().try_for_each(|buffer| device.free(buffer))?)
    }

    /// Whether there is room for updates with these settings from rollouts of this shape.
    pub(in crate::learn) fn fits(&self, shape: &RolloutShape, config: &PpoConfig) -> bool {
        let (n_rows, _) = minibatches_of(config, shape.horizon * shape.n_envs);
        self.rollout.shape() == shape && self.room == (n_rows, config.epochs)
    }

    /// One update, after which policy, optimizer and learning rate are as the device left them: also after an error that
    /// says what was not finite, as the last sound minibatch left them. It learns from a full rollout and V of the states
    /// after it, shape (n_envs,), or without that from the steps that are there. No step is held after it, or after an error.
    pub(in crate::learn) fn update(
        &mut self,
        device: &mut dyn ProgramBackend,
        owned: (&mut Policy, &mut Optimizer, &mut f64),
        from: Option<(&Rollout, &[f32])>,
        settings: &UpdateSettings<'_>,
    ) -> Result<UpdateStats, LearnError> {
        let done = self.update_once(device, owned, from, settings);
        // Values and parameters were replaced.
        self.rollout.clear();
        done
    }

    fn update_once(
        &mut self,
        device: &mut dyn ProgramBackend,
        (policy, optimizer, learning_rate): (&mut Policy, &mut Optimizer, &mut f64),
        from: Option<(&Rollout, &[f32])>,
        settings: &UpdateSettings<'_>,
    ) -> Result<UpdateStats, LearnError> {
        if let Some((rollout, last_values)) = from {
            self.rollout.write(device, rollout, Some(last_values))?;
        }
        self.rollout.check_whole()?;
        self.write(device, (policy, optimizer, *learning_rate), settings)?;
        self.prepare(device, policy, settings.config)?;
        let (n, n_rows) = (self.rollout.experience.len(), self.room.0);
        let mut number = 0;
        for first in (0..settings.config.epochs * n).step_by(n) {
            for begin in (0..n).step_by(n_rows) {
                let rows = (first + begin, n_rows.min(n - begin));
                self.minibatch(device, policy, settings.config, rows, number)?;
                number += 1;
            }
        }
        let answer = self.answer.read(device)?;
        let stats = self.take(&answer, (policy, optimizer, learning_rate), settings.number)?;
        self.held = Some((policy.revision(), optimizer.revision()));
        Ok(stats)
    }

    /// Steps of the next update that are there.
    pub(in crate::learn) fn n_steps(&self) -> usize {
        self.rollout.len()
    }

    /// Forgets every step.
    pub(in crate::learn) fn clear(&mut self) {
        self.rollout.clear();
    }

    /// Adds the step in which `actor` acted last, on the device of this.
    pub(in crate::learn) fn push(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        step: &TransitionThere,
    ) -> Result<(), LearnError> {
        self.rollout.push(policy, actor, step)
    }

    /// Takes over the steps of a rollout, in the place of those held.
    pub(in crate::learn) fn write_rollout(
        &mut self,
        device: &mut dyn ProgramBackend,
        rollout: &Rollout,
    ) -> Result<(), LearnError> {
        self.rollout.write(device, rollout, None)
    }

    /// The steps held.
    pub(in crate::learn) fn read_rollout(
        &self,
        device: &mut dyn ProgramBackend,
    ) -> Result<Rollout, LearnError> {
        self.rollout.read(device)
    }

    /// Histograms of the actions held, and of the logarithms of deviations.
    pub(in crate::learn) fn histograms(
        &self,
        device: &mut dyn ProgramBackend,
    ) -> Result<[Option<Histogram>; 2], LearnError> {
        self.rollout.histograms(device)
    }

    /// Has `actor`, on the device of this, act by what is learned here, if that is what `policy` has.
    pub(in crate::learn) fn give(
        &self,
        policy: &Policy,
        actor: &mut DeviceActor,
    ) -> Result<(), LearnError> {
        let parts = PolicyParts {
            weights: self.optimizer.weights.values,
            log_std: self.optimizer.log_std.values,
            observation_scale: self.observations.scale,
            value_scale: self.values.scale,
        };
        match self.held {
            Some((held, _)) if held == policy.revision() => Ok(actor.take(&parts, held)?),
            _ => Ok(()),
        }
    }

    /// Advantages, returns and values, normalised.
    fn prepare(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        config: &PpoConfig,
    ) -> Result<(), LearnError> {
        let (experience, control) = (&self.rollout.experience, self.control);
        let (n, buffers) = (experience.len(), &experience.buffers);
        experience.estimate(device, config.reward_scale, (config.gamma, config.lam))?;
        self.standards.take(device, (buffers.returns, None), n as u32, self.of_returns)?;
        self.standards.take(device, (buffers.advantages, None), n as u32, self.of_advantages)?;
        if config.normalize_advantages && !config.normalize_by_minibatch {
            let (advantages, standard) = (buffers.advantages, self.of_advantages);
            self.standards.normalize(device, advantages, n as u32, standard)?;
        }
        let is_normalized = policy.value_stats.is_some();
        // Values first, then returns, each normalised by the statistics as they then are.
        for (data, ended) in [(buffers.values, Ended::Value), (buffers.returns, Ended::Return)] {
            let rows = Chosen { data, indices: None, n_rows: n };
            if is_normalized && !policy.frozen.values {
                self.values.observe(device, control, rows, ended)?;
            } else {
                self.values.require_finite(device, control, (data, n), ended)?;
            }
            if is_normalized {
                self.values.normalize(device, control, (data, n), VALUE_LIMIT)?;
            }
        }
        Ok(())
    }

    /// One step of Adam on rows `at..at + n` of the order of all passes, the `number`-th minibatch.
    fn minibatch(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        config: &PpoConfig,
        (at, n): (usize, usize),
        number: u32,
    ) -> Result<(), LearnError> {
        use Argument::{Buffer, Count};
        let (control, seen) = (self.control, policy.config());
        let copy = [Buffer(control.buffer), Buffer(self.order), Buffer(self.indices)];
        let copy = [&copy[..], &[Count(at as u32), Count(n as u32)]].concat();
        device.launch_grid(self.copy_indices, Grid::of_threads(n as u32), &copy)?;
        let (data, indices) = (self.rollout.experience.observations, Some(self.indices));
        let rows = Chosen { data, indices, n_rows: n };
        let is_normalized = seen.normalize_observations && seen.observe_at == ObserveAt::Update;
        let is_first_pass = at < self.rollout.experience.len();
        if is_normalized && is_first_pass && !policy.frozen.observations {
            self.observations.observe(device, control, rows, Ended::Observation)?;
        }
        let limit = is_normalized.then_some(seen.clip_observations as f32);
        self.observations.gather(device, control, rows, limit, self.network.input)?;
        let weights = self.optimizer.weights.values;
        self.network.forward(device, control, weights, n)?;
        let minibatch = MinibatchBuffers {
            indices: self.indices,
            n_rows: n as u32,
            outputs: self.network.outputs,
            log_std: self.optimizer.log_std.values,
            gradient: self.network.output_gradient,
            log_std_gradient: self.optimizer.log_std.gradient,
        };
        let by_minibatch = config.normalize_advantages && config.normalize_by_minibatch;
        self.loss.launch(
            device,
            &self.rollout.experience.buffers,
            &minibatch,
            number,
            by_minibatch,
        )?;
        let n_chunks = self.network.backward(device, control, weights, n)?;
        self.optimizer.reduce(device, control, (self.network.partials, n_chunks))?;
        Ok(self.optimizer.step(device, control, (self.loss.statistics(), number))?)
    }
}
