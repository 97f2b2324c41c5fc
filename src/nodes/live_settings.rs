//! Settings that a person may change while a session runs.

use crate::learn::{LearnError, LearnerSetting, StateDict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A setting of a running session that may be changed between ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveSetting {
    /// Its name, the same in parameters and metrics.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its present value, also if it follows a schedule. For a learning rate that falls to 0 over the training,
    /// the initial value.
    pub value: f64,
    /// The allowed values.
    pub range: RangeInclusive<f64>,
    /// Whether it was set by hand and is held.
    pub by_hand: bool,
}

/// The settings that a person has changed, and to what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByHand(BTreeMap<String, f64>);

impl ByHand {
    pub(super) fn insert(&mut self, name: &str, value: f64) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Whether a person has changed the setting of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// An algorithm's settings, with a mark at those that a person has set.
    pub(super) fn mark(&self, settings: Vec<LearnerSetting>) -> Vec<LiveSetting> {
        let mark = |LearnerSetting { name, doc, value, range }| {
            let by_hand = self.contains(name);
            LiveSetting { name, doc, value, range, by_hand }
        };
        settings.into_iter().map(mark).collect()
    }

    /// What was changed, by name.
    pub(super) fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        for (name, value) in &self.0 {
            state.insert_f64(name, &[1], vec![*value]);
        }
        state
    }

    /// Names and values of what [`state`](Self::state) kept.
    pub(super) fn saved(state: &StateDict) -> Result<Vec<(String, f64)>, LearnError> {
        state.names().map(|name| Ok((name.to_owned(), state.get_f64(name, &[1])?[0]))).collect()
    }

    /// Puts the values into a node's parameters of the same names.
    pub fn note(&self, params: &mut Value) {
        for (name, value) in &self.0 {
            params[name] = (*value).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_is_marked_noted_and_saved() {
        let mut by_hand = ByHand::default();
        by_hand.insert("gamma", 0.9);
        let setting = |name| LearnerSetting { name, doc: "", value: 0.5, range: 0.0..=1.0 };
        let marked = by_hand.mark(vec![setting("gamma"), setting("lam")]);
        assert_eq!([marked[0].by_hand, marked[1].by_hand], [true, false]);
        let mut params = serde_json::json!({"gamma": 0.99, "lam": 0.95});
        by_hand.note(&mut params);
        assert_eq!(params, serde_json::json!({"gamma": 0.9, "lam": 0.95}));
        assert_eq!(ByHand::saved(&by_hand.state()).unwrap(), [("gamma".to_owned(), 0.9)]);
    }
}
