//! How a model looks, and from where: cameras, lights, materials and textures.

use super::{Quat, Vec3};

/// How the frame of a camera or light follows its body (`mjtCamLight`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CamLightMode {
    /// Fixed to the body.
    Fixed,
    /// Moves with the body and does not turn.
    Track,
    /// The same with the centre of mass of the body's subtree.
    TrackCom,
    /// Fixed to the body, turned towards another.
    TargetBody,
    /// The same towards the centre of mass of the other's subtree.
    TargetBodyCom,
}

/// A pinhole camera: it looks along its -z, x is to the right and y up.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    pub name: String,
    pub mode: CamLightMode,
    pub bodyid: usize,
    /// The body that it is turned to.
    pub targetbodyid: Option<usize>,
    /// Frame relative to the body [m].
    pub pos: Vec3,
    pub quat: Quat,
    /// At `qpos0`, in world axes: its place from the body and from the centre of mass of the body's subtree
    /// [m], and its axes (columns of a row-major matrix).
    pub pos0: Vec3,
    pub poscom0: Vec3,
    pub mat0: [f64; 9],
    /// Parallel rays; `fovy` is then the height of what is seen [m].
    pub orthographic: bool,
    /// Vertical field of view [degrees].
    pub fovy: f64,
    /// Width and height [pixels].
    pub resolution: [usize; 2],
    /// Width and height of the sensor [m]; zero: `fovy` says what is seen.
    pub sensorsize: [f64; 2],
    /// Of a camera with a sensor: focal lengths along x and y, then its principal point from the sensor's
    /// middle [m].
    pub intrinsic: [f64; 4],
}

/// What a light shines like (`mjtLightType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LightType {
    /// A cone along its direction.
    Spot,
    /// Parallel rays.
    Directional,
    /// To all sides.
    Point,
}

/// A light.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    pub name: String,
    pub mode: CamLightMode,
    pub bodyid: usize,
    /// The body that it is turned to.
    pub targetbodyid: Option<usize>,
    pub light_type: LightType,
    pub castshadow: bool,
    pub active: bool,
    /// Place and unit direction relative to the body [m].
    pub pos: Vec3,
    pub dir: Vec3,
    /// At `qpos0`, in world axes: its place from the body and from the centre of mass of the body's subtree
    /// [m], and its direction.
    pub pos0: Vec3,
    pub poscom0: Vec3,
    pub dir0: Vec3,
    /// Constant, linear [1/m] and quadratic [1/m^2] attenuation.
    pub attenuation: Vec3,
    /// Half-angle of a spot's cone [degrees], and how fast it fades towards its edge.
    pub cutoff: f64,
    pub exponent: f64,
    /// Red, green, blue in [0, 1].
    pub ambient: Vec3,
    pub diffuse: Vec3,
    pub specular: Vec3,
}

/// The light at the camera (`<visual><headlight>`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headlight {
    pub ambient: Vec3,
    pub diffuse: Vec3,
    pub specular: Vec3,
    pub active: bool,
}

impl Default for Headlight {
    fn default() -> Self {
        Self { ambient: [0.1; 3], diffuse: [0.4; 3], specular: [0.5; 3], active: true }
    }
}

/// How a surface answers light.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    pub name: String,
    /// Index into `textures`.
    pub texid: Option<usize>,
    /// Textures are repeated per metre rather than per geom.
    pub texuniform: bool,
    pub texrepeat: [f64; 2],
    pub emission: f64,
    pub specular: f64,
    pub shininess: f64,
    pub reflectance: f64,
    /// Red, green, blue, alpha in [0, 1].
    pub rgba: [f32; 4],
}

/// What a texture is wrapped around (`mjtTexture`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureType {
    Flat2d,
    Cube,
    Skybox,
}

/// A pattern that is made by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    Gradient,
    Checker,
    Flat,
}

/// Marks over a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureMark {
    None,
    Edge,
    Cross,
    Random,
}

/// A texture. Of files nothing is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Texture {
    pub name: String,
    pub texture_type: TextureType,
    /// None: it is a file, whose pixels are not read.
    pub builtin: Option<Builtin>,
    /// Red, green, blue in [0, 1].
    pub rgb1: Vec3,
    pub rgb2: Vec3,
    pub mark: TextureMark,
    pub markrgb: Vec3,
    /// [pixels]
    pub width: usize,
    pub height: usize,
}
