//! A sun with soft shadows, and the light of sky and ground from all sides.

use super::super::graphics::Daylight;
use super::Rig;
use super::sky::HORIZON;
use crate::ui::{Page, Quality};
use bevy::camera::Exposure;
use bevy::light::{
    CascadeShadowConfig, CascadeShadowConfigBuilder, DirectionalLightShadowMap, EnvironmentMapLight,
};
use bevy::prelude::*;
use std::f32::consts::PI;

/// Light from above, from the sides and from below, and how much of it [cd/m2].
const AROUND: [Color; 3] = [
    Color::linear_rgb(0.80, 0.92, 1.10),
    Color::linear_rgb(0.85, 0.88, 0.92),
    Color::linear_rgb(0.42, 0.40, 0.38),
];
const AROUND_BRIGHTNESS: f32 = 620.0;
/// Of the light from the sides, the part that the plain shader gives to walls, and what it gives to floors
/// beside that: about as much as comes from all sides together.
const ON_WALLS: f32 = 0.72;
const MORE_ON_FLOORS: f32 = 0.30;

/// What is up in the sun's shadow map: away from where the camera is at first. Then rows of the map lie along
/// those of the picture, and pixels that are drawn together find their shadows together in memory.
const ALONG_VIEW: Vec3 = Vec3::new(-0.42, 0.0, -0.91);

/// Where the sun's light goes, and its colour and strength [lx].
const SUN_WAY: Vec3 = Vec3::new(-0.55, -1.0, -0.35);
const SUN: Color = Color::srgb(1.0, 0.95, 0.88);
const SUN_ILLUMINANCE: f32 = 6_500.0;

#[derive(Component)]
struct Sun {
    /// The camera's distance that its shadows were made for [m].
    distance: f32,
}

pub(super) fn plugin(app: &mut App) {
    let quality = *app.world_mut().get_resource_or_init::<Quality>();
    app.insert_resource(DirectionalLightShadowMap { size: quality.shadow_map() })
        // What comes from around has a map of its own, or is in the plain shader.
        .insert_resource(GlobalAmbientLight::NONE)
        .add_systems(OnEnter(Page::Watch), build)
        .add_systems(PostUpdate, fit_shadows);
}

fn build(mut commands: Commands) {
    commands.spawn((
        Sun { distance: 0.0 },
        DespawnOnExit(Page::Watch),
        DirectionalLight {
            color: SUN,
            illuminance: SUN_ILLUMINANCE,
            shadow_maps_enabled: true,
            ..default()
        },
        Transform::default().looking_to(SUN_WAY, ALONG_VIEW),
        CascadeShadowConfig::default(),
    ));
}

/// Spends the shadow maps on what the camera is near to.
fn fit_shadows(
    rigs: Query<&Rig>,
    quality: Res<Quality>,
    mut suns: Query<(&mut Sun, &mut CascadeShadowConfig)>,
) {
    let Ok(rig) = rigs.single() else { return };
    for (mut sun, mut cascades) in &mut suns {
        // Little changes of distance would make the edges of shadows crawl.
        let ratio = rig.distance / sun.distance;
        if (0.8..1.25).contains(&ratio) {
            continue;
        }
        sun.distance = rig.distance;
        *cascades = CascadeShadowConfigBuilder {
            num_cascades: quality.n_cascades(),
            minimum_distance: 0.02 * rig.distance,
            first_cascade_far_bound: 1.2 * rig.distance,
            maximum_distance: quality.shadow_reach() * rig.distance,
            overlap_proportion: 0.2,
        }
        .build();
    }
}

/// The same light for the plain shader.
pub(super) fn daylight() -> Daylight {
    let exposure = Exposure::default().exposure();
    let around = AROUND[1].to_linear() * (AROUND_BRIGHTNESS * exposure);
    let [red, green, blue] = HORIZON;
    Daylight {
        to_sun: -SUN_WAY.normalize(),
        sun: SUN.to_linear() * (SUN_ILLUMINANCE * exposure / PI),
        around: around * ON_WALLS,
        from_above: around * MORE_ON_FLOORS,
        haze: LinearRgba::rgb(red, green, blue),
    }
}

/// What comes from the sky and back from the ground, for a camera.
pub(in crate::viewer::app) fn surroundings(images: &mut Assets<Image>) -> EnvironmentMapLight {
    let [above, beside, below] = AROUND;
    EnvironmentMapLight {
        intensity: AROUND_BRIGHTNESS,
        ..EnvironmentMapLight::hemispherical_gradient(images, above, beside, below)
    }
}
