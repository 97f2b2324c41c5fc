//! The layers of towers, with a common interface.

use std::ops::Range;

use super::Sequences;
use super::activation::{Activation, activate, activate_kept, multiply_by_slope};
use super::matrix::{Affine, Columns, Onto, Packed, PackedLen, Panels, PanelsMut};
use super::own::Own;
use super::part::{NamedPart, Purpose};
use super::recurrent::Recurrent;
use crate::math::lanes::Isa;

/// A layer of a tower, from rows to rows.
#[derive(Clone, Debug)]
pub(in crate::learn) enum Layer {
    Linear(Linear),
    Recurrent(Recurrent),
    /// One that a program brings along, in candle's operations.
    Own(Own),
}

/// An affine map and the nonlinearity after it.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Linear {
    pub(super) affine: Affine,
    pub(in crate::learn) activation: Activation,
}

/// Why the fused passes meet no layer of a program's own.
const OWN_IS_REFUSED: &str = "networks with layers of a program's own are refused this backend";

/// Where the weights and the states of the next layer begin.
pub(super) struct Places {
    /// In the flat array.
    pub(super) weights: usize,
    /// In a row of states.
    pub(super) states: usize,
    pub(super) packed: PackedLen,
    pub(super) isa: Isa,
}

impl Places {
    /// The next `len` of the flat array.
    pub(super) fn take(&mut self, len: usize) -> Range<usize> {
        let start = self.weights;
        self.weights += len;
        start..self.weights
    }

    /// An affine map: its weight, then its bias.
    pub(super) fn affine(&mut self, inputs: usize, outputs: usize) -> Affine {
        let (weight, bias) = (self.take(outputs * inputs), self.take(outputs));
        let columns = Columns::new(outputs, self.isa);
        Affine::new((inputs, columns), (weight, bias), &mut self.packed)
    }
}

/// What a layer got from the one below it.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// In panels.
    pub(super) y: &'a [f32],
    /// What the slope of the nonlinearity that gave it is worked out from.
    kept: &'a [f32],
    /// None where there is no nonlinearity, or it is the business of the layer below.
    activation: Option<Activation>,
}

impl<'a> Input<'a> {
    /// What the network sees.
    pub(super) fn of_network(x: &'a [f32]) -> Self {
        Self { y: x, kept: &[], activation: None }
    }

    /// From a part of the gradient by y to that by what y's nonlinearity acts on.
    pub(super) fn multiply_by_slope(&self, dy: &mut [f32], at: Range<usize>) {
        if let Some(activation) = self.activation {
            multiply_by_slope(dy, &self.kept[at], activation);
        }
    }
}

impl Layer {
    /// Its own part of the names of its weights; `i` is its place in the tower.
    pub(super) fn name(&self, i: usize) -> String {
        match self {
            Self::Linear(_) => i.to_string(),
            Self::Recurrent(_) => Recurrent::NAME.to_owned(),
            Self::Own(own) => own.name().to_owned(),
        }
    }

    /// Numbers of a row of its output.
    pub(super) fn n_outputs(&self) -> usize {
        match self {
            Self::Linear(linear) => linear.affine.outputs.size,
            Self::Recurrent(recurrent) => recurrent.size,
            Self::Own(own) => own.n_outputs(),
        }
    }

    /// Numbers of a row of its output in panels.
    pub(super) fn padded(&self) -> usize {
        match self {
            Self::Linear(linear) => linear.affine.outputs.padded(),
            Self::Recurrent(recurrent) => recurrent.padded(),
            Self::Own(_) => 0,
        }
    }

    /// Numbers of a row that the backward pass needs, the last of them the output.
    pub(super) fn cache_dim(&self) -> usize {
        match self {
            Self::Linear(linear) if linear.activation.keeps_input() => 2 * self.padded(),
            Self::Linear(_) => self.padded(),
            Self::Recurrent(recurrent) => recurrent.cache_dim() + self.padded(),
            Self::Own(_) => 0,
        }
    }

    /// Numbers that are kept from step to step.
    pub(super) fn state_dim(&self) -> usize {
        match self {
            Self::Recurrent(recurrent) => recurrent.state_dim(),
            Self::Linear(_) | Self::Own(_) => 0,
        }
    }

    /// Its affine maps.
    pub(super) fn affines(&self) -> impl Iterator<Item = &Affine> {
        let [first, second] = match self {
            Self::Linear(linear) => [Some(&linear.affine), None],
            Self::Recurrent(recurrent) => [Some(&recurrent.ih), Some(&recurrent.hh)],
            Self::Own(_) => [None, None],
        };
        first.into_iter().chain(second)
    }

    /// Multiplications and additions of one row, one way through; of a layer of a program's own two for each
    /// weight.
    pub(super) fn flops(&self) -> usize {
        match self {
            Self::Own(own) => 2 * own.n_weights(),
            Self::Linear(_) | Self::Recurrent(_) => self.affines().map(Affine::flops).sum(),
        }
    }

    /// Its part of the flat array, under names that begin with its own, `name`.
    pub(super) fn parts(&self, name: &str) -> Vec<NamedPart> {
        match self {
            Self::Linear(Linear { affine, .. }) => {
                let (inputs, outputs) = (affine.inputs, affine.outputs.size);
                let part = |what: &str, shape: &[usize], range: &Range<usize>| NamedPart {
                    name: format!("{name}.{what}"),
                    shape: shape.to_vec(),
                    range: range.clone(),
                    n_inputs: inputs,
                    purpose: Purpose::Hidden,
                };
                let weight = part("weight", &[outputs, inputs], &affine.weight);
                vec![weight, part("bias", &[outputs], &affine.bias)]
            }
            Self::Recurrent(recurrent) => recurrent.parts(name),
            Self::Own(own) => own.parts(name),
        }
    }

    /// Writes its `weights` as products read them.
    pub(super) fn pack(&self, weights: &[f32], forward: &mut [f32], backward: &mut [f32]) {
        self.affines().for_each(|affine| affine.pack(weights, forward, backward));
        if let Self::Recurrent(recurrent) = self {
            recurrent.join_biases(weights, forward);
        }
    }

    /// Its output of `n` rows, which it puts into the end of `cache`, shape (n, cache_dim), all in panels. The
    /// states after the last steps go to `after`, shape (n_sequences, state_dim of the network), unless it is
    /// empty.
    pub(super) fn forward<'a>(
        &self,
        packed: &Packed,
        (x, n): (&[f32], usize),
        cache: &'a mut [f32],
        sequences: Sequences<'_>,
        after: &mut [f32],
    ) -> &'a [f32] {
        let (kept, y) = cache.split_at_mut(cache.len() - n * self.padded());
        match self {
            Self::Linear(linear) => linear.forward(packed, (x, n), kept, y),
            Self::Recurrent(recurrent) => {
                recurrent.forward(packed, x, (kept, &mut *y), sequences, after);
            }
            Self::Own(_) => unreachable!("{OWN_IS_REFUSED}"),
        }
        y
    }

    /// Cuts what it left of `n` rows off the end of `caches`: what the layer above got, and what its own
    /// backward pass needs besides.
    pub(super) fn take_cache<'a>(
        &self,
        caches: &mut &'a [f32],
        n: usize,
    ) -> (Input<'a>, &'a [f32]) {
        let cache = take_last(caches, n * self.cache_dim());
        let (kept, y) = cache.split_at(cache.len() - n * self.padded());
        match self {
            Self::Linear(linear) => {
                let kept = if kept.is_empty() { y } else { kept };
                (Input { y, kept, activation: Some(linear.activation) }, &[])
            }
            Self::Recurrent(_) | Self::Own(_) => (Input { y, kept: &[], activation: None }, kept),
        }
    }

    /// Adds its weight gradient to `sum`, or writes it there if `onto` is zero, and gives `dx`, the gradient by
    /// what `x` is the nonlinearity of, unless nothing asks for it. `dy` is that by what the nonlinearity of
    /// its own acts on, of `n` rows in panels; `cache` is from [`take_cache`](Self::take_cache).
    pub(super) fn backward(
        &self,
        packed: &Packed,
        (x, cache): (Input<'_>, &[f32]),
        (dy, dx, n): (&[f32], Option<&mut [f32]>, usize),
        sequences: Sequences<'_>,
        (sum, onto): (&mut [f32], Onto),
    ) {
        match self {
            Self::Linear(linear) => {
                backward(&linear.affine, packed, x, (dy, dx, n), (sum, onto));
            }
            Self::Recurrent(recurrent) => {
                recurrent.backward(packed, (x, cache), (dy, dx), sequences, (sum, onto));
            }
            Self::Own(_) => unreachable!("{OWN_IS_REFUSED}"),
        }
    }
}

/// [`Layer::backward`] of an affine map.
pub(super) fn backward(
    affine: &Affine,
    packed: &Packed,
    x: Input<'_>,
    (dy, dx, n): (&[f32], Option<&mut [f32]>, usize),
    (sum, onto): (&mut [f32], Onto),
) {
    let dy = Panels::new(dy, n);
    affine.accumulate(Panels::new(x.y, n), dy, sum, onto);
    if let Some(dx) = dx {
        let dx = PanelsMut::new(dx, n);
        affine.backward(packed, dy, dx, Onto::Zero, |dx, at| x.multiply_by_slope(dx, at));
    }
}

/// Cuts the last `len` numbers off.
fn take_last<'a>(all: &mut &'a [f32], len: usize) -> &'a [f32] {
    let (rest, last) = all.split_at(all.len() - len);
    *all = rest;
    last
}

impl Linear {
    /// y = f(x w^T + b); what f acts on goes to `kept` unless that is empty.
    fn forward(&self, packed: &Packed, (x, n): (&[f32], usize), kept: &mut [f32], y: &mut [f32]) {
        let x = Panels::new(x, n);
        if kept.is_empty() {
            let finish = |y: &mut [f32], _| activate(y, self.activation);
            self.affine.forward(packed, x, PanelsMut::new(y, n), Onto::Bias, finish);
        } else {
            let kept = PanelsMut::new(kept, n);
            let finish = |kept: &mut [f32], at| activate_kept(kept, &mut y[at]);
            self.affine.forward(packed, x, kept, Onto::Bias, finish);
        }
    }

    /// Numbers of a row of its output.
    pub(in crate::learn) fn n_outputs(&self) -> usize {
        self.affine.outputs.size
    }
}
