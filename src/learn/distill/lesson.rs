//! A rollout with what the teacher would have done in it.

use super::loss::label_dim;
use crate::learn::error::LearnError;
use crate::learn::rollout::{Rollout, RolloutShape};
use crate::learn::state::StateDict;

/// A rollout with what the teacher would have done.
#[derive(Debug)]
pub(super) struct Lesson {
    pub(super) rollout: Rollout,
    /// Actions as environments get them, or logits; shape (len, n_envs, label_dim).
    pub(super) labels: Vec<f32>,
}

impl Lesson {
    /// An empty one.
    pub(super) fn new(shape: &RolloutShape) -> Self {
        Self { rollout: Rollout::new(shape.clone()), labels: Vec::new() }
    }

    /// Forgets every step and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.rollout.clear();
        self.labels.clear();
    }

    /// Rollout and labels, by name.
    pub(super) fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        state.insert_nested("rollout", self.rollout.state());
        state.insert_f32("labels", &self.label_shape(), self.labels.clone());
        state
    }

    /// Takes over a state of the same shape.
    pub(super) fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        self.rollout.load_state(&state.nested("rollout"))?;
        self.labels = state.get_f32("labels", &self.label_shape())?.to_vec();
        Ok(())
    }

    fn label_shape(&self) -> [usize; 3] {
        let shape = self.rollout.shape();
        [self.rollout.len(), shape.n_envs, label_dim(&shape.action_space)]
    }
}
