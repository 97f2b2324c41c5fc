//! A file under a hidden name beside its place, which it takes when it is whole.

use super::super::super::error::ViewerError;
use super::encoder::write_error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
}

impl Part {
    /// Makes the file, so that a place that cannot be written is known before anything is drawn.
    pub(super) fn create(target: &Path) -> Result<(Self, File), ViewerError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = File::create(&path).map_err(write_error(target))?;
        Ok((Self { target: target.to_owned(), path }, file))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name.
    pub(super) fn publish(self) -> Result<(), ViewerError> {
        fs::rename(&self.path, &self.target).map_err(write_error(&self.target))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Of what was published there is nothing left under this name.
        let _ = fs::remove_file(&self.path);
    }
}
