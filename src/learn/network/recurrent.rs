//! A recurrent layer, on slices: from sequences of rows to sequences of rows.
//!
//! A chunk holds whole sequences of one length, time-major: row t * n + s is step t of the sequence s
//! of n. All steps go through the input's weights in one product, forward and backward; only what depends
//! on the step before goes step by step.

use std::cell::RefCell;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::activation::add_rows;
use super::cell::{gru_backward, gru_forward, lstm_backward, lstm_forward};
use super::layer::{Input, Places};
use super::matrix::{
    Affine, Buffer, Columns, Onto, Packed, Panels, PanelsMut, as_it_is, from_panels, to_panels,
};
use super::part::{NamedPart, Purpose};
use super::sequences::{Sequences, Steps};

/// Cell type of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RnnCell {
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al.,
    /// 2000). Gates in the order input, forget, cell, output.
    Lstm,
    /// Gated recurrent unit (Cho et al., 2014) whose reset gate acts after the product, as in cuDNN.
    /// Gates in the order reset, update, candidate.
    Gru,
}

impl RnnCell {
    /// Gates, the new candidate included.
    pub(in crate::learn) fn n_gates(self) -> usize {
        match self {
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// Vectors that are kept from step to step: h, and the LSTM's c.
    pub(in crate::learn) fn n_states(self) -> usize {
        match self {
            Self::Lstm => 2,
            Self::Gru => 1,
        }
    }
}

/// A recurrent layer between the hidden layers and the heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RnnConfig {
    /// Its kind.
    pub cell: RnnCell,
    /// Its units, at least 1.
    pub size: usize,
}

/// The layer in the flat array of weights.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Recurrent {
    pub(in crate::learn) cell: RnnCell,
    pub(in crate::learn) size: usize,
    /// From the input to the gates; weight of shape (n_gates * size, inputs).
    pub(super) ih: Affine,
    /// From the hidden state of the step before to the gates; weight of shape (n_gates * size, size).
    pub(super) hh: Affine,
    /// Where its states begin in a row of states: h, then c.
    pub(super) first_state: usize,
}

/// What the forward pass keeps for the backward pass, in panels of rows.
struct Cache<T> {
    /// After their nonlinearities, one group of panels for each.
    gates: T,
    /// tanh c, or what the hidden state gives to the candidate.
    inner: T,
    /// h of the step before.
    h_before: T,
    /// c of the step before; empty without one.
    c_before: T,
}

impl Recurrent {
    /// What it is called in checkpoints.
    pub(in crate::learn) const NAME: &'static str = "rnn";

    /// One at the next `places`.
    pub(super) fn new(rnn: RnnConfig, inputs: usize, places: &mut Places) -> Self {
        let RnnConfig { cell, size } = rnn;
        let width = cell.n_gates() * size;
        let (weight_ih, weight_hh) = (places.take(width * inputs), places.take(width * size));
        let (bias_ih, bias_hh) = (places.take(width), places.take(width));
        let gates = Columns { size, groups: cell.n_gates(), isa: places.isa };
        let ih = Affine::new((inputs, gates), (weight_ih, bias_ih), &mut places.packed);
        let hh = Affine::new((size, gates), (weight_hh, bias_hh), &mut places.packed);
        let first_state = places.states;
        places.states += cell.n_states() * size;
        Self { cell, size, ih, hh, first_state }
    }

    /// Its part of the flat array, under names that begin with its own, `name`.
    pub(super) fn parts(&self, name: &str) -> Vec<NamedPart> {
        let (ih, hh, width) = (&self.ih, &self.hh, self.cell.n_gates() * self.size);
        let part = |what: &str, shape: &[usize], range: &Range<usize>| NamedPart {
            name: format!("{name}.{what}"),
            shape: shape.to_vec(),
            range: range.clone(),
            n_inputs: self.size,
            purpose: Purpose::Recurrent,
        };
        vec![
            part("weight_ih", &[width, ih.inputs], &ih.weight),
            part("weight_hh", &[width, hh.inputs], &hh.weight),
            part("bias_ih", &[width], &ih.bias),
            part("bias_hh", &[width], &hh.bias),
        ]
    }

    /// How many gates have their rows in each tensor of the `layer` of that name, one gate's below the
    /// other's: of a recurrent one as many times its size as its bias is long; 1 of any other. `shape` gives
    /// those of tensors by their names.
    pub(in crate::learn) fn n_gates<'a>(
        layer: &str,
        shape: impl Fn(&str) -> Option<&'a [usize]>,
    ) -> usize {
        if layer.rsplit('.').next() != Some(Self::NAME) {
            return 1;
        }
        match (shape(&format!("{layer}.bias_hh")), shape(&format!("{layer}.weight_hh"))) {
            (Some(&[width]), Some(&[_, size])) if size > 0 => width / size,
            _ => 1,
        }
    }

    /// The LSTM adds what input and hidden state give to the gates: their biases are as one.
    pub(super) fn join_biases(&self, flat: &[f32], forward: &mut [f32]) {
        if self.cell == RnnCell::Lstm {
            self.ih.add_to_bias(&flat[self.hh.bias.clone()], forward);
        }
    }

    /// Numbers of a row of h in panels.
    pub(super) fn padded(&self) -> usize {
        self.hh.input_columns().padded()
    }

    /// Numbers of one row that the backward pass needs, besides its output.
    pub(super) fn cache_dim(&self) -> usize {
        self.ih.outputs.padded() + (1 + self.cell.n_states()) * self.padded()
    }

    /// Numbers that are kept from step to step.
    pub(super) fn state_dim(&self) -> usize {
        self.cell.n_states() * self.size
    }

    /// Where h and c lie in a row of states.
    fn states(&self) -> [usize; 2] {
        [self.first_state, self.first_state + self.size]
    }

    fn cut<'a>(&self, cache: &'a [f32], rows: usize) -> Cache<&'a [f32]> {
        let (gates, rest) = cache.split_at(rows * self.ih.outputs.padded());
        let (inner, rest) = rest.split_at(rows * self.padded());
        let (h_before, c_before) = rest.split_at(rows * self.padded());
        Cache { gates, inner, h_before, c_before }
    }

    fn cut_mut<'a>(&self, cache: &'a mut [f32], rows: usize) -> Cache<&'a mut [f32]> {
        let (gates, rest) = cache.split_at_mut(rows * self.ih.outputs.padded());
        let (inner, rest) = rest.split_at_mut(rows * self.padded());
        let (h_before, c_before) = rest.split_at_mut(rows * self.padded());
        Cache { gates, inner, h_before, c_before }
    }

    /// y, shape (rows, size), from x, shape (rows, inputs), both in panels. The states after the last
    /// steps go to `after`, shape (n_sequences, state_dim of the network), unless it is empty.
    pub(super) fn forward(
        &self,
        packed: &Packed,
        x: &[f32],
        (cache, y): (&mut [f32], &mut [f32]),
        sequences: Sequences<'_>,
        after: &mut [f32],
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 2]> = RefCell::default();
        }
        let rows = y.len() / self.padded();
        let steps = Steps::new(self.hh.input_columns(), rows, sequences.length);
        let (n, columns) = (steps.n, self.hh.input_columns());
        let cache = self.cut_mut(cache, rows);
        let gates = PanelsMut::new(cache.gates, rows);
        self.ih.forward(packed, Panels::new(x, rows), gates, Onto::Bias, as_it_is);
        BUFFERS.with_borrow_mut(|[u, c]| {
            let (u, c) = (u.at_least(n * self.hh.outputs.padded()), c.at_least(n * self.padded()));
            for t in 0..sequences.length {
                let now = t * n..(t + 1) * n;
                if t == 0 {
                    let h_before = PanelsMut::new(cache.h_before, rows).of(now.clone());
                    self.gather(sequences.states, self.states()[0], h_before);
                } else {
                    for panel in 0..steps.panels {
                        let before = &y[steps.at(panel, t - 1)];
                        cache.h_before[steps.at(panel, t)].copy_from_slice(before);
                    }
                }
                steps.forget(cache.h_before, sequences.episode_starts, t);
                let h_before = Panels::new(cache.h_before, rows).of(now.clone());
                match self.cell {
                    RnnCell::Lstm => {
                        let gates = PanelsMut::new(cache.gates, rows).of(now.clone());
                        self.hh.forward(packed, h_before, gates, Onto::Sum, as_it_is);
                        if t == 0 {
                            let c_before = PanelsMut::new(cache.c_before, rows).of(now);
                            self.gather(sequences.states, self.states()[1], c_before);
                        } else {
                            for panel in 0..steps.panels {
                                let before = &c[steps.alone(panel)];
                                cache.c_before[steps.at(panel, t)].copy_from_slice(before);
                            }
                        }
                        steps.forget(cache.c_before, sequences.episode_starts, t);
                        for panel in 0..steps.panels {
                            let at = steps.at(panel, t);
                            lstm_forward(
                                steps.groups_mut(cache.gates, &at),
                                &cache.c_before[at.clone()],
                                &mut c[steps.alone(panel)],
                                &mut cache.inner[at.clone()],
                                &mut y[at],
                            );
                        }
                    }
                    RnnCell::Gru => {
                        let to = PanelsMut::new(&mut *u, n);
                        self.hh.forward(packed, h_before, to, Onto::Bias, as_it_is);
                        for panel in 0..steps.panels {
                            let at = steps.at(panel, t);
                            gru_forward(
                                steps.groups_mut(cache.gates, &at),
                                steps.only().groups(u, &steps.alone(panel)),
                                &cache.h_before[at.clone()],
                                &mut cache.inner[at.clone()],
                                &mut y[at],
                            );
                        }
                    }
                }
            }
            if !after.is_empty() {
                let (state_dim, [h_start, c_start]) = (after.len() / n, self.states());
                let last = Panels::new(y, rows).of(rows - n..rows);
                from_panels(last, columns, (after, state_dim, h_start));
                if self.cell == RnnCell::Lstm {
                    from_panels(Panels::new(c, n), columns, (after, state_dim, c_start));
                }
            }
        });
    }

    /// One vector of each sequence's `states`, which begins at column `first`, into panels.
    fn gather(&self, states: &[f32], first: usize, panels: PanelsMut) {
        let state_dim = states.len() / panels.n_rows();
        to_panels((states, state_dim, first), self.hh.input_columns(), panels);
    }

    /// Adds the weight gradient to `sum`, or writes it there if `onto` is zero, and gives that by what x is
    /// the nonlinearity of, shape (rows, inputs), from `dy`, that by y, all in panels, unless nothing asks for
    /// it. `cache` is what the forward pass left.
    pub(super) fn backward(
        &self,
        packed: &Packed,
        (x, cache): (Input<'_>, &[f32]),
        (dy, dx): (&[f32], Option<&mut [f32]>),
        sequences: Sequences<'_>,
        (sum, onto): (&mut [f32], Onto),
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 4]> = RefCell::default();
        }
        let rows = dy.len() / self.padded();
        let steps = Steps::new(self.hh.input_columns(), rows, sequences.length);
        let n = steps.n;
        let cache = self.cut(cache, rows);
        BUFFERS.with_borrow_mut(|[da, du, dh, dc]| {
            // By what the input and by what the hidden state gives to the gates; of the LSTM, which
            // adds the two, these are the same.
            let wide = rows * self.ih.outputs.padded();
            let da = da.at_least(wide);
            let du = du.at_least(if self.cell == RnnCell::Gru { wide } else { 0 });
            let (dh, dc) = (dh.at_least(n * self.padded()), dc.at_least(n * self.padded()));
            dh.fill(0.0);
            dc.fill(0.0);
            for t in (0..sequences.length).rev() {
                for panel in 0..steps.panels {
                    let (at, alone) = (steps.at(panel, t), steps.alone(panel));
                    let (dh, inner) = (&mut dh[alone.clone()], &cache.inner[at.clone()]);
                    add_rows(dh, &dy[at.clone()]);
                    match self.cell {
                        RnnCell::Lstm => lstm_backward(
                            steps.groups(cache.gates, &at),
                            inner,
                            &cache.c_before[at.clone()],
                            dh,
                            &mut dc[alone],
                            steps.groups_mut(da, &at),
                        ),
                        RnnCell::Gru => gru_backward(
                            steps.groups(cache.gates, &at),
                            inner,
                            &cache.h_before[at.clone()],
                            dh,
                            steps.groups_mut(da, &at),
                            steps.groups_mut(du, &at),
                        ),
                    }
                }
                if t > 0 {
                    // The GRU leaves in `dh` what went past the gates.
                    let (du, onto): (&[f32], _) = match self.cell {
                        RnnCell::Lstm => (da, Onto::Zero),
                        RnnCell::Gru => (du, Onto::Sum),
                    };
                    let du = Panels::new(du, rows).of(t * n..(t + 1) * n);
                    self.hh.backward(packed, du, PanelsMut::new(dh, n), onto, as_it_is);
                    steps.only().forget(dh, sequences.begins_at(t, n), 0);
                    steps.only().forget(dc, sequences.begins_at(t, n), 0);
                }
            }
            let da = Panels::new(da, rows);
            let du = if self.cell == RnnCell::Gru { Panels::new(du, rows) } else { da };
            self.ih.accumulate(Panels::new(x.y, rows), da, sum, onto);
            self.hh.accumulate(Panels::new(cache.h_before, rows), du, sum, onto);
            if let Some(dx) = dx {
                let dx = PanelsMut::new(dx, rows);
                self.ih.backward(packed, da, dx, Onto::Zero, |dx, at| x.multiply_by_slope(dx, at));
            }
        });
    }
}
