//! Node kinds that are this program's own, to be changed at will. Each has taken the place of the
//! built-in kind of its name.

mod action_map;
mod agent_settings;
pub mod ant_action;
pub mod boolean_constant;
pub mod cartpole_action;
pub mod checkpoint_loader;
pub mod checkpoint_saver;
pub mod console_logger;
pub mod curriculum;
pub mod debug_print;
pub mod display;
pub mod float_constant;
pub mod humanoid_action;
pub mod int_constant;
pub mod isaac_gym_env;
pub mod isaac_gym_step;
mod joint_action;
pub mod metrics_logger;
pub mod multi_task;
pub mod or;
pub mod ppo_agent;
mod ppo_check;
mod ppo_settings;
pub mod ppo_trainer;
pub mod reward_shaper;
mod shaping;
pub mod string_constant;
mod tensorboard_events;
pub mod tensorboard_logger;
