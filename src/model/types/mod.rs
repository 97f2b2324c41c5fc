//! The compiled model: immutable arrays, in MuJoCo's names and conventions.
//!
//! Body 0 is the world. Bodies, joints and dofs are in depth-first order, so a parent always comes
//! before its children. Quaternions are (w, x, y, z). Units are SI; angles are radians.

mod force;
mod look;
mod option;
mod sensor;
mod shape;
mod tree;

pub use force::*;
pub use look::*;
pub use option::*;
pub use sensor::*;
pub use shape::*;
pub use tree::*;

/// Most degrees of freedom of a model: the physics keeps which of them touch each other as the bits of one
/// word for each. The constants of the reference position cost the cube of their number.
pub const MAX_DOFS: usize = 128;

/// A vector of three.
pub type Vec3 = [f64; 3];
/// A unit quaternion (w, x, y, z).
pub type Quat = [f64; 4];

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
    pub cameras: Vec<Camera>,
    pub lights: Vec<Light>,
    pub headlight: Headlight,
    pub materials: Vec<Material>,
    pub textures: Vec<Texture>,
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
