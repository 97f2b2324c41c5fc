//! Errors of drawing.

use crate::ui::UiError;
use std::path::PathBuf;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    #[error(transparent)]
    Window(#[from] UiError),

    #[error(
        "cannot write {}: {found} is no format; end the name in .gif or .mp4, or in / for a folder \
         of PNG pictures", path.display()
    )]
    Format { path: PathBuf, found: String },

    #[error(
        "cannot write {}: MP4 is made by ffmpeg, which was not found. Install ffmpeg, or choose \
         a name that ends in .gif or /", path.display()
    )]
    NoFfmpeg { path: PathBuf },

    #[error(
        "cannot write {}: a GIF shows from 0.002 to 50 pictures per second, not {fps}; choose another --fps, or \
         a name that ends in .mp4", path.display()
    )]
    GifRate { path: PathBuf, fps: f64 },

    #[error("cannot write {}: ffmpeg failed: {message}", path.display())]
    Ffmpeg { path: PathBuf, message: String },

    #[error("cannot write {}: {cause}", path.display())]
    Write { path: PathBuf, cause: std::io::Error },

    #[error("the graphics driver delivered no picture in {secs} s")]
    Stalled { secs: u64 },
}
