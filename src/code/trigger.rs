//! Triggers of checkpoints.

use crate::workflow::ParamValue;
use std::time::Duration;

/// When something is done again and again.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// After so many updates, at least 1.
    Epochs(u64),
    /// After so long a time, longer than 0.
    Every(Duration),
    /// When a metric is better than it ever was: `episode_return`, `reward_terms.NAME`,
    /// `tasks.NAME.success_rate`. Those of episodes are judged over the newest 100, or as many as
    /// `episode_return over 30` says; which way is better, `episode_length lowest` may say.
    Best(String),
}

impl Trigger {
    /// As the two parameters of a node have it: the word, and the text.
    pub(super) fn to_params(&self) -> [ParamValue; 2] {
        let (word, text) = match self {
            Self::Epochs(updates) => ("epoch", updates.to_string()),
            Self::Every(time) => ("time", humantime::format_duration(*time).to_string()),
            Self::Best(metric) => ("best_metric", metric.clone()),
        };
        [ParamValue::Text(word.to_owned()), ParamValue::Text(text)]
    }

    /// What the two parameters mean; none if they mean nothing.
    pub fn from_params(word: &str, text: &str) -> Option<Self> {
        let text = text.trim();
        Some(match word {
            "epoch" => Self::Epochs(text.parse().ok()?),
            "time" => Self::Every(humantime::parse_duration(text).ok()?),
            "best_metric" => Self::Best(text.to_owned()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_read_as_they_are_written() {
        let time = Duration::from_secs(5400);
        for trigger in [Trigger::Epochs(10), Trigger::Every(time), Trigger::Best("x".to_owned())] {
            let [ParamValue::Text(word), ParamValue::Text(text)] = trigger.to_params() else {
                panic!("triggers are texts");
            };
            assert_eq!(Trigger::from_params(&word, &text), Some(trigger));
        }
        assert_eq!(Trigger::from_params("epoch", "x"), None);
        assert_eq!(Trigger::from_params("never", "1"), None);
    }
}
