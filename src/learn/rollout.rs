//! The experience that one update learns from.

use super::act::PolicyOutput;
use super::distribution::ActionSpace;
use super::error::{LearnError, check_len};
use super::histogram::Histogram;
use super::policy::Policy;
use super::state::{Array, StateDict};
use crate::math::lanes::ln;
use crate::space::{Buffer, ElementType, ObservationSpace, Observations, Observed, Stream};

/// One transition of every environment.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// What policy and value saw.
    pub observed: Observed<'a>,
    /// What the policy answered.
    pub policy: &'a PolicyOutput,
    /// Rewards, before [`super::PpoConfig::reward_scale`], shape (n_envs,).
    pub rewards: &'a [f32],
    /// The episode ended in a state of value 0, shape (n_envs,).
    pub terminated: &'a [bool],
    /// The episode was cut short, by a time limit for example, shape (n_envs,).
    pub truncated: &'a [bool],
    /// Where the environments came.
    pub next: Successors<'a>,
}

/// Where transitions led, before any reset.
#[derive(Clone, Copy, Debug, Default)]
pub struct Successors<'a> {
    /// What policy and value would have seen there.
    pub observed: Observed<'a>,
    /// The policy's hidden states then, shape (n_envs, state_dim).
    pub states: &'a [f32],
}

impl Transition<'_> {
    /// Values of the states in which episodes were cut short, shape (n_envs,), in the unit of
    /// `policy.value`; 0 elsewhere.
    pub fn truncation_values(&self, policy: &Policy) -> Result<Vec<f32>, LearnError> {
        let n_envs = self.truncated.len();
        let mut values = vec![0.0; n_envs];
        let envs: Vec<usize> = (0..n_envs).filter(|&env| self.truncated[env]).collect();
        if envs.is_empty() {
            return Ok(values);
        }
        let Successors { observed, states } = self.next;
        check_len("next observations", n_envs, policy.inputs.count(observed)?)?;
        check_len("next hidden states", n_envs * policy.state_dim(), states.len())?;
        let observed = observed.gather(&policy.config().observations, &envs);
        let dim = policy.state_dim();
        let states = envs.iter().flat_map(|env| &states[env * dim..(env + 1) * dim]);
        let states: Vec<f32> = states.copied().collect();
        for (env, value) in envs.iter().zip(policy.values(observed.view(), &states)?) {
            values[*env] = value;
        }
        Ok(values)
    }
}

/// The extents of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutShape {
    /// Steps.
    pub horizon: usize,
    /// Environments in each step.
    pub n_envs: usize,
    /// What is seen.
    pub observations: ObservationSpace,
    /// The kind of actions.
    pub action_space: ActionSpace,
    /// Numbers of hidden state; 0 for policies without a recurrent layer.
    pub state_dim: usize,
    /// Steps from one stored hidden state to the next, at least 1.
    pub sequence_length: usize,
}

/// A time-major buffer of transitions, shape (horizon, n_envs, ...).
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    shape: RolloutShape,
    len: usize,
    /// len * n_envs rows.
    pub(super) observations: Observations,
    /// As drawn, before any squashing, shape (len, n_envs, action_dim).
    pub(super) actions: Vec<f32>,
    /// Shape (len, n_envs).
    pub(super) log_probs: Vec<f32>,
    /// In units of scaled return, shape (len, n_envs).
    pub(super) values: Vec<f32>,
    /// Shape (len, n_envs, n_params).
    pub(super) params: Vec<f32>,
    /// Shape (len, n_envs).
    pub(super) rewards: Vec<f32>,
    /// Shape (len, n_envs).
    pub(super) terminated: Vec<bool>,
    /// Shape (len, n_envs).
    pub(super) truncated: Vec<bool>,
    /// In units of scaled return, shape (len, n_envs); 0 where not truncated.
    pub(super) truncation_values: Vec<f32>,
    /// Before the first step of each sequence, shape (sequences begun, n_envs, state_dim).
    pub(super) states: Vec<f32>,
}

impl Rollout {
    /// An empty buffer with room for what `shape` says.
    pub fn new(shape: RolloutShape) -> Self {
        let n = shape.horizon * shape.n_envs;
        Self {
            len: 0,
            observations: Observations::with_capacity(shape.observations.clone(), n),
            actions: Vec::with_capacity(n * shape.action_space.action_dim()),
            log_probs: Vec::with_capacity(n),
            values: Vec::with_capacity(n),
            params: Vec::with_capacity(n * shape.action_space.n_params()),
            rewards: Vec::with_capacity(n),
            terminated: Vec::with_capacity(n),
            truncated: Vec::with_capacity(n),
            truncation_values: Vec::with_capacity(n),
            states: Vec::new(),
            shape,
        }
    }

    /// Adds one transition of every environment; [`Policy::keep_last`] comes after it.
    /// `truncation_values`, shape (n_envs,), is V of where it led, in the unit of `policy.value`; it is
    /// read only where the episode was truncated. An error changes nothing.
    pub fn push(
        &mut self,
        step: Transition<'_>,
        truncation_values: &[f32],
    ) -> Result<(), LearnError> {
        if self.is_full() {
            return Err(LearnError::RolloutFull { horizon: self.shape.horizon });
        }
        self.check(&step)?;
        check_len("truncation_values", self.shape.n_envs, truncation_values.len())?;
        if self.len.is_multiple_of(self.shape.sequence_length) {
            self.states.extend_from_slice(&step.policy.states);
        }
        self.observations.extend(step.observed);
        self.actions.extend_from_slice(step.policy.drawn());
        self.log_probs.extend_from_slice(&step.policy.log_prob);
        self.values.extend_from_slice(&step.policy.value);
        self.params.extend_from_slice(&step.policy.params);
        self.rewards.extend_from_slice(step.rewards);
        self.terminated.extend_from_slice(step.terminated);
        self.truncated.extend_from_slice(step.truncated);
        // What is not read is stored as 0, so that equal experience gives equal checkpoints.
        let values = truncation_values.iter().zip(step.truncated);
        let read = values.map(|(value, truncated)| if *truncated { *value } else { 0.0 });
        self.truncation_values.extend(read);
        self.len += 1;
        Ok(())
    }

    fn check(&self, step: &Transition<'_>) -> Result<(), LearnError> {
        let n = self.shape.n_envs;
        let space = &self.shape.action_space;
        self.shape.observations.check_like(step.observed.streams())?;
        check_len("observations", n, step.observed.len())?;
        check_len("policy.action", n * space.action_dim(), step.policy.drawn().len())?;
        check_len("policy.log_prob", n, step.policy.log_prob.len())?;
        check_len("policy.value", n, step.policy.value.len())?;
        check_len("policy.params", n * space.n_params(), step.policy.params.len())?;
        check_len("policy.states", n * self.shape.state_dim, step.policy.states.len())?;
        check_len("rewards", n, step.rewards.len())?;
        check_len("terminated", n, step.terminated.len())?;
        check_len("truncated", n, step.truncated.len())
    }

    /// What the buffer can hold.
    pub fn shape(&self) -> &RolloutShape {
        &self.shape
    }

    /// Steps held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no step is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the whole horizon is held.
    pub fn is_full(&self) -> bool {
        self.len == self.shape.horizon
    }

    /// Of all actions held, as drawn, before any clipping or squashing; of the indices of choices.
    pub fn action_histogram(&self) -> Option<Histogram> {
        Histogram::of(self.actions.iter().copied())
    }

    /// Of the logarithms of all standard deviations held; none if actions are choices.
    pub fn log_std_histogram(&self) -> Option<Histogram> {
        let &ActionSpace::Continuous(n) = &self.shape.action_space else { return None };
        let std = self.params.chunks_exact(2 * n).flat_map(move |params| &params[n..]);
        Histogram::of(std.map(|std| ln(*std)))
    }

    /// Forgets every step and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
        self.observations.clear();
        self.actions.clear();
        self.log_probs.clear();
        self.values.clear();
        self.params.clear();
        self.rewards.clear();
        self.terminated.clear();
        self.truncated.clear();
        self.truncation_values.clear();
        self.states.clear();
    }

    /// Whether an episode begins at each transition held, as far as the transitions tell: those of
    /// the first step follow from the hidden states stored. Shape (len, n_envs).
    pub(super) fn begins(&self) -> Vec<bool> {
        let n = self.terminated.len().saturating_sub(self.shape.n_envs);
        let ends = self.terminated.iter().zip(&self.truncated).take(n);
        let first = std::iter::repeat_n(false, self.shape.n_envs);
        first.chain(ends.map(|(terminated, truncated)| *terminated || *truncated)).collect()
    }

    /// The steps held, by name; a buffer that is not full keeps its length.
    pub fn state(&self) -> StateDict {
        let (len, n, shape) = (self.len, self.shape.n_envs, &self.shape);
        let flags = |flags: &[bool]| flags.iter().map(|flag| u64::from(*flag)).collect();
        let mut state = StateDict::new();
        state.insert_u64("len", &[1], vec![len as u64]);
        // In every checkpoint, also where the value sees no more.
        state.insert_f32(Stream::VALUE_OBSERVATIONS, &[len, n, 0], Vec::new());
        for (stream, buffer) in shape.observations.streams().iter().zip(self.observations.buffers())
        {
            let shape = [&[len, n], &stream.shape[..]].concat();
            let array = match buffer.clone() {
                Buffer::F32(data) => Array::F32 { shape, data },
                Buffer::U8(data) => Array::U8 { shape, data },
            };
            state.insert(stream.key(), array);
        }
        let action_dim = shape.action_space.action_dim();
        state.insert_f32("actions", &[len, n, action_dim], self.actions.clone());
        state.insert_f32("log_probs", &[len, n], self.log_probs.clone());
        state.insert_f32("values", &[len, n], self.values.clone());
        let n_params = shape.action_space.n_params();
        state.insert_f32("params", &[len, n, n_params], self.params.clone());
        state.insert_f32("rewards", &[len, n], self.rewards.clone());
        state.insert_u64("terminated", &[len, n], flags(&self.terminated));
        state.insert_u64("truncated", &[len, n], flags(&self.truncated));
        state.insert_f32("truncation_values", &[len, n], self.truncation_values.clone());
        let n_sequences = len.div_ceil(shape.sequence_length);
        state.insert_f32("states", &[n_sequences, n, shape.state_dim], self.states.clone());
        state
    }

    /// Takes over the steps of a buffer of the same extents. Every array is checked before
    /// anything changes.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        let len = state.get_u64("len", &[1])?[0];
        if len > self.shape.horizon as u64 {
            return Err(LearnError::Config {
                field: "len",
                expected: "at most the horizon",
                got: len as f64,
            });
        }
        let (len, n) = (len as usize, self.shape.n_envs);
        let flags = |name| -> Result<Vec<bool>, LearnError> {
            Ok(state.get_u64(name, &[len, n])?.iter().map(|flag| *flag != 0).collect())
        };
        let numbers = |name, shape: &[usize]| -> Result<Vec<f32>, LearnError> {
            Ok(state.get_f32(name, shape)?.to_vec())
        };
        let shape = self.shape.clone();
        let (action_dim, n_params) =
            (shape.action_space.action_dim(), shape.action_space.n_params());
        let n_sequences = len.div_ceil(shape.sequence_length);
        let buffers = shape.observations.streams().iter().map(|stream| {
            let (key, shape) = (stream.key(), [&[len, n], &stream.shape[..]].concat());
            Ok(match stream.element {
                ElementType::F32 => Buffer::F32(state.get_f32(&key, &shape)?.to_vec()),
                ElementType::U8 => Buffer::U8(state.get_u8(&key, &shape)?.to_vec()),
            })
        });
        let buffers = buffers.collect::<Result<_, LearnError>>()?;
        let loaded = Self {
            len,
            observations: Observations::new(shape.observations.clone(), buffers)?,
            actions: numbers("actions", &[len, n, action_dim])?,
            log_probs: numbers("log_probs", &[len, n])?,
            values: numbers("values", &[len, n])?,
            params: numbers("params", &[len, n, n_params])?,
            rewards: numbers("rewards", &[len, n])?,
            terminated: flags("terminated")?,
            truncated: flags("truncated")?,
            truncation_values: numbers("truncation_values", &[len, n])?,
            states: numbers("states", &[n_sequences, n, shape.state_dim])?,
            shape,
        };
        loaded.state().check_like(state)?;
        *self = loaded;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::inputs::{seen_of, space_of};
    use crate::space::SeenBy;

    fn shape(horizon: usize, n_envs: usize, action_space: ActionSpace) -> RolloutShape {
        RolloutShape {
            horizon,
            n_envs,
            observations: ObservationSpace::vector(n_envs),
            action_space,
            state_dim: 0,
            sequence_length: horizon,
        }
    }

    fn push(rollout: &mut Rollout, x: f32) {
        let policy = PolicyOutput {
            n_envs: 2,
            action: vec![x, 1.0],
            unsquashed: Vec::new(),
            log_prob: vec![x, -1.0],
            value: vec![0.5, x],
            params: vec![x; 6],
            states: vec![x; 2 * rollout.shape.state_dim],
        };
        let value_only = vec![x; 2 * rollout.shape.observations.size_for(SeenBy::Value)];
        let streams: [&[f32]; 2] = [&[x, 2.0, 3.0, 4.0], &value_only];
        let observed = seen_of(&rollout.shape.observations, &streams);
        rollout
            .push(
                Transition {
                    observed: observed.view(),
                    policy: &policy,
                    rewards: &[x, 1.0],
                    terminated: &[x > 1.0, false],
                    truncated: &[false, true],
                    next: Successors::default(),
                },
                &[f32::NAN, x],
            )
            .unwrap();
    }

    #[test]
    fn a_half_filled_buffer_survives_saving() {
        let mut original = Rollout::new(shape(3, 2, ActionSpace::Discrete(3)));
        push(&mut original, 1.0);
        push(&mut original, 2.0);
        let bytes = original.state().to_safetensors().unwrap();
        let mut loaded = Rollout::new(shape(3, 2, ActionSpace::Discrete(3)));
        loaded.load_state(&StateDict::from_safetensors(&bytes).unwrap()).unwrap();
        assert_eq!(loaded, original);
        push(&mut loaded, 3.0);
        assert!(loaded.is_full());
        // The state of an emptied buffer has extents of 0 and survives too.
        loaded.clear();
        original.load_state(&loaded.state()).unwrap();
        assert!(original.is_empty());
    }

    #[test]
    fn hidden_states_are_kept_where_sequences_begin() {
        let shape = RolloutShape {
            observations: space_of(2, 2),
            state_dim: 3,
            sequence_length: 2,
            ..shape(4, 2, ActionSpace::Discrete(3))
        };
        let mut rollout = Rollout::new(shape.clone());
        (0..3).for_each(|step| push(&mut rollout, step as f32));
        assert_eq!(rollout.states, [[0.0; 6], [2.0; 6]].concat());
        let mut loaded = Rollout::new(shape);
        loaded.load_state(&rollout.state()).unwrap();
        push(&mut rollout, 3.0);
        push(&mut loaded, 3.0);
        assert_eq!(loaded, rollout);
        // Of the two environments the second one's episodes are all cut short after a step.
        let begins = [[false, false], [false, true], [false, true], [true, true]];
        assert_eq!(rollout.begins(), begins.concat());
    }

    #[test]
    fn histograms_are_of_all_that_is_held() {
        let mut rollout = Rollout::new(shape(2, 2, ActionSpace::Discrete(3)));
        assert_eq!(rollout.action_histogram(), None);
        push(&mut rollout, 1.0);
        push(&mut rollout, 2.0);
        let actions = rollout.action_histogram().unwrap();
        assert_eq!((actions.n, actions.sum, actions.max), (4, 5.0, 2.0));
        assert_eq!(rollout.log_std_histogram(), None);
        let mut rollout = Rollout::new(shape(2, 1, ActionSpace::Continuous(1)));
        rollout.params = vec![7.0, 1.0, 7.0, 1.0];
        let log_std = rollout.log_std_histogram().unwrap();
        assert_eq!((log_std.n, log_std.min, log_std.max), (2, 0.0, 0.0));
    }

    #[test]
    fn states_of_other_extents_change_nothing() {
        let mut small = Rollout::new(shape(3, 2, ActionSpace::Discrete(3)));
        push(&mut small, 1.0);
        let mut other = Rollout::new(shape(3, 2, ActionSpace::Discrete(4)));
        let message = other.load_state(&small.state()).unwrap_err().to_string();
        assert_eq!(message, "tensor `params`: expected shape [1, 2, 4], got [1, 2, 3]");
        assert!(other.is_empty());
    }
}
