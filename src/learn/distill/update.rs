//! The rollouts that distillation learns from, and one update from them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use super::config::DistillationConfig;
use super::lesson::Lesson;
use super::loss::BehaviorLoss;
use super::teacher::Teacher;
use crate::learn::act::PolicyOutput;
use crate::learn::distribution::Head;
use crate::learn::error::LearnError;
use crate::learn::hidden_states::HiddenStates;
use crate::learn::metrics::UpdateMetrics;
use crate::learn::minibatches::{self, Past};
use crate::learn::network::{Buffer, Sequences};
use crate::learn::optimizer::{Descent, Gradient, Optimizer};
use crate::learn::policy::Policy;
use crate::learn::policy_config::ObserveAt;
use crate::learn::rollout::{RolloutShape, Transition};
use crate::learn::state::StateDict;

/// The setting that may be changed between updates, and its metric.
pub(super) const LEARNING_RATE: &str = "learning_rate";

/// What one update did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stats {
    /// Sums over minibatches.
    behavior_loss: f64,
    grad_norm: f64,
    n_minibatches: usize,
}

impl Stats {
    /// Means over minibatches; `n_transitions` are those that the update learned from.
    pub(super) fn metrics(self, learning_rate: f64, n_transitions: usize) -> UpdateMetrics {
        let n = self.n_minibatches as f64;
        let mut metrics = UpdateMetrics::default();
        metrics.add("behavior_loss", self.behavior_loss / n);
        metrics.add("grad_norm", self.grad_norm / n);
        metrics.add(LEARNING_RATE, learning_rate);
        metrics.add("n_minibatches", self.n_minibatches);
        metrics.add("n_transitions", n_transitions);
        metrics
    }
}

/// Rollouts and optimiser.
#[derive(Debug)]
pub(super) struct Learning {
    /// Full ones, the oldest first.
    pub(super) past: VecDeque<Lesson>,
    /// The one that is filled.
    pub(super) present: Lesson,
    optimizer: Optimizer,
    n_updates: u64,
    /// What the teacher remembers.
    hidden_states: HiddenStates,
    /// Working memory: what the teacher said; outputs of the network, and weight gradients of its tasks.
    said: PolicyOutput,
    buffers: (Vec<f32>, Buffer),
}

impl Learning {
    /// Without experience and history; `policy` is the student.
    pub(super) fn new(
        config: &DistillationConfig,
        horizon: usize,
        policy: &Policy,
        n_envs: usize,
    ) -> Result<Self, LearnError> {
        policy.config().check_horizon(horizon)?;
        let sequence_length = minibatches::steps_of_sequence(config.sequence_length, horizon);
        if policy.state_dim() > 0 {
            config.check_sequences(horizon)?;
        }
        let shape = RolloutShape { sequence_length, ..policy.rollout_shape(horizon, n_envs) };
        Ok(Self {
            past: VecDeque::new(),
            present: Lesson::new(&shape),
            optimizer: Optimizer::new(policy),
            n_updates: 0,
            hidden_states: HiddenStates::default(),
            said: PolicyOutput::default(),
            buffers: Default::default(),
        })
    }

    /// Asks the `teacher`, and takes a transition of the student.
    pub(super) fn take(
        &mut self,
        teacher: &mut Teacher,
        transition: Transition<'_>,
    ) -> Result<(), LearnError> {
        let ends = transition.terminated.iter().zip(transition.truncated);
        let ends: Vec<bool> =
            ends.map(|(terminated, truncated)| *terminated || *truncated).collect();
        let (hidden_states, said) = (&mut self.hidden_states, &mut self.said);
        teacher.act(transition.observations, hidden_states, said)?;
        // Where episodes were cut short, only a value would ask what came after.
        self.present.rollout.push(transition, &vec![0.0; ends.len()])?;
        let is_choice = teacher.policy().config().action_space.is_discrete();
        self.present.labels.extend_from_slice(if is_choice { &said.params } else { &said.action });
        hidden_states.reset(&ends);
        Ok(())
    }

    /// Transitions of all rollouts.
    pub(super) fn n_transitions(&self) -> usize {
        let lessons = self.past.iter().chain([&self.present]);
        lessons.map(|lesson| lesson.rollout.len() * lesson.rollout.shape().n_envs).sum()
    }

    /// Makes room for the next rollout: in the memory of the oldest, once there are enough.
    pub(super) fn turn(&mut self, n_kept: usize) {
        let next = match self.past.len() + 1 < n_kept {
            true => Lesson::new(self.present.rollout.shape()),
            false => match self.past.pop_front() {
                Some(mut oldest) => {
                    oldest.clear();
                    oldest
                }
                None => return self.present.clear(),
            },
        };
        self.past.push_back(std::mem::replace(&mut self.present, next));
    }

    /// Forgets all experience, also what an error came from.
    pub(super) fn forget(&mut self) {
        self.past.clear();
        self.present.clear();
    }

    fn not_finite(&self, what: &'static str) -> LearnError {
        LearnError::NonFinite { what, update: self.n_updates }
    }

    /// One update from all rollouts, the last of which is full. An error leaves the weights as the last sound minibatch
    /// left them.
    pub(super) fn update(
        &mut self,
        policy: &mut Policy,
        config: &DistillationConfig,
    ) -> Result<Stats, LearnError> {
        if self.present.labels.iter().any(|label| !label.is_finite()) {
            return Err(self.not_finite("what the teacher would do"));
        }
        // What earlier updates learned from is in the statistics already.
        let newest = self.present.rollout.kept().observations;
        if policy.config().observe_at == ObserveAt::Update && !policy.observe(newest) {
            return Err(self.not_finite("an observation"));
        }
        let stats = self.epochs(policy, config)?;
        self.n_updates += 1;
        Ok(stats)
    }

    fn epochs(
        &mut self,
        policy: &mut Policy,
        config: &DistillationConfig,
    ) -> Result<Stats, LearnError> {
        let Self { past, present, optimizer, n_updates, buffers, .. } = self;
        let lessons: Vec<&Lesson> = past.iter().chain([&*present]).collect();
        let shape = present.rollout.shape();
        let states: Vec<f32> = lessons.iter().flat_map(|it| &it.rollout.states).copied().collect();
        let episode_starts =
            || lessons.iter().flat_map(|lesson| lesson.rollout.episode_starts()).collect();
        let past = Past::new(policy, shape, Cow::from(states), episode_starts);
        let head = policy.config().head();
        let experience = Experience { lessons: &lessons, past: &past, head: &head };
        let (n, n_together) = (experience.n() / past.length, config.minibatch_size / past.length);
        let mut stats = Stats::default();
        for epoch in 0..config.epochs {
            let order = minibatches::order(n, n_together, config.seed, *n_updates, epoch);
            for sequences in order.chunks(n_together) {
                let (loss, gradient) = experience.gradient(policy, sequences, buffers)?;
                if !loss.is_finite() {
                    return Err(LearnError::NonFinite { what: "the loss", update: *n_updates });
                }
                let descent = Descent {
                    learning_rate: config.learning_rate,
                    epsilon: config.adam_epsilon,
                    max_grad_norm: config.max_grad_norm,
                    update: *n_updates,
                };
                stats.grad_norm += optimizer.step(policy, &gradient, &descent)?;
                stats.behavior_loss += loss;
                stats.n_minibatches += 1;
            }
        }
        Ok(stats)
    }

    /// Optimiser, rollouts and all else that later updates depend on.
    pub(super) fn state(&self) -> StateDict {
        let mut state = self.optimizer.state();
        state.insert_u64("n_updates", &[1], vec![self.n_updates]);
        state.insert_u64("n_past", &[1], vec![self.past.len() as u64]);
        for (i, lesson) in self.past.iter().enumerate() {
            state.insert_nested(&format!("past.{i}"), lesson.state());
        }
        state.insert_nested("present", self.present.state());
        state.insert_nested("teacher_memory", self.hidden_states.state());
        state
    }

    /// Goes on from a state of the same shapes; one of more rollouts than are to be kept loses the oldest.
    pub(super) fn load_state(
        &mut self,
        state: &StateDict,
        n_kept: usize,
        teacher: &Policy,
    ) -> Result<(), LearnError> {
        let n_past = state.get_u64("n_past", &[1])?[0] as usize;
        for i in n_past.saturating_sub(n_kept - 1)..n_past {
            let mut lesson = Lesson::new(self.present.rollout.shape());
            lesson.load_state(&state.nested(&format!("past.{i}")))?;
            if !lesson.rollout.is_full() {
                let (horizon, len) = (lesson.rollout.shape().horizon, lesson.rollout.len());
                return Err(LearnError::RolloutNotFull { horizon, len });
            }
            self.past.push_back(lesson);
        }
        self.present.load_state(&state.nested("present"))?;
        self.hidden_states.load_state(&state.nested("teacher_memory"), teacher.state_dim())?;
        self.optimizer.load_state(state)?;
        self.n_updates = state.get_u64("n_updates", &[1])?[0];
        Ok(())
    }
}

/// The transitions of some rollouts of one shape, one rollout after the other.
struct Experience<'a> {
    lessons: &'a [&'a Lesson],
    past: &'a Past<'a>,
    head: &'a Head,
}

impl Experience<'_> {
    /// Transitions of each rollout.
    fn n_of_each(&self) -> usize {
        let shape = self.lessons[0].rollout.shape();
        shape.horizon * shape.n_envs
    }

    fn n(&self) -> usize {
        self.lessons.len() * self.n_of_each()
    }

    /// The mean loss over some `sequences`, and its gradient.
    fn gradient(
        &self,
        policy: &Policy,
        sequences: &[u32],
        (outputs, sums): &mut (Vec<f32>, Buffer),
    ) -> Result<(f64, Gradient), LearnError> {
        let rows: &[u32] = &self.past.rows(sequences);
        let (states, episode_starts) = self.past.of(sequences, rows);
        let (n, length) = (rows.len(), self.past.length);
        let sequences = Sequences { length, states: &states, episode_starts: &episode_starts };
        let kept = self.lessons.iter().map(|lesson| lesson.rollout.kept()).collect();
        let seen = policy.inputs.read_rollouts(kept, self.n_of_each(), rows);
        let labels = self.lessons.iter().map(|lesson| &lesson.labels[..]).collect();
        let loss = BehaviorLoss::new(self.head, labels, self.n_of_each(), n);
        let loss_of = |range: Range<usize>, outputs: &[f32], gradient: &mut [f32]| {
            loss.chunk(&rows[range], outputs, gradient)
        };
        let weights = policy.weights.of_backend();
        let (gradient, parts) =
            policy.network.train(weights, (n, sequences), (outputs, sums), seen, loss_of)?;
        let loss = parts.iter().sum::<f64>() / n as f64;
        Ok((loss, Gradient::new(policy, gradient, Vec::new())))
    }
}
