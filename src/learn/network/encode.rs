//! The input of the towers: columns of numbers, and the features that encoders compute from pictures.

use std::ops::Range;

use super::Network;
use super::convolution::{From, Rows as Pictures};
use super::matrix::{Buffer, Columns, Onto, Packed, PanelsMut, from_panels, to_panels};
use super::tower::Tower;

/// What is seen in the rows of a batch.
pub(in crate::learn) trait Seen: Sync {
    /// Writes the numbers of a range of rows into `x`, shape (rows, input_dim), and leaves the columns of encoders
    /// as they are.
    fn write(&self, rows: Range<usize>, x: &mut [f32]);

    /// A frame of the picture that an encoder sees in a row, both by their numbers, shape (height, width,
    /// channels).
    fn frame(&self, encoder: usize, row: usize, frame: usize) -> &[u8];
}

impl Network {
    /// Numbers of `n` rows that the backward pass of encoders needs.
    pub(super) fn encoded_len(&self, n: usize) -> usize {
        self.encoders.iter().map(|encoder| encoder.cache_len(n)).sum()
    }

    /// Whether a tower sees what encoders give.
    pub(super) fn sees_pictures(&self, tower: &Tower) -> bool {
        tower.first_input < self.encoded_dim
    }

    /// The input of some rows, shape (rows, input_dim), through the encoders, which leave what their backward pass
    /// needs in `cache`.
    pub(super) fn see<'x>(
        &self,
        packed: &Packed,
        (seen, rows): (&impl Seen, Range<usize>),
        mut cache: &mut [f32],
        x: &'x mut Buffer,
    ) -> &'x [f32] {
        let (n, row_dim, start) = (rows.len(), self.input_dim, rows.start);
        let x = x.at_least(n * row_dim);
        seen.write(rows, x);
        let mut first = 0;
        for (i, encoder) in self.encoders.iter().enumerate() {
            let (of_this, rest) = cache.split_at_mut(encoder.cache_len(n));
            cache = rest;
            let frame = |row: usize, frame: usize| seen.frame(i, start + row, frame);
            let to = From { data: &mut *x, row_dim, first };
            encoder.forward(packed, &Pictures { frame, n }, of_this, to);
            first += encoder.n_outputs();
        }
        x
    }

    /// Adds the weight gradient of the encoders to `sum`, or writes it there if `onto` is zero. `dx` is that by
    /// what they gave, shape (rows, encoded_dim); `cache` is what [`Network::see`] left.
    pub(super) fn see_backward(
        &self,
        packed: &Packed,
        (seen, rows): (&impl Seen, Range<usize>),
        mut cache: &[f32],
        dx: &[f32],
        (sum, onto): (&mut [f32], Onto),
    ) {
        let (n, start, row_dim) = (rows.len(), rows.start, self.encoded_dim);
        let mut first = 0;
        for (i, encoder) in self.encoders.iter().enumerate() {
            let (of_this, rest) = cache.split_at(encoder.cache_len(n));
            cache = rest;
            let frame = |row: usize, frame: usize| seen.frame(i, start + row, frame);
            let from = From { data: dx, row_dim, first };
            encoder.backward(packed, &Pictures { frame, n }, of_this, from, (&mut *sum, onto));
            first += encoder.n_outputs();
        }
    }

    /// The columns of `x`, shape (rows, input_dim), from `first` on, in panels.
    pub(super) fn panels_from<'p>(
        &self,
        first: usize,
        x: &[f32],
        panels: &'p mut Buffer,
    ) -> &'p [f32] {
        let (columns, n) = (self.columns_from(first), x.len() / self.input_dim);
        let panels = panels.at_least(n * columns.padded());
        to_panels((x, self.input_dim, first), columns, PanelsMut::new(&mut *panels, n));
        panels
    }

    /// The same of the columns behind those of encoders, if a tower sees only them.
    pub(super) fn panels_beside<'p>(&self, x: &[f32], panels: &'p mut Buffer) -> &'p [f32] {
        match self.towers.iter().any(|tower| tower.first_input > 0) {
            true => self.panels_from(self.encoded_dim, x, panels),
            false => &[],
        }
    }
}

/// Adds the first columns of `panels`, n rows of `columns`, to `sum`, shape (n, dim). `rows` is working memory.
pub(super) fn add_columns(
    (panels, columns): (super::Panels<'_>, Columns),
    rows: &mut Buffer,
    (sum, dim): (&mut [f32], usize),
) {
    let rows = rows.at_least(sum.len() / dim * columns.size);
    from_panels(panels, columns, (&mut *rows, columns.size, 0));
    for (sum, row) in sum.chunks_exact_mut(dim).zip(rows.chunks_exact(columns.size)) {
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
}
