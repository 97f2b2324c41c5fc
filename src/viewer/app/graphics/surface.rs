//! What things are made of.

use crate::ui::Quality;
use bevy::asset::uuid_handle;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{
    ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline,
    MaterialPlugin,
};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::shader::{Shader, ShaderRef};

/// Bevy's physically based material, which a window that software draws shades more plainly: the whole
/// of that shader costs more than all of its parts that can be left out.
pub(in crate::viewer::app) type Surface = ExtendedMaterial<StandardMaterial, Shading>;

/// How a surface is shaded.
#[derive(Asset, AsBindGroup, TypePath, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[bind_group_data(Shading)]
pub(in crate::viewer::app) struct Shading {
    quality: Quality,
    has_texture: bool,
    is_lit: bool,
}

impl From<&Shading> for Shading {
    fn from(shading: &Shading) -> Self {
        *shading
    }
}

/// A material as this quality shades it.
pub(in crate::viewer::app) fn surface(quality: Quality, base: StandardMaterial) -> Surface {
    let (has_texture, is_lit) = (base.base_color_texture.is_some(), !base.unlit);
    Surface { base, extension: Shading { quality, has_texture, is_lit } }
}

/// What lights the plain shader. It is written into it: an old software renderer takes a uniform's numbers
/// one by one for each pixel, and would spend a third of its time on that.
#[derive(Clone, Copy, Debug)]
pub(in crate::viewer::app) struct Daylight {
    /// Direction from which the sun shines.
    pub to_sun: Vec3,
    /// What a white surface that faces the sun sends back, as the camera sees it.
    pub sun: LinearRgba,
    /// The same of what comes from around on to a wall, and how much more of it comes on to a floor.
    pub around: LinearRgba,
    pub from_above: LinearRgba,
    pub haze: LinearRgba,
}

impl Daylight {
    /// The same in the shader's language.
    fn constants(&self) -> String {
        let vector = |[x, y, z]: [f32; 3]| format!("vec3({x:?}, {y:?}, {z:?})");
        let colour = |c: LinearRgba| vector([c.red, c.green, c.blue]);
        let parts = [
            ("TO_SUN", vector(self.to_sun.to_array())),
            ("SUN", colour(self.sun)),
            ("AROUND", colour(self.around)),
            ("FROM_ABOVE", colour(self.from_above)),
            ("HAZE", colour(self.haze)),
        ];
        let parts = parts.map(|(name, value)| format!("const {name}: vec3<f32> = {value};\n"));
        let bias = DirectionalLight::DEFAULT_SHADOW_DEPTH_BIAS;
        format!("{}const DEPTH_BIAS: f32 = {bias:?};\n", parts.concat())
    }
}

const SHADER: Handle<Shader> = uuid_handle!("5b1c3d5e-83a2-4f0c-9f43-6a1de0f7b7a9");
/// Where the constants go.
const CONSTANTS: &str = "//#daylight";

pub(in crate::viewer::app) fn plugin(app: &mut App, daylight: &Daylight) {
    let text = include_str!("surface.wgsl").replace(CONSTANTS, &daylight.constants());
    let shader = Shader::from_wgsl(text, "viewer/surface.wgsl");
    // The handle has an identity that no other asset has; inserting it cannot fail.
    let _ = app.world_mut().resource_mut::<Assets<Shader>>().insert(&SHADER, shader);
    app.add_plugins(MaterialPlugin::<Surface>::default());
}

impl MaterialExtension for Shading {
    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn specialize(
        _: &MaterialExtensionPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _: &MeshVertexBufferLayoutRef,
        key: MaterialExtensionKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        let shading = key.bind_group_data;
        let is_draft = shading.quality == Quality::Draft;
        // The pipelines of shadows have this one's data, and mostly no fragment shader.
        if let (true, Some(fragment)) = (is_draft, &mut descriptor.fragment) {
            let parts = [("TEXTURED", shading.has_texture), ("LIT", shading.is_lit)];
            let parts = parts.into_iter().filter(|(_, has)| *has).map(|(name, _)| name);
            fragment.shader_defs.extend(["DRAFT"].into_iter().chain(parts).map(Into::into));
        }
        Ok(())
    }
}
