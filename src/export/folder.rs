//! A project's folder: written as a whole, or updated except for files that were edited.

use super::error::ExportError;
use super::project::Project;
use crate::session::{Draft, write_atomically};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The list of files as they were written.
const LIST: &str = ".dnne-export.json";

#[derive(Default, Serialize, Deserialize)]
struct Written {
    /// SHA-256 of each file, by its path.
    files: BTreeMap<PathBuf, String>,
}

/// Result of an export over an older one: which files were written and which were kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Written, because they are new or others than before.
    pub written: Vec<PathBuf>,
    /// Left alone, because a hand has changed them since they were written.
    pub kept: Vec<PathBuf>,
    /// Removed, because the project has them no longer.
    pub removed: Vec<PathBuf>,
}

impl Project {
    /// Writes the project to a folder that is not there yet, or empty. It appears when all of it is written.
    pub fn write(&self, folder: &Path) -> Result<(), ExportError> {
        refuse_link(folder)?;
        let message = "exists and is not empty; choose another folder, or write an export again with --update";
        let refused = || ExportError::Folder { path: folder.to_owned(), message };
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(refused());
        }
        let failed = |cause| ExportError::file("write", folder, cause);
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let draft = Draft::new(parent.unwrap_or(Path::new("."))).map_err(failed)?;
        for (path, bytes) in &self.files {
            let path = draft.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(draft.path())).map_err(failed)?;
            fs::write(path, bytes).map_err(failed)?;
        }
        fs::write(draft.path().join(LIST), self.list().text()).map_err(failed)?;
        draft.publish(folder).map_err(|cause| match folder.exists() {
            true => refused(),
            false => failed(cause),
        })
    }

    /// Writes the project over an earlier export of it, but for files that a hand has changed since.
    pub fn update(&self, folder: &Path) -> Result<Updated, ExportError> {
        refuse_link(folder)?;
        let list = folder.join(LIST);
        let text = fs::read(&list).map_err(|_| ExportError::Folder {
            path: folder.to_owned(),
            message: "is no export of a workflow; leave --update out to write a new one",
        })?;
        let before: Written = serde_json::from_slice(&text)
            .map_err(|error| ExportError::file("read", &list, error.into()))?;
        let mut now = self.list();
        let mut updated = Updated::default();
        for (path, bytes) in &self.files {
            let place = folder.join(path);
            refuse_link(&place)?;
            let found = fs::read(&place).ok().map(|bytes| hash(&bytes));
            let was = before.files.get(path);
            if found.is_some() && found.as_ref() != was && found.as_deref() != Some(&hash(bytes)) {
                // It is as the hand left it until it is what was written, or gone.
                now.files.insert(path.clone(), was.cloned().unwrap_or_default());
                updated.kept.push(path.clone());
            } else if found.as_deref() != Some(&hash(bytes)) {
                let parent = place.parent().unwrap_or(folder);
                fs::create_dir_all(parent).map_err(|e| ExportError::file("write", &place, e))?;
                write(&place, bytes)?;
                updated.written.push(path.clone());
            }
        }
        for (path, was) in before.files.iter().filter(|(path, _)| !now.files.contains_key(*path)) {
            let place = folder.join(path);
            refuse_link(&place)?;
            match fs::read(&place) {
                Ok(found) if hash(&found) == *was => {
                    fs::remove_file(&place).map_err(|e| ExportError::file("remove", &place, e))?;
                    updated.removed.push(path.clone());
                }
                Ok(_) => updated.kept.push(path.clone()),
                Err(_) => {}
            }
        }
        write(&list, now.text().as_bytes())?;
        Ok(updated)
    }

    fn list(&self) -> Written {
        let files = self.files.iter().map(|(path, bytes)| (path.clone(), hash(bytes)));
        Written { files: files.collect() }
    }
}

impl Written {
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let failed = |error: crate::session::SessionError| {
        ExportError::file("write", path, std::io::Error::other(error))
    };
    write_atomically(path, bytes).map_err(failed)
}

/// What is written goes where it was asked for, and nowhere that a link leads.
fn refuse_link(path: &Path) -> Result<(), ExportError> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    match is_link {
        true => Err(ExportError::Folder {
            path: path.to_owned(),
            message: "is a link; give the folder that it leads to",
        }),
        false => Ok(()),
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
