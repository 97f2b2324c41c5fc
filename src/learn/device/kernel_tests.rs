//! The kernels of an update one by one, against what the processor does.

use super::control::{CONTROL_LEN, Control, ControlAtEnd, Ended};
use super::experience::DeviceExperience;
use super::network::DeviceNetwork;
use super::normalizer::{Chosen, DeviceNormalizer};
use super::optimizer::{DescentSettings, DeviceOptimizer};
use crate::device::kernels::host;
use crate::device::words::{from_doubles, from_words, to_doubles};
use crate::device::{BufferId, Emulator, ProgramBackend};
use crate::learn::adam::Adam;
use crate::learn::gae::{GaeInput, gae};
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::network::Sequences;
use crate::learn::normalizer::RunningStats;
use crate::learn::{Activation, LogStd, Policy, PolicyConfig, Rollout};
use crate::math::rng::{Random, RandomStream};
use crate::space::{ActionSpace, Device};

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(12, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

fn hold(device: &mut Emulator, numbers: &[f32]) -> BufferId {
    let buffer = device.allocate(numbers.len()).unwrap();
    device.write(buffer, 0, numbers).unwrap();
    buffer
}

fn read(device: &mut Emulator, buffer: BufferId, n: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; n];
    device.read(buffer, 0, &mut numbers).unwrap();
    numbers
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    assert!(!numbers.is_empty());
    numbers.iter().map(|x| x.to_bits()).collect()
}

fn begin(device: &mut Emulator, learning_rate: f64) -> Control {
    let control = Control::new(device).unwrap();
    control.begin(device, learning_rate).unwrap();
    control
}

fn end(device: &mut Emulator, control: Control) -> ControlAtEnd {
    ControlAtEnd::new(&read(device, control.buffer, CONTROL_LEN))
}

#[test]
fn advantages_have_the_bits_of_the_processors() {
    let Some(mut device) = host::emulator() else { return };
    let config = PolicyConfig::new(space_of(1, 0), ActionSpace::Discrete(2));
    let policy = Policy::new(config, Device::detect()).unwrap();
    let (horizon, n_envs) = (24, 201);
    let n = horizon * n_envs;
    let mut rollout = Rollout::new(policy.rollout_shape(horizon, n_envs));
    let mut state = rollout.state();
    let flags = |entity| draw(n, 1.0, entity).iter().map(|x| u64::from(*x > 1.3)).collect();
    state.insert_u64("len", &[1], vec![horizon as u64]);
    state.insert_f32("critic_observations", &[horizon, n_envs, 0], vec![]);
    state.insert_f32("observations", &[horizon, n_envs, 1], draw(n, 1.0, 1));
    state.insert_f32("actions", &[horizon, n_envs, 1], vec![0.0; n]);
    state.insert_f32("log_probs", &[horizon, n_envs], draw(n, 1.0, 2));
    state.insert_f32("values", &[horizon, n_envs], draw(n, 3.0, 3));
    state.insert_f32("params", &[horizon, n_envs, 2], draw(2 * n, 1.0, 4));
    state.insert_f32("rewards", &[horizon, n_envs], draw(n, 2.0, 5));
    state.insert_u64("terminated", &[horizon, n_envs], flags(6));
    state.insert_u64("truncated", &[horizon, n_envs], flags(7));
    state.insert_f32("truncation_values", &[horizon, n_envs], draw(n, 3.0, 8));
    state.insert_f32("states", &[1, n_envs, 0], vec![]);
    rollout.load_state(&state).unwrap();
    let last_values = draw(n_envs, 3.0, 9);

    let experience = DeviceExperience::new(&mut device, rollout.shape()).unwrap();
    experience.write(&mut device, &rollout).unwrap();
    device.write(experience.last_values, 0, &last_values).unwrap();
    experience.estimate(&mut device, 0.3, (0.97, 0.9)).unwrap();
    let rewards: Vec<f32> = rollout.rewards.iter().map(|reward| reward * 0.3).collect();
    let expected = gae(&GaeInput {
        n_envs,
        rewards: &rewards,
        values: &rollout.values,
        last_values: &last_values,
        terminated: &rollout.terminated,
        truncated: &rollout.truncated,
        truncation_values: &rollout.truncation_values,
        gamma: 0.97,
        lam: 0.9,
    })
    .unwrap();
    assert!(rollout.terminated.contains(&true) && rollout.truncated.contains(&true));
    let advantages = read(&mut device, experience.buffers.advantages, n);
    assert_eq!(bits(&advantages), bits(&expected.advantages));
    assert_eq!(bits(&read(&mut device, experience.buffers.returns, n)), bits(&expected.returns));
}

#[test]
fn statistics_and_what_they_normalise_have_the_bits_of_the_processors() {
    let Some(mut device) = host::emulator() else { return };
    let (n_all, dim) = (5000, 7);
    let shifted = draw(n_all * dim, 2.0, 1).into_iter().enumerate();
    // Far from 0, and so near to it that what is added to the variance counts.
    let place = |i: usize, x: f32| if i.is_multiple_of(dim) { 1e-3 * x } else { x + 100.0 };
    let data: Vec<f32> = shifted.map(|(i, x)| place(i, x)).collect();
    let indices: Vec<u32> = (0..3001).map(|i| (i * 1237) % n_all as u32).collect();
    let mut stats = RunningStats::new(dim);
    let normalizer = DeviceNormalizer::new(&mut device, dim, n_all).unwrap();
    normalizer.write(&mut device, &stats.columns()).unwrap();
    let control = begin(&mut device, 1.0);
    let (buffer, places) = (hold(&mut device, &data), hold(&mut device, &from_words(&indices)));
    let chosen = Chosen { data: buffer, indices: Some(places), n_rows: indices.len() };
    let all = Chosen { data: buffer, indices: None, n_rows: n_all };
    let rows: Vec<f32> = indices
        .iter()
        .flat_map(|row| &data[*row as usize * dim..(*row as usize + 1) * dim])
        .copied()
        .collect();
    let x = device.allocate(rows.len()).unwrap();
    for (rows_of, numbers) in [(chosen, &rows), (all, &data), (chosen, &rows)] {
        normalizer.observe(&mut device, control, rows_of, Ended::Observation).unwrap();
        assert!(stats.update(numbers));
        let places = read(&mut device, normalizer.statistics, normalizer.len());
        assert_eq!(to_doubles(&places), stats.columns().concat());
        normalizer.gather(&mut device, control, chosen, Some(1.5), x).unwrap();
        let mut expected = rows.clone();
        stats.scale(1.5).normalize(&mut expected);
        assert_eq!(bits(&read(&mut device, x, rows.len())), bits(&expected));
    }
    normalizer.gather(&mut device, control, chosen, None, x).unwrap();
    assert_eq!(bits(&read(&mut device, x, rows.len())), bits(&rows));

    // What is not finite changes nothing, and ends the update.
    let before = read(&mut device, normalizer.statistics, normalizer.len());
    device.write(buffer, indices[2500] as usize * dim + 3, &[f32::INFINITY]).unwrap();
    normalizer.observe(&mut device, control, chosen, Ended::Observation).unwrap();
    assert_eq!(bits(&read(&mut device, normalizer.statistics, before.len())), bits(&before));
    assert_eq!(end(&mut device, control).ended, Ended::Observation);
    // From then on nothing is done.
    normalizer.gather(&mut device, control, chosen, Some(0.1), x).unwrap();
    assert_eq!(bits(&read(&mut device, x, rows.len())), bits(&rows));
}

#[test]
fn values_are_normalised_and_checked_alone() {
    let Some(mut device) = host::emulator() else { return };
    let values = draw(3000, 40.0, 3);
    let normalizer = DeviceNormalizer::new(&mut device, 1, values.len()).unwrap();
    let mut stats = RunningStats::new(1);
    normalizer.write(&mut device, &stats.columns()).unwrap();
    let control = begin(&mut device, 1.0);
    let data = hold(&mut device, &values);
    let rows = Chosen { data, indices: None, n_rows: values.len() };
    normalizer.observe(&mut device, control, rows, Ended::Value).unwrap();
    normalizer.normalize(&mut device, control, (data, values.len()), 1.0).unwrap();
    assert!(stats.update(&values));
    let mut expected = values.clone();
    stats.scale(1.0).normalize(&mut expected);
    assert_eq!(bits(&read(&mut device, data, values.len())), bits(&expected));
    normalizer.require_finite(&mut device, control, (data, values.len()), Ended::Return).unwrap();
    assert_eq!(end(&mut device, control).ended, Ended::GoesOn);
    device.write(data, 2999, &[f32::NAN]).unwrap();
    normalizer.require_finite(&mut device, control, (data, values.len()), Ended::Return).unwrap();
    assert_eq!(end(&mut device, control).ended, Ended::Return);
}

/// A policy with all that a step of Adam meets.
fn policy_of(config: PolicyConfig) -> Policy {
    Policy::new(config, Device::detect()).unwrap()
}

fn small_config() -> PolicyConfig {
    PolicyConfig {
        hidden_sizes: vec![20, 9],
        separate_value: true,
        ..PolicyConfig::new(space_of(5, 2), ActionSpace::Continuous(3))
    }
}

const NO_CLIPPING: DescentSettings = DescentSettings {
    max_grad_norm: 0.0,
    target_kl: 0.0,
    kl_threshold: 0.0,
    adam_epsilon: 1e-5,
    n_steps: 3,
};

/// Terms of a loss, each of shape (8,).
fn terms_of(approx_kl: f64, kl: f64, total: f64) -> [f64; 8] {
    [1.0, 2.0, 3.0, 4.0, 0.5, approx_kl, kl, total]
}

#[test]
fn steps_of_adam_have_the_bits_of_the_processors() {
    let Some(mut device) = host::emulator() else { return };
    for (log_std, frozen) in [
        (LogStd::Parameter, vec![]),
        (LogStd::Parameter, vec!["trunk.0".to_owned(), "log_std".to_owned()]),
        (LogStd::Fixed, vec!["value_trunk".to_owned()]),
    ] {
        let policy = policy_of(PolicyConfig { log_std, frozen, ..small_config() });
        let optimizer = DeviceOptimizer::new(&mut device, &policy, 3).unwrap();
        let control = begin(&mut device, 3e-4);
        optimizer.begin(&mut device, &NO_CLIPPING).unwrap();
        let n = policy.network.n_weights;
        let mut weights = policy.weights.to_vec().unwrap();
        let mut log_std = policy.log_std().unwrap();
        device.write(optimizer.weights.values, 0, &weights).unwrap();
        device.write(optimizer.log_std.values, 0, &log_std).unwrap();
        let terms = hold(&mut device, &from_doubles(&terms_of(0.0, 0.0, 1.0)));
        // With momentum, which frozen weights must not follow.
        let (mut adam, mut adam_log_std) = (Adam::new(n), Adam::new(3));
        let (m, v) =
            (draw(n, 0.1, 200), draw(n, 0.1, 201).iter().map(|x| x * x).collect::<Vec<_>>());
        adam.set_moments([&m, &v]);
        device.write(optimizer.weights.moments[0], 0, &m).unwrap();
        device.write(optimizer.weights.moments[1], 0, &v).unwrap();
        let learns = !policy.frozen.log_std && policy.config().head().n_learned() > 0;
        for number in 1..=3 {
            // Of two chunks of rows, one of which adds nothing.
            let mut gradient = draw(n, 0.1, number);
            let partials = hold(&mut device, &[gradient.clone(), vec![0.0; n]].concat());
            let log_std_gradient = draw(3, 0.1, 100 + number);
            device.write(optimizer.log_std.gradient, 0, &log_std_gradient).unwrap();
            optimizer.reduce(&mut device, control, (partials, 2)).unwrap();
            optimizer.step(&mut device, control, (terms, 0)).unwrap();

            policy.frozen.clear(&mut gradient);
            let before = weights.clone();
            let step = 3 + u64::from(number);
            adam.step(&mut weights, (&gradient, 1.0), (3e-4, 1e-5), step);
            policy.frozen.restore(&before, &mut weights);
            if learns {
                adam_log_std.step(&mut log_std, (&log_std_gradient, 1.0), (3e-4, 1e-5), step);
            }
            let all = [
                (optimizer.weights.values, &weights[..]),
                (optimizer.weights.moments[0], adam.moments()[0]),
                (optimizer.weights.moments[1], adam.moments()[1]),
                (optimizer.log_std.values, &log_std[..]),
                (optimizer.log_std.moments[0], adam_log_std.moments()[0]),
                (optimizer.log_std.moments[1], adam_log_std.moments()[1]),
            ];
            for (i, (buffer, expected)) in all.into_iter().enumerate() {
                let got = read(&mut device, buffer, expected.len());
                assert_eq!(bits(&got), bits(expected), "{i} of step {number}");
            }
            let squares = gradient.iter().chain(log_std_gradient.iter().filter(|_| learns));
            let norm = squares.map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            let stats = end(&mut device, control).stats();
            assert_eq!(stats.n_minibatches, number as usize);
            // Of the last one, of equal draws the mean is near.
            assert!((stats.grad_norm - norm).abs() < 0.2 * norm, "{} {norm}", stats.grad_norm);
        }
        // Each term is the mean of three times the same.
        let stats = end(&mut device, control).stats();
        assert_eq!((stats.policy_loss, stats.entropy, stats.clip_fraction), (1.0, 3.0, 0.5));
    }
}

#[test]
fn long_gradients_are_shortened_and_the_rate_follows_the_divergence() {
    let Some(mut device) = host::emulator() else { return };
    let policy = policy_of(small_config());
    let n = policy.network.n_weights;
    let run = |device: &mut Emulator, settings: DescentSettings, rows: &[[f64; 8]]| {
        let optimizer = DeviceOptimizer::new(device, &policy, 4).unwrap();
        let control = begin(device, 1e-3);
        optimizer.begin(device, &settings).unwrap();
        let terms = hold(device, &from_doubles(&rows.concat()));
        let partials = hold(device, &vec![3.0; n]);
        for number in 0..rows.len() as u32 {
            optimizer.reduce(device, control, (partials, 1)).unwrap();
            optimizer.step(device, control, (terms, number)).unwrap();
        }
        (end(device, control), read(device, optimizer.weights.moments[0], n))
    };
    let fine = terms_of(0.0, 0.0, 1.0);
    let (_, moments) = run(&mut device, NO_CLIPPING, &[fine]);
    assert_eq!(moments, vec![0.1_f32 * 3.0; n]);
    let clipped = DescentSettings { max_grad_norm: 0.5, ..NO_CLIPPING };
    let (control, moments) = run(&mut device, clipped, &[fine]);
    let length = moments.iter().map(|m| f64::from(*m).powi(2)).sum::<f64>().sqrt();
    assert!((length - 0.05).abs() < 1e-6, "{length}");
    assert!((control.stats().grad_norm - 3.0 * (n as f64).sqrt()).abs() < 1e-9);

    // The first step leaves the rate as it is; a small divergence raises it, a large one lowers it.
    let adaptive = DescentSettings { kl_threshold: 0.01, ..NO_CLIPPING };
    let rate = |device: &mut Emulator, divergences: &[f64]| {
        let rows: Vec<_> = divergences.iter().map(|kl| terms_of(0.0, *kl, 1.0)).collect();
        run(device, adaptive, &rows).0.learning_rate
    };
    assert_eq!(rate(&mut device, &[0.0]), 1e-3);
    assert_eq!(rate(&mut device, &[1.0, 0.0, 0.01]), 1e-3 * 1.5);
    assert_eq!(rate(&mut device, &[0.0, 0.021, 0.021]), 1e-3 / 1.5 / 1.5);
    // An update ends at its limit of divergence, or where the loss is not finite; what follows does nothing.
    let limited = DescentSettings { target_kl: 0.1, ..NO_CLIPPING };
    let far = terms_of(0.151, 0.0, 1.0);
    let (control, moments) = run(&mut device, limited, &[fine, far, fine]);
    assert_eq!((control.ended, control.n_taken), (Ended::AtTargetKl, 1));
    assert_eq!(moments, vec![0.1_f32 * 3.0; n]);
    let (control, _) = run(&mut device, limited, &[terms_of(0.149, 0.0, 1.0), fine]);
    assert_eq!((control.ended, control.n_taken), (Ended::GoesOn, 2));
    let (control, _) = run(&mut device, limited, &[fine, terms_of(0.0, 0.0, f64::NAN), fine]);
    assert_eq!((control.ended, control.n_taken), (Ended::Loss, 1));
}

/// Outputs and gradient of a network on the device; the gradient by outputs is `slope` of row, column and output.
fn on_device(
    device: &mut Emulator,
    policy: &Policy,
    x: &[f32],
    slope: impl Fn(usize, usize, f32) -> f32,
) -> (Vec<f32>, Vec<f32>) {
    let (n_outputs, n_weights) = (policy.network.n_outputs, policy.network.n_weights);
    let n = x.len() / policy.network.input_dim;
    let network = DeviceNetwork::new(device, &policy.network, n).unwrap();
    let optimizer = DeviceOptimizer::new(device, policy, 1).unwrap();
    let control = begin(device, 1.0);
    let weights = hold(device, &policy.weights.to_vec().unwrap());
    device.write(network.input, 0, x).unwrap();
    network.forward(device, control, weights, n).unwrap();
    let outputs = read(device, network.outputs, n * n_outputs);
    let gradient = outputs.iter().enumerate();
    let gradient: Vec<f32> =
        gradient.map(|(i, y)| slope(i / n_outputs, i % n_outputs, *y)).collect();
    device.write(network.output_gradient, 0, &gradient).unwrap();
    let n_chunks = network.backward(device, control, weights, n).unwrap();
    optimizer.reduce(device, control, (network.partials, n_chunks)).unwrap();
    (outputs, read(device, optimizer.weights.gradient, n_weights))
}

#[test]
fn gradients_are_those_of_the_processor() {
    let Some(mut device) = host::emulator() else { return };
    let slope = |row: usize, column: usize, y: f32| {
        0.01 * y + 0.1 * (((row * 7 + column * 3) % 11) as f32 - 5.0)
    };
    for (i, activation) in Activation::ALL.into_iter().enumerate() {
        for separate_value in [false, true] {
            let n_value = if separate_value { 4 } else { 0 };
            // More rows than a chunk, and sizes that fill no tile.
            let (n, sizes) = (300 + 401 * (i % 2), vec![70, 33]);
            let config = PolicyConfig {
                hidden_sizes: sizes,
                activation,
                separate_value,
                log_std: LogStd::Network,
                seed: 5,
                ..PolicyConfig::new(space_of(19, n_value), ActionSpace::Continuous(3))
            };
            let policy = policy_of(config);
            let x = draw(n * policy.network.input_dim, 1.0, 40 + i as u32);
            let (outputs, gradient) = on_device(&mut device, &policy, &x, slope);

            let n_outputs = policy.network.n_outputs;
            let dim = policy.network.input_dim;
            let columns = |from: usize, to: usize| -> Vec<f32> {
                x.chunks_exact(dim).flat_map(|row| &row[from..to]).copied().collect()
            };
            let (policy_columns, value_columns) = (columns(0, 19), columns(19, dim));
            let seen = seen_of(&policy.config().observations, &[&policy_columns, &value_columns]);
            let (mut expected_outputs, mut sums) = Default::default();
            let (expected, _) = policy
                .network
                .train(
                    policy.weights.of_backend(),
                    (n, Sequences::NONE),
                    (&mut expected_outputs, &mut sums),
                    policy.inputs.read(seen.view()),
                    |rows, outputs, gradient: &mut [f32]| {
                        for (i, (y, to)) in outputs.iter().zip(gradient).enumerate() {
                            *to = slope(rows.start + i / n_outputs, i % n_outputs, *y);
                        }
                    },
                )
                .unwrap();
            let name = format!("{activation:?}, separate {separate_value}");
            for (got, expected) in outputs.iter().zip(&expected_outputs) {
                // Sums in single precision, in another order.
                assert!((got - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{name}");
            }
            for part in policy.network.parts() {
                let (got, expected) = (&gradient[part.range.clone()], &expected[part.range]);
                let largest = expected.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
                assert!(largest > 0.0, "{name}: {}", part.name);
                for (got, expected) in got.iter().zip(expected) {
                    let error = (got - expected).abs() / largest;
                    assert!(error <= 1e-5, "{name}: {} is off by {error:e}", part.name);
                }
            }
        }
    }
}
