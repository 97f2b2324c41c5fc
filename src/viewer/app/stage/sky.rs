//! A dome of sky, and the haze that the ground fades into.

use super::super::graphics::{Surface, surface};
use super::Rig;
use crate::ui::{Page, Quality};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::pbr::DistanceFog;
use bevy::prelude::*;

/// Linear light at the horizon, where the haze has the same colour, and overhead.
pub(super) const HORIZON: [f32; 3] = [0.80, 0.85, 0.91];
const ZENITH: [f32; 3] = [0.16, 0.33, 0.62];
/// Of the dome [m]; less than the camera's far plane.
const RADIUS: f32 = 900.0;

#[derive(Component)]
struct Dome;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), build)
        .add_systems(PostUpdate, (follow, haze).before(TransformSystems::Propagate));
}

fn build(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<Surface>>,
    quality: Res<Quality>,
) {
    let mesh = Sphere::new(RADIUS).mesh().uv(48, 48);
    let positions = mesh.attribute(Mesh::ATTRIBUTE_POSITION).and_then(|p| p.as_float3());
    let colours: Vec<[f32; 4]> =
        positions.unwrap_or_default().iter().map(|&[_, y, _]| colour(y / RADIUS)).collect();
    let mesh = mesh.with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colours);
    let material = StandardMaterial {
        unlit: true,
        fog_enabled: false,
        cull_mode: None,
        // It is behind everything: what may have holes is drawn after what has none.
        alpha_mode: AlphaMode::Mask(0.5),
        ..default()
    };
    commands.spawn((
        Dome,
        DespawnOnExit(Page::Watch),
        Mesh3d(meshes.add(mesh)),
        MeshMaterial3d(materials.add(surface(*quality, material))),
        NotShadowCaster,
        NotShadowReceiver,
        NoFrustumCulling,
    ));
}

/// The sky at the sine of an elevation.
fn colour(height: f32) -> [f32; 4] {
    let up = height.clamp(0.0, 1.0).powf(0.6);
    let mix = |part: usize| HORIZON[part] + (ZENITH[part] - HORIZON[part]) * up;
    [mix(0), mix(1), mix(2), 1.0]
}

/// Keeps the dome about the camera.
fn follow(
    cameras: Query<&Transform, (With<Camera3d>, Without<Dome>)>,
    mut domes: Query<&mut Transform, With<Dome>>,
) {
    let Ok(camera) = cameras.single() else { return };
    for mut dome in &mut domes {
        dome.translation = camera.translation;
    }
}

/// The farther the camera stands off, the farther one sees.
fn haze(mut cameras: Query<(&Rig, &mut DistanceFog)>) {
    for (rig, mut fog) in &mut cameras {
        let (start, end) = (2.0 * rig.distance, 14.0 * rig.distance);
        fog.falloff = FogFalloff::Linear { start, end };
    }
}

/// The haze of a camera.
pub(in crate::viewer::app) fn fog() -> DistanceFog {
    DistanceFog {
        color: Color::linear_rgb(HORIZON[0], HORIZON[1], HORIZON[2]),
        falloff: FogFalloff::Linear { start: 50.0, end: 500.0 },
        ..default()
    }
}
