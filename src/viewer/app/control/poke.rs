//! Ctrl and the left button take hold of a body; a spring pulls it to where the mouse goes.

use super::super::live::Live;
use super::super::stage::world_from_simulation;
use super::pick::{Hit, Picker};
use crate::session::Pull;
use bevy::prelude::*;

const SPRING: Color = Color::srgb(0.86, 0.16, 0.22);
/// Size of the balls at the ends of the spring, as a part of the distance from the eye.
const END: f32 = 0.006;

/// What is held.
#[derive(Resource, Default)]
pub(super) struct Hand(Option<Hit>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Hand>().add_systems(Update, poke);
}

/// Whether the mouse pokes rather than turns the camera.
pub(super) fn pokes(keys: &ButtonInput<KeyCode>) -> bool {
    keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight])
}

fn poke(
    keys: Res<ButtonInput<KeyCode>>,
    buttons: Res<ButtonInput<MouseButton>>,
    picker: Picker,
    mut hand: ResMut<Hand>,
    mut live: ResMut<Live>,
    mut gizmos: Gizmos,
) {
    if !buttons.pressed(MouseButton::Left) {
        if hand.0.take().is_some() {
            live.pull(None);
        }
        return;
    }
    let (Some(sight), Some(forward)) = (picker.sight(), picker.forward()) else { return };
    if buttons.just_pressed(MouseButton::Left) && pokes(&keys) {
        hand.0 = picker.hit(sight);
    }
    let Some(hit) = hand.0 else { return };
    let Some(offset) = picker.layout.offsets.get(hit.env) else { return };
    let Some(body) = picker.poses.0.get(hit.env).and_then(|bodies| bodies.get(hit.body)) else {
        return;
    };
    // The mouse moves in the plane through the point that it took hold of.
    let held = *offset + body.pos + body.quat * hit.point;
    let depth = (held - sight.origin).dot(forward);
    let end = sight.origin + sight.direction * depth / sight.direction.dot(forward).max(0.1);
    let in_environment = |v: Vec3| v.to_array().map(f64::from);
    live.pull(Some(Pull {
        env: hit.env,
        body: hit.body,
        point: in_environment(hit.point),
        target: in_environment(end - *offset),
    }));
    let turn = world_from_simulation();
    gizmos.line(turn * held, turn * end, SPRING);
    for place in [held, end] {
        gizmos.sphere(turn * place, END * hit.distance, SPRING).resolution(16);
    }
}
