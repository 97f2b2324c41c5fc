//! A stack of layers, on slices: from observations to some of the network's outputs.

use super::activation::{Activation, activate, activate_kept, multiply_by_slope};
use super::matrix::{Affine, Onto, Packed, Panels, PanelsMut};
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

/// One way of rows through a network, or through a tower of it.
pub(super) struct Pass<'a> {
    /// All of the network's weights.
    pub(super) packed: &'a Packed,
    pub(super) rows: Rows<'a>,
    /// Gets what the way back needs, shape (rows, hidden_dim), one layer after the other, in panels.
    pub(super) hidden: &'a mut [f32],
    /// Gets the outputs, shape (rows, n_outputs); of a tower those that it gives, in panels.
    pub(super) out: &'a mut [f32],
    /// Gets the states after the last steps, shape (n_sequences, state_dim) of the network, unless it
    /// is empty.
    pub(super) after: &'a mut [f32],
}

impl Tower {
    /// Numbers of one row that the way back needs.
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
        self.head.forward(packed, x, y, Onto::Bias);
    }

    /// Adds its weight gradient to `sum`. `scratch[0]` holds the gradient by its outputs, in panels; the
    /// two buffers then take turns holding that of each layer.
    pub(super) fn backward(
        &self,
        packed: &Packed,
        rows: Rows<'_>,
        hidden: &[f32],
        scratch: &mut [&mut [f32]; 2],
        sum: &mut [f32],
    ) {
        let [above, below] = scratch;
        let n = rows.n;
        // What is left of `hidden` ends with the input of the layer at hand.
        let mut hidden = &hidden[..n * self.hidden_dim()];
        let mut y = take_last(&mut hidden, n * self.head.input_columns().padded());
        let dy = Panels::new(&above[..n * self.head.outputs.padded()], n);
        self.head.accumulate(Panels::new(y, n), dy, sum);
        self.head.backward(packed, dy, PanelsMut::new(&mut below[..y.len()], n), Onto::Zero);
        std::mem::swap(above, below);
        if let Some(layer) = &self.recurrent {
            let cache = take_last(&mut hidden, n * layer.cache_dim());
            y = take_last(&mut hidden, n * layer.input_columns().padded());
            let gradients = (&above[..n * layer.padded()], &mut below[..y.len()]);
            layer.backward(packed, (y, cache), gradients, rows.sequences, sum);
            std::mem::swap(above, below);
        }
        for (i, layer) in self.trunk.iter().enumerate().rev() {
            let affine = &layer.affine;
            let gradient = &mut above[..y.len()];
            let before = take_last(&mut hidden, n * (layer.kept() - affine.outputs.padded()));
            let kept = if before.is_empty() { y } else { before };
            multiply_by_slope(gradient, kept, layer.activation);
            let dy = Panels::new(gradient, n);
            if i == 0 {
                return affine.accumulate(Panels::new(rows.x, n), dy, sum);
            }
            y = take_last(&mut hidden, n * affine.input_columns().padded());
            affine.accumulate(Panels::new(y, n), dy, sum);
            affine.backward(packed, dy, PanelsMut::new(&mut below[..y.len()], n), Onto::Zero);
            std::mem::swap(above, below);
        }
    }
}

/// Cuts the last `len` numbers off.
fn take_last<'a>(all: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (rest, last) = all.split_at(all.len() - len);
    *all = rest;
    last
}

impl Layer {
    /// Numbers of a row that the way back needs: the outputs, and before them, where the slope of the
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
        let product = if before.is_empty() { &mut *y } else { &mut *before };
        self.affine.forward(
            packed,
            Panels::new(x, rows),
            PanelsMut::new(product, rows),
            Onto::Bias,
        );
        if before.is_empty() {
            activate(y, self.activation);
        } else {
            activate_kept(before, y);
        }
        y
    }
}
