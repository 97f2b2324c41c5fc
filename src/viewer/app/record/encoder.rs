//! What pictures become.

use super::super::super::error::ViewerError;
use super::super::super::recording::{Recording, Target};
use super::gif::GifEncoder;
use super::mp4::Mp4Encoder;
use super::png_folder::PngFolder;
use std::io;
use std::path::Path;

/// Takes pictures of one size: RGB, row by row from the top.
pub(super) trait Encoder {
    fn picture(&mut self, rgb: &[u8]) -> Result<(), ViewerError>;
    fn finish(self: Box<Self>) -> Result<(), ViewerError>;
}

/// Opens what the recording goes to.
pub(super) fn open(recording: &Recording) -> Result<Box<dyn Encoder>, ViewerError> {
    Ok(match &recording.target {
        Target::Gif(path) => Box::new(GifEncoder::create(path, recording)?),
        Target::Mp4(path) => Box::new(Mp4Encoder::start(path, recording)?),
        Target::Frames(path) => Box::new(PngFolder::create(path, recording)?),
    })
}

/// Turns an I/O error into one that names the file.
pub(super) fn write_error(path: &Path) -> impl FnOnce(io::Error) -> ViewerError {
    let path = path.to_owned();
    move |cause| ViewerError::Write { path, cause }
}
