//! Updates as a whole: reproducibility, checkpoints, schedules, and that something is learned.

use candle_core::Device;

use super::*;
use crate::learn::{Activation, PolicyConfig, PolicyOutput, Transition};

const SPACES: [ActionSpace; 2] = [ActionSpace::Continuous(2), ActionSpace::Discrete(3)];

fn policy_config(action_space: ActionSpace) -> PolicyConfig {
    PolicyConfig {
        obs_dim: 3,
        action_space,
        hidden_sizes: vec![16, 12],
        activation: Activation::Elu,
        init_log_std: -0.3,
        normalize_observations: true,
        normalize_values: true,
        seed: 17,
    }
}

fn new_policy(action_space: ActionSpace) -> Policy {
    Policy::new(policy_config(action_space), &Device::Cpu).unwrap()
}

/// A rollout of random experience with ends of both kinds, and the values after it.
fn experience(policy: &Policy, horizon: usize, n_envs: usize) -> (Rollout, Vec<f32>) {
    let config = policy.config();
    let mut rollout = Rollout::new(horizon, n_envs, config.obs_dim, config.action_space);
    let mut out = PolicyOutput::default();
    let obs = |step| draw(n_envs * config.obs_dim, step);
    for step in 0..horizon as u64 {
        policy.act(&obs(step), step, false, &mut out).unwrap();
        let ends = |share: f32, entity: u64| -> Vec<bool> {
            draw(n_envs, 1000 * entity + step).iter().map(|x| *x > share).collect()
        };
        rollout
            .push(Transition {
                observations: &obs(step),
                policy: &out,
                rewards: &out.action[..n_envs],
                terminated: &ends(1.5, 1),
                truncated: &ends(1.5, 2),
                truncation_values: &draw(n_envs, 3000 + step),
            })
            .unwrap();
    }
    let last_values = policy.values(&obs(horizon as u64)).unwrap();
    (rollout, last_values)
}

fn draw(n: usize, step: u64) -> Vec<f32> {
    let mut random = Random::new(3, Stream::Control, 0, step);
    (0..n).map(|_| (2.0 + 3.0 * random.normal()) as f32).collect()
}

fn config(minibatch_size: usize) -> PpoConfig {
    PpoConfig {
        epochs: 3,
        minibatch_size,
        bounds_coef: 1e-3,
        reward_scale: 0.1,
        schedule: LearningRateSchedule::Adaptive { kl_threshold: 0.008 },
        ..PpoConfig::default()
    }
}

fn state_of(policy: &Policy, ppo: &Ppo) -> StateDict {
    let mut state = StateDict::new();
    state.insert_nested("policy", policy.state().unwrap());
    state.insert_nested("ppo", ppo.state().unwrap());
    state
}

/// The state after two updates, and the statistics of the second.
fn train_twice(space: ActionSpace, minibatch_size: usize) -> (StateDict, UpdateStats) {
    let mut policy = new_policy(space);
    let mut ppo = Ppo::new(config(minibatch_size), &policy).unwrap();
    let mut stats = UpdateStats::default();
    for _ in 0..2 {
        let (rollout, last_values) = experience(&policy, 8, 400);
        stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    }
    (state_of(&policy, &ppo), stats)
}

#[test]
fn updates_do_not_depend_on_the_number_of_threads_or_the_run() {
    let on_threads = |n_threads, space, minibatch_size| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| train_twice(space, minibatch_size))
    };
    for space in SPACES {
        // One full batch in order, and shuffled minibatches whose last is smaller; both of several
        // chunks.
        for minibatch_size in [3200, 1500] {
            let first = on_threads(1, space, minibatch_size);
            assert_eq!(first, on_threads(2, space, minibatch_size));
            assert_eq!(first, on_threads(3, space, minibatch_size));
            assert_eq!(first, train_twice(space, minibatch_size));
        }
    }
}

#[test]
fn a_saved_and_loaded_training_continues_bit_for_bit() {
    for space in SPACES {
        let mut policy = new_policy(space);
        let mut ppo = Ppo::new(config(500), &policy).unwrap();
        let (rollout, last_values) = experience(&policy, 4, 300);
        ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        let bytes = state_of(&policy, &ppo).to_safetensors().unwrap();

        // Another seed for the weights, so that they surely come from the state; the noise of
        // both is not used again.
        let other = PolicyConfig { seed: 18, ..policy_config(space) };
        let mut loaded_policy = Policy::new(other, &Device::Cpu).unwrap();
        let mut loaded_ppo = Ppo::new(config(500), &loaded_policy).unwrap();
        let state = StateDict::from_safetensors(&bytes).unwrap();
        loaded_policy.load_state(&state.nested("policy")).unwrap();
        loaded_ppo.load_state(&state.nested("ppo")).unwrap();

        let (rollout, last_values) = experience(&policy, 4, 300);
        let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        let loaded_stats =
            loaded_ppo.update(&mut loaded_policy, &rollout, &last_values, 0.0).unwrap();
        assert_eq!(stats, loaded_stats);
        assert_eq!(state_of(&policy, &ppo), state_of(&loaded_policy, &loaded_ppo));
    }
}

#[test]
fn a_state_of_another_network_is_named_and_changes_nothing() {
    let mut policy = new_policy(SPACES[0]);
    let before = policy.state().unwrap();
    let refuse = |policy: &mut Policy, state: &StateDict, expected: &str| {
        assert_eq!(policy.load_state(state).unwrap_err().to_string(), expected);
        assert_eq!(policy.state().unwrap(), before);
    };
    let wider = PolicyConfig { hidden_sizes: vec![16, 13], seed: 1, ..policy_config(SPACES[0]) };
    let wider = Policy::new(wider, &Device::Cpu).unwrap().state().unwrap();
    refuse(&mut policy, &wider, "tensor `mu.weight`: expected shape [2, 12], got [2, 13]");
    let mut more = before.clone();
    more.insert_f32("trunk.2.bias", &[1], vec![0.0]);
    refuse(&mut policy, &more, "tensor `trunk.2.bias` is not part of this state");
    let discrete = new_policy(SPACES[1]).state().unwrap();
    refuse(&mut policy, &discrete, "tensor `log_std` is missing");
}

#[test]
fn policies_are_functions_of_seed_environment_and_step() {
    let act = |seed, step, n_envs: usize| {
        let config = PolicyConfig { seed, ..policy_config(SPACES[0]) };
        let policy = Policy::new(config, &Device::Cpu).unwrap();
        let mut out = PolicyOutput::default();
        policy.act(&vec![0.5; n_envs * 3], step, false, &mut out).unwrap();
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
    for space in SPACES {
        let policy = new_policy(space);
        let (mut out, obs) = (PolicyOutput::default(), draw(30, 0));
        policy.act(&obs, 0, true, &mut out).unwrap();
        for (action, params) in
            out.action.chunks(space.action_dim()).zip(out.params.chunks(space.n_params()))
        {
            match space {
                ActionSpace::Continuous(n) => assert_eq!(*action, params[..n]),
                ActionSpace::Discrete(_) => {
                    let chosen = params[action[0] as usize];
                    assert!(params.iter().all(|logit| *logit <= chosen));
                }
            }
        }
        // Rollouts and bootstraps must agree on the value to the bit.
        assert_eq!(out.value, policy.values(&obs).unwrap());
    }
}

#[test]
fn the_adaptive_rate_rises_for_a_still_policy_and_falls_for_a_hasty_one() {
    let rate_after = |learning_rate, kl_threshold| {
        let mut policy = new_policy(SPACES[0]);
        let config = PpoConfig {
            learning_rate,
            schedule: LearningRateSchedule::Adaptive { kl_threshold },
            ..config(100_000)
        };
        let mut ppo = Ppo::new(config, &policy).unwrap();
        // With settled statistics the first pass finds the policy of the rollout.
        for step in 100..130 {
            assert!(policy.observe(&draw(3000, step)));
        }
        let (rollout, last_values) = experience(&policy, 4, 100);
        let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        assert_eq!(stats.learning_rate, ppo.learning_rate());
        ppo.learning_rate()
    };
    // Three passes, none of which moves the policy.
    assert!((rate_after(1e-5, 0.008) / 1e-5 - 1.5_f64.powi(3)).abs() < 1e-9);
    // The other two passes find a policy that has moved.
    assert!(rate_after(1e-3, 1e-6) < 1e-3);
}

#[test]
fn the_linear_rate_falls_with_progress() {
    let mut policy = new_policy(SPACES[1]);
    let config = PpoConfig { schedule: LearningRateSchedule::Linear, ..config(64) };
    let mut ppo = Ppo::new(config, &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100);
    let stats = ppo.update(&mut policy, &rollout, &last_values, 0.25).unwrap();
    assert_eq!(stats.learning_rate, 0.75 * 3e-4);
    assert_eq!(stats.n_minibatches, 3 * 4);
    assert_eq!(ppo.n_updates(), 1);
}

#[test]
fn observations_are_counted_in_the_first_epoch_only() {
    let mut policy = new_policy(SPACES[0]);
    let mut ppo = Ppo::new(config(64), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100);
    ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    let state = policy.state().unwrap();
    // One imagined row; values are counted together with returns.
    assert_eq!(state.get_f64("observations.count", &[1]).unwrap(), [201.0]);
    assert_eq!(state.get_f64("values.count", &[1]).unwrap(), [401.0]);
}

#[test]
fn numbers_that_are_not_finite_stop_the_update_and_leave_the_weights() {
    let mut policy = new_policy(SPACES[0]);
    let mut ppo = Ppo::new(config(1000), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100);
    let weights = policy.weights.to_vec1::<f32>().unwrap();
    let optimizer = ppo.state().unwrap();
    let mut refuse = |rollout: &Rollout, expected: &str| {
        let error = ppo.update(&mut policy, rollout, &last_values, 0.0).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(policy.weights.to_vec1::<f32>().unwrap(), weights);
        assert_eq!(ppo.state().unwrap(), optimizer);
    };
    let mut broken = rollout.clone();
    broken.rewards[7] = f32::NAN;
    refuse(&broken, "update 0: a return is not finite");
    let mut broken = rollout.clone();
    broken.observations[7] = f32::INFINITY;
    refuse(&broken, "update 0: an observation is not finite");
    let mut broken = rollout.clone();
    broken.actions[7] = f32::NAN;
    refuse(&broken, "update 0: the loss is not finite");
}

#[test]
fn a_choice_that_does_not_exist_is_refused() {
    let mut policy = new_policy(SPACES[1]);
    let mut ppo = Ppo::new(config(1000), &policy).unwrap();
    let (mut rollout, last_values) = experience(&policy, 2, 100);
    rollout.actions[7] = 3.0;
    let result = ppo.update(&mut policy, &rollout, &last_values, 0.0);
    assert_eq!(
        result.unwrap_err().to_string(),
        "setting `action`: expected an index below the number of choices, got 3"
    );
}

#[test]
fn learners_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync + 'static>() {}
    shareable::<Policy>();
    shareable::<Ppo>();
    shareable::<Rollout>();
    shareable::<LearnError>();
}

#[test]
fn a_single_transition_is_a_batch() {
    let mut policy = new_policy(SPACES[1]);
    let mut ppo = Ppo::new(config(32), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 1, 1);
    let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    assert_eq!(stats.explained_variance, 0.0);
    // A rollout that is not full is refused.
    let mut half = Rollout::new(2, 1, 3, SPACES[1]);
    half.load_state(&rollout.state()).unwrap();
    let error = ppo.update(&mut policy, &half, &last_values, 0.0).unwrap_err();
    assert_eq!(error.to_string(), "the rollout is not full: expected 2 steps, got 1");
}

/// The mean reward of the likeliest action after training on one-step episodes.
fn train_bandit(space: ActionSpace, reward: impl Fn(&[f32], &[f32]) -> f32) -> f32 {
    let (n_envs, horizon) = (64, 4);
    let mut policy = new_policy(space);
    let config = PpoConfig { learning_rate: 3e-3, minibatch_size: 64, ..PpoConfig::default() };
    let mut ppo = Ppo::new(config, &policy).unwrap();
    let mut out = PolicyOutput::default();
    let mut rollout = Rollout::new(horizon, n_envs, 3, space);
    let rewards = |obs: &[f32], out: &PolicyOutput| -> Vec<f32> {
        let actions = out.action.chunks(space.action_dim());
        obs.chunks(3).zip(actions).map(|(obs, action)| reward(obs, action)).collect()
    };
    for step in 0..60 * horizon as u64 {
        let obs = draw(n_envs * 3, step);
        policy.act(&obs, step, false, &mut out).unwrap();
        rollout
            .push(Transition {
                observations: &obs,
                policy: &out,
                rewards: &rewards(&obs, &out),
                terminated: &[true; 64],
                truncated: &[false; 64],
                truncation_values: &[0.0; 64],
            })
            .unwrap();
        if rollout.is_full() {
            ppo.update(&mut policy, &rollout, &[0.0; 64], 0.0).unwrap();
            rollout.clear();
        }
    }
    let obs = draw(n_envs * 3, 1_000_000);
    policy.act(&obs, 0, true, &mut out).unwrap();
    rewards(&obs, &out).iter().sum::<f32>() / n_envs as f32
}

#[test]
fn the_better_choice_is_learned() {
    // The right choice depends on the sign of the first observation about its mean; chance is 1/3.
    let reward = |obs: &[f32], action: &[f32]| {
        let right = if obs[0] > 2.0 { 2.0 } else { 0.0 };
        if action[0] == right { 1.0 } else { 0.0 }
    };
    let mean = train_bandit(ActionSpace::Discrete(3), reward);
    assert!(mean > 0.9, "mean reward {mean}");
}

#[test]
fn the_better_number_is_learned() {
    // The right action follows the first observation, whose spread of 1 is what not looking costs.
    let reward = |obs: &[f32], action: &[f32]| {
        let error = action[0] - (obs[0] - 2.0) / 3.0;
        -error * error
    };
    let mean = train_bandit(ActionSpace::Continuous(2), reward);
    assert!(mean > -0.1, "mean reward {mean}");
}
