//! Running mean and variance, and normalisation by them.

use super::error::LearnError;
use super::parallel;
use super::state::StateDict;

/// Added to the variance before its root.
const EPSILON: f64 = 1e-5;
/// What normalised values and returns are clamped to, +-, and values that are to be denormalised.
pub(super) const VALUE_LIMIT: f32 = 5.0;
/// Rows per partial sum; fixed, so that the result does not depend on the number of threads.
const CHUNK_ROWS: usize = 1024;

/// Mean and variance of everything seen, per column.
///
/// As in rl_games, they begin as one imagined row of mean 0 and variance 1, which keeps the first
/// scale defined.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunningStats {
    /// Shape (dim,), in the unit of the column.
    mean: Vec<f64>,
    /// Shape (dim,), in the unit of the column squared.
    variance: Vec<f64>,
    /// Rows seen.
    count: f64,
}

/// Count, mean and sum of squared deviations of some rows.
struct Moments {
    count: f64,
    /// Shape (dim,).
    mean: Vec<f64>,
    /// Shape (dim,).
    squares: Vec<f64>,
}

impl Moments {
    /// The moments of `rows`, shape (n, dim), in two passes.
    fn of(rows: &[f32], dim: usize) -> Self {
        let count = (rows.len() / dim) as f64;
        let mut mean = vec![0.0; dim];
        for row in rows.chunks_exact(dim) {
            for (mean, x) in mean.iter_mut().zip(row) {
                *mean += f64::from(*x);
            }
        }
        mean.iter_mut().for_each(|mean| *mean /= count);
        let mut squares = vec![0.0; dim];
        for row in rows.chunks_exact(dim) {
            for ((square, x), mean) in squares.iter_mut().zip(row).zip(&mean) {
                let deviation = f64::from(*x) - mean;
                *square += deviation * deviation;
            }
        }
        Self { count, mean, squares }
    }

    /// The moments of both sets of rows together. Source: Chan, Golub and LeVeque, "Updating
    /// formulae and a pairwise algorithm for computing sample variances", 1979.
    fn merge(mut self, other: &Moments) -> Self {
        let total = self.count + other.count;
        for i in 0..self.mean.len() {
            let delta = other.mean[i] - self.mean[i];
            self.mean[i] += delta * other.count / total;
            self.squares[i] += other.squares[i] + delta * delta * self.count * other.count / total;
        }
        self.count = total;
        self
    }
}

impl RunningStats {
    pub(super) fn new(dim: usize) -> Self {
        Self { mean: vec![0.0; dim], variance: vec![1.0; dim], count: 1.0 }
    }

    /// Takes in `rows`, shape (n, dim). Returns false, and changes nothing, if the result would
    /// not be finite.
    #[must_use]
    pub(super) fn update(&mut self, rows: &[f32]) -> bool {
        let dim = self.mean.len();
        let chunks: Vec<&[f32]> = rows.chunks(CHUNK_ROWS * dim).collect();
        let seen = Moments {
            count: self.count,
            mean: self.mean.clone(),
            squares: self.variance.iter().map(|v| v * self.count).collect(),
        };
        let all = parallel::map(chunks, |chunk| Moments::of(chunk, dim))
            .iter()
            .fold(seen, Moments::merge);
        let finite = all.mean.iter().chain(&all.squares).all(|x| x.is_finite());
        if finite {
            self.variance = all.squares.iter().map(|s| s / all.count).collect();
            self.mean = all.mean;
            self.count = all.count;
        }
        finite
    }

    /// Means, variances and rows seen of each column, each of shape (dim,).
    pub(super) fn columns(&self) -> [Vec<f64>; 3] {
        [self.mean.clone(), self.variance.clone(), vec![self.count; self.mean.len()]]
    }

    /// Statistics of at least one column, all of which saw the same rows; as [`columns`](Self::columns) gives them.
    pub(super) fn of_columns([mean, variance, counts]: [&[f64]; 3]) -> Self {
        Self { mean: mean.to_vec(), variance: variance.to_vec(), count: counts[0] }
    }

    /// The affine map of these statistics, in single precision, whose results are clamped to +-`limit`.
    pub(super) fn scale(&self, limit: f32) -> Scale {
        let std = self.std().map(|std| std as f32).collect();
        Scale { mean: self.mean.iter().map(|mean| *mean as f32).collect(), std, limit }
    }

    /// Roots of variance + 1e-5, of each column.
    pub(super) fn std(&self) -> impl Iterator<Item = f64> {
        self.variance.iter().map(|variance| (variance + EPSILON).sqrt())
    }

    pub(super) fn save(&self, prefix: &str, state: &mut StateDict) {
        let dim = self.mean.len();
        state.insert_f64(format!("{prefix}.mean"), &[dim], self.mean.clone());
        state.insert_f64(format!("{prefix}.variance"), &[dim], self.variance.clone());
        state.insert_f64(format!("{prefix}.count"), &[1], vec![self.count]);
    }

    /// The statistics saved under `prefix`, for `dim` columns.
    pub(super) fn load(prefix: &str, dim: usize, state: &StateDict) -> Result<Self, LearnError> {
        Ok(Self {
            mean: state.get_f64(&format!("{prefix}.mean"), &[dim])?.to_vec(),
            variance: state.get_f64(&format!("{prefix}.variance"), &[dim])?.to_vec(),
            count: state.get_f64(&format!("{prefix}.count"), &[1])?[0],
        })
    }
}

/// x -> clamp((x - mean) / std, +-limit), per column.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// Shape (dim,).
    mean: Vec<f32>,
    /// Root of variance + 1e-5, shape (dim,).
    std: Vec<f32>,
    limit: f32,
}

impl Scale {
    /// Normalises `rows`, shape (n, dim), in place.
    pub(super) fn normalize(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.mean.len()) {
            for ((x, mean), std) in row.iter_mut().zip(&self.mean).zip(&self.std) {
                *x = ((*x - mean) / std).clamp(-self.limit, self.limit);
            }
        }
    }

    /// Shape (dim,).
    pub(super) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// What normalised numbers are clamped to.
    pub(super) fn range(&self) -> (f32, f32) {
        (-self.limit, self.limit)
    }

    /// Roots of variance + 1e-5, shape (dim,).
    pub(super) fn std(&self) -> &[f32] {
        &self.std
    }

    /// The inverse of [`Scale::normalize`] for one column: clamp(x, +-limit) std + mean.
    pub(super) fn denormalize_one(&self, x: f32) -> f32 {
        x.clamp(-self.limit, self.limit) * self.std[0] + self.mean[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::{Random, RandomStream};

    fn rows(n: usize, dim: usize) -> Vec<f32> {
        let mut random = Random::new(1, RandomStream::Control, 0, 0);
        let draw = |i: usize| (1000.0 * (i % dim) as f64 + random.normal()) as f32;
        (0..n * dim).map(draw).collect()
    }

    #[test]
    fn merging_batches_equals_the_statistics_of_all_rows() {
        let (n, dim) = (5000, 3);
        let rows = rows(n, dim);
        let mut merged = RunningStats::new(dim);
        for part in rows.chunks(dim * 777) {
            assert!(merged.update(part));
        }
        for i in 0..dim {
            // The imagined first row has mean 0 and variance 1.
            let column = || rows.iter().skip(i).step_by(dim).map(|x| f64::from(*x));
            let count = n as f64 + 1.0;
            let mean = column().sum::<f64>() / count;
            let squares: f64 = column().map(|x| (x - mean).powi(2)).sum();
            let variance = (squares + 1.0 + mean * mean) / count;
            // Rounding of sums of 5000 doubles.
            assert!((merged.mean[i] - mean).abs() <= 1e-12 * mean.abs().max(1.0));
            assert!((merged.variance[i] - variance).abs() <= 1e-10 * variance);
        }
        assert_eq!(merged.count, n as f64 + 1.0);
    }

    #[test]
    fn normalised_rows_are_clamped_and_denormalised_back() {
        let mut stats = RunningStats::new(1);
        assert!(stats.update(&rows(4000, 1)));
        for limit in [5.0, 10.0] {
            let scale = stats.scale(limit);
            let mut x = [1.25, 100.0];
            scale.normalize(&mut x);
            // One rounding each way.
            assert!((scale.denormalize_one(x[0]) - 1.25).abs() < 1e-6);
            assert_eq!(x[1], limit);
        }
    }

    #[test]
    fn a_row_that_is_not_finite_is_refused() {
        let mut stats = RunningStats::new(2);
        assert!(!stats.update(&[1.0, f32::NAN]));
        assert_eq!(stats, RunningStats::new(2));
    }
}
