//! Settings that a person may change while a session runs.

use crate::learn::{LearnError, LearningRateSchedule, PpoConfig, Setting, StateDict};
use crate::nodes::kinds::learning::ppo_settings::SCHEMA;
use crate::workflow::ParamType;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A number of a running session that may be changed between its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveSetting {
    /// As parameters and metrics call it.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// At present, also where it follows the progress of training. Of a learning rate that comes down
    /// to 0 over the training, where it comes from.
    pub value: f64,
    /// The values that it may have.
    pub range: RangeInclusive<f64>,
    /// Whether a person has set it, and nothing else does any more.
    pub by_hand: bool,
}

/// The settings of a learner: as configured, but for those that a person has changed since.
pub(super) struct LearnerSettings {
    config: PpoConfig,
    by_hand: BTreeMap<&'static str, f64>,
}

impl LearnerSettings {
    pub(super) fn new(config: PpoConfig) -> Self {
        Self { config, by_hand: BTreeMap::new() }
    }

    pub(super) fn config(&self) -> &PpoConfig {
        &self.config
    }

    /// Those that may be changed, as they are after a share of the training, from 0 to 1. `rate` is the
    /// learning rate of the next minibatch, for schedules by which what has happened decides on it.
    pub(super) fn list(&self, progress: f64, rate: f64) -> Vec<LiveSetting> {
        let now = self.config.at(progress);
        let is_adaptive = now.schedule == LearningRateSchedule::Adaptive;
        let all = Setting::ALL.into_iter().filter(|(_, setting)| match setting {
            Setting::KlThreshold => is_adaptive,
            _ => true,
        });
        all.filter_map(|(name, setting)| {
            let value = match setting {
                Setting::LearningRate if is_adaptive => rate,
                setting => now.value_of(setting),
            };
            let param = SCHEMA.params.iter().find(|param| param.name == name)?;
            let ParamType::Float { min, max, .. } = param.param_type else { return None };
            let by_hand = self.by_hand.contains_key(name);
            Some(LiveSetting { name, doc: param.doc, value, range: min..=max, by_hand })
        })
        .collect()
    }

    /// Sets one of those that may be changed; it is no longer annealed. Gives back which it is.
    pub(super) fn set(&mut self, name: &str, value: f64) -> Option<Setting> {
        let (name, setting) = Setting::ALL.into_iter().find(|(known, _)| *known == name)?;
        self.config.fix(setting, value);
        self.by_hand.insert(name, value);
        Some(setting)
    }

    /// What was changed by hand, by name.
    pub(super) fn state(&self) -> StateDict {
        let mut state = StateDict::new();
        for (name, value) in &self.by_hand {
            state.insert_f64(*name, &[1], vec![*value]);
        }
        state
    }

    /// Makes the changes anew that a saved state knows of.
    pub(super) fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        for name in state.names() {
            self.set(name, state.get_f64(name, &[1])?[0]);
        }
        Ok(())
    }

    /// Puts what was changed by hand into a node's parameters as they were configured.
    pub(super) fn note(&self, params: &mut Value) {
        for (name, value) in &self.by_hand {
            params[*name] = (*value).into();
        }
        let Some(anneal) = params["anneal"].as_str() else { return };
        let name_of = |part: &str| part.split(':').next().unwrap_or_default().trim().to_owned();
        let is_left = |part: &&str| !self.by_hand.contains_key(name_of(part).as_str());
        let left: Vec<&str> = anneal.split(',').filter(is_left).collect();
        params["anneal"] = left.join(",").trim().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Anneal, Curve};

    fn settings(schedule: LearningRateSchedule) -> LearnerSettings {
        let anneal = Anneal { setting: Setting::ClipParam, end: 0.0, curve: Curve::Linear };
        let config = PpoConfig { schedule, anneal: vec![anneal], ..PpoConfig::default() };
        LearnerSettings::new(config)
    }

    fn value(list: &[LiveSetting], name: &str) -> f64 {
        list.iter().find(|setting| setting.name == name).unwrap().value
    }

    #[test]
    fn they_are_listed_as_they_are_at_present() {
        let list = settings(LearningRateSchedule::Constant).list(0.5, 0.25);
        let start = PpoConfig::default().learning_rate;
        assert_eq!(list.len(), 11);
        assert_eq!((list[0].name, list[0].value), ("learning_rate", start));
        assert_eq!((value(&list, "clip_param"), value(&list, "gamma")), (0.1, 0.99));
        let gamma = list.iter().find(|setting| setting.name == "gamma").unwrap();
        assert_eq!((gamma.range.clone(), gamma.by_hand), (0.0..=1.0, false));
        // What comes down by itself is set by where it comes from.
        let list = settings(LearningRateSchedule::Cosine).list(0.5, 0.25);
        assert_eq!(list[0].value, start);
        // What follows the divergence goes on from where it is.
        let list = settings(LearningRateSchedule::Adaptive).list(0.5, 0.25);
        assert_eq!((list.len(), list[0].value, value(&list, "kl_threshold")), (12, 0.25, 0.008));
    }

    #[test]
    fn what_is_set_stays_and_is_saved() {
        let mut changed = settings(LearningRateSchedule::Linear);
        assert_eq!(changed.set("clip_param", 0.3), Some(Setting::ClipParam));
        assert_eq!(changed.set("learning_rate", 0.01), Some(Setting::LearningRate));
        let mut resumed = settings(LearningRateSchedule::Linear);
        resumed.load_state(&changed.state()).unwrap();
        for settings in [&changed, &resumed] {
            let list = settings.list(0.9, 0.5);
            assert_eq!((value(&list, "clip_param"), value(&list, "learning_rate")), (0.3, 0.01));
            let by_hand = list.iter().filter(|setting| setting.by_hand);
            assert_eq!(
                by_hand.map(|s| s.name).collect::<Vec<_>>(),
                ["learning_rate", "clip_param"]
            );
        }
        assert_eq!(changed.config(), resumed.config());
    }

    #[test]
    fn parameters_tell_of_what_was_changed() {
        let mut changed = settings(LearningRateSchedule::Linear);
        let anneal = "clip_param:0.05, gamma : 0.9:cosine";
        let configured = serde_json::json!({"gamma": 0.99, "clip_param": 0.2, "anneal": anneal});
        let mut params = configured.clone();
        changed.note(&mut params);
        assert_eq!(params, configured);
        changed.set("clip_param", 0.3);
        changed.note(&mut params);
        let expected =
            serde_json::json!({"gamma": 0.99, "clip_param": 0.3, "anneal": "gamma : 0.9:cosine"});
        assert_eq!(params, expected);
    }
}
