//! The compiled model: immutable arrays, in MuJoCo's names and conventions.
//!
//! Body 0 is the world. Bodies, joints and dofs are in depth-first order, so a parent always comes
//! before its children. Quaternions are (w, x, y, z). Units are SI; angles are radians.

/// A vector of three.
pub type Vec3 = [f64; 3];
/// A unit quaternion (w, x, y, z).
pub type Quat = [f64; 4];

/// Joint kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointType {
    /// Three positions [m] and a quaternion; velocities are linear in the world frame [m/s], then
    /// angular in the body frame [rad/s].
    Free,
    /// A quaternion relative to the parent; angular velocity in the body frame [rad/s].
    Ball,
    Slide,
    Hinge,
}

impl JointType {
    /// Numbers in `qpos`.
    pub fn nq(self) -> usize {
        match self {
            Self::Free => 7,
            Self::Ball => 4,
            Self::Slide | Self::Hinge => 1,
        }
    }

    /// Degrees of freedom.
    pub fn nv(self) -> usize {
        match self {
            Self::Free => 6,
            Self::Ball => 3,
            Self::Slide | Self::Hinge => 1,
        }
    }
}

/// Shapes of geoms, in MuJoCo's order, by which the two geoms of a pair are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GeomType {
    Plane,
    HeightField,
    Sphere,
    Capsule,
    Ellipsoid,
    Cylinder,
    Box,
    Mesh,
}

/// How velocities are integrated over a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit Euler, joint damping implicit.
    Euler,
    /// Runge and Kutta's fourth order.
    Rk4,
    /// Semi-implicit Euler with the symmetric derivatives of passive and actuator forces by velocity.
    ImplicitFast,
}

/// Shape of friction cones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cone {
    Pyramidal,
    Elliptic,
}

/// Global options (`<option>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Step [s].
    pub timestep: f64,
    /// Gravity in the world frame [m/s^2].
    pub gravity: Vec3,
    pub integrator: Integrator,
    pub cone: Cone,
    /// Ratio of frictional to normal constraint impedance, for elliptic cones.
    pub impratio: f64,
    /// Which forces are simulated (`<flag>`).
    pub enable: Enable,
    /// Euler treats joint damping implicitly (`<flag eulerdamp>`).
    pub eulerdamp: bool,
    /// The constraint time constant is at least two steps (`<flag refsafe>`).
    pub refsafe: bool,
    /// Constraint solver's largest number of iterations.
    pub iterations: usize,
    /// Constraint solver stops when its scaled improvement or gradient falls below this.
    pub tolerance: f64,
    /// Largest number of line search steps.
    pub ls_iterations: usize,
    /// Line search tolerance, relative to `tolerance`.
    pub ls_tolerance: f64,
}

/// Parts of the simulation that a model can switch off (`<flag>`); all are on by default. Gravity
/// that is off is gravity zero, contacts that are off are an empty list of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enable {
    pub equality: bool,
    pub frictionloss: bool,
    pub limit: bool,
    pub spring: bool,
    pub damper: bool,
    pub actuation: bool,
    /// Controls are clamped to their range.
    pub clampctrl: bool,
}

/// A rigid body; index 0 is the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub name: String,
    /// Index of the parent; the world is its own parent.
    pub parentid: usize,
    /// The top of this body's kinematic tree: the ancestor whose parent is the world.
    pub rootid: usize,
    /// Frame relative to the parent [m].
    pub pos: Vec3,
    pub quat: Quat,
    /// Inertial frame relative to the body [m].
    pub ipos: Vec3,
    pub iquat: Quat,
    /// [kg]
    pub mass: f64,
    /// Principal moments of inertia in the inertial frame [kg m^2].
    pub inertia: Vec3,
    /// Mass of this body and all its descendants [kg].
    pub subtreemass: f64,
    pub jntadr: usize,
    pub jntnum: usize,
    pub dofadr: usize,
    pub dofnum: usize,
    /// Mean inverse inertia at `qpos0`, translational [1/kg] and rotational [1/(kg m^2)].
    pub invweight0: [f64; 2],
    /// A leaf that only slides along its own axes: MuJoCo's shortcut for `invweight0` is used.
    pub only_slides: bool,
    /// The part of the body's weight that is taken from it; 1 floats.
    pub gravcomp: f64,
    /// Moved by the user, not by forces (`mocap`); such a body stands at `pos`, `quat`.
    pub mocap: bool,
}

/// A joint; its dofs are `dofadr .. dofadr + jnt_type.nv()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    pub name: String,
    pub jnt_type: JointType,
    pub bodyid: usize,
    /// Where its position begins in `qpos`.
    pub qposadr: usize,
    /// Its first dof.
    pub dofadr: usize,
    /// Anchor in the body frame [m]; zero for free joints.
    pub pos: Vec3,
    /// Unit axis in the body frame; meaningless for free and ball joints.
    pub axis: Vec3,
    /// Spring [N/m or N m/rad] towards `qpos_spring`; of free joints, for both parts.
    pub stiffness: f64,
    pub limited: bool,
    /// [m or rad]; of a ball joint 0 and the largest angle.
    pub range: [f64; 2],
    /// Distance from the limit at which its constraint begins [m or rad].
    pub margin: f64,
    pub solref_limit: [f64; 2],
    pub solimp_limit: [f64; 5],
    /// Bounds of the sum of actuator forces on this joint, if it has any [N or N m].
    pub actfrcrange: Option<[f64; 2]>,
    /// Gravity compensation of the body counts as actuator force of this joint.
    pub actgravcomp: bool,
}

/// A degree of freedom.
#[derive(Clone, Debug, PartialEq)]
pub struct Dof {
    pub bodyid: usize,
    pub jntid: usize,
    /// The next dof towards the root, in this body or above.
    pub parentid: Option<usize>,
    /// Rotor inertia added to the diagonal of M [kg or kg m^2].
    pub armature: f64,
    /// [N s/m or N m s/rad]
    pub damping: f64,
    /// Diagonal of the inverse of M at `qpos0` [1/kg or 1/(kg m^2)].
    pub invweight0: f64,
    /// Dry friction [N or N m]; zero is none.
    pub frictionloss: f64,
    pub solref_friction: [f64; 2],
    pub solimp_friction: [f64; 5],
}

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

/// A shape fixed to a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Geom {
    pub name: String,
    pub geom_type: GeomType,
    pub bodyid: usize,
    /// MuJoCo's size parameters of the shape: radius, half-lengths [m].
    pub size: Vec3,
    /// Frame relative to the body [m].
    pub pos: Vec3,
    pub quat: Quat,
    pub contype: u32,
    pub conaffinity: u32,
    /// 1 frictionless, 3 sliding, 4 torsion, 6 rolling friction.
    pub condim: usize,
    pub priority: i32,
    /// Sliding, torsional [m], rolling [m].
    pub friction: Vec3,
    pub solmix: f64,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
    /// Distance at which contacts begin to push, and how much farther they are already found [m];
    /// those of the two geoms of a pair add up.
    pub margin: f64,
    pub gap: f64,
    /// Radius of a sphere about the geom's centre that holds it; 0 for planes, which have no bound [m].
    pub rbound: f64,
    /// Index into `meshes` or `hfields`.
    pub dataid: Option<usize>,
    pub group: i32,
    /// Red, green, blue, alpha in [0, 1].
    pub rgba: [f32; 4],
}

/// Two geoms that may touch, with their contact parameters mixed by priority and solmix, or as given
/// by `<pair>`. In MuJoCo's order: by bodies, of the same bodies explicit pairs first, then by geoms.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Sorted by type, as contact functions expect it; equal types by index.
    pub geom1: usize,
    pub geom2: usize,
    pub condim: usize,
    /// Two sliding, one torsional, two rolling coefficients, each at least MuJoCo's `mjMINMU`.
    pub friction: [f64; 5],
    pub solref: [f64; 2],
    /// For the friction rows of elliptic cones; zero: as `solref`.
    pub solreffriction: [f64; 2],
    pub solimp: [f64; 5],
    /// Distance at which the contact begins to push, and how much farther it is already found [m].
    pub margin: f64,
    pub gap: f64,
}

/// A frame fixed to a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    pub name: String,
    pub bodyid: usize,
    /// Sphere, capsule, ellipsoid, cylinder or box: the volume of a touch sensor.
    pub site_type: GeomType,
    pub size: Vec3,
    /// Frame relative to the body [m].
    pub pos: Vec3,
    pub quat: Quat,
    pub rgba: [f32; 4],
}

/// A triangle mesh in the frame of its principal axes of inertia, about its centre of mass.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    pub name: String,
    /// All vertices and triangles, for drawing [m].
    pub vertices: Vec<Vec3>,
    pub faces: Vec<[u32; 3]>,
    /// Vertices of the convex hull, for contacts; none if no geom of this mesh can touch anything.
    pub hull: Vec<Vec3>,
    /// Triangles of the hull, outward, as indices into `hull`.
    pub hull_faces: Vec<[u32; 3]>,
}

/// A height field over a rectangle of its geom's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct HeightField {
    pub name: String,
    pub nrow: usize,
    pub ncol: usize,
    /// Half-lengths along x and y, largest elevation, depth of the base below zero [m].
    pub size: [f64; 4],
    /// Elevations in [0, 1], row by row along y, shape (nrow, ncol).
    pub data: Vec<f64>,
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

/// What a frame sensor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameObject {
    /// A body's inertial frame (`objtype="body"`).
    Body(usize),
    /// A body's own frame (`objtype="xbody"`).
    XBody(usize),
    Geom(usize),
    Site(usize),
}

/// What a sensor measures. Vectors are in the frame of the site where there is one, else in that of
/// the reference object, else in the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorType {
    /// Sum of normal contact forces inside the site's volume [N].
    Touch(usize),
    /// [m/s^2], at this site, gravity included.
    Accelerometer(usize),
    /// [m/s]
    Velocimeter(usize),
    /// [rad/s]
    Gyro(usize),
    /// Between the site's body and its parent [N].
    Force(usize),
    /// [N m]
    Torque(usize),
    JointPos(usize),
    JointVel(usize),
    /// A ball joint's quaternion.
    BallQuat(usize),
    BallAngVel(usize),
    /// Sum of actuator forces on a joint.
    JointActuatorFrc(usize),
    TendonPos(usize),
    TendonVel(usize),
    ActuatorPos(usize),
    ActuatorVel(usize),
    ActuatorFrc(usize),
    /// Distance to a joint's nearer limit; of the row, velocity and force.
    JointLimitPos(usize),
    JointLimitVel(usize),
    JointLimitFrc(usize),
    FramePos(FrameObject, Option<FrameObject>),
    FrameQuat(FrameObject, Option<FrameObject>),
    FrameXAxis(FrameObject, Option<FrameObject>),
    FrameYAxis(FrameObject, Option<FrameObject>),
    FrameZAxis(FrameObject, Option<FrameObject>),
    FrameLinVel(FrameObject, Option<FrameObject>),
    FrameAngVel(FrameObject, Option<FrameObject>),
    FrameLinAcc(FrameObject),
    FrameAngAcc(FrameObject),
    SubtreeCom(usize),
    SubtreeLinVel(usize),
    SubtreeAngMom(usize),
    Clock,
}

/// A sensor (`<sensor>`); its values are `adr .. adr + dim` of `sensordata`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    pub name: String,
    pub sensor_type: SensorType,
    pub adr: usize,
    pub dim: usize,
    /// Largest magnitude, zero for none.
    pub cutoff: f64,
}

/// A named state of the model (`<key>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Keyframe {
    pub name: String,
    /// shape (nq,)
    pub qpos: Vec<f64>,
    /// shape (nv,)
    pub qvel: Vec<f64>,
    /// shape (na,)
    pub act: Vec<f64>,
    /// shape (nu,)
    pub ctrl: Vec<f64>,
}

/// A compiled model. Made by the MJCF compiler, immutable ever after.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub name: String,
    pub opt: Options,
    /// Positions.
    pub nq: usize,
    /// Degrees of freedom.
    pub nv: usize,
    /// Controls.
    pub nu: usize,
    /// Actuator states.
    pub na: usize,
    /// Sensor values.
    pub nsensordata: usize,
    pub bodies: Vec<Body>,
    pub joints: Vec<Joint>,
    pub dofs: Vec<Dof>,
    pub actuators: Vec<Actuator>,
    pub geoms: Vec<Geom>,
    /// Every two geoms that may touch.
    pub pairs: Vec<Pair>,
    pub sites: Vec<Site>,
    pub meshes: Vec<Mesh>,
    pub hfields: Vec<HeightField>,
    pub tendons: Vec<Tendon>,
    pub equalities: Vec<Equality>,
    pub sensors: Vec<Sensor>,
    pub keyframes: Vec<Keyframe>,
    /// Reference positions, shape (nq,) [m or rad].
    pub qpos0: Vec<f64>,
    /// Positions at which springs rest, shape (nq,) [m or rad].
    pub qpos_spring: Vec<f64>,
    /// Mean diagonal of M at `qpos0`; scales the solver's tolerance.
    pub meaninertia: f64,
}
