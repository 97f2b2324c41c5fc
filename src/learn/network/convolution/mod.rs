//! Convolutions, on slices: from pictures to the numbers that towers read.
//!
//! As many pictures as a register has lanes go through an encoder together, a tile: every number of a layer is one
//! register, and every product of a weight and a number counts for all of them. What the layers of a tile leave
//! for the backward pass lies one after the other.

mod encoder;
mod grid;
mod kernel;
mod lanes;
mod pool;
mod shape;

use std::ops::Range;

pub(in crate::learn) use encoder::{Encoder, Stage};
pub(super) use encoder::{From, Rows};
pub(in crate::learn) use grid::{Grid, Window};
use kernel::Job;
pub use lanes::Scaling;
pub use pool::PoolKind;
pub(in crate::learn) use pool::Pooling;
pub(in crate::learn) use shape::ConvShape;
use shape::{next_block, widest};

use super::activation::{Activation, activate, activate_kept, multiply_by_slope};
use super::layer::Places;
use super::matrix::Packed;
use super::part::{NamedPart, Purpose};
use crate::math::lanes::Isa;

/// A convolution and the nonlinearity after it.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Conv {
    pub(in crate::learn) shape: ConvShape,
    pub(in crate::learn) activation: Activation,
    /// In the flat array, shape (filters, channels, kernel, kernel).
    pub(super) weight: Range<usize>,
    /// In the flat array, shape (filters,).
    pub(super) bias: Range<usize>,
    /// In [`Packed::forward`]: w in blocks of filters, then b.
    forward: Range<usize>,
    /// In [`Packed::backward`]: w in blocks of the weights of each row of the filters. In a gradient: w of shape
    /// (filters, kernel, kernel, channels), then b.
    backward: Range<usize>,
    isa: Isa,
}

impl Conv {
    /// One at the next `places`.
    fn new(shape: ConvShape, activation: Activation, places: &mut Places) -> Self {
        let filters = shape.filters();
        let (weight, bias) = (places.take(filters * shape.patch()), places.take(filters));
        // What follows begins at a cache line.
        let len = (weight.len() + bias.len()).next_multiple_of(16);
        let (forward, backward) = (places.packed.forward, places.packed.backward);
        places.packed.forward += len;
        places.packed.backward += len;
        let (forward, backward) = (forward..forward + len, backward..backward + len);
        Self { shape, activation, weight, bias, forward, backward, isa: places.isa }
    }

    /// Multiplications and additions of one picture, one way through.
    fn flops(&self) -> usize {
        2 * self.shape.output.size() * self.shape.patch()
    }

    /// Its part of the flat array, under names that begin with its own, `name`.
    fn parts(&self, name: &str) -> Vec<NamedPart> {
        let (kernel, channels) = (self.shape.kernel, self.shape.input.channels);
        let part = |what: &str, shape: &[usize], range: &Range<usize>| NamedPart {
            name: format!("{name}.{what}"),
            shape: shape.to_vec(),
            range: range.clone(),
            n_inputs: self.shape.patch(),
            purpose: Purpose::Hidden,
        };
        let filters = self.shape.filters();
        let weight = part("weight", &[filters, channels, kernel, kernel], &self.weight);
        vec![weight, part("bias", &[filters], &self.bias)]
    }

    /// Where a weight lies in the flat array, from its place in a gradient.
    fn flat(&self, place: usize) -> usize {
        let (kernel, channels) = (self.shape.kernel, self.shape.input.channels);
        let (pixel, channel) = (place / channels, place % channels);
        let (filter, pixel) = (pixel / (kernel * kernel), pixel % (kernel * kernel));
        self.weight.start + (filter * channels + channel) * kernel * kernel + pixel
    }

    /// Writes its `weights` as products read them.
    fn pack(&self, weights: &[f32], forward: &mut [f32], backward: &mut [f32]) {
        let (patch, segment) = (self.shape.patch(), self.shape.segment());
        let (filters, widest) = (self.shape.filters(), widest(self.isa));
        let weight = |filter: usize, i: usize| weights[self.flat(filter * patch + i)];
        let mut to = forward[self.forward.clone()].iter_mut();
        for block in blocks(filters, widest) {
            for i in 0..patch {
                to.by_ref().zip(block.clone()).for_each(|(to, filter)| *to = weight(filter, i));
            }
        }
        to.zip(&weights[self.bias.clone()]).for_each(|(to, bias)| *to = *bias);
        let mut to = backward[self.backward.clone()].iter_mut();
        for ky in 0..self.shape.kernel {
            for block in blocks(segment, widest) {
                for filter in 0..filters {
                    let block = block.clone().map(|i| ky * segment + i);
                    to.by_ref().zip(block).for_each(|(to, i)| *to = weight(filter, i));
                }
            }
        }
    }

    /// The flat gradient from one as it was summed.
    fn unpack(&self, sum: &[f32], flat: &mut [f32]) {
        let sum = &sum[self.backward.clone()];
        let (weights, biases) = sum.split_at(self.weight.len());
        for (place, weight) in weights.iter().enumerate() {
            flat[self.flat(place)] = *weight;
        }
        flat[self.bias.clone()].copy_from_slice(&biases[..self.bias.len()]);
    }

    /// Numbers of one lane that the backward pass needs, the last of them the output.
    fn cache_len(&self) -> usize {
        let copies = if self.activation.keeps_input() { 2 } else { 1 };
        copies * self.shape.output.len()
    }

    /// y = f(x * w + b), with zeros in its border; what f acts on goes to `kept` unless that is empty.
    fn forward(&self, packed: &Packed, x: &[f32], kept: &mut [f32], y: &mut [f32]) {
        let (filters, lanes) = (self.shape.filters(), self.isa.width());
        let packed = &packed.forward.all()[self.forward.clone()];
        let (weights, bias) = packed.split_at(self.weight.len());
        let bias = &bias[..filters];
        let product: &mut [f32] = if kept.is_empty() { &mut *y } else { &mut *kept };
        self.shape.output.clear_border(product, lanes);
        Job::Forward { x, weights, bias, y: product }.run(&self.shape, self.isa);
        if !kept.is_empty() {
            self.shape.output.clear_border(y, lanes);
        }
        for row in self.rows() {
            match kept.is_empty() {
                true => activate(&mut y[row], self.activation),
                false => activate_kept(&kept[row.clone()], &mut y[row]),
            }
        }
    }

    /// The rows of its output inside the border, in numbers of all lanes.
    fn rows(&self) -> impl Iterator<Item = Range<usize>> {
        let lanes = self.isa.width();
        self.shape.output.rows().map(move |row| row.start * lanes..row.end * lanes)
    }

    /// From the gradient by its output to that by what its nonlinearity acts on; `cache` is what the forward pass
    /// kept, or its output.
    fn multiply_by_slope(&self, dy: &mut [f32], cache: &[f32]) {
        for row in self.rows() {
            multiply_by_slope(&mut dy[row.clone()], &cache[row], self.activation);
        }
    }

    /// Adds its weight gradient to the gradient `sum`. `scratch` is working memory.
    fn accumulate(&self, x: &[f32], dy: &[f32], sum: &mut [f32], scratch: &mut [f32]) {
        let (dw, db) = sum[self.backward.clone()].split_at_mut(self.weight.len());
        let db = &mut db[..self.bias.len()];
        Job::Weights { x, dy, dw, db, scratch }.run(&self.shape, self.isa);
    }

    /// dx, the gradient by x, in its border anything.
    fn backward(&self, packed: &Packed, dy: &[f32], dx: &mut [f32]) {
        let weights = &packed.backward.all()[self.backward.clone()][..self.weight.len()];
        Job::Input { dy, weights, dx }.run(&self.shape, self.isa);
    }
}

/// `n` cut into the blocks of a kernel.
fn blocks(n: usize, widest: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let len = if start < n { next_block(n - start, widest) } else { 0 };
        start += len;
        (len > 0).then(|| start - len..start)
    })
}

#[cfg(test)]
mod tests;
