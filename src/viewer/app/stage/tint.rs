//! Environments in colours of a scale, from violet to yellow.

use super::super::graphics::Surface;
use super::Body;
use bevy::prelude::*;
use std::collections::HashMap;

/// How much of a geom's colour is that of the scale.
const WEIGHT: f32 = 0.8;
/// From the least to the most, after the colour map viridis (van der Walt and Smith, 2015).
pub(in crate::viewer::app) const SCALE: [[f32; 3]; 6] = [
    [0.27, 0.00, 0.33],
    [0.25, 0.27, 0.53],
    [0.16, 0.47, 0.56],
    [0.13, 0.66, 0.52],
    [0.48, 0.82, 0.32],
    [0.99, 0.91, 0.14],
];

/// The material of a geom when it is not tinted.
#[derive(Component)]
pub(super) struct Plain(pub Handle<Surface>);

/// Tinted materials: what they were made from, and which place of the scale.
#[derive(Resource, Default)]
pub(super) struct Tinted(HashMap<(AssetId<Surface>, usize), Handle<Surface>>);

impl Tinted {
    /// Forgets them all: the materials that they were made from are to go.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The place on the scale whose colour an environment is to have; none for its own colours.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::viewer::app) struct Tint(pub Option<usize>);

/// Environments have the colours that they are to have.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::viewer::app) struct TintEnvironments;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Tinted>().add_systems(Update, tint.in_set(TintEnvironments));
}

fn tint(
    mut tinted: ResMut<Tinted>,
    mut materials: ResMut<Assets<Surface>>,
    environments: Query<(&Tint, &Children), Changed<Tint>>,
    bodies: Query<&Children, With<Body>>,
    mut geoms: Query<(&Plain, &mut MeshMaterial3d<Surface>)>,
) {
    for (tint, children) in &environments {
        let its_bodies = children.iter().filter_map(|child| bodies.get(child).ok());
        for geom in its_bodies.flatten() {
            let Ok((plain, mut material)) = geoms.get_mut(*geom) else { continue };
            let now = match tint.0 {
                None => plain.0.clone(),
                Some(at) => tinted_material(&mut tinted, &mut materials, &plain.0, at),
            };
            material.set_if_neq(MeshMaterial3d(now));
        }
    }
}

fn tinted_material(
    tinted: &mut Tinted,
    materials: &mut Assets<Surface>,
    plain: &Handle<Surface>,
    at: usize,
) -> Handle<Surface> {
    let key = (plain.id(), at);
    if let Some(known) = tinted.0.get(&key) {
        return known.clone();
    }
    let Some(mut material) = materials.get(plain).cloned() else { return plain.clone() };
    let [r, g, b] = SCALE[at];
    let own = material.base.base_color.to_srgba();
    material.base.base_color = own.mix(&Srgba::new(r, g, b, own.alpha), WEIGHT).into();
    let handle = materials.add(material);
    tinted.0.insert(key, handle.clone());
    handle
}
