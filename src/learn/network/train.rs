//! Forward and backward pass of a batch: the gradient of a loss by the weights.

use std::cell::RefCell;
use std::ops::Range;

use super::activation::add_rows;
use super::encode::add_columns;
use super::matrix::{Buffer, Onto, Packed, Panels, PanelsMut, to_panels};
use super::tower::{Pass, Rows, Tower};
use super::{BackendWeights, Network, Seen, Sequences, at_least};
use crate::learn::error::LearnError;
use crate::learn::parallel;

/// Weight gradients are summed in at most this many parts.
pub(super) const MAX_TASKS: usize = 32;
/// Numbers of all parts together, of networks with encoders, whose dense layers may have millions of weights; but
/// there are some parts at least, for threads to share.
const MOST_SUMS: usize = 16 << 20;
const LEAST_TASKS: usize = 8;

/// How the rows of a batch are shared out. Its parts are of fixed size, so that sums over rows are always
/// formed in the same order.
#[derive(Clone, Copy)]
pub(super) struct TaskRows {
    /// Rows that go through the network together; whole sequences.
    pub(super) chunk: usize,
    /// Rows of a task, which one thread works on; whole chunks.
    pub(super) task: usize,
}

impl TaskRows {
    /// Those of `n` rows in sequences of `length`, of which `network` takes some together.
    pub(super) fn new(network: &Network, n: usize, length: usize) -> Self {
        let chunk = network.chunk_sequences(length) * length;
        Self { chunk, task: n.div_ceil(chunk).max(1).div_ceil(network.max_tasks()) * chunk }
    }
}

impl Network {
    /// Parts in which weight gradients are summed, at most.
    fn max_tasks(&self) -> usize {
        match self.encoders.is_empty() {
            true => MAX_TASKS,
            false => (MOST_SUMS / self.packed_len.backward).clamp(LEAST_TASKS, MAX_TASKS),
        }
    }

    /// Forward and backward pass of `n` rows of whole `sequences`: the gradient of a loss by the
    /// weights, shape (n_weights,), and what `loss` returned for each chunk, in order. The rows lie
    /// chunk by chunk, and within a chunk of [`Network::chunk_sequences`] sequences time-major.
    ///
    /// `seen` is what is seen in those rows. `loss` gets the outputs of a range of rows and writes its gradient by them, both of shape (rows, n_outputs); it must
    /// be a sum over rows, so that a chunk's backward pass can follow its forward pass while its
    /// activations are in the cache. `outputs` keeps the outputs of all rows; `sums` is working
    /// memory. Fails where candle does, which may be in layers that a program brings along.
    pub(in crate::learn) fn train<T: Send>(
        &self,
        weights: &BackendWeights,
        rows: (usize, Sequences<'_>),
        (outputs, sums): (&mut Vec<f32>, &mut Buffer),
        seen: impl Seen,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> T + Sync,
    ) -> Result<(Vec<f32>, Vec<T>), LearnError> {
        match weights {
            BackendWeights::Fused(packed) => {
                Ok(self.train_fused(packed, rows, (outputs, sums), seen, loss))
            }
            BackendWeights::Candle(candle) => self.train_candle(candle, rows, outputs, seen, loss),
        }
    }

    /// [`Network::train`] by the fused passes.
    fn train_fused<T: Send>(
        &self,
        packed: &Packed,
        (n, sequences): (usize, Sequences<'_>),
        (outputs, sums): (&mut Vec<f32>, &mut Buffer),
        seen: impl Seen,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> T + Sync,
    ) -> (Vec<f32>, Vec<T>) {
        let TaskRows { task: task_rows, .. } = TaskRows::new(self, n, sequences.length);
        let n_tasks = n.div_ceil(task_rows).max(1);
        let sum_len = self.packed_len.backward;
        let sums = sums.at_least(n_tasks * sum_len);
        let tasks = at_least(outputs, n * self.n_outputs)
            .chunks_mut(task_rows * self.n_outputs)
            .zip(sums.chunks_mut(sum_len))
            .enumerate()
            .collect();
        let results =
            parallel::map(tasks, |(i, (outputs, sum)): (usize, (&mut [f32], &mut [f32]))| {
                let first = i * task_rows;
                self.train_task(packed, (first, sequences), outputs, sum, &seen, &loss)
            });
        reduce(sums, sum_len);
        let mut gradient = vec![0.0; self.n_weights];
        self.affines().for_each(|affine| affine.unpack(&sums[..sum_len], &mut gradient));
        self.encoders.iter().for_each(|it| it.unpack(&sums[..sum_len], &mut gradient));
        (gradient, results.into_iter().flatten().collect())
    }

    /// Some chunks, one after the other: rows `first`.. of the batch. `sum` gets their weight
    /// gradient.
    fn train_task<T>(
        &self,
        packed: &Packed,
        (first, sequences): (usize, Sequences<'_>),
        outputs: &mut [f32],
        sum: &mut [f32],
        seen: &impl Seen,
        loss: &impl Fn(Range<usize>, &[f32], &mut [f32]) -> T,
    ) -> Vec<T> {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 10]> = RefCell::default();
        }
        let widest = self.towers.iter().map(Tower::widest).max().unwrap_or(0);
        let chunk_rows = self.chunk_sequences(sequences.length) * sequences.length;
        BUFFERS.with_borrow_mut(|buffers| {
            let [x, panels, beside, hidden, gradient, above, below, dx, by_input, rows_of] =
                buffers;
            let mut work = |(i, out): (usize, &mut [f32])| {
                let n = out.len() / self.n_outputs;
                let start = first + i * chunk_rows;
                let range = start..start + n;
                let hidden = hidden.at_least(self.cache_len(n));
                let (encoded, hidden) = hidden.split_at_mut(self.encoded_len(n));
                let x = self.see(packed, (seen, range.clone()), encoded, x);
                let sequences = sequences.of_rows(range.clone(), self.state_dim);
                let rows = Rows {
                    x: self.panels_from(0, x, panels),
                    beside: self.panels_beside(x, beside),
                    sequences,
                    n,
                };
                self.forward_chunk(Pass { packed, rows, hidden, out, after: &mut [] });
                let gradient = gradient.at_least(out.len());
                let result = loss(range.clone(), out, gradient);
                let onto = if i == 0 { Onto::Zero } else { Onto::Sum };
                let dx = dx.at_least(n * self.encoded_dim);
                let turns = [above.at_least(n * widest), below.at_least(n * widest)];
                let scratch = Scratch { turns, dx: &mut *dx, by_input, rows: rows_of };
                self.backward_chunk(packed, rows, hidden, gradient, scratch, (&mut *sum, onto));
                self.see_backward(packed, (seen, range), encoded, dx, (&mut *sum, onto));
                result
            };
            outputs.chunks_mut(chunk_rows * self.n_outputs).enumerate().map(&mut work).collect()
        })
    }

    /// Adds the weight gradient of one chunk through the towers to `sum`, or writes it there if `onto` is zero.
    fn backward_chunk(
        &self,
        packed: &Packed,
        rows: Rows<'_>,
        hidden: &[f32],
        out_gradient: &[f32],
        scratch: Scratch<'_>,
        (sum, onto): (&mut [f32], Onto),
    ) {
        let Scratch { mut turns, dx, by_input, rows: of_input } = scratch;
        dx.fill(0.0);
        let mut rest = hidden;
        for tower in &self.towers {
            let (hidden, tail) = rest.split_at(rows.n * tower.hidden_dim());
            rest = tail;
            let columns = tower.head.outputs;
            let gradient = &mut turns[0][..rows.n * columns.padded()];
            let out_gradient = (out_gradient, self.n_outputs, tower.first_output);
            to_panels(out_gradient, columns, PanelsMut::new(gradient, rows.n));
            if self.sees_pictures(tower) {
                let columns = tower.input_columns();
                let by_input = by_input.at_least(rows.n * columns.padded());
                let to = Some(&mut *by_input);
                tower.backward(packed, rows, hidden, &mut turns, to, (&mut *sum, onto));
                let panels = (Panels::new(by_input, rows.n), columns);
                add_columns(panels, of_input, (&mut *dx, self.encoded_dim));
            } else {
                tower.backward(packed, rows, hidden, &mut turns, None, (&mut *sum, onto));
            }
        }
    }
}

/// Where the gradient by what encoders gave goes, and working memory.
struct Scratch<'a> {
    /// Two buffers that take turns holding the gradient of each layer.
    turns: [&'a mut [f32]; 2],
    /// The gradient by what encoders gave, shape (rows, encoded_dim).
    dx: &'a mut [f32],
    /// That by the input of a tower, in panels, and the same row by row.
    by_input: &'a mut Buffer,
    rows: &'a mut Buffer,
}

/// Adds all rows of `sums`, shape (n, dim), to the first, in order; columns are shared out among threads.
fn reduce(sums: &mut [f32], dim: usize) {
    const COLUMNS: usize = 4096;
    let (total, others) = sums.split_at_mut(dim);
    if others.is_empty() {
        return;
    }
    let jobs = total.chunks_mut(COLUMNS).enumerate().collect();
    parallel::map(jobs, |(i, total): (usize, &mut [f32])| {
        for row in others.chunks_exact(dim) {
            add_rows(total, &row[i * COLUMNS..i * COLUMNS + total.len()]);
        }
    });
}
