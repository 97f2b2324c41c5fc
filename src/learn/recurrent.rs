//! A recurrent layer, on slices: from sequences of rows to sequences of rows.
//!
//! A chunk holds whole sequences of one length, time-major: row t * n + s is step t of the sequence s
//! of n. All steps go through the input's weights in one product, forth and back; only what depends on
//! the step before goes step by step.

use std::cell::RefCell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::activation::{add_bias_and_activate, add_rows};
use super::cell::{gru_backward, gru_forward, lstm_backward, lstm_forward};
use super::matrix::{Matrix, multiply};
use super::network::at_least;

/// What a recurrent layer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al.,
    /// 2000). Gates in the order input, forget, cell, output.
    Lstm,
    /// Gated recurrent unit (Cho et al., 2014) whose reset gate acts after the product, as in cuDNN.
    /// Gates in the order reset, update, candidate.
    Gru,
}

impl Cell {
    /// Gates, the new candidate included.
    pub(super) fn n_gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// Vectors that are kept from step to step: h, and the LSTM's c.
    pub(super) fn n_states(self) -> usize {
        match self {
            Self::Lstm => 2,
            Self::Gru => 1,
        }
    }
}

/// A recurrent layer between the hidden layers and the heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rnn {
    /// Its kind.
    pub cell: Cell,
    /// Its units, at least 1.
    pub size: usize,
}

/// How the rows of a batch hang together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequences<'a> {
    /// Rows of each sequence; 1 for networks without memory.
    pub(super) length: usize,
    /// Hidden states before the first rows, shape (n_sequences, state_dim).
    pub(super) states: &'a [f32],
    /// Whether an episode begins at a row, which then knows nothing of those before, shape (rows,); or
    /// empty, where none does.
    pub(super) begins: &'a [bool],
}

impl<'a> Sequences<'a> {
    /// Of rows that have nothing to do with each other.
    pub(super) const NONE: Sequences<'static> = Sequences { length: 1, states: &[], begins: &[] };

    /// Those of a range of rows that holds whole sequences.
    pub(super) fn of_rows(self, rows: Range<usize>, state_dim: usize) -> Self {
        let (first, end) = (rows.start / self.length, rows.end / self.length);
        Self {
            length: self.length,
            states: &self.states[first * state_dim..end * state_dim],
            begins: if self.begins.is_empty() { &[] } else { &self.begins[rows] },
        }
    }
}

/// The layer in the flat array of weights.
#[derive(Clone, Debug)]
pub(super) struct Recurrent {
    pub(super) cell: Cell,
    pub(super) inputs: usize,
    pub(super) size: usize,
    /// Shape (n_gates * size, inputs).
    pub(super) weight_ih: Range<usize>,
    /// Shape (n_gates * size, size).
    pub(super) weight_hh: Range<usize>,
    /// Shape (n_gates * size,).
    pub(super) bias_ih: Range<usize>,
    /// Shape (n_gates * size,).
    pub(super) bias_hh: Range<usize>,
    /// Where its states begin in a row of states: h, then c.
    pub(super) first_state: usize,
}

/// What the way back needs of the way forth, each of shape (rows, ...).
struct Cache<'a> {
    /// After their nonlinearities, n_gates * size numbers.
    gates: &'a mut [f32],
    /// tanh c, or what the hidden state gives to the candidate; size numbers.
    inner: &'a mut [f32],
    /// h of the step before.
    h_before: &'a mut [f32],
    /// c of the step before; empty without one.
    c_before: &'a mut [f32],
}

impl Recurrent {
    /// The layer whose weights begin at `start`, and where they end.
    pub(super) fn new(rnn: Rnn, inputs: usize, start: usize, first_state: usize) -> (Self, usize) {
        let width = rnn.cell.n_gates() * rnn.size;
        let weight_ih = start..start + width * inputs;
        let weight_hh = weight_ih.end..weight_ih.end + width * rnn.size;
        let bias_ih = weight_hh.end..weight_hh.end + width;
        let bias_hh = bias_ih.end..bias_ih.end + width;
        let end = bias_hh.end;
        let (cell, size) = (rnn.cell, rnn.size);
        (Self { cell, inputs, size, weight_ih, weight_hh, bias_ih, bias_hh, first_state }, end)
    }

    /// Numbers of all gates of one row.
    pub(super) fn width(&self) -> usize {
        self.cell.n_gates() * self.size
    }

    /// Numbers that one row leaves behind for the way back, besides its output.
    pub(super) fn cache_dim(&self) -> usize {
        self.width() + (1 + self.cell.n_states()) * self.size
    }

    /// Numbers that are kept from step to step.
    pub(super) fn state_dim(&self) -> usize {
        self.cell.n_states() * self.size
    }

    fn cut<'a>(&self, cache: &'a mut [f32], rows: usize) -> Cache<'a> {
        let (gates, rest) = cache.split_at_mut(rows * self.width());
        let (inner, rest) = rest.split_at_mut(rows * self.size);
        let (h_before, c_before) = rest.split_at_mut(rows * self.size);
        Cache { gates, inner, h_before, c_before }
    }

    /// y, shape (rows, size), from x, shape (rows, inputs). The states after the last steps go to
    /// `after`, shape (n_sequences, state_dim of the network), unless it is empty.
    pub(super) fn forward(
        &self,
        weights: &[f32],
        x: &[f32],
        (cache, y): (&mut [f32], &mut [f32]),
        sequences: Sequences<'_>,
        after: &mut [f32],
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([const { Vec::new() }; 2]) };
        }
        let (size, width) = (self.size, self.width());
        let rows = y.len() / size;
        let n = rows / sequences.length;
        let cache = self.cut(cache, rows);
        let w = Matrix::new(&weights[self.weight_ih.clone()], width, self.inputs);
        multiply(cache.gates, Matrix::new(x, rows, self.inputs), w.transposed(), false);
        add_bias_and_activate(cache.gates, &weights[self.bias_ih.clone()], None);
        let w = Matrix::new(&weights[self.weight_hh.clone()], width, size).transposed();
        BUFFERS.with_borrow_mut(|[u, c]| {
            let (u, c) = (at_least(u, n * width), at_least(c, n * size));
            for t in 0..sequences.length {
                let step = t * n * size..(t + 1) * n * size;
                let (past, h) = y.split_at_mut(step.start);
                let h_before = &mut cache.h_before[step.clone()];
                if t == 0 {
                    self.gather(sequences.states, 0, h_before);
                } else {
                    h_before.copy_from_slice(&past[step.start - n * size..]);
                }
                forget(h_before, sequences.begins, t, size);
                multiply(u, Matrix::new(h_before, n, size), w, false);
                add_bias_and_activate(u, &weights[self.bias_hh.clone()], None);
                let gates = &mut cache.gates[t * n * width..(t + 1) * n * width];
                let (inner, h) = (&mut cache.inner[step.clone()], &mut h[..n * size]);
                match self.cell {
                    Cell::Lstm => {
                        let c_before = &mut cache.c_before[step];
                        if t == 0 {
                            self.gather(sequences.states, size, c_before);
                        } else {
                            c_before.copy_from_slice(c);
                        }
                        forget(c_before, sequences.begins, t, size);
                        lstm_forward(gates, u, c_before, c, inner, h, size);
                    }
                    Cell::Gru => gru_forward(gates, u, h_before, inner, h, size),
                }
            }
            if !after.is_empty() {
                let state_dim = after.len() / n;
                let last = y[(rows - n) * size..].chunks_exact(size).zip(c.chunks_exact(size));
                for (row, (h, c)) in after.chunks_exact_mut(state_dim).zip(last) {
                    let state = &mut row[self.first_state..self.first_state + self.state_dim()];
                    state[..size].copy_from_slice(h);
                    state[size..].copy_from_slice(&c[..self.state_dim() - size]);
                }
            }
        });
    }

    /// One vector of each sequence's state, that at `offset` of this layer's, into `to`, shape
    /// (n_sequences, size).
    fn gather(&self, states: &[f32], offset: usize, to: &mut [f32]) {
        let state_dim = states.len() / (to.len() / self.size);
        let start = self.first_state + offset;
        for (to, row) in to.chunks_exact_mut(self.size).zip(states.chunks_exact(state_dim)) {
            to.copy_from_slice(&row[start..start + self.size]);
        }
    }

    /// Adds the weight gradient to `sum`, and gives that by x, shape (rows, inputs), from `dy`, that by
    /// y. `cache` is what the way forth left.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        (x, cache): (&[f32], &[f32]),
        (dy, dx): (&[f32], &mut [f32]),
        sequences: Sequences<'_>,
        sum: &mut [f32],
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Vec<f32>; 4]> = const { RefCell::new([const { Vec::new() }; 4]) };
        }
        let (size, width) = (self.size, self.width());
        let rows = dy.len() / size;
        let n = rows / sequences.length;
        let (gates, rest) = cache.split_at(rows * width);
        let (inner, rest) = rest.split_at(rows * size);
        let (h_before, c_before) = rest.split_at(rows * size);
        let w = Matrix::new(&weights[self.weight_hh.clone()], width, size);
        BUFFERS.with_borrow_mut(|[da, du, dh, dc]| {
            // By what the input and by what the hidden state gives to the gates; of the LSTM, which
            // adds the two, these are the same.
            let da = at_least(da, rows * width);
            let du = at_least(du, if self.cell == Cell::Gru { rows * width } else { 0 });
            let (dh, dc) = (at_least(dh, n * size), at_least(dc, n * size));
            dh.fill(0.0);
            dc.fill(0.0);
            for t in (0..sequences.length).rev() {
                let (step, wide) =
                    (t * n * size..(t + 1) * n * size, t * n * width..(t + 1) * n * width);
                add_rows(dh, &dy[step.clone()]);
                let (gates, inner) = (&gates[wide.clone()], &inner[step.clone()]);
                let da = &mut da[wide.clone()];
                let du: &[f32] = match self.cell {
                    Cell::Lstm => {
                        lstm_backward(gates, inner, &c_before[step], dh, dc, da, size);
                        da
                    }
                    Cell::Gru => {
                        let du = &mut du[wide];
                        gru_backward(gates, inner, &h_before[step], dh, da, du, size);
                        du
                    }
                };
                if t > 0 {
                    // The GRU leaves in `dh` what went past the gates.
                    let keep = self.cell == Cell::Gru;
                    multiply(dh, Matrix::new(du, n, width), w, keep);
                    forget(dh, sequences.begins, t, size);
                    forget(dc, sequences.begins, t, size);
                }
            }
            let du: &[f32] = if self.cell == Cell::Gru { du } else { da };
            let accumulate = |sum: &mut [f32], d: &[f32], x: &[f32], inputs| {
                let d = Matrix::new(d, rows, width).transposed();
                multiply(sum, d, Matrix::new(x, rows, inputs), true);
            };
            accumulate(&mut sum[self.weight_ih.clone()], da, x, self.inputs);
            accumulate(&mut sum[self.weight_hh.clone()], du, h_before, size);
            add_rows(&mut sum[self.bias_ih.clone()], da);
            add_rows(&mut sum[self.bias_hh.clone()], du);
            let w = Matrix::new(&weights[self.weight_ih.clone()], width, self.inputs);
            multiply(dx, Matrix::new(da, rows, width), w, false);
        });
    }
}

/// Zeroes the rows of step t, shape (n, size), at which an episode begins.
fn forget(rows: &mut [f32], begins: &[bool], t: usize, size: usize) {
    if begins.is_empty() {
        return;
    }
    let n = rows.len() / size;
    for (row, begins) in rows.chunks_exact_mut(size).zip(&begins[t * n..]) {
        if *begins {
            row.fill(0.0);
        }
    }
}
