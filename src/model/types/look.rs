//! How a model looks, and from where: cameras, lights, materials and textures.

use super::{Quat, Vec3};
use std::fmt;
use std::sync::Arc;

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
    /// Name in the file; empty if it has none.
    pub name: String,
    /// How its frame follows the body.
    pub mode: CamLightMode,
    /// Index of the body that it is fixed to.
    pub bodyid: usize,
    /// The body that it is turned to.
    pub targetbodyid: Option<usize>,
    /// Position of its frame relative to the body \[m\].
    pub pos: Vec3,
    /// Orientation of its frame relative to the body.
    pub quat: Quat,
    /// Offset from the body at `qpos0`, in world axes \[m\].
    pub pos0: Vec3,
    /// Offset from the centre of mass of the body's subtree at `qpos0`, in world axes \[m\].
    pub poscom0: Vec3,
    /// Its axes in the world at `qpos0`: the columns of a row-major 3 x 3 matrix.
    pub mat0: [f64; 9],
    /// Parallel rays; `fovy` is then the height of what is seen \[m\].
    pub orthographic: bool,
    /// Vertical field of view \[degrees\].
    pub fovy: f64,
    /// Width and height \[pixels\].
    pub resolution: [usize; 2],
    /// Width and height of the sensor \[m\]; zero: `fovy` says what is seen.
    pub sensorsize: [f64; 2],
    /// Of a camera with a sensor: focal lengths along x and y, then its principal point from the sensor's
    /// middle \[m\].
    pub intrinsic: [f64; 4],
}

/// Type of a light (`mjtLightType`).
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
    /// Name in the file; empty if it has none.
    pub name: String,
    /// How its frame follows the body.
    pub mode: CamLightMode,
    /// Index of the body that it is fixed to.
    pub bodyid: usize,
    /// The body that it is turned to.
    pub targetbodyid: Option<usize>,
    /// Spot, directional or point light.
    pub light_type: LightType,
    /// Whether it casts shadows.
    pub castshadow: bool,
    /// Whether it is switched on.
    pub active: bool,
    /// Position relative to the body \[m\].
    pub pos: Vec3,
    /// Unit direction relative to the body.
    pub dir: Vec3,
    /// Offset from the body at `qpos0`, in world axes \[m\].
    pub pos0: Vec3,
    /// Offset from the centre of mass of the body's subtree at `qpos0`, in world axes \[m\].
    pub poscom0: Vec3,
    /// Unit direction in the world at `qpos0`.
    pub dir0: Vec3,
    /// Constant, linear [1/m] and quadratic [1/m^2] attenuation.
    pub attenuation: Vec3,
    /// Half-angle of a spot's cone \[degrees\].
    pub cutoff: f64,
    /// How fast a spot fades towards the edge of its cone; 0 is not at all.
    pub exponent: f64,
    /// Ambient colour: red, green, blue in [0, 1].
    pub ambient: Vec3,
    /// Diffuse colour: red, green, blue in [0, 1].
    pub diffuse: Vec3,
    /// Specular colour: red, green, blue in [0, 1].
    pub specular: Vec3,
}

/// The light at the camera (`<visual><headlight>`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headlight {
    /// Ambient colour: red, green, blue in [0, 1].
    pub ambient: Vec3,
    /// Diffuse colour: red, green, blue in [0, 1].
    pub diffuse: Vec3,
    /// Specular colour: red, green, blue in [0, 1].
    pub specular: Vec3,
    /// Whether it is switched on.
    pub active: bool,
}

impl Default for Headlight {
    fn default() -> Self {
        Self { ambient: [0.1; 3], diffuse: [0.4; 3], specular: [0.5; 3], active: true }
    }
}

/// A material: how a surface reflects light.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// Index into `textures`.
    pub texid: Option<usize>,
    /// Textures are repeated per metre rather than per geom.
    pub texuniform: bool,
    /// How often the texture repeats along its two axes, per geom or, with `texuniform`, per metre.
    pub texrepeat: [f64; 2],
    /// Emitted light, as a multiple of the material's colour.
    pub emission: f64,
    /// Strength of specular reflection in [0, 1].
    pub specular: f64,
    /// Sharpness of specular highlights in [0, 1].
    pub shininess: f64,
    /// How much of its surroundings it mirrors, in [0, 1].
    pub reflectance: f64,
    /// Red, green, blue, alpha in [0, 1].
    pub rgba: [f32; 4],
}

/// Type of a texture (`mjtTexture`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureType {
    /// A flat picture (`2d`).
    Flat2d,
    /// The six sides of a cube, wrapped around the geom.
    Cube,
    /// The six sides of the sky.
    Skybox,
}

/// A pattern that is made by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// From `rgb1` to `rgb2`.
    Gradient,
    /// Squares of `rgb1` and `rgb2`.
    Checker,
    /// All of it `rgb1`.
    Flat,
}

/// Marks over a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextureMark {
    /// No marks.
    None,
    /// The edges of the picture.
    Edge,
    /// A cross in the middle.
    Cross,
    /// Random dots.
    Random,
}

/// The pixels of a texture file.
#[derive(Clone, PartialEq, Eq)]
pub struct TexturePixels {
    /// Width \[pixels\].
    pub width: usize,
    /// Height \[pixels\].
    pub height: usize,
    /// Red, green and blue as light adds up (linear), shape (height, width, 3), the first row at the top.
    pub rgb: Vec<u8>,
}

impl fmt::Debug for TexturePixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} pixels", self.width, self.height)
    }
}

/// A texture: a pattern, or the picture of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Texture {
    /// Name in the file; empty if it has none.
    pub name: String,
    /// What it is wrapped around.
    pub texture_type: TextureType,
    /// None: it is of files.
    pub builtin: Option<Builtin>,
    /// Of a file that is read; of a cube the picture on each of its sides.
    pub pixels: Option<Arc<TexturePixels>>,
    /// First colour of the pattern: red, green, blue in [0, 1].
    pub rgb1: Vec3,
    /// Second colour of the pattern: red, green, blue in [0, 1].
    pub rgb2: Vec3,
    /// Marks over the pattern.
    pub mark: TextureMark,
    /// Colour of the marks: red, green, blue in [0, 1].
    pub markrgb: Vec3,
    /// Width \[pixels\].
    pub width: usize,
    /// Height \[pixels\].
    pub height: usize,
}
