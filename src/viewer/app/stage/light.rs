//! A sun with soft shadows, and the light of sky and ground from all sides.

use super::super::camera::Rig;
use super::super::graphics::Quality;
use bevy::light::{
    CascadeShadowConfig, CascadeShadowConfigBuilder, DirectionalLightShadowMap, EnvironmentMapLight,
};
use bevy::prelude::*;

/// Light from above, from the sides and from below, and how much of it [cd/m2].
const AROUND: [Color; 3] = [
    Color::linear_rgb(0.80, 0.92, 1.10),
    Color::linear_rgb(0.85, 0.88, 0.92),
    Color::linear_rgb(0.42, 0.40, 0.38),
];
const AROUND_BRIGHTNESS: f32 = 620.0;

#[derive(Component)]
struct Sun {
    /// The camera's distance that its shadows were made for [m].
    distance: f32,
}

pub(super) fn plugin(app: &mut App) {
    let quality = *app.world_mut().get_resource_or_init::<Quality>();
    app.insert_resource(DirectionalLightShadowMap { size: quality.shadow_map() })
        .insert_resource(from_around(quality))
        .add_systems(Startup, build)
        .add_systems(PostUpdate, fit_shadows);
}

fn build(mut commands: Commands) {
    commands.spawn((
        Sun { distance: 0.0 },
        DirectionalLight {
            color: Color::srgb(1.0, 0.95, 0.88),
            illuminance: 6_500.0,
            shadow_maps_enabled: true,
            ..default()
        },
        Transform::default().looking_to(Vec3::new(-0.55, -1.0, -0.35), Vec3::Y),
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
            maximum_distance: 3.5 * rig.distance,
            overlap_proportion: 0.2,
        }
        .build();
    }
}

/// The mean of what comes from all sides, for a shading that knows no more of it.
fn from_around(quality: Quality) -> GlobalAmbientLight {
    match quality {
        Quality::Fine => GlobalAmbientLight::NONE,
        Quality::Draft => {
            GlobalAmbientLight { color: AROUND[1], brightness: AROUND_BRIGHTNESS, ..default() }
        }
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
