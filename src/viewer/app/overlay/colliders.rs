//! Rapier's own drawing of its colliders.

use super::super::mirror::{Mirror, Mirrored, frame};
use super::super::stage::{Layout, Poses, Restage, Selection, world_from_simulation};
use super::{KeepApart, MOST, Overlays};
use crate::ui::Page;
use bevy::prelude::*;
use bevy_rapier3d::rapier::dynamics::RigidBodySet;
use bevy_rapier3d::rapier::geometry::{Collider, ColliderBuilder, ColliderHandle, ColliderSet};
use bevy_rapier3d::rapier::math::Vector;
use bevy_rapier3d::rapier::pipeline::{
    DebugColor, DebugRenderBackend, DebugRenderMode, DebugRenderObject, DebugRenderPipeline,
    DebugRenderStyle,
};
use std::sync::Mutex;

/// The colliders of the environments that are drawn, filled when they are first asked for.
#[derive(Resource)]
struct Drawing(Mutex<Colliders>);

struct Colliders {
    set: ColliderSet,
    /// By environment, then as the mirror's geoms that are drawn.
    handles: Vec<Vec<ColliderHandle>>,
    pipeline: DebugRenderPipeline,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(OnEnter(Page::Watch), enter)
        .add_systems(Restage, enter)
        .add_systems(OnExit(Page::Watch), |mut commands: Commands| {
            commands.remove_resource::<Drawing>();
        })
        .add_systems(Update, draw.after(KeepApart).run_if(in_state(Page::Watch)));
}

fn enter(mut commands: Commands) {
    let colliders = Colliders {
        set: ColliderSet::new(),
        handles: Vec::new(),
        pipeline: DebugRenderPipeline::new(
            DebugRenderStyle { subdivisions: 10, ..DebugRenderStyle::default() },
            DebugRenderMode::COLLIDER_SHAPES,
        ),
    };
    commands.insert_resource(Drawing(Mutex::new(colliders)));
}

fn draw(
    (overlays, selection): (Res<Overlays>, Res<Selection>),
    mirror: Res<Mirror>,
    poses: Res<Poses>,
    layout: Res<Layout>,
    mut drawing: ResMut<Drawing>,
    mut gizmos: Gizmos,
) {
    if !overlays.colliders {
        return;
    }
    let Ok(colliders) = drawing.0.get_mut() else { return };
    let chosen: Vec<usize> = match selection.env {
        Some(env) => vec![env],
        None => (0..poses.0.len().min(MOST)).collect(),
    };
    colliders.fill(&mirror, chosen.len());
    for (handles, env) in colliders.handles.iter().zip(chosen) {
        let (Some(bodies), Some(offset)) = (poses.0.get(env), layout.offsets.get(env)) else {
            continue;
        };
        for (geom, handle) in drawn(&mirror).zip(handles) {
            let Some(body) = bodies.get(geom.body) else { continue };
            let mut pose = frame(body) * geom.placed.pose;
            pose.translation += *offset;
            if let Some(collider) = colliders.set.get_mut(*handle) {
                collider.set_position(pose);
            }
        }
    }
    let mut pen = Pen { gizmos: &mut gizmos, turn: world_from_simulation() };
    colliders.pipeline.render_colliders(&mut pen, &RigidBodySet::new(), &colliders.set);
}

/// What has an end: a plane would be drawn as a cross somewhere in it.
fn drawn(mirror: &Mirror) -> impl Iterator<Item = &Mirrored> {
    mirror.geoms.iter().filter(|geom| geom.placed.shape.as_halfspace().is_none())
}

impl Colliders {
    /// Makes colliders for so many environments.
    fn fill(&mut self, mirror: &Mirror, n_envs: usize) {
        if self.handles.len() == n_envs {
            return;
        }
        self.set = ColliderSet::new();
        let collider = |shape| -> Collider { ColliderBuilder::new(shape).build() };
        let of_one = |set: &mut ColliderSet| {
            let shapes = drawn(mirror).map(|geom| geom.placed.shape.clone());
            shapes.map(|shape| set.insert(collider(shape))).collect()
        };
        self.handles = (0..n_envs).map(|_| of_one(&mut self.set)).collect();
    }
}

struct Pen<'a, 'w, 's> {
    gizmos: &'a mut Gizmos<'w, 's>,
    turn: Quat,
}

impl DebugRenderBackend for Pen<'_, '_, '_> {
    fn draw_line(&mut self, _: DebugRenderObject, a: Vector, b: Vector, colour: DebugColor) {
        let [hue, saturation, lightness, alpha] = colour;
        self.gizmos.line(
            self.turn * a,
            self.turn * b,
            Color::hsla(hue, saturation, lightness, alpha),
        );
    }
}
