//! An entity for each thing that was thrown.

use super::super::graphics::{Surface, surface};
use super::super::stage::{Layout, PlaceBodies, world_from_simulation};
use super::{Props, Thing};
use crate::scene::PropShape;
use crate::ui::{Page, Quality};
use bevy::prelude::*;
use std::collections::{HashMap, HashSet};

/// Meshes of edge length and radius one, and the colours that take turns.
#[derive(Resource)]
struct Look {
    cube: Handle<Mesh>,
    ball: Handle<Mesh>,
    colours: Vec<Handle<Surface>>,
}

/// Which thing of which environment an entity is.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Drawn {
    env: usize,
    id: u64,
}

pub(super) fn plugin(app: &mut App) {
    let draw = draw.after(PlaceBodies).before(TransformSystems::Propagate);
    app.add_systems(Startup, set_up).add_systems(PostUpdate, draw.run_if(in_state(Page::Watch)));
}

fn set_up(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<Surface>>,
    quality: Res<Quality>,
) {
    let colours = [[0.86, 0.27, 0.22], [0.95, 0.72, 0.18], [0.20, 0.52, 0.80], [0.36, 0.64, 0.35]];
    let material = |[r, g, b]: [f32; 3]| {
        let base_color = Color::srgb(r, g, b);
        surface(*quality, StandardMaterial { base_color, perceptual_roughness: 0.6, ..default() })
    };
    commands.insert_resource(Look {
        cube: meshes.add(Cuboid::from_length(1.0)),
        ball: meshes.add(Sphere::new(1.0).mesh().uv(32, 16)),
        colours: colours.into_iter().map(|colour| materials.add(material(colour))).collect(),
    });
}

fn draw(
    props: Res<Props>,
    layout: Res<Layout>,
    look: Res<Look>,
    mut drawn: Query<(Entity, &Drawn, &mut Transform)>,
    mut commands: Commands,
) {
    if !props.is_changed() {
        return;
    }
    let turn = world_from_simulation();
    let mut places: HashMap<Drawn, (&Thing, Transform)> = HashMap::new();
    for (env, (things, offset)) in props.0.iter().zip(&layout.offsets).enumerate() {
        for thing in things {
            let mut place = thing.transform;
            place.translation = turn * (*offset + place.translation);
            place.rotation = turn * place.rotation;
            places.insert(Drawn { env, id: thing.id }, (thing, place));
        }
    }
    let mut there = HashSet::new();
    for (entity, which, mut transform) in &mut drawn {
        match places.get(which) {
            Some((_, place)) => {
                *transform = *place;
                there.insert(*which);
            }
            None => commands.entity(entity).despawn(),
        }
    }
    for (which, (thing, place)) in places.into_iter().filter(|(which, _)| !there.contains(which)) {
        let mesh = match thing.shape {
            PropShape::Box(_) => look.cube.clone(),
            PropShape::Ball(_) => look.ball.clone(),
        };
        let colour = look.colours[thing.id as usize % look.colours.len()].clone();
        let own = (which, DespawnOnExit(Page::Watch));
        commands.spawn((own, Mesh3d(mesh), MeshMaterial3d(colour), place));
    }
}
