//! Whether the mouse is for the 3D view, or for what is beside and over it.

use super::super::stage::Rig;
use bevy::input::InputSystems;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;

/// Where the mouse is, and where it took hold.
#[derive(Resource, Default)]
pub(super) struct Pointer {
    /// Over a panel, or over a window that is over the view.
    pub over_panels: bool,
    /// A button went down over the view and is held: what the mouse does is for the view until it is let go,
    /// wherever it goes meanwhile.
    pub drags_view: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pointer>().add_systems(PreUpdate, watch.after(InputSystems));
}

/// egui knows what lies over the view, but not that the view ends where panels begin: they share its
/// background.
fn watch(
    buttons: Res<ButtonInput<MouseButton>>,
    egui: Res<EguiWantsInput>,
    windows: Query<&Window, With<PrimaryWindow>>,
    views: Query<&Camera, With<Rig>>,
    mut pointer: ResMut<Pointer>,
) {
    let cursor = windows.single().ok().and_then(Window::cursor_position);
    let view = views.single().ok().and_then(Camera::logical_viewport_rect);
    let is_outside = match (cursor, view) {
        (Some(cursor), Some(view)) => !view.contains(cursor),
        _ => false,
    };
    pointer.over_panels = is_outside || egui.wants_any_pointer_input();
    if buttons.get_just_pressed().next().is_some() && !pointer.over_panels {
        pointer.drags_view = true;
    } else if buttons.get_pressed().next().is_none() {
        pointer.drags_view = false;
    }
}
