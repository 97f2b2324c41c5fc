//! Actions sampled on a device against those sampled here, in every bit.

use super::sample::{Choosing, SampleBuffers, Sampler};
use crate::device::kernels::host;
use crate::device::{BufferId, Emulator, ProgramBackend};
use crate::learn::HiddenStates;
use crate::learn::LogStd;
use crate::learn::act::{Chunk, PolicyOutput};
use crate::learn::distribution::{ActionSpace, Gaussian, Head};
use crate::learn::inputs::{seen_of, space_of};
use crate::math::rng::{Random, RandomStream, Sequences};

const N_ENVS: usize = 1000;

fn heads() -> Vec<Head> {
    let mut heads = Vec::new();
    for space in [
        ActionSpace::Continuous(1),
        ActionSpace::Continuous(8),
        ActionSpace::Discrete(5),
        ActionSpace::MultiDiscrete(vec![3, 2, 4, 2, 2, 7]),
    ] {
        for log_std in [LogStd::Parameter, LogStd::Fixed, LogStd::Network] {
            for squash in [false, true] {
                heads.push(Head { space: space.clone(), log_std, squash });
            }
        }
    }
    let is_continuous = |head: &Head| !head.space.is_discrete();
    heads.retain(|head| is_continuous(head) || (head.log_std == LogStd::Parameter && !head.squash));
    heads
}

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(6, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

/// As [`crate::learn::Policy::act`] samples, in two chunks.
fn on_host(
    head: &Head,
    outputs: &[f32],
    log_std: &[f32],
    draws: Option<Sequences>,
) -> PolicyOutput {
    let seen = seen_of(&space_of(1, 0), &[&[0.0; N_ENVS]]);
    let (mut out, mut states) = (PolicyOutput::default(), HiddenStates::default());
    let chunk_rows = N_ENVS / 2;
    let chunks = Chunk::cut(&mut out, seen.view(), (&mut states, 0), (head, chunk_rows));
    for (mut chunk, outputs) in
        chunks.into_iter().zip(outputs.chunks(chunk_rows * (head.dim() + 1)))
    {
        chunk.choose(head, Gaussian::new(log_std), outputs, draws);
    }
    out
}

/// What a rollout keeps, and the actions for the environments. `value_scale` is mean and deviation.
fn on_device(
    device: &mut Emulator,
    (head, outputs, log_std): (&Head, &[f32], &[f32]),
    (sequences, choosing): (Sequences, Choosing),
    value_scale: Option<[f32; 2]>,
) -> PolicyOutput {
    let sampler = Sampler::new(device, head).unwrap();
    sampler.begin(device, sequences).unwrap();
    let mut hold = |numbers: &[f32]| {
        let buffer = device.allocate(numbers.len()).unwrap();
        device.write(buffer, 0, numbers).unwrap();
        buffer
    };
    let (action_dim, n_params) = (head.space.action_dim(), head.space.n_params());
    let mut unknown = |dim: usize| hold(&[f32::NAN; N_ENVS].repeat(dim));
    let to = SampleBuffers {
        actions: unknown(action_dim),
        raw_actions: unknown(action_dim),
        log_probs: unknown(1),
        values: unknown(1),
        params: unknown(n_params),
    };
    let from = (hold(outputs), hold(log_std), N_ENVS as u32);
    let value_scale = value_scale.map(|scale| hold(&scale));
    sampler.launch(device, from, choosing, value_scale, &to).unwrap();
    let mut rows = |buffer: BufferId, dim: usize| {
        let mut numbers = vec![0.0; N_ENVS * dim];
        device.read(buffer, 0, &mut numbers).unwrap();
        numbers
    };
    let (action, unsquashed) = (rows(to.actions, action_dim), rows(to.raw_actions, action_dim));
    let (log_prob, value) = (rows(to.log_probs, 1), rows(to.values, 1));
    let params = rows(to.params, n_params);
    PolicyOutput { n_envs: N_ENVS, action, unsquashed, log_prob, value, params, states: Vec::new() }
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_device_samples_the_actions_of_the_host() {
    let Some(mut device) = host::emulator() else { return };
    let (seed, step, later) = (1 << 33 | 9, u64::from(u32::MAX), 3);
    let sequences = |step| Sequences::new(seed, RandomStream::Explore, step);
    for head in heads() {
        let mut outputs = draw(N_ENVS * (head.dim() + 1), 1.5, 0);
        // Logarithms of the network beyond their bounds, and logits that leave no choice.
        outputs.iter_mut().step_by(37).for_each(|x| *x *= 30.0);
        let log_std = draw(head.n_log_std(), 0.7, 1);
        for choosing in [Choosing::Drawn(later), Choosing::Likeliest] {
            let draws = match choosing {
                Choosing::Drawn(later) => Some(sequences(step + u64::from(later))),
                Choosing::Likeliest => None,
            };
            let expected = on_host(&head, &outputs, &log_std, draws);
            let from = (&head, &outputs[..], &log_std[..]);
            let got = on_device(&mut device, from, (sequences(step), choosing), None);
            assert!(expected.log_prob.iter().all(|x| x.is_finite()));
            assert_eq!(bits(&got.action), bits(&expected.action), "{head:?} {choosing:?}");
            assert_eq!(bits(&got.unsquashed), bits(expected.raw_action()), "{head:?} {choosing:?}");
            assert_eq!(bits(&got.log_prob), bits(&expected.log_prob), "{head:?} {choosing:?}");
            assert_eq!(bits(&got.params), bits(&expected.params), "{head:?} {choosing:?}");
            let values = outputs.chunks(head.dim() + 1).map(|row| row[head.dim()]);
            assert_eq!(got.value, values.collect::<Vec<_>>());
        }
    }
}

#[test]
fn values_are_denormalised() {
    let Some(mut device) = host::emulator() else { return };
    let head = Head { space: ActionSpace::Discrete(2), log_std: LogStd::Parameter, squash: false };
    let mut outputs = vec![0.0; 3 * N_ENVS];
    outputs[2] = 7.0;
    outputs[5] = -0.5;
    outputs[8] = f32::NAN;
    let sequences = Sequences::new(0, RandomStream::Explore, 0);
    let scale = Some([10.0, 2.0]);
    let from = (&head, &outputs[..], &[][..]);
    let got = on_device(&mut device, from, (sequences, Choosing::Likeliest), scale);
    assert_eq!(got.value[..2], [20.0, 9.0]);
    assert!(got.value[2].is_nan());
    assert_eq!(got.value[3], 10.0);
}
