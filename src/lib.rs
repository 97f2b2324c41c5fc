//! DNNE: teach simulated robots. See ARCHITECTURE.md for the map.

pub mod cli;
pub mod code;
pub mod diagnostic;
#[cfg(feature = "viewer")]
mod editor;
pub mod export;
pub mod learn;
pub mod math;
pub mod model;
pub mod nodes;
pub mod physics;
pub mod plot;
pub mod prelude;
#[cfg(feature = "rapier")]
pub mod rapier;
pub mod scene;
pub mod session;
pub mod sight;
#[cfg(test)]
mod skips;
pub mod space;
pub mod ui;
pub mod viewer;
pub mod workflow;
