//! The policy and its value: observations in, actions and values out.

use candle_core::Var;
use safetensors::SafeTensorError;
use std::cell::RefCell;

use super::act::{Chunk, PolicyOutput};
use super::distribution::Gaussian;
use super::error::{LearnError, check_len};
use super::header::POLICY;
use super::hidden_states::HiddenStates;
use super::inputs::Inputs;
use super::network::{Backend, Network, Weights, at_least, set};
use super::normalizer::{RunningStats, Scale, VALUE_LIMIT};
use super::parallel;
use super::policy_config::{ObserveAt, PolicyConfig};
use super::revision::Revision;
use super::rollout::{Rollout, RolloutShape};
use super::state::StateDict;
use super::tensor::with_slice;
use super::transfer::Frozen;
use crate::math::lanes::Isa;
use crate::math::rng::{RandomStream, Sequences};
use crate::space::{Device, ObservationsView};

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
    /// The network's inputs, and the statistics that normalise them.
    pub(super) inputs: Inputs,
    /// Statistics of values and returns, of one column.
    pub(super) value_stats: Option<RunningStats>,
    /// The frozen parts.
    pub(super) frozen: Frozen,
    revision: Revision,
}

impl Policy {
    /// A policy with the initial weights of `config.seed`. Fails on settings out of their ranges, and on
    /// devices that this version lacks.
    pub fn new(config: PolicyConfig, device: Device) -> Result<Self, LearnError> {
        config.check()?;
        let isa = match device.isa()? {
            // There are no networks of f64.
            Isa::Reference => Isa::Portable,
            isa => isa,
        };
        let device = &candle_core::Device::Cpu;
        let head = config.head();
        let network = Network::new(&config.network_shape(isa)?)?;
        let init_log_std = config.init_log_std as f32;
        let weights = network.init(config.seed, config.init, init_log_std);
        let log_std = vec![init_log_std; head.n_log_std()];
        Ok(Self {
            weights: Weights::new(&network, weights, device)?,
            log_std: Var::from_vec(log_std, head.n_log_std(), device)?,
            frozen: config.frozen_parts(&network)?,
            inputs: Inputs::new(&config, network.encoded_dim),
            network,
            value_stats: config.normalize_values.then(|| RunningStats::new(1)),
            revision: Revision::next(),
            config,
        })
    }

    /// The configuration that the policy was made with.
    pub fn config(&self) -> &PolicyConfig {
        &self.config
    }

    /// The state of its weights and statistics, which is another after each change.
    pub(super) fn revision(&self) -> Revision {
        self.revision
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
            observations: self.config.observations.clone(),
            action_space: self.config.action_space.clone(),
            state_dim: self.state_dim(),
            sequence_length: horizon,
        }
    }

    /// Actions for what is `seen` of all environments, into `out`, whose buffers are reused. `hidden_states` goes
    /// one step on; where an episode begins, [`HiddenStates::reset`] comes first.
    ///
    /// The noise of environment e is a pure function of (seed, e, step). `deterministic` takes the
    /// mean (squashed, where actions are) or the likeliest choice instead.
    pub fn act(
        &self,
        seen: ObservationsView<'_>,
        hidden_states: &mut HiddenStates,
        step: u64,
        deterministic: bool,
        out: &mut PolicyOutput,
    ) -> Result<(), LearnError> {
        let n_envs = self.inputs.count(seen)?;
        let (head, state_dim) = (self.config.head(), self.state_dim());
        if !hidden_states.states.is_empty() {
            check_len("hidden states", n_envs * state_dim, hidden_states.states.len())?;
        }
        let chunks =
            Chunk::cut(out, seen, (hidden_states, state_dim), (&head, self.network.chunk_rows()));
        debug_assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), n_envs);
        let gaussian = with_slice(&self.log_std, Gaussian::new)?;
        let scale = self.value_scale();
        let draws = Sequences::new(self.config.seed, RandomStream::Explore, step);
        let draws = (!deterministic).then_some(draws);
        let chunks = parallel::map(chunks, |mut chunk| {
            let states = (chunk.states, std::mem::take(&mut chunk.after));
            self.with_heads(chunk.seen, states, |outputs| {
                let values = outputs.chunks_exact(self.network.n_outputs);
                for (value, outputs) in chunk.value.iter_mut().zip(values) {
                    *value = denormalize(scale.as_ref(), outputs[head.dim()]);
                }
                chunk.choose(&head, gaussian.clone(), outputs, draws);
            })
        });
        chunks.into_iter().collect()
    }

    /// Denormalised values, shape (n,), of what is `seen` with the hidden `states`, shape (n,
    /// state_dim).
    pub fn values(
        &self,
        seen: ObservationsView<'_>,
        states: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        let mut values = vec![0.0; self.inputs.count(seen)?];
        let state_dim = self.state_dim();
        check_len("hidden states", values.len() * state_dim, states.len())?;
        let chunk_rows = self.network.chunk_rows();
        let mut states = states.chunks(chunk_rows * state_dim.max(1));
        let chunks = seen
            .chunks(chunk_rows)
            .zip(values.chunks_mut(chunk_rows))
            .map(|(seen, values)| (seen, states.next().unwrap_or_default(), values))
            .collect();
        let n_outputs = self.network.n_outputs;
        let scale = self.value_scale();
        let chunks = parallel::map(chunks, |(seen, states, values): (_, &[f32], &mut [f32])| {
            self.with_heads(seen, (states, &mut []), |head| {
                for (value, head) in values.iter_mut().zip(head.chunks_exact(n_outputs)) {
                    *value = denormalize(scale.as_ref(), head[n_outputs - 1]);
                }
            })
        });
        chunks.into_iter().collect::<Result<(), LearnError>>()?;
        Ok(values)
    }

    /// The normalisation of values; none if it is off.
    fn value_scale(&self) -> Option<Scale> {
        self.value_stats.as_ref().map(|stats| stats.scale(VALUE_LIMIT))
    }

    /// Gives the outputs of the network, shape (rows, n_outputs), for what is `seen`, to `work`. Hidden
    /// `states` before and after are as [`Network::infer_chunk`] has them.
    fn with_heads(
        &self,
        seen: ObservationsView<'_>,
        states: (&[f32], &mut [f32]),
        work: impl FnOnce(&[f32]),
    ) -> Result<(), LearnError> {
        thread_local! {
            static BUFFER: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
        }
        let n = seen.len();
        // Taken out rather than borrowed: while candle's products wait for other threads, this thread may
        // process another chunk.
        let mut out = BUFFER.take();
        let done = {
            let seen = self.inputs.read(seen);
            let out = at_least(&mut out, n * self.network.n_outputs);
            let done = self.network.infer_chunk(self.weights.of_backend(), &seen, states, out);
            done.map(|()| work(out))
        };
        BUFFER.set(out);
        done
    }

    /// Updates the statistics with the observations of a training step, before [`Policy::act`], unless updates do
    /// that. False, and nothing is changed, if they are not finite.
    #[must_use]
    pub fn observe_step(&mut self, seen: ObservationsView<'_>) -> bool {
        self.config.observe_at == ObserveAt::Update || self.observe(seen)
    }

    /// Has the last step of `rollout`, which holds it as it was seen, hold what an update is to learn from: what
    /// the network sees now, where the statistics change from step to step.
    pub fn keep_last(&self, rollout: &mut Rollout) {
        let first = rollout.len().saturating_sub(1) * rollout.shape().n_envs;
        self.inputs.keep(&mut rollout.observations, first);
    }

    /// Updates the statistics of observations with those `seen`, unless they are frozen. False if they are not
    /// finite. With [`ObserveAt::Update`] the algorithm must call this with the data of its update, before
    /// [`gradient`](Self::gradient).
    #[must_use]
    pub fn observe(&mut self, seen: ObservationsView<'_>) -> bool {
        self.frozen.observations || self.changing_statistics().observe(seen)
    }

    /// The same of chosen `rows`.
    #[must_use]
    pub fn observe_rows(&mut self, seen: ObservationsView<'_>, rows: &[u32]) -> bool {
        self.frozen.observations || self.changing_statistics().observe_rows(seen, rows)
    }

    /// The statistics of observations, to be changed.
    fn changing_statistics(&mut self) -> &mut Inputs {
        if self.config.normalize_observations {
            self.revision = Revision::next();
        }
        &mut self.inputs
    }

    /// Takes values or returns, shape (n,), into their statistics, then normalises them in place.
    /// False if they are not finite. An algorithm that fits the value does this with the returns, so that both are
    /// on the same scale.
    #[must_use]
    pub fn observe_and_normalize_values(&mut self, values: &mut [f32]) -> bool {
        let Some(stats) = &mut self.value_stats else {
            return values.iter().all(|value| value.is_finite());
        };
        let finite = match self.frozen.values {
            true => values.iter().all(|value| value.is_finite()),
            false => {
                self.revision = Revision::next();
                stats.update(values)
            }
        };
        stats.scale(VALUE_LIMIT).normalize(values);
        finite
    }

    /// Takes other weights, shape (n_weights,), and logarithms of standard deviations, shape (n_log_std,), if there are any.
    pub(super) fn set_parameters(
        &mut self,
        weights: Vec<f32>,
        log_std: Option<Vec<f32>>,
    ) -> Result<(), LearnError> {
        self.revision = Revision::next();
        self.weights.set(&self.network, weights)?;
        log_std.map_or(Ok(()), |log_std| set(&self.log_std, log_std))
    }

    /// Takes other statistics: means, variances and rows seen of each column of observations, and of values, as far as these
    /// are normalised.
    pub(super) fn set_statistics(&mut self, observations: [&[f64]; 3], values: [&[f64]; 3]) {
        self.revision = Revision::next();
        if self.config.normalize_observations {
            self.inputs.set_columns(observations);
        }
        if let Some(stats) = &mut self.value_stats {
            *stats = RunningStats::of_columns(values);
        }
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
        self.inputs.save(&mut state);
        if let Some(stats) = &self.value_stats {
            stats.save("values", &mut state);
        }
        Ok(state)
    }

    /// The bytes of a file of its weights (safetensors) that says of what policy they are, whatever the backend; layers
    /// of a program's own are not said. [`policy_in_header`](super::policy_in_header) reads that.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, LearnError> {
        let config = PolicyConfig { backend: Backend::default(), ..self.config.clone() };
        let config = serde_json::to_string(&config);
        let config = config.map_err(SafeTensorError::InvalidHeaderDeserialization)?;
        self.state()?.to_safetensors_with((POLICY, config))
    }

    /// Restores the state of a policy of the same shape. Every array is checked before anything
    /// changes.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        self.state()?.check_like(state)?;
        state.check_finite()?;
        let inputs = self.inputs.loaded(state)?;
        let value_stats = self.value_stats.as_ref();
        let value_stats =
            value_stats.map(|_| RunningStats::load("values", 1, state)).transpose()?;
        let mut weights = vec![0.0; self.network.n_weights];
        for part in self.network.parts() {
            let data = state.get_f32(&part.name, &part.shape)?;
            weights[part.range].copy_from_slice(data);
        }
        let n_log_std = self.config.head().n_log_std();
        let log_std = (n_log_std > 0).then(|| state.get_f32("log_std", &[n_log_std]));
        self.set_parameters(weights, log_std.transpose()?.map(<[f32]>::to_vec))?;
        self.inputs = inputs;
        self.value_stats = value_stats;
        Ok(())
    }
}

fn denormalize(scale: Option<&Scale>, value: f32) -> f32 {
    scale.map_or(value, |scale| scale.denormalize_one(value))
}
