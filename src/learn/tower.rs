//! A stack of layers, on slices: from observations to some of the network's outputs.

use std::ops::Range;

use super::activation::{Activation, add_bias_and_activate, add_rows, multiply_by_slope};
use super::matrix::{Matrix, multiply};

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

/// Hidden layers, then one linear layer: all the way from observations to some of the outputs.
#[derive(Clone, Debug)]
pub(super) struct Tower {
    /// What its hidden layers are called in checkpoints.
    pub(super) name: &'static str,
    pub(super) layers: Vec<Layer>,
    /// The first column of the network's outputs that it gives.
    pub(super) first_output: usize,
    /// Columns that it gives.
    pub(super) n_outputs: usize,
    /// Hidden activations of one row.
    pub(super) hidden_dim: usize,
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

    /// Its own outputs `out`, shape (rows, n_outputs), and hidden activations.
    pub(super) fn forward(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &mut [f32],
        out: &mut [f32],
        rows: usize,
    ) {
        let mut input = x;
        let mut rest = hidden;
        for layer in self.trunk() {
            let (y, tail) = rest.split_at_mut(rows * layer.outputs);
            layer.forward(weights, input, y, rows);
            input = y;
            rest = tail;
        }
        self.head().forward(weights, input, out, rows);
    }

    /// Adds its weight gradient to `sum`. `scratch[0]` holds the gradient by its outputs; the two
    /// buffers then take turns holding that of each layer.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        x: &[f32],
        hidden: &[f32],
        rows: usize,
        scratch: &mut [&mut [f32]; 2],
        sum: &mut [f32],
    ) {
        let [above, below] = scratch;
        let mut end = rows * self.hidden_dim;
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
