//! A stack of layers, on slices: from observations to some of the network's outputs.

use super::layer::{Input, Layer, backward};
use super::matrix::{Affine, Onto, Packed, Panels, PanelsMut, as_it_is};
use super::sequences::Sequences;

/// Layers, then one affine map: all the way from observations to some of the outputs.
#[derive(Clone, Debug)]
pub(super) struct Tower {
    /// What the names of its layers begin with in checkpoints.
    pub(super) name: &'static str,
    /// At least one.
    pub(super) layers: Vec<Layer>,
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
    /// Its layers under the names that checkpoints give them.
    pub(super) fn named_layers(&self) -> impl Iterator<Item = (String, &Layer)> {
        let layers = self.layers.iter().enumerate();
        layers.map(|(i, layer)| (format!("{}.{}", self.name, layer.name(i)), layer))
    }

    /// Every affine map.
    pub(super) fn affines(&self) -> impl Iterator<Item = &Affine> {
        self.layers.iter().flat_map(Layer::affines).chain([&self.head])
    }

    /// Numbers of one row that the backward pass needs.
    pub(super) fn hidden_dim(&self) -> usize {
        self.layers.iter().map(Layer::cache_dim).sum()
    }

    /// The widest of its layers' outputs, in panels.
    pub(super) fn widest(&self) -> usize {
        let layers = self.layers.iter().map(Layer::padded);
        layers.chain([self.head.outputs.padded()]).max().unwrap_or(0)
    }

    /// From what the network sees to the tower's own outputs.
    pub(super) fn forward(&self, pass: Pass<'_>) {
        let Pass { packed, rows, hidden, out, after } = pass;
        let Rows { x: mut input, sequences, n } = rows;
        let mut rest = hidden;
        for layer in &self.layers {
            let (cache, tail) = rest.split_at_mut(n * layer.cache_dim());
            input = layer.forward(packed, (input, n), cache, sequences, &mut *after);
            rest = tail;
        }
        let (x, y) = (Panels::new(input, n), PanelsMut::new(out, n));
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
        // What is left of `hidden` ends with what the layer below the one at hand has left.
        let mut hidden = &hidden[..n * self.hidden_dim()];
        let mut given = |layer: Option<&Layer>| match layer {
            Some(layer) => layer.take_cache(&mut hidden, n),
            None => (Input::of_network(rows.x), &[][..]),
        };
        let (x, mut cache) = given(self.layers.last());
        let (dy, dx) = (&above[..n * self.head.outputs.padded()], &mut below[..x.y.len()]);
        backward(&self.head, packed, x, (dy, Some(dx), n), (&mut *sum, onto));
        for (i, layer) in self.layers.iter().enumerate().rev() {
            std::mem::swap(above, below);
            let (x, cache_below) = given(i.checked_sub(1).map(|i| &self.layers[i]));
            // Nothing asks for the gradient by what the network sees.
            let dx = (i > 0).then(|| &mut below[..x.y.len()]);
            let gradients = (&above[..n * layer.padded()], dx, n);
            layer.backward(packed, (x, cache), gradients, rows.sequences, (&mut *sum, onto));
            cache = cache_below;
        }
    }
}
