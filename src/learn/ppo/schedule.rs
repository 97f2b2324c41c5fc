//! Settings that change while training goes on.

use serde::{Deserialize, Serialize};

use super::config::PpoConfig;
use super::setting::PpoSetting;
use crate::learn::error::LearnError;
use crate::math::lanes::sin_cos;

/// Schedule of the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningRateSchedule {
    /// It stays.
    Constant,
    /// From the configured rate to 0 over a progress of 0 to 1.
    Linear,
    /// From the configured rate to 0 along half a cosine: rate (1 + cos(pi progress)) / 2
    /// (Loshchilov and Hutter, 2017, without restarts).
    Cosine,
    /// After every minibatch divided by 1.5 if the divergence of the new policy from the old is
    /// above twice [`PpoConfig::kl_threshold`], multiplied by 1.5 if it is below half of it, within
    /// 1e-6..1e-2 (as rl_games does). The first minibatch of an update does not count, for no step has
    /// been taken by then: counted, as rl_games does, its divergence of 0 raises the rate in every update.
    Adaptive,
}

impl LearningRateSchedule {
    /// The rate of an update at `progress`, in 0..=1, where it follows from that.
    pub(super) fn at(self, initial: f64, progress: f64) -> Option<f64> {
        match self {
            Self::Constant => Some(initial),
            Self::Linear => Some(AnnealCurve::Linear.between(initial, 0.0, progress)),
            Self::Cosine => Some(AnnealCurve::Cosine.between(initial, 0.0, progress)),
            Self::Adaptive => None,
        }
    }

    /// The rate after a minibatch whose divergence was `kl`, where `aim` is the threshold [nats].
    pub(super) fn after_minibatch(self, rate: f64, kl: f64, aim: f64) -> f64 {
        match self {
            Self::Adaptive if kl > 2.0 * aim => (rate / 1.5).max(1e-6),
            Self::Adaptive if kl < 0.5 * aim => (rate * 1.5).min(1e-2),
            _ => rate,
        }
    }
}

/// Shape of a schedule from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnealCurve {
    /// A straight line.
    Linear,
    /// Half a cosine: flat at both ends.
    Cosine,
}

impl AnnealCurve {
    /// The value at `progress`, which is clamped to 0..=1.
    pub fn between(self, start: f64, end: f64, progress: f64) -> f64 {
        let progress = progress.clamp(0.0, 1.0);
        let left = match self {
            Self::Linear => 1.0 - progress,
            Self::Cosine => 0.5 * (1.0 + sin_cos(std::f64::consts::PI * progress).1),
        };
        end + (start - end) * left
    }
}

/// A schedule of a setting, from its configured value to another over a progress of 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anneal {
    /// The setting that changes.
    pub setting: PpoSetting,
    /// Its value at progress 1.
    pub end: f64,
    /// Shape of the schedule.
    pub curve: AnnealCurve,
}

impl PpoConfig {
    /// The value of a setting where it does not change, or before it does.
    pub fn value_of(&self, setting: PpoSetting) -> f64 {
        *setting.of(&mut self.clone())
    }

    /// Fails on a way that a setting cannot go.
    pub(super) fn check_anneal(&self) -> Result<(), LearnError> {
        for Anneal { setting, end, .. } in &self.anneal {
            let is_scheduled = self.schedule != LearningRateSchedule::Constant;
            let (field, message) = match setting {
                PpoSetting::LearningRate if is_scheduled => (
                    "learning_rate",
                    "has its schedule already; set that to constant, or leave the rate out of anneal",
                ),
                PpoSetting::KlThreshold if self.schedule != LearningRateSchedule::Adaptive => (
                    "kl_threshold",
                    "counts only where schedule is adaptive; set that, or leave it out",
                ),
                PpoSetting::TargetKl | PpoSetting::MaxGradNorm
                    if (self.value_of(*setting) == 0.0) != (*end == 0.0) =>
                {
                    (
                        setting.name(),
                        "is off at 0, so nothing leads there; let it begin and end above 0",
                    )
                }
                _ => continue,
            };
            return Err(LearnError::Anneal { field, message });
        }
        Ok(())
    }

    /// Sets a setting: it no longer changes by itself.
    pub fn fix(&mut self, setting: PpoSetting, value: f64) {
        *setting.of(self) = value;
        self.anneal.retain(|anneal| anneal.setting != setting);
    }

    /// Has a setting go by what `configured` says of it again.
    pub fn release(&mut self, setting: PpoSetting, configured: &Self) {
        *setting.of(self) = configured.value_of(setting);
        let ways = configured.anneal.iter().filter(|anneal| anneal.setting == setting);
        self.anneal.retain(|anneal| anneal.setting != setting);
        self.anneal.extend(ways);
    }

    /// These settings as they are at `progress`, in 0..=1.
    pub fn at(&self, progress: f64) -> Self {
        let mut config = self.clone();
        for anneal in &self.anneal {
            let value = anneal.setting.of(&mut config);
            *value = anneal.curve.between(*value, anneal.end, progress);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adaptive_rate_moves_against_the_divergence_and_within_its_range() {
        let schedule = LearningRateSchedule::Adaptive;
        assert_eq!(schedule.after_minibatch(3e-3, 0.021, 0.01), 2e-3);
        assert_eq!(schedule.after_minibatch(2e-3, 0.004, 0.01), 3e-3);
        assert_eq!(schedule.after_minibatch(2e-3, 0.01, 0.01), 2e-3);
        assert_eq!(schedule.after_minibatch(1e-6, 1.0, 0.01), 1e-6);
        assert_eq!(schedule.after_minibatch(1e-2, 0.0, 0.01), 1e-2);
        assert_eq!(LearningRateSchedule::Constant.after_minibatch(0.5, 1.0, 0.01), 0.5);
        assert_eq!(schedule.at(1.0, 0.5), None);
    }

    #[test]
    fn rates_follow_their_curves_to_nothing() {
        let (linear, cosine) = (LearningRateSchedule::Linear, LearningRateSchedule::Cosine);
        assert_eq!(linear.at(2.0, 0.25), Some(1.5));
        // (1 + cos 45 degrees) / 2.
        assert!((cosine.at(2.0, 0.25).unwrap() - 1.707_106_781).abs() < 1e-9);
        for schedule in [linear, cosine] {
            assert_eq!(schedule.at(2.0, 0.0), Some(2.0));
            assert!(schedule.at(2.0, 1.0).unwrap().abs() < 1e-12);
            assert!(schedule.at(2.0, 7.0).unwrap().abs() < 1e-12);
        }
    }

    #[test]
    fn ways_that_no_setting_can_go_are_refused() {
        let check = |setting, end, config: PpoConfig| {
            let anneal = vec![Anneal { setting, end, curve: AnnealCurve::Linear }];
            PpoConfig { anneal, ..config }.check().map_err(|error| error.to_string())
        };
        let base = PpoConfig::default();
        assert!(check(PpoSetting::LearningRate, 1e-5, base.clone()).is_ok());
        let linear = PpoConfig { schedule: LearningRateSchedule::Linear, ..base.clone() };
        let said = check(PpoSetting::LearningRate, 1e-5, linear).unwrap_err();
        assert!(said.contains("`learning_rate` has its schedule already"), "{said}");
        // Off at one end and a bound of next to nothing beside it.
        for (setting, end, start) in [
            (PpoSetting::TargetKl, 0.1, 0.0),
            (PpoSetting::TargetKl, 0.0, 0.1),
            (PpoSetting::MaxGradNorm, 0.0, 1.0),
        ] {
            let config = PpoConfig { target_kl: start, max_grad_norm: start, ..base.clone() };
            let said = check(setting, end, config).unwrap_err();
            assert!(said.contains("is off at 0"), "{said}");
        }
        assert!(check(PpoSetting::MaxGradNorm, 1.0, base.clone()).is_ok());
        let said = check(PpoSetting::KlThreshold, 0.02, base.clone()).unwrap_err();
        assert!(said.contains("only where schedule is adaptive"), "{said}");
        let adaptive = PpoConfig { schedule: LearningRateSchedule::Adaptive, ..base };
        assert!(check(PpoSetting::KlThreshold, 0.02, adaptive).is_ok());
    }

    #[test]
    fn every_setting_anneals_from_its_value_and_leaves_the_others() {
        let start = PpoConfig { bounds_coef: 0.5, target_kl: 0.01, ..PpoConfig::default() };
        for setting in PpoSetting::ALL {
            let name = setting.name();
            let anneal = Anneal { setting, end: 0.125, curve: AnnealCurve::Linear };
            let config = PpoConfig { anneal: vec![anneal], ..start.clone() };
            let mut half = config.at(0.5);
            let before = *setting.of(&mut start.clone());
            assert!((*setting.of(&mut half) - (before + 0.125) / 2.0).abs() < 1e-12, "{name}");
            *setting.of(&mut half) = before;
            assert_eq!(half, config, "{name}");
            // Set by hand on the way, it stays.
            let mut fixed = config.clone();
            fixed.fix(setting, 0.375);
            assert_eq!([0.0, 0.5, 1.0].map(|at| fixed.at(at).value_of(setting)), [0.375; 3]);
            fixed.release(setting, &config);
            assert_eq!(fixed, config, "{name}");
            fixed.fix(setting, before);
            assert_eq!(fixed, start, "{name}");
            // The name in files is that of the field.
            let row = serde_json::to_value(&start).unwrap();
            assert_eq!(row[name].as_f64(), Some(before), "{name}");
        }
    }
}
