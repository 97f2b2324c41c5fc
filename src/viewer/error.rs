//! Errors of drawing.

use crate::ui::UiError;
use std::path::PathBuf;

/// An error of the viewer or of a film.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// No window can be opened, or nothing can be drawn.
    #[error(transparent)]
    Window(#[from] UiError),

    /// The name of the film has no known ending.
    #[error(
        "cannot write {}: {found} is no format; end the name in .gif or .mp4, or in / for a folder \
         of PNG pictures", path.display()
    )]
    Format {
        /// The film's file.
        path: PathBuf,
        /// The ending that it has.
        found: String,
    },

    /// MP4 was asked for and ffmpeg is not installed.
    #[error(
        "cannot write {}: MP4 is made by ffmpeg, which was not found. Install ffmpeg, or choose \
         a name that ends in .gif or /", path.display()
    )]
    NoFfmpeg {
        /// The film's file.
        path: PathBuf,
    },

    /// A GIF cannot have this frame rate.
    #[error(
        "cannot write {}: a GIF shows from 0.002 to 50 pictures per second, not {fps}; choose another --fps, or \
         a name that ends in .mp4", path.display()
    )]
    GifRate {
        /// The film's file.
        path: PathBuf,
        /// Pictures per second asked for.
        fps: f64,
    },

    /// ffmpeg failed.
    #[error("cannot write {}: ffmpeg failed: {message}", path.display())]
    Ffmpeg {
        /// The film's file.
        path: PathBuf,
        /// The last lines that ffmpeg printed.
        message: String,
    },

    /// The film cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        cause: std::io::Error,
    },

    /// The camera of the model cannot draw.
    #[error(transparent)]
    Sight(#[from] crate::sight::SightError),

    /// The graphics driver stopped delivering pictures.
    #[error("the graphics driver delivered no picture in {secs} s")]
    Stalled {
        /// How long none came \[s\].
        secs: u64,
    },
}
