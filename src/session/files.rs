//! Writing files so that nothing good is ever replaced by something half-written.

use super::error::SessionError;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Larger files of a run are not read, but for arrays and rows [bytes].
pub(super) const LARGEST_TEXT: u64 = 64 << 20;
/// What folders that are being written are called until they are whole.
const UNFINISHED: &str = ".unfinished-";
/// What a folder is called while its successor takes its place.
const OLD: &str = ".old-";

/// Turns an I/O error into one that says what was attempted where.
pub(super) fn file_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> SessionError {
    let path: PathBuf = path.to_owned();
    move |cause| SessionError::File { action, path, cause }
}

/// Writes a whole file beside its place, flushes it to disk, and moves it there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), SessionError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        keep_as(path, file)
    };
    write().map_err(file_error("write", path))
}

/// Gives a temporary file its name, in place of one that may have it.
pub fn keep_as(path: &Path, file: tempfile::NamedTempFile) -> io::Result<()> {
    // A temporary file is private; what is left for others should be readable.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A folder under a hidden name, to be filled and then given its name; if that does not come to
/// pass, it is removed.
pub struct Draft {
    folder: tempfile::TempDir,
}

impl Draft {
    /// Begins a folder inside `parent`, which is made if need be.
    pub fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        Ok(Self { folder: tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(parent)? })
    }

    /// Where it is as long as it has no name.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file and flushes it to disk.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = fs::File::create(self.path().join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Gives the folder its name, which no other may have: an empty folder gives way, and of two
    /// processes that want the same name one gets an error.
    pub fn publish(self, target: &Path) -> io::Result<()> {
        make_readable(self.path());
        // Only an empty folder can be removed, and so replaced.
        let _ = fs::remove_dir(target);
        fs::rename(self.path(), target)?;
        let _ = self.folder.keep();
        Ok(())
    }

    /// Gives the folder its name, in place of one that may have it. A folder cannot replace another
    /// in one move: the old one steps aside first, and stays whole under a hidden name, where
    /// [`recover`] finds it, until the new one stands.
    pub(super) fn replace(self, target: &Path) -> Result<(), SessionError> {
        make_readable(self.path());
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let aside = target.with_file_name(format!("{OLD}{name}"));
        if target.exists() {
            let _ = fs::remove_dir_all(&aside);
            fs::rename(target, &aside).map_err(file_error("replace", target))?;
        }
        if let Err(error) = fs::rename(self.path(), target) {
            let _ = fs::rename(&aside, target);
            return Err(file_error("write", target)(error));
        }
        let _ = self.folder.keep();
        let _ = fs::remove_dir_all(&aside);
        Ok(())
    }
}

/// Temporary folders are private; what is left for others should be readable.
fn make_readable(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o755));
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// The first of `name`, `name-2`, `name-3` and so on in a folder that is free.
pub(super) fn first_free(parent: &Path, name: &str, is_free: impl Fn(&Path) -> bool) -> PathBuf {
    let mut path = parent.join(name);
    let mut number = 1;
    while !is_free(&path) {
        number += 1;
        path = parent.join(format!("{name}-{number}"));
    }
    path
}

/// Tidies up what a process that was killed has left in a folder of drafts: folders that were never
/// finished go, and one that had stepped aside gets its name back if its successor never came.
pub(super) fn recover(parent: &Path) -> Result<(), SessionError> {
    let entries = fs::read_dir(parent).map_err(file_error("read", parent))?;
    for entry in entries {
        let path = entry.map_err(file_error("read", parent))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let successor = name.strip_prefix(OLD).map(|name| path.with_file_name(name));
        match successor {
            Some(successor) if !successor.exists() => {
                fs::rename(&path, &successor).map_err(file_error("restore", &successor))?;
            }
            None if !name.starts_with(UNFINISHED) => {}
            _ => fs::remove_dir_all(&path).map_err(file_error("remove", &path))?,
        }
    }
    Ok(())
}

/// The folders in a folder, but for hidden ones, which are drafts.
pub(super) fn visible_folders(parent: &Path) -> Result<Vec<PathBuf>, SessionError> {
    let read = |entries: io::Result<fs::ReadDir>| -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in entries? {
            let entry = entry?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if !is_hidden && entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
        Ok(folders)
    };
    read(fs::read_dir(parent)).map_err(file_error("read", parent))
}

/// Removes a folder: first its name, so that nobody meets it half gone.
pub(super) fn discard(path: &Path) -> Result<(), SessionError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = path.with_file_name(format!("{UNFINISHED}{name}"));
    let _ = fs::remove_dir_all(&hidden);
    fs::rename(path, &hidden)
        .and_then(|()| fs::remove_dir_all(&hidden))
        .map_err(file_error("remove", path))
}

/// Copies the regular files of a folder and of the folders in it; errors name what was copied.
pub(super) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    let in_copying = |path: &Path, error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(|error| in_copying(from, error))? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        // Links to folders could lead in circles.
        if entry.file_type().is_ok_and(|found| found.is_dir()) {
            copy_folder(&path, &copy)?;
        } else if path.is_file() {
            fs::copy(&path, &copy).map_err(|error| in_copying(&path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(parent: &Path, name: &str, text: &str) {
        fs::create_dir(parent.join(name)).unwrap();
        fs::write(parent.join(name).join("x"), text).unwrap();
    }

    fn names(parent: &Path) -> Vec<String> {
        let entries = fs::read_dir(parent).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_draft_appears_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("a");
        drop(Draft::new(parent.path()).unwrap());
        assert!(names(parent.path()).is_empty());
        for text in ["1", "2"] {
            let draft = Draft::new(parent.path()).unwrap();
            draft.write("x", text.as_bytes()).unwrap();
            draft.replace(&target).unwrap();
            assert_eq!(fs::read_to_string(target.join("x")).unwrap(), text);
        }
        let taken = Draft::new(parent.path()).unwrap().publish(&target);
        assert!(taken.is_err(), "a folder that holds something was replaced");
        assert_eq!(names(parent.path()), ["a"]);
    }

    #[test]
    fn recovering_brings_back_what_had_stepped_aside() {
        let parent = tempfile::tempdir().unwrap();
        folder_with(parent.path(), ".old-lost", "lost");
        folder_with(parent.path(), ".old-replaced", "before");
        folder_with(parent.path(), "replaced", "after");
        folder_with(parent.path(), ".unfinished-1", "half");
        recover(parent.path()).unwrap();
        assert_eq!(names(parent.path()), ["lost", "replaced"]);
        assert_eq!(fs::read_to_string(parent.path().join("lost/x")).unwrap(), "lost");
        assert_eq!(fs::read_to_string(parent.path().join("replaced/x")).unwrap(), "after");
    }
}
