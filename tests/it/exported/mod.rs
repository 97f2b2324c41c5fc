//! Every shipped workflow as `dnne export` writes it, kept and compiled. `exports.rs` writes them.

mod ant_ppo;
mod ant_seed;
mod cartpole_lstm;
mod cartpole_ppo;
mod cartpole_single;
mod cartpole_v1_from_cartpole;
mod cartpole_v1_ppo;
mod double_pendulum_swingup_ppo;
mod every_kind;
mod half_cheetah_ppo;
mod half_cheetah_sb3;
mod hopper_ppo;
mod hopper_sb3;
mod humanoid_ppo;
mod quadruped_curriculum;
mod quadruped_ppo;
mod reacher_ppo;
mod reacher_shaped;
mod walker2d_ppo;
mod walker2d_sb3;
mod walkers_multi_task;

#[rustfmt::skip]
mod hostile;

use dnne::code::Workflow;

/// The function of each.
pub const BUILDS: &[(&str, fn(&mut Workflow))] = &[
    ("ant_ppo", ant_ppo::BUILD),
    ("ant_seed", ant_seed::BUILD),
    ("cartpole_lstm", cartpole_lstm::BUILD),
    ("cartpole_ppo", cartpole_ppo::BUILD),
    ("cartpole_single", cartpole_single::BUILD),
    ("cartpole_v1_from_cartpole", cartpole_v1_from_cartpole::BUILD),
    ("cartpole_v1_ppo", cartpole_v1_ppo::BUILD),
    ("double_pendulum_swingup_ppo", double_pendulum_swingup_ppo::BUILD),
    ("every_kind", every_kind::BUILD),
    ("half_cheetah_ppo", half_cheetah_ppo::BUILD),
    ("half_cheetah_sb3", half_cheetah_sb3::BUILD),
    ("hopper_ppo", hopper_ppo::BUILD),
    ("hopper_sb3", hopper_sb3::BUILD),
    ("humanoid_ppo", humanoid_ppo::BUILD),
    ("quadruped_curriculum", quadruped_curriculum::BUILD),
    ("quadruped_ppo", quadruped_ppo::BUILD),
    ("reacher_ppo", reacher_ppo::BUILD),
    ("reacher_shaped", reacher_shaped::BUILD),
    ("walker2d_ppo", walker2d_ppo::BUILD),
    ("walker2d_sb3", walker2d_sb3::BUILD),
    ("walkers_multi_task", walkers_multi_task::BUILD),
    ("hostile", hostile::BUILD),
];
