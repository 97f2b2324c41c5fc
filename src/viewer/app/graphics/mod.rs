//! How what is shown is drawn: its materials, what they may cost, and pictures that are kept.

mod canvas;
mod quality;
mod surface;

pub(super) use canvas::{Canvas, shoot};
pub(super) use surface::{Daylight, Surface, plugin, surface};
