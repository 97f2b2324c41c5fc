//! Policies that act on a device against those here.

use super::policy::DevicePolicy;
use super::sample::{Choosing, SampleBuffers};
use crate::device::kernels::host;
use crate::device::{BufferId, Emulator, ProgramBackend};
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{Activation, HiddenStates, LogStd, Policy, PolicyConfig, PolicyOutput};
use crate::math::rng::{Random, RandomStream};
use crate::space::{ActionSpace, Device};

const N_ENVS: usize = 300;

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(21, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

/// Every distribution, with the value on its own or not, normalised or not.
pub(super) fn configs() -> Vec<PolicyConfig> {
    let mut configs = Vec::new();
    for (space, log_std, squash) in [
        (ActionSpace::Continuous(2), LogStd::Parameter, false),
        (ActionSpace::Continuous(9), LogStd::Network, false),
        (ActionSpace::Continuous(3), LogStd::Fixed, true),
        (ActionSpace::Discrete(4), LogStd::Parameter, false),
        (ActionSpace::MultiDiscrete(vec![3, 2, 5]), LogStd::Parameter, false),
    ] {
        for (separate_value, normalize) in [(false, true), (true, false), (true, true)] {
            let observations = if separate_value { space_of(5, 3) } else { space_of(5, 0) };
            configs.push(PolicyConfig {
                log_std,
                squash,
                separate_value,
                hidden_sizes: vec![70, 24],
                activation: if squash { Activation::Gelu } else { Activation::Elu },
                init_log_std: -0.4,
                normalize_observations: normalize,
                normalize_values: normalize,
                seed: 5,
                ..PolicyConfig::new(observations, space.clone())
            });
        }
    }
    configs
}

/// A policy that has seen something.
pub(super) fn policy_of(config: &PolicyConfig) -> Policy {
    let mut policy = Policy::new(config.clone(), Device::detect()).unwrap();
    let streams = [draw(200 * 5, 3.0, 1), draw(200 * 3, 0.3, 2)];
    let seen = seen_of(&config.observations, &[&streams[0], &streams[1]]);
    assert!(policy.observe(seen.view()));
    let mut returns: Vec<f32> = draw(200, 4.0, 3).iter().map(|x| x + 20.0).collect();
    assert!(policy.observe_and_normalize_values(&mut returns));
    policy
}

/// All streams of every environment, one after the other.
fn rows_of(streams: &[&[f32]]) -> Vec<f32> {
    let row = |env: usize| {
        let of_stream = move |stream: &&[f32]| {
            let dim = stream.len() / N_ENVS;
            stream[env * dim..(env + 1) * dim].to_vec()
        };
        streams.iter().flat_map(of_stream).collect::<Vec<f32>>()
    };
    (0..N_ENVS).flat_map(row).collect()
}

fn hold(device: &mut Emulator, numbers: &[f32]) -> BufferId {
    let buffer = device.allocate(numbers.len()).unwrap();
    device.write(buffer, 0, numbers).unwrap();
    buffer
}

fn read(device: &mut Emulator, buffer: BufferId, at: usize, n: usize) -> Vec<f32> {
    let mut numbers = vec![0.0; n];
    device.read(buffer, at, &mut numbers).unwrap();
    numbers
}

/// Fails if a number is further from the expected one than a share of the largest.
pub(super) fn assert_near(name: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (got, expected) in got.iter().zip(expected) {
        let error = (got - expected).abs();
        assert!(error <= tolerance * largest, "{name}: {got}, not {expected}, of {largest}");
    }
}

/// Three steps of a rollout. Outputs of the network are sums in another order, all else has the same bits, so choices
/// are the same, and numbers near.
#[test]
fn a_policy_acts_on_a_device_as_it_does_here() {
    for config in configs() {
        let Some(mut device) = host::emulator() else { return };
        let policy = policy_of(&config);
        let acting = DevicePolicy::new(&mut device, &policy, N_ENVS).unwrap();
        acting.write(&mut device, &policy).unwrap();
        let to = SampleBuffers::new(&mut device, &config.head(), N_ENVS).unwrap();
        let first_step = 1 << 35;
        acting.begin(&mut device, first_step).unwrap();
        let mut out = PolicyOutput::default();
        for (t, is_likeliest) in [false, true, false].into_iter().enumerate() {
            let streams = [draw(N_ENVS * 5, 2.0, 10 + t as u32), draw(N_ENVS * 3, 0.3, 20)];
            let seen = seen_of(&config.observations, &[&streams[0], &streams[1]]);
            let n_streams = config.observations.streams().len();
            let streams: Vec<&[f32]> = streams[..n_streams].iter().map(Vec::as_slice).collect();
            let rows = rows_of(&streams);
            let observations = hold(&mut device, &rows);
            let kept = device.allocate(rows.len()).unwrap();
            let choosing =
                if is_likeliest { Choosing::Likeliest } else { Choosing::Drawn(t as u32) };
            acting.act(&mut device, (observations, kept), choosing, &to).unwrap();
            assert_eq!(read(&mut device, kept, 0, rows.len()), rows);
            let step = first_step + t as u64;
            policy
                .act(seen.view(), &mut HiddenStates::default(), step, is_likeliest, &mut out)
                .unwrap();
            let name = format!("{config:?}, step {t}");
            let (action_dim, n_params) =
                (config.action_space.action_dim(), config.action_space.n_params());
            let mut rows = |buffer, dim: usize| read(&mut device, buffer, 0, N_ENVS * dim);
            assert_near(&name, &rows(to.params, n_params), &out.params, 2e-6);
            assert_near(&name, &rows(to.log_probs, 1), &out.log_prob, 1e-5);
            assert_near(&name, &rows(to.values, 1), &out.value, 2e-6);
            assert_near(&name, &rows(to.raw_actions, action_dim), out.raw_action(), 2e-6);
            let actions = rows(to.actions, action_dim);
            assert_near(&name, &actions, &out.action, 2e-6);
            if config.action_space.is_discrete() {
                assert_eq!(actions, out.action, "{name}");
            }
        }
    }
}

/// The network is asked for values where somebody needs them, and else computes nothing.
#[test]
fn values_are_those_of_acting_and_left_out_where_nobody_needs_them() {
    let config = configs().into_iter().nth(2).unwrap();
    let Some(mut device) = host::emulator() else { return };
    let policy = policy_of(&config);
    let acting = DevicePolicy::new(&mut device, &policy, N_ENVS).unwrap();
    acting.write(&mut device, &policy).unwrap();
    let to = SampleBuffers::new(&mut device, &config.head(), N_ENVS).unwrap();
    let [first, second] = [1, 2].map(|i| hold(&mut device, &draw(N_ENVS * 8, 2.0, i)));
    let (kept, truncated) =
        (hold(&mut device, &[0.0; 8 * N_ENVS]), hold(&mut device, &[0.0; N_ENVS]));
    let (outputs, n_outputs) = acting.outputs();
    let read_outputs =
        |device: &mut Emulator| read(device, outputs, 0, N_ENVS * n_outputs as usize);
    acting.act(&mut device, (second, kept), Choosing::Likeliest, &to).unwrap();
    let of_second = read_outputs(&mut device);
    acting.act(&mut device, (first, kept), Choosing::Likeliest, &to).unwrap();
    let of_first = read_outputs(&mut device);
    assert_ne!(of_first, of_second);
    acting.values(&mut device, second, (truncated, false)).unwrap();
    assert_eq!(read_outputs(&mut device), of_first);
    acting.values(&mut device, second, (truncated, true)).unwrap();
    assert_eq!(read_outputs(&mut device), of_second);
    // One is enough, wherever it is.
    device.write(truncated, N_ENVS - 1, &[1.0]).unwrap();
    acting.values(&mut device, first, (truncated, false)).unwrap();
    assert_eq!(read_outputs(&mut device), of_first);
    // Acting goes on after values that were left out.
    device.write(truncated, 0, &[0.0; N_ENVS]).unwrap();
    acting.values(&mut device, first, (truncated, false)).unwrap();
    acting.act(&mut device, (second, kept), Choosing::Likeliest, &to).unwrap();
    assert_eq!(read_outputs(&mut device), of_second);
    assert_eq!(read(&mut device, kept, 0, 8 * N_ENVS), draw(N_ENVS * 8, 2.0, 2));
}
