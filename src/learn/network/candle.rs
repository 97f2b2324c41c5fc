//! The network in candle's operations, each of which reads memory once and returns a new tensor. This is slower than
//! the fused passes, but allows layers of a program's own.
//!
//! candle shares the rows and columns of a product out among threads and forms each of its sums on one, so
//! that bits do not depend on their number. The pieces of its sums follow the caches of the processor, so that
//! another machine may round otherwise.

use std::ops::Range;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::Linear;
use candle_nn::ops::sigmoid;

use super::candle_encoder::CandleEncoder;
use super::layer::Layer;
use super::matrix::Affine;
use super::own::Own;
use super::recurrent::Recurrent;
use super::sequences::Sequences;
use super::train::TaskRows;
use super::{Activation, Network, RnnCell, SELU_ALPHA, SELU_LAMBDA, Seen, at_least};
use crate::learn::error::LearnError;
use crate::learn::parallel;

/// A network whose weights are variables of candle.
#[derive(Debug)]
pub(in crate::learn) struct CandleNetwork {
    encoders: Vec<CandleEncoder>,
    towers: Vec<Tower>,
    /// Every variable, and where it lies in the flat array of weights.
    variables: Vec<(Var, Range<usize>)>,
}

#[derive(Debug)]
struct Tower {
    /// The first column of the input that it sees.
    first_input: usize,
    layers: Vec<CandleLayer>,
    head: Linear,
}

/// A [`Layer`] in candle's operations.
#[derive(Debug)]
enum CandleLayer {
    Linear(Linear, Activation),
    Recurrent {
        cell: RnnCell,
        size: usize,
        /// Where its states begin in a row of states: h, then c.
        first_state: usize,
        ih: Linear,
        hh: Linear,
    },
    Own(Own),
}

/// Rows that go through a network, and what becomes of their states.
struct Run<'a> {
    sequences: Sequences<'a>,
    /// Hidden states after the last ones, layer by layer.
    after: Vec<Tensor>,
}

impl CandleNetwork {
    /// That of `network`, with the `weights`, shape (n_weights,).
    pub(in crate::learn) fn new(network: &Network, weights: &[f32]) -> Result<Self> {
        let mut variables = Vec::new();
        let encoders = network.encoders.iter();
        let encoders = encoders.map(|encoder| CandleEncoder::new(encoder, &mut variables));
        let encoders = encoders.collect::<Result<_>>()?;
        let mut towers = Vec::new();
        for tower in &network.towers {
            let layers = tower.layers.iter().map(|layer| CandleLayer::new(layer, &mut variables));
            let layers = layers.collect::<Result<_>>()?;
            let head = linear(&tower.head, &mut variables)?;
            towers.push(Tower { first_input: tower.first_input, layers, head });
        }
        let new = Self { encoders, towers, variables };
        new.set(weights)?;
        Ok(new)
    }

    /// Takes the `weights`, shape (n_weights,).
    pub(in crate::learn) fn set(&self, weights: &[f32]) -> Result<()> {
        for (variable, range) in &self.variables {
            let data = &weights[range.clone()];
            variable.set(&Tensor::from_slice(data, variable.shape(), variable.device())?)?;
        }
        Ok(())
    }

    /// The outputs, shape (rows, n_outputs), for `x`, shape (rows, input_dim), in which the columns of encoders
    /// hold anything, and for the pictures of each encoder, shape (rows, channels, height, width); and the states
    /// after the last rows, shape (n_sequences, state_dim), if there are any. Rows lie time-major: row t * n + s is step t
    /// of the sequence s of n.
    pub(in crate::learn) fn forward(
        &self,
        x: &Tensor,
        pictures: &[Tensor],
        sequences: Sequences<'_>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let x = self.see(x, pictures)?;
        let mut run = Run { sequences, after: Vec::new() };
        let mut outputs = Vec::new();
        for tower in &self.towers {
            let first = tower.first_input;
            let mut y = x.narrow(1, first, x.dim(1)? - first)?;
            for layer in &tower.layers {
                y = layer.forward(&y, &mut run)?;
            }
            outputs.push(through(&tower.head, &y)?);
        }
        let after = match run.after.is_empty() {
            true => None,
            false => Some(Tensor::cat(&run.after, 1)?),
        };
        Ok((Tensor::cat(&outputs, 1)?, after))
    }

    /// The input with what encoders give in its first columns.
    fn see(&self, x: &Tensor, pictures: &[Tensor]) -> Result<Tensor> {
        let encoded = self.encoders.iter().zip(pictures);
        let mut columns = encoded.map(|(it, x)| it.forward(x)).collect::<Result<Vec<_>>>()?;
        let n_encoded = columns.iter().map(|columns| columns.dim(1)).sum::<Result<usize>>()?;
        if n_encoded == 0 {
            return Ok(x.clone());
        }
        if n_encoded < x.dim(1)? {
            columns.push(x.narrow(1, n_encoded, x.dim(1)? - n_encoded)?);
        }
        Tensor::cat(&columns, 1)
    }

    /// Adds the gradient by the weights to `sum`, shape (n_weights,).
    pub(in crate::learn) fn add_gradient(
        &self,
        gradients: &GradStore,
        sum: &mut [f32],
    ) -> Result<()> {
        for (variable, range) in &self.variables {
            // What the outputs do not depend on has none.
            let Some(gradient) = gradients.get(variable) else { continue };
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            sum[range.clone()].iter_mut().zip(gradient).for_each(|(sum, x)| *sum += x);
        }
        Ok(())
    }
}

/// A variable for a part of the flat array.
pub(super) fn variable(
    range: &Range<usize>,
    shape: &[usize],
    variables: &mut Vec<(Var, Range<usize>)>,
) -> Result<Tensor> {
    let var = Var::zeros(shape, DType::F32, &Device::Cpu)?;
    let tensor = var.as_tensor().clone();
    variables.push((var, range.clone()));
    Ok(tensor)
}

pub(super) fn linear(affine: &Affine, variables: &mut Vec<(Var, Range<usize>)>) -> Result<Linear> {
    let outputs = affine.weight.len() / affine.inputs;
    let weight = variable(&affine.weight, &[outputs, affine.inputs], variables)?;
    Ok(Linear::new(weight, Some(variable(&affine.bias, &[outputs], variables)?)))
}

/// An affine map of the first columns of `x`; the policy may see no more of them.
pub(super) fn through(linear: &Linear, x: &Tensor) -> Result<Tensor> {
    linear.forward(&x.narrow(1, 0, linear.weight().dim(1)?)?.contiguous()?)
}

pub(super) fn activate(f: Activation, y: &Tensor) -> Result<Tensor> {
    match f {
        Activation::Elu => y.elu(1.0),
        Activation::Relu => y.relu(),
        Activation::Tanh => y.tanh(),
        Activation::Selu => y.elu(f64::from(SELU_ALPHA))? * f64::from(SELU_LAMBDA),
        Activation::Sigmoid => sigmoid(y),
        Activation::Softplus => {
            // Beyond it ln(1 + e^y) is y to the last digit; e^y would overflow later.
            const LINEAR: f64 = 20.0;
            let below = (y.minimum(LINEAR)?.exp()? + 1.0)?.log()?;
            below + (y - LINEAR)?.relu()?
        }
        Activation::Gelu => y.gelu_erf(),
    }
}

impl CandleLayer {
    fn new(layer: &Layer, variables: &mut Vec<(Var, Range<usize>)>) -> Result<Self> {
        Ok(match layer {
            Layer::Linear(layer) => {
                Self::Linear(linear(&layer.affine, variables)?, layer.activation)
            }
            Layer::Recurrent(Recurrent { cell, size, first_state, ih, hh }) => Self::Recurrent {
                cell: *cell,
                size: *size,
                first_state: *first_state,
                ih: linear(ih, variables)?,
                hh: linear(hh, variables)?,
            },
            Layer::Own(own) => {
                variables.extend(own.tensors());
                Self::Own(own.clone())
            }
        })
    }

    fn forward(&self, x: &Tensor, run: &mut Run<'_>) -> Result<Tensor> {
        match self {
            Self::Linear(linear, activation) => activate(*activation, &through(linear, x)?),
            Self::Own(own) => own.forward(x),
            Self::Recurrent { cell, size, first_state, ih, hh } => {
                let Sequences { length, states, .. } = run.sequences;
                let n = x.dim(0)? / length;
                let states = Tensor::from_slice(states, (n, states.len() / n), &Device::Cpu)?;
                let state = states.narrow(1, *first_state, cell.n_states() * size)?;
                let gates = (&through(ih, x)?, hh);
                let (y, after) = recur((*cell, *size), gates, state, run.sequences)?;
                run.after.push(after);
                Ok(y)
            }
        }
    }
}

/// A recurrent layer, step by step: its outputs, and its state after the last rows. `a` is what the input
/// gives to all gates of all rows, and `hh` what gives them that of the hidden state.
fn recur(
    (cell, size): (RnnCell, usize),
    (a, hh): (&Tensor, &Linear),
    mut state: Tensor,
    sequences: Sequences<'_>,
) -> Result<(Tensor, Tensor)> {
    let n = a.dim(0)? / sequences.length;
    let mut outputs = Vec::new();
    for t in 0..sequences.length {
        let episode_starts = sequences.begins_at(t, n);
        if !episode_starts.is_empty() {
            let keep: Vec<f32> =
                episode_starts.iter().map(|b| if *b { 0.0 } else { 1.0 }).collect();
            state = state.broadcast_mul(&Tensor::from_vec(keep, (n, 1), &Device::Cpu)?)?;
        }
        let h = state.narrow(1, 0, size)?.contiguous()?;
        let (a, u) = (a.narrow(0, t * n, n)?, hh.forward(&h)?);
        let gate = |of: &Tensor, i: usize| of.narrow(1, i * size, size)?.contiguous();
        let sum = |i: usize| gate(&a, i)? + gate(&u, i)?;
        let h = match cell {
            RnnCell::Lstm => {
                let (i, f, o) = (sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?, sigmoid(&sum(3)?)?);
                let c = ((f * state.narrow(1, size, size)?)? + (i * sum(2)?.tanh()?)?)?;
                let h = (o * c.tanh()?)?;
                state = Tensor::cat(&[&h, &c], 1)?;
                h
            }
            RnnCell::Gru => {
                let (r, z) = (sigmoid(&sum(0)?)?, sigmoid(&sum(1)?)?);
                let candidate = (gate(&a, 2)? + (r * gate(&u, 2)?)?)?.tanh()?;
                state = (&candidate + (z * (h - &candidate)?)?)?;
                state.clone()
            }
        };
        outputs.push(h);
    }
    Ok((Tensor::cat(&outputs, 0)?, state))
}

impl Network {
    /// [`Network::infer_chunk`] in candle's operations.
    pub(super) fn infer_candle(
        &self,
        candle: &CandleNetwork,
        seen: &impl Seen,
        (states, after): (&[f32], &mut [f32]),
        out: &mut [f32],
    ) -> Result<()> {
        let n = out.len() / self.n_outputs;
        let (x, pictures) = self.seen_by_candle(seen, 0..n)?;
        let (outputs, states) =
            candle.forward(&x, &pictures, Sequences { states, ..Sequences::NONE })?;
        out.copy_from_slice(&outputs.flatten_all()?.to_vec1::<f32>()?);
        if let (Some(states), false) = (states, after.is_empty()) {
            after.copy_from_slice(&states.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(())
    }

    /// The input of some rows, shape (rows, input_dim), and the pictures of each encoder.
    pub(super) fn seen_by_candle(
        &self,
        seen: &impl Seen,
        rows: Range<usize>,
    ) -> Result<(Tensor, Vec<Tensor>)> {
        let mut x = vec![0.0; rows.len() * self.input_dim];
        seen.write(rows.clone(), &mut x);
        let x = Tensor::from_vec(x, (rows.len(), self.input_dim), &Device::Cpu)?;
        let encoders = self.encoders.iter().enumerate();
        let pictures = encoders.map(|(i, encoder)| {
            super::candle_encoder::pictures(encoder, rows.clone(), |row, k| seen.frame(i, row, k))
        });
        Ok((x, pictures.collect::<Result<_>>()?))
    }

    /// [`Network::train`] in candle's operations.
    pub(super) fn train_candle<T: Send>(
        &self,
        candle: &CandleNetwork,
        (n, sequences): (usize, Sequences<'_>),
        outputs: &mut Vec<f32>,
        seen: impl Seen,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> T + Sync,
    ) -> std::result::Result<(Vec<f32>, Vec<T>), LearnError> {
        let rows = TaskRows::new(self, n, sequences.length);
        let chunk = |range: Range<usize>, out: &mut [f32], sum: &mut [f32]| -> Result<T> {
            let (x, pictures) = self.seen_by_candle(&seen, range.clone())?;
            let sequences = sequences.of_rows(range.clone(), self.state_dim);
            let (outputs, _) = candle.forward(&x, &pictures, sequences)?;
            out.copy_from_slice(&outputs.flatten_all()?.to_vec1::<f32>()?);
            let mut gradient = vec![0.0; out.len()];
            let result = loss(range, out, &mut gradient);
            let gradient = Tensor::from_vec(gradient, outputs.shape(), &Device::Cpu)?;
            let gradients = (outputs * gradient)?.sum_all()?.backward()?;
            candle.add_gradient(&gradients, sum)?;
            Ok(result)
        };
        let task = |(i, outputs): (usize, &mut [f32])| -> Result<(Vec<f32>, Vec<T>)> {
            let mut sum = vec![0.0; self.n_weights];
            let chunks = outputs.chunks_mut(rows.chunk * self.n_outputs).enumerate();
            let results = chunks.map(|(j, out)| {
                let start = i * rows.task + j * rows.chunk;
                chunk(start..start + out.len() / self.n_outputs, out, &mut sum)
            });
            let results = results.collect::<Result<_>>()?;
            Ok((sum, results))
        };
        let tasks = at_least(outputs, n * self.n_outputs).chunks_mut(rows.task * self.n_outputs);
        let (mut gradient, mut all) = (vec![0.0; self.n_weights], Vec::new());
        for part in parallel::map(tasks.enumerate().collect(), task) {
            let (sum, results) = part?;
            gradient.iter_mut().zip(sum).for_each(|(total, x)| *total += x);
            all.extend(results);
        }
        Ok((gradient, all))
    }
}
