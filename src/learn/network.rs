//! The network, on slices: a trunk that the two heads share, or one for each, and in each a recurrent
//! layer if there is any.
//!
//! All weights are one flat array, and the rows of a batch go through the whole network a chunk at
//! a time, so that a chunk's activations stay in the cache from the first layer to the last and
//! back. Chunks and the tasks that they are grouped into have fixed sizes: sums over rows are
//! always formed in the same order, whatever the number of threads.

use std::cell::RefCell;
use std::ops::Range;

use super::activation::{Activation, add_rows};
use super::init::Init;
use super::parallel;
use super::recurrent::{Recurrent, Rnn, Sequences};
use super::tower::{Layer, Pass, Rows, Tower};

/// Rows that go through the network together, unless they are of sequences.
pub(super) const CHUNK_ROWS: usize = 256;
/// Sequences that go through the network together, at least: with fewer the products of a step are
/// too small to be fast.
const MIN_CHUNK_SEQUENCES: usize = 16;
/// Weight gradients are summed in at most this many parts.
const MAX_TASKS: usize = 32;

/// What a network is made from.
#[derive(Clone, Debug)]
pub(super) struct NetworkShape<'a> {
    pub(super) obs_dim: usize,
    /// Numbers that only the value sees; 0 unless it has hidden layers of its own.
    pub(super) critic_dim: usize,
    /// Widths of the hidden layers.
    pub(super) hidden_sizes: &'a [usize],
    /// Means or logits.
    pub(super) mu_dim: usize,
    /// Logarithms of standard deviations that the network gives.
    pub(super) log_std_dim: usize,
    pub(super) activation: Activation,
    /// Whether the value has hidden layers of its own.
    pub(super) separate_value: bool,
    /// The recurrent layer after the hidden layers of each.
    pub(super) rnn: Option<Rnn>,
}

/// Sequences of `length` rows that go through the network together.
pub(super) fn chunk_sequences(length: usize) -> usize {
    (CHUNK_ROWS / length).max(MIN_CHUNK_SEQUENCES)
}

/// The outputs are the means or logits `mu`, then `log_std` where the network gives it, then the
/// value. They come from one tower, or the value from a second one.
#[derive(Clone, Debug)]
pub(super) struct Network {
    towers: Vec<Tower>,
    mu_dim: usize,
    log_std_dim: usize,
    /// Columns of the input: the observation, then what only the value sees.
    pub(super) input_dim: usize,
    /// Columns of the output: those of the policy head and 1.
    pub(super) n_outputs: usize,
    /// Elements of the flat array of weights.
    pub(super) n_weights: usize,
    /// Hidden activations of one row, all layers together.
    pub(super) hidden_dim: usize,
    /// Numbers that recurrent layers keep from step to step.
    pub(super) state_dim: usize,
}

/// A part of the flat array under the name that checkpoints give it.
pub(super) struct NamedPart {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) range: Range<usize>,
    /// Inputs of its layer; the size of a recurrent one.
    pub(super) n_inputs: usize,
}

impl Network {
    pub(super) fn new(shape: &NetworkShape<'_>) -> Self {
        let head_dim = shape.mu_dim + shape.log_std_dim;
        let spans = match shape.separate_value {
            false => vec![("trunk", shape.obs_dim, 0..head_dim + 1)],
            true => vec![
                ("trunk", shape.obs_dim, 0..head_dim),
                ("value_trunk", shape.obs_dim + shape.critic_dim, head_dim..head_dim + 1),
            ],
        };
        let (mut start, mut state_dim) = (0, 0);
        let mut towers = Vec::new();
        for (name, mut inputs, outputs) in spans {
            let (first_output, n_outputs) = (outputs.start, outputs.len());
            let mut layers = Vec::new();
            let mut add_layer = |inputs: &mut usize, start: &mut usize, outputs, activation| {
                let weight = *start..*start + outputs * *inputs;
                let bias = weight.end..weight.end + outputs;
                *start = bias.end;
                layers.push(Layer { inputs: *inputs, outputs, weight, bias, activation });
                *inputs = outputs;
            };
            for &size in shape.hidden_sizes {
                add_layer(&mut inputs, &mut start, size, Some(shape.activation));
            }
            let recurrent = shape.rnn.map(|rnn| {
                let (layer, end) = Recurrent::new(rnn, inputs, start, state_dim);
                (inputs, start) = (rnn.size, end);
                state_dim += layer.state_dim();
                layer
            });
            add_layer(&mut inputs, &mut start, n_outputs, None);
            let recurrent_dim = recurrent.iter().map(|layer| layer.cache_dim() + layer.size);
            let kept = layers[..layers.len() - 1].iter().map(Layer::kept);
            let hidden_dim = kept.chain(recurrent_dim).sum();
            towers.push(Tower { name, layers, recurrent, first_output, n_outputs, hidden_dim });
        }
        Self {
            mu_dim: shape.mu_dim,
            log_std_dim: shape.log_std_dim,
            input_dim: shape.obs_dim + shape.critic_dim,
            n_outputs: head_dim + 1,
            n_weights: start,
            hidden_dim: towers.iter().map(|tower| tower.hidden_dim).sum(),
            state_dim,
            towers,
        }
    }

    /// Initial weights, shape (n_weights,). The biases of logarithms of standard deviations are
    /// `init_log_std`.
    pub(super) fn init(&self, seed: u64, init: Init, init_log_std: f32) -> Vec<f32> {
        let mut weights = vec![0.0; self.n_weights];
        for (i, part) in self.parts().iter().enumerate() {
            let weights = &mut weights[part.range.clone()];
            match part.name.as_str() {
                "log_std.bias" => weights.fill(init_log_std),
                name => {
                    let drawn = init.draw((name, &part.shape), part.n_inputs, seed, i as u32);
                    weights.copy_from_slice(&drawn);
                }
            }
        }
        weights
    }

    /// The flat array cut into weights, shape (outputs, inputs), and biases, shape (outputs,).
    pub(super) fn parts(&self) -> Vec<NamedPart> {
        let mut parts = Vec::new();
        let mut add = |name: String, shape: &[usize], start: usize, n_inputs: usize| {
            let range = start..start + shape.iter().product::<usize>();
            parts.push(NamedPart { name, shape: shape.to_vec(), range, n_inputs });
        };
        for tower in &self.towers {
            for (i, layer) in tower.trunk().iter().enumerate() {
                let (name, inputs) = (format!("{}.{i}", tower.name), layer.inputs);
                let shape = [layer.outputs, inputs];
                add(format!("{name}.weight"), &shape, layer.weight.start, inputs);
                add(format!("{name}.bias"), &shape[..1], layer.bias.start, inputs);
            }
            if let Some(layer) = &tower.recurrent {
                let mut add = |name, shape: &[usize], range: &Range<usize>| {
                    add(format!("{}.rnn.{name}", tower.name), shape, range.start, layer.size);
                };
                let width = layer.width();
                add("weight_ih", &[width, layer.inputs], &layer.weight_ih);
                add("weight_hh", &[width, layer.size], &layer.weight_hh);
                add("bias_ih", &[width], &layer.bias_ih);
                add("bias_hh", &[width], &layer.bias_hh);
            }
        }
        let value = self.mu_dim + self.log_std_dim;
        let heads = [
            ("mu", 0, self.mu_dim),
            ("log_std", self.mu_dim, self.log_std_dim),
            ("value", value, 1),
        ];
        let heads = heads.iter().filter(|(_, _, n)| *n > 0);
        for &(name, first, n) in heads.clone() {
            let (layer, row) = self.head_at(first);
            let start = layer.weight.start + row * layer.inputs;
            add(format!("{name}.weight"), &[n, layer.inputs], start, layer.inputs);
        }
        for &(name, first, n) in heads {
            let (layer, row) = self.head_at(first);
            add(format!("{name}.bias"), &[n], layer.bias.start + row, layer.inputs);
        }
        parts
    }

    /// The linear layer that gives an output of the network, and its row there.
    fn head_at(&self, output: usize) -> (&Layer, usize) {
        let last = self.towers.len() - 1;
        let tower = match output < self.towers[last].first_output {
            true => &self.towers[0],
            false => &self.towers[last],
        };
        (tower.head(), output - tower.first_output)
    }

    /// One way of a chunk through all towers.
    pub(super) fn forward_chunk(&self, pass: Pass<'_>) {
        thread_local! {
            static COLUMNS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
        }
        if let [tower] = &self.towers[..] {
            return tower.forward(pass);
        }
        let Pass { weights, rows, hidden, out, after } = pass;
        let mut rest = hidden;
        for tower in &self.towers {
            let (hidden, tail) = rest.split_at_mut(rows.n * tower.hidden_dim);
            rest = tail;
            COLUMNS.with_borrow_mut(|columns| {
                let columns = at_least(columns, rows.n * tower.n_outputs);
                tower.forward(Pass {
                    weights,
                    rows,
                    hidden,
                    out: &mut *columns,
                    after: &mut *after,
                });
                let rows = out.chunks_exact_mut(self.n_outputs);
                for (row, columns) in rows.zip(columns.chunks_exact(tower.n_outputs)) {
                    row[tower.outputs()].copy_from_slice(columns);
                }
            });
        }
    }

    /// The outputs `out`, shape (rows, n_outputs), for one step of each of `x`, shape (rows, input_dim),
    /// from the `states` before to those `after`, shape (rows, state_dim), with a scratch buffer of this
    /// thread for the activations. `after` may be empty.
    pub(super) fn infer_chunk(
        &self,
        weights: &[f32],
        x: &[f32],
        (states, after): (&[f32], &mut [f32]),
        out: &mut [f32],
    ) {
        thread_local! {
            static HIDDEN: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
        }
        let n = out.len() / self.n_outputs;
        let rows = Rows { x, sequences: Sequences { states, ..Sequences::NONE }, n };
        HIDDEN.with_borrow_mut(|hidden| {
            let hidden = at_least(hidden, n * self.hidden_dim);
            self.forward_chunk(Pass { weights, rows, hidden, out, after });
        });
    }

    /// One pass over `n` rows of whole `sequences`, forth and back: the gradient of a loss by the
    /// weights, shape (n_weights,), and what `loss` returned for each chunk, in order. The rows lie
    /// chunk by chunk, and within a chunk of [`chunk_sequences`] sequences time-major.
    ///
    /// `observations` writes those of a range of rows, shape (rows, input_dim). `loss` gets the outputs
    /// of a range of rows and writes its gradient by them, both of shape (rows, n_outputs); it must
    /// be a sum over rows, so that a chunk can go back as soon as it has come forth, while its
    /// activations are in the cache. `outputs` keeps the outputs of all rows; `sums` is working
    /// memory.
    pub(super) fn train<T: Send>(
        &self,
        weights: &[f32],
        (n, sequences): (usize, Sequences<'_>),
        (outputs, sums): (&mut Vec<f32>, &mut Vec<f32>),
        observations: impl Fn(Range<usize>, &mut [f32]) + Sync,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> T + Sync,
    ) -> (Vec<f32>, Vec<T>) {
        let chunk_rows = chunk_sequences(sequences.length) * sequences.length;
        let task_rows = n.div_ceil(chunk_rows).max(1).div_ceil(MAX_TASKS) * chunk_rows;
        let n_tasks = n.div_ceil(task_rows).max(1);
        let tasks = at_least(outputs, n * self.n_outputs)
            .chunks_mut(task_rows * self.n_outputs)
            .zip(at_least(sums, n_tasks * self.n_weights).chunks_mut(self.n_weights))
            .enumerate()
            .collect();
        let results = parallel::map(tasks, |(i, (outputs, sum)): (usize, (&mut [f32], _))| {
            let first = i * task_rows;
            self.train_task(weights, (first, sequences), outputs, sum, &observations, &loss)
        });
        let gradient = reduce(&sums[..n_tasks * self.n_weights], self.n_weights);
        (gradient, results.into_iter().flatten().collect())
    }

    /// Some chunks, one after the other: rows `first`.. of the batch. `sum` gets their weight
    /// gradient.
    fn train_task<T>(
        &self,
        weights: &[f32],
        (first, sequences): (usize, Sequences<'_>),
        outputs: &mut [f32],
        sum: &mut [f32],
        observations: &impl Fn(Range<usize>, &mut [f32]),
        loss: &impl Fn(Range<usize>, &[f32], &mut [f32]) -> T,
    ) -> Vec<T> {
        thread_local! {
            static BUFFERS: RefCell<[Vec<f32>; 5]> = const { RefCell::new([const { Vec::new() }; 5]) };
        }
        sum.fill(0.0);
        let widest = self.towers.iter().map(Tower::widest).max().unwrap_or(0);
        let chunk_rows = chunk_sequences(sequences.length) * sequences.length;
        BUFFERS.with_borrow_mut(|[x, hidden, gradient, above, below]| {
            let mut work = |(i, out): (usize, &mut [f32])| {
                let n = out.len() / self.n_outputs;
                let start = first + i * chunk_rows;
                let range = start..start + n;
                let x = at_least(x, n * self.input_dim);
                observations(range.clone(), x);
                let sequences = sequences.of_rows(range.clone(), self.state_dim);
                let rows = Rows { x, sequences, n };
                let hidden = at_least(hidden, n * self.hidden_dim);
                self.forward_chunk(Pass { weights, rows, hidden, out, after: &mut [] });
                let gradient = at_least(gradient, out.len());
                let result = loss(range, out, gradient);
                let mut scratch = [at_least(above, n * widest), at_least(below, n * widest)];
                self.backward_chunk(weights, rows, hidden, gradient, &mut scratch, sum);
                result
            };
            outputs.chunks_mut(chunk_rows * self.n_outputs).enumerate().map(&mut work).collect()
        })
    }

    /// Adds the weight gradient of one chunk to `sum`.
    fn backward_chunk(
        &self,
        weights: &[f32],
        rows: Rows<'_>,
        hidden: &[f32],
        out_gradient: &[f32],
        scratch: &mut [&mut [f32]; 2],
        sum: &mut [f32],
    ) {
        let mut rest = hidden;
        for tower in &self.towers {
            let (hidden, tail) = rest.split_at(rows.n * tower.hidden_dim);
            rest = tail;
            if tower.n_outputs == self.n_outputs {
                scratch[0][..out_gradient.len()].copy_from_slice(out_gradient);
            } else {
                let gradients = scratch[0].chunks_exact_mut(tower.n_outputs);
                for (gradient, row) in gradients.zip(out_gradient.chunks_exact(self.n_outputs)) {
                    gradient.copy_from_slice(&row[tower.outputs()]);
                }
            }
            tower.backward(weights, rows, hidden, scratch, sum);
        }
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

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
