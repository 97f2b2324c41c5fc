//! Another engine in place of our own: for playing and measuring a policy, not for learning.
//!
//! It moves the bodies and no more. Actions, delays, actuators, observations, rewards, terminations
//! and resets stay ours, and so do the forces that expressions and sensors read: those that our own
//! contacts would give where the other engine has put the bodies.

use crate::math::lanes::Lanes;
use crate::model::Model;
use crate::physics::{self, Data, Params, Plan};
use std::fmt::Debug;
use std::sync::Arc;

/// Things that lie about in one environment; of more the oldest vanish.
pub const MOST_PROPS: usize = 24;

/// Forces that act on one environment during a timestep.
#[derive(Clone, Copy, Debug)]
pub struct Drive<'a> {
    /// Generalised forces of the actuators [N or N m], shape (nv,).
    pub actuation: &'a [f64],
    /// On each body from outside: torque [N m], then force \[N\], at its centre of mass in world axes.
    /// Empty if nothing does.
    pub pushes: &'a [[f64; 6]],
}

/// One environment in another engine.
pub trait Engine: Send + Sync {
    /// Advances by one timestep of the model. Positions (nq,) and velocities (nv,) that are not those
    /// with which the last step ended are taken over first.
    fn advance(&mut self, qpos: &mut [f64], qvel: &mut [f64], drive: &Drive<'_>);
    /// Adds a loose body to the environment.
    fn throw(&mut self, throw: &Throw);
    /// What has been thrown, oldest first.
    fn props(&self) -> Vec<Prop>;
}

/// Another engine.
pub trait EngineKind: Debug + Send + Sync {
    /// One environment of a model, at `qpos0`.
    fn build(&self, model: &Arc<Model>) -> Box<dyn Engine>;
}

/// The shape of a loose thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PropShape {
    /// Half-lengths \[m\].
    Box([f32; 3]),
    /// Radius \[m\].
    Ball(f32),
}

/// A loose thing in the environment's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prop {
    /// Counts all that were thrown into the environment.
    pub id: u64,
    /// Its shape.
    pub shape: PropShape,
    /// Position in the environment's frame \[m\].
    pub pos: [f32; 3],
    /// Orientation in the environment's frame (w, x, y, z).
    pub quat: [f32; 4],
}

/// Something to be thrown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throw {
    /// Its shape.
    pub shape: PropShape,
    /// Mass \[kg\].
    pub mass: f64,
    /// Position in the environment's frame \[m\].
    pub pos: [f64; 3],
    /// Linear velocity in the environment's frame [m/s].
    pub velocity: [f64; 3],
}

/// One timestep of a block: the actuators are ours, the motion is the engines', one for each lane in
/// use.
pub(super) fn advance<L: Lanes>(
    plan: &Plan,
    params: &Params<L>,
    data: &mut Data<L>,
    engines: &mut [Box<dyn Engine>],
    senses: bool,
) {
    physics::act(plan, params, data, senses);
    for (lane, engine) in engines.iter_mut().enumerate() {
        let of_lane = |values: &[L]| values.iter().map(|value| value.lane(lane)).collect();
        let (mut qpos, mut qvel): (Vec<f64>, Vec<f64>) =
            (of_lane(&data.state.qpos), of_lane(&data.state.qvel));
        let actuation: Vec<f64> = of_lane(&data.qfrc_actuator);
        let pushes = data.state.xfrc_applied.iter();
        let pushes: Vec<[f64; 6]> = pushes.map(|push| push.map(|part| part.lane(lane))).collect();
        engine.advance(&mut qpos, &mut qvel, &Drive { actuation: &actuation, pushes: &pushes });
        let state = &mut data.state;
        for (to, from) in [(&mut state.qpos, qpos), (&mut state.qvel, qvel)] {
            to.iter_mut().zip(from).for_each(|(value, number)| value.set_lane(lane, number));
        }
    }
}
