//! The experience of one update, from which minibatches are sampled.

use super::loss::Samples;
use crate::learn::distribution::{Gaussian, Head};
use crate::learn::minibatches::Past;
use crate::learn::network::at_least;
use crate::learn::parallel;
use crate::learn::rollout::RolloutShape;
use crate::learn::stacks::Kept;

/// Rows per partial sum; fixed, so that the result does not depend on the number of threads.
const CHUNK_ROWS: usize = 1024;
/// Ranges of transitions whose parameters are replaced at the same time, at most; each goes through all rows.
const SCATTER_JOBS: usize = 8;

/// The experience of one update, flattened to n = horizon * n_envs transitions.
pub(super) struct Batch<'a> {
    pub(super) kept: Kept<'a>,
    pub(super) samples: Samples,
    /// Of the policy at each transition's last visit, shape (n, n_params).
    pub(super) params: Vec<f32>,
    pub(super) past: Past<'a>,
    /// Working memory: parameters of a minibatch.
    pub(super) new_params: Vec<f32>,
}

impl Batch<'_> {
    /// Memory that an update takes beside a rollout of a shape and the network: the copies of what it changes, the
    /// rewards as they are scaled, and the order of transitions.
    pub(super) fn bytes(shape: &RolloutShape) -> usize {
        let RolloutShape { action_space, state_dim, horizon, n_envs, .. } = shape;
        // Log probabilities, advantages, returns, values, rewards, places; parameters of the rollout and of a minibatch.
        let numbers = action_space.action_dim() + 2 * action_space.n_params() + 6;
        horizon * n_envs * (numbers * size_of::<f32>() + usize::from(*state_dim > 0))
    }

    /// The mean divergence [nats] of the new policy, given by the network's `outputs` for `rows`,
    /// shape (rows, dim + 1), and by `log_std`, from the stored one, which the new one replaces.
    pub(super) fn replace_params(
        &mut self,
        head: &Head,
        rows: &[u32],
        outputs: &[f32],
        log_std: &[f32],
    ) -> f64 {
        let (head_dim, n_params) = (head.dim(), head.space.n_params());
        let gaussian = Gaussian::new(log_std);
        let new = at_least(&mut self.new_params, rows.len() * n_params);
        let stored = &self.params;
        let chunks = rows
            .chunks(CHUNK_ROWS)
            .zip(outputs.chunks(CHUNK_ROWS * (head_dim + 1)))
            .zip(new.chunks_mut(CHUNK_ROWS * n_params))
            .collect();
        let replace_chunk = |((rows, outputs), new): ((&[u32], &[f32]), &mut [f32])| {
            let mut gaussian = gaussian.clone();
            let outputs = outputs.chunks_exact(head_dim + 1);
            for (output, new) in outputs.zip(new.chunks_exact_mut(n_params)) {
                head.fill_params(&output[..head_dim], &mut gaussian, new);
            }
            let old = |row: &u32| {
                let start = *row as usize * n_params;
                &stored[start..start + n_params]
            };
            head.space.divergences(new.chunks_exact(n_params).zip(rows.iter().map(old)))
        };
        let sums = parallel::map(chunks, replace_chunk);
        let new = &*new;
        // Each job goes through all rows and takes those of its range, whose bits do not depend on how many there are.
        let n_jobs = rayon::current_num_threads().min(SCATTER_JOBS);
        let range = self.params.len().div_ceil(n_jobs * n_params).max(1);
        let jobs = self.params.chunks_mut(range * n_params).enumerate().collect();
        parallel::map(jobs, |(i, stored): (usize, &mut [f32])| {
            for (row, new) in rows.iter().zip(new.chunks_exact(n_params)) {
                let start = (*row as usize).wrapping_sub(i * range).saturating_mul(n_params);
                if start < stored.len() {
                    stored[start..start + n_params].copy_from_slice(new);
                }
            }
        });
        sums.iter().sum::<f64>() / rows.len() as f64
    }
}

fn mean_and_variance(data: &[f32]) -> (f64, f64) {
    let n = data.len().max(1) as f64;
    let mean = data.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let squares = data.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>();
    (mean, squares / n)
}

/// A shift and a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standard {
    mean: f64,
    std: f64,
}

impl Standard {
    /// Leaves numbers as they are.
    pub(super) const NONE: Standard = Standard { mean: 0.0, std: 1.0 };

    /// That of `data`, shape (n,): its mean, and the deviation of a sample (divisor n - 1) + 1e-8.
    pub(super) fn of(data: &[f32]) -> Self {
        let (mean, variance) = mean_and_variance(data);
        let n = data.len() as f64;
        Self { mean, std: (variance * n / (n - 1.0).max(1.0)).sqrt() + 1e-8 }
    }

    /// (x - mean) / std.
    pub(super) fn normalize(self, x: f32) -> f32 {
        ((f64::from(x) - self.mean) / self.std) as f32
    }
}

/// 1 - variance(returns - values) / variance(returns), or 0 where the returns do not vary. The
/// advantages, before normalisation, are returns - values. Both of shape (n,).
pub(super) fn explained_variance(returns: &[f32], advantages: &[f32]) -> f64 {
    let (_, variance) = mean_and_variance(returns);
    let (_, unexplained) = mean_and_variance(advantages);
    if variance > 0.0 { 1.0 - unexplained / variance } else { 0.0 }
}

/// The root of the mean of the squares of `data`, shape (n,).
pub(super) fn root_mean_square(data: &[f32]) -> f64 {
    let squares = data.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    (squares / data.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::LogStd;
    use crate::space::{ActionSpace, ObservationsView};

    #[test]
    fn divergence_is_from_the_last_visit() {
        let space = ActionSpace::Continuous(1);
        let head = Head { space, log_std: LogStd::Parameter, squash: false };
        let mut batch = Batch {
            kept: Kept::whole(ObservationsView::default()),
            samples: Samples::default(),
            params: vec![0.0, 1.0, 0.0, 2.0, 9.0, 1.0],
            past: Past::NONE,
            new_params: Vec::new(),
        };
        // Mean and value of transitions 1 and 0; their new standard deviation is 1.
        let outputs = [1.0, 0.0, 2.0, 0.0];
        let kl = batch.replace_params(&head, &[1, 0], &outputs, &[0.0]);
        let expected = 0.5 * ((2.0_f64.ln() + (1.0 + 1.0) / 8.0 - 0.5) + 4.0 / 2.0);
        // Single-precision rounding.
        assert!((kl - expected).abs() < 1e-6, "{kl}");
        assert_eq!(batch.params, [2.0, 1.0, 1.0, 1.0, 9.0, 1.0]);
        assert_eq!(batch.replace_params(&head, &[1, 0], &outputs, &[0.0]), 0.0);
    }

    #[test]
    fn normalised_advantages_have_no_mean_and_unit_deviation() {
        let standard = Standard::of(&[1.0, 2.0, 6.0]);
        let std = 7.0_f32.sqrt();
        for (x, expected) in [(1.0, -2.0), (2.0, -1.0), (6.0, 3.0)] {
            // Single-precision rounding.
            assert!((standard.normalize(x) - expected / std).abs() < 1e-6);
        }
        assert_eq!(Standard::of(&[3.0]).normalize(3.0), 0.0);
        assert_eq!(Standard::NONE.normalize(0.3), 0.3);
    }

    #[test]
    fn explained_variance_is_1_without_errors_and_0_for_a_constant_value() {
        assert_eq!(explained_variance(&[1.0, 3.0], &[0.0, 0.0]), 1.0);
        assert_eq!(explained_variance(&[1.0, 3.0], &[-1.0, 1.0]), 0.0);
        assert_eq!(explained_variance(&[2.0, 2.0], &[1.0, 0.0]), 0.0);
    }
}
