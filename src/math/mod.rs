//! Mathematics that knows nothing of robots or learning: lanes, spatial algebra, random numbers.

pub mod lanes;
pub mod rng;
pub mod spatial;
