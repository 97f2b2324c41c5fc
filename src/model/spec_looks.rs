//! How things look, as it is written: cameras, lights, materials, textures, and which files belong to a model.

use super::diagnostic::Origin;
use super::frames::Pose;
use super::orientation::Orientation;
use super::spec::Spec;
use super::types::{Builtin, CamLightMode, LightType, TextureMark, TextureType, Vec3};

/// A file that only changes looks.
#[derive(Clone, Debug)]
pub(super) struct LookSpec {
    pub file: String,
    pub is_texture: bool,
}

#[derive(Clone, Debug)]
pub(super) struct CameraSpec {
    pub origin: Origin,
    pub name: String,
    pub mode: CamLightMode,
    pub target: Option<String>,
    pub pos: Vec3,
    pub orientation: Orientation,
    /// The `<frame>`s that it is in.
    pub frame: Option<Pose>,
    pub orthographic: bool,
    pub fovy: f64,
    pub resolution: [usize; 2],
    pub sensorsize: [f64; 2],
    /// [m]
    pub focal: [f64; 2],
    pub principal: [f64; 2],
    /// The same in pixels, which count where they are given.
    pub focalpixel: [f64; 2],
    pub principalpixel: [f64; 2],
}

impl Default for CameraSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            mode: CamLightMode::Fixed,
            target: None,
            pos: [0.0; 3],
            orientation: Orientation::default(),
            frame: None,
            orthographic: false,
            fovy: 45.0,
            resolution: [1; 2],
            sensorsize: [0.0; 2],
            focal: [0.0; 2],
            principal: [0.0; 2],
            focalpixel: [0.0; 2],
            principalpixel: [0.0; 2],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct LightSpec {
    pub origin: Origin,
    pub name: String,
    pub mode: CamLightMode,
    pub target: Option<String>,
    /// None: an image, which is not read.
    pub light_type: Option<LightType>,
    pub castshadow: bool,
    pub active: bool,
    pub pos: Vec3,
    pub dir: Vec3,
    pub attenuation: Vec3,
    pub cutoff: f64,
    pub exponent: f64,
    pub ambient: Vec3,
    pub diffuse: Vec3,
    pub specular: Vec3,
    /// The `<frame>`s that it is in.
    pub frame: Option<Pose>,
}

impl Default for LightSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            mode: CamLightMode::Fixed,
            target: None,
            light_type: Some(LightType::Spot),
            castshadow: true,
            active: true,
            pos: [0.0; 3],
            dir: [0.0, 0.0, -1.0],
            attenuation: [1.0, 0.0, 0.0],
            cutoff: 45.0,
            exponent: 10.0,
            ambient: [0.0; 3],
            diffuse: [0.7; 3],
            specular: [0.3; 3],
            frame: None,
        }
    }
}

/// How a surface looks.
#[derive(Clone, Debug)]
pub(super) struct MaterialSpec {
    pub origin: Origin,
    pub name: String,
    pub texture: Option<String>,
    pub texuniform: bool,
    pub texrepeat: [f64; 2],
    pub emission: f64,
    pub specular: f64,
    pub shininess: f64,
    pub reflectance: f64,
    pub rgba: [f32; 4],
}

impl Default for MaterialSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            texture: None,
            texuniform: false,
            texrepeat: [1.0; 2],
            emission: 0.0,
            specular: 0.5,
            shininess: 0.5,
            reflectance: 0.0,
            rgba: [1.0; 4],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct TextureSpec {
    pub origin: Origin,
    pub name: String,
    pub texture_type: TextureType,
    pub builtin: Option<Builtin>,
    pub rgb1: Vec3,
    pub rgb2: Vec3,
    pub mark: TextureMark,
    pub markrgb: Vec3,
    pub width: usize,
    pub height: usize,
    /// The picture that it is, if it is one that is read.
    pub file: Option<TextureFile>,
}

/// A file with one picture.
#[derive(Clone, Debug)]
pub(super) struct TextureFile {
    pub file: String,
    pub content_type: Option<String>,
    /// Whether its bytes are sRGB; unless said, as the file has it.
    pub is_srgb: Option<bool>,
    /// Left for right, and top for bottom.
    pub flips: [bool; 2],
}

impl Default for TextureSpec {
    fn default() -> Self {
        Self {
            origin: Origin::default(),
            name: String::new(),
            texture_type: TextureType::Cube,
            builtin: None,
            rgb1: [0.8; 3],
            rgb2: [0.5; 3],
            mark: TextureMark::None,
            markrgb: [0.0; 3],
            width: 0,
            height: 0,
            file: None,
        }
    }
}

/// The colour of what is given none.
pub(super) const NO_COLOUR: [f32; 4] = [0.5, 0.5, 0.5, 1.0];

impl Spec {
    /// The colour of a geom or site: its own, or else that of its material.
    pub fn colour(&self, own: [f32; 4], material: Option<&str>) -> [f32; 4] {
        let found = self.material_id(material).filter(|_| own == NO_COLOUR);
        found.map_or(own, |index| self.materials[index].rgba)
    }

    /// The material of this name; one that is not there is none.
    pub fn material_id(&self, material: Option<&str>) -> Option<usize> {
        let name = material?;
        self.materials.iter().position(|it| it.name == name)
    }
}
