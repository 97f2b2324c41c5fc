//! The network against candle's own operations and their gradients, and against finite differences.

use candle_core::{Device, Tensor, Var};

use super::train::MAX_TASKS;
use super::*;
use crate::learn::plain;
use crate::math::rng::{Random, Stream};

fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(2, Stream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

fn network(
    obs_dim: usize,
    hidden_sizes: &[usize],
    heads: (usize, usize, bool),
    (activation, isa): (Activation, Isa),
) -> Network {
    let (mu_dim, log_std_dim, separate_value) = heads;
    Network::new(&NetworkShape {
        obs_dim,
        critic_dim: 0,
        hidden_sizes,
        mu_dim,
        log_std_dim,
        activation,
        separate_value,
        rnn: None,
        isa,
    })
}

#[test]
fn outputs_and_gradients_agree_with_candles_own() {
    // Three chunks, the last one short.
    let n = 600;
    // Shared and separate trunks, with and without logarithms of deviations.
    let shapes = [(3, 0, false), (3, 0, true), (2, 2, false), (2, 2, true)];
    for (f, isa) in Activation::ALL.into_iter().flat_map(|f| isas().map(move |isa| (f, isa))) {
        for heads in shapes {
            let network = network(5, &[17, 9], heads, (f, isa));
            let width = network.n_outputs;
            let device = Device::Cpu;
            let observations = draw(n * 5, 1.0, 0);
            let x = Tensor::from_slice(&observations, (n, 5), &device).unwrap();
            let weights =
                Var::from_vec(draw(network.n_weights, 0.4, 1), network.n_weights, &device);
            let weights = weights.unwrap();
            let factors = draw(n * width, 0.05, 2);
            let flat = weights.to_vec1::<f32>().unwrap();
            let (outputs, gradient) = fused(&network, &flat, &observations, &factors);
            let plain = plain::network(&network, f, &x, &weights, Sequences::NONE).unwrap();
            let factors = Tensor::from_vec(factors, (n, width), &device).unwrap();
            let gradients = (&plain * factors).unwrap().sum_all().unwrap().backward().unwrap();
            // Sums of 600 terms of order 0.1, in two different orders.
            assert_close(&outputs, &plain, 2e-5);
            assert_close(&gradient, gradients.get(&weights).unwrap(), 2e-5);
        }
    }
}

fn packed(network: &Network, weights: &[f32]) -> Packed {
    let mut packed = Packed::default();
    network.pack(weights, &mut packed);
    packed
}

/// All layouts but the reference, which has no products of its own.
fn isas() -> impl Iterator<Item = Isa> {
    Isa::available().into_iter().filter(|isa| *isa != Isa::Reference)
}

/// Outputs for `x`, shape (n, obs_dim), and the gradient of their sum times `factors`, shape (n,
/// n_outputs).
fn fused(network: &Network, weights: &[f32], x: &[f32], factors: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (mut outputs, mut sums) = (Vec::new(), Buffer::default());
    let (obs_dim, width) = (network.input_dim, network.n_outputs);
    let n = x.len() / obs_dim;
    let (gradient, ranges) = network.train(
        &packed(network, weights),
        (n, Sequences::NONE),
        (&mut outputs, &mut sums),
        |range, out| out.copy_from_slice(&x[range.start * obs_dim..range.end * obs_dim]),
        |range, _, gradient| {
            gradient.copy_from_slice(&factors[range.start * width..range.end * width]);
            range
        },
    );
    assert_eq!(ranges.iter().map(ExactSizeIterator::len).sum::<usize>(), n);
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
    outputs.truncate(n * width);
    (outputs, gradient)
}

fn assert_close(a: &[f32], b: &Tensor, tolerance: f32) {
    let b = b.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(a.len(), b.len());
    let difference = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < tolerance, "difference {difference}");
}

#[test]
fn gradients_agree_with_finite_differences() {
    for separate_value in [false, true] {
        for f in [Activation::Tanh, Activation::Sigmoid, Activation::Softplus] {
            let f = (f, Isa::detect());
            follow_finite_differences(&network(3, &[6, 5], (2, 0, separate_value), f));
        }
    }
}

fn follow_finite_differences(network: &Network) {
    let (n, mut weights) = (4, draw(network.n_weights, 0.5, 3));
    let (x, factors) = (draw(n * 3, 1.0, 4), draw(n * 3, 1.0, 5));
    let (_, gradient) = fused(network, &weights, &x, &factors);
    for i in 0..network.n_weights {
        let mut shifted = |step: f32| {
            let saved = weights[i];
            weights[i] += step;
            let (out, _) = fused(network, &weights, &x, &factors);
            weights[i] = saved;
            out.iter().zip(&factors).map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
        // Rounding 1e-6 over the step 1e-2, and the third derivative times its square.
        assert!((slope - f64::from(gradient[i])).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
    }
}

/// The same outputs as in training, and several tasks of several chunks.
#[test]
fn inference_and_training_agree_to_the_bit() {
    let network = network(4, &[8], (2, 0, true), (Activation::Elu, Isa::detect()));
    let n = (MAX_TASKS + 3) * CHUNK_ROWS + 5;
    let (x, weights) = (draw(n * 4, 1.0, 0), draw(network.n_weights, 0.5, 1));
    let (outputs, _) = fused(&network, &weights, &x, &vec![0.0; n * 3]);
    let mut chunk = vec![0.0; CHUNK_ROWS * 3];
    for (x, outputs) in x.chunks(CHUNK_ROWS * 4).zip(outputs.chunks(CHUNK_ROWS * 3)) {
        network.infer_chunk(
            &packed(&network, &weights),
            x,
            (&[], &mut []),
            &mut chunk[..outputs.len()],
        );
        assert_eq!(chunk[..outputs.len()], *outputs);
    }
}

fn recurrent_network(cell: Cell, separate_value: bool, size: usize, isa: Isa) -> Network {
    // A value of its own sees more than the policy.
    let critic_dim = usize::from(separate_value);
    Network::new(&NetworkShape {
        obs_dim: 3 - critic_dim,
        critic_dim,
        hidden_sizes: &[5],
        mu_dim: 2,
        log_std_dim: 0,
        activation: Activation::Tanh,
        separate_value,
        rnn: Some(Rnn { cell, size }),
        isa,
    })
}

/// Both kinds of cell, sharing the hidden layers or not.
fn recurrent_networks(size: usize, isa: Isa) -> impl Iterator<Item = Network> {
    [(Cell::Lstm, false), (Cell::Lstm, true), (Cell::Gru, false), (Cell::Gru, true)]
        .into_iter()
        .map(move |(cell, separate_value)| recurrent_network(cell, separate_value, size, isa))
}

/// Random observations, factors of outputs, states, and beginnings of episodes in the midst of
/// sequences.
struct Example {
    x: Vec<f32>,
    factors: Vec<f32>,
    states: Vec<f32>,
    begins: Vec<bool>,
    length: usize,
}

impl Example {
    fn new(network: &Network, n: usize, length: usize) -> Self {
        let rows = n * length;
        Self {
            x: draw(rows * network.input_dim, 1.0, 0),
            factors: draw(rows * network.n_outputs, 0.2, 1),
            states: draw(n * network.state_dim, 0.7, 2),
            begins: draw(rows, 1.0, 3).iter().map(|x| *x > 1.2).collect(),
            length,
        }
    }

    fn sequences(&self) -> Sequences<'_> {
        Sequences { length: self.length, states: &self.states, begins: &self.begins }
    }

    /// As [`fused`], of the sequences.
    fn fused(&self, network: &Network, weights: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut outputs, mut sums) = (Vec::new(), Buffer::default());
        let (obs_dim, width) = (network.input_dim, network.n_outputs);
        let (gradient, _) = network.train(
            &packed(network, weights),
            (self.begins.len(), self.sequences()),
            (&mut outputs, &mut sums),
            |range, out| out.copy_from_slice(&self.x[range.start * obs_dim..range.end * obs_dim]),
            |range, _, gradient| {
                gradient.copy_from_slice(&self.factors[range.start * width..range.end * width]);
            },
        );
        outputs.truncate(self.factors.len());
        (outputs, gradient)
    }
}

#[test]
fn recurrent_layers_agree_with_candles_own() {
    // Sequences of two chunks, the second one short, in candle's a chunk at a time.
    let length = 20;
    let n = MIN_CHUNK_SEQUENCES + 5;
    // With fewer and with more units than a register has lanes.
    let sizes = [7, 19].into_iter().flat_map(|size| isas().map(move |isa| (size, isa)));
    for network in sizes.flat_map(|(size, isa)| recurrent_networks(size, isa)) {
        let example = Example::new(&network, n, length);
        let weights =
            Var::from_vec(draw(network.n_weights, 0.4, 4), network.n_weights, &Device::Cpu);
        let weights = weights.unwrap();
        let flat = weights.to_vec1::<f32>().unwrap();
        let (outputs, gradient) = example.fused(&network, &flat);
        let mut plain_outputs = Vec::new();
        for rows in [0..MIN_CHUNK_SEQUENCES * length, MIN_CHUNK_SEQUENCES * length..n * length] {
            let x = &example.x[rows.start * 3..rows.end * 3];
            let x = Tensor::from_slice(x, (rows.len(), 3), &Device::Cpu).unwrap();
            let sequences = example.sequences().of_rows(rows, network.state_dim);
            let f = Activation::Tanh;
            plain_outputs.push(plain::network(&network, f, &x, &weights, sequences).unwrap());
        }
        let plain = Tensor::cat(&plain_outputs, 0).unwrap();
        let factors = Tensor::from_slice(&example.factors, plain.shape(), &Device::Cpu).unwrap();
        let gradients = (&plain * factors).unwrap().sum_all().unwrap().backward().unwrap();
        // Sums of 400 terms of order 0.1, in two different orders.
        assert_close(&outputs, &plain, 1e-5);
        assert_close(&gradient, gradients.get(&weights).unwrap(), 2e-5);
    }
}

#[test]
fn recurrent_gradients_agree_with_finite_differences() {
    for network in recurrent_networks(4, Isa::detect()) {
        let example = Example::new(&network, 3, 6);
        let mut weights = draw(network.n_weights, 0.5, 4);
        let (_, gradient) = example.fused(&network, &weights);
        for i in 0..network.n_weights {
            let mut shifted = |step: f32| {
                let saved = weights[i];
                weights[i] += step;
                let (out, _) = example.fused(&network, &weights);
                weights[i] = saved;
                out.iter().zip(&example.factors).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            };
            let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
            // Rounding 1e-6 over the step 1e-2, and the third derivative times its square.
            assert!((slope - f64::from(gradient[i])).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
        }
    }
}

/// One step at a time, with the states handed on, is what a whole sequence gives.
#[test]
fn steps_of_inference_make_up_a_sequence() {
    let (n, length) = (5, 6);
    for network in recurrent_networks(7, Isa::detect()) {
        let example = Example::new(&network, n, length);
        let weights = draw(network.n_weights, 0.4, 4);
        let (outputs, _) = example.fused(&network, &weights);
        let (mut states, width) = (example.states.clone(), network.n_outputs);
        for t in 0..length {
            let begins = &example.begins[t * n..(t + 1) * n];
            for (state, begins) in states.chunks_mut(network.state_dim).zip(begins) {
                state.iter_mut().for_each(|x| *x *= if *begins { 0.0 } else { 1.0 });
            }
            let (mut after, mut out) = (vec![0.0; states.len()], vec![0.0; n * width]);
            let x = &example.x[t * n * 3..(t + 1) * n * 3];
            network.infer_chunk(&packed(&network, &weights), x, (&states, &mut after), &mut out);
            for (a, b) in out.iter().zip(&outputs[t * n * width..]) {
                // Products of other shapes may round otherwise.
                assert!((a - b).abs() < 1e-6, "{a} {b}");
            }
            states = after;
        }
    }
}
