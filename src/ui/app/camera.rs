//! The camera of the panels, which draws over what a page shows.

use super::Quality;
use bevy::camera::CameraOutputMode;
use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;
use bevy::render::render_resource::BlendState;
use bevy_egui::{EguiGlobalSettings, PrimaryEguiContext};

/// The camera of what a page shows behind and between its panels, if it shows something.
#[derive(Component)]
pub(crate) struct ViewOfPage;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Quality>()
        .add_systems(PreStartup, set_up)
        .add_systems(PostUpdate, clear_without_view);
}

/// The panels have a camera of their own. It draws over what the view's camera has drawn, into the same
/// texture, and brings both to the window at once.
fn set_up(mut commands: Commands, mut settings: ResMut<EguiGlobalSettings>, quality: Res<Quality>) {
    settings.auto_create_primary_context = false;
    commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        // As the view's camera, or the texture would be another. What egui draws has its own smooth edges
        // and comes after all samples have been put together, so they need not be filled again.
        quality.msaa(),
        Camera {
            order: 1,
            msaa_writeback: MsaaWriteback::Off,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::REPLACE),
                clear_color: ClearColorConfig::None,
            },
            ..default()
        },
    ));
}

/// Without a view the panels begin with an empty picture.
fn clear_without_view(
    views: Query<&Camera, With<ViewOfPage>>,
    mut panels: Query<&mut Camera, (With<PrimaryEguiContext>, Without<ViewOfPage>)>,
) {
    let has_view = views.iter().any(|view| view.is_active);
    for mut camera in &mut panels {
        camera.clear_color =
            if has_view { ClearColorConfig::None } else { ClearColorConfig::Default };
    }
}
