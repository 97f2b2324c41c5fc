//! A stack of layers, on slices: from observations to some of the network's outputs.

use std::ops::Range;

use super::activation::{
    Activation, activate_kept, add_bias_and_activate, add_rows, multiply_by_slope,
};
use super::matrix::{Matrix, multiply};
use super::recurrent::{Recurrent, Sequences};

/// One affine map, and the nonlinearity after it.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Where the weight lies in the flat array, shape (outputs, inputs).
    pub(super) weight: Range<usize>,
    /// Where the bias lies in the flat array, shape (outputs,).
    pub(super) bias: Range<usize>,
    pub(super) activation: Option<Activation>,
}

/// Hidden layers, then a recurrent one if there is any, then one linear layer: all the way from
/// observations to some of the outputs.
#[derive(Clone, Debug)]
pub(super) struct Tower {
    /// What its hidden layers are called in checkpoints.
    pub(super) name: &'static str,
    /// At least one hidden layer, then the linear one.
    pub(super) layers: Vec<Layer>,
    pub(super) recurrent: Option<Recurrent>,
    /// The first column of the network's outputs that it gives.
    pub(super) first_output: usize,
    /// Columns that it gives.
    pub(super) n_outputs: usize,
    /// Hidden activations of one row.
    pub(super) hidden_dim: usize,
}

/// Rows on their way through a tower.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// What the network sees, shape (rows, ...).
    pub(super) x: &'a [f32],
    pub(super) sequences: Sequences<'a>,
    /// How many.
    pub(super) n: usize,
}

/// One way of rows through a network, or through a tower of it.
pub(super) struct Pass<'a> {
    /// All of the network's.
    pub(super) weights: &'a [f32],
    pub(super) rows: Rows<'a>,
    /// Gets what the way back needs, shape (rows, hidden_dim), one layer after the other.
    pub(super) hidden: &'a mut [f32],
    /// Gets the outputs, shape (rows, n_outputs).
    pub(super) out: &'a mut [f32],
    /// Gets the states after the last steps, shape (n_sequences, state_dim) of the network, unless it
    /// is empty.
    pub(super) after: &'a mut [f32],
}

impl Tower {
    pub(super) fn head(&self) -> &Layer {
        &self.layers[self.layers.len() - 1]
    }

    pub(super) fn trunk(&self) -> &[Layer] {
        &self.layers[..self.layers.len() - 1]
    }

    /// The columns of the network's outputs that it gives.
    pub(super) fn outputs(&self) -> Range<usize> {
        self.first_output..self.first_output + self.n_outputs
    }

    /// The widest of its layers' outputs.
    pub(super) fn widest(&self) -> usize {
        let layers = self.layers.iter().map(|layer| layer.outputs);
        let recurrent = self.recurrent.iter().map(|layer| layer.size);
        layers.chain(recurrent).max().unwrap_or(0)
    }

    /// From what the network sees to the tower's own outputs.
    pub(super) fn forward(&self, pass: Pass<'_>) {
        let Pass { weights, rows, hidden, out, after } = pass;
        let mut input = rows.x;
        let mut rest = hidden;
        for layer in self.trunk() {
            let (kept, tail) = rest.split_at_mut(rows.n * layer.kept());
            input = layer.forward_and_keep(weights, input, kept, rows.n);
            rest = tail;
        }
        if let Some(layer) = &self.recurrent {
            let (cache, tail) = rest.split_at_mut(rows.n * layer.cache_dim());
            let y = &mut tail[..rows.n * layer.size];
            layer.forward(weights, input, (cache, &mut *y), rows.sequences, after);
            input = y;
        }
        self.head().forward(weights, input, out, rows.n);
    }

    /// Adds its weight gradient to `sum`. `scratch[0]` holds the gradient by its outputs; the two
    /// buffers then take turns holding that of each layer.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        rows: Rows<'_>,
        hidden: &[f32],
        scratch: &mut [&mut [f32]; 2],
        sum: &mut [f32],
    ) {
        let [above, below] = scratch;
        let n = rows.n;
        // What is left of `hidden` ends with the input of the layer at hand.
        let mut hidden = &hidden[..n * self.hidden_dim];
        let head = self.head();
        let mut y = take_last(&mut hidden, n * head.inputs);
        head.accumulate(y, &above[..n * head.outputs], n, sum);
        head.backward(weights, &above[..n * head.outputs], &mut below[..y.len()], n);
        std::mem::swap(above, below);
        if let Some(layer) = &self.recurrent {
            let cache = take_last(&mut hidden, n * layer.cache_dim());
            y = take_last(&mut hidden, n * layer.inputs);
            let gradients = (&above[..n * layer.size], &mut below[..y.len()]);
            layer.backward(weights, (y, cache), gradients, rows.sequences, sum);
            std::mem::swap(above, below);
        }
        for (i, layer) in self.trunk().iter().enumerate().rev() {
            let gradient = &mut above[..y.len()];
            let before = take_last(&mut hidden, n * (layer.kept() - layer.outputs));
            if let Some(activation) = layer.activation {
                multiply_by_slope(gradient, if before.is_empty() { y } else { before }, activation);
            }
            if i == 0 {
                return layer.accumulate(rows.x, gradient, n, sum);
            }
            y = take_last(&mut hidden, n * layer.inputs);
            layer.accumulate(y, gradient, n, sum);
            layer.backward(weights, gradient, &mut below[..y.len()], n);
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
        let keeps_input = self.activation.is_some_and(Activation::keeps_input);
        if keeps_input { 2 * self.outputs } else { self.outputs }
    }

    /// As [`Layer::forward`], into the end of `kept`, shape (rows, kept); returns the outputs.
    fn forward_and_keep<'a>(
        &self,
        weights: &[f32],
        x: &[f32],
        kept: &'a mut [f32],
        rows: usize,
    ) -> &'a [f32] {
        let (before, y) = kept.split_at_mut(kept.len() - rows * self.outputs);
        if before.is_empty() {
            self.forward(weights, x, y, rows);
        } else {
            self.apply(weights, x, before, rows, None);
            activate_kept(before, y);
        }
        y
    }

    /// y = f(x w^T + b), shape (rows, outputs). Of wider rows of x the first numbers are meant.
    fn forward(&self, weights: &[f32], x: &[f32], y: &mut [f32], rows: usize) {
        self.apply(weights, x, y, rows, self.activation);
    }

    fn apply(
        &self,
        weights: &[f32],
        x: &[f32],
        y: &mut [f32],
        rows: usize,
        activation: Option<Activation>,
    ) {
        let x = Matrix::leading(x, rows, self.inputs);
        let w = Matrix::new(&weights[self.weight.clone()], self.outputs, self.inputs);
        multiply(y, x, w.transposed(), false);
        add_bias_and_activate(y, &weights[self.bias.clone()], activation);
    }

    /// dw += dy^T x and db += the sum of dy over rows, with dy the gradient before the
    /// nonlinearity, shape (rows, outputs).
    fn accumulate(&self, x: &[f32], dy: &[f32], rows: usize, sum: &mut [f32]) {
        let x = Matrix::leading(x, rows, self.inputs);
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
