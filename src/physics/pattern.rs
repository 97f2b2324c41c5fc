//! Which entries of a symmetric matrix over dofs can differ from zero, and factorisation on them.
//!
//! Matrices are stored as dense lower triangles, entry (i, j) with j <= i at [`tri`]`(i, j)`; work
//! goes over the entries of a pattern only. With 16 lanes an entry is a whole cache line, so those
//! that a pattern leaves out cost address space but neither cache nor time.

use crate::math::lanes::{Lanes, Slice, put, turns};
use crate::model::MAX_DOFS;

const _: () = assert!(MAX_DOFS <= u128::BITS as usize, "a row of a pattern is one word");

/// Place of entry (i, j), j <= i, in a triangle.
#[inline(always)]
pub(super) fn tri(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// Columns that follow one another in a row of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    first: u32,
    end: u32,
}

impl Run {
    #[inline(always)]
    fn range(self) -> std::ops::Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// Entries below the diagonal, closed under elimination from the last dof to the first: factoring
/// a matrix fills no entry outside. The tree's own pattern (each dof with its ancestors) is closed
/// (Featherstone 2008, section 6.5).
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    /// The columns of row `i` are the runs `start[i]..start[i + 1]`, largest first.
    start: Vec<u32>,
    runs: Vec<Run>,
    /// The rows below the diagonal of column `i`, in bits.
    columns: Vec<u128>,
    n_entries: u32,
    /// Each row's columns left of any of its columns are that one's own row, as in a tree.
    nested: bool,
}

impl Pattern {
    /// The closure of the given rows; bit `j` of `rows[i]` stands for entry (i, j).
    pub(super) fn closure(rows: &mut [u128]) -> Self {
        let mut pattern = Self::default();
        pattern.set_closure(rows);
        pattern
    }

    /// Becomes the closure of the given rows, without allocating once it has been as large.
    pub(super) fn set_closure(&mut self, rows: &mut [u128]) {
        for k in (0..rows.len()).rev() {
            let below = rows[k] & ((1 << k) - 1);
            rows[k] = below;
            let mut rest = below;
            while rest != 0 {
                let j = 127 - rest.leading_zeros() as usize;
                rest &= !(1 << j);
                rows[j] |= rest;
            }
        }
        self.start.clear();
        self.runs.clear();
        self.columns.clear();
        self.columns.resize(rows.len(), 0);
        self.start.push(0);
        self.n_entries = rows.iter().map(|row| row.count_ones()).sum();
        self.nested = true;
        for (i, &row) in rows.iter().enumerate() {
            let mut rest = row;
            while rest != 0 {
                let j = 127 - rest.leading_zeros() as usize;
                rest &= !(1 << j);
                self.columns[j] |= 1 << i;
                self.nested &= rest == rows[j];
            }
            let mut rest = row;
            while rest != 0 {
                let end = 128 - rest.leading_zeros();
                let ones = (rest << (128 - end)).leading_ones();
                let first = end - ones;
                rest &= (1_u128 << first) - 1;
                self.runs.push(Run { first, end });
            }
            self.start.push(self.runs.len() as u32);
        }
    }

    /// Runs of columns of row `i` left of the diagonal, largest first.
    #[inline(always)]
    fn runs(&self, i: usize) -> &[Run] {
        &self.runs[self.start[i] as usize..self.start[i + 1] as usize]
    }

    /// Columns of row `i` left of the diagonal, largest first.
    #[inline(always)]
    pub(super) fn row(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.runs(i).iter().flat_map(|run| run.range().rev())
    }

    #[inline(always)]
    fn n(&self) -> usize {
        self.start.len() - 1
    }

    /// Copies the entries of `self` from one triangle to another that is to have the pattern `wider`:
    /// what this has more is cleared, and everything else where its rows need that.
    #[inline(always)]
    pub(super) fn copy_into<L: Lanes>(&self, from: &[L], wider: &Self, to: &mut [L]) {
        for i in 0..self.n() {
            let (first, end) = (tri(i, 0), tri(i, i) + 1);
            let (from, to) = (&from[first..end], &mut to[first..end]);
            if !wider.nested {
                to.fill(L::zero());
            } else if wider.n_entries > self.n_entries {
                for run in wider.runs(i) {
                    to[run.range()].fill(L::zero());
                }
            }
            for run in self.runs(i) {
                copy(&from[run.range()], &mut to[run.range()]);
            }
            to[i] = from[i];
        }
    }

    /// Factors a symmetric positive definite matrix in place into L'DL. It gets the product DL, and
    /// `diag_inv` the inverse of D. Entries outside the pattern are zero, unless it is nested.
    ///
    /// Each entry is summed up in a register over the rows below; with them in memory, stores would take
    /// most of the time.
    #[inline(always)]
    pub(super) fn factor<L: Lanes>(&self, matrix: &mut [L], diag_inv: &mut [L]) {
        for i in (0..self.n()).rev() {
            let (above, below) = matrix.split_at_mut(tri(i + 1, 0));
            let row = &mut above[tri(i, 0)..];
            if self.columns[i] != 0 {
                let rows = Below { rows: below, first: i + 1, which: self.columns[i], diag_inv };
                let mut open = true;
                for run in self.runs(i) {
                    let (mut at, mut end) = (run.first as usize, run.end as usize);
                    if end == i {
                        (end, open) = (i + 1, false);
                    }
                    while end - at >= 8 {
                        rows.eliminate::<8>(row, at);
                        at += 8;
                    }
                    if end - at >= 4 {
                        rows.eliminate::<4>(row, at);
                        at += 4;
                    }
                    if end - at >= 2 {
                        rows.eliminate::<2>(row, at);
                        at += 2;
                    }
                    if end > at {
                        rows.eliminate::<1>(row, at);
                    }
                }
                if open {
                    rows.eliminate::<1>(row, i);
                }
            }
            diag_inv[i] = L::one() / row[i];
            put!(L, [Slice(&mut row[..=i]), diag_inv[i];]);
        }
    }

    /// Solves for `x` in place with a factor made by [`factor`](Self::factor).
    #[inline(always)]
    pub(super) fn solve<L: Lanes>(&self, factored: &[L], diag_inv: &[L], x: &mut [L]) {
        turns!(L, for i in (0..self.n()).rev(), [Slice(&mut *x);] => {
            let row = &factored[tri(i, 0)..tri(i, i) + 1];
            let xi = x[i] * diag_inv[i];
            for run in self.runs(i) {
                add_scaled(&mut x[run.range()], &row[run.range()], -xi);
            }
            x[i] = xi;
        });
        turns!(L, for i in 0..self.n(), [Slice(&mut *x);] => {
            let row = &factored[tri(i, 0)..tri(i, i) + 1];
            let mut sum = L::zero();
            // Upwards: a zero that a wider pattern adds then leaves the order of the sum as it is, and
            // with it the last bit. A lane does not see that another lane's contacts couple branches.
            for run in self.runs(i).iter().rev() {
                sum = add_dot(&row[run.range()], &x[run.range()], sum);
            }
            x[i] = (-sum).mul_add(diag_inv[i], x[i]);
        });
    }

    /// `out = matrix * x`.
    #[inline(always)]
    pub(super) fn multiply<L: Lanes>(&self, matrix: &[L], x: &[L], out: &mut [L]) {
        for i in 0..self.n() {
            let row = &matrix[tri(i, 0)..tri(i, i) + 1];
            let xi = x[i];
            let mut sum = row[i] * xi;
            for run in self.runs(i) {
                let (row, x) = (&row[run.range()], &x[run.range()]);
                for ((out, &entry), &x) in out[run.range()].iter_mut().zip(row).zip(x) {
                    sum = entry.mul_add(x, sum);
                    *out = entry.mul_add(xi, *out);
                }
            }
            out[i] = sum;
        }
    }
}

/// The rows of a matrix that have been factored, from the row `first` on, and those of them (in bits)
/// that have an entry in the column before.
struct Below<'a, L> {
    rows: &'a [L],
    first: usize,
    which: u128,
    diag_inv: &'a [L],
}

impl<L: Lanes> Below<'_, L> {
    /// Takes their share from `N` entries, from column `at` on, of the row before `first`.
    #[inline(always)]
    fn eliminate<const N: usize>(&self, row: &mut [L], at: usize) {
        let i = self.first - 1;
        let mut sums = [L::zero(); N];
        sums.copy_from_slice(&row[at..at + N]);
        let mut rest = self.which;
        turns!(L, while rest != 0, [sums;] => {
            let k = 127 - rest.leading_zeros() as usize;
            rest &= !(1 << k);
            let other = &self.rows[tri(k, 0) - tri(self.first, 0)..][..self.first];
            let scale = -(other[i] * self.diag_inv[k]);
            let entries = &other[at..at + N];
            for n in 0..N {
                sums[n] = entries[n].mul_add(scale, sums[n]);
            }
        });
        row[at..at + N].copy_from_slice(&sums);
    }
}

/// Copies a few entries, in pieces of known lengths: runs are short, and a library call for each takes
/// longer than the copy.
#[inline(always)]
fn copy<L: Lanes>(from: &[L], to: &mut [L]) {
    let (mut at, end) = (0, from.len());
    while end - at >= 4 {
        to[at..at + 4].copy_from_slice(&from[at..at + 4]);
        at += 4;
    }
    if end - at >= 2 {
        to[at..at + 2].copy_from_slice(&from[at..at + 2]);
        at += 2;
    }
    if end > at {
        to[at] = from[at];
    }
}

/// `to += from * scale`.
#[inline(always)]
fn add_scaled<L: Lanes>(to: &mut [L], from: &[L], scale: L) {
    if L::RECORDS {
        // The same, with `to` at hand to be listed.
        turns!(L, for k in 0..to.len(), [Slice(&mut *to);] => {
            to[k] = from[k].mul_add(scale, to[k]);
        });
        return;
    }
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from.mul_add(scale, *to);
    }
}

/// `sum + a . b`.
#[inline(always)]
fn add_dot<L: Lanes>(a: &[L], b: &[L], mut sum: L) -> L {
    turns!(L, for (&a, &b) in a.iter().zip(b), [sum;] => {
        sum = a.mul_add(b, sum);
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A star of three chains through dof 0, with a coupling between two of the chains.
    fn coupled() -> (Pattern, Vec<f64>) {
        let mut rows = vec![0, 0b1, 0b11, 0b1, 0b1001, 0b1 | 0b100];
        let pattern = Pattern::closure(&mut rows);
        let mut matrix = vec![0.0; tri(6, 0)];
        for i in 0..6 {
            for j in pattern.row(i) {
                matrix[tri(i, j)] = 0.1 * (i as f64 + 2.0 * j as f64);
            }
            matrix[tri(i, i)] = 5.0 + i as f64;
        }
        (pattern, matrix)
    }

    #[test]
    fn elimination_fills_what_the_closure_holds() {
        let (pattern, _) = coupled();
        assert_eq!(pattern.row(5).collect::<Vec<_>>(), [2, 0]);
        // Dof 5 hangs on 0 and touches 2, so nothing new; a coupling of 4 and 2 fills (3, 2).
        let mut rows = vec![0, 0b1, 0b11, 0b1, 0b1101, 0b1];
        let filled = Pattern::closure(&mut rows);
        assert_eq!(filled.row(3).collect::<Vec<_>>(), [2, 0]);
    }

    #[test]
    fn a_solution_solves() {
        let (pattern, matrix) = coupled();
        let rhs = [1.0, -2.0, 0.5, 3.0, -1.0, 0.25];
        let (mut factored, mut diag_inv, mut x) = (matrix.clone(), vec![0.0; 6], rhs.to_vec());
        pattern.factor(&mut factored, &mut diag_inv);
        pattern.solve(&factored, &diag_inv, &mut x);
        let mut back = vec![0.0; 6];
        pattern.multiply(&matrix, &x, &mut back);
        for (a, b) in back.iter().zip(rhs) {
            assert!((a - b).abs() < 1e-14, "{back:?}");
        }
    }
}
