//! Simulated worlds: making them, acting in them, and how hard they are.

pub(in crate::nodes) mod action_map;
pub(in crate::nodes) mod cartpole_action;
pub(in crate::nodes) mod curriculum;
pub(in crate::nodes) mod isaac_gym_env;
pub(in crate::nodes) mod isaac_gym_step;
pub(in crate::nodes) mod joint_action;
pub(in crate::nodes) mod multi_task;
