//! The batched engine: articulated rigid bodies in reduced coordinates, soft convex constraints.
//!
//! The formulation and the names are MuJoCo's, one file per stage; [`step`] is the
//! table of contents. Every stage is generic over [`Lanes`](crate::math::lanes::Lanes): `f64` is the
//! reference, `f32` lanes step 4, 8 or 16 environments in one pass. A thread takes one block of
//! environments at a time onto its work bench ([`Data`]), so that a whole step stays in its cache.
#![allow(non_snake_case)] // MuJoCo's names, verbatim: qM, efc_J, efc_D

mod actuation;
mod collide;
mod constraint;
mod contact;
mod cost;
mod data;
mod equality;
mod fluid;
mod forward;
mod hessian;
mod inertia;
mod integrate;
mod kinematics;
mod line_search;
mod muscle;
mod pack;
mod params;
mod passive;
mod pattern;
mod plan;
mod rays;
mod sensor;
mod simulation;
mod solver;
mod tendon;
mod touch;
mod trace;
mod velocity;
mod wrench;

pub use data::{BlockState, ContactData, Data};
pub use forward::{act, forward, place, refresh, step, step_sensing};
pub use params::Params;
pub use plan::Plan;
pub use rays::{RayShape, is_visible, ray_shapes};
pub use simulation::{EnvContact, Simulation};
pub use trace::{
    ON_CPU_ONLY, StepTraceError, TraceOptions, cells_in, cells_out, params_in, params_that_vary,
    pulls_in, rangefinder_trace_errors, state_in, state_out, step_trace_errors, trace_step,
};

#[cfg(test)]
mod tests;
