//! A double-click chooses an environment; the camera then follows it.

use super::super::camera::{Follow, Rig, frame_all};
use super::super::stage::{Layout, Poses, world_from_simulation};
use super::Control;
use super::pick::Picker;
use bevy::input::ButtonState;
use bevy::input::mouse::MouseButtonInput;
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::input::EguiWantsInput;
use std::f32::consts::FRAC_PI_2;

/// Longest time between the clicks [s], and how far apart they may be [pixels].
const DOUBLE_CLICK_SECS: f32 = 0.4;
const DOUBLE_CLICK_PIXELS: f32 = 6.0;
const MARK: Color = Color::srgb(0.95, 0.45, 0.1);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (click, follow_selected, mark_selected).chain());
}

fn click(
    // Every click, and not only whether there was one: a slow picture may have two.
    mut clicks: MessageReader<MouseButtonInput>,
    panels: Res<EguiWantsInput>,
    time: Res<Time<Real>>,
    picker: Picker,
    mut control: ResMut<Control>,
    mut last: Local<Option<(f32, Vec2)>>,
) {
    if panels.wants_any_pointer_input() {
        clicks.clear();
    }
    let is_press = |input: &&MouseButtonInput| {
        input.button == MouseButton::Left && input.state == ButtonState::Pressed
    };
    for _ in clicks.read().filter(is_press) {
        let Some(cursor) = picker.cursor() else { continue };
        let now = time.elapsed_secs();
        let is_second = last.is_some_and(|(then, place)| {
            now - then < DOUBLE_CLICK_SECS && place.distance(cursor) < DOUBLE_CLICK_PIXELS
        });
        *last = if is_second { None } else { Some((now, cursor)) };
        if is_second && let Some(sight) = picker.sight() {
            let hit = picker.hit(sight);
            control.selected = hit.map(|hit| hit.env);
            control.body = hit.map(|hit| hit.body);
        }
    }
}

/// Moves the camera to what was chosen, and back to all when nothing is.
fn follow_selected(
    control: Res<Control>,
    layout: Res<Layout>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut cameras: Query<(&mut Rig, &mut Follow)>,
) {
    let aspect = windows.single().map_or(1.0, |window| window.width() / window.height().max(1.0));
    for (mut rig, mut follow) in &mut cameras {
        if follow.env == control.selected {
            continue;
        }
        let place = |env: Option<usize>| env.and_then(|env| layout.offsets.get(env));
        let from = place(follow.env).copied().unwrap_or_default();
        let to = place(control.selected).copied().unwrap_or_default();
        rig.target += to - from;
        rig.distance = match control.selected {
            Some(_) => rig.distance.min(distance_to_one(&layout)),
            None => frame_all(&layout, aspect).distance,
        };
        follow.env = control.selected;
    }
}

/// From where one environment and some of what is about it are seen [m].
fn distance_to_one(layout: &Layout) -> f32 {
    2.5 * (layout.high - layout.low).length()
}

/// A ring on the ground about the chosen environment.
fn mark_selected(
    control: Res<Control>,
    layout: Res<Layout>,
    poses: Res<Poses>,
    mut gizmos: Gizmos,
) {
    let Some(env) = control.selected else { return };
    let Some(offset) = layout.offsets.get(env) else { return };
    let size = layout.high - layout.low;
    let place = layout.traveller.and_then(|body| Some(poses.0.get(env)?.get(body)?.pos));
    let mut centre = *offset + place.unwrap_or((layout.low + layout.high) / 2.0);
    centre.z = layout.ground + 0.004 * size.max_element();
    let turn = world_from_simulation();
    let radius = 0.6 * size.x.min(3.0 * size.y).max(0.5 * size.z);
    let flat = Quat::from_rotation_x(-FRAC_PI_2);
    for part in [1.0, 1.02] {
        let place = Isometry3d::new(turn * centre, flat);
        gizmos.circle(place, radius * part, MARK).resolution(64);
    }
}
