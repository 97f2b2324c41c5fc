//! The node editor: workflows as drawings, which are edited, checked, run and exported.
//!
//! The document is the only truth: what mouse and keys do are edits of it, and what is seen is worked out from it
//! after each. `canvas/` draws and edits one workflow; the files beside it are what stands around the canvas.

mod banner;
mod bar;
mod bench;
mod canvas;
mod check;
mod code;
mod command;
mod desk;
mod dialog;
mod differences;
mod export;
mod flow;
mod keymap;
mod library;
mod page;
mod palette;
mod parts;
mod picture;
mod problems;
mod raster;
mod remedy;
mod run;
mod search;
mod selection;
mod settings;
mod shortcuts;
mod tab;
mod tour;
mod watcher;

#[cfg(test)]
mod rehearsal;

use crate::ui::look;
pub(crate) use bench::{EditorTimes, measure as measure_copies};
pub(crate) use canvas::LiveNews;
pub(crate) use desk::{Request, Scenes};
pub(crate) use differences::Differences;
pub(crate) use page::{Asked, Begun, Desk, plugin};
pub(crate) use picture::Format as PictureFormat;
pub(crate) use run::Progress;
