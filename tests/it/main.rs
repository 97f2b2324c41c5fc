//! The program as its users meet it: the built binary on the shipped files.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, by a panic with its place"
)]

mod bad_files;
mod bad_input;
mod checks;
mod commands;
mod determinism;
mod device_learning;
mod devices;
mod endings;
mod experiments;
mod exported;
mod exports;
mod eyes;
mod front_door;
mod import;
mod imports;
#[path = "../../src/device/kernels/compile.rs"]
mod kernels;
mod learning;
mod other_programs;
mod own_kinds;
mod own_nodes;
mod places;
mod rapier;
mod reaching_in;
mod readme;
mod reinforce;
mod resume;
mod rewards;
mod rooms;
#[path = "../../src/skips.rs"]
mod skips;
mod streams;
mod support;
mod terms;
#[path = "../../src/ui/app/tiles.rs"]
mod tiles;
mod training;
mod training_nodes;
mod trust;
mod viewer;
mod window;
