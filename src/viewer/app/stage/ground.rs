//! The ground, with lines that give scale.

use super::super::graphics::{Surface, surface};
use super::layout::Layout;
use super::{Restage, SetStage};
use crate::ui::{Page, Quality};
use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::NotShadowCaster;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension};

/// Edge of the drawn ground, in cells; beyond is haze.
const N_CELLS: f32 = 4000.0;
/// Cells from one heavy line to the next: one tile of the texture.
const CELLS_IN_TILE: usize = 10;
/// Pixels of a tile.
const TILE: usize = 1024;

/// Linear light.
const GROUND: [f32; 3] = [0.27, 0.31, 0.37];
const CHECKER: f32 = 0.88;
const LINE: f32 = 0.68;
const HEAVY_LINE: f32 = 0.42;

#[derive(Component)]
struct Ground {
    /// Edge of a tile [m].
    tile: f32,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), build.after(super::lay_out))
        .add_systems(Restage, (clear, build).chain().after(SetStage))
        .add_systems(PostUpdate, follow.before(TransformSystems::Propagate));
}

/// Distance between lines [m]: the power of ten that is nearest to a third of a model.
pub(in crate::viewer::app) fn cell_size(layout: &Layout) -> f32 {
    let size = layout.high - layout.low;
    10f32.powf((size.max_element() / 3.0).log10().round()).clamp(1e-3, 1e3)
}

fn clear(mut commands: Commands, grounds: Query<Entity, With<Ground>>) {
    grounds.iter().for_each(|ground| commands.entity(ground).despawn());
}

fn build(
    mut commands: Commands,
    layout: Res<Layout>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<Surface>>,
    mut images: ResMut<Assets<Image>>,
    quality: Res<Quality>,
) {
    let cell = cell_size(&layout);
    let tile = cell * CELLS_IN_TILE as f32;
    let edge = N_CELLS * cell;
    let mut mesh = Mesh::from(Plane3d::new(Vec3::Y, Vec2::splat(edge / 2.0)));
    let uvs = uvs(&mesh, 1.0 / tile);
    mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, uvs);
    let material = StandardMaterial {
        base_color: Color::linear_rgb(GROUND[0], GROUND[1], GROUND[2]),
        base_color_texture: Some(images.add(texture(*quality))),
        perceptual_roughness: 0.85,
        reflectance: 0.2,
        ..default()
    };
    commands.spawn((
        Ground { tile },
        DespawnOnExit(Page::Watch),
        Mesh3d(meshes.add(mesh)),
        MeshMaterial3d(materials.add(surface(*quality, material))),
        Transform::from_xyz(0.0, layout.ground - 1e-3 * cell, 0.0),
        NotShadowCaster,
    ));
}

/// Texture coordinates that follow the position, so that lines lie at whole cells of the world.
fn uvs(mesh: &Mesh, tiles_per_m: f32) -> Vec<[f32; 2]> {
    let positions = mesh.attribute(Mesh::ATTRIBUTE_POSITION).and_then(|p| p.as_float3());
    let positions = positions.unwrap_or_default();
    positions.iter().map(|&[x, _, z]| [x * tiles_per_m, z * tiles_per_m]).collect()
}

/// Keeps the ground below the camera, moved by whole tiles so that the lines stand still.
fn follow(
    cameras: Query<&Transform, (With<Camera3d>, Without<Ground>)>,
    mut grounds: Query<(&Ground, &mut Transform)>,
) {
    let Ok(camera) = cameras.single() else { return };
    for (ground, mut transform) in &mut grounds {
        let snap = |x: f32| (x / ground.tile).round() * ground.tile;
        transform.translation.x = snap(camera.translation.x);
        transform.translation.z = snap(camera.translation.z);
    }
}

/// One tile with all its smaller versions, each averaged in linear light, for a ground that does not
/// flicker far away.
fn texture(quality: Quality) -> Image {
    let mut level: Vec<f32> = (0..TILE * TILE).map(|i| shade(i % TILE, i / TILE)).collect();
    let (mut size, mut data, mut n_levels) = (TILE, Vec::new(), 0);
    loop {
        data.extend(quality.encode(&level));
        n_levels += 1;
        if size == 1 {
            break;
        }
        level = halve(&level, size);
        size /= 2;
    }
    let extent = Extent3d { width: TILE as u32, height: TILE as u32, depth_or_array_layers: 1 };
    let mut image = Image::new_uninit(
        extent,
        TextureDimension::D2,
        quality.texture_format(),
        RenderAssetUsages::RENDER_WORLD,
    );
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = n_levels;
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::Repeat,
        address_mode_v: ImageAddressMode::Repeat,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: quality.between_mipmaps(),
        anisotropy_clamp: quality.anisotropy(),
        ..default()
    });
    image
}

/// Brightness of a pixel of the tile, 1 being the ground's own colour.
fn shade(x: usize, y: usize) -> f32 {
    let cell = TILE as f32 / CELLS_IN_TILE as f32;
    let place = [x, y].map(|i| (i as f32 + 0.5) / cell);
    let to_line = place.map(|p| (p - p.round()).abs() * cell);
    let to_heavy = [x, y].map(|i| (i as f32 + 0.5).min(TILE as f32 - i as f32 - 0.5));
    if to_heavy[0].min(to_heavy[1]) < 1.0 {
        HEAVY_LINE
    } else if to_line[0].min(to_line[1]) < 1.0 {
        LINE
    } else if (place[0] as usize + place[1] as usize).is_multiple_of(2) {
        1.0
    } else {
        CHECKER
    }
}

fn halve(level: &[f32], size: usize) -> Vec<f32> {
    let half = size / 2;
    let mean = |i: usize| {
        let at = 2 * (i / half) * size + 2 * (i % half);
        (level[at] + level[at + 1] + level[at + size] + level[at + size + 1]) / 4.0
    };
    (0..half * half).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_versions_keep_the_mean() {
        assert_eq!(halve(&[0.0, 1.0, 0.5, 0.5], 2), [0.5]);
    }

    #[test]
    fn lines_lie_at_whole_cells() {
        assert_eq!(shade(0, 300), HEAVY_LINE);
        assert_ne!(shade(1, 300), HEAVY_LINE);
        let cell = TILE / CELLS_IN_TILE;
        assert_eq!(shade(cell, cell / 2), LINE);
        assert_ne!(shade(cell / 2, cell / 2), shade(3 * cell / 2, cell / 2));
    }
}
