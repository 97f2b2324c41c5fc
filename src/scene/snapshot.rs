//! One environment of a batch, as it is at the moment: what somebody who looks on needs.

use super::engine::Prop;

/// A copy of the state of one environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: Vec<f32>,
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: Vec<f32>,
    /// Controls of the last step, shape (nu,).
    pub ctrl: Vec<f32>,
    /// Number of the current episode, from 1.
    pub episode: u64,
    /// Policy steps in the current episode.
    pub progress: u32,
    /// Sum of rewards in the current episode.
    pub total_reward: f64,
    /// What has been thrown into it, oldest first.
    pub props: Vec<Prop>,
}
