//! Contacts with which episodes begin.

use crate::diagnostic::Diagnostic;
use crate::math::lanes::Isa;
use crate::model::{Geom, GeomType};
use crate::physics::Simulation;
use crate::scene::Environments;
use std::collections::{BTreeMap, BTreeSet};

/// A contact that begins deeper than this share of the smaller geom's half-width, and than this depth [m], is no
/// contact that rests.
const DEEP_SHARE: f64 = 0.25;
const DEEP: f64 = 1e-3;
/// How many pairs of geoms are named.
const MOST_NAMED: usize = 5;

/// What is to be said of geoms that begin deep inside each other.
pub(super) fn deep_contacts(environments: &Environments, isa: Isa) -> Option<Diagnostic> {
    let (model, n_envs) = (&environments.scene().model, environments.n_envs());
    let mut simulation = Simulation::new(model.clone(), n_envs, isa);
    for env in 0..n_envs {
        let Some(state) = environments.snapshot(env) else { continue };
        let wide = |numbers: &[f32]| numbers.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        simulation.set_state(env, &wide(&state.qpos), &wide(&state.qvel));
    }
    // Of each pair the deepest, and the environments in which it is deep.
    let mut deep: BTreeMap<[usize; 2], (f64, BTreeSet<usize>)> = BTreeMap::new();
    for touch in simulation.contacts() {
        let half = touch.geoms.map(|geom| half_width(&model.geoms[geom]));
        if -touch.dist > DEEP.max(DEEP_SHARE * half[0].min(half[1])) {
            let (depth, envs) = deep.entry(touch.geoms).or_default();
            *depth = depth.max(-touch.dist);
            envs.insert(touch.env);
        }
    }
    let mut pairs: Vec<_> = deep.into_iter().collect();
    pairs.sort_by(|(_, (a, _)), (_, (b, _))| b.total_cmp(a));
    let name = |geom: usize| {
        let (geom_name, body) = (&model.geoms[geom].name, model.geoms[geom].bodyid);
        match geom_name.is_empty() {
            true => format!("a geom of body \"{}\"", model.bodies[body].name),
            false => format!("geom \"{geom_name}\""),
        }
    };
    let said = pairs.iter().take(MOST_NAMED).map(|([a, b], (depth, envs))| {
        let (n, depth) = (envs.len(), 1e3 * depth);
        format!("{} and {}, {depth:.1} mm deep in {n} of {n_envs} environments", name(*a), name(*b))
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let more = match pairs.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        n => format!("; and {n} more pairs"),
    };
    let message = format!("episodes begin with geoms inside each other: {said}{more}");
    let remedy = "what is deep inside each other is thrown apart: begin higher or farther (keyframe, reset), or \
                  exclude the pair from contacts";
    // A random start may now and then put a foot into the floor; where most begin so, it is the scene.
    let is_common = pairs.iter().any(|(_, (_, envs))| 2 * envs.len() >= n_envs);
    let found = if is_common { Diagnostic::warning } else { Diagnostic::note };
    (!pairs.is_empty()).then(|| found("deep-contact", message).remedy(remedy))
}

/// The smallest half-width of a shape [m]; of what has no end none.
fn half_width(geom: &Geom) -> f64 {
    let [a, b, c] = geom.size;
    match geom.geom_type {
        GeomType::Plane | GeomType::HeightField => f64::INFINITY,
        GeomType::Sphere | GeomType::Capsule => a,
        GeomType::Cylinder => a.min(b),
        GeomType::Ellipsoid | GeomType::Box | GeomType::Mesh => a.min(b).min(c),
    }
}
