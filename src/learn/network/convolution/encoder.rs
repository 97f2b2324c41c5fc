//! An encoder: convolutions and pooling, then a dense layer if there is one, from pictures to columns of the
//! network's input.

use std::cell::RefCell;
use std::ops::Range;

use super::super::layer::{Input, Layer, Linear, Places};
use super::super::matrix::{
    Buffer, Columns, Onto, Packed, Panels, PanelsMut, from_panels, to_panels,
};
use super::super::part::NamedPart;
use super::super::sequences::Sequences;
use super::lanes::{pictures_in, rows_in, rows_out};
use super::{Conv, ConvShape, Grid, Pooling, Scaling, Window};
use crate::learn::encoder::EncoderConfig;
use crate::math::lanes::Isa;
use crate::space::Picture;

/// A layer of an encoder, from the pictures in the lanes to others.
#[derive(Clone, Debug)]
pub(in crate::learn) enum Stage {
    Conv(Conv),
    Pool(Pooling),
}

/// What an encoder consists of.
#[derive(Clone, Debug)]
pub(in crate::learn) struct Encoder {
    /// What the names of its layers begin with in checkpoints.
    name: String,
    pub(in crate::learn) picture: Picture,
    pub(in crate::learn) scaling: Scaling,
    pub(in crate::learn) stages: Vec<Stage>,
    /// After the stages.
    pub(in crate::learn) dense: Option<Layer>,
    input: Grid,
    isa: Isa,
}

/// What the stages have left of a tile.
struct Left<'a> {
    /// What the nonlinearity acted on, where its slope does not follow from the output.
    kept: &'a [f32],
    y: &'a [f32],
}

impl Stage {
    fn output(&self) -> Grid {
        match self {
            Self::Conv(conv) => conv.shape.output,
            Self::Pool(pooling) => pooling.output,
        }
    }

    /// Numbers of one lane that the backward pass needs, the last of them the output.
    fn cache_len(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.cache_len(),
            Self::Pool(pooling) => pooling.output.len(),
        }
    }
}

/// The pictures of some rows.
pub(in crate::learn) struct Rows<F> {
    /// Of a row the frame of that number, shape (height, width, channels).
    pub(in crate::learn) frame: F,
    /// How many.
    pub(in crate::learn) n: usize,
}

/// Columns of a matrix of rows, from one on.
pub(in crate::learn) struct From<T> {
    /// Shape (rows, row_dim).
    pub(in crate::learn) data: T,
    pub(in crate::learn) row_dim: usize,
    pub(in crate::learn) first: usize,
}

impl Encoder {
    /// The name of the dense layer.
    const FEATURES: &'static str = "features";

    /// That of checked settings, at the next `places`.
    pub(in crate::learn::network) fn new(
        config: &EncoderConfig,
        picture: Picture,
        places: &mut Places,
    ) -> Self {
        let Picture { frames, height, width, channels } = picture;
        let border = config.layers.first().map_or(0, |layer| layer.padding);
        let input = Grid { height, width, channels: frames * channels, border };
        let (mut stages, mut grid) = (Vec::new(), input);
        for (i, layer) in config.layers.iter().enumerate() {
            let next = config.layers.get(i + 1).map_or(0, |layer| layer.padding);
            let border = if layer.pool.is_some() { 0 } else { next };
            let output = covered(grid, layer.window(), layer.window(), layer.filters, border);
            let shape =
                ConvShape { input: grid, output, kernel: layer.kernel, stride: layer.stride };
            stages.push(Stage::Conv(Conv::new(shape, config.activation, places)));
            grid = output;
            if let Some(pool) = layer.pool {
                let window = pool.window();
                let output = covered(grid, window, window, grid.channels, next);
                let (rows, columns, kind) = (window, window, pool.kind);
                stages.push(Stage::Pool(Pooling { kind, input: grid, output, rows, columns }));
                grid = output;
            }
        }
        if let Some(kind) = config.global_pool {
            let [rows, columns] =
                [grid.height, grid.width].map(|size| Window { size, stride: 1, padding: 0 });
            let output = covered(grid, rows, columns, grid.channels, 0);
            stages.push(Stage::Pool(Pooling { kind, input: grid, output, rows, columns }));
            grid = output;
        }
        let dense = (config.features > 0).then(|| {
            let affine = places.affine(grid.size(), config.features);
            Layer::Linear(Linear { affine, activation: config.activation })
        });
        let (name, scaling) = (format!("cnn.{}", config.stream), config.scaling);
        Self { name, picture, scaling, stages, dense, input, isa: places.isa }
    }

    fn lanes(&self) -> usize {
        self.isa.width()
    }

    /// What the stages give.
    pub(in crate::learn) fn last(&self) -> Grid {
        self.stages.last().map_or(self.input, Stage::output)
    }

    /// Columns of the network's input that it fills.
    pub(in crate::learn) fn n_outputs(&self) -> usize {
        self.dense.as_ref().map_or(self.last().size(), Layer::n_outputs)
    }

    fn flat_columns(&self) -> Columns {
        Columns::new(self.last().size(), self.isa)
    }

    fn output_columns(&self) -> Columns {
        Columns::new(self.n_outputs(), self.isa)
    }

    /// Its layers that have weights, under the names that checkpoints give them. Pooling counts for no number.
    pub(in crate::learn) fn named_convs(&self) -> impl Iterator<Item = (String, &Conv)> {
        let convs = self.stages.iter().filter_map(|stage| match stage {
            Stage::Conv(conv) => Some(conv),
            Stage::Pool(_) => None,
        });
        convs.enumerate().map(|(i, conv)| (format!("{}.{i}", self.name), conv))
    }

    /// What checkpoints call the dense layer.
    pub(in crate::learn) fn dense_name(&self) -> String {
        format!("{}.{}", self.name, Self::FEATURES)
    }

    pub(in crate::learn::network) fn parts(&self) -> Vec<NamedPart> {
        let convs = self.named_convs().flat_map(|(name, conv)| conv.parts(&name));
        let dense = self.dense.iter().flat_map(|layer| layer.parts(&self.dense_name()));
        convs.chain(dense).collect()
    }

    /// Multiplications and additions of one row, one way through; and those of its first layer.
    pub(in crate::learn::network) fn flops(&self) -> (usize, usize) {
        let convs = || self.named_convs().map(|(_, conv)| conv.flops());
        let all = convs().sum::<usize>() + self.dense.as_ref().map_or(0, Layer::flops);
        (all, convs().next().unwrap_or(0))
    }

    pub(in crate::learn::network) fn pack(
        &self,
        weights: &[f32],
        forward: &mut [f32],
        backward: &mut [f32],
    ) {
        self.named_convs().for_each(|(_, conv)| conv.pack(weights, forward, backward));
        self.dense.iter().for_each(|layer| layer.pack(weights, forward, backward));
    }

    pub(in crate::learn::network) fn unpack(&self, sum: &[f32], flat: &mut [f32]) {
        self.named_convs().for_each(|(_, conv)| conv.unpack(sum, flat));
        let dense = self.dense.iter().flat_map(Layer::affines);
        dense.for_each(|affine| affine.unpack(sum, flat));
    }

    /// Numbers of a tile that the backward pass needs.
    fn tile_len(&self) -> usize {
        self.stages.iter().map(Stage::cache_len).sum::<usize>() * self.lanes()
    }

    /// Numbers of the largest stage of a tile.
    fn widest(&self) -> usize {
        let stages = self.stages.iter().map(|stage| stage.output().len());
        stages.max().unwrap_or(0).max(self.input.len()) * self.lanes()
    }

    /// Numbers of `n` rows that the backward pass needs: those of tiles, then the dense layer's input and cache
    /// in panels.
    pub(in crate::learn::network) fn cache_len(&self, n: usize) -> usize {
        let dense = self.dense.as_ref();
        let dense = dense.map_or(0, |layer| self.flat_columns().padded() + layer.cache_dim());
        n.div_ceil(self.lanes()) * self.tile_len() + n * dense
    }

    /// Writes the pictures of a tile of `rows` into the lanes.
    fn see<'s, F: Fn(usize, usize) -> &'s [u8]>(
        &self,
        pictures: &Rows<F>,
        rows: &Range<usize>,
        to: &mut [f32],
    ) {
        let frame = |row: usize, i: usize| (pictures.frame)(rows.start + row, i);
        let extents = (rows.len(), self.picture.frames);
        pictures_in(self.isa, self.input, self.scaling, extents, frame, to);
    }

    /// The rows of a tile.
    fn rows_of(&self, tile: usize, n: usize) -> Range<usize> {
        let start = tile * self.lanes();
        start..n.min(start + self.lanes())
    }

    /// Writes what it gives into columns of `x`, and what the backward pass needs into `cache`.
    pub(in crate::learn::network) fn forward<'s, F: Fn(usize, usize) -> &'s [u8]>(
        &self,
        packed: &Packed,
        pictures: &Rows<F>,
        cache: &mut [f32],
        x: From<&mut [f32]>,
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 2]> = RefCell::default();
        }
        let (n, flat_dim) = (pictures.n, self.last().size());
        let n_tiles = n.div_ceil(self.lanes());
        let (tiles, cache) = cache.split_at_mut(n_tiles * self.tile_len());
        BUFFERS.with_borrow_mut(|[seen, flat]| {
            let seen = seen.at_least(self.input.len() * self.lanes());
            let mut run = |to: From<&mut [f32]>| {
                for (tile, cache) in tiles.chunks_exact_mut(self.tile_len()).enumerate() {
                    let rows = self.rows_of(tile, n);
                    self.see(pictures, &rows, seen);
                    let y = self.forward_tile(packed, seen, cache);
                    let to_rows = &mut to.data[rows.start * to.row_dim..rows.end * to.row_dim];
                    rows_out(self.isa, self.last(), y, (to_rows, to.row_dim, to.first));
                }
            };
            let Some(dense) = &self.dense else { return run(x) };
            let flat = flat.at_least(n * flat_dim);
            run(From { data: &mut *flat, row_dim: flat_dim, first: 0 });
            let columns = self.flat_columns();
            let (panels, cache) = cache.split_at_mut(n * columns.padded());
            to_panels((flat, flat_dim, 0), columns, PanelsMut::new(&mut *panels, n));
            let y = dense.forward(packed, (panels, n), cache, Sequences::NONE, &mut []);
            let x = (x.data, x.row_dim, x.first);
            from_panels(Panels::new(y, n), self.output_columns(), x);
        });
    }

    /// A tile through all stages.
    fn forward_tile<'a>(
        &self,
        packed: &Packed,
        seen: &'a [f32],
        cache: &'a mut [f32],
    ) -> &'a [f32] {
        let (mut x, mut rest) = (seen, cache);
        for stage in &self.stages {
            let (cache, tail) = rest.split_at_mut(stage.cache_len() * self.lanes());
            rest = tail;
            let (kept, y) = cache.split_at_mut(cache.len() - stage.output().len() * self.lanes());
            match stage {
                Stage::Conv(conv) => conv.forward(packed, x, kept, y),
                Stage::Pool(pooling) => {
                    pooling.output.clear_border(y, self.lanes());
                    pooling.forward(self.isa, x, y);
                }
            }
            x = y;
        }
        x
    }

    /// Adds its weight gradient to `sum`, or writes it there if `onto` is zero, from that by what it gave, columns
    /// of `dx`. `cache` is from the forward pass.
    pub(in crate::learn::network) fn backward<'s, F: Fn(usize, usize) -> &'s [u8]>(
        &self,
        packed: &Packed,
        pictures: &Rows<F>,
        cache: &[f32],
        dx: From<&[f32]>,
        (sum, onto): (&mut [f32], Onto),
    ) {
        thread_local! {
            static BUFFERS: RefCell<[Buffer; 7]> = RefCell::default();
        }
        let (n, lanes) = (pictures.n, self.lanes());
        let n_tiles = n.div_ceil(lanes);
        let (tiles, cache) = cache.split_at(n_tiles * self.tile_len());
        if onto == Onto::Zero {
            self.named_convs().for_each(|(_, conv)| sum[conv.backward.clone()].fill(0.0));
        }
        BUFFERS.with_borrow_mut(|[seen, flat, dy, dflat, above, below, scratch]| {
            let dy = (&dx, dy.at_least(n * self.output_columns().padded()));
            let dflat = dflat.at_least(n * self.flat_columns().padded());
            let flat = flat.at_least(n * self.last().size());
            let by_dense = self.dense.as_ref().map(|layer| {
                self.backward_dense(packed, (layer, cache), dy, dflat, (&mut *sum, onto));
                let row_dim = self.last().size();
                let columns = self.flat_columns();
                from_panels(Panels::new(dflat, n), columns, (&mut *flat, row_dim, 0));
                From { data: &*flat, row_dim, first: 0 }
            });
            let dy = by_dense.unwrap_or(dx);
            let seen = seen.at_least(self.input.len() * lanes);
            let scratch_len = self.named_convs().map(|(_, conv)| conv.shape.scratch(self.isa));
            let scratch = scratch.at_least(scratch_len.max().unwrap_or(0));
            let mut turns = [above.at_least(self.widest()), below.at_least(self.widest())];
            for (tile, cache) in tiles.chunks_exact(self.tile_len()).enumerate() {
                let rows = self.rows_of(tile, n);
                self.see(pictures, &rows, seen);
                let from = &dy.data[rows.start * dy.row_dim..rows.end * dy.row_dim];
                let to = &mut turns[0][..self.last().len() * lanes];
                rows_in(self.isa, self.last(), (from, dy.row_dim, dy.first), to);
                self.backward_tile(packed, (seen, cache), &mut turns, (&mut *sum, scratch));
            }
        });
    }

    /// The dense layer's part of the backward pass: `dflat` is the gradient by its input, in panels.
    fn backward_dense(
        &self,
        packed: &Packed,
        (layer, mut cache): (&Layer, &[f32]),
        (dx, dy): (&From<&[f32]>, &mut [f32]),
        dflat: &mut [f32],
        (sum, onto): (&mut [f32], Onto),
    ) {
        let (columns, flat) = (self.output_columns(), self.flat_columns());
        let n = dx.data.len() / dx.row_dim;
        to_panels((dx.data, dx.row_dim, dx.first), columns, PanelsMut::new(&mut *dy, n));
        let (panels, rest) = cache.split_at(n * flat.padded());
        cache = rest;
        let (output, _) = layer.take_cache(&mut cache, n);
        output.multiply_by_slope(dy, 0..dy.len());
        let input = (Input::of_network(panels), &[][..]);
        layer.backward(packed, input, (dy, Some(dflat), n), Sequences::NONE, (sum, onto));
    }

    /// A tile back through all stages; the first of the two buffers that take turns holds the gradient by what
    /// the last stage gave.
    fn backward_tile(
        &self,
        packed: &Packed,
        (seen, cache): (&[f32], &[f32]),
        [above, below]: &mut [&mut [f32]; 2],
        (sum, scratch): (&mut [f32], &mut [f32]),
    ) {
        let lanes = self.lanes();
        let left = self.left(cache);
        for (i, stage) in self.stages.iter().enumerate().rev() {
            let x = if i == 0 { seen } else { left[i - 1].y };
            let Left { kept, y } = left[i];
            let dy = &mut above[..stage.output().len() * lanes];
            let dx = &mut below[..x.len()];
            match stage {
                Stage::Conv(conv) => {
                    conv.multiply_by_slope(dy, if kept.is_empty() { y } else { kept });
                    conv.accumulate(x, dy, sum, scratch);
                    // Nothing asks for the gradient by what is seen.
                    if i > 0 {
                        conv.backward(packed, dy, dx);
                    }
                }
                Stage::Pool(pooling) => pooling.backward(self.isa, (x, y), dy, dx),
            }
            std::mem::swap(above, below);
        }
    }

    /// A tile's cache cut into what each stage left.
    fn left<'a>(&self, cache: &'a [f32]) -> Vec<Left<'a>> {
        let mut rest = cache;
        let cut = self.stages.iter().map(|stage| {
            let (cache, tail) = rest.split_at(stage.cache_len() * self.lanes());
            rest = tail;
            let (kept, y) = cache.split_at(cache.len() - stage.output().len() * self.lanes());
            Left { kept, y }
        });
        cut.collect()
    }
}

/// What windows over a grid give. That they fit was checked with the settings.
fn covered(input: Grid, rows: Window, columns: Window, channels: usize, border: usize) -> Grid {
    let height = rows.count(input.height).unwrap_or(1);
    let width = columns.count(input.width).unwrap_or(1);
    Grid { height, width, channels, border }
}
