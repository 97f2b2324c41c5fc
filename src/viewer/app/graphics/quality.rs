//! What a picture of environments may cost.

use crate::ui::Quality;
use bevy::core_pipeline::tonemapping::DebandDither;
use bevy::image::ImageFilterMode;
use bevy::light::ShadowFilteringMethod;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;

impl Quality {
    /// Pixels along the edge of a shadow map.
    pub(in crate::viewer::app) fn shadow_map(self) -> usize {
        self.choose(4096, 1024)
    }

    /// Shadow maps, of which each covers more.
    pub(in crate::viewer::app) fn n_cascades(self) -> usize {
        self.choose(2, 1)
    }

    /// How far from the camera there are shadows, in distances of what it looks at.
    pub(in crate::viewer::app) fn shadow_reach(self) -> f32 {
        self.choose(3.5, 2.5)
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

    /// Of a texture in shades of grey. Software has a quick way to textures, but not to sRGB, and waits for
    /// memory: a draft's has one number for each pixel, which its shader squares.
    pub(in crate::viewer::app) fn texture_format(self) -> TextureFormat {
        self.choose(TextureFormat::Rgba8UnormSrgb, TextureFormat::R8Unorm)
    }

    /// Pixels of that format, from linear light.
    pub(in crate::viewer::app) fn encode(self, greys: &[f32]) -> Vec<u8> {
        let root = |grey: f32| (grey.clamp(0.0, 1.0).sqrt() * 255.0).round() as u8;
        match self {
            Self::Fine => {
                let pixel = |&grey: &f32| Srgba::from(LinearRgba::gray(grey)).to_u8_array();
                greys.iter().flat_map(pixel).collect()
            }
            Self::Draft => greys.iter().map(|&grey| root(grey)).collect(),
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
