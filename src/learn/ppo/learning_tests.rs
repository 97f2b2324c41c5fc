//! That updates learn what there is to learn.

use super::tests::{NUMBERS, draw, experience, policy_config, unusual_configs};
use super::*;
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{HiddenStates, NextObservations, PolicyConfig, PolicyOutput, Transition};
use crate::space::{ActionSpace, Device, ObservationGroup};

/// The mean reward of the likeliest action after training on one-step episodes.
pub(super) fn train_bandit(
    policy_config: PolicyConfig,
    config: PpoConfig,
    reward: impl Fn(&[f32], &[f32]) -> f32,
) -> (f32, Policy) {
    let (n_envs, horizon, space) = (64, 4, policy_config.action_space.clone());
    let seen_space = policy_config.observations.clone();
    let hidden = vec![1.0; n_envs * seen_space.size_for(ObservationGroup::Critic)];
    let mut policy = Policy::new(policy_config, Device::detect()).unwrap();
    let config = PpoConfig { learning_rate: 3e-3, minibatch_size: 64, ..config };
    let mut ppo = Ppo::new(config, &policy).unwrap();
    let mut out = PolicyOutput::default();
    let mut rollout = Rollout::new(policy.rollout_shape(horizon, n_envs));
    let rewards = |obs: &[f32], out: &PolicyOutput| -> Vec<f32> {
        let actions = out.action.chunks(space.action_dim());
        obs.chunks(3).zip(actions).map(|(obs, action)| reward(obs, action)).collect()
    };
    for step in 0..60 * horizon as u64 {
        let obs = draw(n_envs * 3, step);
        let seen = seen_of(&seen_space, &[&obs, &hidden]);
        let observations = seen.view();
        policy.act(observations, &mut HiddenStates::default(), step, false, &mut out).unwrap();
        rollout
            .push(
                Transition {
                    observations,
                    policy: &out,
                    rewards: &rewards(&obs, &out),
                    terminated: &[true; 64],
                    truncated: &[false; 64],
                    next: NextObservations::default(),
                },
                &[0.0; 64],
            )
            .unwrap();
        if rollout.is_full() {
            ppo.update(&mut policy, &rollout, &[0.0; 64], 0.0).unwrap();
            rollout.clear();
        }
    }
    let obs = draw(n_envs * 3, 1_000_000);
    let seen = seen_of(&seen_space, &[&obs, &hidden]);
    policy.act(seen.view(), &mut HiddenStates::default(), 0, true, &mut out).unwrap();
    (rewards(&obs, &out).iter().sum::<f32>() / n_envs as f32, policy)
}

/// Two choices, of which each has its own right answer.
#[test]
fn the_better_of_several_choices_are_learned() {
    let reward = |obs: &[f32], action: &[f32]| {
        let right = [if obs[0] > 2.0 { 1.0 } else { 0.0 }, if obs[1] > 2.0 { 3.0 } else { 2.0 }];
        action.iter().zip(right).map(|(a, b)| if *a == b { 0.5 } else { 0.0 }).sum()
    };
    let space = ActionSpace::MultiDiscrete(vec![2, 4]);
    let (mean, _) = train_bandit(policy_config(space), PpoConfig::default(), reward);
    assert!(mean > 0.85, "mean reward {mean}");
}

/// The right choice depends on the sign of the first observation about its mean; chance is 1/3.
pub(super) fn choose(obs: &[f32], action: &[f32]) -> f32 {
    let right = if obs[0] > 2.0 { 2.0 } else { 0.0 };
    if action[0] == right { 1.0 } else { 0.0 }
}

#[test]
fn the_better_choice_is_learned_with_more_for_the_value_to_see() {
    let (mean, _) = train_bandit(unusual_configs()[2].clone(), PpoConfig::default(), choose);
    assert!(mean > 0.9, "mean reward {mean}");
}

/// The right action follows the first observation; not to look at it costs 0.3^2.
fn follow(obs: &[f32], action: &[f32]) -> f32 {
    let error = action[0] - 0.1 * (obs[0] - 2.0);
    -error * error
}

#[test]
fn the_better_number_is_learned() {
    let configs = [policy_config(NUMBERS)].into_iter().chain(unusual_configs());
    for policy_config in configs.filter(|c| c.action_space == NUMBERS) {
        for normalize_rewards in [false, true] {
            let config = PpoConfig { normalize_rewards, ..PpoConfig::default() };
            let (mean, _) = train_bandit(policy_config.clone(), config, follow);
            assert!(mean > -0.03, "mean reward {mean}, {policy_config:?}");
        }
    }
}

/// Where the right action is known the deviation falls, and where it is a matter of chance it does
/// not: only a network that gives the deviation can tell the two apart.
#[test]
fn deviations_of_the_network_depend_on_the_state() {
    let policy_config = PolicyConfig { squash: false, ..unusual_configs()[0].clone() };
    let config = PpoConfig { entropy_coef: 0.02, ..PpoConfig::default() };
    let reward = |obs: &[f32], action: &[f32]| match obs[0] > 2.0 {
        true => -4.0 * action[0] * action[0],
        false => 0.0,
    };
    let (_, policy) = train_bandit(policy_config, config, reward);
    let mut out = PolicyOutput::default();
    let obs = [6.0, 2.0, 2.0, -2.0, 2.0, 2.0];
    let seen = seen_of(&policy.config().observations, &[&obs]);
    policy.act(seen.view(), &mut HiddenStates::default(), 0, false, &mut out).unwrap();
    let (known, open) = (out.params[2], out.params[6]);
    assert!(known < 0.7 * open, "{known} {open}");
}

/// A reward that follows what only the value sees is noise to the policy, and explained to the value.
#[test]
fn the_value_learns_from_what_only_it_sees() {
    let explained = |n_value: usize| {
        let observations = space_of(3, n_value);
        let config = PolicyConfig { separate_value: true, observations, ..policy_config(NUMBERS) };
        let mut policy = Policy::new(config, Device::detect()).unwrap();
        let config = PpoConfig { learning_rate: 3e-3, epochs: 10, ..PpoConfig::default() };
        let mut ppo = Ppo::new(PpoConfig { minibatch_size: 64, ..config }, &policy).unwrap();
        let mut explained = 0.0;
        for update in 0..30 {
            let (mut rollout, last_values) = experience(&policy, 4, 64, 4);
            let cause: Vec<f32> = match n_value {
                0 => draw(256, 9000 + update),
                _ => rollout.observations.f32s("critic_observations").to_vec(),
            };
            rollout.rewards = cause;
            rollout.terminated = vec![true; 256];
            explained =
                ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap().explained_variance;
        }
        explained
    };
    assert!(explained(1) > 0.9, "{}", explained(1));
    assert!(explained(0) < 0.2, "{}", explained(0));
}

#[test]
fn advantages_are_normalised_over_all_transitions_or_over_each_minibatch() {
    let after = |minibatch_size, normalize_by_minibatch| {
        let mut policy = Policy::new(policy_config(NUMBERS), Device::detect()).unwrap();
        let config =
            PpoConfig { epochs: 2, minibatch_size, normalize_by_minibatch, ..Default::default() };
        let mut ppo = Ppo::new(config, &policy).unwrap();
        let (rollout, last_values) = experience(&policy, 4, 100, 4);
        ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        policy.state().unwrap()
    };
    assert_eq!(after(400, true), after(400, false));
    assert_ne!(after(50, true), after(50, false));
}
