//! The input files that decide a run, and whether they have changed since: disks and copies fail silently, and people
//! edit files.

use super::checkpoint::CheckpointInfo;
use super::error::SessionError;
use super::files::file_error;
use super::run_folder::RunFolder;
use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// CRC-32C of files, by their path inside the run's folder with `/` between its parts.
pub(super) type Checksums = BTreeMap<String, u32>;

/// Those of all files in `names`, which are files or folders of a run.
pub(super) fn checksums(run: &Path, names: &[&str]) -> Result<Checksums, SessionError> {
    let mut found = Checksums::new();
    names.iter().try_for_each(|name| add(&run.join(name), name, &mut found))?;
    Ok(found)
}

/// Adds a file, or all files in a folder. What is not there has none.
fn add(path: &Path, name: &str, found: &mut Checksums) -> Result<(), SessionError> {
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(file_error("read", path))? {
            let entry = entry.map_err(file_error("read", path))?;
            let inner = entry.file_name().to_string_lossy().into_owned();
            // Links to folders could lead in circles; runs have none of their own.
            if !entry.file_type().is_ok_and(|found| found.is_symlink()) {
                add(&entry.path(), &format!("{name}/{inner}"), found)?;
            }
        }
    } else if path.is_file() {
        found.insert(name.to_owned(), checksum(path)?);
    }
    Ok(())
}

/// That of a file, which is not held in memory.
fn checksum(path: &Path) -> Result<u32, SessionError> {
    let mut file = File::open(path).map_err(file_error("read", path))?;
    let (mut checksum, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(file_error("read", path))? {
            0 => return Ok(checksum),
            n => checksum = crc32c::crc32c_append(checksum, &buffer[..n]),
        }
    }
}

/// What is to be said of files that decide the run and are not what they were when a checkpoint was written.
pub(super) fn changed(folder: &RunFolder, checkpoint: &CheckpointInfo) -> Vec<Diagnostic> {
    let then = &checkpoint.metadata.inputs;
    let now = match folder.checksums() {
        Ok(now) => now,
        Err(error) => return vec![Diagnostic::warning("changed-run", error.to_string())],
    };
    let names = then.keys().chain(now.keys().filter(|name| !then.contains_key(*name)));
    let changed = names.filter(|name| then.get(*name) != now.get(*name));
    let warn = |name: &String| {
        let file = folder.path().join(name);
        let message = format!(
            "{} is not as it was when the checkpoint was written: what runs now is the file as it is",
            file.display()
        );
        let remedy = "restore it from a copy of the run, if the change was not meant";
        Diagnostic::warning("changed-run", message).remedy(remedy)
    };
    changed.map(warn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_folders_have_their_checksums() {
        let run = tempfile::tempdir().unwrap();
        fs::create_dir_all(run.path().join("scenes/a/b")).unwrap();
        fs::write(run.path().join("scenes/a/b/x"), b"123456789").unwrap();
        fs::write(run.path().join("run.json"), b"").unwrap();
        let found = checksums(run.path(), &["run.json", "scenes", "loaded"]).unwrap();
        // The check value of CRC-32C.
        let expected = [("run.json", 0), ("scenes/a/b/x", 0xE306_9283)];
        assert_eq!(found, expected.map(|(name, sum)| (name.to_owned(), sum)).into());
    }
}
