//! Where environments have been: lines through the last seconds.

use super::super::control::Control;
use super::super::live::Live;
use super::super::stage::{Layout, OnShow, Poser, world_from_simulation};
use super::{Bench, MOST};
use crate::model::Model;
use bevy::prelude::*;
use std::collections::VecDeque;

/// Points of a line, one for each frame.
const MOST_POINTS: usize = 400;
const COLOUR: LinearRgba = LinearRgba::rgb(0.95, 0.35, 0.05);

/// The lines, by environment: the episode, and the places of a body in it.
#[derive(Resource, Default)]
pub(super) struct Trails(Vec<(u64, VecDeque<Vec3>)>);

pub(super) fn draw(
    control: Res<Control>,
    live: Res<Live>,
    on_show: Res<OnShow>,
    layout: Res<Layout>,
    mut bench: ResMut<Bench>,
    mut trails: ResMut<Trails>,
    mut gizmos: Gizmos,
) {
    if !control.overlays.trails {
        trails.0.clear();
        return;
    }
    let Ok(poser) = bench.0.get_mut() else { return };
    let (body, point) = tracer(&on_show.scene.model, layout.traveller);
    trails.0.resize_with(live.envs.len().min(MOST), Default::default);
    let turn = world_from_simulation();
    for (env, (episode, places)) in trails.0.iter_mut().enumerate() {
        let Some(offset) = layout.offsets.get(env) else { continue };
        let snapshot = &live.envs[env];
        if *episode != snapshot.episode {
            (*episode, *places) = (snapshot.episode, VecDeque::new());
        }
        if let Some(place) = place_of(poser, &snapshot.qpos, body, point)
            && places.back() != Some(&place)
        {
            places.push_back(place);
            if places.len() > MOST_POINTS {
                places.pop_front();
            }
        }
        let n = places.len().max(1) as f32;
        let fading = places
            .iter()
            .enumerate()
            .map(|(i, &place)| (turn * (*offset + place), COLOUR.with_alpha((i + 1) as f32 / n)));
        gizmos.linestrip_gradient(fading);
    }
}

fn place_of(poser: &mut Poser, qpos: &[f32], body: usize, point: Vec3) -> Option<Vec3> {
    let pose = *poser.poses(qpos).get(body)?;
    Some(pose.pos + pose.quat * point)
}

/// The point whose way is drawn: of what travels its origin, else the far end of the last body.
fn tracer(model: &Model, traveller: Option<usize>) -> (usize, Vec3) {
    if let Some(body) = traveller {
        return (body, Vec3::ZERO);
    }
    let body = model.bodies.len() - 1;
    let ends = model.geoms.iter().filter(|geom| geom.bodyid == body).flat_map(|geom| {
        let [w, x, y, z] = geom.quat.map(|part| part as f32);
        let along = Quat::from_xyzw(x, y, z, w) * Vec3::Z * geom.size[1] as f32;
        let centre = Vec3::from_array(geom.pos.map(|part| part as f32));
        [centre - along, centre + along]
    });
    let farthest = ends.max_by(|a, b| a.length().total_cmp(&b.length()));
    (body, farthest.unwrap_or_default())
}
