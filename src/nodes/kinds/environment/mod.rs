//! Simulated worlds: making them, acting in them, and how hard they are.

pub(crate) mod action_map;
pub(crate) mod ant_action;
pub(crate) mod camera;
pub(crate) mod cartpole_action;
pub(crate) mod curriculum;
pub(crate) mod frame_stack;
pub(crate) mod humanoid_action;
pub(crate) mod isaac_gym_env;
pub(crate) mod isaac_gym_step;
pub(crate) mod joint_action;
pub(crate) mod multi_task;
