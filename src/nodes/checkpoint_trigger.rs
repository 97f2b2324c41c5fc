//! When a checkpoint is due: after a number of updates, after a time, or at the best value of a metric so far.

use super::best_metric::{BestYet, metric_value};
use super::kind::NodeError;
use super::payload::Metrics;
use super::run::CheckpointRequest;
use crate::learn::{StateDict, UpdateMetrics};
use bevy::prelude::*;
use std::time::{Duration, Instant};

/// The trigger of checkpoints, with its progress, which is part of the node's saved state.
#[derive(Component, Clone, Debug)]
pub enum CheckpointTrigger {
    /// After every this many updates.
    Updates(u64),
    /// After this time.
    Time {
        /// At least 1 ns.
        every: Duration,
        /// Time since the last checkpoint up to `since`.
        waited: Duration,
        /// When this process began to wait.
        since: Instant,
    },
    /// At the best value yet of a number of the metrics.
    Best(BestYet),
}

impl CheckpointTrigger {
    /// Reads a trigger. `value` is a number of updates, a time such as 1h30m, or the name of a metric; an error
    /// of it names `field`. `kind` is epoch, time or best_metric, as the schemas' choice has it. `metrics` are the names of
    /// what the algorithm reports, which may be what is best; without them any name may be, and its first row
    /// tells.
    pub fn new(
        kind: &str,
        value: &str,
        field: &'static str,
        metrics: &[&'static str],
    ) -> Result<Self, NodeError> {
        let wrong = |message: String| NodeError::Field { field, message };
        match kind {
            "epoch" => match value.trim().parse() {
                Ok(updates) if updates > 0 => Ok(Self::Updates(updates)),
                _ => Err(wrong(format!("\"{value}\" is not a number of updates such as 10"))),
            },
            "time" => match humantime::parse_duration(value) {
                Ok(every) if !every.is_zero() => {
                    Ok(Self::Time { every, waited: Duration::ZERO, since: Instant::now() })
                }
                _ => Err(wrong(format!("\"{value}\" is not a time such as 10m or 1h30m"))),
            },
            _ => {
                // DNNE's default value is "10", whatever the trigger: the usual metric is meant.
                let is_number = value.trim().parse::<f64>().is_ok();
                let text = if is_number { "episode_return" } else { value.trim() };
                let best = BestYet::parse(text).map_err(wrong)?;
                let metric = best.metric();
                // Which terms and tasks there are shows with the first row.
                let of_group = ["reward_terms.", "tasks."].iter().any(|it| metric.starts_with(it));
                if !of_group && !metrics.is_empty() {
                    let of_each = "or reward_terms.NAME, or tasks.NAME.METRIC of several tasks";
                    let wrong = |message| wrong(format!("{message}; {of_each}"));
                    let row = serde_json::to_value(row_with(metrics)).unwrap_or_default();
                    metric_value(&row, metric).map_err(wrong)?;
                }
                Ok(Self::Best(best))
            }
        }
    }

    /// A request for the weights of `model` if the update just made is due for one.
    pub fn check(
        &mut self,
        node: &str,
        model: Entity,
        metrics: &Metrics,
    ) -> Result<Option<CheckpointRequest>, NodeError> {
        let (trigger, best) = match self {
            Self::Updates(every) => {
                if !metrics.update.is_multiple_of(*every) {
                    return Ok(None);
                }
                (format!("epoch {every}"), None)
            }
            Self::Time { every, waited, since } => {
                if *waited + since.elapsed() < *every {
                    return Ok(None);
                }
                (*waited, *since) = (Duration::ZERO, Instant::now());
                (format!("time {}", humantime::format_duration(*every)), None)
            }
            Self::Best(best) => {
                let Some(best) = best.see(metrics)? else { return Ok(None) };
                (format!("best_metric {}", best.metric), Some(best))
            }
        };
        let (node, model) = (node.to_owned(), Some(model));
        Ok(Some(CheckpointRequest { node, trigger, best, folder: None, keep: None, model }))
    }

    /// What a checkpoint keeps: the best metric so far; or the time since the last checkpoint \[s\].
    pub fn state(&self) -> StateDict {
        let value = match self {
            Self::Updates(_) => 0.0,
            Self::Time { waited, since, .. } => (*waited + since.elapsed()).as_secs_f64(),
            Self::Best(best) => return best.state(),
        };
        let mut state = StateDict::new();
        state.insert_f64("trigger", &[1], vec![value]);
        state
    }

    /// Goes on from what [`state`](Self::state) kept.
    pub fn load_state(&mut self, state: &StateDict) -> Result<(), NodeError> {
        if let Self::Best(best) = self {
            return Ok(best.load_state(state)?);
        }
        let value = state.get_f64("trigger", &[1])?[0];
        match self {
            Self::Updates(_) | Self::Best(_) => {}
            Self::Time { every, waited, since } => {
                // A duration that is not valid is due at once.
                *waited = Duration::try_from_secs_f64(value).unwrap_or(*every);
                *since = Instant::now();
            }
        }
        Ok(())
    }
}

/// A row of metrics with numbers of these names.
fn row_with(metrics: &[&'static str]) -> Metrics {
    let mut learned = UpdateMetrics::default();
    metrics.iter().for_each(|name| learned.add(name, 0.0));
    Metrics { learned, ..Metrics::default() }
}

/// How many checkpoints to keep by a parameter of which 0 means all.
pub fn n_kept(number: usize) -> Option<usize> {
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::TaskMetrics;

    fn metrics(update: u64, episode_return: Option<f64>) -> Metrics {
        Metrics { update, episode_return, episodes: 100, ..Metrics::default() }
    }

    fn is_due(trigger: &mut CheckpointTrigger, row: &Metrics) -> bool {
        trigger.check("6", Entity::PLACEHOLDER, row).unwrap().is_some()
    }

    #[test]
    fn a_best_value_is_remembered_by_checkpoints() {
        let new = || CheckpointTrigger::new("best_metric", "10", "value", &[]).unwrap();
        let mut before = new();
        let empty = before.state();
        assert!(is_due(&mut before, &metrics(1, Some(5.0))));
        assert!(!is_due(&mut before, &metrics(2, Some(5.0))));
        let mut resumed = new();
        resumed.load_state(&before.state()).unwrap();
        assert!(!is_due(&mut resumed, &metrics(3, Some(4.0))));
        assert!(!is_due(&mut resumed, &metrics(4, None)));
        assert!(is_due(&mut resumed, &metrics(5, Some(6.0))));
        resumed.load_state(&empty).unwrap();
        assert!(is_due(&mut resumed, &metrics(6, Some(-1.0))));
        assert!(resumed.load_state(&StateDict::new()).is_err());
    }

    #[test]
    fn terms_and_tasks_may_be_what_is_best() {
        let row = |upright: f64, far: Option<f64>| {
            let mut row = Metrics::default();
            row.reward_terms.insert("pole.upright".to_owned(), upright.into());
            let far = TaskMetrics { episode_return: far, episodes: 100, ..TaskMetrics::default() };
            row.tasks.insert("far.off".to_owned(), far);
            row
        };
        let new = |metric| CheckpointTrigger::new("best_metric", metric, "value", &[]).unwrap();
        let mut term = new("reward_terms.pole.upright");
        assert!(is_due(&mut term, &row(0.5, None)));
        assert!(!is_due(&mut term, &row(0.4, None)));
        assert!(is_due(&mut term, &row(0.6, None)));
        let mut task = new("tasks.far.off.episode_return");
        assert!(!is_due(&mut task, &row(0.0, None)));
        assert!(is_due(&mut task, &row(0.0, Some(1.0))));
        let error = new("reward_terms.uprite").check("6", Entity::PLACEHOLDER, &row(0.0, None));
        let said = error.unwrap_err().to_string();
        assert!(said.contains("no metric \"reward_terms.uprite\""), "{said}");
        assert!(said.contains("reward_terms.pole.upright, "), "{said}");
        assert!(said.contains("tasks.far.off.success_rate"), "{said}");
    }

    #[test]
    fn time_waited_before_a_checkpoint_counts_after_it() {
        let mut trigger = CheckpointTrigger::new("time", "1h", "value", &[]).unwrap();
        assert!(!is_due(&mut trigger, &metrics(1, None)));
        let mut saved = StateDict::new();
        saved.insert_f64("trigger", &[1], vec![3600.0]);
        trigger.load_state(&saved).unwrap();
        assert!(is_due(&mut trigger, &metrics(2, None)));
        assert!(!is_due(&mut trigger, &metrics(3, None)));
    }

    #[test]
    fn values_that_are_no_trigger_are_refused() {
        for (kind, value, part) in [
            ("epoch", "0", "number of updates"),
            ("epoch", "often", "number of updates"),
            ("time", "10", "10m"),
            ("time", "0s", "10m"),
            ("best_metric", "episode_retrun", "episode_return"),
            ("best_metric", "upright", "reward_terms.NAME"),
        ] {
            let new = CheckpointTrigger::new(kind, value, "value", &["entropy"]);
            let said = new.unwrap_err().to_string();
            assert!(said.contains(part) && said.contains(value), "{said}");
        }
        for (metrics, is_known) in [(&["entropy"][..], true), (&["loss"], false), (&[], true)] {
            let new = CheckpointTrigger::new("best_metric", "entropy", "value", metrics);
            assert_eq!(new.is_ok(), is_known);
        }
        // Of an algorithm that does not say what it reports the first row does.
        let mut unknown = CheckpointTrigger::new("best_metric", "entropy", "value", &[]).unwrap();
        let said = unknown.check("6", Entity::PLACEHOLDER, &metrics(1, None)).unwrap_err();
        assert!(said.to_string().contains("no metric \"entropy\""), "{said}");
    }
}
