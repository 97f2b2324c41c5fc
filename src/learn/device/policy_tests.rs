//! Policies that act on a device against those here.

use super::policy::{DevicePolicy, PolicyParts};
use super::sample::{Choosing, SampleBuffers};
use crate::device::kernels::host;
use crate::device::{BufferId, Emulator, ProgramBackend};
use crate::learn::inputs::{seen_of, space_of};
use crate::learn::{
    Activation, HiddenStates, LearnError, LogStd, Policy, PolicyConfig, PolicyOutput, RnnCell,
    RnnConfig,
};
use crate::math::rng::{Random, RandomStream};
use crate::space::{ActionSpace, Device};

const N_ENVS: usize = 300;
const HORIZON: u32 = 3;

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(21, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

fn configs() -> Vec<PolicyConfig> {
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
fn policy_of(config: &PolicyConfig) -> Policy {
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
fn assert_near(name: &str, got: &[f32], expected: &[f32], tolerance: f32) {
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
        let parts = PolicyParts::new(&mut device, &policy, N_ENVS).unwrap();
        parts.write(&mut device, &policy).unwrap();
        let acting = DevicePolicy::new(&mut device, &policy, parts, N_ENVS).unwrap();
        let n_rows = HORIZON as usize * N_ENVS;
        let (action_dim, n_params) =
            (config.action_space.action_dim(), config.action_space.n_params());
        let to = SampleBuffers {
            actions: device.allocate(N_ENVS * action_dim).unwrap(),
            raw_actions: device.allocate(n_rows * action_dim).unwrap(),
            log_probs: device.allocate(n_rows).unwrap(),
            values: device.allocate(n_rows).unwrap(),
            params: device.allocate(n_rows * n_params).unwrap(),
        };
        let first_step = 1 << 35;
        acting.begin(&mut device, first_step).unwrap();
        let mut out = PolicyOutput::default();
        for (t, is_likeliest) in [false, true, false].into_iter().enumerate() {
            let streams = [draw(N_ENVS * 5, 2.0, 10 + t as u32), draw(N_ENVS * 3, 0.3, 20)];
            let seen = seen_of(&config.observations, &[&streams[0], &streams[1]]);
            let n_streams = config.observations.streams().len();
            let streams: Vec<&[f32]> = streams[..n_streams].iter().map(Vec::as_slice).collect();
            let observations = hold(&mut device, &rows_of(&streams));
            let choosing =
                if is_likeliest { Choosing::Likeliest } else { Choosing::Drawn(t as u32) };
            let first_row = t * N_ENVS;
            acting.act(&mut device, observations, choosing, (&to, first_row as u32)).unwrap();
            let step = first_step + t as u64;
            policy
                .act(seen.view(), &mut HiddenStates::default(), step, is_likeliest, &mut out)
                .unwrap();
            let name = format!("{config:?}, step {t}");
            let mut rows =
                |buffer, dim: usize| read(&mut device, buffer, first_row * dim, N_ENVS * dim);
            assert_near(&name, &rows(to.params, n_params), &out.params, 2e-6);
            assert_near(&name, &rows(to.log_probs, 1), &out.log_prob, 1e-5);
            assert_near(&name, &rows(to.values, 1), &out.value, 2e-6);
            assert_near(&name, &rows(to.raw_actions, action_dim), out.raw_action(), 2e-6);
            let actions = read(&mut device, to.actions, 0, N_ENVS * action_dim);
            assert_near(&name, &actions, &out.action, 2e-6);
            if config.action_space.is_discrete() {
                assert_eq!(actions, out.action, "{name}");
            }
            let values = device.allocate(N_ENVS).unwrap();
            acting.values(&mut device, observations, values).unwrap();
            let values = read(&mut device, values, 0, N_ENVS);
            assert_eq!(values, read(&mut device, to.values, first_row, N_ENVS), "{name}");
        }
    }
}

#[test]
fn what_cannot_act_on_a_device_is_said() {
    let Some(mut device) = host::emulator() else { return };
    let config = PolicyConfig {
        rnn: Some(RnnConfig { cell: RnnCell::Gru, size: 4 }),
        ..PolicyConfig::new(space_of(2, 0), ActionSpace::Discrete(2))
    };
    let policy = Policy::new(config, Device::detect()).unwrap();
    let parts = PolicyParts::new(&mut device, &policy, 1).unwrap();
    let refused = DevicePolicy::new(&mut device, &policy, parts, 1).unwrap_err();
    assert!(matches!(refused, LearnError::NotOnDevice { .. }), "{refused}");
    assert!(refused.to_string().contains("recurrent"), "{refused}");
}
