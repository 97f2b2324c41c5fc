//! Numbered PNG pictures.

use super::super::super::error::ViewerError;
use super::super::super::recording::Recording;
use super::encoder::{Encoder, write_error};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Digits of a number, at least.
const N_DIGITS: usize = 5;

pub(super) struct PngFolder {
    folder: PathBuf,
    /// Where pictures wait until all of them are there.
    part: PathBuf,
    /// Whether there was no such folder.
    is_new: bool,
    size: (u32, u32),
    n_written: usize,
}

impl PngFolder {
    pub(super) fn create(folder: &Path, recording: &Recording) -> Result<Self, ViewerError> {
        let part = folder.join(format!(".{}.part", std::process::id()));
        let is_new = !folder.exists();
        fs::create_dir_all(&part).map_err(write_error(folder))?;
        let size = (recording.width, recording.height);
        Ok(Self { folder: folder.to_owned(), part, is_new, size, n_written: 0 })
    }

    /// Puts the new film in the place of an older one, of which no picture stays.
    fn publish(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if is_picture(&path) {
                fs::remove_file(path)?;
            }
        }
        for number in 0..self.n_written {
            fs::rename(self.part.join(name(number)), self.folder.join(name(number)))?;
        }
        Ok(())
    }
}

fn name(number: usize) -> String {
    format!("{number:0N_DIGITS$}.png")
}

/// Whether a path has the name of a picture of a film.
fn is_picture(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = name.strip_suffix(".png").unwrap_or_default();
    number.len() >= N_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl Encoder for PngFolder {
    fn picture(&mut self, rgb: &[u8]) -> Result<(), ViewerError> {
        let path = self.part.join(name(self.n_written));
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
        self.publish().map_err(write_error(&self.folder))
    }
}

impl Drop for PngFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.part);
        if self.is_new {
            // It goes if no film came to be; one that holds something stays.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::recording::Target;
    use super::*;

    fn film(folder: &Path, n: usize, is_finished: bool) {
        let target = Target::Frames(folder.to_owned());
        let recording =
            Recording { width: 2, height: 1, fps: 1.0, orbit: 0.0, camera: None, target };
        let mut pictures = PngFolder::create(folder, &recording).unwrap();
        (0..n).for_each(|_| pictures.picture(&[0; 6]).unwrap());
        if is_finished {
            Box::new(pictures).finish().unwrap();
        }
    }

    #[test]
    fn of_an_older_film_nothing_stays_once_the_new_one_is_whole() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("film");
        film(&folder, 1, false);
        assert!(!folder.exists());
        film(&folder, 4, true);
        fs::write(folder.join("notes.png"), "mine").unwrap();
        let names = || {
            let entries = fs::read_dir(&folder).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        film(&folder, 1, false);
        assert_eq!(names().len(), 5);
        film(&folder, 2, true);
        assert_eq!(names(), ["00000.png", "00001.png", "notes.png"]);
    }
}
