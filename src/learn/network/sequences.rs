//! Rows that follow each other in time, and where they lie.

use std::ops::Range;

use super::matrix::Columns;

/// How the rows of a batch hang together.
#[derive(Clone, Copy, Debug)]
pub(in crate::learn) struct Sequences<'a> {
    /// Rows of each sequence; 1 for networks without memory.
    pub(in crate::learn) length: usize,
    /// Hidden states before the first rows, shape (n_sequences, state_dim).
    pub(in crate::learn) states: &'a [f32],
    /// Whether an episode begins at a row, which then knows nothing of those before, shape (rows,); or
    /// empty, where none does.
    pub(in crate::learn) episode_starts: &'a [bool],
}

impl<'a> Sequences<'a> {
    /// Of rows that have nothing to do with each other.
    pub(in crate::learn) const NONE: Sequences<'static> =
        Sequences { length: 1, states: &[], episode_starts: &[] };

    /// Those of a range of rows that holds whole sequences.
    pub(in crate::learn) fn of_rows(self, rows: Range<usize>, state_dim: usize) -> Self {
        let (first, end) = (rows.start / self.length, rows.end / self.length);
        Self {
            length: self.length,
            states: &self.states[first * state_dim..end * state_dim],
            episode_starts: if self.episode_starts.is_empty() {
                &[]
            } else {
                &self.episode_starts[rows]
            },
        }
    }

    /// Whether an episode begins in step t of each of the `n` sequences.
    pub(super) fn begins_at(self, t: usize, n: usize) -> &'a [bool] {
        if self.episode_starts.is_empty() { &[] } else { &self.episode_starts[t * n..(t + 1) * n] }
    }
}

/// Where the rows of a step lie in a matrix in panels, time-major.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// Panels of a vector of the layer's size, and their width.
    pub(super) panels: usize,
    width: usize,
    /// Rows of the matrix, and of a step.
    rows: usize,
    pub(super) n: usize,
}

impl Steps {
    /// Those of a matrix of `rows` that are sequences of `length`; its columns are those of a vector.
    pub(super) fn new(columns: Columns, rows: usize, length: usize) -> Self {
        let (panels, width) = (columns.panels(), columns.padded() / columns.panels());
        Self { panels, width, rows, n: rows / length }
    }

    /// Those of a matrix that holds one step.
    pub(super) fn only(self) -> Self {
        Self { rows: self.n, ..self }
    }

    /// A panel's rows of step t.
    pub(super) fn at(self, panel: usize, t: usize) -> Range<usize> {
        let start = (panel * self.rows + t * self.n) * self.width;
        start..start + self.n * self.width
    }

    /// A panel's rows in a matrix that holds one step.
    pub(super) fn alone(self, panel: usize) -> Range<usize> {
        self.only().at(panel, 0)
    }

    /// The same place of `G` vectors that lie one after the other.
    pub(super) fn groups<'a, const G: usize>(
        self,
        data: &'a [f32],
        at: &Range<usize>,
    ) -> [&'a [f32]; G] {
        let group = self.panels * self.rows * self.width;
        std::array::from_fn(|i| &data[i * group..][at.clone()])
    }

    pub(super) fn groups_mut<'a, const G: usize>(
        self,
        data: &'a mut [f32],
        at: &Range<usize>,
    ) -> [&'a mut [f32]; G] {
        let mut rest = data;
        std::array::from_fn(|_| {
            let (group, tail) =
                std::mem::take(&mut rest).split_at_mut(self.panels * self.rows * self.width);
            rest = tail;
            &mut group[at.clone()]
        })
    }

    /// Zeroes the rows of step t at which an episode begins.
    pub(super) fn forget(self, data: &mut [f32], episode_starts: &[bool], t: usize) {
        if episode_starts.is_empty() {
            return;
        }
        let episode_starts = &episode_starts[t * self.n..(t + 1) * self.n];
        for panel in 0..self.panels {
            let rows = data[self.at(panel, t)].chunks_exact_mut(self.width);
            for (row, episode_starts) in rows.zip(episode_starts) {
                if *episode_starts {
                    row.fill(0.0);
                }
            }
        }
    }
}
