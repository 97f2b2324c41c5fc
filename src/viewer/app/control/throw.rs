//! Throwing, from the camera to where the mouse points.

use super::super::live::Live;
use super::super::stage::{Layout, OnShow, Selection};
use super::pick::{Picker, Sight};
use crate::scene::{PropShape, Throw};
use crate::ui::{Group, Page, Shortcut, bind};
use bevy::prelude::*;

/// Time of flight [s].
const FLIGHT_SECS: f32 = 0.45;
/// Size of things and the longest throw, as parts of the size of the model.
const SIZE: f32 = 0.1;
const REACH: f32 = 3.0;
/// Mass of things as a part of the model's.
const MASS: f64 = 0.12;

/// A wish to throw.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
enum Throwing {
    Box,
    Ball,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Throwing>().add_systems(Update, throw.run_if(in_state(Page::Watch)));
    let throws = |what: Throwing| {
        move |mut wishes: MessageWriter<Throwing>| {
            wishes.write(what);
        }
    };
    let of_box = Shortcut::letter(Group::Poke, 'B', "throw a box (--physics rapier)");
    bind(app, of_box, throws(Throwing::Box));
    bind(app, Shortcut::letter(Group::Poke, 'N', "throw a ball"), throws(Throwing::Ball));
}

fn throw(
    mut wishes: MessageReader<Throwing>,
    picker: Picker,
    selection: Res<Selection>,
    on_show: Res<OnShow>,
    live: Res<Live>,
) {
    for wish in wishes.read() {
        let Some(sight) = picker.sight().or_else(|| picker.ahead()) else { continue };
        let Some((env, target)) = aim(&picker, &selection, sight) else { continue };
        let size = picker.layout.high - picker.layout.low;
        // Of what is long and thin, the rail of a cart, the mean of its extents.
        let half = SIZE * (size.x * size.y * size.z).cbrt();
        let shape = match wish {
            Throwing::Box => PropShape::Box([half; 3]),
            Throwing::Ball => PropShape::Ball(half),
        };
        let bodies = &on_show.scene.model.bodies;
        let mass = MASS * bodies.iter().map(|body| body.mass).sum::<f64>();
        let gravity = Vec3::from_array(on_show.scene.model.opt.gravity.map(|part| part as f32));
        let way = (target - sight.origin).length().min(REACH * size.max_element());
        let mut from = target - way * (target - sight.origin).normalize_or(sight.direction);
        from.z = from.z.max(picker.layout.ground + 2.0 * half);
        let velocity = (target - from) / FLIGHT_SECS - gravity * FLIGHT_SECS / 2.0;
        let numbers = |v: Vec3| v.to_array().map(f64::from);
        let offset = picker.layout.offsets[env];
        let (pos, velocity) = (numbers(from - offset), numbers(velocity));
        live.throw(env, Throw { shape, mass, pos, velocity });
    }
}

/// The environment to throw into, and where to: what lies under the mouse, or else the robot that was
/// selected or is nearest to the line of sight.
fn aim(picker: &Picker, selection: &Selection, sight: Sight) -> Option<(usize, Vec3)> {
    if let Some(hit) = picker.hit(sight)
        && selection.env.is_none_or(|env| env == hit.env)
    {
        return Some((hit.env, sight.origin + hit.distance * sight.direction));
    }
    let centre = |env: usize| robot(picker, &picker.layout, env);
    let miss = |place: Vec3| {
        let way = place - sight.origin;
        (way - way.dot(sight.direction).max(0.0) * sight.direction).length()
    };
    let all = match selection.env {
        Some(env) => env..env + 1,
        None => 0..picker.layout.offsets.len(),
    };
    all.filter_map(|env| Some((env, centre(env)?)))
        .min_by(|(_, a), (_, b)| miss(*a).total_cmp(&miss(*b)))
}

/// Where the robot of an environment is.
fn robot(picker: &Picker, layout: &Layout, env: usize) -> Option<Vec3> {
    let (bodies, offset) = (picker.poses.0.get(env)?, layout.offsets.get(env)?);
    Some(match layout.traveller {
        Some(body) => *offset + bodies.get(body)?.pos,
        None => *offset + (layout.low + layout.high) / 2.0,
    })
}
