//! How experience is cut into minibatches: whole sequences of transitions, in an order that changes from pass to pass.

use std::borrow::Cow;

use super::error::LearnError;
use super::inputs::gather;
use super::policy::Policy;
use super::rollout::RolloutShape;
use crate::math::rng::{Random, RandomStream};

/// Steps of a sequence in rollouts of `horizon` steps, where 0 stands for the whole rollout.
pub(super) fn steps_of_sequence(sequence_length: usize, horizon: usize) -> usize {
    if sequence_length == 0 { horizon } else { sequence_length }
}

/// Fails if rollouts of `horizon` steps, or minibatches, do not divide into whole sequences.
pub(super) fn check_sequences(
    sequence_length: usize,
    minibatch_size: usize,
    horizon: usize,
) -> Result<(), LearnError> {
    let length = steps_of_sequence(sequence_length, horizon);
    let (field, expected, got) = if !horizon.is_multiple_of(length) {
        ("sequence_length", "a divisor of the horizon", length)
    } else if !minibatch_size.is_multiple_of(length) {
        ("minibatch_size", "a multiple of the steps of a sequence", minibatch_size)
    } else {
        return Ok(());
    };
    Err(LearnError::Config { field, expected, got: got as f64 })
}

/// The order in which a pass visits `n` sequences, of which a minibatch takes `n_together`: their own where that is all
/// of them, else a random one.
pub(super) fn order(n: usize, n_together: usize, seed: u64, update: u64, epoch: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    if n_together < n {
        Random::new(seed, RandomStream::Shuffle, epoch as u32, update).shuffle(&mut order);
    }
    order
}

/// What transitions follow on. Those without memory are sequences of their own.
#[derive(Clone, Debug)]
pub(super) struct Past<'a> {
    /// Environments in each step.
    pub(super) n_envs: usize,
    /// Steps of a sequence.
    pub(super) length: usize,
    /// Sequences that go through the network together.
    pub(super) chunk: usize,
    /// Hidden states before each sequence, shape (n / length, state_dim): those of the first steps of
    /// all environments, then those `length` steps later, and so on.
    pub(super) states: Cow<'a, [f32]>,
    /// Whether an episode begins at a transition, shape (n,); empty without memory.
    pub(super) episode_starts: Vec<bool>,
}

impl<'a> Past<'a> {
    /// Of transitions without memory.
    pub(super) const NONE: Past<'static> = Past {
        n_envs: 1,
        length: 1,
        chunk: 256,
        states: Cow::Borrowed(&[]),
        episode_starts: Vec::new(),
    };

    /// Of rollouts of one shape in which `policy` acted, one after the other: with the hidden states that they hold, and
    /// where episodes begin in them.
    pub(super) fn new(
        policy: &Policy,
        shape: &RolloutShape,
        states: Cow<'a, [f32]>,
        episode_starts: impl FnOnce() -> Vec<bool>,
    ) -> Self {
        if policy.state_dim() == 0 {
            return Past::NONE;
        }
        let (n_envs, length) = (shape.n_envs, shape.sequence_length);
        let chunk = policy.network.chunk_sequences(length);
        Self { n_envs, length, chunk, states, episode_starts: episode_starts() }
    }

    /// The transitions of some `sequences`, as they go through the network.
    pub(super) fn rows(&self, sequences: &[u32]) -> Vec<u32> {
        let (n_envs, length) = (self.n_envs as u32, self.length as u32);
        let mut rows = Vec::with_capacity(sequences.len() * self.length);
        for chunk in sequences.chunks(self.chunk) {
            for t in 0..length {
                let first =
                    |sequence: &u32| sequence / n_envs * length * n_envs + sequence % n_envs;
                rows.extend(chunk.iter().map(|sequence| first(sequence) + t * n_envs));
            }
        }
        rows
    }

    /// The hidden states before some `sequences`, and whether an episode begins at each of their
    /// `rows`.
    pub(super) fn of(&self, sequences: &[u32], rows: &[u32]) -> (Vec<f32>, Vec<bool>) {
        if self.episode_starts.is_empty() {
            return Default::default();
        }
        let state_dim = self.states.len() * self.length / self.episode_starts.len();
        let episode_starts = rows.iter().map(|row| self.episode_starts[*row as usize]).collect();
        (gather(&self.states, sequences, state_dim), episode_starts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_followed_through_time() {
        // Four steps of three environments, in sequences of two steps.
        let episode_starts = (0..12).map(|row| row == 7).collect();
        let states = vec![10.0, 11.0, 12.0, 13.0, 14.0, 15.0];
        let past = Past { n_envs: 3, length: 2, chunk: 128, states: states.into(), episode_starts };
        // The fifth is that of the second environment's last two steps.
        let rows = past.rows(&[4, 0]);
        assert_eq!(rows, [7, 0, 10, 3]);
        let (states, episode_starts) = past.of(&[4, 0], &rows);
        assert_eq!(states, [14.0, 10.0]);
        assert_eq!(episode_starts, [true, false, false, false]);
        // Without memory a sequence is a transition.
        assert_eq!(Past::NONE.rows(&[4, 0]), [4, 0]);
    }
}
