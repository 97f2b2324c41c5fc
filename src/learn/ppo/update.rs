//! Proximal policy optimisation (Schulman et al., 2017): one update from one full rollout.

use std::borrow::Cow;
use std::ops::Range;

use super::batch::{Batch, Standard, explained_variance, root_mean_square};
use super::config::PpoConfig;
use super::loss::{PpoLoss, Samples};
use super::on_device::OnDevice;
use super::schedule::LearningRateSchedule;
use super::setting::PpoSetting;
use super::stats::{StepStats, UpdateStats};
use crate::learn::error::{LearnError, check_len};
use crate::learn::gae::{GaeInput, gae};
use crate::learn::minibatches::{self, Past};
use crate::learn::network::{Buffer, Sequences};
use crate::learn::optimizer::{Descent, Gradient, Optimizer};
use crate::learn::policy::Policy;
use crate::learn::policy_config::ObserveAt;
use crate::learn::reward_normalizer::RewardNormalizer;
use crate::learn::rollout::Rollout;
use crate::learn::state::StateDict;

/// PPO's updates of one policy: settings, optimiser and learning rate.
#[derive(Debug)]
pub struct Ppo {
    pub(super) config: PpoConfig,
    /// Working memory: outputs of the network, and weight gradients of its tasks.
    buffers: (Vec<f32>, Buffer),
    pub(super) optimizer: Optimizer,
    rewards: Option<RewardNormalizer>,
    pub(super) n_updates: u64,
    pub(super) learning_rate: f64,
    /// Whether it stays, whatever its schedule.
    holds_rate: bool,
    /// Where updates are computed, unless it is here.
    pub(super) device: Option<OnDevice>,
}

impl Ppo {
    /// Updates of `policy`, with no history.
    pub fn new(config: PpoConfig, policy: &Policy) -> Result<Self, LearnError> {
        config.check()?;
        Ok(Self {
            buffers: Default::default(),
            optimizer: Optimizer::new(policy),
            rewards: config.normalize_rewards.then(RewardNormalizer::new),
            n_updates: 0,
            learning_rate: config.learning_rate,
            holds_rate: false,
            device: None,
            config,
        })
    }

    /// The settings.
    pub fn config(&self) -> &PpoConfig {
        &self.config
    }

    /// The learning rate that the next minibatch will use.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// Sets a setting from the next update on. It stays until it is [released](Self::release): a learning rate
    /// follows no schedule until then.
    pub fn fix(&mut self, setting: PpoSetting, value: f64) {
        self.config.fix(setting, value);
        if setting == PpoSetting::LearningRate {
            self.learning_rate = value;
            self.holds_rate = true;
        }
    }

    /// Has a setting go by what `configured` says of it again. A learning rate that follows the divergence goes on
    /// from where it was held.
    pub fn release(&mut self, setting: PpoSetting, configured: &PpoConfig) {
        self.config.release(setting, configured);
        self.holds_rate &= setting != PpoSetting::LearningRate;
    }

    /// Updates done.
    pub fn n_updates(&self) -> u64 {
        self.n_updates
    }

    /// One update from a full rollout.
    ///
    /// `last_values`, shape (n_envs,), is V of the states after the last transitions. Values are
    /// those that the policy gives, so they are in units of scaled reward
    /// ([`PpoConfig::reward_scale`]). `progress`, in 0..=1, is the share of training done, for
    /// whatever follows it. An error leaves the weights as the last sound minibatch left them.
    pub fn update(
        &mut self,
        policy: &mut Policy,
        rollout: &Rollout,
        last_values: &[f32],
        progress: f64,
    ) -> Result<UpdateStats, LearnError> {
        self.check_rollout(policy, rollout)?;
        let (config, schedule) = self.settings_at(progress)?;
        let from = (rollout, last_values);
        let stats = match self.device {
            None => self.update_here(policy, from, &config, schedule)?,
            Some(_) => self.update_on_device(policy, from, &config, schedule)?,
        };
        self.n_updates += 1;
        Ok(stats)
    }

    /// The settings of the update at `progress`, with the schedule of its learning rate, which then is that of its beginning.
    pub(super) fn settings_at(
        &mut self,
        progress: f64,
    ) -> Result<(PpoConfig, LearningRateSchedule), LearnError> {
        self.require(progress.is_finite(), "the progress")?;
        let config = self.config.at(progress.clamp(0.0, 1.0));
        let schedule = match self.holds_rate {
            true => LearningRateSchedule::Constant,
            false => config.schedule,
        };
        if let Some(rate) = schedule.at(config.learning_rate, progress) {
            self.learning_rate = rate;
        }
        Ok((config, schedule))
    }

    /// All passes over the experience, by the processor. `config` and `schedule` are those of the moment.
    fn update_here(
        &mut self,
        policy: &mut Policy,
        (rollout, last_values): (&Rollout, &[f32]),
        config: &PpoConfig,
        schedule: LearningRateSchedule,
    ) -> Result<UpdateStats, LearnError> {
        let mut stats = UpdateStats::default();
        let span = tracing::debug_span!("advantages").entered();
        let mut batch = self.prepare(policy, rollout, last_values, config, &mut stats)?;
        drop(span);
        'epochs: for epoch in 0..config.epochs {
            let length = batch.past.length;
            let (n, n_together) =
                (batch.samples.returns.len() / length, config.minibatch_size / length);
            let (seed, update) = (config.seed, self.n_updates);
            for sequences in
                minibatches::order(n, n_together, seed, update, epoch).chunks(n_together)
            {
                let step = self.step(policy, &mut batch, sequences, epoch == 0, config)?;
                let Some(step) = step else {
                    stats.stopped_early = true;
                    break 'epochs;
                };
                // Before an update's first step the policy is still that of the rollout: no
                // divergence there says nothing of the rate.
                if stats.n_minibatches > 0 {
                    let (rate, aim) = (self.learning_rate, config.kl_threshold);
                    self.learning_rate = schedule.after_minibatch(rate, step.kl, aim);
                }
                stats.add(&step);
            }
        }
        stats.divide();
        stats.learning_rate = self.learning_rate;
        Ok(stats)
    }

    /// Advantages and returns of the rollout, normalised. `stats` gets what the value was worth.
    fn prepare<'a>(
        &mut self,
        policy: &mut Policy,
        rollout: &'a Rollout,
        last_values: &[f32],
        config: &PpoConfig,
        stats: &mut UpdateStats,
    ) -> Result<Batch<'a>, LearnError> {
        let scale = config.reward_scale as f32;
        let mut rewards: Vec<f32> = rollout.rewards.iter().map(|reward| reward * scale).collect();
        if let Some(normalizer) = &mut self.rewards {
            let is_last = |i: usize| rollout.terminated[i] || rollout.truncated[i];
            let finite =
                normalizer.normalize(rollout.shape().n_envs, config.gamma, &mut rewards, is_last);
            self.require(finite, "a reward")?;
        }
        let result = gae(&GaeInput {
            n_envs: rollout.shape().n_envs,
            rewards: &rewards,
            values: &rollout.values,
            last_values,
            terminated: &rollout.terminated,
            truncated: &rollout.truncated,
            truncation_values: &rollout.truncation_values,
            gamma: config.gamma,
            lam: config.lam,
        })?;
        let (mut advantages, mut returns) = (result.advantages, result.returns);
        stats.explained_variance = explained_variance(&returns, &advantages);
        stats.value_error = root_mean_square(&advantages);
        if config.normalize_advantages && !config.normalize_by_minibatch {
            let standard = Standard::of(&advantages);
            advantages.iter_mut().for_each(|x| *x = standard.normalize(*x));
        }
        // Values first, then returns, each normalised by the statistics as they then are: the order
        // of rl_games.
        let mut values = rollout.values.clone();
        self.require(policy.observe_and_normalize_values(&mut values), "a value")?;
        self.require(policy.observe_and_normalize_values(&mut returns), "a return")?;
        let batch = Batch {
            kept: rollout.kept(),
            samples: Samples {
                actions: rollout.actions.clone(),
                log_probs: rollout.log_probs.clone(),
                advantages,
                returns,
                values,
            },
            params: rollout.params.clone(),
            past: Past::new(policy, rollout.shape(), Cow::from(&rollout.states), || {
                rollout.episode_starts()
            }),
            new_params: Vec::new(),
        };
        Ok(batch)
    }

    /// One step of Adam on some `sequences` of transitions; none, if the policy has gone too far from
    /// that of the rollout for one more. `observe` takes their observations into the policy's statistics
    /// first. `config` is that of the moment.
    pub(super) fn step(
        &mut self,
        policy: &mut Policy,
        batch: &mut Batch<'_>,
        sequences: &[u32],
        observe: bool,
        config: &PpoConfig,
    ) -> Result<Option<StepStats>, LearnError> {
        let rows: &[u32] = &batch.past.rows(sequences);
        let _span = tracing::debug_span!("minibatch", rows = rows.len()).entered();
        let (states, episode_starts) = batch.past.of(sequences, rows);
        let length = batch.past.length;
        let sequences = Sequences { length, states: &states, episode_starts: &episode_starts };
        let head = policy.config().head();
        let all = batch.kept;
        let observe = observe && policy.config().observe_at == ObserveAt::Update;
        if observe && policy.config().normalize_observations {
            let finite = policy.observe_rows(all.observations, rows);
            self.require(finite, "an observation")?;
        }
        let seen = policy.inputs.read_kept(all, rows);
        let n = rows.len();
        let log_std = policy.log_std.to_vec1::<f32>()?;
        let mut loss = PpoLoss::new(&head, &batch.samples, config, &log_std, n);
        if config.normalize_advantages && config.normalize_by_minibatch {
            loss = loss.normalizing(rows);
        }
        let loss_of = |range: Range<usize>, outputs: &[f32], gradient: &mut [f32]| {
            loss.chunk(&rows[range], outputs, gradient)
        };
        let (outputs, sums) = &mut self.buffers;
        let network = &policy.network;
        let span = tracing::debug_span!("gradient").entered();
        let (weights, buffers) = (policy.weights.of_backend(), (&mut *outputs, sums));
        let (gradient, parts) = network.train(weights, (n, sequences), buffers, seen, loss_of)?;
        drop(span);
        let outputs = &outputs[..n * network.n_outputs];
        let (terms, log_std_gradient) = loss.total(&parts);
        let gradient = Gradient::new(policy, gradient, log_std_gradient);
        if !terms.total.is_finite() {
            return Err(self.not_finite("the loss"));
        }
        if config.target_kl > 0.0 && terms.approx_kl > 1.5 * config.target_kl {
            return Ok(None);
        }
        let kl = batch.replace_params(&head, rows, outputs, &log_std);
        let _span = tracing::debug_span!("adam").entered();
        let descent = Descent {
            learning_rate: self.learning_rate,
            epsilon: config.adam_epsilon,
            max_grad_norm: config.max_grad_norm,
            update: self.n_updates,
        };
        let grad_norm = self.optimizer.step(policy, &gradient, &descent)?;
        Ok(Some(StepStats { terms, kl, grad_norm }))
    }

    fn check_rollout(&self, policy: &Policy, rollout: &Rollout) -> Result<(), LearnError> {
        let (shape, expected) = (rollout.shape(), policy.config());
        expected.observations.check_like(shape.observations.streams())?;
        let (space, held) = (&expected.action_space, &shape.action_space);
        check_len("parameters of the rollout", space.n_params(), held.n_params())?;
        check_len("action of the rollout", space.action_dim(), held.action_dim())?;
        check_len("hidden state of the rollout", policy.state_dim(), shape.state_dim)?;
        if !rollout.is_full() || rollout.is_empty() {
            return Err(LearnError::RolloutNotFull { horizon: shape.horizon, len: rollout.len() });
        }
        if policy.state_dim() > 0 {
            let length = self.config.steps_of_sequence(shape.horizon);
            check_len("sequence of the rollout", length, shape.sequence_length)?;
            self.config.check_sequences(shape.horizon)?;
        }
        check_choices(rollout)
    }

    fn require(&self, finite: bool, what: &'static str) -> Result<(), LearnError> {
        if finite { Ok(()) } else { Err(self.not_finite(what)) }
    }

    fn not_finite(&self, what: &'static str) -> LearnError {
        LearnError::NonFinite { what, update: self.n_updates }
    }

    /// Adam's moments and every counter, by name.
    pub fn state(&self) -> Result<StateDict, LearnError> {
        let mut state = self.optimizer.state();
        if let Some(rewards) = &self.rewards {
            rewards.save("rewards", &mut state);
        }
        state.insert_u64("n_updates", &[1], vec![self.n_updates]);
        state.insert_f64("learning_rate", &[1], vec![self.learning_rate]);
        Ok(state)
    }

    /// Takes over the state of the updates of a policy of the same shape. Every array is checked
    /// before anything changes.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        let mut expected = self.state()?;
        let rewards = match &self.rewards {
            Some(_) => Some(RewardNormalizer::load("rewards", state)?),
            None => None,
        };
        if let Some(rewards) = &rewards {
            // It is for as many environments as there were.
            rewards.save("rewards", &mut expected);
        }
        expected.check_like(state)?;
        let n_updates = state.get_u64("n_updates", &[1])?[0];
        let learning_rate = state.get_f64("learning_rate", &[1])?[0];
        self.optimizer.load_state(state)?;
        self.learning_rate = learning_rate;
        self.rewards = rewards;
        self.n_updates = n_updates;
        Ok(())
    }
}

/// A rollout may come from a file: fails on an index that no choice has.
pub(super) fn check_choices(rollout: &Rollout) -> Result<(), LearnError> {
    let options = rollout.shape().action_space.options();
    let indices = rollout.actions.iter().zip(options.iter().cycle());
    let mut unknown = indices.filter(|(index, n)| !(0.0..**n as f32).contains(*index));
    match unknown.next() {
        None => Ok(()),
        Some((index, _)) => Err(LearnError::Config {
            field: "action",
            expected: "an index below the number of choices",
            got: f64::from(*index),
        }),
    }
}

#[cfg(test)]
#[path = "backend_tests.rs"]
mod backend_tests;
#[cfg(test)]
#[path = "device_tests.rs"]
mod device_tests;
#[cfg(test)]
#[path = "learning_tests.rs"]
mod learning_tests;
#[cfg(test)]
#[path = "own_layer_tests.rs"]
mod own_layer_tests;
#[cfg(test)]
#[path = "picture_tests.rs"]
mod picture_tests;
#[cfg(test)]
#[path = "policy_tests.rs"]
mod policy_tests;
#[cfg(test)]
#[path = "reference_tests.rs"]
mod reference_tests;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;
