//! A spring between a body and a place or an orientation in space: a hand that takes hold of a robot.

use crate::math::spatial::{
    add3, cross3, quat_conjugate, quat_mul, quat_to_rotation_vector, rotate, scale3, sub3,
};
use crate::model::Model;
use crate::physics::{Data, Params, Plan, refresh};
use crate::scene::Snapshot;
use std::sync::Arc;

/// Stiffness over mass [1/s^2], as in MuJoCo's `mjv_applyPerturbForce` with its default map.
const STIFFNESS: f64 = 100.0;
/// Stiffness over inertia [1/s^2]; MuJoCo's default of 500 is for steps as short as its own, and the torque
/// holds for a step of the policy.
const TURN_STIFFNESS: f64 = 100.0;
/// Damping as a part of the critical one.
const DAMPING: f64 = 0.5;
/// Largest acceleration that the spring gives to the whole robot [m/s^2].
const MOST: f64 = 60.0;

/// A pull on a body, in one or all environments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// Index of the environment.
    pub env: usize,
    /// Index of the body.
    pub body: usize,
    /// Where it is pulled to.
    pub to: PullTarget,
}

/// The target of a pull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PullTarget {
    /// A point of the body's frame \[m\] is pulled to one of the environment's frame \[m\].
    Place {
        /// The point that is pulled, in the body's frame \[m\].
        point: [f64; 3],
        /// The point that it is pulled to, in the environment's frame \[m\].
        target: [f64; 3],
    },
    /// The body is turned to an orientation (unit quaternion, w first) in the environment's frame.
    Orientation([f64; 4]),
}

/// Works out the spring's force, on a bench of its own.
pub(super) struct Puller {
    plan: Plan,
    params: Params<f64>,
    data: Data<f64>,
}

impl Puller {
    pub(super) fn new(model: Arc<Model>) -> Self {
        let plan = Plan::new(model);
        Self { params: Params::new(&plan.model), data: Data::new(&plan), plan }
    }

    /// Torque [N m] and force [N] on the body at its centre of mass, in world axes.
    pub(super) fn wrench(&mut self, pull: &Pull, now: &Snapshot) -> [f64; 6] {
        let state = &mut self.data.state;
        for (to, from) in [(&mut state.qpos, &now.qpos), (&mut state.qvel, &now.qvel)] {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = f64::from(from));
        }
        refresh(&self.plan, &self.params, &mut self.data);
        if pull.body >= self.plan.model.bodies.len() {
            return [0.0; 6];
        }
        match pull.to {
            PullTarget::Place { point, target } => self.towards(pull.body, point, target),
            PullTarget::Orientation(target) => self.turning(pull.body, target),
        }
    }

    fn towards(&self, body: usize, point: [f64; 3], target: [f64; 3]) -> [f64; 6] {
        let data = &self.data;
        let arm = rotate(&data.xmat[body], point);
        let held = add3(data.xpos[body], arm);
        let v = &data.cvel[body];
        let turning = cross3([v[0], v[1], v[2]], arm);
        let velocity = add3(data.body_linvel(&self.plan, body), turning);

        let bodies = &self.plan.model.bodies;
        let whole = bodies[bodies[body].rootid].subtreemass;
        // Between the mass of what hangs on this body and of all: a foot that is pulled takes the
        // robot along, and does not tremble.
        let mass = (bodies[body].subtreemass * whole).sqrt();
        let spring = scale3(sub3(target, held), STIFFNESS * mass);
        let damper = scale3(velocity, 2.0 * DAMPING * STIFFNESS.sqrt() * mass);
        let mut force = sub3(spring, damper);
        let size = force.iter().map(|part| part * part).sum::<f64>().sqrt();
        if size > MOST * whole {
            force = scale3(force, MOST * whole / size);
        }
        let torque = cross3(sub3(held, data.xipos[body]), force);
        [torque[0], torque[1], torque[2], force[0], force[1], force[2]]
    }

    /// The inertia is what the body shows to a torque, in the reference position; a body that cannot turn
    /// shows none.
    fn turning(&self, body: usize, target: [f64; 4]) -> [f64; 6] {
        let inverse = self.plan.model.bodies[body].invweight0[1];
        if inverse <= 0.0 {
            return [0.0; 6];
        }
        let inertia = 1.0 / inverse;
        // From here to there, in world axes.
        let apart = quat_mul(target, quat_conjugate(self.data.xquat[body]));
        let spring = scale3(quat_to_rotation_vector(apart), TURN_STIFFNESS * inertia);
        let v = &self.data.cvel[body];
        let damping = 2.0 * DAMPING * TURN_STIFFNESS.sqrt() * inertia;
        let torque = sub3(spring, scale3([v[0], v[1], v[2]], damping));
        [torque[0], torque[1], torque[2], 0.0, 0.0, 0.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parse_mjcf;
    use std::path::Path;

    const BALL: &str = r#"<mujoco><worldbody><body pos="0 0 1"><freejoint/>
        <geom size="0.1" mass="2"/></body></worldbody></mujoco>"#;

    fn ball() -> Puller {
        Puller::new(Arc::new(parse_mjcf(BALL, Path::new(".")).0.unwrap()))
    }

    fn to(point: [f64; 3], target: [f64; 3]) -> Pull {
        Pull { env: 0, body: 1, to: PullTarget::Place { point, target } }
    }

    fn at(qvel: [f32; 6]) -> Snapshot {
        let qpos = vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        Snapshot { qpos, qvel: qvel.to_vec(), ..Snapshot::default() }
    }

    #[test]
    fn a_spring_pulls_towards_its_end_and_turns_what_it_holds_off_centre() {
        let pull = to([0.0, 0.0, 0.1], [0.05, 0.0, 1.1]);
        let wrench = ball().wrench(&pull, &at([0.0; 6]));
        let force = STIFFNESS * 2.0 * 0.05;
        for (got, expected) in wrench.iter().zip([0.0, 0.1 * force, 0.0, force, 0.0, 0.0]) {
            assert!((got - expected).abs() < 1e-5, "{wrench:?}");
        }
    }

    #[test]
    fn it_slows_what_moves_and_is_never_too_strong() {
        let held = to([0.0; 3], [0.0, 0.0, 1.0]);
        let wrench = ball().wrench(&held, &at([0.0, 0.5, 0.0, 0.0, 0.0, 0.0]));
        assert!((wrench[4] + 2.0 * DAMPING * 10.0 * 2.0 * 0.5).abs() < 1e-5, "{wrench:?}");
        let far = to([0.0; 3], [0.0, 0.0, 900.0]);
        let wrench = ball().wrench(&far, &at([0.0; 6]));
        assert!((wrench[5] - MOST * 2.0).abs() < 1e-5, "{wrench:?}");
    }

    /// Steps a ball that somebody holds until it has come to rest.
    fn hold(pull: &Pull) -> Vec<f64> {
        use crate::physics::step;
        let (mut puller, Puller { plan, params, mut data }) = (ball(), ball());
        for _ in 0..2000 {
            let f32s = |values: &[f64]| values.iter().map(|&value| value as f32).collect();
            let (qpos, qvel) = (f32s(&data.state.qpos), f32s(&data.state.qvel));
            let now = Snapshot { qpos, qvel, ..Snapshot::default() };
            data.state.xfrc_applied = vec![[0.0; 6], puller.wrench(pull, &now)];
            step(&plan, &params, &mut data);
        }
        data.state.qpos.clone()
    }

    #[test]
    fn a_ball_that_is_pulled_comes_to_rest_at_the_end_of_the_spring() {
        let qpos = hold(&to([0.0; 3], [0.3, 0.0, 1.5]));
        // Gravity stretches the spring.
        let sag = 9.81 / STIFFNESS;
        for (got, expected) in qpos.iter().zip([0.3, 0.0, 1.5 - sag]) {
            assert!((got - expected).abs() < 1e-3, "{qpos:?}");
        }
    }

    #[test]
    fn a_ball_that_is_turned_comes_to_rest_as_it_was_wanted() {
        let target = [0.5, 0.5, -0.5, 0.5];
        let pull = Pull { env: 0, body: 1, to: PullTarget::Orientation(target) };
        // As far as a ball at rest is away, so strong is the spring: a third of a turn.
        let inertia = 0.4 * 2.0 * 0.1 * 0.1;
        let torque = TURN_STIFFNESS * inertia * std::f64::consts::TAU / 3.0 / 3.0_f64.sqrt();
        let wrench = ball().wrench(&pull, &at([0.0; 6]));
        for (got, expected) in wrench.iter().zip([torque, -torque, torque, 0.0, 0.0, 0.0]) {
            assert!((got - expected).abs() < 1e-5, "{wrench:?}");
        }
        // A ball that lies on its side is turned about the world's vertical, and not about its own.
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let lying = Snapshot { qpos: vec![0.0, 0.0, 1.0, 0.6, 0.8, 0.0, 0.0], ..at([0.0; 6]) };
        let turned = quat_mul([half, 0.0, 0.0, half], [0.6, 0.8, 0.0, 0.0]);
        let about = Pull { to: PullTarget::Orientation(turned), ..pull };
        let wrench = ball().wrench(&about, &lying);
        let torque = TURN_STIFFNESS * inertia * std::f64::consts::FRAC_PI_2;
        for (got, expected) in wrench.iter().zip([0.0, 0.0, torque, 0.0, 0.0, 0.0]) {
            assert!((got - expected).abs() < 1e-5, "{wrench:?}");
        }
        let qpos = hold(&pull);
        for (got, expected) in qpos[3..].iter().zip(target) {
            assert!((got - expected).abs() < 1e-3, "{qpos:?}");
        }
    }
}
