//! The actor and critic: observations in, actions and values out.

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::act::{Chunk, PolicyOutput};
use super::activation::Activation;
use super::distribution::{ActionSpace, Gaussian, Head, LogStd};
use super::error::{LearnError, check_len};
use super::init::InitGains;
use super::memory::Memory;
use super::network::{CHUNK_ROWS, Network, NetworkShape};
use super::normalizer::{RunningStats, Scale};
use super::observed::{Dims, Observed, ObservedScale};
use super::parallel;
use super::recurrent::Rnn;
use super::rollout::RolloutShape;
use super::state::StateDict;
use super::tensor::with_slice;
use super::transfer::Frozen;
use crate::math::rng::{Random, Stream};

/// The shape of a policy and the seed of its weights and of its noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyConfig {
    /// Numbers in an observation, at least 1.
    pub obs_dim: usize,
    /// Numbers that only the value sees, besides the observation (Pinto et al., 2018); 0 unless
    /// `separate_value`.
    pub critic_dim: usize,
    /// What the policy chooses from.
    pub action_space: ActionSpace,
    /// Widths of the hidden layers, at least one layer.
    pub hidden_sizes: Vec<usize>,
    /// Nonlinearity of the hidden layers.
    pub activation: Activation,
    /// Natural logarithm of the initial standard deviation of continuous actions.
    pub init_log_std: f64,
    /// Whether observations are normalised by their running mean and variance and clamped to +-5.
    pub normalize_observations: bool,
    /// Whether the critic works on values normalised by their running mean and variance.
    pub normalize_values: bool,
    /// Whether the value has hidden layers of its own, of the same widths.
    pub separate_value: bool,
    /// The recurrent layer between hidden layers and heads; the value has its own if it has hidden
    /// layers of its own.
    pub rnn: Option<Rnn>,
    /// Where the standard deviations of continuous actions come from.
    pub log_std: LogStd,
    /// Whether continuous actions are the hyperbolic tangent of what the normal distribution gives,
    /// and so within -1..=1.
    pub squash: bool,
    /// Scale of the initial weights.
    pub init_gains: InitGains,
    /// Names of the parts that do not learn: layers such as `trunk.0`, or `trunk` for all of it;
    /// `log_std`; and the statistics `observations` and `values`.
    pub frozen: Vec<String>,
    /// Seed of the initial weights and of the exploration noise.
    pub seed: u64,
}

impl PolicyConfig {
    /// The usual policy for observations of `obs_dim` numbers: two hidden layers of 64 units of
    /// elu, shared by policy and value; nothing is normalised.
    pub fn new(obs_dim: usize, action_space: ActionSpace) -> Self {
        Self {
            obs_dim,
            critic_dim: 0,
            action_space,
            hidden_sizes: vec![64, 64],
            activation: Activation::Elu,
            init_log_std: 0.0,
            normalize_observations: false,
            normalize_values: false,
            separate_value: false,
            rnn: None,
            log_std: LogStd::Parameter,
            squash: false,
            init_gains: InitGains::default(),
            frozen: Vec::new(),
            seed: 0,
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { space: self.action_space.clone(), log_std: self.log_std, squash: self.squash }
    }

    pub(super) fn network_shape(&self) -> NetworkShape<'_> {
        let head = self.head();
        NetworkShape {
            obs_dim: self.obs_dim,
            critic_dim: self.critic_dim,
            hidden_sizes: &self.hidden_sizes,
            mu_dim: head.mu_dim(),
            log_std_dim: head.log_std_dim(),
            activation: self.activation,
            separate_value: self.separate_value,
            rnn: self.rnn,
        }
    }
}

/// A network with a policy head and a value head, and the running statistics that normalise its
/// observations and values.
#[derive(Debug)]
pub struct Policy {
    config: PolicyConfig,
    pub(super) network: Network,
    /// All weights and biases, shape (n_weights,).
    pub(super) weights: Var,
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
        check_config(&config)?;
        if !device.is_cpu() {
            return Err(LearnError::Device { got: format!("{:?}", device.location()) });
        }
        let head = config.head();
        let network = Network::new(&config.network_shape());
        let init_log_std = config.init_log_std as f32;
        let weights = network.init(config.seed, config.init_gains, init_log_std);
        let log_std = vec![init_log_std; head.n_log_std()];
        let stats =
            |dim| (config.normalize_observations && dim > 0).then(|| RunningStats::new(dim));
        Ok(Self {
            weights: Var::from_vec(weights, network.n_weights, device)?,
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
        self.infer(|weights, scales| {
            parallel::map(chunks, |mut chunk| {
                let states = (chunk.states, &mut *chunk.after);
                let outputs = self.heads_of_chunk(weights, &scales.0, chunk.seen, states);
                let values = outputs.chunks_exact(self.network.n_outputs);
                for (value, outputs) in chunk.value.iter_mut().zip(values) {
                    *value = denormalize(scales.1.as_ref(), outputs[head.dim()]);
                }
                chunk.choose(&head, gaussian.clone(), &outputs, |env| {
                    let random = || Random::new(self.config.seed, Stream::Explore, env, step);
                    (!deterministic).then(random)
                });
            });
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
        self.infer(|weights, scales| {
            parallel::map(chunks, |(seen, states, values): (_, &[f32], &mut [f32])| {
                let head = self.heads_of_chunk(weights, &scales.0, seen, (states, &mut []));
                for (value, head) in values.iter_mut().zip(head.chunks_exact(n_outputs)) {
                    *value = denormalize(scales.1.as_ref(), head[n_outputs - 1]);
                }
            });
        })?;
        Ok(values)
    }

    /// Runs `work` on the weights and on the scales of observations and values.
    fn infer(
        &self,
        work: impl FnOnce(&[f32], (ObservedScale, Option<Scale>)),
    ) -> Result<(), LearnError> {
        let value_scale = self.value_stats.as_ref().map(RunningStats::scale);
        let scales = (self.observed_scale(), value_scale);
        Ok(with_slice(&self.weights, |weights| work(weights, scales))?)
    }

    /// The outputs of the network, shape (rows, n_outputs), for what is `seen`, and hidden `states`
    /// before and after, as [`Network::infer_chunk`] has them.
    fn heads_of_chunk(
        &self,
        weights: &[f32],
        scale: &ObservedScale,
        seen: Observed<'_>,
        states: (&[f32], &mut [f32]),
    ) -> Vec<f32> {
        let n = seen.observations.len() / self.config.obs_dim;
        let mut x = vec![0.0; n * self.network.input_dim];
        scale.gather(seen, self.dims(), 0..n, &mut x);
        let mut out = vec![0.0; n * self.network.n_outputs];
        self.network.infer_chunk(weights, &x, states, &mut out);
        out
    }

    /// The normalisation of observations; none if it is off.
    pub(super) fn obs_scale(&self) -> Option<Scale> {
        self.obs_stats.as_ref().map(RunningStats::scale)
    }

    /// The normalisation of all that is seen.
    pub(super) fn observed_scale(&self) -> ObservedScale {
        let critic = self.critic_stats.as_ref().map(RunningStats::scale);
        ObservedScale { observations: self.obs_scale(), critic }
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
        stats.scale().normalize(values);
        finite
    }

    /// Weights and statistics by name. Weights have shape (outputs, inputs); `mu` is the policy
    /// head, of means or of logits.
    pub fn state(&self) -> Result<StateDict, LearnError> {
        let mut state = StateDict::new();
        with_slice(&self.weights, |weights| {
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
        set(&self.weights, weights)?;
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

/// Puts `data` into a variable of the same length.
pub(super) fn set(variable: &Var, data: Vec<f32>) -> Result<(), LearnError> {
    let data = Tensor::from_vec(data, variable.shape(), variable.device())?;
    Ok(variable.set(&data)?)
}

fn check_config(config: &PolicyConfig) -> Result<(), LearnError> {
    let check = |field, got: usize| {
        if got > 0 {
            return Ok(());
        }
        Err(LearnError::Config { field, expected: "at least 1", got: got as f64 })
    };
    check("obs_dim", config.obs_dim)?;
    check("action_space", config.action_space.size())?;
    config.action_space.options().iter().try_for_each(|n| check("action_space", *n))?;
    check("hidden_sizes", config.hidden_sizes.len())?;
    config.hidden_sizes.iter().try_for_each(|size| check("hidden_sizes", *size))?;
    check("rnn.size", config.rnn.map_or(1, |rnn| rnn.size))?;
    let gains = config.init_gains;
    for (field, got) in [
        ("init_log_std", config.init_log_std),
        ("init_gains.hidden", gains.hidden),
        ("init_gains.policy", gains.policy),
        ("init_gains.value", gains.value),
    ] {
        if !got.is_finite() {
            return Err(LearnError::Config { field, expected: "a finite number", got });
        }
    }
    if config.critic_dim > 0 && !config.separate_value {
        let expected = "0, unless the value has hidden layers of its own";
        return Err(LearnError::Config {
            field: "critic_dim",
            expected,
            got: config.critic_dim as f64,
        });
    }
    if config.squash && config.action_space.is_discrete() {
        let expected = "false, for a choice has nothing to squash";
        return Err(LearnError::Config { field: "squash", expected, got: 1.0 });
    }
    Ok(())
}
