//! The network, on slices: a trunk that the two heads share, or one for each, and in each a recurrent
//! layer if there is any.
//!
//! All weights are one flat array, and the rows of a batch go through the whole network a chunk at
//! a time, so that a chunk's activations stay in the cache from the first layer to the last and
//! back. Chunks and the tasks that they are grouped into have fixed sizes: sums over rows are
//! always formed in the same order, whatever the number of threads.

mod activation;
mod cell;
mod init;
mod matrix;
mod recurrent;
mod tower;
mod train;
mod weights;

pub use activation::Activation;
pub(super) use activation::{SELU_ALPHA, SELU_LAMBDA, kernel};
pub use init::{Init, InitGains};
pub(super) use matrix::Buffer;
pub(super) use recurrent::Sequences;
pub use recurrent::{Cell, Rnn};
pub(super) use weights::{Weights, set};

use std::cell::RefCell;
use std::ops::Range;

use crate::math::lanes::Isa;
use matrix::{Affine, Columns, Packed, PackedLen, Panels, PanelsMut, from_panels, to_panels};
use recurrent::Recurrent;
use tower::{Layer, Pass, Rows, Tower};

/// Rows that go through the network together, unless they are of sequences.
pub(super) const CHUNK_ROWS: usize = 256;
/// Sequences that go through the network together, at least: with fewer the products of a step are
/// too small to be fast.
const MIN_CHUNK_SEQUENCES: usize = 16;

/// What a network is made from.
#[derive(Clone, Debug)]
pub(super) struct NetworkShape<'a> {
    pub(super) obs_dim: usize,
    /// Numbers that only the value sees; 0 unless it has hidden layers of its own.
    pub(super) critic_dim: usize,
    /// Widths of the hidden layers.
    pub(super) hidden_sizes: &'a [usize],
    /// Means or logits.
    pub(super) mu_dim: usize,
    /// Logarithms of standard deviations that the network gives.
    pub(super) log_std_dim: usize,
    pub(super) activation: Activation,
    /// Whether the value has hidden layers of its own.
    pub(super) separate_value: bool,
    /// The recurrent layer after the hidden layers of each.
    pub(super) rnn: Option<Rnn>,
    /// The instructions to compute with, which the machine has.
    pub(super) isa: Isa,
}

/// Sequences of `length` rows that go through the network together.
pub(super) fn chunk_sequences(length: usize) -> usize {
    (CHUNK_ROWS / length).max(MIN_CHUNK_SEQUENCES)
}

/// The outputs are the means or logits `mu`, then `log_std` where the network gives it, then the
/// value. They come from one tower, or the value from a second one.
#[derive(Clone, Debug)]
pub(super) struct Network {
    towers: Vec<Tower>,
    mu_dim: usize,
    log_std_dim: usize,
    /// Columns of the input: the observation, then what only the value sees.
    pub(super) input_dim: usize,
    /// Columns of the output: those of the policy head and 1.
    pub(super) n_outputs: usize,
    /// Elements of the flat array of weights.
    pub(super) n_weights: usize,
    /// Numbers of one row that the backward pass needs, all layers together.
    pub(super) hidden_dim: usize,
    /// Numbers that recurrent layers keep from step to step.
    pub(super) state_dim: usize,
    isa: Isa,
    packed_len: PackedLen,
}

/// A part of the flat array under the name that checkpoints give it.
pub(super) struct NamedPart {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) range: Range<usize>,
    /// Inputs of its layer; the size of a recurrent one.
    pub(super) n_inputs: usize,
}

impl Network {
    pub(super) fn new(shape: &NetworkShape<'_>) -> Self {
        let head_dim = shape.mu_dim + shape.log_std_dim;
        let spans = match shape.separate_value {
            false => vec![("trunk", shape.obs_dim, 0..head_dim + 1)],
            true => vec![
                ("trunk", shape.obs_dim, 0..head_dim),
                ("value_trunk", shape.obs_dim + shape.critic_dim, head_dim..head_dim + 1),
            ],
        };
        let (mut start, mut state_dim, mut packed_len) = (0, 0, PackedLen::default());
        let mut towers = Vec::new();
        for (name, mut inputs, outputs) in spans {
            let first_output = outputs.start;
            let add_affine =
                |inputs: &mut usize, start: &mut usize, len: &mut PackedLen, outputs| {
                    let weight = *start..*start + outputs * *inputs;
                    let bias = weight.end..weight.end + outputs;
                    *start = bias.end;
                    let columns = Columns::new(outputs, shape.isa);
                    let affine = Affine::new((*inputs, columns), (weight, bias), len);
                    *inputs = outputs;
                    affine
                };
            let mut trunk = Vec::new();
            for &size in shape.hidden_sizes {
                let affine = add_affine(&mut inputs, &mut start, &mut packed_len, size);
                trunk.push(Layer { affine, activation: shape.activation });
            }
            let recurrent = shape.rnn.map(|rnn| {
                let places = (start, state_dim);
                let (layer, end) =
                    Recurrent::new(rnn, inputs, places, (shape.isa, &mut packed_len));
                (inputs, start) = (rnn.size, end);
                state_dim += layer.state_dim();
                layer
            });
            let head = add_affine(&mut inputs, &mut start, &mut packed_len, outputs.len());
            towers.push(Tower { name, trunk, recurrent, head, first_output });
        }
        Self {
            mu_dim: shape.mu_dim,
            log_std_dim: shape.log_std_dim,
            input_dim: shape.obs_dim + shape.critic_dim,
            n_outputs: head_dim + 1,
            n_weights: start,
            hidden_dim: towers.iter().map(Tower::hidden_dim).sum(),
            state_dim,
            isa: shape.isa,
            packed_len,
            towers,
        }
    }

    /// The columns of the input.
    fn input_columns(&self) -> Columns {
        Columns::new(self.input_dim, self.isa)
    }

    /// Every affine map.
    fn affines(&self) -> impl Iterator<Item = &Affine> {
        self.towers.iter().flat_map(|tower| {
            let trunk = tower.trunk.iter().map(|layer| &layer.affine);
            let recurrent = tower.recurrent.iter().flat_map(|layer| [&layer.ih, &layer.hh]);
            trunk.chain(recurrent).chain([&tower.head])
        })
    }

    /// Multiplications and additions of one row: forward, and with its gradient.
    pub(super) fn flops(&self) -> (usize, usize) {
        let forward: usize = self.affines().map(Affine::flops).sum();
        // Nothing asks for the gradient by observations.
        let first: usize = self.towers.iter().map(|tower| tower.trunk[0].affine.flops()).sum();
        (forward, 3 * forward - first)
    }

    /// Writes the `weights`, shape (n_weights,), as products read them.
    pub(super) fn pack(&self, weights: &[f32], packed: &mut Packed) {
        let (forward, backward) = packed.arrays(self.packed_len);
        self.affines().for_each(|affine| affine.pack(weights, forward, backward));
        let recurrent = self.towers.iter().filter_map(|tower| tower.recurrent.as_ref());
        recurrent.for_each(|layer| layer.join_biases(weights, forward));
    }

    /// Initial weights, shape (n_weights,). The biases of logarithms of standard deviations are
    /// `init_log_std`.
    pub(super) fn init(&self, seed: u64, init: Init, init_log_std: f32) -> Vec<f32> {
        let mut weights = vec![0.0; self.n_weights];
        for (i, part) in self.parts().iter().enumerate() {
            let weights = &mut weights[part.range.clone()];
            match part.name.as_str() {
                "log_std.bias" => weights.fill(init_log_std),
                name => {
                    let drawn = init.draw((name, &part.shape), part.n_inputs, seed, i as u32);
                    weights.copy_from_slice(&drawn);
                }
            }
        }
        weights
    }

    /// The flat array cut into weights, shape (outputs, inputs), and biases, shape (outputs,).
    pub(super) fn parts(&self) -> Vec<NamedPart> {
        let mut parts = Vec::new();
        let mut add = |name: String, shape: &[usize], start: usize, n_inputs: usize| {
            let range = start..start + shape.iter().product::<usize>();
            parts.push(NamedPart { name, shape: shape.to_vec(), range, n_inputs });
        };
        for tower in &self.towers {
            for (i, Layer { affine, .. }) in tower.trunk.iter().enumerate() {
                let (name, inputs) = (format!("{}.{i}", tower.name), affine.inputs);
                let shape = [affine.outputs.size, inputs];
                add(format!("{name}.weight"), &shape, affine.weight.start, inputs);
                add(format!("{name}.bias"), &shape[..1], affine.bias.start, inputs);
            }
            if let Some(layer) = &tower.recurrent {
                let mut add = |name, shape: &[usize], range: &Range<usize>| {
                    add(format!("{}.rnn.{name}", tower.name), shape, range.start, layer.size);
                };
                let (ih, hh) = (&layer.ih, &layer.hh);
                let width = layer.cell.n_gates() * layer.size;
                add("weight_ih", &[width, ih.inputs], &ih.weight);
                add("weight_hh", &[width, hh.inputs], &hh.weight);
                add("bias_ih", &[width], &ih.bias);
                add("bias_hh", &[width], &hh.bias);
            }
        }
        let value = self.mu_dim + self.log_std_dim;
        let heads = [
            ("mu", 0, self.mu_dim),
            ("log_std", self.mu_dim, self.log_std_dim),
            ("value", value, 1),
        ];
        let heads = heads.iter().filter(|(_, _, n)| *n > 0);
        for &(name, first, n) in heads.clone() {
            let (layer, row) = self.head_at(first);
            let start = layer.weight.start + row * layer.inputs;
            add(format!("{name}.weight"), &[n, layer.inputs], start, layer.inputs);
        }
        for &(name, first, n) in heads {
            let (layer, row) = self.head_at(first);
            add(format!("{name}.bias"), &[n], layer.bias.start + row, layer.inputs);
        }
        parts
    }

    /// The linear layer that gives an output of the network, and its row there.
    fn head_at(&self, output: usize) -> (&Affine, usize) {
        let last = self.towers.len() - 1;
        let tower = match output < self.towers[last].first_output {
            true => &self.towers[0],
            false => &self.towers[last],
        };
        (&tower.head, output - tower.first_output)
    }

    /// Forward pass of a chunk through all towers.
    fn forward_chunk(&self, pass: Pass<'_>) {
        thread_local! {
            static HEAD: RefCell<Buffer> = RefCell::default();
        }
        let Pass { packed, rows, hidden, out, after } = pass;
        let mut rest = hidden;
        for tower in &self.towers {
            let (hidden, tail) = rest.split_at_mut(rows.n * tower.hidden_dim());
            rest = tail;
            HEAD.with_borrow_mut(|head| {
                let columns = tower.head.outputs;
                let head = head.at_least(rows.n * columns.padded());
                let after = &mut *after;
                tower.forward(Pass { packed, rows, hidden, out: &mut *head, after });
                let out = (&mut *out, self.n_outputs, tower.first_output);
                from_panels(Panels::new(head, rows.n), columns, out);
            });
        }
    }

    /// The outputs `out`, shape (rows, n_outputs), for one step of each of `x`, shape (rows, input_dim),
    /// from the `states` before to those `after`, shape (rows, state_dim), with scratch buffers of this
    /// thread for the activations. `after` may be empty.
    pub(super) fn infer_chunk(
        &self,
        packed: &Packed,
        x: &[f32],
        (states, after): (&[f32], &mut [f32]),
        out: &mut [f32],
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 2]> = RefCell::default();
        }
        let n = out.len() / self.n_outputs;
        let columns = self.input_columns();
        BUFFERS.with_borrow_mut(|[panels, hidden]| {
            let panels = panels.at_least(n * columns.padded());
            to_panels((x, self.input_dim, 0), columns, PanelsMut::new(panels, n));
            let sequences = Sequences { states, ..Sequences::NONE };
            let rows = Rows { x: panels, sequences, n };
            let hidden = hidden.at_least(n * self.hidden_dim);
            self.forward_chunk(Pass { packed, rows, hidden, out, after });
        });
    }
}

/// The first `len` elements of `buffer`, which grows if it has to.
pub(super) fn at_least(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

#[cfg(test)]
mod tests;
