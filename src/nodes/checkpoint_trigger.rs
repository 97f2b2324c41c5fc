//! When a checkpoint is due: every so many updates, every so often, or at the best metric yet.

use super::kind::NodeError;
use super::payload::Metrics;
use super::run::CheckpointRequest;
use serde_json::Value;
use std::time::{Duration, Instant};

/// What makes a checkpoint due.
#[derive(Clone, Debug)]
pub(super) enum CheckpointTrigger {
    Updates(u64),
    Time { every: Duration, last: Instant },
    Best { metric: String, best: Option<f64> },
}

impl CheckpointTrigger {
    /// `kind` is epoch, time or best_metric, as the schemas' choice has it.
    pub(super) fn new(kind: &str, value: &str, field: &'static str) -> Result<Self, NodeError> {
        let wrong = |message: String| NodeError::Field { field, message };
        match kind {
            "epoch" => match value.trim().parse() {
                Ok(updates) if updates > 0 => Ok(Self::Updates(updates)),
                _ => Err(wrong(format!("\"{value}\" is not a number of updates such as 10"))),
            },
            "time" => match humantime::parse_duration(value) {
                Ok(every) if !every.is_zero() => Ok(Self::Time { every, last: Instant::now() }),
                _ => Err(wrong(format!("\"{value}\" is not a time such as 10m or 1h30m"))),
            },
            _ => {
                // DNNE's default value is "10", whatever the trigger: the usual metric is meant.
                let metric =
                    if value.trim().parse::<f64>().is_ok() { "episode_return" } else { value };
                Ok(Self::Best { metric: metric.trim().to_owned(), best: None })
            }
        }
    }

    /// A request if the update just made is due for one.
    pub(super) fn check(
        &mut self,
        node: &str,
        update: u64,
        metrics: &Metrics,
    ) -> Result<Option<CheckpointRequest>, NodeError> {
        let (trigger, best) = match self {
            Self::Updates(every) => {
                if !update.is_multiple_of(*every) {
                    return Ok(None);
                }
                (format!("epoch {every}"), None)
            }
            Self::Time { every, last } => {
                if last.elapsed() < *every {
                    return Ok(None);
                }
                *last = Instant::now();
                (format!("time {}", humantime::format_duration(*every)), None)
            }
            Self::Best { metric, best } => {
                let Some(value) = metric_value(metrics, metric)? else { return Ok(None) };
                if best.is_some_and(|best| value <= best) {
                    return Ok(None);
                }
                *best = Some(value);
                (format!("best_metric {metric}"), Some((metric.clone(), value)))
            }
        };
        Ok(Some(CheckpointRequest { node: node.to_owned(), trigger, best, folder: None }))
    }

    /// The best metric so far, for a checkpoint.
    pub(super) fn best(&self) -> Option<f64> {
        match self {
            Self::Best { best, .. } => *best,
            _ => None,
        }
    }

    pub(super) fn set_best(&mut self, value: Option<f64>) {
        if let Self::Best { best, .. } = self {
            *best = value;
        }
    }
}

/// A number of a row of metrics by its name; none if it has no value yet.
fn metric_value(metrics: &Metrics, name: &str) -> Result<Option<f64>, NodeError> {
    let row = serde_json::to_value(metrics).unwrap_or_default();
    match row.get(name) {
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(Value::Null) => Ok(None),
        _ => {
            let names = row.as_object().into_iter().flatten();
            let numbers = names.filter(|(_, value)| value.is_number() || value.is_null());
            let known: Vec<&str> = numbers.map(|(name, _)| name.as_str()).collect();
            let message = format!("no metric \"{name}\"; known: {}", known.join(", "));
            Err(NodeError::Field { field: "best_metric", message })
        }
    }
}
