//! What a rollout holds, saves and refuses.

use super::*;
use crate::learn::inputs::{seen_of, space_of};
use crate::space::ObservationGroup;

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
    let value_only = vec![x; 2 * rollout.shape.observations.size_for(ObservationGroup::Critic)];
    let streams: [&[f32]; 2] = [&[x, 2.0, 3.0, 4.0], &value_only];
    let observations = seen_of(&rollout.shape.observations, &streams);
    rollout
        .push(
            Transition {
                observations: observations.view(),
                policy: &policy,
                rewards: &[x, 1.0],
                terminated: &[x > 1.0, false],
                truncated: &[false, true],
                next: NextObservations::default(),
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
    let episode_starts = [[false, false], [false, true], [false, true], [true, true]];
    assert_eq!(rollout.episode_starts(), episode_starts.concat());
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
