//! A stack of layers, on slices: from observations to some of the network's outputs.

use super::layer::{Input, Layer, backward};
use super::matrix::{Affine, Columns, Onto, Packed, Panels, PanelsMut, as_it_is};
use super::sequences::Sequences;

/// Layers, then one affine map: all the way from observations to some of the outputs.
#[derive(Clone, Debug)]
pub(super) struct Tower {
    /// What the names of its layers begin with in checkpoints.
    pub(super) name: &'static str,
    /// At least one.
    pub(super) layers: Vec<Layer>,
    pub(super) head: Affine,
    /// The first column of the network's input that it sees: 0, or that behind what encoders give.
    pub(super) first_input: usize,
    /// The first column of the network's outputs that it gives.
    pub(super) first_output: usize,
}

/// Rows on their way through a tower.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// What the network sees, in panels.
    pub(super) x: &'a [f32],
    /// The same without what encoders give; empty unless a tower sees no more.
    pub(super) beside: &'a [f32],
    pub(super) sequences: Sequences<'a>,
    /// How many.
    pub(super) n: usize,
}

impl<'a> Rows<'a> {
    /// What a tower sees of them.
    fn group(self, tower: &Tower) -> &'a [f32] {
        if tower.first_input == 0 { self.x } else { self.beside }
    }
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

    /// The columns of the input that its first layer reads.
    pub(super) fn input_columns(&self) -> Columns {
        self.affines().next().unwrap_or(&self.head).input_columns()
    }

    /// The widest of its layers' outputs, in panels.
    pub(super) fn widest(&self) -> usize {
        let layers = self.layers.iter().map(Layer::padded);
        layers.chain([self.head.outputs.padded()]).max().unwrap_or(0)
    }

    /// From what the network sees to the tower's own outputs.
    pub(super) fn forward(&self, pass: Pass<'_>) {
        let Pass { packed, rows, hidden, out, after } = pass;
        let (mut input, Rows { sequences, n, .. }) = (rows.group(self), rows);
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
    /// gradient by its outputs, in panels; the two buffers then take turns holding that of each layer. `by_input`
    /// gets that by what it sees, shape ([`Tower::input_columns`]), in panels, if anything asks for it.
    pub(super) fn backward(
        &self,
        packed: &Packed,
        rows: Rows<'_>,
        hidden: &[f32],
        scratch: &mut [&mut [f32]; 2],
        mut by_input: Option<&mut [f32]>,
        (sum, onto): (&mut [f32], Onto),
    ) {
        let [above, below] = scratch;
        let n = rows.n;
        // What is left of `hidden` ends with what the layer below the one at hand has left.
        let mut hidden = &hidden[..n * self.hidden_dim()];
        let mut given = |layer: Option<&Layer>| match layer {
            Some(layer) => layer.take_cache(&mut hidden, n),
            None => (Input::of_network(rows.group(self)), &[][..]),
        };
        let (x, mut cache) = given(self.layers.last());
        let (dy, dx) = (&above[..n * self.head.outputs.padded()], &mut below[..x.y.len()]);
        backward(&self.head, packed, x, (dy, Some(dx), n), (&mut *sum, onto));
        for (i, layer) in self.layers.iter().enumerate().rev() {
            std::mem::swap(above, below);
            let (x, cache_below) = given(i.checked_sub(1).map(|i| &self.layers[i]));
            let dx = match i {
                0 => by_input.take(),
                _ => Some(&mut below[..x.y.len()]),
            };
            let gradients = (&above[..n * layer.padded()], dx, n);
            layer.backward(packed, (x, cache), gradients, rows.sequences, (&mut *sum, onto));
            cache = cache_below;
        }
    }
}
