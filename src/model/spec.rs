//! A model as written: elements with their defaults applied, before anything is computed.
//!
//! The `Default` of each element is MuJoCo's; classes of defaults are changed copies of it.

use super::diagnostic::Origin;
use super::orientation::{Angles, Orientation};
use super::types::{GeomType, Integrator, JointType, Options, Vec3};

/// `<compiler>`.
#[derive(Clone, Debug)]
pub(super) struct Compiler {
    pub angles: Angles,
    pub autolimits: bool,
    pub inertiafromgeom: InertiaFromGeom,
    /// Groups of geoms that give mass, first and last.
    pub inertiagrouprange: [i32; 2],
    pub boundmass: f64,
    pub boundinertia: f64,
    /// Scale all masses to this sum [kg], if above zero.
    pub settotalmass: f64,
    pub balanceinertia: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InertiaFromGeom {
    Never,
    Always,
    /// Where there is no `<inertial>`.
    Auto,
}

/// Whether a range is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limited {
    No,
    Yes,
    /// If there is a range and `autolimits` allows it.
    Auto,
}

#[derive(Clone, Debug)]
pub(super) struct JointSpec {
    pub origin: Origin,
    pub name: String,
    pub jnt_type: JointType,
    pub pos: Vec3,
    pub axis: Vec3,
    pub limited: Limited,
    /// In the angle unit of the file, as `qpos_ref` and `springref`.
    pub range: [f64; 2],
    pub margin: f64,
    pub stiffness: f64,
    pub springref: f64,
    pub qpos_ref: f64,
    pub damping: f64,
    pub armature: f64,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
}

#[derive(Clone, Debug)]
pub(super) struct GeomSpec {
    pub origin: Origin,
    pub name: String,
    pub geom_type: GeomType,
    pub size: Vec3,
    pub pos: Vec3,
    pub orientation: Orientation,
    pub fromto: Option<[f64; 6]>,
    pub mass: Option<f64>,
    pub density: f64,
    pub contype: u32,
    pub conaffinity: u32,
    pub group: i32,
    pub rgba: [f32; 4],
}

#[derive(Clone, Debug)]
pub(super) struct MotorSpec {
    pub origin: Origin,
    pub name: String,
    pub joint: Option<String>,
    /// Only the first counts for a joint of one degree of freedom.
    pub gear: [f64; 6],
    pub ctrllimited: Limited,
    pub ctrlrange: [f64; 2],
    pub forcelimited: Limited,
    pub forcerange: [f64; 2],
}

#[derive(Clone, Debug)]
pub(super) struct InertialSpec {
    pub origin: Origin,
    pub pos: Vec3,
    pub orientation: Orientation,
    pub mass: f64,
    pub diaginertia: Vec3,
    /// xx, yy, zz, xy, xz, yz.
    pub fullinertia: Option<[f64; 6]>,
}

#[derive(Clone, Debug)]
pub(super) struct BodySpec {
    pub origin: Origin,
    pub name: String,
    pub parent: usize,
    pub pos: Vec3,
    pub orientation: Orientation,
    /// False if the user forbids the shortcut for bodies that only slide (`simple="false"`).
    pub simple: bool,
    pub inertial: Option<InertialSpec>,
    pub joints: Vec<JointSpec>,
    pub geoms: Vec<GeomSpec>,
    /// Something in it could not be read, so what is computed from it says nothing.
    pub flawed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct KeySpec {
    pub origin: Origin,
    pub name: String,
    pub qpos: Option<Vec<f64>>,
    pub qvel: Option<Vec<f64>>,
    pub ctrl: Option<Vec<f64>>,
}

/// What decides whether two geoms may touch.
#[derive(Clone, Debug)]
pub(super) struct ContactSpec {
    pub enabled: bool,
    /// Parent and child do not touch.
    pub filterparent: bool,
    /// Names of two bodies that do not touch.
    pub excludes: Vec<(Origin, [String; 2])>,
}

/// The whole file. Body 0 is the world; bodies are in depth-first order.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub origin: Origin,
    pub name: String,
    pub compiler: Compiler,
    pub opt: Options,
    pub contact: ContactSpec,
    pub bodies: Vec<BodySpec>,
    pub motors: Vec<MotorSpec>,
    pub keys: Vec<KeySpec>,
}

impl Default for Compiler {
    fn default() -> Self {
        Self {
            angles: Angles { degree: true, eulerseq: *b"xyz" },
            autolimits: true,
            inertiafromgeom: InertiaFromGeom::Auto,
            inertiagrouprange: [0, 5],
            boundmass: 0.0,
            boundinertia: 0.0,
            settotalmass: -1.0,
            balanceinertia: false,
        }
    }
}

pub(super) fn default_options() -> Options {
    Options {
        timestep: 0.002,
        gravity: [0.0, 0.0, -9.81],
        integrator: Integrator::Euler,
        eulerdamp: true,
        refsafe: true,
        iterations: 100,
        tolerance: 1e-8,
        ls_iterations: 50,
        ls_tolerance: 0.01,
    }
}

impl Default for JointSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            jnt_type: JointType::Hinge,
            pos: [0.0; 3],
            axis: [0.0, 0.0, 1.0],
            limited: Limited::Auto,
            range: [0.0; 2],
            margin: 0.0,
            stiffness: 0.0,
            springref: 0.0,
            qpos_ref: 0.0,
            damping: 0.0,
            armature: 0.0,
            solref: [0.02, 1.0],
            solimp: [0.9, 0.95, 0.001, 0.5, 2.0],
        }
    }
}

impl Default for GeomSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            geom_type: GeomType::Sphere,
            size: [0.0; 3],
            pos: [0.0; 3],
            orientation: Orientation::default(),
            fromto: None,
            mass: None,
            density: 1000.0,
            contype: 1,
            conaffinity: 1,
            group: 0,
            rgba: [0.5, 0.5, 0.5, 1.0],
        }
    }
}

impl Default for MotorSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            joint: None,
            gear: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            ctrllimited: Limited::Auto,
            ctrlrange: [0.0; 2],
            forcelimited: Limited::Auto,
            forcerange: [0.0; 2],
        }
    }
}

impl BodySpec {
    pub fn new(origin: Origin, name: String, parent: usize) -> Self {
        Self {
            origin,
            name,
            parent,
            pos: [0.0; 3],
            orientation: Orientation::default(),
            simple: true,
            inertial: None,
            joints: Vec::new(),
            geoms: Vec::new(),
            flawed: false,
        }
    }
}
