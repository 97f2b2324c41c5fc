//! The network against candle's own gradients, and of every backend against finite differences.

use candle_core::{Device, Tensor};

use super::train::MAX_TASKS;
use super::*;
use crate::math::rng::{Random, RandomStream};

with_each_backend![
    gradients_agree_with_finite_differences,
    recurrent_gradients_agree_with_finite_differences,
    inference_and_training_agree_to_the_bit,
    rows_do_not_depend_on_those_beside_them,
    steps_of_inference_make_up_a_sequence,
];

pub(super) fn draw(n: usize, scale: f64, entity: u32) -> Vec<f32> {
    let mut random = Random::new(2, RandomStream::Control, entity, 0);
    (0..n).map(|_| (scale * random.normal()) as f32).collect()
}

/// Every number; a NaN is near nothing.
pub(super) fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
    assert!(!a.is_empty());
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < tolerance, "{i}: {a} {b}");
    }
}

pub(super) fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap()
}

pub(super) fn shape(hidden_sizes: &[usize]) -> NetworkShape<'_> {
    NetworkShape {
        encoders: Vec::new(),
        value_sees_pictures: true,
        policy_dim: 3,
        input_dim: 3,
        hidden_sizes,
        mu_dim: 2,
        log_std_dim: 0,
        activation: Activation::Tanh,
        separate_value: false,
        own_layers: &[],
        rnn: None,
        backend: Backend::Fused,
        isa: Isa::detect(),
    }
}

/// All layouts but the reference, which has no products of its own.
pub(super) fn isas() -> impl Iterator<Item = Isa> {
    Isa::available().into_iter().filter(|isa| *isa != Isa::Reference)
}

/// Both kinds of cell, sharing the hidden layers or not.
fn recurrent_networks(size: usize, isa: Isa, backend: Backend) -> impl Iterator<Item = Network> {
    [(RnnCell::Lstm, false), (RnnCell::Lstm, true), (RnnCell::Gru, false), (RnnCell::Gru, true)]
        .map(move |(cell, separate_value)| {
            // A value of its own sees more than the policy.
            let rnn = Some(RnnConfig { cell, size });
            let base = shape(&[5]);
            Network::new(&NetworkShape {
                policy_dim: 3 - usize::from(separate_value),
                input_dim: 3,
                separate_value,
                rnn,
                backend,
                isa,
                ..base
            })
            .unwrap()
        })
        .into_iter()
}

pub(super) fn weights(network: &Network, flat: &[f32]) -> BackendWeights {
    BackendWeights::new(network, flat).unwrap()
}

/// Random observations, factors of outputs, states, and beginnings of episodes in the midst of
/// sequences.
pub(super) struct Example {
    pub(super) x: Vec<f32>,
    /// The pictures of each encoder, shape (rows, ...picture).
    pub(super) pictures: Vec<Vec<u8>>,
    pub(super) factors: Vec<f32>,
    states: Vec<f32>,
    episode_starts: Vec<bool>,
    length: usize,
    rows: usize,
}

/// Rows from one on.
pub(super) struct Shown<'a> {
    pub(super) example: &'a Example,
    pub(super) first: usize,
}

impl Seen for Shown<'_> {
    fn write(&self, rows: std::ops::Range<usize>, x: &mut [f32]) {
        let dim = self.example.x.len() / self.example.rows;
        let rows = self.first + rows.start..self.first + rows.end;
        x.copy_from_slice(&self.example.x[rows.start * dim..rows.end * dim]);
    }

    fn frame(&self, encoder: usize, row: usize, frame: usize) -> &[u8] {
        let pictures = &self.example.pictures[encoder];
        let rows = pictures.chunks_exact(pictures.len() / self.example.rows);
        let picture = rows.clone().nth(self.first + row).unwrap();
        // Those of the examples have two frames.
        let size = picture.len() / 2;
        &picture[frame * size..(frame + 1) * size]
    }
}

impl Example {
    /// What is seen from a row on.
    pub(super) fn from(&self, first: usize) -> Shown<'_> {
        Shown { example: self, first }
    }

    /// `n` sequences of `length`.
    pub(super) fn new(network: &Network, n: usize, length: usize) -> Self {
        let rows = n * length;
        Self {
            x: draw(rows * network.input_dim, 1.0, 0),
            pictures: network.encoders().iter().map(|it| bytes(rows, it.picture)).collect(),
            factors: draw(rows * network.n_outputs, 0.2, 1),
            states: draw(n * network.state_dim, 0.7, 2),
            episode_starts: match network.state_dim {
                0 => Vec::new(),
                _ => draw(rows, 1.0, 3).iter().map(|x| *x > 1.2).collect(),
            },
            length,
            rows,
        }
    }

    fn sequences(&self) -> Sequences<'_> {
        Sequences {
            length: self.length,
            states: &self.states,
            episode_starts: &self.episode_starts,
        }
    }

    /// Outputs, and the gradient of their sum times the factors.
    pub(super) fn train(&self, network: &Network, flat: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut outputs, mut sums) = (Vec::new(), Buffer::default());
        let width = network.n_outputs;
        let (gradient, ranges) = network
            .train(
                &weights(network, flat),
                (self.rows, self.sequences()),
                (&mut outputs, &mut sums),
                self.from(0),
                |range, _, gradient| {
                    gradient.copy_from_slice(&self.factors[range.start * width..range.end * width]);
                    range
                },
            )
            .unwrap();
        assert_eq!(ranges.iter().map(ExactSizeIterator::len).sum::<usize>(), self.rows);
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        outputs.truncate(self.factors.len());
        (outputs, gradient)
    }

    /// The same by candle, all of these `pieces` of the rows in one graph.
    pub(super) fn plain(
        &self,
        network: &Network,
        flat: &[f32],
        pieces: &[std::ops::Range<usize>],
    ) -> (Vec<f32>, Vec<f32>) {
        let candle = CandleNetwork::new(network, flat).unwrap();
        let outputs = pieces.iter().map(|rows| {
            let (x, pictures) = network.seen_by_candle(&self.from(0), rows.clone()).unwrap();
            let sequences = self.sequences().of_rows(rows.clone(), network.state_dim);
            candle.forward(&x, &pictures, sequences).unwrap().0
        });
        let outputs = Tensor::cat(&outputs.collect::<Vec<_>>(), 0).unwrap();
        let factors = Tensor::from_slice(&self.factors, outputs.shape(), &Device::Cpu).unwrap();
        let gradients = (&outputs * factors).unwrap().sum_all().unwrap().backward().unwrap();
        let mut gradient = vec![0.0; network.n_weights];
        candle.add_gradient(&gradients, &mut gradient).unwrap();
        (numbers(&outputs), gradient)
    }

    pub(super) fn follows_finite_differences(&self, network: &Network) {
        let mut flat = draw(network.n_weights, 0.5, 3);
        let (_, gradient) = self.train(network, &flat);
        assert_eq!(gradient.len(), network.n_weights);
        for i in 0..network.n_weights {
            let mut shifted = |step: f32| {
                let saved = flat[i];
                flat[i] += step;
                let (out, _) = self.train(network, &flat);
                flat[i] = saved;
                out.iter().zip(&self.factors).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            };
            let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
            // Rounding 1e-6 over the step 1e-2, and the third derivative times its square.
            assert!((slope - f64::from(gradient[i])).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
        }
    }
}

/// Random pictures.
fn bytes(rows: usize, picture: crate::space::Picture) -> Vec<u8> {
    let numbers = draw(rows * picture.frames * picture.frame_size(), 90.0, 5);
    numbers.into_iter().map(|x| (x + 128.0) as u8).collect()
}

#[test]
fn outputs_and_gradients_agree_with_candles_own() {
    // Shared and separate trunks, with and without logarithms of deviations.
    let shapes = [(3, 0, false), (3, 0, true), (2, 2, false), (2, 2, true)];
    for (f, isa) in Activation::ALL.into_iter().flat_map(|f| isas().map(move |isa| (f, isa))) {
        for (mu_dim, log_std_dim, separate_value) in shapes {
            let base = shape(&[17, 9]);
            let network = Network::new(&NetworkShape {
                policy_dim: 5,
                input_dim: 5,
                mu_dim,
                log_std_dim,
                separate_value,
                activation: f,
                isa,
                ..base
            })
            .unwrap();
            // Three chunks, the last one short.
            let mut example = Example::new(&network, 600, 1);
            example.factors.iter_mut().for_each(|x| *x *= 0.25);
            let flat = draw(network.n_weights, 0.4, 1);
            let (outputs, gradient) = example.train(&network, &flat);
            let (plain, plain_gradient) =
                example.plain(&network, &flat, std::slice::from_ref(&(0..600)));
            // Sums of 600 terms of order 0.1, in two different orders.
            assert_close(&outputs, &plain, 2e-5);
            assert_close(&gradient, &plain_gradient, 2e-5);
        }
    }
}

#[test]
fn recurrent_layers_agree_with_candles_own() {
    // Sequences of two chunks, the second one short, in candle's a chunk at a time.
    let length = 20;
    let n = MIN_CHUNK_SEQUENCES + 5;
    // With fewer and with more units than a register has lanes.
    let sizes = [7, 19].into_iter().flat_map(|size| isas().map(move |isa| (size, isa)));
    for network in sizes.flat_map(|(size, isa)| recurrent_networks(size, isa, Backend::Fused)) {
        let example = Example::new(&network, n, length);
        let flat = draw(network.n_weights, 0.4, 4);
        let (outputs, gradient) = example.train(&network, &flat);
        let pieces = [0..MIN_CHUNK_SEQUENCES * length, MIN_CHUNK_SEQUENCES * length..n * length];
        let (plain, plain_gradient) = example.plain(&network, &flat, &pieces);
        // Sums of 400 terms of order 0.1, in two different orders.
        assert_close(&outputs, &plain, 1e-5);
        assert_close(&gradient, &plain_gradient, 2e-5);
    }
}

fn gradients_agree_with_finite_differences(backend: Backend) {
    for separate_value in [false, true] {
        for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Softplus] {
            let shape = NetworkShape { separate_value, activation, backend, ..shape(&[6, 5]) };
            let network = Network::new(&shape).unwrap();
            Example::new(&network, 4, 1).follows_finite_differences(&network);
        }
    }
}

fn recurrent_gradients_agree_with_finite_differences(backend: Backend) {
    for network in recurrent_networks(4, Isa::detect(), backend) {
        Example::new(&network, 3, 6).follows_finite_differences(&network);
    }
}

/// The same outputs as in training, and several tasks of several chunks.
fn inference_and_training_agree_to_the_bit(backend: Backend) {
    let shape =
        NetworkShape { policy_dim: 4, input_dim: 4, separate_value: true, backend, ..shape(&[8]) };
    let network = Network::new(&shape).unwrap();
    let n = (MAX_TASKS + 3) * CHUNK_ROWS + 5;
    let (example, flat) = (Example::new(&network, n, 1), draw(network.n_weights, 0.5, 1));
    let (outputs, _) = example.train(&network, &flat);
    let weights = weights(&network, &flat);
    let mut chunk = vec![0.0; CHUNK_ROWS * 3];
    for (i, outputs) in outputs.chunks(CHUNK_ROWS * 3).enumerate() {
        let (chunk, seen) = (&mut chunk[..outputs.len()], example.from(i * CHUNK_ROWS));
        network.infer_chunk(&weights, &seen, (&[], &mut []), chunk).unwrap();
        assert_eq!(chunk, outputs);
    }
}

fn rows_do_not_depend_on_those_beside_them(backend: Backend) {
    let shape = NetworkShape { activation: Activation::Elu, backend, ..shape(&[70, 33]) };
    let network = Network::new(&shape).unwrap();
    let (example, flat) = (Example::new(&network, 50, 1), draw(network.n_weights, 0.2, 1));
    let weights = weights(&network, &flat);
    let infer = |n: usize| {
        let mut all = vec![0.0; 50 * 3];
        for (i, out) in all.chunks_mut(n * 3).enumerate() {
            network.infer_chunk(&weights, &example.from(i * n), (&[], &mut []), out).unwrap();
        }
        all
    };
    let whole = infer(50);
    for n in [1, 2, 7, 33] {
        // Products of other shapes may round otherwise.
        assert_close(&infer(n), &whole, 1e-5);
    }
}

/// One step at a time, with the states handed on, is what a whole sequence gives.
fn steps_of_inference_make_up_a_sequence(backend: Backend) {
    let (n, length) = (5, 6);
    for network in recurrent_networks(7, Isa::detect(), backend) {
        let example = Example::new(&network, n, length);
        assert!(example.episode_starts[n..].contains(&true), "an episode begins on the way");
        let flat = draw(network.n_weights, 0.4, 4);
        let (outputs, _) = example.train(&network, &flat);
        let weights = weights(&network, &flat);
        let (mut states, width) = (example.states.clone(), network.n_outputs);
        for t in 0..length {
            let episode_starts = &example.episode_starts[t * n..(t + 1) * n];
            for (state, episode_starts) in states.chunks_mut(network.state_dim).zip(episode_starts)
            {
                state.iter_mut().for_each(|x| *x *= if *episode_starts { 0.0 } else { 1.0 });
            }
            let (mut after, mut out) = (vec![0.0; states.len()], vec![0.0; n * width]);
            network
                .infer_chunk(&weights, &example.from(t * n), (&states, &mut after), &mut out)
                .unwrap();
            // Products of other shapes may round otherwise.
            assert_close(&out, &outputs[t * n * width..(t + 1) * n * width], 1e-6);
            states = after;
        }
    }
}
