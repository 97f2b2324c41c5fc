//! Numbered PNG pictures.

use super::super::super::error::ViewerError;
use super::super::super::recording::Recording;
use super::encoder::{Encoder, write_error};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

pub(super) struct PngFolder {
    folder: PathBuf,
    size: (u32, u32),
    n_written: usize,
}

impl PngFolder {
    pub(super) fn create(folder: &Path, recording: &Recording) -> Result<Self, ViewerError> {
        fs::create_dir_all(folder).map_err(write_error(folder))?;
        let size = (recording.width, recording.height);
        Ok(Self { folder: folder.to_owned(), size, n_written: 0 })
    }
}

impl Encoder for PngFolder {
    fn picture(&mut self, rgb: &[u8]) -> Result<(), ViewerError> {
        let path = self.folder.join(format!("{:05}.png", self.n_written));
        let write = || -> io::Result<()> {
            let mut encoder =
                png::Encoder::new(BufWriter::new(File::create(&path)?), self.size.0, self.size.1);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(rgb)?;
            Ok(writer.finish()?)
        };
        write().map_err(write_error(&path))?;
        self.n_written += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ViewerError> {
        Ok(())
    }
}
