//! A model as written: the tree of bodies and the global settings, with their defaults applied, before
//! anything is computed. What acts on the tree is in `spec_forces`.
//!
//! The `Default` of each element is MuJoCo's; classes of defaults are changed copies of it.

use super::diagnostic::Origin;
use super::frames::Pose;
use super::orientation::{Angles, Orientation};
use super::spec_forces::{
    ActuatorSpec, ContactSpec, EqualitySpec, KeySpec, SensorSpec, TendonSpec,
};
use super::spec_looks::{CameraSpec, LightSpec, LookSpec, MaterialSpec, NO_COLOUR, TextureSpec};
use super::types::{
    Cone, Enable, GeomType, Headlight, Integrator, JointType, Medium, Options, Vec3,
};

/// MuJoCo's default constraint parameters.
pub(super) const SOLREF: [f64; 2] = [0.02, 1.0];
pub(super) const SOLIMP: [f64; 5] = [0.9, 0.95, 0.001, 0.5, 2.0];

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
    /// Shapes are fitted to a mesh's bounding box rather than to its inertia.
    pub fitaabb: bool,
    /// Folder of meshes and height fields, relative to that of the main file.
    pub meshdir: Option<String>,
    pub assetdir: Option<String>,
    /// The same of textures.
    pub texturedir: Option<String>,
    /// Only the last part of a path counts.
    pub strippath: bool,
    /// The same where there is no file at the whole path.
    pub or_stripped: bool,
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
    /// Time constant and damping ratio from which spring and damper follow; zero is none.
    pub springdamper: [f64; 2],
    pub qpos_ref: f64,
    pub damping: f64,
    pub armature: f64,
    pub frictionloss: f64,
    pub solref_limit: [f64; 2],
    pub solimp_limit: [f64; 5],
    pub solref_friction: [f64; 2],
    pub solimp_friction: [f64; 5],
    pub actfrclimited: Limited,
    pub actfrcrange: [f64; 2],
    pub actgravcomp: bool,
    /// The `<frame>`s that it is in.
    pub frame: Option<Pose>,
}

/// Where a geom or site is, and how large.
#[derive(Clone, Debug)]
pub(super) struct ShapeSpec {
    pub geom_type: GeomType,
    pub size: Vec3,
    pub pos: Vec3,
    pub orientation: Orientation,
    pub fromto: Option<[f64; 6]>,
    /// The `<frame>`s that it is in.
    pub frame: Option<Pose>,
}

#[derive(Clone, Debug)]
pub(super) struct GeomSpec {
    pub origin: Origin,
    pub name: String,
    pub shape: ShapeSpec,
    pub mesh: Option<String>,
    pub hfield: Option<String>,
    pub fitscale: f64,
    /// The medium acts on the geom rather than on its body's inertia (`fluidshape="ellipsoid"`).
    pub fluid_ellipsoid: bool,
    pub mass: Option<f64>,
    pub density: f64,
    pub contype: u32,
    pub conaffinity: u32,
    pub condim: usize,
    pub priority: i32,
    pub friction: Vec3,
    pub solmix: f64,
    pub solref: [f64; 2],
    pub solimp: [f64; 5],
    pub margin: f64,
    pub gap: f64,
    pub group: i32,
    pub rgba: [f32; 4],
    /// Its colour counts where `rgba` is not given, and how it answers light.
    pub material: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct SiteSpec {
    pub origin: Origin,
    pub name: String,
    pub shape: ShapeSpec,
    pub rgba: [f32; 4],
    pub material: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct InertialSpec {
    pub origin: Origin,
    pub pos: Vec3,
    pub orientation: Orientation,
    pub mass: f64,
    pub diaginertia: Vec3,
    /// xx, yy, zz, xy, xz, yz, along the axes of `orientation`.
    pub fullinertia: Option<[f64; 6]>,
    pub frame: Option<Pose>,
}

#[derive(Clone, Debug)]
pub(super) struct BodySpec {
    pub origin: Origin,
    pub name: String,
    pub parent: usize,
    pub pos: Vec3,
    pub orientation: Orientation,
    /// The `<frame>`s of its parent that it is in.
    pub frame: Option<Pose>,
    /// False if the user forbids the shortcut for bodies that only slide (`simple="false"`).
    pub simple: bool,
    pub gravcomp: f64,
    pub mocap: bool,
    pub inertial: Option<InertialSpec>,
    pub joints: Vec<JointSpec>,
    pub geoms: Vec<GeomSpec>,
    pub sites: Vec<SiteSpec>,
    pub cameras: Vec<CameraSpec>,
    pub lights: Vec<LightSpec>,
    /// Something in it could not be read, so what is computed from it says nothing.
    pub flawed: bool,
}

/// How a mesh gets its volume, centre and axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeshInertia {
    Legacy,
    Exact,
    Convex,
    Shell,
}

#[derive(Clone, Debug)]
pub(super) struct MeshSpec {
    pub origin: Origin,
    pub name: String,
    pub file: Option<String>,
    pub content_type: Option<String>,
    pub vertex: Vec<f64>,
    pub face: Vec<f64>,
    pub scale: Vec3,
    pub refpos: Vec3,
    pub refquat: [f64; 4],
    pub inertia: MeshInertia,
}

#[derive(Clone, Debug)]
pub(super) struct HfieldSpec {
    pub origin: Origin,
    pub name: String,
    pub file: Option<String>,
    pub content_type: Option<String>,
    pub nrow: usize,
    pub ncol: usize,
    pub size: [f64; 4],
    pub elevation: Vec<f64>,
}

/// The whole file. Body 0 is the world; bodies are in depth-first order.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub origin: Origin,
    pub name: String,
    pub compiler: Compiler,
    pub opt: Options,
    pub looks: Vec<LookSpec>,
    pub headlight: Headlight,
    pub materials: Vec<MaterialSpec>,
    pub textures: Vec<TextureSpec>,
    pub meshes: Vec<MeshSpec>,
    pub hfields: Vec<HfieldSpec>,
    pub contact: ContactSpec,
    pub bodies: Vec<BodySpec>,
    pub tendons: Vec<TendonSpec>,
    pub equalities: Vec<EqualitySpec>,
    pub actuators: Vec<ActuatorSpec>,
    pub sensors: Vec<SensorSpec>,
    pub keys: Vec<KeySpec>,
}

impl Spec {
    /// A model of nothing but the world.
    pub fn empty(origin: Origin, name: String) -> Self {
        let world = BodySpec::new(origin.clone(), "world".to_owned(), 0);
        Self {
            origin,
            name,
            compiler: Compiler::default(),
            opt: default_options(),
            looks: Vec::new(),
            headlight: Headlight::default(),
            materials: Vec::new(),
            textures: Vec::new(),
            meshes: Vec::new(),
            hfields: Vec::new(),
            contact: ContactSpec::default(),
            bodies: vec![world],
            tendons: Vec::new(),
            equalities: Vec::new(),
            actuators: Vec::new(),
            sensors: Vec::new(),
            keys: Vec::new(),
        }
    }
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
            fitaabb: false,
            meshdir: None,
            assetdir: None,
            texturedir: None,
            strippath: false,
            or_stripped: false,
        }
    }
}

pub(super) fn default_options() -> Options {
    Options {
        timestep: 0.002,
        gravity: [0.0, 0.0, -9.81],
        magnetic: [0.0, -0.5, 0.0],
        medium: Medium::default(),
        integrator: Integrator::Euler,
        cone: Cone::Pyramidal,
        impratio: 1.0,
        enable: Enable {
            equality: true,
            frictionloss: true,
            limit: true,
            spring: true,
            damper: true,
            actuation: true,
            clampctrl: true,
        },
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
            springdamper: [0.0; 2],
            qpos_ref: 0.0,
            damping: 0.0,
            armature: 0.0,
            frictionloss: 0.0,
            solref_limit: SOLREF,
            solimp_limit: SOLIMP,
            solref_friction: SOLREF,
            solimp_friction: SOLIMP,
            actfrclimited: Limited::Auto,
            actfrcrange: [0.0; 2],
            actgravcomp: false,
            frame: None,
        }
    }
}

impl ShapeSpec {
    pub fn sphere(size: f64) -> Self {
        Self {
            geom_type: GeomType::Sphere,
            size: [size; 3],
            pos: [0.0; 3],
            orientation: Orientation::default(),
            fromto: None,
            frame: None,
        }
    }
}

impl Default for GeomSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            shape: ShapeSpec::sphere(0.0),
            mesh: None,
            hfield: None,
            fitscale: 1.0,
            fluid_ellipsoid: false,
            mass: None,
            density: 1000.0,
            contype: 1,
            conaffinity: 1,
            condim: 3,
            priority: 0,
            friction: [1.0, 0.005, 0.0001],
            solmix: 1.0,
            solref: SOLREF,
            solimp: SOLIMP,
            margin: 0.0,
            gap: 0.0,
            group: 0,
            rgba: NO_COLOUR,
            material: None,
        }
    }
}

impl Default for SiteSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            shape: ShapeSpec::sphere(0.005),
            rgba: NO_COLOUR,
            material: None,
        }
    }
}

impl Default for MeshSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            file: None,
            content_type: None,
            vertex: Vec::new(),
            face: Vec::new(),
            scale: [1.0; 3],
            refpos: [0.0; 3],
            refquat: [1.0, 0.0, 0.0, 0.0],
            inertia: MeshInertia::Legacy,
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
            frame: None,
            simple: true,
            gravcomp: 0.0,
            mocap: false,
            inertial: None,
            joints: Vec::new(),
            geoms: Vec::new(),
            sites: Vec::new(),
            cameras: Vec::new(),
            lights: Vec::new(),
            flawed: false,
        }
    }
}
