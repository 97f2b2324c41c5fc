//! The multilayer perceptron, on slices: a shared trunk and two heads.
//!
//! All weights are one flat array, and the rows of a batch go through the whole network a chunk at
//! a time, so that a chunk's activations stay in the cache from the first layer to the last and
//! back. Chunks and the tasks that they are grouped into have fixed sizes: sums over rows are
//! always formed in the same order, whatever the number of threads.

use std::cell::RefCell;
use std::ops::Range;

use super::activation::{Activation, add_bias_and_activate, add_rows, multiply_by_slope};
use super::init;
use super::matrix::{Matrix, multiply};
use super::parallel;

/// Rows that go through the network together.
pub(super) const CHUNK_ROWS: usize = 256;
/// Weight gradients are summed in at most this many parts.
const MAX_TASKS: usize = 32;

/// One affine map, and the nonlinearity after it.
#[derive(Clone, Debug)]
struct Layer {
    inputs: usize,
    outputs: usize,
    /// Where the weight lies in the flat array, shape (outputs, inputs).
    weight: Range<usize>,
    /// Where the bias lies in the flat array, shape (outputs,).
    bias: Range<usize>,
    activation: Option<Activation>,
}

/// The shape of a network: hidden layers, then one linear layer whose first `head_dim` outputs are
/// the policy head `mu` and whose last output is the value.
#[derive(Clone, Debug)]
pub(super) struct Network {
    layers: Vec<Layer>,
    /// Columns of the observation.
    pub(super) obs_dim: usize,
    /// Columns of the output: `head_dim` + 1.
    pub(super) n_outputs: usize,
    /// Elements of the flat array of weights.
    pub(super) n_weights: usize,
    /// Hidden activations of one row, all layers together.
    pub(super) hidden_dim: usize,
}

/// A part of the flat array under the name that checkpoints give it.
pub(super) struct NamedPart {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) range: Range<usize>,
}

impl Network {
    pub(super) fn new(
        obs_dim: usize,
        hidden_sizes: &[usize],
        head_dim: usize,
        activation: Activation,
    ) -> Self {
        let n_outputs = head_dim + 1;
        let hidden = hidden_sizes.iter().map(|size| (*size, Some(activation)));
        let mut layers = Vec::new();
        let (mut inputs, mut start) = (obs_dim, 0);
        for (outputs, activation) in hidden.chain([(n_outputs, None)]) {
            let weight = start..start + outputs * inputs;
            let bias = weight.end..weight.end + outputs;
            start = bias.end;
            layers.push(Layer { inputs, outputs, weight, bias, activation });
            inputs = outputs;
        }
        Self { layers, obs_dim, n_outputs, n_weights: start, hidden_dim: hidden_sizes.iter().sum() }
    }

    /// Initial weights, shape (n_weights,): orthogonal with gain sqrt 2 in the trunk, 0.01 for the
    /// policy head and 1 for the value head; biases 0 (Andrychowicz et al., 2021, and the usual
    /// practice of PPO implementations).
    pub(super) fn init(&self, seed: u64) -> Vec<f32> {
        let mut weights = vec![0.0; self.n_weights];
        for (i, part) in self.parts().iter().enumerate() {
            if let [outputs, inputs] = part.shape[..] {
                let gain = match part.name.as_str() {
                    "mu.weight" => 0.01,
                    "value.weight" => 1.0,
                    _ => std::f64::consts::SQRT_2,
                };
                let weight = init::orthogonal(outputs, inputs, gain, seed, i as u32);
                weights[part.range.clone()].copy_from_slice(&weight);
            }
        }
        weights
    }

    /// The flat array cut into weights, shape (outputs, inputs), and biases, shape (outputs,).
    pub(super) fn parts(&self) -> Vec<NamedPart> {
        let mut parts = Vec::new();
        let mut add = |name: String, shape: &[usize], start: usize| {
            parts.push(NamedPart {
                name,
                shape: shape.to_vec(),
                range: start..start + shape.iter().product::<usize>(),
            });
        };
        let (heads, trunk) = self.heads_and_trunk();
        for (i, layer) in trunk.iter().enumerate() {
            let shape = [layer.outputs, layer.inputs];
            add(format!("trunk.{i}.weight"), &shape, layer.weight.start);
            add(format!("trunk.{i}.bias"), &shape[..1], layer.bias.start);
        }
        let (head_dim, inputs) = (heads.outputs - 1, heads.inputs);
        let value_weight = heads.weight.start + head_dim * inputs;
        add("mu.weight".into(), &[head_dim, inputs], heads.weight.start);
        add("value.weight".into(), &[1, inputs], value_weight);
        add("mu.bias".into(), &[head_dim], heads.bias.start);
        add("value.bias".into(), &[1], heads.bias.start + head_dim);
        parts
    }

    fn heads_and_trunk(&self) -> (&Layer, &[Layer]) {
        let last = self.layers.len() - 1;
        (&self.layers[last], &self.layers[..last])
    }

    /// Outputs of up to [`CHUNK_ROWS`] rows, shape (rows, n_outputs), from `x`, shape (rows,
    /// obs_dim). Leaves the hidden activations in `hidden`, (rows, hidden_dim) elements, one layer
    /// after the other.
    pub(super) fn forward_chunk(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &mut [f32],
        out: &mut [f32],
    ) {
        let rows = out.len() / self.n_outputs;
        let (heads, trunk) = self.heads_and_trunk();
        let mut input = x;
        let mut rest = hidden;
        for layer in trunk {
            let (y, tail) = rest.split_at_mut(rows * layer.outputs);
            layer.forward(weights, input, y, rows);
            input = y;
            rest = tail;
        }
        heads.forward(weights, input, out, rows);
    }

    /// As [`Network::forward_chunk`], with a scratch buffer of this thread for the activations.
    pub(super) fn infer_chunk(&self, weights: &[f32], x: &[f32], out: &mut [f32]) {
        thread_local! {
            static HIDDEN: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
        }
        let rows = out.len() / self.n_outputs;
        HIDDEN.with_borrow_mut(|hidden| {
            let hidden = at_least(hidden, rows * self.hidden_dim);
            self.forward_chunk(weights, x, hidden, out);
        });
    }

    /// Outputs, shape (n, n_outputs), of `x`, shape (n, obs_dim). `hidden`, n * hidden_dim
    /// elements, gets the activations chunk by chunk, for [`Network::backward`].
    pub(super) fn forward(&self, weights: &[f32], x: &[f32], hidden: &mut [f32], out: &mut [f32]) {
        let chunks = x
            .chunks(CHUNK_ROWS * self.obs_dim)
            .zip(hidden.chunks_mut(CHUNK_ROWS * self.hidden_dim))
            .zip(out.chunks_mut(CHUNK_ROWS * self.n_outputs))
            .collect();
        parallel::map(chunks, |((x, hidden), out)| {
            self.forward_chunk(weights, x, hidden, out);
        });
    }

    /// The gradient of a scalar by the weights, shape (n_weights,), from its gradient by the
    /// outputs, shape (n, n_outputs). `x` and `hidden` are those of [`Network::forward`]; `sums`
    /// is working memory. There is no gradient by `x`: observations have none to hand on to.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &[f32],
        out_gradient: &[f32],
        sums: &mut Vec<f32>,
    ) -> Vec<f32> {
        let n_rows = out_gradient.len() / self.n_outputs;
        let n_chunks = n_rows.div_ceil(CHUNK_ROWS).max(1);
        let task_rows = n_chunks.div_ceil(MAX_TASKS) * CHUNK_ROWS;
        let n_tasks = n_rows.div_ceil(task_rows).max(1);
        let tasks = x
            .chunks(task_rows * self.obs_dim)
            .zip(hidden.chunks(task_rows * self.hidden_dim))
            .zip(out_gradient.chunks(task_rows * self.n_outputs))
            .zip(at_least(sums, n_tasks * self.n_weights).chunks_mut(self.n_weights))
            .collect();
        parallel::map(tasks, |(((x, hidden), out_gradient), sum)| {
            self.backward_task(weights, x, hidden, out_gradient, sum);
        });
        reduce(&sums[..n_tasks * self.n_weights], self.n_weights)
    }

    /// The weight gradient `sum` of some chunks, one after the other.
    fn backward_task(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &[f32],
        out_gradient: &[f32],
        sum: &mut [f32],
    ) {
        thread_local! {
            static GRADIENTS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
        }
        sum.fill(0.0);
        let widest = self.layers.iter().map(|layer| layer.outputs).max();
        let len = CHUNK_ROWS * widest.unwrap_or(0);
        GRADIENTS.with_borrow_mut(|[first, second]| {
            let mut scratch = [at_least(first, len), at_least(second, len)];
            let chunks = x
                .chunks(CHUNK_ROWS * self.obs_dim)
                .zip(hidden.chunks(CHUNK_ROWS * self.hidden_dim))
                .zip(out_gradient.chunks(CHUNK_ROWS * self.n_outputs));
            for ((x, hidden), out_gradient) in chunks {
                scratch[0][..out_gradient.len()].copy_from_slice(out_gradient);
                self.backward_chunk(weights, x, hidden, &mut scratch, sum);
            }
        });
    }

    /// Adds the weight gradient of one chunk to `sum`. `scratch[0]` holds the gradient by the
    /// outputs; the two buffers then take turns holding that of each layer.
    fn backward_chunk(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &[f32],
        scratch: &mut [&mut [f32]; 2],
        sum: &mut [f32],
    ) {
        let rows = x.len() / self.obs_dim;
        let [above, below] = scratch;
        let mut end = hidden.len();
        for (i, layer) in self.layers.iter().enumerate().rev() {
            let gradient = &above[..rows * layer.outputs];
            if i == 0 {
                layer.accumulate(x, gradient, rows, sum);
                return;
            }
            let input = &hidden[end - rows * layer.inputs..end];
            end -= input.len();
            layer.accumulate(input, gradient, rows, sum);
            let input_gradient = &mut below[..input.len()];
            layer.backward(weights, gradient, input_gradient, rows);
            if let Some(activation) = self.layers[i - 1].activation {
                multiply_by_slope(input_gradient, input, activation);
            }
            std::mem::swap(above, below);
        }
    }
}

impl Layer {
    /// y = f(x w^T + b), shape (rows, outputs).
    fn forward(&self, weights: &[f32], x: &[f32], y: &mut [f32], rows: usize) {
        let x = Matrix::new(x, rows, self.inputs);
        let w = Matrix::new(&weights[self.weight.clone()], self.outputs, self.inputs);
        multiply(y, x, w.transposed(), false);
        add_bias_and_activate(y, &weights[self.bias.clone()], self.activation);
    }

    /// dw += dy^T x and db += the sum of dy over rows, with dy the gradient before the
    /// nonlinearity, shape (rows, outputs).
    fn accumulate(&self, x: &[f32], dy: &[f32], rows: usize, sum: &mut [f32]) {
        let x = Matrix::new(x, rows, self.inputs);
        let dy_transposed = Matrix::new(dy, rows, self.outputs).transposed();
        multiply(&mut sum[self.weight.clone()], dy_transposed, x, true);
        add_rows(&mut sum[self.bias.clone()], dy);
    }

    /// dx = dy w, shape (rows, inputs).
    fn backward(&self, weights: &[f32], dy: &[f32], dx: &mut [f32], rows: usize) {
        let dy = Matrix::new(dy, rows, self.outputs);
        let w = Matrix::new(&weights[self.weight.clone()], self.outputs, self.inputs);
        multiply(dx, dy, w, false);
    }
}

/// The sum of the rows of `sums`, shape (n, dim), in order; columns are shared out among threads.
fn reduce(sums: &[f32], dim: usize) -> Vec<f32> {
    const COLUMNS: usize = 4096;
    let mut total = sums[..dim].to_vec();
    if sums.len() > dim {
        let jobs = total.chunks_mut(COLUMNS).enumerate().collect();
        parallel::map(jobs, |(i, total): (usize, &mut [f32])| {
            for row in sums.chunks_exact(dim).skip(1) {
                add_rows(total, &row[i * COLUMNS..i * COLUMNS + total.len()]);
            }
        });
    }
    total
}

/// The first `len` elements of `buffer`, which grows if it has to.
pub(super) fn at_least(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}
