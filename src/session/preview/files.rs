//! The files that a scene comes from, and whether somebody has saved one of them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(200);

/// When a file was changed last, and its length; none of a file that is not there.
type Mark = Option<(SystemTime, u64)>;

/// The files of a scene.
pub(super) struct Files {
    path: PathBuf,
    files: Vec<PathBuf>,
    /// As they were loaded, and as they were seen last.
    loaded: Vec<Mark>,
    seen: Vec<Mark>,
    due: Instant,
}

impl Files {
    /// What was found where a path was loaded.
    pub(super) fn new(path: &Path, files: Vec<PathBuf>) -> Self {
        let (loaded, seen, due) = (Vec::new(), Vec::new(), Instant::now());
        let mut all = Self { path: path.to_owned(), files: Vec::new(), loaded, seen, due };
        all.note(files);
        all
    }

    /// The scene's folder, or the model's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// They have been loaded again. Files that were known before count on, for a scene that does not load does
    /// not tell all of them.
    pub(super) fn note(&mut self, found: Vec<PathBuf>) {
        for file in found {
            if !self.files.contains(&file) {
                self.files.push(file);
            }
        }
        self.loaded = self.marks();
        self.seen.clone_from(&self.loaded);
    }

    /// Whether a file is another than when it was loaded and has been at rest since the last look: who writes it
    /// may not be done.
    pub(super) fn have_changed(&mut self) -> bool {
        if Instant::now() < self.due {
            return false;
        }
        self.due = Instant::now() + EVERY;
        let marks = self.marks();
        let are_at_rest = marks == self.seen;
        self.seen = marks;
        are_at_rest && self.seen != self.loaded
    }

    fn marks(&self) -> Vec<Mark> {
        let mark = |file: &PathBuf| {
            let metadata = std::fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        self.files.iter().map(mark).collect()
    }
}
