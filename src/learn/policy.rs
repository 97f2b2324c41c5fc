//! The actor and critic: observations in, actions and values out.

use candle_core::{Device, Var};
use std::cell::RefCell;

use super::act::{Chunk, PolicyOutput};
use super::distribution::Gaussian;
use super::error::{LearnError, check_len};
use super::memory::Memory;
use super::network::{CHUNK_ROWS, Network, Weights, at_least, set};
use super::normalizer::{RunningStats, Scale, VALUE_LIMIT};
use super::observed::{Dims, Kept, Observed, ObservedScale};
use super::parallel;
use super::policy_config::{ObserveAt, PolicyConfig};
use super::rollout::RolloutShape;
use super::state::StateDict;
use super::tensor::with_slice;
use super::transfer::Frozen;
use crate::math::rng::{Random, Stream};

/// A network with a policy head and a value head, and the running statistics that normalise its
/// observations and values.
#[derive(Debug)]
pub struct Policy {
    config: PolicyConfig,
    pub(super) network: Network,
    pub(super) weights: Weights,
    /// Logarithm of the standard deviations, shape (n,); (0,) if discrete or if the network gives
    /// them.
    pub(super) log_std: Var,
    /// Statistics of observations, of `obs_dim` columns.
    obs_stats: Option<RunningStats>,
    /// Statistics of what only the value sees, of `critic_dim` columns.
    critic_stats: Option<RunningStats>,
    /// Statistics of values and returns, of one column.
    value_stats: Option<RunningStats>,
    /// What does not learn.
    pub(super) frozen: Frozen,
}

impl Policy {
    /// A policy with the initial weights of `config.seed`.
    pub fn new(config: PolicyConfig, device: &Device) -> Result<Self, LearnError> {
        config.check()?;
        if !device.is_cpu() {
            return Err(LearnError::Device { got: format!("{:?}", device.location()) });
        }
        let head = config.head();
        let network = Network::new(&config.network_shape())?;
        let init_log_std = config.init_log_std as f32;
        let weights = network.init(config.seed, config.init, init_log_std);
        let log_std = vec![init_log_std; head.n_log_std()];
        let stats =
            |dim| (config.normalize_observations && dim > 0).then(|| RunningStats::new(dim));
        Ok(Self {
            weights: Weights::new(&network, weights, device)?,
            log_std: Var::from_vec(log_std, head.n_log_std(), device)?,
            frozen: config.frozen_parts(&network)?,
            network,
            obs_stats: stats(config.obs_dim),
            critic_stats: stats(config.critic_dim),
            value_stats: config.normalize_values.then(|| RunningStats::new(1)),
            config,
        })
    }

    /// The configuration that the policy was made with.
    pub fn config(&self) -> &PolicyConfig {
        &self.config
    }

    /// Numbers of hidden state for each environment; 0 without a recurrent layer.
    pub fn state_dim(&self) -> usize {
        self.network.state_dim
    }

    /// What a rollout of this policy's experience holds, all of it one sequence.
    pub fn rollout_shape(&self, horizon: usize, n_envs: usize) -> RolloutShape {
        RolloutShape {
            horizon,
            n_envs,
            obs_dim: self.config.obs_dim,
            critic_dim: self.config.critic_dim,
            action_space: self.config.action_space.clone(),
            state_dim: self.state_dim(),
            sequence_length: horizon,
        }
    }

    /// Numbers of an observation, and of what only the value sees.
    pub(super) fn dims(&self) -> Dims {
        (self.config.obs_dim, self.config.critic_dim)
    }

    /// Actions for what is `seen` of all environments, into `out`, whose buffers are reused. `memory` goes
    /// one step on; where an episode begins, [`Memory::forget`] comes first.
    ///
    /// The noise of environment e is a pure function of (seed, e, step). `deterministic` takes the
    /// mean (squashed, where actions are) or the likeliest choice instead.
    pub fn act(
        &self,
        seen: Observed<'_>,
        memory: &mut Memory,
        step: u64,
        deterministic: bool,
        out: &mut PolicyOutput,
    ) -> Result<(), LearnError> {
        let n_envs = seen.count(self.dims())?;
        let (head, state_dim) = (self.config.head(), self.state_dim());
        if !memory.states.is_empty() {
            check_len("hidden states", n_envs * state_dim, memory.states.len())?;
        }
        let chunks = Chunk::cut(out, (seen, self.dims()), (memory, state_dim), &head);
        debug_assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), n_envs);
        let gaussian = with_slice(&self.log_std, Gaussian::new)?;
        self.infer(|scales| {
            let chunks = parallel::map(chunks, |mut chunk| {
                let states = (chunk.states, std::mem::take(&mut chunk.after));
                self.with_heads(&scales.0, chunk.seen, states, |outputs| {
                    let values = outputs.chunks_exact(self.network.n_outputs);
                    for (value, outputs) in chunk.value.iter_mut().zip(values) {
                        *value = denormalize(scales.1.as_ref(), outputs[head.dim()]);
                    }
                    chunk.choose(&head, gaussian.clone(), outputs, |env| {
                        let random = || Random::new(self.config.seed, Stream::Explore, env, step);
                        (!deterministic).then(random)
                    });
                })
            });
            chunks.into_iter().collect()
        })
    }

    /// Denormalised values, shape (n,), of what is `seen` with the hidden `states`, shape (n,
    /// state_dim).
    pub fn values(&self, seen: Observed<'_>, states: &[f32]) -> Result<Vec<f32>, LearnError> {
        let mut values = vec![0.0; seen.count(self.dims())?];
        let state_dim = self.state_dim();
        check_len("hidden states", values.len() * state_dim, states.len())?;
        let mut states = states.chunks(CHUNK_ROWS * state_dim.max(1));
        let chunks = seen
            .chunks(CHUNK_ROWS, self.dims())
            .zip(values.chunks_mut(CHUNK_ROWS))
            .map(|(seen, values)| (seen, states.next().unwrap_or_default(), values))
            .collect();
        let n_outputs = self.network.n_outputs;
        self.infer(|scales| {
            let chunks =
                parallel::map(chunks, |(seen, states, values): (_, &[f32], &mut [f32])| {
                    self.with_heads(&scales.0, seen, (states, &mut []), |head| {
                        for (value, head) in values.iter_mut().zip(head.chunks_exact(n_outputs)) {
                            *value = denormalize(scales.1.as_ref(), head[n_outputs - 1]);
                        }
                    })
                });
            chunks.into_iter().collect()
        })?;
        Ok(values)
    }

    /// Runs `work` on the scales of observations and values.
    fn infer(
        &self,
        work: impl FnOnce((ObservedScale, Option<Scale>)) -> Result<(), LearnError>,
    ) -> Result<(), LearnError> {
        let value_scale = self.value_stats.as_ref().map(|stats| stats.scale(VALUE_LIMIT));
        work((self.observed_scale(), value_scale))
    }

    /// Gives the outputs of the network, shape (rows, n_outputs), for what is `seen`, to `work`. Hidden
    /// `states` before and after are as [`Network::infer_chunk`] has them.
    fn with_heads(
        &self,
        scale: &ObservedScale,
        seen: Observed<'_>,
        states: (&[f32], &mut [f32]),
        work: impl FnOnce(&[f32]),
    ) -> Result<(), LearnError> {
        thread_local! {
            static BUFFERS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([const { Vec::new() }; 2]) };
        }
        let n = seen.observations.len() / self.config.obs_dim;
        // Taken out rather than borrowed: while candle's products wait for other threads, this one may come
        // by with another chunk.
        let [mut x, mut out] = BUFFERS.take();
        let done = {
            let x = at_least(&mut x, n * self.network.input_dim);
            scale.gather(seen, self.dims(), 0..n, x);
            let out = at_least(&mut out, n * self.network.n_outputs);
            let done = self.network.infer_chunk(self.weights.of_backend(), x, states, out);
            done.map(|()| work(out))
        };
        BUFFERS.set([x, out]);
        done
    }

    /// The normalisation of observations; none if it is off.
    pub(super) fn obs_scale(&self) -> Option<Scale> {
        self.obs_stats.as_ref().map(|stats| stats.scale(self.config.clip_observations as f32))
    }

    /// The normalisation of all that is seen.
    pub(super) fn observed_scale(&self) -> ObservedScale {
        let limit = self.config.clip_observations as f32;
        let critic = self.critic_stats.as_ref().map(|stats| stats.scale(limit));
        ObservedScale { observations: self.obs_scale(), critic }
    }

    /// Takes what is `seen` at a step of training into the statistics, before [`Policy::act`], unless
    /// updates do that. False, and nothing is changed, if it is not finite.
    #[must_use]
    pub fn observe_step(&mut self, seen: Observed<'_>) -> bool {
        self.config.observe_at == ObserveAt::Update || self.observe(seen)
    }

    /// What a rollout is to hold of what is `seen` at a step: as the network sees it now, where the
    /// statistics change from step to step.
    pub fn keep<'a>(&self, seen: Observed<'a>) -> Kept<'a> {
        match self.config.observe_at {
            ObserveAt::Update => seen.into(),
            ObserveAt::Step => self.observed_scale().keep(seen),
        }
    }

    /// The normalisation of what rollouts hold.
    pub(super) fn kept_scale(&self) -> ObservedScale {
        match self.config.observe_at {
            ObserveAt::Update => self.observed_scale(),
            ObserveAt::Step => ObservedScale::NONE,
        }
    }

    /// Takes what is `seen` into the statistics. False if it is not finite.
    pub(super) fn observe(&mut self, seen: Observed<'_>) -> bool {
        let is_frozen = self.frozen.observations;
        let update = |stats: &mut Option<RunningStats>, rows: &[f32]| {
            let stats = stats.as_mut().filter(|_| !is_frozen);
            stats.is_none_or(|stats| stats.update(rows))
        };
        update(&mut self.obs_stats, seen.observations)
            && update(&mut self.critic_stats, seen.critic)
    }

    /// Takes values or returns, shape (n,), into their statistics, then normalises them in place.
    /// False if they are not finite.
    pub(super) fn observe_and_normalize_values(&mut self, values: &mut [f32]) -> bool {
        let Some(stats) = &mut self.value_stats else {
            return values.iter().all(|value| value.is_finite());
        };
        let finite = match self.frozen.values {
            true => values.iter().all(|value| value.is_finite()),
            false => stats.update(values),
        };
        stats.scale(VALUE_LIMIT).normalize(values);
        finite
    }

    /// Weights and statistics by name. Weights have shape (outputs, inputs); `mu` is the policy
    /// head, of means or of logits.
    pub fn state(&self) -> Result<StateDict, LearnError> {
        let mut state = StateDict::new();
        self.weights.read(|weights| {
            for part in self.network.parts() {
                state.insert_f32(part.name, &part.shape, weights[part.range].to_vec());
            }
        })?;
        let n_log_std = self.config.head().n_log_std();
        if n_log_std > 0 {
            state.insert_f32("log_std", &[n_log_std], self.log_std.to_vec1()?);
        }
        if let Some(stats) = &self.obs_stats {
            stats.save("observations", &mut state);
        }
        if let Some(stats) = &self.critic_stats {
            stats.save("critic_observations", &mut state);
        }
        if let Some(stats) = &self.value_stats {
            stats.save("values", &mut state);
        }
        Ok(state)
    }

    /// Takes over a state of a policy of the same shape. Every array is checked before anything
    /// changes.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        self.state()?.check_like(state)?;
        let load_stats = |name, stats: &Option<RunningStats>, dim| {
            stats.as_ref().map(|_| RunningStats::load(name, dim, state)).transpose()
        };
        let obs_stats = load_stats("observations", &self.obs_stats, self.config.obs_dim)?;
        let critic_dim = self.config.critic_dim;
        let critic_stats = load_stats("critic_observations", &self.critic_stats, critic_dim)?;
        let value_stats = load_stats("values", &self.value_stats, 1)?;
        let mut weights = vec![0.0; self.network.n_weights];
        for part in self.network.parts() {
            let data = state.get_f32(&part.name, &part.shape)?;
            weights[part.range].copy_from_slice(data);
        }
        self.weights.set(&self.network, weights)?;
        let n_log_std = self.config.head().n_log_std();
        if n_log_std > 0 {
            set(&self.log_std, state.get_f32("log_std", &[n_log_std])?.to_vec())?;
        }
        self.obs_stats = obs_stats;
        self.critic_stats = critic_stats;
        self.value_stats = value_stats;
        Ok(())
    }
}

fn denormalize(scale: Option<&Scale>, value: f32) -> f32 {
    scale.map_or(value, |scale| scale.denormalize_one(value))
}
