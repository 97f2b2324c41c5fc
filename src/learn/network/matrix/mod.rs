//! Affine maps of many rows, and their gradients, on one thread.
//!
//! Matrices lie in panels: as many columns as a register has lanes, row after row, then the next columns.
//! A product then reads and writes whole registers, one after the other, and the result of a layer lies as
//! the next one wants it, forward and backward. Columns that fill up the last panel are never read as
//! elements of a sum.
//!
//! With f the width of a panel and d the floating-point operations of a product, 2 rows inputs outputs, the
//! floor is d / 2 f cycles of a unit that multiplies and adds; see `dnne bench learn`.

mod buffer;
mod tile;

use std::ops::Range;

pub(in crate::learn) use buffer::Buffer;
use tile::{Inner, Product, Start, Step, add_panel, widest};

use crate::math::lanes::Isa;

/// The columns of a matrix in panels: `groups` of `size`, each of which begins a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) size: usize,
    pub(super) groups: usize,
    pub(super) isa: Isa,
}

impl Columns {
    pub(super) fn new(size: usize, isa: Isa) -> Self {
        Self { size, groups: 1, isa }
    }

    fn width(self) -> usize {
        self.isa.width()
    }

    /// Panels of one group.
    pub(super) fn panels_of_group(self) -> usize {
        self.size.div_ceil(self.width())
    }

    pub(super) fn panels(self) -> usize {
        self.groups * self.panels_of_group()
    }

    /// Numbers of a row, with those that fill up panels.
    pub(super) fn padded(self) -> usize {
        self.panels() * self.width()
    }

    /// The columns of a panel that are not filled up, counted through all groups.
    fn of_panel(self, panel: usize) -> Range<usize> {
        let (group, in_group) = (panel / self.panels_of_group(), panel % self.panels_of_group());
        let first = in_group * self.width();
        let start = group * self.size;
        start + first..start + self.size.min(first + self.width())
    }

    /// The columns as the inner extent of a product.
    fn inner(self) -> Inner {
        let cycle = self.panels_of_group();
        let last = self.size - (cycle - 1) * self.width();
        Inner { n: self.panels(), length: self.width(), cycle, last }
    }
}

/// Some rows of a matrix in panels.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    data: &'a [f32],
    /// Rows of the whole matrix.
    rows: usize,
    first: usize,
    n: usize,
}

impl<'a> Panels<'a> {
    /// All of the `rows` of `data`, shape (panels, rows, width).
    pub(super) fn new(data: &'a [f32], rows: usize) -> Self {
        Self { data, rows, first: 0, n: rows }
    }

    /// Some of the rows.
    pub(super) fn of(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.n, "rows of a matrix");
        Self { first: self.first + rows.start, n: rows.len(), ..self }
    }

    /// Where the rows begin. Fails unless the matrix has as many panels.
    fn start(self, columns: Columns) -> &'a [f32] {
        assert_eq!(self.data.len(), self.rows * columns.padded(), "a matrix and its shape");
        &self.data[self.first * columns.width()..]
    }
}

/// The same, to be written.
pub(super) struct PanelsMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    first: usize,
    n: usize,
}

impl<'a> PanelsMut<'a> {
    pub(super) fn new(data: &'a mut [f32], rows: usize) -> Self {
        Self { data, rows, first: 0, n: rows }
    }

    pub(super) fn of(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.n, "rows of a matrix");
        Self { first: self.first + rows.start, n: rows.len(), ..self }
    }

    /// How many rows.
    pub(super) fn n_rows(&self) -> usize {
        self.n
    }

    fn start(self, columns: Columns) -> &'a mut [f32] {
        assert_eq!(self.data.len(), self.rows * columns.padded(), "a matrix and its shape");
        &mut self.data[self.first * columns.width()..]
    }
}

/// Writes columns of `data`, shape (rows, row_dim), that begin with `first` into the rows of `panels`.
pub(super) fn to_panels(
    (data, row_dim, first): (&[f32], usize, usize),
    columns: Columns,
    panels: PanelsMut,
) {
    let (width, rows, n) = (columns.width(), panels.rows, panels.n);
    assert_eq!(data.len(), n * row_dim, "rows of a matrix");
    let panels = panels.start(columns);
    for i in 0..columns.panels() {
        let of_panel = columns.of_panel(i);
        let panel = &mut panels[i * rows * width..][..n * width];
        let from = (data, row_dim, first + of_panel.start);
        let len = of_panel.len();
        match width {
            16 => to_panel::<16>(from, len, panel),
            8 => to_panel::<8>(from, len, panel),
            _ => to_panel::<4>(from, len, panel),
        }
    }
}

/// One panel of [`to_panels`]. A width that the compiler knows spares a call for each row.
fn to_panel<const W: usize>(
    (data, row_dim, first): (&[f32], usize, usize),
    len: usize,
    panel: &mut [f32],
) {
    for (to, from) in panel.as_chunks_mut::<W>().0.iter_mut().zip(data.chunks_exact(row_dim)) {
        let from = &from[first..first + len];
        match from.try_into() {
            Ok(from) => *to = from,
            Err(_) => *to = std::array::from_fn(|lane| from.get(lane).copied().unwrap_or(0.0)),
        }
    }
}

/// The reverse of [`to_panels`]; columns that fill up go nowhere.
pub(super) fn from_panels(
    panels: Panels,
    columns: Columns,
    (data, row_dim, first): (&mut [f32], usize, usize),
) {
    let (width, rows, n) = (columns.width(), panels.rows, panels.n);
    assert_eq!(data.len(), n * row_dim, "rows of a matrix");
    let panels = panels.start(columns);
    for i in 0..columns.panels() {
        let of_panel = columns.of_panel(i);
        let panel = &panels[i * rows * width..][..n * width];
        for (from, to) in panel.chunks_exact(width).zip(data.chunks_exact_mut(row_dim)) {
            let to = &mut to[first + of_panel.start..first + of_panel.end];
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
    }
}

/// What the result of a product begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onto {
    Zero,
    /// What is there.
    Sum,
    /// The bias.
    Bias,
}

/// y = x w^T + b: where w and b lie in the flat array of weights, and where in those that products read
/// and gradients are summed in.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    pub(super) inputs: usize,
    pub(super) outputs: Columns,
    /// In the flat array, shape (outputs, inputs).
    pub(super) weight: Range<usize>,
    /// In the flat array, shape (outputs,).
    pub(super) bias: Range<usize>,
    /// In [`Packed::forward`]: w as panels of outputs, then b.
    forward: Range<usize>,
    /// In [`Packed::backward`], and in a gradient: w as panels of inputs, then b.
    backward: Range<usize>,
}

/// All weights as products read them.
#[derive(Debug, Default)]
pub(in crate::learn) struct Packed {
    /// Shapes (output panels, inputs, width) and (output panels, width).
    pub(super) forward: Buffer,
    /// Shape (input panels, padded outputs, width).
    pub(super) backward: Buffer,
}

impl Packed {
    /// Arrays for what [`Affine::pack`] writes.
    pub(super) fn arrays(&mut self, len: PackedLen) -> (&mut [f32], &mut [f32]) {
        (self.forward.at_least(len.forward), self.backward.at_least(len.backward))
    }
}

/// Lengths of [`Packed`]'s arrays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PackedLen {
    pub(super) forward: usize,
    pub(super) backward: usize,
}

impl Affine {
    /// One at these places of the flat array, and behind `len` of the others.
    pub(super) fn new(
        (inputs, outputs): (usize, Columns),
        (weight, bias): (Range<usize>, Range<usize>),
        len: &mut PackedLen,
    ) -> Self {
        let forward = len.forward..len.forward + outputs.padded() * (inputs + 1);
        let by_input = Columns::new(inputs, outputs.isa).padded() * outputs.padded();
        let backward = len.backward..len.backward + by_input + outputs.padded();
        *len = PackedLen { forward: forward.end, backward: backward.end };
        Self { inputs, outputs, weight, bias, forward, backward }
    }

    fn isa(&self) -> Isa {
        self.outputs.isa
    }

    /// Multiplications and additions of one row, one way through.
    pub(super) fn flops(&self) -> usize {
        2 * self.weight.len()
    }

    pub(super) fn input_columns(&self) -> Columns {
        Columns::new(self.inputs, self.isa())
    }

    /// Writes what products read.
    pub(super) fn pack(&self, flat: &[f32], forward: &mut [f32], backward: &mut [f32]) {
        let (w, b) = (&flat[self.weight.clone()], &flat[self.bias.clone()]);
        let (width, inputs) = (self.outputs.width(), self.inputs);
        let (panels, biases) =
            forward[self.forward.clone()].split_at_mut(self.outputs.padded() * inputs);
        panels.fill(0.0);
        biases.fill(0.0);
        for i in 0..self.outputs.panels() {
            let outputs = self.outputs.of_panel(i);
            let panel = &mut panels[i * inputs * width..(i + 1) * inputs * width];
            for (lane, output) in outputs.clone().enumerate() {
                let w = &w[output * inputs..(output + 1) * inputs];
                for (row, w) in panel.chunks_exact_mut(width).zip(w) {
                    row[lane] = *w;
                }
            }
            biases[i * width..][..outputs.len()].copy_from_slice(&b[outputs]);
        }
        let rows = self.outputs.padded();
        let panels = &mut backward[self.backward.clone()];
        panels.fill(0.0);
        for (i, panel) in panels.chunks_exact_mut(rows * width).enumerate() {
            let columns = self.input_columns().of_panel(i);
            for (row, output) in self.each_output() {
                let w = &w[output * inputs..][columns.clone()];
                panel[row * width..][..w.len()].copy_from_slice(w);
            }
        }
    }

    /// Adds to the bias that products read, shape (outputs,).
    pub(super) fn add_to_bias(&self, more: &[f32], forward: &mut [f32]) {
        let biases = &mut forward[self.forward.clone()][self.outputs.padded() * self.inputs..];
        for (row, output) in self.each_output() {
            biases[row] += more[output];
        }
    }

    /// The flat gradient from one as it was summed.
    pub(super) fn unpack(&self, sum: &[f32], flat: &mut [f32]) {
        let (width, inputs, rows) = (self.outputs.width(), self.inputs, self.outputs.padded());
        let sum = &sum[self.backward.clone()];
        let (panels, biases) = sum.split_at(sum.len() - rows);
        for (i, panel) in panels.chunks_exact(rows * width).enumerate() {
            let columns = self.input_columns().of_panel(i);
            let w = &mut flat[self.weight.clone()];
            for (row, output) in self.each_output() {
                let w = &mut w[output * inputs..][columns.clone()];
                w.copy_from_slice(&panel[row * width..][..w.len()]);
            }
        }
        let b = &mut flat[self.bias.clone()];
        for (row, output) in self.each_output() {
            b[output] = biases[row];
        }
    }

    /// Each output and its place among the padded ones.
    fn each_output(&self) -> impl Iterator<Item = (usize, usize)> {
        let (outputs, width) = (self.outputs, self.outputs.width());
        (0..outputs.panels()).flat_map(move |i| {
            outputs.of_panel(i).enumerate().map(move |(lane, output)| (i * width + lane, output))
        })
    }

    /// y = x w^T, onto what `onto` says. More columns of x than `inputs` are left out. `finish` gets each
    /// part of y while it is in the nearest cache, with its place in y's array.
    pub(super) fn forward(
        &self,
        packed: &Packed,
        x: Panels,
        y: PanelsMut,
        onto: Onto,
        finish: impl FnMut(&mut [f32], Range<usize>),
    ) {
        let packed = &packed.forward.all()[self.forward.clone()];
        let (panels, bias) = packed.split_at(self.outputs.padded() * self.inputs);
        let factor = Factor {
            panels,
            panel_len: self.inputs * self.outputs.width(),
            columns: self.outputs,
            inner: self.input_columns().inner(),
        };
        factor.multiply(x, y, (onto, bias), finish);
    }

    /// dx = dy w, onto what `onto` says. `finish` is as in [`Affine::forward`].
    pub(super) fn backward(
        &self,
        packed: &Packed,
        dy: Panels,
        dx: PanelsMut,
        onto: Onto,
        finish: impl FnMut(&mut [f32], Range<usize>),
    ) {
        let rows = self.outputs.padded();
        let packed = &packed.backward.all()[self.backward.clone()];
        let factor = Factor {
            panels: &packed[..packed.len() - rows],
            panel_len: rows * self.outputs.width(),
            columns: self.input_columns(),
            inner: self.outputs.inner(),
        };
        factor.multiply(dy, dx, (onto, &[]), finish);
    }

    /// dw += dy^T x and db += the sum of dy over rows, in the gradient `sum`; or =, if `onto` is zero. More
    /// columns of x than `inputs` are left out.
    pub(super) fn accumulate(&self, x: Panels, dy: Panels, sum: &mut [f32], onto: Onto) {
        assert_eq!(x.n, dy.n, "rows of a product");
        let (width, isa, n) = (self.outputs.width(), self.isa(), dy.n);
        let (inputs, rows) = (self.input_columns(), self.outputs.padded());
        let dy_from = dy.start(self.outputs);
        assert!(x.data.len() >= x.rows * inputs.padded(), "a matrix and its shape");
        let x_from = &x.data[x.first * width..];
        let sum = &mut sum[self.backward.clone()];
        let (panels, biases) = sum.split_at_mut(sum.len() - rows);
        for columns in groups(inputs.panels(), widest(isa)) {
            for output in 0..self.outputs.panels() {
                let product = Product {
                    rows: self.outputs.of_panel(output).len(),
                    panels: columns.len(),
                    inner: Inner { n: 1, length: n, cycle: 1, last: n },
                    a: dy_from[output * dy.rows * width..].as_ptr(),
                    a_step: Step::Elements,
                    a_segment: 0,
                    b: x_from[columns.start * x.rows * width..].as_ptr(),
                    b_panel: x.rows * width,
                    c: panels[(columns.start * rows + output * width) * width..].as_mut_ptr(),
                    c_panel: rows * width,
                    start: if onto == Onto::Zero { Start::Zero } else { Start::Product },
                };
                // SAFETY: the assertions above, and those of `Panels::start`, keep the panels that are
                // named, and the `n` rows of each, inside their arrays; `sum` is borrowed exclusively. An
                // `Isa` is one that the machine has.
                #[allow(unsafe_code, reason = "see Product::run")]
                unsafe {
                    product.run(isa);
                }
            }
        }
        if onto == Onto::Zero {
            biases.fill(0.0);
        }
        for (i, bias) in biases.chunks_exact_mut(width).enumerate() {
            add_panel(isa, bias, &dy_from[i * dy.rows * width..][..n * width]);
        }
    }
}

/// The right factor of a product: panels, shape (panels of `columns`, inner extent, width).
struct Factor<'a> {
    panels: &'a [f32],
    panel_len: usize,
    columns: Columns,
    inner: Inner,
}

impl Factor<'_> {
    fn multiply(
        &self,
        x: Panels,
        y: PanelsMut,
        (onto, bias): (Onto, &[f32]),
        mut finish: impl FnMut(&mut [f32], Range<usize>),
    ) {
        let (isa, width) = (self.columns.isa, self.columns.width());
        let (y_rows, y_first, n) = (y.rows, y.first, y.n);
        let inner = self.inner;
        assert_eq!(x.n, n, "rows of a product");
        assert!(x.data.len() >= x.rows * inner.n * width, "a matrix and its shape");
        assert!((inner.n - 1) * width + inner.last <= self.panel_len / width, "a factor's shape");
        assert_eq!(self.panels.len(), self.panel_len * self.columns.panels(), "a factor's shape");
        let x_from = &x.data[x.first * width..];
        let y_from = y.start(self.columns);
        for columns in groups(self.columns.panels(), widest(isa)) {
            let start = match onto {
                Onto::Zero => Start::Zero,
                Onto::Sum => Start::Product,
                Onto::Bias => Start::Row(bias[columns.start * width..columns.end * width].as_ptr()),
            };
            for first in (0..n).step_by(BLOCK_ROWS) {
                let rows = BLOCK_ROWS.min(n - first);
                let product = Product {
                    rows,
                    panels: columns.len(),
                    inner,
                    a: x_from[first * width..].as_ptr(),
                    a_step: Step::Rows,
                    a_segment: x.rows * width,
                    b: self.panels[columns.start * self.panel_len..].as_ptr(),
                    b_panel: self.panel_len,
                    c: y_from[(columns.start * y_rows + first) * width..].as_mut_ptr(),
                    c_panel: y_rows * width,
                    start,
                };
                // SAFETY: the assertions above, and those of `PanelsMut`, keep the panels that are named,
                // and the `n` rows of each, inside their arrays; `y` is borrowed exclusively. An `Isa` is
                // one that the machine has.
                #[allow(unsafe_code, reason = "see Product::run")]
                unsafe {
                    product.run(isa);
                }
                for panel in columns.clone() {
                    let start = (panel * y_rows + first) * width;
                    let part = start..start + rows * width;
                    let place = part.start + y_first * width..part.end + y_first * width;
                    finish(&mut y_from[part], place);
                }
            }
        }
    }
}

/// Rows of a product that are finished together: with three panels they fill a fifth of the nearest cache.
/// A multiple of each tile's rows.
const BLOCK_ROWS: usize = 48;

/// Leaves a product as it is.
pub(super) fn as_it_is(_: &mut [f32], _: Range<usize>) {}

/// `n` panels in groups of up to `widest`, none of them of one panel if that can be.
fn groups(n: usize, widest: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = n - start;
        let take = if left == widest + 1 && widest > 2 { widest - 1 } else { left.min(widest) };
        start += take;
        (take > 0).then(|| start - take..start)
    })
}

#[cfg(test)]
mod tests;
