//! What acts and what learns.

pub(crate) mod agent_settings;
pub(crate) mod ppo_agent;
mod ppo_check;
pub(crate) mod ppo_settings;
pub(crate) mod ppo_trainer;
