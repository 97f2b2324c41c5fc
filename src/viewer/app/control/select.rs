//! A double-click chooses an environment; the camera then follows it.

use super::super::camera::{Flight, Follow, aspect, distance_to_one, frame_all};
use super::super::live::Live;
use super::super::stage::{Layout, Poses, Rig, Selection, world_from_simulation};
use super::pick::Picker;
use super::pointer::Pointer;
use crate::ui::{Group, Page, Shortcut, bind, explain};
use bevy::input::ButtonState;
use bevy::input::keyboard::Key;
use bevy::input::mouse::MouseButtonInput;
use bevy::prelude::*;
use std::f32::consts::FRAC_PI_2;

/// Longest time between the clicks [s], and how far apart they may be [pixels].
const DOUBLE_CLICK_SECS: f32 = 0.4;
const DOUBLE_CLICK_PIXELS: f32 = 6.0;
const MARK: Color = Color::srgb(0.95, 0.45, 0.1);

pub(super) fn plugin(app: &mut App) {
    let select = (click, let_go, follow_selected, mark_selected).chain();
    app.add_systems(Update, select.run_if(in_state(Page::Watch)));
    let letter = |letter, does| Shortcut::letter(Group::View, letter, does).repeating();
    bind(app, letter(']', "select the next environment"), next);
    bind(app, letter('[', "select the previous one"), previous);
    let deselect = Shortcut::key(Group::View, Key::Escape, "deselect");
    bind(app, deselect, |mut selection: ResMut<Selection>| selection.env = None);
    explain(app, Group::View, "double-click", "select an environment");
}

fn next(mut selection: ResMut<Selection>, live: Res<Live>) {
    let n_envs = live.envs.len().max(1);
    selection.env = Some(selection.env.map_or(0, |env| (env + 1) % n_envs));
}

fn previous(mut selection: ResMut<Selection>, live: Res<Live>) {
    let n_envs = live.envs.len().max(1);
    let before = |env: usize| (env + n_envs - 1) % n_envs;
    selection.env = Some(selection.env.map_or(n_envs - 1, before));
}

fn click(
    // Every click, and not only whether there was one: a slow picture may have two.
    mut clicks: MessageReader<MouseButtonInput>,
    pointer: Res<Pointer>,
    time: Res<Time<Real>>,
    picker: Picker,
    mut selection: ResMut<Selection>,
    mut last: Local<Option<(f32, Vec2)>>,
) {
    if pointer.over_panels {
        // The first of two clicks must not be one on a button.
        *last = None;
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
            selection.env = hit.map(|hit| hit.env);
            selection.body = hit.map(|hit| hit.body);
        }
    }
}

/// What is not on show any more is not chosen either.
fn let_go(layout: Res<Layout>, mut selection: ResMut<Selection>) {
    if selection.env.is_some_and(|env| env >= layout.offsets.len()) {
        selection.env = None;
        selection.body = None;
    }
}

/// Flies to what was chosen, and back to all when nothing is; where another number of environments is on show the
/// camera is there at once. At first it sees them all in the view that the panels leave.
fn follow_selected(
    selection: Res<Selection>,
    layout: Res<Layout>,
    mut cameras: Query<(Entity, &Camera, &mut Rig, &mut Follow)>,
    mut seen: Local<Option<Entity>>,
    mut commands: Commands,
) {
    for (entity, camera, mut rig, mut follow) in &mut cameras {
        if camera.viewport.is_none() {
            continue;
        }
        let is_new_view = seen.replace(entity) != Some(entity);
        let is_another = follow.env != selection.env;
        if !is_another && !layout.is_changed() && !is_new_view {
            continue;
        }
        let place = selection.env.and_then(|env| layout.grid.get(env)).copied();
        let all = frame_all(&layout, aspect(camera));
        let middle = (layout.low + layout.high) / 2.0;
        let flight = match place {
            Some(place) if is_another => {
                let distance = distance_to_one(&layout, &rig, aspect(camera)).min(all.distance);
                follow.stand_off();
                Some(Flight::new(&rig, place + middle + follow.moved(), distance))
            }
            // It stays, on show with others than before.
            Some(place) => Some(Flight::new(&rig, rig.target + place - follow.place, rig.distance)),
            None if is_another => {
                follow.stand_off();
                Some(Flight::new(&rig, all.target + follow.moved(), all.distance))
            }
            None => {
                rig.distance = all.distance;
                follow.begin_anew(&layout, &mut rig, all.target);
                None
            }
        };
        match flight {
            Some(flight) if !layout.is_changed() && !is_new_view => {
                commands.entity(entity).insert(flight);
            }
            // It is there at once: one that is still under way would take it past.
            at_once => {
                if let Some(flight) = at_once {
                    flight.land(&mut rig);
                }
                commands.entity(entity).remove::<Flight>();
            }
        }
        follow.env = selection.env;
        follow.place = place.unwrap_or_default();
    }
}

/// A ring on the ground about the chosen environment.
fn mark_selected(
    selection: Res<Selection>,
    layout: Res<Layout>,
    poses: Res<Poses>,
    mut gizmos: Gizmos,
) {
    let Some(env) = selection.env else { return };
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
