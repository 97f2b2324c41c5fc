//! Updates as a whole: reproducibility, checkpoints, schedules.

use super::*;
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{
    Activation, Anneal, AnnealCurve, HiddenStates, Init, LogStd, NextObservations, ObserveAt,
    PolicyConfig, PolicyOutput, PpoSetting, RnnCell, RnnConfig, RolloutShape, Transition,
};
use crate::math::rng::{Random, RandomStream};
use crate::space::{ActionSpace, Buffer, Device, ObservationGroup, ObservationSpace, Observations};

pub(super) const NUMBERS: ActionSpace = ActionSpace::Continuous(2);
pub(super) const CHOICE: ActionSpace = ActionSpace::Discrete(3);

pub(super) fn spaces() -> [ActionSpace; 3] {
    [NUMBERS, CHOICE, ActionSpace::MultiDiscrete(vec![2, 4])]
}

pub(super) fn policy_config(action_space: ActionSpace) -> PolicyConfig {
    PolicyConfig {
        hidden_sizes: vec![16, 12],
        init_log_std: -0.3,
        normalize_observations: true,
        normalize_values: true,
        seed: 17,
        ..PolicyConfig::new(ObservationSpace::vector(3), action_space)
    }
}

/// Policies with everything that is off by default.
pub(super) fn unusual_configs() -> Vec<PolicyConfig> {
    let base = PolicyConfig { separate_value: true, ..policy_config(NUMBERS) };
    vec![
        PolicyConfig { log_std: LogStd::Network, squash: true, ..base.clone() },
        PolicyConfig { log_std: LogStd::Fixed, ..base },
        PolicyConfig {
            separate_value: true,
            observations: space_of(3, 1),
            ..policy_config(CHOICE)
        },
        PolicyConfig {
            rnn: Some(RnnConfig { cell: RnnCell::Lstm, size: 7 }),
            ..policy_config(CHOICE)
        },
        PolicyConfig {
            rnn: Some(RnnConfig { cell: RnnCell::Gru, size: 6 }),
            separate_value: true,
            observations: space_of(3, 2),
            ..policy_config(NUMBERS)
        },
        PolicyConfig {
            activation: Activation::Gelu,
            init: Init::Uniform,
            observe_at: ObserveAt::Step,
            ..policy_config(NUMBERS)
        },
    ]
}

pub(super) fn new_policy(action_space: ActionSpace) -> Policy {
    Policy::new(policy_config(action_space), Device::detect()).unwrap()
}

/// A rollout of random experience with ends of both kinds, and the values after it.
pub(super) fn experience(
    policy: &Policy,
    horizon: usize,
    n_envs: usize,
    sequence_length: usize,
) -> (Rollout, Vec<f32>) {
    let config = policy.config();
    let mut rollout =
        Rollout::new(RolloutShape { sequence_length, ..policy.rollout_shape(horizon, n_envs) });
    let (mut out, mut hidden_states) = (PolicyOutput::default(), HiddenStates::default());
    let all = |step| {
        let n_value = config.observations.size_for(ObservationGroup::Critic);
        let value_only = draw(n_envs * n_value, 5000 + step);
        seen_of(&config.observations, &[&draw(n_envs * config.policy_dim(), step), &value_only])
    };
    for step in 0..horizon as u64 {
        let seen = all(step);
        let observations = seen.view();
        policy.act(observations, &mut hidden_states, step, false, &mut out).unwrap();
        let ends = |share: f32, entity: u64| -> Vec<bool> {
            draw(n_envs, 1000 * entity + step).iter().map(|x| *x > share).collect()
        };
        let (terminated, truncated) = (ends(7.0, 1), ends(7.0, 2));
        rollout
            .push(
                Transition {
                    observations,
                    policy: &out,
                    rewards: &out.action[..n_envs],
                    terminated: &terminated,
                    truncated: &truncated,
                    next: NextObservations::default(),
                },
                &draw(n_envs, 3000 + step),
            )
            .unwrap();
        policy.keep_last(&mut rollout);
        hidden_states.reset(&terminated);
        hidden_states.reset(&truncated);
    }
    let last_values = policy.values(all(horizon as u64).view(), hidden_states.states()).unwrap();
    (rollout, last_values)
}

pub(super) fn draw(n: usize, step: u64) -> Vec<f32> {
    let mut random = Random::new(3, RandomStream::Control, 0, step);
    (0..n).map(|_| (2.0 + 3.0 * random.normal()) as f32).collect()
}

pub(super) fn config(minibatch_size: usize) -> PpoConfig {
    PpoConfig {
        epochs: 3,
        minibatch_size,
        bounds_coef: 1e-3,
        reward_scale: 0.1,
        schedule: LearningRateSchedule::Adaptive,
        ..PpoConfig::default()
    }
}

pub(super) fn state_of(policy: &Policy, ppo: &Ppo) -> StateDict {
    let mut state = StateDict::new();
    state.insert_nested("policy", policy.state().unwrap());
    state.insert_nested("ppo", ppo.state().unwrap());
    state
}

/// The state after two updates, and the statistics of the second.
pub(super) fn train_twice(
    config: &PolicyConfig,
    minibatch_size: usize,
) -> (StateDict, UpdateStats) {
    let mut policy = Policy::new(config.clone(), Device::detect()).unwrap();
    let config = PpoConfig { normalize_rewards: true, ..self::config(minibatch_size) };
    let mut ppo = Ppo::new(config, &policy).unwrap();
    let mut stats = UpdateStats::default();
    for _ in 0..2 {
        let (rollout, last_values) = experience(&policy, 8, 400, 8);
        stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    }
    (state_of(&policy, &ppo), stats)
}

#[test]
fn updates_do_not_depend_on_the_number_of_threads_or_the_run() {
    let on_threads = |n_threads, config: &PolicyConfig, minibatch_size| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| train_twice(config, minibatch_size))
    };
    for config in spaces().map(policy_config).into_iter().chain(unusual_configs()) {
        // One full batch in order, and shuffled minibatches whose last is smaller; both of several
        // chunks.
        for minibatch_size in [3200, 1496] {
            let first = on_threads(1, &config, minibatch_size);
            assert_eq!(first, on_threads(2, &config, minibatch_size));
            assert_eq!(first, on_threads(3, &config, minibatch_size));
            assert_eq!(first, train_twice(&config, minibatch_size));
        }
    }
}

#[test]
fn a_state_of_another_network_is_named_and_changes_nothing() {
    let mut policy = new_policy(NUMBERS);
    let before = policy.state().unwrap();
    let refuse = |policy: &mut Policy, state: &StateDict, expected: &str| {
        assert_eq!(policy.load_state(state).unwrap_err().to_string(), expected);
        assert_eq!(policy.state().unwrap(), before);
    };
    let wider = PolicyConfig { hidden_sizes: vec![16, 13], seed: 1, ..policy_config(NUMBERS) };
    let wider = Policy::new(wider, Device::detect()).unwrap().state().unwrap();
    refuse(&mut policy, &wider, "tensor `mu.weight`: expected shape [2, 12], got [2, 13]");
    let mut more = before.clone();
    more.insert_f32("trunk.2.bias", &[1], vec![0.0]);
    refuse(&mut policy, &more, "tensor `trunk.2.bias` is not part of this state");
    let discrete = new_policy(CHOICE).state().unwrap();
    refuse(&mut policy, &discrete, "tensor `log_std` is missing");
}

#[test]
fn the_adaptive_rate_rises_for_a_still_policy_and_falls_for_a_hasty_one() {
    let rate_after = |learning_rate, kl_threshold| {
        let mut policy = new_policy(NUMBERS);
        let config = PpoConfig {
            learning_rate,
            schedule: LearningRateSchedule::Adaptive,
            kl_threshold,
            ..config(100_000)
        };
        let mut ppo = Ppo::new(config, &policy).unwrap();
        // With settled statistics the first pass finds the policy of the rollout.
        for step in 100..130 {
            let seen = seen_of(&policy.config().observations, &[&draw(3000, step)]);
            assert!(policy.observe(seen.view()));
        }
        let (rollout, last_values) = experience(&policy, 4, 100, 4);
        let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        assert_eq!(stats.learning_rate, ppo.learning_rate());
        ppo.learning_rate()
    };
    // Three passes, none of which moves the policy; before the first none could have.
    assert!((rate_after(1e-5, 0.008) / 1e-5 - 1.5_f64.powi(2)).abs() < 1e-9);
    // The other two passes find a policy that has moved.
    assert!(rate_after(1e-3, 1e-6) < 1e-3);
}

#[test]
fn the_linear_rate_falls_with_progress() {
    let mut policy = new_policy(CHOICE);
    let config = PpoConfig { schedule: LearningRateSchedule::Linear, ..config(64) };
    let mut ppo = Ppo::new(config, &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100, 2);
    let stats = ppo.update(&mut policy, &rollout, &last_values, 0.25).unwrap();
    assert_eq!(stats.learning_rate, 0.75 * 3e-4);
    assert_eq!(stats.n_minibatches, 3 * 4);
    assert_eq!(ppo.n_updates(), 1);
}

#[test]
fn observations_are_counted_in_the_first_epoch_only() {
    let mut policy = new_policy(NUMBERS);
    let mut ppo = Ppo::new(config(64), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100, 2);
    ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    let state = policy.state().unwrap();
    // One imagined row; values are counted together with returns.
    assert_eq!(state.get_f64("observations.count", &[1]).unwrap(), [201.0]);
    assert_eq!(state.get_f64("values.count", &[1]).unwrap(), [401.0]);
}

/// With [`ObserveAt::Step`] an update finds the very policy that acted, whatever was seen since.
#[test]
fn what_was_seen_at_a_step_is_learned_from_as_it_was_seen() {
    let first_pass = |observe_at| {
        let space = space_of(3, 1);
        let observations = space.clone();
        let base = PolicyConfig { separate_value: true, observations, ..policy_config(NUMBERS) };
        let clipped = PolicyConfig { observe_at, clip_observations: 1.5, ..base };
        let mut policy = Policy::new(clipped, Device::detect()).unwrap();
        let config = PpoConfig { epochs: 1, ..config(400) };
        let mut ppo = Ppo::new(config, &policy).unwrap();
        let (value_only, count) = (draw(100, 1), "critic_observations.count");
        for step in 0..3 {
            let seen = seen_of(&space, &[&draw(300, step), &value_only]);
            assert!(policy.observe_step(seen.view()));
        }
        let (rollout, last_values) = experience(&policy, 4, 100, 4);
        let later = seen_of(&space, &[&[1e3; 3], &[1e3]]);
        assert!(policy.observe_step(later.view()));
        let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        let seen = policy.state().unwrap().get_f64(count, &[1]).unwrap()[0];
        let kept = rollout.observations.f32s("observations");
        assert!(kept.iter().all(|x| x.is_finite()));
        let largest = kept.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
        (stats.approx_kl, seen, largest)
    };
    // One imagined row, three steps of 100 environments, and one.
    assert_eq!(first_pass(ObserveAt::Step), (0.0, 302.0, 1.5));
    let (kl, seen, largest) = first_pass(ObserveAt::Update);
    assert!(kl > 1e-6 && seen == 401.0 && largest > 5.0, "{kl} {seen} {largest}");
}

#[test]
fn numbers_that_are_not_finite_stop_the_update_and_leave_the_weights() {
    let mut policy = new_policy(NUMBERS);
    let mut ppo = Ppo::new(config(1000), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 2, 100, 2);
    let weights = policy.weights.to_vec().unwrap();
    let optimizer = ppo.state().unwrap();
    let mut refuse = |rollout: &Rollout, expected: &str| {
        let error = ppo.update(&mut policy, rollout, &last_values, 0.0).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(policy.weights.to_vec().unwrap(), weights);
        assert_eq!(ppo.state().unwrap(), optimizer);
    };
    let mut broken = rollout.clone();
    broken.rewards[7] = f32::NAN;
    refuse(&broken, "update 0: a return is not finite");
    let mut broken = rollout.clone();
    let mut numbers = broken.observations.f32s("observations").to_vec();
    numbers[7] = f32::INFINITY;
    let space = broken.observations.space().clone();
    broken.observations = Observations::new(space, vec![Buffer::F32(numbers)]).unwrap();
    refuse(&broken, "update 0: an observation is not finite");
    let mut broken = rollout.clone();
    broken.actions[7] = f32::NAN;
    refuse(&broken, "update 0: the loss is not finite");
}

#[test]
fn a_choice_that_does_not_exist_is_refused() {
    let mut policy = new_policy(CHOICE);
    let mut ppo = Ppo::new(config(1000), &policy).unwrap();
    let (mut rollout, last_values) = experience(&policy, 2, 100, 2);
    rollout.actions[7] = 3.0;
    let result = ppo.update(&mut policy, &rollout, &last_values, 0.0);
    assert_eq!(
        result.unwrap_err().to_string(),
        "setting `action`: expected an index below the number of choices, got 3"
    );
    // The second of two choices has four options, the first one two.
    let mut policy = new_policy(ActionSpace::MultiDiscrete(vec![2, 4]));
    let mut ppo = Ppo::new(config(1000), &policy).unwrap();
    let (mut rollout, last_values) = experience(&policy, 2, 100, 2);
    rollout.actions[7] = 3.0;
    ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    rollout.actions[6] = 3.0;
    ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap_err();
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
    let mut policy = new_policy(CHOICE);
    let mut ppo = Ppo::new(config(32), &policy).unwrap();
    let (rollout, last_values) = experience(&policy, 1, 1, 1);
    let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
    assert_eq!(stats.explained_variance, 0.0);
    // A rollout that is not full is refused.
    let mut half = Rollout::new(policy.rollout_shape(2, 1));
    half.load_state(&rollout.state()).unwrap();
    let error = ppo.update(&mut policy, &half, &last_values, 0.0).unwrap_err();
    assert_eq!(error.to_string(), "the rollout is not full: expected 2 steps, got 1");
}

#[test]
fn an_update_ends_at_its_limit_of_divergence() {
    let update = |target_kl| {
        let mut policy = new_policy(NUMBERS);
        let schedule = LearningRateSchedule::Constant;
        let config =
            PpoConfig { target_kl, learning_rate: 1e-2, schedule, epochs: 20, ..config(200) };
        let mut ppo = Ppo::new(config, &policy).unwrap();
        let (rollout, last_values) = experience(&policy, 4, 100, 4);
        // Settled statistics of observations, so that only learning moves the policy.
        for _ in 0..100 {
            assert!(policy.observe(rollout.observations.view()));
        }
        let (rollout, last_values) = match last_values.len() {
            0 => (rollout, last_values),
            _ => experience(&policy, 4, 100, 4),
        };
        ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap()
    };
    let free = update(0.0);
    assert!(!free.stopped_early && free.n_minibatches == 40, "{free:?}");
    let limited = update(0.01);
    assert!(limited.stopped_early && (1..40).contains(&limited.n_minibatches), "{limited:?}");
    assert!(limited.approx_kl < 0.015 && free.approx_kl > limited.approx_kl);
}

#[test]
fn settings_follow_the_progress() {
    use LearningRateSchedule::{Adaptive, Constant};
    for (setting, schedule, [start, half, end]) in [
        (PpoSetting::Gamma, Adaptive, [0.9, 0.7, 0.5]),
        (PpoSetting::LearningRate, Constant, [3e-3, 2e-3, 1e-3]),
        (PpoSetting::KlThreshold, Adaptive, [1e-9, 0.5, 1.0 - 1e-9]),
        (PpoSetting::RewardScale, Adaptive, [0.1, 0.3, 0.5]),
        (PpoSetting::AdamEpsilon, Adaptive, [1e-8, 0.05, 0.1 - 1e-8]),
    ] {
        let at = |value: f64, end: Option<f64>, progress: f64| {
            let mut policy = new_policy(NUMBERS);
            let mut config = PpoConfig { schedule, ..config(64) };
            config.fix(setting, value);
            let curve = AnnealCurve::Linear;
            config.anneal.extend(end.map(|end| Anneal { setting, end, curve }));
            let mut ppo = Ppo::new(config, &policy).unwrap();
            let (rollout, last_values) = experience(&policy, 4, 100, 4);
            let stats = ppo.update(&mut policy, &rollout, &last_values, progress).unwrap();
            (stats, policy.state().unwrap())
        };
        assert_eq!(at(start, Some(end), 0.0), at(start, None, 0.0), "{setting:?}");
        assert_eq!(at(start, Some(end), 0.5), at(half, None, 0.5), "{setting:?}");
        assert_ne!(at(start, Some(end), 0.5).1, at(start, None, 0.5).1, "{setting:?}");
    }
}

/// What is said to be needed is what the buffers of a full rollout and of its update hold.
#[test]
fn memory_is_counted_as_it_is_taken() {
    for config in unusual_configs().into_iter().chain([policy_config(CHOICE)]) {
        let policy = &mut Policy::new(config.clone(), Device::detect()).unwrap();
        assert_eq!(config.state_dim(), policy.state_dim());
        let (n_envs, horizon) = (5, 8);
        let shape = RolloutShape { sequence_length: 4, ..policy.rollout_shape(horizon, n_envs) };
        let (rollout, last_values) = experience(policy, horizon, n_envs, 4);
        assert_eq!(shape.bytes(), rollout.bytes(), "{config:?}");
        let config = PpoConfig { sequence_length: 4, ..self::config(40) };
        let mut ppo = Ppo::new(config.clone(), policy).unwrap();
        let mut stats = UpdateStats::default();
        let batch = ppo.prepare(policy, &rollout, &last_values, &config, &mut stats).unwrap();
        let Samples { actions, log_probs, advantages, returns, values } = &batch.samples;
        let numbers = [actions, log_probs, advantages, returns, values, &batch.params];
        let held: usize = numbers.iter().map(|it| size_of_val(&it[..])).sum();
        // Beside these: scaled rewards, the order, the parameters of a minibatch that is the whole.
        let more = size_of_val(&rollout.rewards[..]) + 4 * horizon * n_envs;
        let all = held + more + size_of_val(&batch.params[..]) + batch.past.episode_starts.len();
        assert_eq!(Batch::bytes(&shape), all);
    }
}
