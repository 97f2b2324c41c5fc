//! What a picture may cost.

use bevy::core_pipeline::tonemapping::DebandDither;
use bevy::image::ImageFilterMode;
use bevy::light::ShadowFilteringMethod;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;

/// How finely pictures are drawn.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::viewer::app) enum Quality {
    #[default]
    Fine,
    /// For windows that software draws: without what costs most and shows least.
    Draft,
}

impl Quality {
    fn choose<T>(self, fine: T, draft: T) -> T {
        match self {
            Self::Fine => fine,
            Self::Draft => draft,
        }
    }

    pub(in crate::viewer::app) fn msaa(self) -> Msaa {
        self.choose(Msaa::Sample4, Msaa::Off)
    }

    /// Pixels along the edge of a shadow map.
    pub(in crate::viewer::app) fn shadow_map(self) -> usize {
        self.choose(4096, 1536)
    }

    /// Shadow maps, of which each covers more.
    pub(in crate::viewer::app) fn n_cascades(self) -> usize {
        self.choose(2, 1)
    }

    /// Faces about the axis of what is round, where so many environments are on show: the more there are,
    /// the smaller each is, and their triangles are soon many millions.
    pub(in crate::viewer::app) fn n_faces(self, n_envs: usize) -> u32 {
        let fine = match n_envs {
            0..=32 => 32,
            33..=100 => 20,
            _ => 14,
        };
        self.choose(fine, 12)
    }

    /// Dither against bands in soft gradients.
    pub(in crate::viewer::app) fn dither(self) -> DebandDither {
        self.choose(DebandDither::Enabled, DebandDither::Disabled)
    }

    pub(in crate::viewer::app) fn shadow_filter(self) -> ShadowFilteringMethod {
        self.choose(ShadowFilteringMethod::Gaussian, ShadowFilteringMethod::Hardware2x2)
    }

    pub(in crate::viewer::app) fn texture_format(self) -> TextureFormat {
        self.choose(TextureFormat::Rgba8UnormSrgb, TextureFormat::Rgba8Unorm)
    }

    /// A pixel of that format. Software has a quick way to textures, but not to sRGB: a draft's shader
    /// squares what it reads.
    pub(in crate::viewer::app) fn encode(self, colour: LinearRgba) -> [u8; 4] {
        let root = |light: f32| (light.clamp(0.0, 1.0).sqrt() * 255.0).round() as u8;
        match self {
            Self::Fine => Srgba::from(colour).to_u8_array(),
            Self::Draft => [root(colour.red), root(colour.green), root(colour.blue), 255],
        }
    }

    pub(in crate::viewer::app) fn between_mipmaps(self) -> ImageFilterMode {
        self.choose(ImageFilterMode::Linear, ImageFilterMode::Nearest)
    }

    /// Samples of a texture that is seen at a flat angle.
    pub(in crate::viewer::app) fn anisotropy(self) -> u16 {
        self.choose(16, 1)
    }
}
