//! Sums over the episodes of a task, until an update makes means of them.

use super::payload::TaskMetrics;
use crate::learn::{LearnError, StateDict};
use crate::scene::{Episode, StepSums};

/// Sums over episodes that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct EpisodeSums {
    n: u64,
    total_reward: f64,
    length: u64,
    successes: u64,
}

impl From<&Episode> for EpisodeSums {
    fn from(episode: &Episode) -> Self {
        Self {
            n: 1,
            total_reward: episode.total_reward,
            length: u64::from(episode.length),
            successes: u64::from(episode.success),
        }
    }
}

impl From<&StepSums> for EpisodeSums {
    fn from(sums: &StepSums) -> Self {
        let &StepSums { episodes: n, total_reward, length, successes, .. } = sums;
        Self { n, total_reward, length, successes }
    }
}

impl EpisodeSums {
    pub(super) fn add(&mut self, other: Self) {
        self.n += other.n;
        self.total_reward += other.total_reward;
        self.length += other.length;
        self.successes += other.successes;
    }

    /// Means over the episodes; none if there are none.
    pub(super) fn metrics(self) -> TaskMetrics {
        let mean = |sum: f64| (self.n > 0).then(|| sum / self.n as f64);
        TaskMetrics {
            episode_return: mean(self.total_reward),
            episode_length: mean(self.length as f64),
            success_rate: mean(self.successes as f64),
            episodes: self.n as usize,
        }
    }

    /// The sums of all tasks, for a checkpoint.
    pub(super) fn save(tasks: &[Self]) -> StateDict {
        let mut state = StateDict::new();
        let counts = tasks.iter().flat_map(|sums| [sums.n, sums.length, sums.successes]);
        state.insert_u64("episodes", &[tasks.len(), 3], counts.collect());
        let returns = tasks.iter().map(|sums| sums.total_reward).collect();
        state.insert_f64("returns", &[tasks.len()], returns);
        state
    }

    /// The sums of all tasks that [`save`](Self::save) gave.
    pub(super) fn load(state: &StateDict) -> Result<Vec<Self>, LearnError> {
        let n_tasks = state.get("returns").map_or(0, |returns| returns.shape().iter().product());
        let returns = state.get_f64("returns", &[n_tasks])?;
        let counts = state.get_u64("episodes", &[n_tasks, 3])?.chunks_exact(3);
        let sums = |(counts, total_reward): (&[u64], &f64)| Self {
            n: counts[0],
            total_reward: *total_reward,
            length: counts[1],
            successes: counts[2],
        };
        Ok(counts.zip(returns).map(sums).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_become_means_and_survive_a_checkpoint() {
        let episode =
            |total_reward, length, success| Episode { env: 0, total_reward, length, success };
        let mut sums = EpisodeSums::default();
        assert_eq!(sums.metrics(), TaskMetrics::default());
        sums.add((&episode(3.0, 10, true)).into());
        sums.add((&episode(-1.0, 30, false)).into());
        let metrics = sums.metrics();
        assert_eq!((metrics.episode_return, metrics.episode_length), (Some(1.0), Some(20.0)));
        assert_eq!((metrics.success_rate, metrics.episodes), (Some(0.5), 2));
        let state = EpisodeSums::save(&[sums, EpisodeSums::default()]);
        assert_eq!(EpisodeSums::load(&state).unwrap(), [sums, EpisodeSums::default()]);
    }
}
