//! The best value so far of a metric: whether higher or lower is better, and over how many episodes it is averaged.

use super::kind::NodeError;
use super::payload::Metrics;
use crate::learn::{LearnError, StateDict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// Default number of episodes over which a metric of episodes is averaged: a single episode depends more on chance than
/// on the policy.
const WINDOW: u64 = 100;

/// Metrics that are means over episodes.
const OF_EPISODES: [&str; 3] = ["episode_return", "episode_length", "success_rate"];

/// Metrics for which lower is better, besides those that end in `_loss`, `_error` and `_secs`.
const LOWER: [&str; 5] = ["kl", "approx_kl", "clip_fraction", "grad_norm", "non_finite_resets"];

/// Which values of a metric are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The largest value is the best.
    Highest,
    /// The smallest value is the best.
    Lowest,
}

impl Direction {
    /// The usual direction of the metric with this name.
    fn of(metric: &str) -> Self {
        let name = metric.rsplit('.').next().unwrap_or(metric);
        let ends = ["_loss", "_error", "_secs"].iter().any(|end| name.ends_with(end));
        match !metric.starts_with("reward_terms.") && (ends || LOWER.contains(&name)) {
            true => Self::Lowest,
            false => Self::Highest,
        }
    }

    fn is_better(self, value: f64, than: f64) -> bool {
        match self {
            Self::Highest => value > than,
            Self::Lowest => value < than,
        }
    }
}

/// The metric for which a checkpoint is kept as the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestMetric {
    /// Name of the metric.
    pub metric: String,
    /// Its value at the checkpoint.
    pub value: f64,
    /// Which values are better.
    pub direction: Direction,
    /// Finished episodes that the value is the mean of; none for a metric that is not of episodes. Fewer than
    /// `window` only while fewer have finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub episodes: Option<u64>,
    /// The least number of episodes to average; those of one update count together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u64>,
}

/// Follows a metric, and reports a new best value.
#[derive(Clone, Debug, PartialEq)]
pub struct BestYet {
    metric: String,
    direction: Direction,
    /// None for a metric that is not of episodes.
    window: Option<u64>,
    /// The newest updates in which episodes ended: how many, and their mean.
    rows: VecDeque<(u64, f64)>,
    /// The best value yet, and its episodes.
    best: Option<(f64, u64)>,
}

impl BestYet {
    /// Reads `METRIC [highest|lowest] [over N]`. The name alone is judged by its usual direction, over
    /// 100 episodes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let mut window = None;
        if let [.., "over", number] = words[..] {
            let number = number.parse().ok().filter(|&number| number > 0);
            let wrong =
                || format!("\"{text}\": after \"over\" comes a number of episodes, such as 100");
            window = Some(number.ok_or_else(wrong)?);
            words.truncate(words.len() - 2);
        }
        let mut given = None;
        if let [_, .., direction @ ("highest" | "lowest")] = words[..] {
            given =
                Some(if direction == "lowest" { Direction::Lowest } else { Direction::Highest });
            words.pop();
        }
        let metric = words.join(" ");
        let is_of_episodes = is_of_episodes(&metric);
        if window.is_some() && !is_of_episodes {
            return Err(format!(
                "\"{metric}\" is no mean over episodes, so there is nothing for \"over\"; leave it out"
            ));
        }
        let window = is_of_episodes.then(|| window.unwrap_or(WINDOW));
        let direction = given.unwrap_or(Direction::of(&metric));
        Ok(Self { metric, direction, window, rows: VecDeque::new(), best: None })
    }

    /// The metric's name.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// Takes the metrics of an update, and returns the new best value, if it is one. A best value over fewer episodes
    /// than the window is replaced by the first value over a whole window.
    pub fn see(&mut self, metrics: &Metrics) -> Result<Option<BestMetric>, NodeError> {
        let wrong = |message| NodeError::Field { field: "best_metric", message };
        let row = serde_json::to_value(metrics).unwrap_or_default();
        let Some(value) = metric_value(&row, &self.metric).map_err(wrong)? else { return Ok(None) };
        let (value, episodes) = match self.window {
            None => (value, 0),
            Some(window) => match self.pool(&row, value, window) {
                Some(pooled) => pooled,
                None => return Ok(None),
            },
        };
        let window = self.window.unwrap_or(0);
        let is_whole = |episodes: u64| episodes >= window;
        let is_best = self.best.is_none_or(|(best, of)| match (is_whole(episodes), is_whole(of)) {
            (true, false) => true,
            (false, true) => false,
            _ => self.direction.is_better(value, best),
        });
        if !is_best || value.is_nan() {
            return Ok(None);
        }
        self.best = Some((value, episodes));
        Ok(Some(BestMetric {
            metric: self.metric.clone(),
            value,
            direction: self.direction,
            episodes: self.window.map(|_| episodes),
            window: self.window,
        }))
    }

    /// The mean over the newest episodes, and how many they are, if there are new ones.
    fn pool(&mut self, row: &Value, value: f64, window: u64) -> Option<(f64, u64)> {
        let prefix = self.metric.rsplit_once('.').map_or("", |(prefix, _)| prefix);
        let name = if prefix.is_empty() { "episodes".into() } else { format!("{prefix}.episodes") };
        let n = Metrics::find(row, &name)?.as_u64().filter(|&n| n > 0)?;
        self.rows.push_back((n, value));
        let mut episodes: u64 = self.rows.iter().map(|(n, _)| n).sum();
        while let Some(&(oldest, _)) = self.rows.front() {
            if episodes - oldest < window {
                break;
            }
            episodes -= oldest;
            self.rows.pop_front();
        }
        let sum: f64 = self.rows.iter().map(|&(n, mean)| n as f64 * mean).sum();
        Some((sum / episodes as f64, episodes))
    }

    /// For a checkpoint.
    pub fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        let (value, episodes) = self.best.unwrap_or((f64::NAN, 0));
        state.insert_f64("best", &[2], vec![value, episodes as f64]);
        let rows = self.rows.iter().flat_map(|&(n, mean)| [n as f64, mean]).collect();
        state.insert_f64("rows", &[self.rows.len(), 2], rows);
        state
    }

    /// Restores what [`state`](Self::state) returned.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        let best = state.get_f64("best", &[2])?;
        self.best = (!best[0].is_nan()).then_some((best[0], best[1] as u64));
        let n = state.get("rows").and_then(|rows| rows.shape().first().copied()).unwrap_or(0);
        let rows = state.get_f64("rows", &[n, 2])?.chunks_exact(2);
        self.rows = rows.map(|row| (row[0] as u64, row[1])).collect();
        Ok(())
    }
}

fn is_of_episodes(metric: &str) -> bool {
    match metric.split_once('.') {
        None => OF_EPISODES.contains(&metric),
        Some(("tasks", of_task)) => {
            of_task.rsplit('.').next().is_some_and(|name| OF_EPISODES.contains(&name))
        }
        Some(_) => false,
    }
}

/// The value of a metric by its name; none if it has no value yet. If there is no such metric, the error lists
/// all names.
pub(super) fn metric_value(row: &Value, name: &str) -> Result<Option<f64>, String> {
    match Metrics::find(row, name) {
        Some(value) => Ok(value.as_f64()),
        None => {
            let known = Metrics::names(row).join(", ");
            Err(format!("there is no metric \"{name}\"; choose one of {known}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::TaskMetrics;

    fn row(episode_return: f64, episodes: usize) -> Metrics {
        Metrics { episode_return: Some(episode_return), episodes, ..Metrics::default() }
    }

    fn best(of: &mut BestYet, row: &Metrics) -> Option<(f64, u64)> {
        of.see(row).unwrap().map(|best| (best.value, best.episodes.unwrap_or(0)))
    }

    /// One lucky episode is not the best policy: as soon as there is a whole window, its mean counts.
    #[test]
    fn a_lucky_episode_gives_way_to_the_mean_of_a_window() {
        let mut of = BestYet::parse("episode_return over 10").unwrap();
        assert_eq!(best(&mut of, &row(433.0, 1)), Some((433.0, 1)));
        assert_eq!(best(&mut of, &row(100.0, 4)), None);
        // Episodes 1, 4 and 5: (433 + 400 + 500) / 10.
        assert_eq!(best(&mut of, &row(100.0, 5)), Some((133.3, 10)));
        // The lucky one is no longer among the newest ten.
        assert_eq!(best(&mut of, &row(120.0, 1)), None);
        assert_eq!(best(&mut of, &row(200.0, 20)), Some((200.0, 20)));
        // An update without episodes shows the last one's again, which counts once.
        assert_eq!(best(&mut of, &row(900.0, 0)), None);
        let mut resumed = BestYet::parse("episode_return over 10").unwrap();
        resumed.load_state(&of.state()).unwrap();
        assert_eq!(resumed, of);
        assert!(resumed.load_state(&StateDict::new()).is_err());
    }

    #[test]
    fn less_is_better_of_losses_and_of_whatever_is_said_to_be() {
        for (text, direction, window) in [
            ("episode_return", Direction::Highest, Some(100)),
            ("episode_length lowest", Direction::Lowest, Some(100)),
            ("tasks.far.off.success_rate over 7", Direction::Highest, Some(7)),
            ("episode_length lowest over 7", Direction::Lowest, Some(7)),
            ("value_loss", Direction::Lowest, None),
            ("approx_kl", Direction::Lowest, None),
            ("value_loss highest", Direction::Highest, None),
            ("entropy", Direction::Highest, None),
            ("explained_variance", Direction::Highest, None),
            ("reward_terms.tracking_error", Direction::Highest, None),
        ] {
            let of = BestYet::parse(text).unwrap();
            assert_eq!((of.direction, of.window), (direction, window), "{text}");
            assert_eq!(of.metric(), text.split(' ').next().unwrap());
        }
        let said = BestYet::parse("entropy over 7").unwrap_err();
        assert!(said.contains("no mean over episodes"), "{said}");
        assert!(BestYet::parse("episode_return over 0").unwrap_err().contains("such as 100"));
        let mut of = BestYet::parse("update lowest").unwrap();
        let at = |update| Metrics { update, ..Metrics::default() };
        assert_eq!(best(&mut of, &at(5)), Some((5.0, 0)));
        assert_eq!(best(&mut of, &at(6)), None);
        assert_eq!(best(&mut of, &at(4)), Some((4.0, 0)));
    }

    #[test]
    fn a_task_is_judged_over_its_own_episodes() {
        let of_task = |value, episodes| {
            let mut row = row(0.0, 50);
            let far = TaskMetrics { episode_return: value, episodes, ..TaskMetrics::default() };
            row.tasks.insert("far.off".to_owned(), far);
            row
        };
        let mut of = BestYet::parse("tasks.far.off.episode_return over 3").unwrap();
        assert_eq!(best(&mut of, &of_task(None, 0)), None);
        assert_eq!(best(&mut of, &of_task(Some(5.0), 1)), Some((5.0, 1)));
        assert_eq!(best(&mut of, &of_task(Some(2.0), 3)), Some((2.0, 3)));
    }
}
