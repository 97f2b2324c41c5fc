//! Rapier in place of our own engine: a model as Rapier's bodies, multibody joints and colliders, to see
//! what a trained policy makes of other physics.
//!
//! Actuators stay ours: their forces come in as generalised forces and act as torques and forces between
//! links. Joints, springs, dampers, rotor inertia, limits and contacts are Rapier's. What Rapier has no
//! counterpart for is listed by [`unsupported_features`].

mod assembly;
mod convert;
mod coordinate;
mod props;
mod shape;
mod touch;
mod unsupported;
mod world;

pub use shape::{Placed, shape};
pub use unsupported::unsupported_features;

use crate::model::Model;
use crate::scene::{Engine, EngineKind};
use std::sync::Arc;

/// Rapier, an environment in a world of its own.
#[derive(Clone, Copy, Debug)]
pub struct Rapier;

impl EngineKind for Rapier {
    fn build(&self, model: &Arc<Model>) -> Box<dyn Engine> {
        Box::new(world::World::new(model))
    }
}

#[cfg(test)]
mod tests;
