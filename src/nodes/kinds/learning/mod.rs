//! What acts and what learns.

pub(in crate::nodes) mod agent_settings;
pub(in crate::nodes) mod ppo_agent;
mod ppo_check;
pub(in crate::nodes) mod ppo_settings;
pub(in crate::nodes) mod ppo_trainer;
