//! What things are made of.

use super::Quality;
use bevy::asset::{embedded_asset, embedded_path};
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{
    ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline,
    MaterialPlugin,
};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;

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

pub(in crate::viewer::app) fn plugin(app: &mut App) {
    embedded_asset!(app, "surface.wgsl");
    app.add_plugins(MaterialPlugin::<Surface>::default());
}

impl MaterialExtension for Shading {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Path(
            bevy::asset::AssetPath::from_path_buf(embedded_path!("surface.wgsl"))
                .with_source("embedded"),
        )
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
