//! Environments in other colours than their own: of a scale, from violet to yellow; of the one that was chosen;
//! of those that are seen through.

use super::super::graphics::Surface;
use super::Body;
use bevy::prelude::*;
use std::collections::HashMap;

/// How much of a geom's colour is that of the scale.
const WEIGHT: f32 = 0.8;
/// The same of the colour of what was chosen: that of selections everywhere in the window.
const CHOSEN_WEIGHT: f32 = 0.6;
const CHOSEN: [f32; 3] = [0.42, 0.66, 1.0];
/// How much of a ghost is there.
const GHOST: f32 = 0.22;

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

/// Tinted materials: what they were made from, and how.
#[derive(Resource, Default)]
pub(super) struct Tinted(HashMap<(AssetId<Surface>, Tint), Handle<Surface>>);

impl Tinted {
    /// Forgets them all: the materials that they were made from are to go.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// How an environment is to look; at first as its model says.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::viewer::app) struct Tint {
    /// The place on the scale whose colour it has; none for its own colours.
    pub scale: Option<usize>,
    pub stands: Stands,
}

/// How an environment stands among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::viewer::app) enum Stands {
    #[default]
    Among,
    /// It was chosen.
    Out,
    /// It is seen through.
    Back,
}

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
            let now = match *tint == Tint::default() {
                true => plain.0.clone(),
                false => tinted_material(&mut tinted, &mut materials, &plain.0, *tint),
            };
            material.set_if_neq(MeshMaterial3d(now));
        }
    }
}

fn tinted_material(
    tinted: &mut Tinted,
    materials: &mut Assets<Surface>,
    plain: &Handle<Surface>,
    tint: Tint,
) -> Handle<Surface> {
    let key = (plain.id(), tint);
    if let Some(known) = tinted.0.get(&key) {
        return known.clone();
    }
    let Some(mut material) = materials.get(plain).cloned() else { return plain.clone() };
    let own = material.base.base_color.to_srgba();
    material.base.base_color = tinted_colour(own, tint).into();
    if tint.stands == Stands::Back {
        material.base.alpha_mode = AlphaMode::Blend;
    }
    let handle = materials.add(material);
    tinted.0.insert(key, handle.clone());
    handle
}

/// A geom's colour, mixed with that of the scale and then with that of what was chosen.
fn tinted_colour(own: Srgba, tint: Tint) -> Srgba {
    let mixed = |from: Srgba, [r, g, b]: [f32; 3], weight: f32| {
        from.mix(&Srgba::new(r, g, b, from.alpha), weight)
    };
    let scaled = tint.scale.map_or(own, |at| mixed(own, SCALE[at], WEIGHT));
    match tint.stands {
        Stands::Among => scaled,
        Stands::Out => mixed(scaled, CHOSEN, CHOSEN_WEIGHT),
        Stands::Back => scaled.with_alpha(scaled.alpha * GHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_stands_out_and_a_ghost_is_seen_through() {
        let robot = Srgba::new(0.93, 0.58, 0.20, 1.0);
        let of = |stands| tinted_colour(robot, Tint { scale: None, stands });
        assert_eq!(of(Stands::Among), robot);
        let chosen = of(Stands::Out);
        assert!(chosen.blue > chosen.red && chosen.alpha == 1.0, "{chosen:?}");
        let ghost = of(Stands::Back);
        assert!(ghost.alpha < 0.3 && ghost.red == robot.red, "{ghost:?}");
        // What is half transparent stays so.
        let glass =
            tinted_colour(robot.with_alpha(0.5), Tint { scale: Some(5), stands: Stands::Out });
        assert!((glass.alpha - 0.5).abs() < 1e-6, "{glass:?}");
    }
}
