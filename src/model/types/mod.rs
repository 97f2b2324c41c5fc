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

use crate::diagnostic::Location;
use std::sync::Arc;

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
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Joint positions [m or rad; quaternions], shape (nq,).
    pub qpos: Vec<f64>,
    /// Joint velocities [m/s or rad/s], shape (nv,).
    pub qvel: Vec<f64>,
    /// Actuator states, shape (na,).
    pub act: Vec<f64>,
    /// Controls, shape (nu,).
    pub ctrl: Vec<f64>,
}

/// A compiled model. Made by the MJCF compiler, immutable ever after.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name of the model in its file.
    pub name: String,
    /// Global options.
    pub opt: Options,
    /// Length of `qpos`.
    pub nq: usize,
    /// Degrees of freedom: length of `qvel`.
    pub nv: usize,
    /// Number of actuators: length of `ctrl`.
    pub nu: usize,
    /// Number of actuator states: length of `act`.
    pub na: usize,
    /// Number of sensor values: length of `sensordata`.
    pub nsensordata: usize,
    /// Bodies in depth-first order, shape (nbody,); the first is the world.
    pub bodies: Vec<Body>,
    /// Joints in the order of their bodies, shape (njnt,).
    pub joints: Vec<Joint>,
    /// Degrees of freedom in the order of their joints, shape (nv,).
    pub dofs: Vec<Dof>,
    /// Actuators in the order of the file, shape (nu,).
    pub actuators: Vec<Actuator>,
    /// Geoms in the order of their bodies, shape (ngeom,).
    pub geoms: Vec<Geom>,
    /// Every two geoms that may touch.
    pub pairs: Vec<Pair>,
    /// Sites in the order of their bodies, shape (nsite,).
    pub sites: Vec<Site>,
    /// Cameras in the order of their bodies, shape (ncam,).
    pub cameras: Vec<Camera>,
    /// Lights in the order of their bodies, shape (nlight,).
    pub lights: Vec<Light>,
    /// The light at the camera.
    pub headlight: Headlight,
    /// Materials of geoms, shape (nmat,).
    pub materials: Vec<Material>,
    /// Textures of materials, shape (ntex,).
    pub textures: Vec<Texture>,
    /// Meshes of geoms, shape (nmesh,).
    pub meshes: Vec<Mesh>,
    /// Height fields of geoms, shape (nhfield,).
    pub hfields: Vec<HeightField>,
    /// Tendons in the order of the file, shape (ntendon,).
    pub tendons: Vec<Tendon>,
    /// Equality constraints that are active at the start, in the order of the file.
    pub equalities: Vec<Equality>,
    /// Sensors in the order of the file, shape (nsensor,).
    pub sensors: Vec<Sensor>,
    /// Keyframes in the order of the file, shape (nkey,).
    pub keyframes: Vec<Keyframe>,
    /// Reference positions, shape (nq,) [m or rad].
    pub qpos0: Vec<f64>,
    /// Positions at which springs rest, shape (nq,) [m or rad].
    pub qpos_spring: Vec<f64>,
    /// Mean diagonal of M at `qpos0`; scales the solver's tolerance.
    pub meaninertia: f64,
    /// Where each geom stands in its file, for messages.
    pub geom_locations: Locations,
}

/// Where parts of a model stand in its files. It is no part of what the model is: all are equal, and none is printed.
#[derive(Clone, Default)]
pub struct Locations(Arc<Vec<Location>>);

impl Locations {
    /// The location of the part of an index, where it is known.
    pub fn get(&self, index: usize) -> Option<&Location> {
        self.0.get(index)
    }

    pub(super) fn push(&mut self, location: Location) {
        Arc::make_mut(&mut self.0).push(location);
    }
}

impl PartialEq for Locations {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl std::fmt::Debug for Locations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Locations")
    }
}
