//! The state of one environment of a batch at one moment, as a viewer needs it. What its
//! numbers are called stands in the scene's [`Task`](super::Task).

use super::engine::Prop;
use crate::space::Observations;

/// A copy of the state of one environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: Vec<f32>,
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: Vec<f32>,
    /// Controls of the last step, shape (nu,).
    pub ctrl: Vec<f32>,
    /// What it shows now: one row.
    pub observations: Observations,
    /// The action of the last step as clipped, shape (action_dim,); zero where an episode begins.
    pub action: Vec<f32>,
    /// The reward of the last step, also where that ended an episode.
    pub reward: f32,
    /// What each term gave to it, and last what a termination gave in place of all terms, shape
    /// (n_terms + 1,).
    pub reward_parts: Vec<f32>,
    /// The last step ended an episode by the task's rules; the rest is of the next episode.
    pub terminated: bool,
    /// The last step cut an episode off; the rest is of the next episode.
    pub truncated: bool,
    /// Which of the task's terminations held after the last step, in the task's order; empty unless
    /// [`Environments::look`](super::Environments::look) asked for them.
    pub conditions: Vec<bool>,
    /// Number of the current episode, from 1.
    pub episode: u64,
    /// Policy steps in the current episode.
    pub progress: u32,
    /// Sum of rewards in the current episode.
    pub total_reward: f64,
    /// What has been thrown into it, oldest first.
    pub props: Vec<Prop>,
}
