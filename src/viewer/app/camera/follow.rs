//! Going along with what travels.

use super::super::stage::{Layout, Poses, Restage, Rig, SetStage};
use crate::ui::Page;
use bevy::prelude::*;

/// Time in which the camera makes up for about two thirds of what it lags behind [s].
const LAG_SECS: f32 = 0.25;

/// Part of the environments that all of them are framed by; a few stragglers may leave the picture.
const FRAMED: f32 = 0.75;
/// The distance changes so much more slowly than the place.
const ZOOM_LAG: f32 = 4.0;
/// How many times farther off the camera goes to keep them in it.
const FARTHEST: f32 = 3.0;

/// How a camera follows.
#[derive(Component, Clone, Copy, Debug)]
pub(in crate::viewer::app) struct Follow {
    /// One environment, or all of them, and where its frame has its origin [m].
    pub env: Option<usize>,
    pub place: Vec3,
    pub enabled: bool,
    /// The body that is followed, and where it was when nothing had moved [m].
    body: usize,
    rest: Vec3,
    /// How far the camera has come with it [m].
    moved: Vec3,
    /// How far the environments stood apart when nothing had moved [m], and how many times farther off
    /// the camera is since.
    spread: f32,
    zoom: f32,
}

impl Follow {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            env: None,
            place: Vec3::ZERO,
            enabled: layout.traveller.is_some(),
            body: layout.traveller.unwrap_or(0),
            rest: Vec3::ZERO,
            moved: Vec3::ZERO,
            spread: apart(layout),
            zoom: 1.0,
        }
    }

    /// How far the camera has come with what it follows [m].
    pub(in crate::viewer::app) fn moved(&self) -> Vec3 {
        self.moved
    }

    /// Another scene is on show, in which perhaps another body travels.
    fn change_body(&mut self, layout: &Layout) {
        self.enabled = layout.traveller.is_some();
        self.body = layout.traveller.unwrap_or(0);
    }

    /// The camera is at a distance, or on its way there, from which it goes farther off as the environments part.
    pub(in crate::viewer::app) fn stand_off(&mut self) {
        self.zoom = 1.0;
    }

    /// Another number of environments is on show: all of them are looked at, `target` being their middle when
    /// nothing has moved, with the way that the camera has come with them.
    pub(in crate::viewer::app) fn begin_anew(
        &mut self,
        layout: &Layout,
        rig: &mut Rig,
        target: Vec3,
    ) {
        rig.target = target + self.moved;
        (self.spread, self.zoom) = (apart(layout), 1.0);
    }
}

/// Time that passed since the last picture, in the simulation and for the camera [s].
#[derive(Resource, Default)]
pub(in crate::viewer::app) struct CameraClock {
    pub delta_secs: f32,
}

/// Has no time pass for the camera: what is drawn while a picture is on its way is the same picture.
pub(in crate::viewer::app) fn stand_still(world: &mut World) {
    world.resource_mut::<CameraClock>().delta_secs = 0.0;
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<CameraClock>()
        .add_systems(Restage, change_body.after(SetStage))
        .add_systems(PostUpdate, follow.before(super::PlaceCamera).run_if(in_state(Page::Watch)));
}

fn change_body(layout: Res<Layout>, mut cameras: Query<&mut Follow>) {
    cameras.iter_mut().for_each(|mut follow| follow.change_body(&layout));
}

fn follow(
    poses: Res<Poses>,
    layout: Res<Layout>,
    clock: Res<CameraClock>,
    mut cameras: Query<(&mut Rig, &mut Follow)>,
) {
    for (mut rig, mut follow) in &mut cameras {
        if !follow.enabled {
            continue;
        }
        let Some(goal) = position(&poses, &layout, &follow) else { continue };
        let behind = (goal - follow.rest - follow.moved) * Vec3::new(1.0, 1.0, 0.0);
        let part = 1.0 - (-clock.delta_secs / LAG_SECS).exp();
        follow.moved += behind * part;
        rig.target += behind * part;
        let zoom = match follow.env {
            Some(_) => 1.0,
            None => {
                let places = poses.0.iter().zip(&layout.offsets);
                let places =
                    places.filter_map(|(b, offset)| Some(*offset + b.get(follow.body)?.pos));
                (spread(places) / follow.spread.max(1e-6)).clamp(1.0, FARTHEST)
            }
        };
        let part = 1.0 - (-clock.delta_secs / (LAG_SECS * ZOOM_LAG)).exp();
        let now = follow.zoom * (zoom / follow.zoom).powf(part);
        rig.distance *= now / follow.zoom;
        follow.zoom = now;
    }
}

/// How far most of some places lie from their middle, along the ground [m].
fn spread(places: impl Iterator<Item = Vec3>) -> f32 {
    let places: Vec<Vec2> = places.map(|place| place.truncate()).collect();
    let Some(middle) = median(&places) else { return 0.0 };
    let mut apart: Vec<f32> = places.iter().map(|place| place.distance(middle)).collect();
    apart.sort_by(f32::total_cmp);
    apart[((apart.len() - 1) as f32 * FRAMED) as usize]
}

/// The same at first [m]; on a terrain, where all begin in one place, half of what is shown of it.
fn apart(layout: &Layout) -> f32 {
    let spread = spread(layout.grid.iter().copied());
    let (low, high) = layout.bounds();
    if spread > 0.0 { spread } else { (high - low).truncate().max_element() / 2.0 }
}

/// The median of each coordinate.
fn median(places: &[Vec2]) -> Option<Vec2> {
    let of_axis = |axis: usize| {
        let mut values: Vec<f32> = places.iter().map(|place| place[axis]).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Vec2::new(of_axis(0)?, of_axis(1)?))
}

/// The followed environment's place, or the median of all: those that begin anew do not throw it.
fn position(poses: &Poses, layout: &Layout, follow: &Follow) -> Option<Vec3> {
    let place = |env: usize| Some(poses.0.get(env)?.get(follow.body)?.pos + layout.shift(env));
    if let Some(env) = follow.env {
        return place(env);
    }
    let all = (0..poses.0.len()).filter_map(place);
    let places: Vec<Vec2> = all.map(Vec3::truncate).collect();
    median(&places).map(|middle| middle.extend(0.0))
}

#[cfg(test)]
mod tests {
    use super::super::super::stage::Pose;
    use super::*;
    use crate::model::parse_mjcf;
    use std::path::Path;
    use std::sync::Arc;

    fn follow_all() -> Follow {
        let (place, rest, moved) = (Vec3::ZERO, Vec3::ZERO, Vec3::ZERO);
        Follow { env: None, place, enabled: true, body: 0, rest, moved, spread: 1.0, zoom: 1.0 }
    }

    #[test]
    fn one_that_begins_anew_does_not_move_the_camera() {
        let pose = |x: f32| vec![Pose { pos: Vec3::new(x, 1.0, 0.5), ..default() }];
        let poses = Poses(vec![pose(10.0), pose(10.5), pose(0.0)]);
        let model = r#"<mujoco><worldbody><body><freejoint/><geom size="0.1"/></body></worldbody></mujoco>"#;
        let model = Arc::new(parse_mjcf(model, Path::new(".")).0.unwrap());
        let layout = &mut Layout::new(&model, 3);
        assert_eq!(position(&poses, layout, &follow_all()), Some(Vec3::new(10.0, 1.0, 0.0)));
        let one = Follow { env: Some(2), ..follow_all() };
        assert_eq!(position(&poses, layout, &one), Some(Vec3::new(0.0, 1.0, 0.5)));
        // Nor do robots that are kept apart, wherever they are.
        layout.traveller = Some(0);
        layout.keep_apart(true, &poses);
        assert_eq!(position(&poses, layout, &follow_all()), Some(Vec3::ZERO));
    }

    #[test]
    fn a_straggler_does_not_push_the_camera_away() {
        let row = [0.0, 1.0, 2.0, 3.0, 400.0].map(|x| Vec3::new(x, 0.0, 0.0));
        assert_eq!(spread(row.into_iter()), 2.0);
        assert_eq!(spread([].into_iter()), 0.0);
    }
}
