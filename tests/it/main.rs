//! The program as its users meet it: the built binary on the shipped files.

mod bad_input;
mod commands;
mod determinism;
mod learning;
mod resume;
mod rooms;
mod support;
