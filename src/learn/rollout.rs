//! The experience that one update learns from.

use super::act::PolicyOutput;
use super::distribution::ActionSpace;
use super::error::{LearnError, check_len};
use super::histogram::Histogram;
use super::policy::Policy;
use super::stacks::{Kept, Stacks};
use super::state::{Array, StateDict};
use crate::math::lanes::ln;
use crate::space::{
    Buffer, ElementType, ObservationSpace, ObservationStream, Observations, ObservationsView,
};

/// One transition of every environment.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The observations in which the policy acted, n_envs rows.
    pub observations: ObservationsView<'a>,
    /// The output of the policy for these observations.
    pub policy: &'a PolicyOutput,
    /// Rewards, before [`super::PpoConfig::reward_scale`], shape (n_envs,).
    pub rewards: &'a [f32],
    /// The episode ended in a state of value 0, shape (n_envs,).
    pub terminated: &'a [bool],
    /// The episode was cut short, by a time limit for example, shape (n_envs,).
    pub truncated: &'a [bool],
    /// The observations after the step.
    pub next: NextObservations<'a>,
}

/// The observations after a step, before any reset.
#[derive(Clone, Copy, Debug, Default)]
pub struct NextObservations<'a> {
    /// Observations, n_envs rows.
    pub observations: ObservationsView<'a>,
    /// Hidden states of the policy at these observations, shape (n_envs, state_dim).
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
        let NextObservations { observations, states } = self.next;
        check_len("next observations", n_envs, policy.inputs.count(observations)?)?;
        check_len("next hidden states", n_envs * policy.state_dim(), states.len())?;
        let observations = observations.gather(&policy.config().observations, &envs);
        let dim = policy.state_dim();
        let states = envs.iter().flat_map(|env| &states[env * dim..(env + 1) * dim]);
        let states: Vec<f32> = states.copied().collect();
        for (env, value) in envs.iter().zip(policy.values(observations.view(), &states)?) {
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

impl RolloutShape {
    /// Memory of what is seen in all steps. Of stacks each frame counts once, and those before the first step.
    pub fn observation_bytes(&self) -> usize {
        let kept = kept_space(&self.observations).bytes() * self.horizon * self.n_envs;
        kept + Stacks::bytes_before(&self.observations, self.n_envs)
    }

    /// Memory of a full buffer.
    pub fn bytes(&self) -> usize {
        let of_each = self.action_space.action_dim() + self.action_space.n_params() + 4;
        let flags = 2 + Stacks::bytes_of_step(&self.observations);
        let transitions = self.horizon * self.n_envs * (of_each * size_of::<f32>() + flags);
        let n_sequences = self.horizon.div_ceil(self.sequence_length.max(1));
        let states = n_sequences * self.n_envs * self.state_dim * size_of::<f32>();
        self.observation_bytes() + transitions + states
    }
}

/// A time-major buffer of transitions, shape (horizon, n_envs, ...).
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    shape: RolloutShape,
    pub(super) len: usize,
    /// len * n_envs rows, with the newest frame in the place of each stack.
    pub(super) observations: Observations,
    stacks: Stacks,
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
            observations: Observations::with_capacity(kept_space(&shape.observations), n),
            stacks: Stacks::new(&shape.observations, shape.n_envs),
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
        let episode_starts = self.ends();
        self.stacks.push(step.observations, self.observations.view(), &episode_starts)?;
        if self.len.is_multiple_of(self.shape.sequence_length) {
            self.states.extend_from_slice(&step.policy.states);
        }
        let stacks = &self.stacks;
        let keep = |place, _: &ObservationStream, to: &mut Buffer| {
            stacks.keep(step.observations, place, to)
        };
        self.observations.extend_with(self.shape.n_envs, keep);
        self.actions.extend_from_slice(step.policy.raw_action());
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
        self.shape.observations.check_like(step.observations.streams())?;
        check_len("observations", n, step.observations.len())?;
        check_len("policy.action", n * space.action_dim(), step.policy.raw_action().len())?;
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
        self.stacks.clear();
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

    /// Where episodes ended in the last step, shape (n_envs,); empty before the first.
    fn ends(&self) -> Vec<bool> {
        let first = self.terminated.len().saturating_sub(self.shape.n_envs);
        let ends = self.terminated[first..].iter().zip(&self.truncated[first..]);
        ends.map(|(terminated, truncated)| *terminated || *truncated).collect()
    }

    /// Memory of what is held.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let Self { actions, log_probs, values, params, rewards, truncation_values, states, .. } =
            self;
        let numbers = [actions, log_probs, values, params, rewards, truncation_values, states];
        let flags = [&self.terminated, &self.truncated];
        let seen = self.observations.buffers().iter().map(|buffer| match buffer {
            Buffer::F32(numbers) => size_of_val(&numbers[..]),
            Buffer::U8(bytes) => bytes.len(),
        });
        seen.sum::<usize>()
            + numbers.iter().map(|it| size_of_val(&it[..])).sum::<usize>()
            + flags.iter().map(|it| it.len()).sum::<usize>()
            + self.stacks.bytes()
    }

    /// The observations held.
    pub(super) fn kept(&self) -> Kept<'_> {
        Kept { observations: self.observations.view(), stacks: Some(&self.stacks) }
    }

    /// Whether an episode begins at each transition held, as far as the transitions tell: those of
    /// the first step follow from the hidden states stored. Shape (len, n_envs).
    pub(super) fn episode_starts(&self) -> Vec<bool> {
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
        state.insert_f32(ObservationStream::CRITIC_OBSERVATIONS, &[len, n, 0], Vec::new());
        let streams = self.observations.space().streams().iter();
        for (stream, buffer) in streams.zip(self.observations.buffers()) {
            let shape = [&[len, n], &stream.shape[..]].concat();
            let array = match buffer.clone() {
                Buffer::F32(data) => Array::F32 { shape, data },
                Buffer::U8(data) => Array::U8 { shape, data },
            };
            state.insert(stream.key(), array);
        }
        self.stacks.save(len, &mut state);
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
        let kept_space = self.observations.space().clone();
        let buffers = kept_space.streams().iter().map(|stream| {
            let (key, shape) = (stream.key(), [&[len, n], &stream.shape[..]].concat());
            Ok(match stream.element {
                ElementType::F32 => Buffer::F32(state.get_f32(&key, &shape)?.to_vec()),
                ElementType::U8 => Buffer::U8(state.get_u8(&key, &shape)?.to_vec()),
            })
        });
        let buffers = buffers.collect::<Result<_, LearnError>>()?;
        let mut loaded = Self {
            len,
            observations: Observations::new(kept_space.clone(), buffers)?,
            stacks: self.stacks.clone(),
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
        loaded.stacks = self.stacks.loaded(state, len, &loaded.episode_starts())?;
        loaded.state().check_like(state)?;
        *self = loaded;
        Ok(())
    }
}

/// A space of checked streams as rollouts keep it.
fn kept_space(space: &ObservationSpace) -> ObservationSpace {
    // Nothing but numbers of frames changes, so that what was a space is one.
    Stacks::kept_space(space).unwrap_or_else(|_| space.clone())
}

#[cfg(test)]
#[path = "rollout_tests.rs"]
mod tests;
