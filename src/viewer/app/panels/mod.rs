//! The panel beside the 3D view, and the list of shortcuts.

mod curves;
mod environment;
mod help;
mod shares;
mod status;

use super::super::show::Kind;
use super::camera::Rig;
use super::control::Control;
use super::live::{Curves, Live, Watched};
use super::stage::OnShow;
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraOutputMode, Viewport};
use bevy::prelude::*;
use bevy::render::render_resource::BlendState;
use bevy::window::PrimaryWindow;
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};

/// Width at the start [points].
const WIDTH: f32 = 330.0;
/// What is always left to the 3D view [pixels].
const LEAST_VIEW: u32 = 64;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .init_resource::<curves::Choice>()
        .add_systems(PreStartup, set_up)
        .add_systems(EguiPrimaryContextPass, (panel, help::window).chain())
        .add_systems(PostUpdate, switch_view);
}

/// The panel has a camera of its own, over that of the view.
fn set_up(mut commands: Commands, mut settings: ResMut<EguiGlobalSettings>) {
    settings.auto_create_primary_context = false;
    commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        Camera {
            order: 1,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::ALPHA_BLENDING),
                clear_color: ClearColorConfig::None,
            },
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..default()
        },
    ));
}

fn panel(
    mut contexts: EguiContexts,
    shown: (Res<Watched>, Res<OnShow>, Res<Live>, Res<Curves>),
    mut control: ResMut<Control>,
    mut choice: ResMut<curves::Choice>,
    mut cameras: Query<&mut Camera, With<Rig>>,
    windows: Query<&Window, With<PrimaryWindow>>,
) -> Result {
    let (watched, on_show, live, curves) = shown;
    let ctx = contexts.ctx_mut()?;
    let mut width = 0.0;
    if control.shows_panel {
        let layer = egui::UiBuilder::new()
            .layer_id(egui::LayerId::background())
            .max_rect(ctx.viewport_rect());
        let mut root = egui::Ui::new(ctx.clone(), "root".into(), layer);
        let side = egui::Panel::right("side").resizable(true).default_size(WIDTH);
        let shown = side.show(&mut root, |ui| {
            status::show(ui, &watched.0, &live, &curves, control.bypass_change_detection());
            ui.separator();
            egui::ScrollArea::vertical().show(ui, |ui| {
                if curves.n_rows > 0 {
                    curves::show(ui, &curves, &mut choice);
                    shares::reward_terms(ui, &curves);
                }
                if watched.0.kind == Kind::Training {
                    shares::stages(ui, &curves);
                }
                environment::show(ui, &on_show.scene, &live, control.selected);
            });
        });
        width = shown.response.rect.width();
    }
    if let (Ok(window), Ok(mut camera)) = (windows.single(), cameras.single_mut()) {
        let size = window.physical_size();
        let panel = (width * window.scale_factor()) as u32;
        let left = size.x.saturating_sub(panel).max(LEAST_VIEW.min(size.x)).max(1);
        let viewport = UVec2::new(left, size.y.max(1));
        if camera.viewport.as_ref().map(|v| v.physical_size) != Some(viewport) {
            camera.viewport = Some(Viewport { physical_size: viewport, ..default() });
        }
    }
    Ok(())
}

/// Without its camera the 3D view costs nothing.
fn switch_view(control: Res<Control>, mut cameras: Query<&mut Camera, With<Rig>>) {
    for mut camera in &mut cameras {
        if camera.is_active != control.renders {
            camera.is_active = control.renders;
        }
    }
}
