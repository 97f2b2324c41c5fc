//! Rewards beside those of the scene.

pub(in crate::nodes) mod reward_shaper;
pub(in crate::nodes) mod shaping;
