//! One update of PPO on a device.

use super::answer::Answer;
use super::control::{CONTROL_LEN, Control, ControlAtEnd, Ended};
use super::experience::{BYTES, DeviceExperience};
use super::loss::{DeviceLoss, MinibatchBuffers};
use super::network::DeviceNetwork;
use super::normalizer::{Chosen, DeviceNormalizer};
use super::optimizer::{DescentSettings, DeviceOptimizer};
use super::room::noting;
use super::standard::{STANDARD_LEN, Standards};
use crate::device::kernels::OPTIMIZER;
use crate::device::words::{from_words, to_doubles};
use crate::device::{Argument, BufferId, Grid, KernelId, ProgramBackend};
use crate::learn::error::LearnError;
use crate::learn::minibatches;
use crate::learn::network::{Backend, set};
use crate::learn::normalizer::{RunningStats, VALUE_LIMIT};
use crate::learn::optimizer::Optimizer;
use crate::learn::policy::Policy;
use crate::learn::policy_config::ObserveAt;
use crate::learn::ppo::{PpoConfig, UpdateStats};
use crate::learn::rollout::{Rollout, RolloutShape};
use crate::space::ElementType;

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

/// What updates of one policy from rollouts of one shape need on a device. The policy and the optimizer here are written
/// there before an update and read after it; nothing else crosses but the rollout.
pub(in crate::learn) struct DeviceLearner {
    shape: RolloutShape,
    /// Rows of a minibatch, and passes, for which there is room.
    room: (usize, usize),
    copy_indices: KernelId,
    control: Control,
    experience: DeviceExperience,
    network: DeviceNetwork,
    optimizer: DeviceOptimizer,
    loss: DeviceLoss,
    standards: Standards,
    /// Mean, deviation and variance of advantages and of returns.
    of_advantages: BufferId,
    of_returns: BufferId,
    observations: DeviceNormalizer,
    values: DeviceNormalizer,
    /// The order of rows in all passes, and that of the minibatch at hand.
    order: BufferId,
    indices: BufferId,
    answer: Answer,
    /// All buffers of these.
    buffers: Vec<BufferId>,
}

/// Rows of a minibatch of `n` rows in all, and how many of them an update has.
fn minibatches_of(config: &PpoConfig, n: usize) -> (usize, usize) {
    let n_rows = config.minibatch_size.min(n);
    (n_rows, config.epochs * n.div_ceil(n_rows.max(1)))
}

/// Fails, by name, on what cannot learn on a device.
pub(in crate::learn) fn check_on_device(
    policy: &Policy,
    config: &PpoConfig,
) -> Result<(), LearnError> {
    let refusal = |what, remedy| LearnError::NotOnDevice { what, remedy };
    let remedy = "leave that out, or train it with device: \"cpu\"";
    policy.network.dense_towers().map_err(|what| refusal(what, remedy))?;
    let streams = policy.config().observations.streams();
    if streams.iter().any(|stream| stream.element != ElementType::F32) {
        return Err(refusal(BYTES.0, BYTES.1));
    }
    if policy.config().backend == Backend::Candle {
        return Err(refusal("the backend candle", remedy));
    }
    if config.normalize_rewards {
        return Err(refusal("PPO with normalize_rewards", remedy));
    }
    Ok(())
}

/// Fails where a kernel could not count the numbers of a minibatch of `n_rows` rows, or the rows of all epochs of `n` rows.
pub(super) fn check_size(
    n_rows: usize,
    dim: usize,
    (n, epochs): (usize, usize),
) -> Result<(), LearnError> {
    let is_counted = |a: usize, b: usize| a.saturating_mul(b) <= u32::MAX as usize;
    let (what, remedy) = match (is_counted(n_rows, dim), is_counted(n, epochs)) {
        (true, true) => return Ok(()),
        (false, _) => {
            ("a minibatch of more than 4,294,967,295 numbers", "use a smaller minibatch_size")
        }
        (true, false) => (
            "an update of more than 4,294,967,295 rows in all epochs",
            "use fewer epochs or a smaller horizon",
        ),
    };
    Err(LearnError::NotOnDevice { what, remedy })
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
            experience: DeviceExperience::new(device, shape)?,
            network: DeviceNetwork::new(device, &policy.network, n_rows)?,
            loss: DeviceLoss::new(device, &policy.config().head(), n_rows, n_minibatches)?,
            standards: Standards::new(device, n)?,
            order: device.allocate(n * config.epochs)?,
            indices: device.allocate(n_rows)?,
            shape: shape.clone(),
            room: (n_rows, config.epochs),
            control,
            optimizer,
            of_advantages,
            of_returns,
            observations,
            values,
            answer,
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
        self.shape == *shape && self.room == (n_rows, config.epochs)
    }

    /// One update, after which policy, optimizer and learning rate are as the device left them: also after an error that
    /// says what was not finite, as the last sound minibatch left them.
    pub(in crate::learn) fn update(
        &self,
        device: &mut dyn ProgramBackend,
        (policy, optimizer, learning_rate): (&mut Policy, &mut Optimizer, &mut f64),
        (rollout, last_values): (&Rollout, &[f32]),
        settings: &UpdateSettings<'_>,
    ) -> Result<UpdateStats, LearnError> {
        self.control.begin(device, *learning_rate)?;
        self.write(device, policy, optimizer, settings)?;
        self.experience.write(device, rollout, last_values)?;
        self.prepare(device, policy, settings.config)?;
        let (n, n_rows) = (self.experience.len(), self.room.0);
        let mut number = 0;
        for first in (0..settings.config.epochs * n).step_by(n) {
            for begin in (0..n).step_by(n_rows) {
                let rows = (first + begin, n_rows.min(n - begin));
                self.minibatch(device, policy, settings.config, rows, number)?;
                number += 1;
            }
        }
        let answer = self.answer.read(device)?;
        self.take(&answer, (policy, optimizer, learning_rate), settings.number)
    }

    /// Policy, optimizer and settings.
    fn write(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        optimizer: &Optimizer,
        settings: &UpdateSettings<'_>,
    ) -> Result<(), LearnError> {
        let config = settings.config;
        let (moments, n_steps) = optimizer.moments();
        let (weights, log_std) = (policy.weights.to_vec()?, policy.log_std()?);
        let all = [(&self.optimizer.weights, weights), (&self.optimizer.log_std, log_std)];
        for ((to, values), moments) in all.into_iter().zip(moments) {
            device.write(to.values, 0, &values)?;
            device.write(to.moments[0], 0, moments[0])?;
            device.write(to.moments[1], 0, moments[1])?;
        }
        let statistics = [
            (&self.observations, policy.inputs.columns()),
            (&self.values, policy.value_stats.as_ref().map(RunningStats::columns)),
        ];
        for (to, columns) in statistics {
            if let Some(columns) = columns {
                to.write(device, &columns)?;
            }
        }
        self.loss.set(device, config)?;
        let descent = DescentSettings {
            max_grad_norm: config.max_grad_norm,
            target_kl: config.target_kl,
            kl_threshold: if settings.is_adaptive { config.kl_threshold } else { 0.0 },
            adam_epsilon: config.adam_epsilon,
            n_steps,
        };
        self.optimizer.begin(device, &descent)?;
        let n = self.experience.len();
        let order = |epoch| {
            minibatches::order(n, config.minibatch_size, config.seed, settings.number, epoch)
        };
        let order: Vec<u32> = (0..config.epochs).flat_map(order).collect();
        Ok(device.write(self.order, 0, &from_words(&order))?)
    }

    /// Advantages, returns and values, normalised.
    fn prepare(
        &self,
        device: &mut dyn ProgramBackend,
        policy: &Policy,
        config: &PpoConfig,
    ) -> Result<(), LearnError> {
        let (n, control) = (self.experience.len(), self.control);
        self.experience.estimate(device, config.reward_scale, (config.gamma, config.lam))?;
        let buffers = &self.experience.buffers;
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
        let (data, indices) = (self.experience.observations, Some(self.indices));
        let rows = Chosen { data, indices, n_rows: n };
        let is_normalized = seen.normalize_observations && seen.observe_at == ObserveAt::Update;
        let is_first_pass = at < self.experience.len();
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
        self.loss.launch(device, &self.experience.buffers, &minibatch, number, by_minibatch)?;
        let n_chunks = self.network.backward(device, control, weights, n)?;
        self.optimizer.reduce(device, control, (self.network.partials, n_chunks))?;
        Ok(self.optimizer.step(device, control, (self.loss.statistics(), number))?)
    }

    /// Takes what came back into the policy and the optimizer.
    fn take(
        &self,
        answer: &[Vec<f32>],
        (policy, optimizer, learning_rate): (&mut Policy, &mut Optimizer, &mut f64),
        update: u64,
    ) -> Result<UpdateStats, LearnError> {
        let [
            control,
            of_advantages,
            of_returns,
            seen,
            values,
            weights,
            m,
            v,
            log_std,
            log_std_m,
            log_std_v,
        ] = answer
        else {
            return Err(LearnError::Length {
                what: "parts of the device's answer",
                expected: 11,
                got: answer.len(),
            });
        };
        let control = ControlAtEnd::new(control);
        *learning_rate = control.learning_rate;
        let (_, n_steps) = optimizer.moments();
        optimizer.set_moments([[m, v], [log_std_m, log_std_v]], n_steps + control.n_taken);
        policy.weights.set(&policy.network, weights.clone())?;
        if !log_std.is_empty() {
            set(&policy.log_std, log_std.clone())?;
        }
        if policy.inputs.columns().is_some() {
            policy.inputs.set_columns(in_three(&to_doubles(seen)));
        }
        if let Some(stats) = &mut policy.value_stats {
            *stats = RunningStats::of_columns(in_three(&to_doubles(values)));
        }
        if let Some(what) = control.ended.not_finite() {
            return Err(LearnError::NonFinite { what, update });
        }
        let mut stats = control.stats();
        let [advantages, returns] = [of_advantages, of_returns].map(|it| to_doubles(it));
        let (mean, unexplained, variance) = (advantages[0], advantages[2], returns[2]);
        stats.value_error = (unexplained + mean * mean).sqrt();
        if variance > 0.0 {
            stats.explained_variance = 1.0 - unexplained / variance;
        }
        Ok(stats)
    }
}

/// An array of shape (3, dim) by its rows.
fn in_three(all: &[f64]) -> [&[f64]; 3] {
    let dim = all.len() / 3;
    [0, 1, 2].map(|i| &all[i * dim..(i + 1) * dim])
}
