//! MP4, made by an ffmpeg that is fed raw pictures.

use super::super::super::error::ViewerError;
use super::super::super::recording::Recording;
use super::encoder::{Encoder, write_error};
use super::part::Part;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(super) struct Mp4Encoder {
    path: PathBuf,
    part: Part,
    ffmpeg: Child,
}

impl Mp4Encoder {
    pub(super) fn start(path: &Path, recording: &Recording) -> Result<Self, ViewerError> {
        let (part, _) = Part::create(path)?;
        let size = format!("{}x{}", recording.width, recording.height);
        let fps = recording.fps.to_string();
        let raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", &fps, "-i", "-"];
        // H.264 in its common form wants even sizes.
        let coded = ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-c:v", "libx264"];
        let spawned = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error"])
            .args(raw)
            .args(coded)
            .args(["-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"])
            .args(["-f", "mp4"])
            .arg(part.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match spawned {
            Ok(ffmpeg) => Ok(Self { path: path.to_owned(), part, ffmpeg }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(ViewerError::NoFfmpeg { path: path.to_owned() })
            }
            Err(error) => Err(write_error(path)(error)),
        }
    }
}

impl Encoder for Mp4Encoder {
    fn picture(&mut self, rgb: &[u8]) -> Result<(), ViewerError> {
        let Some(stdin) = self.ffmpeg.stdin.as_mut() else { return Ok(()) };
        match stdin.write_all(rgb) {
            // It has ended; why, it says at the end.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(self.failure()),
            written => written.map_err(write_error(&self.path)),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), ViewerError> {
        drop(self.ffmpeg.stdin.take());
        match self.ffmpeg.wait() {
            Ok(status) if status.success() => self.part.publish(),
            Ok(_) => Err(self.failure()),
            Err(error) => Err(write_error(&self.path)(error)),
        }
    }
}

impl Mp4Encoder {
    /// What ffmpeg says of its end.
    fn failure(&mut self) -> ViewerError {
        let mut said = String::new();
        if let Some(stderr) = self.ffmpeg.stderr.as_mut() {
            let _ = stderr.read_to_string(&mut said);
        }
        ViewerError::Ffmpeg { path: self.path.clone(), message: said.trim().to_owned() }
    }
}
