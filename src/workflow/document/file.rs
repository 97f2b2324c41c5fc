//! The file of a document that is being edited: neither its changes nor those of other programs are lost.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

use super::{Document, LARGEST_BYTES, SaveError, write_whole};
use crate::diagnostic::{Diagnostic, read_bytes};

/// Whether a file that others changed may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, and saving is refused.
    No,
    /// It is replaced: somebody was asked.
    Yes,
}

/// What lies at the path now, compared with what was read or written there last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDisk {
    /// The same.
    Same,
    /// Something else.
    Changed,
    /// Nothing more.
    Gone,
    /// Nothing, and nothing was ever read or written there.
    New,
    /// A file, though none was ever read or written there.
    Foreign,
}

/// What an editor wrote beside the file and did not remove, as it was killed before.
#[derive(Debug)]
pub struct Autosaved {
    /// Where it lies.
    pub path: PathBuf,
    /// The document.
    pub document: Document,
    /// Whether the file was written after it; then somebody saved the file elsewhere.
    pub is_older_than_file: bool,
}

/// An error of saving a file.
#[derive(Debug, Error)]
pub enum FileError {
    /// Somebody else changed it since it was read.
    #[error("{path} was changed by another program; save under another name, or replace it")]
    Changed {
        /// The file.
        path: String,
    },
    /// Another file is there that was never read.
    #[error("there is a file {path} already; save under another name, or replace it")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The system refused.
    #[error(transparent)]
    Write(#[from] SaveError),
}

/// What was read or written last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    hash: u64,
}

/// The file that a document is saved to.
#[derive(Debug, Clone)]
pub struct WorkflowFile {
    path: PathBuf,
    stamp: Option<Stamp>,
}

impl WorkflowFile {
    /// A file that nothing was read from, for "save as".
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), stamp: None }
    }

    /// Reads a file. Where it cannot be read, or holds no workflow, the diagnostics say why.
    pub fn open(path: impl Into<PathBuf>) -> (Self, Option<Document>, Vec<Diagnostic>) {
        let mut file = Self::new(path);
        // The time comes first: what is written between the two is then noticed as a change.
        let modified = modified(&file.path);
        let bytes = match read_bytes(&file.path, LARGEST_BYTES) {
            Ok(bytes) => bytes,
            // Loading says the same once more, in words.
            Err(_) => {
                let (document, diagnostics) = Document::load(&file.path);
                return (file, document, diagnostics);
            }
        };
        file.stamp = Some(Stamp { modified, hash: hash(&bytes) });
        let name = file.path.display().to_string();
        let (document, diagnostics) = Document::parse(&bytes, Some(&name));
        (file, document, diagnostics)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What lies there now. As long as the time of its last change is the same it is not read.
    pub fn on_disk(&self) -> OnDisk {
        let Some(stamp) = self.stamp else {
            return if self.path.exists() { OnDisk::Foreign } else { OnDisk::New };
        };
        match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return OnDisk::Gone,
            Ok(now) if stamp.modified.is_some() && now.modified().ok() == stamp.modified => {
                return OnDisk::Same;
            }
            _ => {}
        }
        match read_bytes(&self.path, LARGEST_BYTES) {
            Ok(bytes) if hash(&bytes) == stamp.hash => OnDisk::Same,
            Err(error) if error.kind() == ErrorKind::NotFound => OnDisk::Gone,
            // What cannot be read is not known to be the same.
            _ => OnDisk::Changed,
        }
    }

    /// Writes the document, whole or not at all, and removes what was autosaved. A file that was removed is
    /// written anew.
    ///
    /// # Errors
    /// [`FileError::Changed`] and [`FileError::Foreign`] where somebody else's work would be lost, unless it
    /// may; [`FileError::Write`] where the system refuses: a full disk, a file or folder that must not be
    /// written. The file is then as it was, and so is what was autosaved.
    pub fn save(&mut self, document: &Document, overwrite: Overwrite) -> Result<(), FileError> {
        if overwrite == Overwrite::No {
            let path = self.path.display().to_string();
            // A change within the same tick of the clock shows in the bytes alone.
            match self.with_unknown_time().on_disk() {
                OnDisk::Changed => return Err(FileError::Changed { path }),
                OnDisk::Foreign => return Err(FileError::Foreign { path }),
                OnDisk::Same | OnDisk::Gone | OnDisk::New => {}
            }
        }
        let text = document.to_text();
        self.refuse_read_only()?;
        write_whole(&self.path, text.as_bytes())?;
        self.stamp = Some(Stamp { modified: modified(&self.path), hash: hash(text.as_bytes()) });
        // Left over, it would be offered once more: a nuisance, no loss.
        let _ = self.discard_autosave();
        Ok(())
    }

    /// Takes what lies there now for known, as after the user was shown that it changed.
    pub fn accept_disk(&mut self) {
        let modified = modified(&self.path);
        self.stamp = read_bytes(&self.path, LARGEST_BYTES)
            .ok()
            .map(|bytes| Stamp { modified, hash: hash(&bytes) });
    }

    /// Writes the document to a hidden file beside this one, whole or not at all.
    ///
    /// # Errors
    /// [`FileError::Write`] where the system refuses.
    pub fn autosave(&self, document: &Document) -> Result<(), FileError> {
        Ok(write_whole(&self.autosave_path(), document.to_text().as_bytes())?)
    }

    /// What was autosaved and not removed, if it is another document than that in the file.
    pub fn autosaved(&self) -> Option<Autosaved> {
        let path = self.autosave_path();
        let bytes = read_bytes(&path, LARGEST_BYTES).ok()?;
        if read_bytes(&self.path, LARGEST_BYTES).is_ok_and(|saved| saved == bytes) {
            return None;
        }
        let name = self.path.display().to_string();
        let document = Document::parse(&bytes, Some(&name)).0?;
        let is_older_than_file = modified(&path) < modified(&self.path);
        Some(Autosaved { path, document, is_older_than_file })
    }

    /// Removes what was autosaved, if there is anything.
    ///
    /// # Errors
    /// [`FileError::Write`] where the system refuses.
    pub fn discard_autosave(&self) -> Result<(), FileError> {
        let path = self.autosave_path();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(SaveError { path: path.display().to_string(), source: error }.into())
            }
            _ => Ok(()),
        }
    }

    /// The hidden file beside this one: `.NAME.autosave`.
    pub fn autosave_path(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.autosave"))
    }

    fn with_unknown_time(&self) -> Self {
        let stamp = self.stamp.map(|stamp| Stamp { modified: None, ..stamp });
        Self { stamp, ..self.clone() }
    }

    /// A rename would replace a file that its owner wrote-protected.
    fn refuse_read_only(&self) -> Result<(), SaveError> {
        let protected =
            std::fs::metadata(&self.path).is_ok_and(|file| file.permissions().readonly());
        match protected {
            true => Err(SaveError {
                path: self.path.display().to_string(),
                source: std::io::Error::new(ErrorKind::PermissionDenied, "the file is read-only"),
            }),
            false => Ok(()),
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
