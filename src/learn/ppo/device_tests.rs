//! Updates on a device against those of the processor.

use super::tests::{CHOICE, NUMBERS, config, experience, policy_config, spaces, state_of};
use super::*;
use crate::device::counting::{Copies, Counting};
use crate::device::kernels::host;
use crate::device::{Emulator, ProgramBackend};
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{Activation, LogStd, ObserveAt, PolicyConfig, RnnCell, RnnConfig};
use crate::space::{Device, ElementType, ObservationStream};

/// Both trunks of every distribution.
fn policies() -> Vec<PolicyConfig> {
    let squash = PolicyConfig { squash: true, log_std: LogStd::Network, ..policy_config(NUMBERS) };
    let fixed = PolicyConfig {
        log_std: LogStd::Fixed,
        activation: Activation::Gelu,
        observe_at: ObserveAt::Step,
        ..policy_config(NUMBERS)
    };
    let frozen = vec!["trunk.0".to_owned(), "values".to_owned()];
    let frozen = PolicyConfig { frozen, activation: Activation::Tanh, ..policy_config(NUMBERS) };
    let plain = PolicyConfig {
        normalize_observations: false,
        normalize_values: false,
        ..policy_config(CHOICE)
    };
    let shared = spaces().map(policy_config).into_iter().chain([squash, fixed, frozen, plain]);
    let separate = |config: PolicyConfig| {
        let observations = space_of(3, 2);
        [config.clone(), PolicyConfig { separate_value: true, observations, ..config }]
    };
    shared.flat_map(separate).collect()
}

fn policy_of(config: &PolicyConfig) -> Policy {
    Policy::new(config.clone(), Device::detect()).unwrap()
}

/// A device, whose threads run forwards or backwards; none where it cannot be made.
fn device(is_backwards: bool) -> Option<Box<dyn ProgramBackend>> {
    let library = host::library()?;
    let library = if is_backwards { library.backwards() } else { library };
    Some(Box::new(Emulator::with_library(library)))
}

/// A policy and its PPO, on the processor or on a device.
struct Learner {
    policy: Policy,
    ppo: Ppo,
}

impl Learner {
    fn new(
        policy: &PolicyConfig,
        config: &PpoConfig,
        device: Option<Box<dyn ProgramBackend>>,
    ) -> Self {
        let policy = policy_of(policy);
        let mut ppo = Ppo::new(config.clone(), &policy).unwrap();
        if let Some(device) = device {
            ppo.set_device(&policy, device).unwrap();
        }
        Self { policy, ppo }
    }

    fn update(&mut self, (rollout, last_values): &(Rollout, Vec<f32>)) -> UpdateStats {
        self.ppo.update(&mut self.policy, rollout, last_values, 0.0).unwrap()
    }

    fn state(&self) -> StateDict {
        state_of(&self.policy, &self.ppo)
    }
}

/// Fails if a number of a tensor is further from the expected one than a share of the tensor's largest.
fn assert_near(name: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (got, expected) in got.iter().zip(expected) {
        let error = (got - expected).abs();
        assert!(error <= tolerance * largest, "{name}: {got}, not {expected}, of {largest}");
    }
}

/// The same of every array of f32, and of f64 to ten digits.
fn assert_states_near(name: &str, got: &StateDict, expected: &StateDict, tolerance: f32) {
    got.check_like(expected).unwrap();
    let mut n_arrays = 0;
    for key in expected.names() {
        let shape = expected.get(key).unwrap().shape().to_vec();
        let name = format!("{name}, {key}");
        if let (Ok(got), Ok(expected)) = (got.get_f32(key, &shape), expected.get_f32(key, &shape)) {
            assert_near(&name, got, expected, tolerance);
        } else if let Ok(expected) = expected.get_f64(key, &shape) {
            for (got, expected) in got.get_f64(key, &shape).unwrap().iter().zip(expected) {
                let error = (got - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{name}: {got}, not {expected}");
            }
        } else {
            assert_eq!(got.get(key), expected.get(key), "{name}");
        }
        n_arrays += 1;
    }
    assert!(n_arrays > 0);
}

#[test]
fn gradients_of_every_parameter_are_those_of_the_processor() {
    for seen in policies() {
        let Some(device) = device(false) else { return };
        // One step without clipping: the first moments of Adam are a tenth of the gradient.
        let config = PpoConfig { epochs: 1, max_grad_norm: 0.0, entropy_coef: 0.1, ..config(480) };
        let mut learners = [None, Some(device)].map(|it| Learner::new(&seen, &config, it));
        let experience = experience(&learners[0].policy, 8, 60, 8);
        let moments = learners.each_mut().map(|it| {
            it.update(&experience);
            let ([weights, log_std], _) = it.ppo.optimizer.moments();
            [weights[0].to_vec(), log_std[0].to_vec()]
        });
        let [expected, got] = moments;
        let mut n_checked = 0;
        for part in learners[0].policy.network.parts() {
            let [expected, got] = [&expected[0], &got[0]].map(|it| &it[part.range.clone()]);
            assert_near(&format!("{}, {seen:?}", part.name), got, expected, 1e-5);
            n_checked += usize::from(expected.iter().any(|g| *g != 0.0));
        }
        assert!(n_checked > 3, "{n_checked}");
        assert_near(&format!("log_std, {seen:?}"), &got[1], &expected[1], 1e-5);
    }
}

#[test]
fn ten_updates_lead_where_the_processor_leads() {
    for seen in policies() {
        let Some(device) = device(false) else { return };
        let config = PpoConfig { epochs: 2, ..config(150) };
        let mut learners = [None, Some(device)].map(|it| Learner::new(&seen, &config, it));
        for _ in 0..10 {
            let experience = experience(&learners[0].policy, 8, 40, 8);
            let [expected, got] = learners.each_mut().map(|it| it.update(&experience));
            let values = |stats: &UpdateStats| {
                let numbers: Vec<f64> = stats.metrics().reals().map(|(_, x)| x).collect();
                (stats.n_minibatches, stats.stopped_early, numbers)
            };
            let (expected, got) = (values(&expected), values(&got));
            assert_eq!((got.0, got.1), (6, false));
            for (got, expected) in got.2.iter().zip(&expected.2) {
                assert!((got - expected).abs() <= 1e-3 * expected.abs().max(0.1), "{seen:?}");
            }
        }
        let [expected, got] = learners.each_ref().map(|it| it.policy.state().unwrap());
        assert_states_near(&format!("{seen:?}"), &got, &expected, 1e-4);
        let [expected, got] = learners.each_ref().map(Learner::state);
        got.check_like(&expected).unwrap();
    }
}

#[test]
fn the_same_bits_come_from_every_run_and_every_order_of_threads() {
    for seen in policies().into_iter().take(4) {
        let run = |is_backwards| -> Option<(StateDict, UpdateStats)> {
            let config = PpoConfig { normalize_by_minibatch: true, ..config(170) };
            let mut learner = Learner::new(&seen, &config, Some(device(is_backwards)?));
            learner.update(&experience(&learner.policy, 8, 40, 8));
            let stats = learner.update(&experience(&learner.policy, 8, 40, 8));
            Some((learner.state(), stats))
        };
        let Some(first) = run(false) else { return };
        assert_eq!(run(false).unwrap(), first);
        assert_eq!(run(true).unwrap(), first);
    }
}

#[test]
fn a_gpu_has_the_bits_of_the_emulator() {
    for seen in policies() {
        let gpu = match crate::device::open("cuda") {
            Ok(gpu) => gpu,
            Err(why) => return crate::skips::skip("cuda", &why.to_string()),
        };
        let Some(emulator) = device(false) else { return };
        // Layers of several tiles, and minibatches of several chunks.
        let seen = PolicyConfig { hidden_sizes: vec![70, 33], ..seen };
        let config = PpoConfig { normalize_by_minibatch: true, epochs: 2, ..config(150) };
        let mut learners = [emulator, gpu].map(|it| Learner::new(&seen, &config, Some(it)));
        for _ in 0..2 {
            let experience = experience(&learners[0].policy, 8, 40, 8);
            let [expected, got] = learners.each_mut().map(|it| it.update(&experience));
            assert_eq!(got, expected, "{seen:?}");
        }
        let [expected, got] = learners.each_ref().map(Learner::state);
        assert_eq!(got, expected, "{seen:?}");
    }
}

#[test]
fn an_update_on_a_device_ends_at_its_limit_of_divergence() {
    let Some(device) = device(false) else { return };
    let constant = LearningRateSchedule::Constant;
    let config = PpoConfig {
        target_kl: 0.01,
        learning_rate: 1e-2,
        schedule: constant,
        epochs: 8,
        ..config(160)
    };
    let seen = PolicyConfig { normalize_observations: false, ..policy_config(NUMBERS) };
    let mut learners = [None, Some(device)].map(|it| Learner::new(&seen, &config, it));
    let experience = experience(&learners[0].policy, 8, 40, 8);
    let [expected, got] = learners.each_mut().map(|it| it.update(&experience));
    assert!(got.stopped_early && (1..16).contains(&got.n_minibatches), "{got:?}");
    assert_eq!(got.n_minibatches, expected.n_minibatches);
    let [expected, got] = learners.each_ref().map(Learner::state);
    assert_eq!(got.get("ppo.n_steps"), expected.get("ppo.n_steps"));
    assert_states_near("limited", &got.nested("policy"), &expected.nested("policy"), 1e-4);
}

#[test]
fn what_is_not_finite_is_said_and_the_policy_is_left_sound() {
    for (what, spoil) in [
        ("a return", (|rollout: &mut Rollout| rollout.rewards[77] = f32::NAN) as fn(&mut Rollout)),
        ("a value", |rollout: &mut Rollout| rollout.values[3] = f32::INFINITY),
        ("an observation", |rollout: &mut Rollout| {
            let crate::space::Buffer::F32(numbers) = &mut rollout.observations.buffers_mut()[0]
            else {
                panic!("numbers");
            };
            numbers[500] = f32::NAN;
        }),
        ("the loss", |rollout: &mut Rollout| rollout.log_probs[200] = f32::NAN),
    ] {
        let Some(device) = device(false) else { return };
        let seen = policy_config(NUMBERS);
        let mut learners = [None, Some(device)].map(|it| Learner::new(&seen, &config(100), it));
        let before = learners[1].policy.weights.to_vec().unwrap();
        let (mut rollout, last_values) = experience(&learners[0].policy, 8, 40, 8);
        spoil(&mut rollout);
        let [expected, got] = learners.each_mut().map(|it| {
            let Learner { policy, ppo } = it;
            ppo.update(policy, &rollout, &last_values, 0.0).unwrap_err().to_string()
        });
        assert_eq!(got, expected);
        assert!(got.contains(what), "{got}, not {what}");
        // Minibatches before it were learned from; the weights are finite.
        let [expected, got] = learners.each_ref().map(|it| it.policy.weights.to_vec().unwrap());
        assert_near(what, &got, &expected, 1e-4);
        assert_eq!(got == before, ["a return", "a value"].contains(&what), "{what}");
    }
}

#[test]
fn a_run_of_one_goes_on_on_the_other() {
    let seen = policy_config(NUMBERS);
    let run = |on_device: [bool; 3]| -> Option<StateDict> {
        let mut state: Option<StateDict> = None;
        for is_device in on_device {
            let device = if is_device { Some(device(false)?) } else { None };
            let mut learner = Learner::new(&seen, &config(150), device);
            if let Some(state) = &state {
                learner.policy.load_state(&state.nested("policy")).unwrap();
                learner.ppo.load_state(&state.nested("ppo")).unwrap();
            }
            learner.update(&experience(&learner.policy, 8, 40, 8));
            state = Some(learner.state());
        }
        state
    };
    let expected = run([false; 3]).unwrap();
    for devices in [[true, false, true], [false, true, true]] {
        let Some(got) = run(devices) else { return };
        assert_states_near("mixed", &got.nested("policy"), &expected.nested("policy"), 1e-4);
        assert_eq!(got.get("ppo.n_steps"), expected.get("ppo.n_steps"));
        assert_eq!(got.get("ppo.n_updates"), expected.get("ppo.n_updates"));
    }
    // On one device it is as if it had never stopped.
    let Some(device) = device(false) else { return };
    let mut learner = Learner::new(&seen, &config(150), Some(device));
    for _ in 0..3 {
        learner.update(&experience(&learner.policy, 8, 40, 8));
    }
    assert_eq!(learner.state(), run([true; 3]).unwrap());
}

#[test]
fn what_cannot_learn_on_a_device_is_refused_by_name() {
    let Some(_) = device(false) else { return };
    let refuse = |seen: PolicyConfig, config: PpoConfig| {
        let policy = policy_of(&seen);
        let mut ppo = Ppo::new(config, &policy).unwrap();
        ppo.set_device(&policy, device(false).unwrap()).unwrap_err().to_string()
    };
    let rnn = Some(RnnConfig { cell: RnnCell::Gru, size: 4 });
    let said = refuse(PolicyConfig { rnn, ..policy_config(CHOICE) }, config(32));
    assert!(said.contains("a policy with a recurrent layer cannot learn on a device"), "{said}");
    assert!(said.contains("device: \"cpu\""), "{said}");
    let bytes = ObservationStream::new("picture", &[2, 2], ElementType::U8);
    let observations = space_of(3, 0).with(bytes).unwrap();
    let said = refuse(PolicyConfig { observations, ..policy_config(CHOICE) }, config(32));
    assert!(said.contains("sees bytes"), "{said}");
    let rewards = PpoConfig { normalize_rewards: true, ..config(32) };
    let said = refuse(policy_config(CHOICE), rewards);
    assert!(said.contains("normalize_rewards"), "{said}");
}

#[test]
fn an_update_copies_the_rollout_there_and_one_block_back() {
    let Some(device) = device(false) else { return };
    let (device, copies) = Counting::new(device);
    let (n_envs, horizon, config) = (40_usize, 8_usize, config(100));
    let mut learner = Learner::new(&policy_config(NUMBERS), &config, Some(Box::new(device)));
    let n = horizon * n_envs;
    let n_weights = learner.policy.network.n_weights;
    let n_steps = config.epochs * n.div_ceil(100);
    // Observations, actions, log-probabilities, values, parameters, rewards, flags, values of truncations, last values;
    // control.
    let rollout = [3 * n, 2 * n, n, n, 4 * n, n, n, n, n, n_envs, 30];
    // Weights and log_std, each with two moments; statistics and scales of observations and of values.
    let learned = [n_weights, n_weights, n_weights, 2, 2, 2, 18, 6, 6, 2];
    // Coefficients of the loss, settings of the steps, the order of rows.
    let settings = [6, 2 * (4 + 2 * n_steps), config.epochs * n];
    let mut expect_update = |change: fn(&mut Learner), written: &[&[usize]]| {
        let experience = experience(&learner.policy, horizon, n_envs, horizon);
        change(&mut learner);
        *copies.lock().unwrap() = Copies::default();
        learner.update(&experience);
        let found = copies.lock().unwrap().clone();
        let n_made = found.written.len() - written.concat().len();
        assert_eq!(found.written[n_made..], written.concat());
        // Control, two standards, the same statistics, and parameters with their moments.
        assert_eq!(found.read, [30 + 6 + 6 + 18 + 6 + 3 * n_weights + 6]);
        assert!(found.n_launched > 10 * n_steps, "{}", found.n_launched);
    };
    expect_update(|_| {}, &[&rollout, &learned, &settings]);
    // What was learned there is there.
    expect_update(|_| {}, &[&rollout, &settings]);
    let observe = |learner: &mut Learner| {
        let seen = seen_of(&learner.policy.config().observations, &[&[1.0, 2.0, 3.0]]);
        assert!(learner.policy.observe(seen.view()));
    };
    expect_update(observe, &[&rollout, &learned, &settings]);
    let restore = |learner: &mut Learner| {
        let state = learner.ppo.state().unwrap();
        learner.ppo.load_state(&state).unwrap();
    };
    expect_update(restore, &[&rollout, &learned, &settings]);
}

#[test]
fn settings_reach_the_device() {
    for setting in [PpoSetting::ClipParam, PpoSetting::MaxGradNorm, PpoSetting::AdamEpsilon] {
        let run = |value: Option<f64>| -> Option<StateDict> {
            let device = device(false)?;
            let mut learner = Learner::new(&policy_config(NUMBERS), &config(150), Some(device));
            if let Some(value) = value {
                learner.ppo.fix(setting, value);
            }
            learner.update(&experience(&learner.policy, 8, 40, 8));
            Some(learner.state())
        };
        let Some(usual) = run(None) else { return };
        assert_ne!(run(Some(1e-2)).unwrap(), usual, "{setting:?}");
    }
}
