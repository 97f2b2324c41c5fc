//! What policies do: noise, choices, and what they see.

use super::tests::{
    NUMBERS, config, draw, experience, new_policy, policy_config, spaces, unusual_configs,
};
use super::*;
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{HiddenStates, PolicyConfig, PolicyOutput};
use crate::math::lanes::tanh;
use crate::space::{ActionSpace, Device};

#[test]
fn policies_are_functions_of_seed_environment_and_step() {
    let act = |seed, step, n_envs: usize| {
        let config = PolicyConfig { seed, ..policy_config(NUMBERS) };
        let policy = Policy::new(config, Device::detect()).unwrap();
        let mut out = PolicyOutput::default();
        let seen = seen_of(&policy.config().observations, &[&vec![0.5; n_envs * 3]]);
        policy.act(seen.view(), &mut HiddenStates::default(), step, false, &mut out).unwrap();
        out
    };
    let base = act(1, 5, 300);
    assert_eq!(base, act(1, 5, 300));
    assert_ne!(base.action, act(1, 6, 300).action);
    assert_ne!(base.params, act(2, 5, 300).params);
    // An environment's noise does not depend on how many others there are.
    assert_eq!(base.action[..20], act(1, 5, 10).action);
    assert_ne!(base.action[..2], base.action[2..4]);
}

#[test]
fn deterministic_actions_are_the_likeliest() {
    for space in spaces() {
        let policy = new_policy(space.clone());
        let (mut out, obs) = (PolicyOutput::default(), draw(30, 0));
        let seen = seen_of(&policy.config().observations, &[&obs]);
        policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
        for (action, params) in
            out.action.chunks(space.action_dim()).zip(out.params.chunks(space.n_params()))
        {
            let ActionSpace::Continuous(n) = space else {
                let mut rest = params;
                for (choice, n) in action.iter().zip(space.options()) {
                    let (logits, tail) = rest.split_at(*n);
                    rest = tail;
                    assert!(logits.iter().all(|logit| *logit <= logits[*choice as usize]));
                }
                continue;
            };
            assert_eq!(*action, params[..n]);
        }
        // Rollouts and bootstraps must agree on the value to the bit.
        assert_eq!(out.value, policy.values(seen.view(), &[]).unwrap());
    }
}

#[test]
fn squashed_actions_stay_within_their_bounds_and_keep_what_was_drawn() {
    let config = PolicyConfig { init_log_std: 1.5, ..unusual_configs()[0].clone() };
    let policy = Policy::new(config, Device::detect()).unwrap();
    let (mut out, obs) = (PolicyOutput::default(), draw(900, 0));
    let seen = seen_of(&policy.config().observations, &[&obs]);
    policy.act(seen.view(), &mut HiddenStates::default(), 0, false, &mut out).unwrap();
    assert!(out.action.iter().all(|action| action.abs() <= 1.0));
    // With so wide a distribution some are far outside.
    assert!(out.raw_action().iter().any(|drawn| drawn.abs() > 3.0));
    for (action, drawn) in out.action.iter().zip(out.raw_action()) {
        assert_eq!(*action, tanh(*drawn));
    }
    policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
    for (action, params) in out.action.chunks(2).zip(out.params.chunks(4)) {
        assert_eq!(action, [tanh(params[0]), tanh(params[1])]);
    }
}

/// What only the value sees reaches the value, and nothing else.
#[test]
fn the_policy_does_not_see_what_only_the_value_sees() {
    let observations = space_of(3, 2);
    let separate = PolicyConfig { separate_value: true, observations, ..policy_config(NUMBERS) };
    let mut policy = Policy::new(separate.clone(), Device::detect()).unwrap();
    let mut ppo = Ppo::new(config(64), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 4, 100, 4);
    ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    let state = policy.state().unwrap();
    assert_eq!(state.get_f64("critic_observations.count", &[1]).unwrap(), [401.0]);
    let observations = draw(30, 0);
    let answer = |value_only: Vec<f32>| {
        let mut out = PolicyOutput::default();
        let seen = seen_of(&separate.observations, &[&observations, &value_only]);
        let observations = seen.view();
        policy.act(observations, &mut HiddenStates::default(), 0, false, &mut out).unwrap();
        assert_eq!(out.value, policy.values(observations, &[]).unwrap());
        out
    };
    let (one, other) = (answer(draw(20, 1)), answer(draw(20, 2)));
    assert_eq!(one.params, other.params);
    assert_eq!(one.action, other.action);
    assert!(one.value.iter().zip(&other.value).all(|(one, other)| one != other));
    // A value that shares its layers would show it to the policy.
    let shared = PolicyConfig { separate_value: false, ..separate.clone() };
    let error = Policy::new(shared, Device::detect()).unwrap_err().to_string();
    let expected = "setting `observations`: expected none for the critic only, unless it has hidden layers of \
                    its own, got 2";
    assert_eq!(error, expected);
}
