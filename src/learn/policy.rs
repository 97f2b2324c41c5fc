//! The actor and critic: observations in, actions and values out.

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::act::Chunk;
use super::activation::Activation;
use super::distribution::{ActionSpace, Gaussian, Head, LogStd};
use super::error::{LearnError, check_len};
use super::init::InitGains;
use super::network::{CHUNK_ROWS, Network, NetworkShape};
use super::normalizer::{RunningStats, Scale};
use super::parallel;
use super::state::StateDict;
use super::tensor::with_slice;
use super::transfer::Frozen;
use crate::math::rng::{Random, Stream};

/// The shape of a policy and the seed of its weights and of its noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyConfig {
    /// Numbers in an observation, at least 1.
    pub obs_dim: usize,
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
            action_space,
            hidden_sizes: vec![64, 64],
            activation: Activation::Elu,
            init_log_std: 0.0,
            normalize_observations: false,
            normalize_values: false,
            separate_value: false,
            log_std: LogStd::Parameter,
            squash: false,
            init_gains: InitGains::default(),
            frozen: Vec::new(),
            seed: 0,
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { space: self.action_space, log_std: self.log_std, squash: self.squash }
    }

    pub(super) fn network_shape(&self) -> NetworkShape<'_> {
        let head = self.head();
        NetworkShape {
            obs_dim: self.obs_dim,
            hidden_sizes: &self.hidden_sizes,
            mu_dim: head.mu_dim(),
            log_std_dim: head.log_std_dim(),
            activation: self.activation,
            separate_value: self.separate_value,
        }
    }
}

/// What a policy says to a batch of observations. Kept and reused from step to step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyOutput {
    /// Environments in the batch.
    pub n_envs: usize,
    /// Actions as sampled, unclipped, shape (n_envs, action_dim).
    pub action: Vec<f32>,
    /// What the normal distribution gave before it was squashed, shape (n_envs, action_dim); empty
    /// unless [`PolicyConfig::squash`].
    pub unsquashed: Vec<f32>,
    /// Natural logarithm of the density or probability of each action, shape (n_envs,).
    pub log_prob: Vec<f32>,
    /// Values in units of return (denormalised), shape (n_envs,).
    pub value: Vec<f32>,
    /// Parameters of the distributions, shape (n_envs, n_params): means then standard deviations,
    /// or logits.
    pub params: Vec<f32>,
}

impl PolicyOutput {
    /// What the distribution itself gave, shape (n_envs, action_dim): what learning goes by.
    pub fn drawn(&self) -> &[f32] {
        if self.unsquashed.is_empty() { &self.action } else { &self.unsquashed }
    }
}

/// A multilayer perceptron with a policy head and a value head, and the running statistics
/// that normalise its observations and values.
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
        let obs_stats = RunningStats::new(config.obs_dim);
        Ok(Self {
            weights: Var::from_vec(weights, network.n_weights, device)?,
            log_std: Var::from_vec(log_std, head.n_log_std(), device)?,
            frozen: config.frozen_parts(&network)?,
            network,
            obs_stats: config.normalize_observations.then_some(obs_stats),
            value_stats: config.normalize_values.then(|| RunningStats::new(1)),
            config,
        })
    }

    /// The configuration that the policy was made with.
    pub fn config(&self) -> &PolicyConfig {
        &self.config
    }

    /// Actions for `obs`, shape (n_envs, obs_dim), into `out`, whose buffers are reused.
    ///
    /// The noise of environment e is a pure function of (seed, e, step). `deterministic` takes the
    /// mean (squashed, where actions are) or the likeliest choice instead.
    pub fn act(
        &self,
        obs: &[f32],
        step: u64,
        deterministic: bool,
        out: &mut PolicyOutput,
    ) -> Result<(), LearnError> {
        let n_envs = self.count_rows(obs)?;
        let head = self.config.head();
        let chunks = Chunk::cut(out, obs, self.config.obs_dim, head);
        debug_assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), n_envs);
        let gaussian = with_slice(&self.log_std, Gaussian::new)?;
        self.infer(|weights, scales| {
            parallel::map(chunks, |mut chunk| {
                let outputs = self.heads_of_chunk(weights, scales, chunk.obs);
                let values = outputs.chunks_exact(self.network.n_outputs);
                for (value, outputs) in chunk.value.iter_mut().zip(values) {
                    *value = denormalize(scales.1, outputs[head.dim()]);
                }
                chunk.choose(head, gaussian.clone(), &outputs, |env| {
                    let random = || Random::new(self.config.seed, Stream::Explore, env, step);
                    (!deterministic).then(random)
                });
            });
        })
    }

    /// Denormalised values, shape (n,), of `obs`, shape (n, obs_dim).
    pub fn values(&self, obs: &[f32]) -> Result<Vec<f32>, LearnError> {
        let mut values = vec![0.0; self.count_rows(obs)?];
        let chunks = obs
            .chunks(CHUNK_ROWS * self.config.obs_dim)
            .zip(values.chunks_mut(CHUNK_ROWS))
            .collect();
        let n_outputs = self.network.n_outputs;
        self.infer(|weights, scales| {
            parallel::map(chunks, |(obs, values): (&[f32], &mut [f32])| {
                let head = self.heads_of_chunk(weights, scales, obs);
                for (value, head) in values.iter_mut().zip(head.chunks_exact(n_outputs)) {
                    *value = denormalize(scales.1, head[n_outputs - 1]);
                }
            });
        })?;
        Ok(values)
    }

    fn count_rows(&self, obs: &[f32]) -> Result<usize, LearnError> {
        let n = obs.len() / self.config.obs_dim;
        check_len("observations", n * self.config.obs_dim, obs.len())?;
        Ok(n)
    }

    /// Runs `work` on the weights and on the scales of observations and values.
    fn infer(
        &self,
        work: impl FnOnce(&[f32], (Option<&Scale>, Option<&Scale>)),
    ) -> Result<(), LearnError> {
        let obs_scale = self.obs_scale();
        let value_scale = self.value_stats.as_ref().map(RunningStats::scale);
        let scales = (obs_scale.as_ref(), value_scale.as_ref());
        Ok(with_slice(&self.weights, |weights| work(weights, scales))?)
    }

    /// The outputs of the network, shape (rows, n_outputs), for raw `obs`, shape (rows, obs_dim).
    fn heads_of_chunk(
        &self,
        weights: &[f32],
        scales: (Option<&Scale>, Option<&Scale>),
        obs: &[f32],
    ) -> Vec<f32> {
        let mut out = vec![0.0; obs.len() / self.config.obs_dim * self.network.n_outputs];
        match scales.0 {
            Some(scale) => {
                let mut obs = obs.to_vec();
                scale.normalize(&mut obs);
                self.network.infer_chunk(weights, &obs, &mut out);
            }
            None => self.network.infer_chunk(weights, obs, &mut out),
        }
        out
    }

    /// The normalisation of observations; none if it is off.
    pub(super) fn obs_scale(&self) -> Option<Scale> {
        self.obs_stats.as_ref().map(RunningStats::scale)
    }

    /// Takes raw observations, shape (n, obs_dim), into their statistics. False if they are not
    /// finite.
    pub(super) fn observe(&mut self, obs: &[f32]) -> bool {
        let stats = self.obs_stats.as_mut().filter(|_| !self.frozen.observations);
        stats.is_none_or(|stats| stats.update(obs))
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
    check("hidden_sizes", config.hidden_sizes.len())?;
    config.hidden_sizes.iter().try_for_each(|size| check("hidden_sizes", *size))?;
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
    if config.squash && matches!(config.action_space, ActionSpace::Discrete(n) if n > 0) {
        let expected = "false, for a choice has nothing to squash";
        return Err(LearnError::Config { field: "squash", expected, got: 1.0 });
    }
    Ok(())
}
