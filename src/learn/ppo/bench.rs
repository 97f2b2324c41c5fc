//! How fast a policy learns and infers on this machine.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::Instant;

use super::batch::Batch;
use super::config::PpoConfig;
use super::loss::Samples;
use super::update::Ppo;
use crate::learn::act::PolicyOutput;
use crate::learn::distribution::ActionSpace;
use crate::learn::encoder::EncoderConfig;
use crate::learn::error::LearnError;
use crate::learn::hidden_states::HiddenStates;
use crate::learn::minibatches::Past;
use crate::learn::network::{Activation, Backend, RnnConfig};
use crate::learn::policy::Policy;
use crate::learn::policy_config::PolicyConfig;
use crate::learn::stacks::Kept;
use crate::math::lanes::{F32x4, Isa, Kernel, Lanes, Vector};
#[cfg(target_arch = "x86_64")]
use crate::math::lanes::{F32x8, F32x16};
use crate::math::rng::{Random, RandomStream};
use crate::space::{Buffer, Device, ObservationSpace, ObservationStream, Observations, Picture};

/// Result of [`bench_update`].
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct BenchResult {
    /// Transitions per second through gathering, forward pass, loss, backward pass, clipping, Adam
    /// and the divergence.
    pub update_samples_per_sec: f64,
    /// Observations per second through [`Policy::act`] without noise.
    pub inference_samples_per_sec: f64,
    /// Multiplications and additions of the network's products for each sample of an update: forward, and
    /// both gradients.
    pub update_flops: f64,
    /// The same for each observation.
    pub inference_flops: f64,
}

/// A case for [`bench_update`].
#[derive(Clone, Debug)]
pub struct BenchCase {
    /// Length of an observation.
    pub obs_dim: usize,
    /// The actions.
    pub action_space: ActionSpace,
    /// Widths of the hidden layers, of elu.
    pub hidden: Vec<usize>,
    /// The recurrent layer, and the steps of the sequences that it learns from.
    pub rnn: Option<(RnnConfig, usize)>,
    /// Transitions in a minibatch; whole sequences.
    pub minibatch: usize,
    /// Minibatches.
    pub n: usize,
    /// What computes the network.
    pub backend: Backend,
}

/// A case for [`bench_pictures`].
#[derive(Clone, Debug)]
pub struct PictureCase {
    /// What is seen, and nothing else.
    pub picture: Picture,
    /// The convolutions.
    pub encoder: EncoderConfig,
    /// Widths of the hidden layers behind it, of elu.
    pub hidden: Vec<usize>,
    /// Transitions in a minibatch.
    pub minibatch: usize,
    /// Minibatches.
    pub n: usize,
    /// What computes the network.
    pub backend: Backend,
}

/// How many times as long as the fused ones updates by candle take: the least and the most of the cases of
/// `dnne bench learn`, of which recurrent layers are the slowest. Medians of four runs on two cores that had
/// other work besides.
pub const CANDLE_SLOWDOWN: [f64; 2] = [10.0, 32.0];

/// Times the minibatches of a case on random transitions, after three to warm up, then as many
/// inferences of the same size.
pub fn bench_update(case: &BenchCase) -> Result<BenchResult, LearnError> {
    let config = PolicyConfig {
        hidden_sizes: case.hidden.clone(),
        activation: Activation::Elu,
        rnn: case.rnn.map(|(rnn, _)| rnn),
        backend: case.backend,
        ..PolicyConfig::new(ObservationSpace::vector(case.obs_dim), case.action_space.clone())
    };
    let obs = Buffer::F32(draw(case.minibatch * case.obs_dim, 0));
    let seen = Observations::new(config.observations.clone(), vec![obs])?;
    measure(config, &seen, case.rnn.map(|(_, length)| length), case.n)
}

/// The same of a policy that sees pictures, one number of action at a time.
pub fn bench_pictures(case: &PictureCase) -> Result<BenchResult, LearnError> {
    let stream = ObservationStream::picture(&case.encoder.stream, case.picture);
    let size = case.minibatch * stream.size();
    let config = PolicyConfig {
        hidden_sizes: case.hidden.clone(),
        activation: Activation::Elu,
        encoders: vec![case.encoder.clone()],
        backend: case.backend,
        ..PolicyConfig::new(ObservationSpace::new(vec![stream])?, ActionSpace::Continuous(1))
    };
    let bytes = draw(size, 0).into_iter().map(|x| (128.0 + 60.0 * x) as u8).collect();
    let seen = Observations::new(config.observations.clone(), vec![Buffer::U8(bytes)])?;
    measure(config, &seen, None, case.n)
}

/// Times `n` minibatches of all that is `seen`, in sequences of a `length` if the policy is recurrent.
fn measure(
    config: PolicyConfig,
    seen: &Observations,
    length: Option<usize>,
    n: usize,
) -> Result<BenchResult, LearnError> {
    let minibatch = seen.len();
    let mut policy = Policy::new(config, Device::detect())?;
    let config = PpoConfig { max_grad_norm: 1.0, entropy_coef: 0.0, ..PpoConfig::default() };
    let mut ppo = Ppo::new(config.clone(), &policy)?;
    let mut out = PolicyOutput::default();
    let seen = seen.view();
    let mut hidden_states = HiddenStates::default();
    policy.act(seen, &mut hidden_states, 0, false, &mut out)?;
    let is_recurrent = length.is_some();
    let length = length.unwrap_or(1);
    let n_sequences = minibatch / length;
    let states = vec![0.0; n_sequences * policy.state_dim()];
    let episode_starts = vec![false; minibatch];
    let mut batch = Batch {
        kept: Kept::whole(seen),
        samples: Samples {
            actions: out.action.clone(),
            log_probs: out.log_prob.clone(),
            advantages: draw(minibatch, 1),
            returns: draw(minibatch, 2),
            values: draw(minibatch, 3),
        },
        params: out.params.clone(),
        past: match is_recurrent {
            false => Past::NONE,
            true => {
                let chunk = policy.network.chunk_sequences(length);
                Past { n_envs: n_sequences, length, chunk, states: states.into(), episode_starts }
            }
        },
        new_params: Vec::new(),
    };
    let sequences: Vec<u32> = (0..n_sequences as u32).collect();
    let update_samples_per_sec = time(minibatch, n, || {
        ppo.step(&mut policy, &mut batch, &sequences, false, &config).map(|_| ())
    })?;
    let inference_samples_per_sec =
        time(minibatch, n, || policy.act(seen, &mut hidden_states, 0, true, &mut out))?;
    let (inference_flops, update_flops) = policy.network.flops();
    Ok(BenchResult {
        update_samples_per_sec,
        inference_samples_per_sec,
        update_flops: update_flops as f64,
        inference_flops: inference_flops as f64,
    })
}

/// Multiplications and additions per second that all threads together can do: the best of some runs of
/// nothing else, in registers. It is the ceiling of products of matrices.
pub fn peak_flops() -> f64 {
    (0..10)
        .map(|_| {
            let start = Instant::now();
            let flops: f64 = rayon::broadcast(|_| multiply_and_add()).iter().sum();
            flops / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

/// Some 10 ms of multiplications and additions on this thread; how many.
fn multiply_and_add() -> f64 {
    match Isa::detect() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => F32x16::vectorize(InRegisters::<F32x16>(PhantomData)),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => F32x8::vectorize(InRegisters::<F32x8>(PhantomData)),
        _ => F32x4::vectorize(InRegisters::<F32x4>(PhantomData)),
    }
}

struct InRegisters<V>(PhantomData<V>);

impl<V: Vector> Kernel for InRegisters<V> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        const ROUNDS: usize = 2_000_000;
        // Enough of them to hide the latency of each.
        let mut sums = [V::repeat(1.0); 12];
        let (a, b) = (black_box(V::repeat(0.5)), black_box(V::repeat(0.5)));
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = sum.mul_add(a, b);
            }
        }
        black_box(sums);
        (2 * V::WIDTH * sums.len() * ROUNDS) as f64
    }
}

/// Samples per second of `n` runs of `work`, each of `samples`, after three runs to warm up.
fn time(
    samples: usize,
    n: usize,
    mut work: impl FnMut() -> Result<(), LearnError>,
) -> Result<f64, LearnError> {
    for _ in 0..3 {
        work()?;
    }
    let start = Instant::now();
    for _ in 0..n {
        work()?;
    }
    Ok((samples * n) as f64 / start.elapsed().as_secs_f64())
}

fn draw(n: usize, entity: u32) -> Vec<f32> {
    let mut random = Random::new(0, RandomStream::Control, entity, 0);
    (0..n).map(|_| random.normal() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{EncoderPreset, RnnCell};

    #[test]
    fn both_rates_are_measured() {
        let rnns = [None, Some((RnnConfig { cell: RnnCell::Lstm, size: 5 }, 4))];
        for (rnn, backend) in rnns.into_iter().flat_map(|rnn| Backend::ALL.map(|it| (rnn, it))) {
            let result = bench_update(&BenchCase {
                obs_dim: 3,
                action_space: ActionSpace::Discrete(2),
                hidden: vec![8],
                rnn,
                minibatch: 16,
                n: 2,
                backend,
            });
            let result = result.unwrap();
            assert!(result.update_samples_per_sec > 0.0);
            assert!(result.inference_samples_per_sec > 0.0);
            // Three products of each layer but the first, whose inputs have no gradient.
            let first = 2.0 * 3.0 * 8.0;
            assert_eq!(result.update_flops, 3.0 * result.inference_flops - first);
        }
    }

    #[test]
    fn both_rates_are_measured_of_pictures() {
        for backend in Backend::ALL {
            let result = bench_pictures(&PictureCase {
                picture: Picture { frames: 2, height: 20, width: 20, channels: 1 },
                encoder: EncoderPreset::Simple.encoder("eye"),
                hidden: vec![8],
                minibatch: 16,
                n: 2,
                backend,
            });
            let result = result.unwrap();
            assert!(result.update_samples_per_sec > 0.0);
            assert!(result.inference_samples_per_sec > 0.0);
            // Nothing asks for the gradient by pictures: 4 x 4 numbers of 16 filters of 8 x 8 x 2.
            let first = 2.0 * 16.0 * 16.0 * 128.0;
            assert_eq!(result.update_flops, 3.0 * result.inference_flops - first);
        }
    }
}
