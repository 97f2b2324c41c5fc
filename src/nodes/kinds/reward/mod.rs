//! Rewards beside those of the scene.

pub(crate) mod reward_shaper;
pub(crate) mod shaping;
