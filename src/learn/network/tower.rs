//! A stack of layers, on slices: from observations to some of the network's outputs.

use std::ops::Range;

use super::activation::{Activation, activate, activate_kept, multiply_by_slope};
use super::matrix::{Affine, Onto, Packed, Panels, PanelsMut, as_it_is};
use super::recurrent::{Recurrent, Sequences};

/// One affine map, and the nonlinearity after it.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) affine: Affine,
    pub(super) activation: Activation,
}

/// Hidden layers, then a recurrent one if there is any, then one linear layer: all the way from
/// observations to some of the outputs.
#[derive(Clone, Debug)]
pub(super) struct Tower {
    /// What its hidden layers are called in checkpoints.
    pub(super) name: &'static str,
    /// At least one hidden layer.
    pub(super) trunk: Vec<Layer>,
    pub(super) recurrent: Option<Recurrent>,
    pub(super) head: Affine,
    /// The first column of the network's outputs that it gives.
    pub(super) first_output: usize,
}

/// Rows on their way through a tower.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// What the network sees, in panels.
    pub(super) x: &'a [f32],
    pub(super) sequences: Sequences<'a>,
    /// How many.
    pub(super) n: usize,
}

/// A forward pass of rows through a network, or through a tower of it.
pub(super) struct Pass<'a> {
    /// All of the network's weights.
    pub(super) packed: &'a Packed,
    pub(super) rows: Rows<'a>,
    /// Gets what the backward pass needs, shape (rows, hidden_dim), one layer after the other, in panels.
    pub(super) hidden: &'a mut [f32],
    /// Gets the outputs, shape (rows, n_outputs); of a tower those that it gives, in panels.
    pub(super) out: &'a mut [f32],
    /// Gets the states after the last steps, shape (n_sequences, state_dim) of the network, unless it
    /// is empty.
    pub(super) after: &'a mut [f32],
}

impl Tower {
    /// Numbers of one row that the backward pass needs.
    pub(super) fn hidden_dim(&self) -> usize {
        let recurrent = self.recurrent.iter().map(|layer| layer.cache_dim() + layer.padded());
        self.trunk.iter().map(Layer::kept).chain(recurrent).sum()
    }

    /// The widest of its layers' outputs, in panels.
    pub(super) fn widest(&self) -> usize {
        let layers = self.trunk.iter().map(|layer| layer.affine.outputs.padded());
        let recurrent = self.recurrent.iter().map(Recurrent::padded);
        layers.chain(recurrent).chain([self.head.outputs.padded()]).max().unwrap_or(0)
    }

    /// From what the network sees to the tower's own outputs.
    pub(super) fn forward(&self, pass: Pass<'_>) {
        let Pass { packed, rows, hidden, out, after } = pass;
        let mut input = rows.x;
        let mut rest = hidden;
        for layer in &self.trunk {
            let (kept, tail) = rest.split_at_mut(rows.n * layer.kept());
            input = layer.forward(packed, input, kept, rows.n);
            rest = tail;
        }
        if let Some(layer) = &self.recurrent {
            let (cache, tail) = rest.split_at_mut(rows.n * layer.cache_dim());
            let y = &mut tail[..rows.n * layer.padded()];
            layer.forward(packed, input, (cache, &mut *y), rows.sequences, after);
            input = y;
        }
        let (x, y) = (Panels::new(input, rows.n), PanelsMut::new(out, rows.n));
        self.head.forward(packed, x, y, Onto::Bias, as_it_is);
    }

    /// Adds its weight gradient to `sum`, or writes it there if `onto` is zero. `scratch[0]` holds the
    /// gradient by its outputs, in panels; the two buffers then take turns holding that of each layer.
    pub(super) fn backward(
        &self,
        packed: &Packed,
        rows: Rows<'_>,
        hidden: &[f32],
        scratch: &mut [&mut [f32]; 2],
        (sum, onto): (&mut [f32], Onto),
    ) {
        let [above, below] = scratch;
        let n = rows.n;
        // What is left of `hidden` ends with what the layer below the one at hand has kept.
        let mut hidden = &hidden[..n * self.hidden_dim()];
        let mut affine = &self.head;
        if let Some(layer) = &self.recurrent {
            let y = take_last(&mut hidden, n * layer.padded());
            let dy = Panels::new(&above[..n * affine.outputs.padded()], n);
            affine.accumulate(Panels::new(y, n), dy, sum, onto);
            let dx = PanelsMut::new(&mut below[..y.len()], n);
            affine.backward(packed, dy, dx, Onto::Zero, as_it_is);
            std::mem::swap(above, below);
            let cache = take_last(&mut hidden, n * layer.cache_dim());
            let below_it = &self.trunk[self.trunk.len() - 1];
            let input = Input::of(below_it, &mut hidden, n);
            let gradients = (&above[..y.len()], &mut below[..input.y.len()]);
            let sequences = rows.sequences;
            layer.backward(packed, (input, cache), gradients, sequences, (sum, onto));
            std::mem::swap(above, below);
            affine = &below_it.affine;
        }
        let n_left = self.trunk.len() - usize::from(self.recurrent.is_some());
        for layer in self.trunk[..n_left].iter().rev() {
            let input = Input::of(layer, &mut hidden, n);
            let dy = Panels::new(&above[..n * affine.outputs.padded()], n);
            affine.accumulate(Panels::new(input.y, n), dy, sum, onto);
            let dx = PanelsMut::new(&mut below[..input.y.len()], n);
            affine.backward(packed, dy, dx, Onto::Zero, |dx, at| input.multiply_by_slope(dx, at));
            std::mem::swap(above, below);
            affine = &layer.affine;
        }
        let dy = Panels::new(&above[..n * affine.outputs.padded()], n);
        affine.accumulate(Panels::new(rows.x, n), dy, sum, onto);
    }
}

/// What a layer gave to the one above it.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) y: &'a [f32],
    /// What the slope of its nonlinearity is worked out from.
    kept: &'a [f32],
    activation: Activation,
}

impl<'a> Input<'a> {
    /// Takes what `layer` has kept from the end of `hidden`.
    fn of(layer: &Layer, hidden: &mut &'a [f32], n: usize) -> Self {
        let y = take_last(hidden, n * layer.affine.outputs.padded());
        let kept = match layer.activation.keeps_input() {
            true => take_last(hidden, y.len()),
            false => y,
        };
        Self { y, kept, activation: layer.activation }
    }

    /// From a part of the gradient by the layer's outputs to that before its nonlinearity.
    pub(super) fn multiply_by_slope(&self, dy: &mut [f32], at: Range<usize>) {
        multiply_by_slope(dy, &self.kept[at], self.activation);
    }
}

/// Cuts the last `len` numbers off.
fn take_last<'a>(all: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (rest, last) = all.split_at(all.len() - len);
    *all = rest;
    last
}

impl Layer {
    /// Numbers of a row that the backward pass needs: the outputs, and before them, where the slope of the
    /// nonlinearity does not follow from them, what went into it.
    pub(super) fn kept(&self) -> usize {
        let outputs = self.affine.outputs.padded();
        if self.activation.keeps_input() { 2 * outputs } else { outputs }
    }

    /// y = f(x w^T + b) into the end of `kept`, shape (rows, kept); returns y.
    fn forward<'a>(
        &self,
        packed: &Packed,
        x: &[f32],
        kept: &'a mut [f32],
        rows: usize,
    ) -> &'a [f32] {
        let (before, y) = kept.split_at_mut(kept.len() - rows * self.affine.outputs.padded());
        let x = Panels::new(x, rows);
        if before.is_empty() {
            let finish = |y: &mut [f32], _| activate(y, self.activation);
            self.affine.forward(packed, x, PanelsMut::new(y, rows), Onto::Bias, finish);
        } else {
            let before = PanelsMut::new(before, rows);
            let finish = |before: &mut [f32], at| activate_kept(before, &mut y[at]);
            self.affine.forward(packed, x, before, Onto::Bias, finish);
        }
        y
    }
}
