//! The compiled model: immutable arrays, in MuJoCo's names and conventions.
//!
//! Body 0 is the world. Bodies, joints and dofs are in depth-first order, so a parent always comes
//! before its children. Quaternions are (w, x, y, z). Units are SI; angles are radians.

/// A vector of three.
pub type Vec3 = [f64; 3];
/// A unit quaternion (w, x, y, z).
pub type Quat = [f64; 4];

/// Joint kinds; each has one position and one degree of freedom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointType {
    Slide,
    Hinge,
}

/// Shapes of geoms. They give bodies their mass and the viewer something to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeomType {
    Plane,
    Sphere,
    Capsule,
    Box,
    Cylinder,
    Ellipsoid,
}

/// How velocities are integrated over a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// Semi-implicit Euler, joint damping implicit.
    Euler,
    /// Runge and Kutta's fourth order.
    Rk4,
}

/// Global options (`<option>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Step [s].
    pub timestep: f64,
    /// Gravity in the world frame [m/s^2].
    pub gravity: Vec3,
    pub integrator: Integrator,
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
}

/// A joint, which has one dof of the same index.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    pub name: String,
    pub jnt_type: JointType,
    pub bodyid: usize,
    /// Where its position begins in `qpos`.
    pub qposadr: usize,
    /// Its first dof.
    pub dofadr: usize,
    /// Anchor in the body frame [m].
    pub pos: Vec3,
    /// Unit axis in the body frame.
    pub axis: Vec3,
    /// Spring [N/m or N m/rad] towards `qpos_spring`.
    pub stiffness: f64,
    pub limited: bool,
    /// [m or rad]
    pub range: [f64; 2],
    /// Distance from the limit at which its constraint begins [m or rad].
    pub margin: f64,
    pub solref_limit: [f64; 2],
    pub solimp_limit: [f64; 5],
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
}

/// A motor: `force = clamp(ctrl)`, applied to its joint times `gear`.
#[derive(Clone, Debug, PartialEq)]
pub struct Actuator {
    pub name: String,
    /// Joint that it drives.
    pub jntid: usize,
    pub gear: f64,
    /// Limits of the control signal, if it has any.
    pub ctrlrange: Option<[f64; 2]>,
    /// Limits of the force before gearing, if it has any [N or N m].
    pub forcerange: Option<[f64; 2]>,
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
    /// Red, green, blue, alpha in [0, 1].
    pub rgba: [f32; 4],
}

/// A named state of the model (`<key>`).
#[derive(Clone, Debug, PartialEq)]
pub struct Keyframe {
    pub name: String,
    /// shape (nq,)
    pub qpos: Vec<f64>,
    /// shape (nv,)
    pub qvel: Vec<f64>,
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
    pub bodies: Vec<Body>,
    pub joints: Vec<Joint>,
    pub dofs: Vec<Dof>,
    pub actuators: Vec<Actuator>,
    pub geoms: Vec<Geom>,
    pub keyframes: Vec<Keyframe>,
    /// Reference positions, shape (nq,) [m or rad].
    pub qpos0: Vec<f64>,
    /// Positions at which springs rest, shape (nq,) [m or rad].
    pub qpos_spring: Vec<f64>,
    /// Mean diagonal of M at `qpos0`; scales the solver's tolerance.
    pub meaninertia: f64,
}
