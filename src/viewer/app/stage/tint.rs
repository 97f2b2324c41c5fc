//! Environments in the colours of their returns, from blue for the least to yellow for the most.

use super::super::control::Control;
use super::super::graphics::Surface;
use super::super::live::Live;
use super::{Body, Environment};
use bevy::prelude::*;
use std::collections::HashMap;

/// Between two looks at the returns [s].
const PERIOD_SECS: f32 = 0.25;
/// How much of a geom's colour is that of the return.
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

/// The place on the scale that an environment has at present; none is its own colours.
#[derive(Component, Default)]
pub(super) struct Place(Option<usize>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Tinted>().add_systems(Update, tint.run_if(resource_exists::<Control>));
}

fn tint(
    control: Res<Control>,
    live: Res<Live>,
    time: Res<Time<Real>>,
    mut since: Local<f32>,
    mut tinted: ResMut<Tinted>,
    mut materials: ResMut<Assets<Surface>>,
    mut environments: Query<(&Environment, &mut Place, &Children)>,
    bodies: Query<&Children, With<Body>>,
    mut geoms: Query<(&Plain, &mut MeshMaterial3d<Surface>)>,
) {
    *since += time.delta_secs();
    if *since < PERIOD_SECS {
        return;
    }
    *since = 0.0;
    let returns: Vec<f64> = live.envs.iter().map(|env| env.total_reward).collect();
    for (environment, mut place, children) in &mut environments {
        let now = control.tints.then(|| place_on_scale(&returns, environment.0)).flatten();
        if place.0 == now {
            continue;
        }
        place.0 = now;
        let its_bodies = children.iter().filter_map(|child| bodies.get(child).ok());
        for geom in its_bodies.flatten() {
            let Ok((plain, mut material)) = geoms.get_mut(*geom) else { continue };
            material.0 = match now {
                None => plain.0.clone(),
                Some(at) => tinted_material(&mut tinted, &mut materials, &plain.0, at),
            };
        }
    }
}

/// Where an environment's return lies between the least and the largest.
fn place_on_scale(returns: &[f64], env: usize) -> Option<usize> {
    let own = *returns.get(env).filter(|own| own.is_finite())?;
    let low = returns.iter().copied().fold(f64::INFINITY, f64::min);
    let high = returns.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let part = if high > low { (own - low) / (high - low) } else { 0.5 };
    Some((part * (SCALE.len() - 1) as f64).round() as usize)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_return_is_at_the_bottom_of_the_scale_and_the_largest_at_its_top() {
        let returns = [3.0, -1.0, 1.0];
        let at = |env| place_on_scale(&returns, env);
        assert_eq!([at(0), at(1), at(2), at(3)], [Some(5), Some(0), Some(3), None]);
        assert_eq!(place_on_scale(&[2.0, 2.0], 1), Some(3));
        assert_eq!(place_on_scale(&[f64::NAN, 2.0], 0), None);
    }
}
