//! Where environments have been: lines through the last seconds.

use super::super::live::{Live, Playback};
use super::super::stage::{Layout, OnShow, Poses, Selection, world_from_simulation};
use super::{MOST, Overlays};
use crate::model::Model;
use bevy::prelude::*;

/// Points of a line, one for each frame that was shown.
const MOST_POINTS: usize = 400;
const COLOUR: LinearRgba = LinearRgba::rgb(0.95, 0.35, 0.05);

/// Of the first environments, and of the chosen one, whichever it is. A line ends where the body is drawn, and
/// of a look back at what it was then.
pub(super) fn draw(
    (overlays, selection): (Res<Overlays>, Res<Selection>),
    (live, playback): (Res<Live>, Res<Playback>),
    on_show: Res<OnShow>,
    (layout, poses): (Res<Layout>, Res<Poses>),
    mut gizmos: Gizmos,
) {
    if !overlays.trails {
        return;
    }
    let (body, point) = tracer(&on_show.scene.model, layout.traveller);
    let turn = world_from_simulation();
    let n_envs = poses.0.len().min(layout.offsets.len());
    let chosen = selection.env.filter(|env| (MOST..n_envs).contains(env));
    for env in (0..n_envs.min(MOST)).chain(chosen) {
        let now = poses.0[env].get(body).copied();
        let way = now.into_iter().chain(live.clip().way_of(env, body, playback.back));
        let places: Vec<Vec3> =
            way.take(MOST_POINTS).map(|pose| pose.pos + pose.quat * point).collect();
        let n = places.len().max(1) as f32;
        let offset = layout.offsets[env];
        let fading = places
            .iter()
            .enumerate()
            .map(|(i, &place)| (turn * (offset + place), COLOUR.with_alpha(1.0 - i as f32 / n)));
        gizmos.linestrip_gradient(fading);
    }
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
