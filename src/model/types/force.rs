//! What acts on the tree: actuators, tendons, equality constraints.

use super::{Quat, Vec3};

/// Transmission of an actuator.
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

/// Dynamics of an actuator's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActuatorDynamics {
    /// No state: the control itself is the input of the gain.
    None,
    /// The state's rate of change is the control.
    Integrator,
    /// First-order low pass with this time constant \[s\].
    Filter(f64),
    /// The same low pass, integrated exactly.
    FilterExact(f64),
    /// A muscle's activation, which follows a control in [0, 1] faster than it goes back: time constants \[s\] of
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
    /// Numerator of the peak force where `force` is negative: the peak is `scale / acc0`.
    pub scale: f64,
    /// Shortest length at which it pulls actively [optimal lengths].
    pub lmin: f64,
    /// Longest length at which it pulls actively [optimal lengths].
    pub lmax: f64,
    /// Velocity of shortening at which it pulls no more [optimal lengths/s].
    pub vmax: f64,
    /// Passive force at `lmax`, as a multiple of the peak force.
    pub fpmax: f64,
    /// Active force at the fastest lengthening, as a multiple of the peak force.
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
    /// Name in the file; empty if it has none.
    pub name: String,
    /// What it acts on.
    pub transmission: Transmission,
    /// Scales length and force; only the first counts for scalar joints and tendons, and none for bodies.
    pub gear: [f64; 6],
    /// Factors of 1, length and velocity in the gain.
    pub gainprm: [f64; 3],
    /// Factors of 1, length and velocity in the bias.
    pub biasprm: [f64; 3],
    /// Muscle curve in the place of `gainprm`, which is zero then.
    pub gain_muscle: Option<Muscle>,
    /// Muscle curve in the place of `biasprm`, which is zero then.
    pub bias_muscle: Option<Muscle>,
    /// Shortest and longest length that a muscle can have [m or rad].
    pub lengthrange: [f64; 2],
    /// Norm of the acceleration that a unit force gives at `qpos0`.
    pub acc0: f64,
    /// How its state follows the control.
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

/// Definition of a tendon's length.
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
    /// Indices of the two sites, in the order of the path.
    pub sites: [usize; 2],
    /// The sphere or cylinder about which it may have to go.
    pub over: Option<WrapGeom>,
    /// Of the pulley before it: its length counts by one over this.
    pub divisor: f64,
}

/// A geom about which a tendon goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrapGeom {
    /// Index of the geom, a sphere or a cylinder.
    pub geom: usize,
    /// The site on whose side it passes; inside of the geom, so does the tendon.
    pub sidesite: Option<usize>,
}

/// A tendon, fixed or spatial.
#[derive(Clone, Debug, PartialEq)]
pub struct Tendon {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// What its length is made of.
    pub path: TendonPath,
    /// Whether its length is kept within `range`.
    pub limited: bool,
    /// Shortest and longest length [m; of fixed tendons in the units of their joints].
    pub range: [f64; 2],
    /// Distance from the limit at which its constraint begins [as `range`].
    pub margin: f64,
    /// `solref` of the limit: time constant \[s\] and damping ratio, or, both negative, -stiffness and
    /// -damping.
    pub solref_limit: [f64; 2],
    /// `solimp` of the limit: impedance at and far from it, width, midpoint and power of the transition.
    pub solimp_limit: [f64; 5],
    /// Dry friction along the tendon [N or N m]; zero is none.
    pub frictionloss: f64,
    /// `solref` of the friction rows.
    pub solref_friction: [f64; 2],
    /// `solimp` of the friction rows.
    pub solimp_friction: [f64; 5],
    /// Stiffness of its spring [N/m or N m/rad].
    pub stiffness: f64,
    /// Damping of its velocity [N s/m or N m s/rad].
    pub damping: f64,
    /// Inertia of its velocity [kg or kg m^2].
    pub armature: f64,
    /// The spring rests between these lengths.
    pub lengthspring: [f64; 2],
    /// Bounds of the sum of actuator forces, if it has any.
    pub actfrcrange: Option<[f64; 2]>,
    /// Length at `qpos0` [m or rad].
    pub length0: f64,
    /// Inverse inertia along the tendon at `qpos0` [1/kg or 1/(kg m^2)].
    pub invweight0: f64,
}

/// Type of an equality constraint, with its data.
#[derive(Clone, Debug, PartialEq)]
pub enum EqualityType {
    /// A point of the first body and a point of the second are held together.
    Connect {
        /// Indices of the two bodies.
        bodies: [usize; 2],
        /// The two points, each in its own body's frame \[m\].
        anchors: [Vec3; 2],
    },
    /// Two bodies are held in a fixed relative pose (MuJoCo's `eq_data`).
    Weld {
        /// Indices of the two bodies.
        bodies: [usize; 2],
        /// The point of body 2, in its frame, at which the translation is measured \[m\].
        anchor: Vec3,
        /// Position of body 2 in the frame of body 1 \[m\].
        relpos: Vec3,
        /// Orientation of body 2 in the frame of body 1.
        relquat: Quat,
        /// Weight of rotation against translation \[m\].
        torquescale: f64,
    },
    /// Joint 1 minus a polynomial of the second joint's position is zero, both relative to `qpos0`; without a
    /// second joint its position counts as zero.
    Joint {
        /// Indices of the two joints.
        joints: (usize, Option<usize>),
        /// Coefficients of the polynomial, the constant first.
        polycoef: [f64; 5],
    },
    /// The same for lengths of tendons, relative to `length0`.
    Tendon {
        /// Indices of the two tendons.
        tendons: (usize, Option<usize>),
        /// Coefficients of the polynomial, the constant first.
        polycoef: [f64; 5],
    },
}

/// An equality constraint (`<equality>`); those that are not active at the start are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Equality {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// What it holds together.
    pub equality_type: EqualityType,
    /// Time constant \[s\] and damping ratio, or, both negative, -stiffness and -damping.
    pub solref: [f64; 2],
    /// Impedance at and far from zero violation, width, midpoint and power of the transition.
    pub solimp: [f64; 5],
}
