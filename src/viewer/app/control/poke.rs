//! Ctrl and a drag act on a body by a spring, as in MuJoCo's `simulate`: the right button pulls it to where
//! the mouse goes, the left one turns it.

use super::super::live::Live;
use super::super::stage::world_from_simulation;
use super::pick::{Hit, Picker};
use super::pointer::Pointer;
use crate::session::{Pull, PullTarget};
use crate::ui::{Group, Page, explain};
use bevy::input::mouse::AccumulatedMouseMotion;
use bevy::prelude::*;
use std::f32::consts::PI;

const SPRING: Color = Color::srgb(0.86, 0.16, 0.22);
/// Size of the balls at the ends of the spring, as a part of the distance from the eye.
const END: f32 = 0.006;
/// Size of the ring about a body that is turned, and of the axes that show its wanted orientation, the same.
const RING: f32 = 0.06;

/// What is held.
#[derive(Resource, Default)]
pub(super) struct Hand(Option<Held>);

struct Held {
    by: MouseButton,
    hit: Hit,
    /// Wanted of a body that is turned, in the simulation's axes.
    orientation: Quat,
}

impl Hand {
    /// Whether the mouse is for a body, and not for the camera.
    pub(super) fn holds(&self) -> bool {
        self.0.is_some()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Hand>()
        .add_systems(Update, poke.run_if(in_state(Page::Watch)))
        .add_systems(OnExit(Page::Watch), |mut hand: ResMut<Hand>| hand.0 = None);
    explain(app, Group::Poke, "Ctrl, right drag", "pull a body");
    explain(app, Group::Poke, "Ctrl, left drag", "turn a body");
}

/// Whether the mouse pokes rather than turns the camera.
pub(super) fn pokes(keys: &ButtonInput<KeyCode>) -> bool {
    keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight])
}

pub(super) fn poke(
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Res<ButtonInput<MouseButton>>,
    motion: Res<AccumulatedMouseMotion>,
    (picker, pointer): (Picker, Res<Pointer>),
    mut hand: ResMut<Hand>,
    mut live: ResMut<Live>,
    mut gizmos: Gizmos,
) {
    if hand.0.as_ref().is_some_and(|held| !buttons.pressed(held.by)) {
        hand.0 = None;
        live.pull(None);
    }
    let (Some(sight), Some(forward)) = (picker.sight(), picker.forward()) else { return };
    let pose = |hit: Hit| picker.poses.0.get(hit.env)?.get(hit.body);
    for by in [MouseButton::Left, MouseButton::Right] {
        let takes_hold = buttons.just_pressed(by) && pokes(&keys) && !pointer.over_panels;
        if hand.0.is_none() && takes_hold {
            let hit = picker.hit(sight);
            let orientation = hit.and_then(pose).map_or(Quat::IDENTITY, |body| body.quat);
            hand.0 = hit.map(|hit| Held { by, hit, orientation });
        }
    }
    let Some(held) = &mut hand.0 else { return };
    let hit = held.hit;
    let (Some(offset), Some(body)) = (picker.layout.offsets.get(hit.env), pose(hit)) else {
        return;
    };
    let turn = world_from_simulation();
    let in_environment = |v: Vec3| v.to_array().map(f64::from);
    let to = if held.by == MouseButton::Left {
        // Across the picture is half a turn, about the vertical or about what lies to the right.
        let moved = PI * motion.delta / picker.height();
        let right = forward.cross(Vec3::Z).normalize_or(Vec3::X);
        let turned =
            Quat::from_axis_angle(Vec3::Z, moved.x) * Quat::from_axis_angle(right, moved.y);
        held.orientation = (turned * held.orientation).normalize();
        let centre = Isometry3d::new(turn * (*offset + body.pos), turn * held.orientation);
        let size = RING * hit.distance;
        gizmos.sphere(centre, size, SPRING).resolution(48);
        gizmos.axes(centre, 1.6 * size);
        let [x, y, z, w] = held.orientation.to_array().map(f64::from);
        PullTarget::Orientation([w, x, y, z])
    } else {
        // The mouse moves in the plane through the point that it took hold of.
        let place = *offset + body.pos + body.quat * hit.point;
        let depth = (place - sight.origin).dot(forward);
        let end = sight.origin + sight.direction * depth / sight.direction.dot(forward).max(0.1);
        gizmos.line(turn * place, turn * end, SPRING);
        for end in [place, end] {
            gizmos.sphere(turn * end, END * hit.distance, SPRING).resolution(16);
        }
        PullTarget::Place {
            point: in_environment(hit.point),
            target: in_environment(end - *offset),
        }
    };
    live.pull(Some(Pull { env: hit.env, body: hit.body, to }));
}
