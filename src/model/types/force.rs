//! What acts on the tree: actuators, tendons, equality constraints.

use super::{Quat, Vec3};

/// What an actuator acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmission {
    /// The joint of this index; of a free or ball joint all its dofs, each with its own gear.
    Joint(usize),
    /// As `Joint`, with the gear of a free or ball joint in the parent's frame.
    JointInParent(usize),
    /// The tendon of this index.
    Tendon(usize),
    /// The site of this index: a wrench in the site's own frame, with `gear` as (force, torque).
    Site(usize),
}

/// How an actuator's state follows its control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActuatorDynamics {
    /// No state: the control itself is the input of the gain.
    None,
    /// The state's rate of change is the control.
    Integrator,
    /// First-order low pass with this time constant [s].
    Filter(f64),
    /// The same low pass, integrated exactly.
    FilterExact(f64),
}

/// `force = gain * input + bias`, where `gain = gainprm . (1, length, velocity)`,
/// `bias = biasprm . (1, length, velocity)`, and `input` is the control or, with dynamics, the state.
/// Motors, position and velocity servos, dampers and general actuators are all of this form.
#[derive(Clone, Debug, PartialEq)]
pub struct Actuator {
    pub name: String,
    pub transmission: Transmission,
    /// Scales length and force; only the first counts for scalar joints and tendons.
    pub gear: [f64; 6],
    pub gainprm: [f64; 3],
    pub biasprm: [f64; 3],
    pub dynamics: ActuatorDynamics,
    /// Where its state is in `act`, if it has one.
    pub actadr: Option<usize>,
    /// The state used is that of the end of the step (`actearly`).
    pub actearly: bool,
    /// Limits of the control signal, if it has any.
    pub ctrlrange: Option<[f64; 2]>,
    /// Limits of the force before gearing, if it has any [N or N m].
    pub forcerange: Option<[f64; 2]>,
    /// Limits of the state, if it has any.
    pub actrange: Option<[f64; 2]>,
}

/// A fixed tendon: its length is a sum of joint positions with coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Tendon {
    pub name: String,
    /// (joint, coefficient); scalar joints only.
    pub joints: Vec<(usize, f64)>,
    pub limited: bool,
    pub range: [f64; 2],
    pub margin: f64,
    pub solref_limit: [f64; 2],
    pub solimp_limit: [f64; 5],
    pub frictionloss: f64,
    pub solref_friction: [f64; 2],
    pub solimp_friction: [f64; 5],
    pub stiffness: f64,
    pub damping: f64,
    pub armature: f64,
    /// The spring rests between these lengths.
    pub lengthspring: [f64; 2],
    /// Bounds of the sum of actuator forces, if it has any.
    pub actfrcrange: Option<[f64; 2]>,
    /// Length at `qpos0`, and the inverse inertia that it sees there.
    pub length0: f64,
    pub invweight0: f64,
}

/// What an equality constraint holds together.
#[derive(Clone, Debug, PartialEq)]
pub enum EqualityType {
    /// A point of the first body, at `anchor1` in its frame, and one of the second.
    Connect { bodies: [usize; 2], anchors: [Vec3; 2] },
    /// `relpose` is the pose of body 2 in body 1 and `anchor` the point, in body 2's frame, at which
    /// the translation is measured (MuJoCo's `eq_data`).
    Weld { bodies: [usize; 2], anchor: Vec3, relpos: Vec3, relquat: Quat, torquescale: f64 },
    /// Joint 1 minus a polynomial of the second joint's position, both relative to `qpos0`.
    Joint { joints: (usize, Option<usize>), polycoef: [f64; 5] },
    /// The same for lengths of tendons, relative to `length0`.
    Tendon { tendons: (usize, Option<usize>), polycoef: [f64; 5] },
}

/// An equality constraint (`<equality>`); those that are not active at the start are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Equality {
    pub name: String,
    pub equality_type: EqualityType,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
}
