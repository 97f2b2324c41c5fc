//! Writing files so that nothing good is ever replaced by something half-written.

use super::error::SessionError;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Turns an I/O error into one that says what was attempted where.
pub(super) fn file_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(std::io::Error) -> SessionError {
    let path: PathBuf = path.to_owned();
    move |cause| SessionError::File { action, path, cause }
}

/// Writes a whole file beside its place, flushes it to disk, and moves it there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), SessionError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // A temporary file is private; what is left for others should be readable.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        }
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(file_error("write", path))
}
