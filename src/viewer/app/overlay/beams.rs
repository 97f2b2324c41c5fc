//! The rays of a task's scans, and what they meet.

use super::super::stage::{
    Layout, OnShow, Pose, Poses, Restage, Selection, seen, world_from_simulation,
};
use super::{KeepApart, MOST, Overlays};
use crate::math::lanes::Isa;
use crate::math::spatial::V3;
use crate::model::Model;
use crate::sight::{RayScene, Scanner};
use crate::ui::Page;
use bevy::prelude::*;
use std::sync::Arc;

/// More rays in one picture than this could not be told apart; of more only every so many are drawn.
const MOST_BEAMS: usize = 4096;
const BEAM: Color = Color::srgba(0.10, 0.55, 0.80, 0.30);
const MET: Color = Color::srgb(0.90, 0.10, 0.10);
/// Size of the cross at what a ray meets, as a part of the model's.
const CROSS: f32 = 0.012;
/// A ray that ends so near to its range has met nothing, as a part of it.
const NEARLY: f64 = 1e-4;

/// What scans, and how far each scan goes [m].
#[derive(Resource)]
struct Scans(Vec<(Scanner, f64)>);

/// Rays as they were cast last, and of what.
#[derive(Default)]
struct Cast {
    chosen: Vec<usize>,
    poses: Vec<[u32; 7]>,
    /// Environment, both ends in its frame [m], and whether there is something at the end.
    rays: Vec<(usize, [Vec3; 2], bool)>,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), enter)
        .add_systems(Restage, enter)
        .add_systems(OnExit(Page::Watch), |mut commands: Commands| {
            commands.remove_resource::<Scans>();
        })
        .add_systems(Update, draw.after(KeepApart).run_if(in_state(Page::Watch)));
}

fn enter(mut commands: Commands, on_show: Res<OnShow>) {
    let scene = &on_show.scene;
    let mut scans = Vec::new();
    if scene.task.scans().next().is_some() {
        let stage = Arc::new(RayScene::new(scene.model.clone()));
        // A task with a scan that cannot be cast was refused when it was read.
        scans.extend(scene.task.scans().filter_map(|(_, spec)| {
            let scanner = Scanner::new(stage.clone(), spec.clone(), Isa::detect()).ok()?;
            Some((scanner, spec.range))
        }));
    }
    commands.insert_resource(Scans(scans));
}

fn draw(
    (overlays, selection): (Res<Overlays>, Res<Selection>),
    scans: Res<Scans>,
    on_show: Res<OnShow>,
    (layout, poses): (Res<Layout>, Res<Poses>),
    mut last: Local<Cast>,
    mut gizmos: Gizmos,
) {
    let n_rays: usize = scans.0.iter().map(|(scanner, _)| scanner.len()).sum();
    if !overlays.rays || n_rays == 0 {
        return;
    }
    let chosen: Vec<usize> = match selection.env {
        Some(env) => vec![env],
        None => (0..poses.0.len().min(MOST)).collect(),
    };
    let bodies = chosen.iter().filter_map(|env| poses.0.get(*env)).flatten();
    let bits: Vec<[u32; 7]> = bodies.map(Pose::bits).collect();
    if scans.is_changed() || last.chosen != chosen || last.poses != bits {
        let rays = cast(&scans, &on_show.scene.model, &chosen, &poses);
        *last = Cast { chosen, poses: bits, rays };
    }
    let turn = world_from_simulation();
    let reach = CROSS * (layout.high - layout.low).max_element();
    for (env, ends, is_met) in &last.rays {
        let Some(offset) = layout.offsets.get(*env) else { continue };
        let [begin, end] = ends.map(|at| turn * (*offset + at));
        gizmos.line(begin, end, BEAM);
        if *is_met {
            for axis in [Vec3::X, Vec3::Y, Vec3::Z] {
                gizmos.line(end - reach * axis, end + reach * axis, MET);
            }
        }
    }
}

/// Casts as many rays of some environments as are drawn.
fn cast(
    scans: &Scans,
    model: &Model,
    chosen: &[usize],
    poses: &Poses,
) -> Vec<(usize, [Vec3; 2], bool)> {
    let n_rays: usize = scans.0.iter().map(|(scanner, _)| scanner.len()).sum();
    let stride = stride(n_rays * chosen.len());
    let narrow = |v: V3<f64>| Vec3::from_array(v.map(|part| part as f32));
    let mut rays = Vec::new();
    for &env in chosen {
        let Some(bodies) = poses.0.get(env) else { continue };
        let pose = seen(model, bodies);
        if !pose.is_finite() {
            continue;
        }
        for (scanner, range) in &scans.0 {
            let beams = scanner.beams(&pose, stride).into_iter();
            rays.extend(beams.map(|[from, to]| {
                let is_met = length(from, to) < range * (1.0 - NEARLY);
                (env, [from, to].map(narrow), is_met)
            }));
        }
    }
    rays
}

fn length(from: V3<f64>, to: V3<f64>) -> f64 {
    (0..3).map(|k| (to[k] - from[k]) * (to[k] - from[k])).sum::<f64>().sqrt()
}

/// Of so many rays every so many are drawn.
fn stride(n: usize) -> usize {
    n.div_ceil(MOST_BEAMS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_rays_are_drawn_than_can_be_told_apart() {
        assert_eq!(
            [stride(0), stride(187), stride(MOST_BEAMS), stride(MOST_BEAMS + 1)],
            [1, 1, 1, 2]
        );
        for n in [5_000, 65_536, 1 << 20] {
            assert!(n / stride(n) <= MOST_BEAMS, "{n}");
        }
    }

    #[test]
    fn a_length_is_that_of_the_way() {
        assert_eq!(length([1.0, 2.0, 3.0], [1.0, 5.0, 7.0]), 5.0);
    }
}
