//! Every shipped workflow as `dnne export` writes it, kept and compiled. `exports.rs` writes them.

mod ant_ppo;
mod ant_seed;
mod cartpole_camera_nature;
mod cartpole_depth;
mod cartpole_distilled;
mod cartpole_lstm;
mod cartpole_pixels;
mod cartpole_ppo;
mod cartpole_single;
mod cartpole_v1_from_cartpole;
mod cartpole_v1_ppo;
mod dnne_july_cartpole;
mod double_pendulum_swingup_ppo;
mod every_kind;
mod half_cheetah_ppo;
mod half_cheetah_sb3;
mod hopper_ppo;
mod hopper_sb3;
mod humanoid_ppo;
mod quadruped_curriculum;
mod quadruped_ppo;
mod quadruped_scan;
mod reacher_ppo;
mod reacher_shaped;
mod walker2d_ppo;
mod walker2d_sb3;
mod walkers_multi_task;

#[rustfmt::skip]
mod hostile;

pub(crate) mod changed_step;
pub(crate) mod generated_nodes;

use dnne::code::Workflow;
use dnne::nodes::NodeKind;

/// The function of each.
pub const BUILDS: &[(&str, fn(&mut Workflow))] = &[
    ("ant_ppo", ant_ppo::BUILD),
    ("ant_seed", ant_seed::BUILD),
    ("cartpole_camera_nature", cartpole_camera_nature::BUILD),
    ("cartpole_depth", cartpole_depth::BUILD),
    ("cartpole_distilled", cartpole_distilled::BUILD),
    ("cartpole_lstm", cartpole_lstm::BUILD),
    ("cartpole_pixels", cartpole_pixels::BUILD),
    ("cartpole_ppo", cartpole_ppo::BUILD),
    ("cartpole_single", cartpole_single::BUILD),
    ("cartpole_v1_from_cartpole", cartpole_v1_from_cartpole::BUILD),
    ("cartpole_v1_ppo", cartpole_v1_ppo::BUILD),
    ("dnne_july_cartpole", dnne_july_cartpole::BUILD),
    ("double_pendulum_swingup_ppo", double_pendulum_swingup_ppo::BUILD),
    ("every_kind", every_kind::BUILD),
    ("half_cheetah_ppo", half_cheetah_ppo::BUILD),
    ("half_cheetah_sb3", half_cheetah_sb3::BUILD),
    ("hopper_ppo", hopper_ppo::BUILD),
    ("hopper_sb3", hopper_sb3::BUILD),
    ("humanoid_ppo", humanoid_ppo::BUILD),
    ("quadruped_curriculum", quadruped_curriculum::BUILD),
    ("quadruped_ppo", quadruped_ppo::BUILD),
    ("quadruped_scan", quadruped_scan::BUILD),
    ("reacher_ppo", reacher_ppo::BUILD),
    ("reacher_shaped", reacher_shaped::BUILD),
    ("walker2d_ppo", walker2d_ppo::BUILD),
    ("walker2d_sb3", walker2d_sb3::BUILD),
    ("walkers_multi_task", walkers_multi_task::BUILD),
    ("hostile", hostile::BUILD),
];

/// Every built-in kind that has code, as a program's own.
pub const OWN: &[NodeKind] = &[
    generated_nodes::ant_action::KIND,
    generated_nodes::boolean_constant::KIND,
    generated_nodes::camera::KIND,
    generated_nodes::cartpole_action::KIND,
    generated_nodes::checkpoint_loader::KIND,
    generated_nodes::checkpoint_saver::KIND,
    generated_nodes::cnn_feature_extractor::KIND,
    generated_nodes::console_logger::KIND,
    generated_nodes::curriculum::KIND,
    generated_nodes::debug_print::KIND,
    generated_nodes::display::KIND,
    generated_nodes::distillation_trainer::KIND,
    generated_nodes::float_constant::KIND,
    generated_nodes::frame_stack::KIND,
    generated_nodes::humanoid_action::KIND,
    generated_nodes::int_constant::KIND,
    generated_nodes::isaac_gym_env::KIND,
    generated_nodes::isaac_gym_step::KIND,
    generated_nodes::metrics_logger::KIND,
    generated_nodes::multi_task::KIND,
    generated_nodes::or::KIND,
    generated_nodes::ppo_agent::KIND,
    generated_nodes::ppo_trainer::KIND,
    generated_nodes::reward_shaper::KIND,
    generated_nodes::string_constant::KIND,
    generated_nodes::tensorboard_logger::KIND,
];
