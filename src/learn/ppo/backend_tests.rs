//! What updates owe with every backend, and from one to the other.

use super::learning_tests::{choose, train_bandit};
use super::tests::{
    CHOICE, NUMBERS, config, draw, experience, policy_config, spaces, state_of, train_twice,
    unusual_configs,
};
use super::*;
use crate::learn::inputs::seen_of;
use crate::learn::network::with_each_backend;
use crate::learn::state::Array;
use crate::learn::{
    Backend, CopiedPart, LearningRateSchedule, Mismatch, PolicyConfig, RnnCell, RnnConfig,
};
use crate::space::Device;

with_each_backend![
    updates_do_not_depend_on_the_number_of_threads,
    a_saved_and_loaded_training_continues_bit_for_bit,
    the_better_choice_is_learned,
];

/// With hidden layers alone, and with either recurrent layer.
fn kinds_of_layers() -> [PolicyConfig; 3] {
    let unusual = unusual_configs();
    [policy_config(NUMBERS), unusual[3].clone(), unusual[4].clone()]
}

fn updates_do_not_depend_on_the_number_of_threads(backend: Backend) {
    let on_threads = |n_threads, config: &PolicyConfig| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        // Shuffled minibatches of several chunks, of which the last is smaller.
        pool.install(|| train_twice(config, 1496))
    };
    // One layer is wide enough for candle to share a product out among threads.
    let wide = PolicyConfig { hidden_sizes: vec![200, 200], ..policy_config(CHOICE) };
    for config in kinds_of_layers().into_iter().chain([wide]) {
        let config = PolicyConfig { backend, ..config };
        let first = on_threads(1, &config);
        assert_eq!(first, on_threads(2, &config));
        assert_eq!(first, train_twice(&config, 1496));
    }
}

fn a_saved_and_loaded_training_continues_bit_for_bit(backend: Backend) {
    for policy_config in spaces().map(policy_config).into_iter().chain(unusual_configs()) {
        let policy_config = PolicyConfig { backend, ..policy_config };
        let config = || PpoConfig { normalize_rewards: true, ..config(500) };
        let mut policy = Policy::new(policy_config.clone(), Device::detect()).unwrap();
        let mut ppo = Ppo::new(config(), &policy).unwrap();
        let (rollout, last_values) = experience(&policy, 4, 300, 4);
        ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        let bytes = state_of(&policy, &ppo).to_safetensors().unwrap();

        // Another seed for the weights, so that they surely come from the state; the noise of
        // both is not used again.
        let other = PolicyConfig { seed: 18, ..policy_config };
        let mut loaded_policy = Policy::new(other, Device::detect()).unwrap();
        let mut loaded_ppo = Ppo::new(config(), &loaded_policy).unwrap();
        let state = StateDict::from_safetensors(&bytes).unwrap();
        loaded_policy.load_state(&state.nested("policy")).unwrap();
        loaded_ppo.load_state(&state.nested("ppo")).unwrap();

        let (rollout, last_values) = experience(&policy, 4, 300, 4);
        let stats = ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        let loaded_stats =
            loaded_ppo.update(&mut loaded_policy, &rollout, &last_values, 0.0).unwrap();
        assert_eq!(stats, loaded_stats);
        assert_eq!(state_of(&policy, &ppo), state_of(&loaded_policy, &loaded_ppo));
    }
}

fn the_better_choice_is_learned(backend: Backend) {
    let config = PolicyConfig { backend, ..policy_config(CHOICE) };
    let (mean, _) = train_bandit(config, PpoConfig::default(), choose);
    assert!(mean > 0.9, "mean reward {mean}");
}

/// The state after four updates, the last two of which `then` makes from a checkpoint.
fn train_in_turn(config: &PolicyConfig, backend: Backend, then: Backend) -> StateDict {
    let settings = || PpoConfig { schedule: LearningRateSchedule::Constant, ..self::config(400) };
    let mut saved: Option<StateDict> = None;
    for backend in [backend, then] {
        let config = PolicyConfig { backend, ..config.clone() };
        let mut policy = Policy::new(config, Device::detect()).unwrap();
        let mut ppo = Ppo::new(settings(), &policy).unwrap();
        if let Some(saved) = saved {
            policy.load_state(&saved.nested("policy")).unwrap();
            ppo.load_state(&saved.nested("ppo")).unwrap();
        }
        for _ in 0..2 {
            let (rollout, last_values) = experience(&policy, 8, 100, 8);
            ppo.update(&mut policy, &rollout, &last_values, 0.0).unwrap();
        }
        saved = Some(state_of(&policy, &ppo));
    }
    saved.unwrap()
}

#[test]
fn each_backend_goes_on_from_what_the_other_has_saved() {
    let gru = Some(RnnConfig { cell: RnnCell::Gru, size: 6 });
    let lstm = Some(RnnConfig { cell: RnnCell::Lstm, size: 7 });
    for rnn in [None, lstm, gru] {
        let config = PolicyConfig { rnn, separate_value: rnn == gru, ..policy_config(NUMBERS) };
        let [fused, candle] = Backend::ALL;
        let unswitched = train_in_turn(&config, fused, fused);
        for (first, then) in [(fused, candle), (candle, fused), (candle, candle)] {
            let state = train_in_turn(&config, first, then);
            assert!(state.names().eq(unswitched.names()));
            let mut n_compared = 0;
            for (name, array) in state.iter().filter(|(name, _)| name.starts_with("policy.")) {
                let (Array::F32 { data, .. }, Some(Array::F32 { data: expected, .. })) =
                    (array, unswitched.get(name))
                else {
                    continue;
                };
                n_compared += data.len();
                assert_eq!(data.len(), expected.len());
                for (a, b) in data.iter().zip(expected) {
                    // 24 steps of 3e-4, whose directions may differ where a gradient is near 0.
                    assert!((a - b).abs() < 1e-4, "{name} {first:?} {then:?}: {a} {b}");
                }
            }
            assert!(n_compared > 300);
        }
    }
}

#[test]
fn weights_and_models_are_the_same_for_every_backend() {
    for rnn in [None, Some(RnnConfig { cell: RnnCell::Gru, size: 6 })] {
        let config = PolicyConfig { rnn, ..policy_config(CHOICE) };
        let fused = Policy::new(config.clone(), Device::detect()).unwrap();
        let other = PolicyConfig { backend: Backend::Candle, seed: 18, ..config };
        let mut candle = Policy::new(other, Device::detect()).unwrap();
        let transfers = candle.transfer(&fused.state().unwrap(), Mismatch::Skip).unwrap();
        assert!(transfers.iter().all(|it| it.copied == CopiedPart::Whole), "{transfers:?}");
        assert_eq!(candle.state().unwrap(), fused.state().unwrap());
        assert_eq!(candle.to_onnx().unwrap(), fused.to_onnx().unwrap());
        let states = vec![0.3; 10 * fused.state_dim()];
        let seen = seen_of(&fused.config().observations, &[&draw(30, 0)]);
        let values = |policy: &Policy| policy.values(seen.view(), &states);
        let (one, other) = (values(&fused).unwrap(), values(&candle).unwrap());
        assert_eq!((one.len(), other.len()), (10, 10));
        for (a, b) in one.iter().zip(&other) {
            // Sums of a few products in single precision, in another order.
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
