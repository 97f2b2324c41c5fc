//! What acts and what learns.

pub(crate) mod agent_settings;
pub(crate) mod cnn_feature_extractor;
mod distillation_check;
mod distillation_settings;
pub(crate) mod distillation_trainer;
mod extractor_settings;
mod network_size;
pub(crate) mod ppo_agent;
mod ppo_check;
pub(crate) mod ppo_settings;
pub(crate) mod ppo_trainer;
mod trainer_check;
