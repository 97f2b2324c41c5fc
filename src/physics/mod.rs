//! The batched engine: articulated rigid bodies in reduced coordinates, soft convex constraints.
//!
//! The formulation and the names are MuJoCo's, one file per stage; [`step`](forward::step) is the
//! table of contents. Every stage is generic over [`Lanes`](crate::math::lanes::Lanes): `f64` is the
//! reference, `f32` lanes step 4, 8 or 16 environments in one pass. A thread takes one block of
//! environments at a time onto its work bench ([`Data`]), so that a whole step stays in its cache.
#![allow(non_snake_case)] // MuJoCo's names, verbatim: qM, efc_J, efc_D

mod constraint;
mod data;
mod force;
mod forward;
mod inertia;
mod integrate;
mod kinematics;
mod params;
mod plan;
mod simulation;
mod solver;
mod velocity;

pub use data::{BlockState, Data};
pub use forward::{forward, step};
pub use kinematics::kinematics;
pub use params::Params;
pub use plan::Plan;
pub use simulation::Simulation;

#[cfg(test)]
mod tests;
