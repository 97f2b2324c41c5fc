//! Mathematics that knows nothing of robots or learning: lanes, spatial algebra, random numbers, strings about round shapes.

#[cfg(test)]
pub mod differences;
pub(crate) mod kernel;
pub mod lanes;
pub mod program;
pub mod rays;
pub mod rng;
pub mod spatial;
pub mod wrapping;
