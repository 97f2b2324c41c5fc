//! Settings of a film.

use super::error::ViewerError;
use std::path::{Path, PathBuf};

/// A film to be made.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Width of the picture \[pixels\].
    pub width: u32,
    /// Height of the picture \[pixels\].
    pub height: u32,
    /// Pictures per second.
    pub fps: f64,
    /// Turn of the camera about what it looks at [degrees/s].
    pub orbit: f64,
    /// The camera of the model by which the first environment is filmed, by its place among the model's; none for one
    /// that has all environments in view. By rays, as policies see, without a graphics driver.
    pub camera: Option<usize>,
    /// Where the film goes.
    pub target: Target,
}

/// Target of a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An animated GIF.
    Gif(PathBuf),
    /// Made by ffmpeg.
    Mp4(PathBuf),
    /// A folder of numbered PNG pictures.
    Frames(PathBuf),
}

impl Target {
    /// What a path means: by its ending, or a folder where it has none.
    pub fn parse(path: &Path) -> Result<Self, ViewerError> {
        let is_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            _ if is_folder => Ok(Self::Frames(path.to_owned())),
            None => Ok(Self::Frames(path.to_owned())),
            Some("gif") => Ok(Self::Gif(path.to_owned())),
            Some("mp4") => Ok(Self::Mp4(path.to_owned())),
            Some(other) => {
                Err(ViewerError::Format { path: path.to_owned(), found: format!(".{other}") })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_made() {
        let parse = |name: &str| Target::parse(Path::new(name));
        assert_eq!(parse("a/b.GIF").unwrap(), Target::Gif("a/b.GIF".into()));
        assert_eq!(parse("b.mp4").unwrap(), Target::Mp4("b.mp4".into()));
        for folder in ["frames", "frames/", "v1.2/"] {
            assert_eq!(parse(folder).unwrap(), Target::Frames(folder.into()));
        }
        let error = parse("film.avi").unwrap_err().to_string();
        assert!(error.contains(".avi is no format"), "{error}");
    }
}
