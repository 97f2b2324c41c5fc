//! Which environment stands out of the others, and which are seen through.

use super::super::stage::{Environment, Layout, Poses, Selection, Stands, Tint};
use super::Overlays;
use bevy::prelude::*;

/// Between two looks at who overlaps whom [s].
const PERIOD_SECS: f32 = 0.25;
/// Robots whose middles are nearer than this overlap, as a part of a robot's larger extent along the ground.
const NEAR: f32 = 0.7;

/// The environment that was chosen stands out, where there are others. If ghosts are asked for, of robots that overlap
/// one is drawn whole, the chosen one or else the one with the lowest number.
pub(super) fn stand(
    (overlays, selection): (Res<Overlays>, Res<Selection>),
    (layout, poses): (Res<Layout>, Res<Poses>),
    time: Res<Time<Real>>,
    mut since: Local<f32>,
    mut ghosts: Local<Vec<bool>>,
    mut environments: Query<(&Environment, &mut Tint)>,
) {
    *since += time.delta_secs();
    let is_due = *since >= PERIOD_SECS || selection.is_changed() || overlays.is_changed();
    if !overlays.ghosts {
        ghosts.clear();
    } else if is_due {
        let size = (layout.high - layout.low).truncate().max_element();
        *ghosts = overlapping(&places(&layout, &poses), selection.env, NEAR * size);
    }
    if is_due {
        *since = 0.0;
    }
    let is_alone = layout.offsets.len() < 2;
    for (environment, mut tint) in &mut environments {
        let stands = match environment.0 {
            _ if is_alone => Stands::Among,
            env if selection.env == Some(env) => Stands::Out,
            env if ghosts.get(env) == Some(&true) => Stands::Back,
            _ => Stands::Among,
        };
        let scale = tint.scale;
        tint.set_if_neq(Tint { scale, stands });
    }
}

/// Where each robot is along the ground [m]. One that does not travel is where its environment is.
fn places(layout: &Layout, poses: &Poses) -> Vec<Vec2> {
    let moved = |env: usize| Some(poses.0.get(env)?.get(layout.traveller?)?.pos);
    let of = |(env, offset): (usize, &Vec3)| (*offset + moved(env).unwrap_or_default()).truncate();
    layout.offsets.iter().enumerate().map(of).collect()
}

/// Which of some places are nearer than `near` to one that comes before them: `first`, then by their number.
fn overlapping(places: &[Vec2], first: Option<usize>, near: f32) -> Vec<bool> {
    let mut whole: Vec<Vec2> = Vec::new();
    let mut ghosts = vec![false; places.len()];
    let others = (0..places.len()).filter(|&env| first != Some(env));
    for env in first.filter(|&env| env < places.len()).into_iter().chain(others) {
        let here = places[env];
        ghosts[env] = whole.iter().any(|there| there.distance(here) < near);
        if !ghosts[env] {
            whole.push(here);
        }
    }
    ghosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_robots_that_overlap_one_is_whole() {
        let places = [0.0, 0.5, 3.0, 1.1].map(|x| Vec2::new(x, 0.0));
        assert_eq!(overlapping(&places, None, 1.0), [false, true, false, false]);
        assert_eq!(overlapping(&places, Some(1), 1.0), [true, false, false, true]);
        assert_eq!(overlapping(&places, Some(9), 0.1), [false; 4]);
        assert_eq!(overlapping(&[], None, 1.0), [false; 0]);
    }
}
