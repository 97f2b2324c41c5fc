//! Rewards in units of the spread of returns.

use super::error::LearnError;
use super::normalizer::RunningStats;
use super::state::StateDict;

/// Normalised rewards are clamped to +-LIMIT.
const LIMIT: f32 = 10.0;

/// Divides rewards by the running standard deviation of the discounted return so far,
/// R_t = gamma R_(t-1) + r_t from the start of the episode, as the VecNormalize of OpenAI's baselines
/// (Dhariwal et al., 2017) does. Rewards keep their sign: there is no mean taken from them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RewardNormalizer {
    /// R_t of every environment, shape (n_envs,); empty before the first rollout.
    returns: Vec<f32>,
    /// Statistics of R_t, of one column.
    stats: RunningStats,
}

impl RewardNormalizer {
    pub(super) fn new() -> Self {
        Self { returns: Vec::new(), stats: RunningStats::new(1) }
    }

    /// Normalises `rewards`, shape (horizon, n_envs), in place, each step by the statistics up to
    /// it. `is_last` tells the last transitions of episodes. False, and nothing is changed, if they
    /// are not finite.
    #[must_use]
    pub(super) fn normalize(
        &mut self,
        n_envs: usize,
        gamma: f64,
        rewards: &mut [f32],
        is_last: impl Fn(usize) -> bool,
    ) -> bool {
        let mut new = self.clone();
        new.returns.resize(n_envs, 0.0);
        let mut normalized = rewards.to_vec();
        for (t, step) in normalized.chunks_exact_mut(n_envs).enumerate() {
            for (r, reward) in new.returns.iter_mut().zip(step.iter()) {
                *r = gamma as f32 * *r + reward;
            }
            if !new.stats.update(&new.returns) {
                return false;
            }
            let std = new.stats.std().next().unwrap_or(1.0) as f32;
            for (env, reward) in step.iter_mut().enumerate() {
                *reward = (*reward / std).clamp(-LIMIT, LIMIT);
                if is_last(t * n_envs + env) {
                    new.returns[env] = 0.0;
                }
            }
        }
        rewards.copy_from_slice(&normalized);
        *self = new;
        true
    }

    pub(super) fn save(&self, prefix: &str, state: &mut StateDict) {
        let n_envs = self.returns.len();
        state.insert_f32(format!("{prefix}.returns"), &[n_envs], self.returns.clone());
        self.stats.save(prefix, state);
    }

    /// What was saved under `prefix`, for however many environments.
    pub(super) fn load(prefix: &str, state: &StateDict) -> Result<Self, LearnError> {
        let name = format!("{prefix}.returns");
        let n_envs = state.get(&name).map_or(0, |returns| returns.shape().iter().product());
        let returns = state.get_f32(&name, &[n_envs])?.to_vec();
        Ok(Self { returns, stats: RunningStats::load(prefix, 1, state)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::{Random, RandomStream};

    #[test]
    fn rewards_are_divided_by_the_deviation_of_returns() {
        let (n_envs, horizon, gamma) = (4, 300, 0.9);
        let mut random = Random::new(4, RandomStream::Control, 0, 0);
        let raw: Vec<f32> = (0..n_envs * horizon).map(|_| random.normal() as f32 * 7.0).collect();
        let is_last = |i: usize| i.is_multiple_of(13);
        // All returns that were seen, by their definition.
        let mut seen = vec![];
        for i in 0..raw.len() {
            let (mut r, mut weight, mut at) = (0.0, 1.0, i as isize);
            while at >= 0 {
                r += weight * f64::from(raw[at as usize]);
                weight *= gamma;
                at -= n_envs as isize;
                if at >= 0 && is_last(at as usize) {
                    break;
                }
            }
            seen.push(r);
        }
        let mut whole = RewardNormalizer::new();
        let mut rewards = raw.clone();
        assert!(whole.normalize(n_envs, gamma, &mut rewards, is_last));
        // The running statistics begin as one imagined row of mean 0 and variance 1.
        let n = seen.len() as f64 + 1.0;
        let mean = seen.iter().sum::<f64>() / n;
        let squares: f64 = seen.iter().map(|r| (r - mean).powi(2)).sum();
        let std = ((squares + 1.0 + mean * mean) / n + 1e-5).sqrt();
        let last = raw.len() - 1;
        // Rounding of single precision, which the returns are kept in.
        assert!((f64::from(rewards[last]) - f64::from(raw[last]) / std).abs() < 1e-4);

        // In two parts, with a checkpoint between them, it is the same.
        let half = n_envs * horizon / 2;
        let mut first = RewardNormalizer::new();
        let mut parts = raw.clone();
        assert!(first.normalize(n_envs, gamma, &mut parts[..half], is_last));
        let mut state = StateDict::new();
        first.save("rewards", &mut state);
        let mut second = RewardNormalizer::load("rewards", &state).unwrap();
        assert!(second.normalize(n_envs, gamma, &mut parts[half..], |i| is_last(i + half)));
        assert_eq!(parts, rewards);
        assert_eq!(second, whole);
    }

    #[test]
    fn rewards_that_are_not_finite_change_nothing() {
        let mut normalizer = RewardNormalizer::new();
        let mut rewards = [1.0, f32::INFINITY];
        assert!(!normalizer.normalize(1, 0.9, &mut rewards, |_| false));
        assert_eq!((normalizer, rewards[0]), (RewardNormalizer::new(), 1.0));
    }
}
