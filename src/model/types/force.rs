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
    /// The contacts of the body of this index, along the mean of their normals (adhesion).
    Body(usize),
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
    /// A muscle's activation, which follows a control in [0, 1] faster than it goes back: time constants [s] of
    /// activation and deactivation, and the width of the difference over which one becomes the other
    /// (MuJoCo documentation, "Modeling / Muscles").
    Muscle([f64; 3]),
}

/// How the force of a muscle depends on its length and velocity (MuJoCo documentation, "Modeling / Muscles").
#[derive(Clone, Debug, PartialEq)]
pub struct Muscle {
    /// Lengths at both ends of the actuator's `lengthrange`, in optimal lengths.
    pub range: [f64; 2],
    /// Largest active force at rest [N or N m]; negative for `scale` over the actuator's `acc0`.
    pub force: f64,
    pub scale: f64,
    /// Lengths between which it pulls actively, in optimal lengths.
    pub lmin: f64,
    pub lmax: f64,
    /// Velocity of shortening at which it pulls no more [optimal lengths/s].
    pub vmax: f64,
    /// Passive force at `lmax`, and active force at the fastest lengthening, both in largest forces.
    pub fpmax: f64,
    pub fvmax: f64,
}

impl Muscle {
    /// The largest active force [N or N m] of a muscle that gives its unit force this acceleration.
    pub fn peak(&self, acc0: f64) -> f64 {
        if self.force < 0.0 { self.scale / acc0.max(1e-15) } else { self.force }
    }
}

/// `force = gain * input + bias`, where `gain = gainprm . (1, length, velocity)`,
/// `bias = biasprm . (1, length, velocity)`, and `input` is the control or, with dynamics, the state.
/// Motors, position and velocity servos, dampers, cylinders, adhesion and general actuators are all of this
/// form. A muscle has curves in the place of gain and bias.
#[derive(Clone, Debug, PartialEq)]
pub struct Actuator {
    pub name: String,
    pub transmission: Transmission,
    /// Scales length and force; only the first counts for scalar joints and tendons, and none for bodies.
    pub gear: [f64; 6],
    pub gainprm: [f64; 3],
    pub biasprm: [f64; 3],
    /// In the place of `gainprm` and `biasprm`, which are zero then.
    pub gain_muscle: Option<Muscle>,
    pub bias_muscle: Option<Muscle>,
    /// Shortest and longest length that a muscle can have [m or rad].
    pub lengthrange: [f64; 2],
    /// Norm of the acceleration that a unit force gives at `qpos0`.
    pub acc0: f64,
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

/// What the length of a tendon is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum TendonPath {
    /// A fixed tendon, a sum of positions: (joint, coefficient); scalar joints only.
    Joints(Vec<(usize, f64)>),
    /// A spatial tendon, a sum of the shortest ways from site to site.
    Sites(Vec<TendonLeg>),
}

/// The way of a spatial tendon from one site to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TendonLeg {
    pub sites: [usize; 2],
    /// The sphere or cylinder about which it may have to go.
    pub over: Option<WrapGeom>,
    /// Of the pulley before it: its length counts by one over this.
    pub divisor: f64,
}

/// A geom about which a tendon goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrapGeom {
    pub geom: usize,
    /// The site on whose side it passes; inside of the geom, so does the tendon.
    pub sidesite: Option<usize>,
}

/// A tendon, fixed or spatial.
#[derive(Clone, Debug, PartialEq)]
pub struct Tendon {
    pub name: String,
    pub path: TendonPath,
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
