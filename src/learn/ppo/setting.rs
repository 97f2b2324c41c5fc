//! The settings of PPO that can change while training goes on.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::config::PpoConfig;

/// A setting that can follow the progress of training, or be set by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PpoSetting {
    /// [`PpoConfig::learning_rate`].
    LearningRate,
    /// [`PpoConfig::gamma`].
    Gamma,
    /// [`PpoConfig::lam`].
    Lam,
    /// [`PpoConfig::clip_param`].
    ClipParam,
    /// [`PpoConfig::value_coef`].
    ValueCoef,
    /// [`PpoConfig::entropy_coef`].
    EntropyCoef,
    /// [`PpoConfig::bounds_coef`].
    BoundsCoef,
    /// [`PpoConfig::max_grad_norm`].
    MaxGradNorm,
    /// [`PpoConfig::target_kl`].
    TargetKl,
    /// [`PpoConfig::kl_threshold`].
    KlThreshold,
    /// [`PpoConfig::reward_scale`].
    RewardScale,
    /// [`PpoConfig::adam_epsilon`].
    AdamEpsilon,
}

/// Name, least and greatest value, and meaning of a setting.
type Facts = (&'static str, f64, f64, &'static str);

/// Those of each setting, in the order of the variants.
const FACTS: &[Facts; 12] = &[
    ("learning_rate", 1e-12, 1.0, "Step size at the start."),
    ("gamma", 0.0, 1.0, "Discount of later rewards."),
    ("lam", 0.0, 1.0, "Decay of generalised advantage estimation."),
    ("clip_param", 1e-6, 10.0, "How far the policy ratio may leave 1."),
    (
        "value_coef",
        0.0,
        1000.0,
        "Weight of the value loss, the mean squared error with no factor 1/2.",
    ),
    ("entropy_coef", 0.0, 100.0, "Weight of the entropy bonus."),
    ("bounds_coef", 0.0, 1000.0, "Weight of the loss on action means beyond 1.1."),
    ("max_grad_norm", 0.0, 1e6, "Largest norm of the gradient; 0 does not clip."),
    (
        "target_kl",
        0.0,
        100.0,
        "An update ends once the policy has changed by 1.5 times this; 0 is off.",
    ),
    (
        "kl_threshold",
        1e-6,
        100.0,
        "Change of the policy per minibatch that the adaptive schedule aims at.",
    ),
    ("reward_scale", 0.0, 1e6, "Factor on rewards before learning."),
    (
        "adam_epsilon",
        1e-16,
        1.0,
        "What Adam adds to the root of the mean squared gradient. PyTorch's default; PPO's usual \
         implementations have 1e-5.",
    ),
];

impl PpoSetting {
    /// Every setting.
    pub const ALL: [Self; 12] = [
        Self::LearningRate,
        Self::Gamma,
        Self::Lam,
        Self::ClipParam,
        Self::ValueCoef,
        Self::EntropyCoef,
        Self::BoundsCoef,
        Self::MaxGradNorm,
        Self::TargetKl,
        Self::KlThreshold,
        Self::RewardScale,
        Self::AdamEpsilon,
    ];

    const fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    /// The name that files give it.
    pub const fn name(self) -> &'static str {
        self.facts().0
    }

    /// Its least and its greatest value.
    pub const fn limits(self) -> (f64, f64) {
        (self.facts().1, self.facts().2)
    }

    /// The values that it may have.
    pub fn range(self) -> RangeInclusive<f64> {
        let (min, max) = self.limits();
        min..=max
    }

    /// What it means.
    pub const fn doc(self) -> &'static str {
        self.facts().3
    }

    /// The setting of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    pub(super) fn of(self, config: &mut PpoConfig) -> &mut f64 {
        match self {
            Self::LearningRate => &mut config.learning_rate,
            Self::Gamma => &mut config.gamma,
            Self::Lam => &mut config.lam,
            Self::ClipParam => &mut config.clip_param,
            Self::ValueCoef => &mut config.value_coef,
            Self::EntropyCoef => &mut config.entropy_coef,
            Self::BoundsCoef => &mut config.bounds_coef,
            Self::MaxGradNorm => &mut config.max_grad_norm,
            Self::TargetKl => &mut config.target_kl,
            Self::KlThreshold => &mut config.kl_threshold,
            Self::RewardScale => &mut config.reward_scale,
            Self::AdamEpsilon => &mut config.adam_epsilon,
        }
    }
}
