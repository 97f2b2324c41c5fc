//! The viewer's Bevy app: each feature a plugin in a folder of its own.

mod camera;
mod control;
mod graphics;
mod keys;
mod live;
mod meter;
mod mirror;
mod overlay;
mod panels;
mod props;
mod record;
#[cfg(test)]
mod rehearsal;
mod stage;
mod start;
mod window;

pub use record::Film;
pub use start::choose;
pub use window::watch;
