//! The viewer's Bevy app: each feature a plugin in a folder of its own.

mod camera;
mod control;
mod desk;
mod graphics;
mod live;
mod meter;
mod mirror;
mod overlay;
mod panels;
mod props;
mod record;
#[cfg(test)]
mod rehearsal;
mod sessions;
mod stage;
mod title;
mod window;

pub use record::Film;
pub use window::{browse, watch};
