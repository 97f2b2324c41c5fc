//! The network, on slices: a tower of layers that gives policy and value together, or one for each.
//!
//! All weights are one flat array, and the rows of a batch go through the whole network a chunk at
//! a time, so that a chunk's activations stay in the cache from the first layer to the last and
//! back. Chunks and the tasks that they are grouped into have fixed sizes: sums over rows are
//! always formed in the same order, whatever the number of threads.

mod activation;
mod backend;
mod candle;
mod candle_encoder;
mod cell;
mod convolution;
mod dense;
mod encode;
mod init;
mod layer;
mod matrix;
mod own;
mod part;
mod recurrent;
mod sequences;
mod tower;
mod train;
mod weights;

pub use activation::Activation;
pub(super) use activation::{SELU_ALPHA, SELU_LAMBDA};
pub use backend::Backend;
pub(super) use backend::BackendWeights;
#[cfg(test)]
pub(super) use backend::with_each_backend;
#[cfg(test)]
pub(super) use candle::CandleNetwork;
pub(super) use convolution::{Conv, Encoder, Pooling, Stage, Window};
pub use convolution::{PoolKind, Scaling};
pub(super) use dense::{DenseLayer, DenseTower};
pub(super) use encode::Seen;
pub use init::{Init, InitGains};
pub(super) use layer::Layer;
pub(super) use matrix::Buffer;
pub use own::OwnLayer;
pub(super) use part::NamedPart;
pub(super) use recurrent::Recurrent;
pub use recurrent::{RnnCell, RnnConfig};
pub(super) use sequences::Sequences;
pub(super) use weights::{Weights, set};

use std::cell::RefCell;

use super::encoder::EncoderConfig;
use super::error::LearnError;
use crate::math::lanes::Isa;
use crate::space::Picture;
use layer::{Linear, Places};
use matrix::{Affine, Columns, Packed, PackedLen, Panels, from_panels};
use own::Own;
use part::Purpose;
use tower::{Pass, Rows, Tower};

/// Rows that go through the network together, unless they are of sequences.
const CHUNK_ROWS: usize = 256;
/// The same where there are encoders, whose layers leave much more behind: some MB.
const ENCODED_CHUNK_ROWS: usize = 64;
/// Sequences that go through the network together, at least: with fewer the products of a step are
/// too small to be fast.
const MIN_CHUNK_SEQUENCES: usize = 16;

/// What a network is made from.
#[derive(Clone, Debug)]
pub(super) struct NetworkShape<'a> {
    /// What encodes which pictures. What they give are the first columns of the input, which the policy sees.
    pub(super) encoders: Vec<(Picture, &'a EncoderConfig)>,
    /// Whether a value with hidden layers of its own sees what encoders give.
    pub(super) value_sees_pictures: bool,
    /// Columns of the input beside those that the policy sees: the first.
    pub(super) policy_dim: usize,
    /// All columns beside those, which the value sees; no more than those of the policy unless it has hidden layers of
    /// its own.
    pub(super) input_dim: usize,
    /// Widths of the hidden layers.
    pub(super) hidden_sizes: &'a [usize],
    /// Means or logits.
    pub(super) mu_dim: usize,
    /// Logarithms of standard deviations that the network gives.
    pub(super) log_std_dim: usize,
    pub(super) activation: Activation,
    /// Whether the value has hidden layers of its own.
    pub(super) separate_value: bool,
    /// Layers that a program brings along, after the hidden layers of each.
    pub(super) own_layers: &'a [OwnLayer],
    /// The recurrent layer after those of each.
    pub(super) rnn: Option<RnnConfig>,
    pub(super) backend: Backend,
    /// The instructions to compute with, which the machine has.
    pub(super) isa: Isa,
}

/// The outputs are the means or logits `mu`, then `log_std` where the network gives it, then the
/// value. They come from one tower, or the value from a second one.
#[derive(Clone, Debug)]
pub(super) struct Network {
    encoders: Vec<Encoder>,
    towers: Vec<Tower>,
    mu_dim: usize,
    log_std_dim: usize,
    /// Columns of the input: what encoders give, what else the policy sees, then what only the value sees.
    pub(super) input_dim: usize,
    /// Those of encoders.
    pub(super) encoded_dim: usize,
    /// Those that the policy sees.
    pub(super) policy_dim: usize,
    /// Columns of the output: those of the policy head and 1.
    pub(super) n_outputs: usize,
    /// Elements of the flat array of weights.
    pub(super) n_weights: usize,
    /// Numbers of one row that the backward pass needs, all layers together.
    pub(super) hidden_dim: usize,
    /// Numbers that recurrent layers keep from step to step.
    pub(super) state_dim: usize,
    backend: Backend,
    isa: Isa,
    packed_len: PackedLen,
}

impl Network {
    /// Fails on layers that a program brings along where they cannot be built, or the backend takes none.
    pub(super) fn new(shape: &NetworkShape<'_>) -> Result<Self, LearnError> {
        if let (Backend::Fused, Some(layer)) = (shape.backend, shape.own_layers.first()) {
            return Err(layer.error("needs the backend candle; the fused one has no such layers"));
        }
        let head_dim = shape.mu_dim + shape.log_std_dim;
        let packed = PackedLen::default();
        let mut places = Places { weights: 0, states: 0, packed, isa: shape.isa };
        let mut encoders = Vec::new();
        for (picture, config) in &shape.encoders {
            config.sizes(*picture)?;
            encoders.push(Encoder::new(config, *picture, &mut places));
        }
        let encoded_dim = encoders.iter().map(Encoder::n_outputs).sum();
        let (policy_dim, input_dim) =
            (encoded_dim + shape.policy_dim, encoded_dim + shape.input_dim);
        let value_first = if shape.value_sees_pictures { 0 } else { encoded_dim };
        let spans = match shape.separate_value {
            false => vec![("trunk", 0..policy_dim, 0..head_dim + 1)],
            true => vec![
                ("trunk", 0..policy_dim, 0..head_dim),
                ("value_trunk", value_first..input_dim, head_dim..head_dim + 1),
            ],
        };
        let mut towers = Vec::new();
        for (name, columns, outputs) in spans {
            let (first_input, mut inputs) = (columns.start, columns.len());
            let mut layers = Vec::new();
            for &size in shape.hidden_sizes {
                let (affine, activation) = (places.affine(inputs, size), shape.activation);
                layers.push(Layer::Linear(Linear { affine, activation }));
                inputs = size;
            }
            for own in shape.own_layers {
                let own = Layer::Own(Own::new(own, inputs, &mut places)?);
                inputs = own.n_outputs();
                layers.push(own);
            }
            if let Some(rnn) = shape.rnn {
                layers.push(Layer::Recurrent(Recurrent::new(rnn, inputs, &mut places)));
                inputs = rnn.size;
            }
            let head = places.affine(inputs, outputs.len());
            towers.push(Tower { name, layers, head, first_input, first_output: outputs.start });
        }
        Ok(Self {
            mu_dim: shape.mu_dim,
            log_std_dim: shape.log_std_dim,
            input_dim,
            encoded_dim,
            policy_dim,
            n_outputs: head_dim + 1,
            n_weights: places.weights,
            hidden_dim: towers.iter().map(Tower::hidden_dim).sum(),
            state_dim: towers.iter().flat_map(|tower| &tower.layers).map(Layer::state_dim).sum(),
            backend: shape.backend,
            isa: shape.isa,
            packed_len: places.packed,
            encoders,
            towers,
        })
    }

    /// The hidden layers of the policy, under the names that checkpoints give them.
    pub(super) fn policy_layers(&self) -> impl Iterator<Item = (String, &Layer)> {
        self.towers.iter().take(1).flat_map(Tower::named_layers)
    }

    /// What encodes pictures.
    pub(super) fn encoders(&self) -> &[Encoder] {
        &self.encoders
    }

    /// The columns of the input from one on.
    fn columns_from(&self, first: usize) -> Columns {
        Columns::new(self.input_dim - first, self.isa)
    }

    /// Rows that go through the network together, unless they are of sequences.
    pub(super) fn chunk_rows(&self) -> usize {
        if self.encoders.is_empty() { CHUNK_ROWS } else { ENCODED_CHUNK_ROWS }
    }

    /// Sequences of `length` rows that go through the network together.
    pub(super) fn chunk_sequences(&self, length: usize) -> usize {
        (self.chunk_rows() / length).max(MIN_CHUNK_SEQUENCES)
    }

    /// Numbers of `n` rows that the backward pass needs.
    fn cache_len(&self, n: usize) -> usize {
        self.encoded_len(n) + n * self.hidden_dim
    }

    /// Every affine map of the towers.
    fn affines(&self) -> impl Iterator<Item = &Affine> {
        self.towers.iter().flat_map(Tower::affines)
    }

    /// Multiplications and additions of one row: forward, and with its gradient.
    pub(super) fn flops(&self) -> (usize, usize) {
        let of_tower = |tower: &Tower| -> usize {
            tower.layers.iter().map(Layer::flops).sum::<usize>() + tower.head.flops()
        };
        let towers: usize = self.towers.iter().map(of_tower).sum();
        let encoders = self.encoders.iter().map(Encoder::flops);
        let (encoders, first_of_encoders) = encoders.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let forward = towers + encoders;
        // Nothing asks for the gradient by observations.
        let blind = self.towers.iter().filter(|tower| !self.sees_pictures(tower));
        let first: usize = blind.flat_map(|it| it.layers.first()).map(Layer::flops).sum();
        (forward, 3 * forward - first - first_of_encoders)
    }

    /// Writes the `weights`, shape (n_weights,), as products read them.
    fn pack(&self, weights: &[f32], packed: &mut Packed) {
        let (forward, backward) = packed.arrays(self.packed_len);
        self.encoders.iter().for_each(|encoder| encoder.pack(weights, forward, backward));
        for tower in &self.towers {
            tower.layers.iter().for_each(|layer| layer.pack(weights, forward, backward));
            tower.head.pack(weights, forward, backward);
        }
    }

    /// Initial weights, shape (n_weights,). The biases of logarithms of standard deviations are
    /// `init_log_std`.
    pub(super) fn init(&self, seed: u64, init: Init, init_log_std: f32) -> Vec<f32> {
        let mut weights = vec![0.0; self.n_weights];
        for (i, part) in self.parts().iter().enumerate() {
            let weights = &mut weights[part.range.clone()];
            match (part.purpose, &part.shape[..]) {
                (Purpose::LogStd, [_]) => weights.fill(init_log_std),
                _ => {
                    let drawn = init.draw(part, seed, i as u32);
                    weights.copy_from_slice(&drawn);
                }
            }
        }
        weights
    }

    /// The flat array cut into weights, shape (outputs, inputs), and biases, shape (outputs,).
    pub(super) fn parts(&self) -> Vec<NamedPart> {
        let layers = self.towers.iter().flat_map(Tower::named_layers);
        let layers = layers.flat_map(|(name, layer)| layer.parts(&name));
        let encoders = self.encoders.iter().flat_map(Encoder::parts);
        let mut parts: Vec<NamedPart> = encoders.chain(layers).collect();
        let value = self.mu_dim + self.log_std_dim;
        let heads = [
            ("mu", 0, self.mu_dim, Purpose::Policy),
            ("log_std", self.mu_dim, self.log_std_dim, Purpose::LogStd),
            ("value", value, 1, Purpose::Value),
        ];
        let heads = heads.into_iter().filter(|(_, _, n, _)| *n > 0);
        let mut add = |name, shape: &[usize], start, n_inputs, purpose| {
            let range = start..start + shape.iter().product::<usize>();
            parts.push(NamedPart { name, shape: shape.to_vec(), range, n_inputs, purpose });
        };
        for (name, first, n, purpose) in heads.clone() {
            let (layer, row) = self.head_at(first);
            let (inputs, start) = (layer.inputs, layer.weight.start + row * layer.inputs);
            add(format!("{name}.weight"), &[n, inputs], start, inputs, purpose);
        }
        for (name, first, n, purpose) in heads {
            let (layer, row) = self.head_at(first);
            add(format!("{name}.bias"), &[n], layer.bias.start + row, layer.inputs, purpose);
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

    /// The outputs `out`, shape (rows, n_outputs), for one step of each of the first rows that are `seen`, from
    /// the `states` before to those `after`, shape (rows, state_dim), with scratch buffers of this thread for the
    /// activations. `after` may be empty. Fails where candle does, which may be in layers that a
    /// program brings along.
    pub(super) fn infer_chunk(
        &self,
        weights: &BackendWeights,
        seen: &impl Seen,
        states: (&[f32], &mut [f32]),
        out: &mut [f32],
    ) -> Result<(), LearnError> {
        match weights {
            BackendWeights::Fused(packed) => self.infer_fused(packed, seen, states, out),
            BackendWeights::Candle(candle) => self.infer_candle(candle, seen, states, out)?,
        }
        Ok(())
    }

    /// [`Network::infer_chunk`] by the fused passes.
    fn infer_fused(
        &self,
        packed: &Packed,
        seen: &impl Seen,
        (states, after): (&[f32], &mut [f32]),
        out: &mut [f32],
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 4]> = RefCell::default();
        }
        let n = out.len() / self.n_outputs;
        BUFFERS.with_borrow_mut(|[x, panels, beside, hidden]| {
            let hidden = hidden.at_least(self.cache_len(n));
            let (encoded, hidden) = hidden.split_at_mut(self.encoded_len(n));
            let x = self.see(packed, (seen, 0..n), encoded, x);
            let sequences = Sequences { states, ..Sequences::NONE };
            let rows = Rows {
                x: self.panels_from(0, x, panels),
                beside: self.panels_beside(x, beside),
                sequences,
                n,
            };
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
mod picture_tests;
#[cfg(test)]
mod tests;
