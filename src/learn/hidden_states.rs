//! The hidden states of a recurrent policy.

use super::error::{LearnError, check_len};
use super::state::StateDict;

/// The hidden states of a policy in every environment's present episode; empty for policies without a
/// recurrent layer. A new one is empty and fits any number of environments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HiddenStates {
    /// Shape (n_envs, state_dim).
    pub(super) states: Vec<f32>,
}

impl HiddenStates {
    /// Resets the hidden states of environments in which an episode begins; `episode_starts` has shape (n_envs,). If all
    /// begin, the number of environments may have changed.
    pub fn reset(&mut self, episode_starts: &[bool]) {
        if !episode_starts.is_empty() && episode_starts.iter().all(|episode_starts| *episode_starts)
        {
            self.states.clear();
        }
        if self.states.is_empty() || episode_starts.is_empty() {
            return;
        }
        let state_dim = self.states.len() / episode_starts.len();
        for (state, episode_starts) in self.states.chunks_exact_mut(state_dim).zip(episode_starts) {
            if *episode_starts {
                state.fill(0.0);
            }
        }
    }

    /// The hidden states, shape (n_envs, state_dim); none before the first step.
    pub fn states(&self) -> &[f32] {
        &self.states
    }

    /// The hidden states, by name.
    pub fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        state.insert_f32("states", &[self.states.len()], self.states.clone());
        state
    }

    /// Restores saved hidden states, `state_dim` numbers for each environment. After an error nothing is
    /// changed.
    pub fn load_state(&mut self, state: &StateDict, state_dim: usize) -> Result<(), LearnError> {
        let len = state.get("states").map_or(0, |states| states.shape().iter().product());
        let states = state.get_f32("states", &[len])?;
        check_len("saved hidden states", len / state_dim.max(1) * state_dim, len)?;
        self.states = states.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_episode_begins_without_a_past() {
        let mut hidden_states = HiddenStates { states: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        hidden_states.reset(&[false, true, false]);
        assert_eq!(hidden_states.states(), [1.0, 2.0, 0.0, 0.0, 5.0, 6.0]);
        hidden_states.reset(&[]);
        assert_eq!(hidden_states.states().len(), 6);
        // Other environments are met as by a new memory, which has nothing to forget.
        for _ in 0..2 {
            hidden_states.reset(&[true, true]);
            assert_eq!(hidden_states, HiddenStates::default());
        }
        hidden_states.reset(&[true, false]);
        assert_eq!(hidden_states, HiddenStates::default());
    }

    #[test]
    fn saved_states_are_taken_over_if_they_fit() {
        let hidden_states = HiddenStates { states: vec![1.0, 2.0, 3.0, 4.0] };
        let mut loaded = HiddenStates::default();
        loaded.load_state(&hidden_states.state(), 2).unwrap();
        assert_eq!(loaded, hidden_states);
        let error = loaded.load_state(&hidden_states.state(), 3).unwrap_err().to_string();
        assert_eq!(error, "saved hidden states: expected 3 elements, got 4");
        assert_eq!(loaded, hidden_states);
    }
}
