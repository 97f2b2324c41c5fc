//! Machine code of kernels, kept from run to run: the driver takes seconds to minutes to make that of a large step.
//!
//! A file holds the code of one text for one GPU and driver, under a digest of these, after a digest of itself. What is
//! wrong with it is no error: the code is made anew, and people are told.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The environment variable that names the folder of kernels; empty, nothing is kept.
pub(super) const FOLDER_VARIABLE: &str = "DNNE_KERNELS";

/// A folder of machine code.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The user's, or what [`FOLDER_VARIABLE`] names.
    pub(super) fn of_user() -> Self {
        let folder = match std::env::var_os(FOLDER_VARIABLE) {
            Some(folder) => Some(PathBuf::from(folder)).filter(|it| !it.as_os_str().is_empty()),
            None => user_folder().map(|folder| folder.join("dnne/kernels")),
        };
        Self { folder }
    }

    /// Whether the code of what `of` names completely is there and whole.
    pub(super) fn has(&self, of: &[&str]) -> bool {
        let file = self.folder.as_ref().map(|folder| folder.join(format!("{}.cubin", name(of))));
        let bytes = file.and_then(|file| std::fs::read(file).ok());
        bytes.is_some_and(|bytes| checked(&bytes).is_some())
    }

    /// The code of what `of` names completely; made by `make` if it is not there. What went wrong with the files is added
    /// to `notes`.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn code<E>(
        &self,
        of: &[&str],
        notes: &mut Vec<String>,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let Some(folder) = &self.folder else { return make() };
        let file = folder.join(format!("{}.cubin", name(of)));
        match std::fs::read(&file) {
            Ok(bytes) => match checked(&bytes) {
                Some(code) => return Ok(code.to_vec()),
                None => notes.push(format!(
                    "{}: not the machine code that was written there; it is made anew",
                    file.display()
                )),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => notes.push(format!(
                "{}: cannot read: {error}; the machine code is made anew",
                file.display()
            )),
        }
        let code = make()?;
        if let Err(error) = write(folder, &file, &code) {
            notes.push(format!(
                "{}: cannot write: {error}; machine code of kernels is made at every start. Name another folder by \
                 {FOLDER_VARIABLE}",
                folder.display()
            ));
        }
        Ok(code)
    }

    /// Forgets code that the driver does not take.
    pub(super) fn forget(&self, of: &[&str]) {
        if let Some(folder) = &self.folder {
            // It would only be found wrong once more.
            let _ = std::fs::remove_file(folder.join(format!("{}.cubin", name(of))));
        }
    }
}

/// Where programs of this user keep what they can make anew.
fn user_folder() -> Option<PathBuf> {
    let named = |variable: &str| {
        std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
    };
    let of_home = || named("HOME").map(|home| home.join(".cache"));
    named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(of_home)
}

/// A digest of parts, in each of which no other part can begin.
fn name(of: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in of {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The code after its digest, if it is that of the digest.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, code) = bytes.split_at_checked(32)?;
    (Sha256::digest(code).as_slice() == digest && !code.is_empty()).then_some(code)
}

/// Writes a file that is whole or not there.
fn write(folder: &Path, file: &Path, code: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = file.with_extension(format!("{}.unfinished", std::process::id()));
    let bytes = [Sha256::digest(code).as_slice(), code].concat();
    let written = std::fs::write(&unfinished, bytes);
    written.and_then(|()| std::fs::rename(&unfinished, file)).inspect_err(|_| {
        // Half a file is of no use to anybody.
        let _ = std::fs::remove_file(&unfinished);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// The code of a text, which is the text backwards, and how often it was made.
    fn code(cache: &Cache, of: &[&str], made: &Cell<usize>, notes: &mut Vec<String>) -> Vec<u8> {
        let make = || -> Result<Vec<u8>, String> {
            made.set(made.get() + 1);
            Ok(of[0].bytes().rev().collect())
        };
        cache.code(of, notes, make).unwrap()
    }

    #[test]
    fn code_is_made_once_for_each_text_gpu_and_driver() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: Some(folder.path().join("deep/down")) };
        let (made, mut notes) = (Cell::new(0), vec![]);
        let all: [&[&str]; 4] = [
            &["step", "H200", "12"],
            &["step", "T4", "12"],
            &["step", "H200", "1", "2"],
            &["stop"],
        ];
        for round in 0..2 {
            for (place, of) in all.iter().enumerate() {
                let expected: Vec<u8> = of[0].bytes().rev().collect();
                assert_eq!(code(&cache, of, &made, &mut notes), expected);
                assert_eq!(made.get(), if round == 0 { place + 1 } else { all.len() });
            }
        }
        assert!(notes.is_empty(), "{notes:?}");
        cache.forget(all[0]);
        code(&cache, all[0], &made, &mut notes);
        assert_eq!(made.get(), all.len() + 1);
    }

    #[test]
    fn a_file_that_is_damaged_is_told_and_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: Some(folder.path().to_owned()) };
        let (made, mut notes) = (Cell::new(0), vec![]);
        let expected = code(&cache, &["a long step"], &made, &mut notes);
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let whole = std::fs::read(&file).unwrap();
        let mut turned = whole.clone();
        *turned.last_mut().unwrap() ^= 1;
        for damaged in [&turned[..], &whole[..40], &whole[..32], &whole[..7], &[]] {
            std::fs::write(&file, damaged).unwrap();
            made.set(0);
            assert_eq!(code(&cache, &["a long step"], &made, &mut notes), expected);
            assert_eq!((made.get(), notes.len()), (1, 1), "{notes:?}");
            let name = file.file_name().unwrap().to_string_lossy();
            assert!(notes[0].contains(&*name) && notes[0].contains("made anew"), "{notes:?}");
            notes.clear();
            assert_eq!(std::fs::read(&file).unwrap(), whole);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_and_nothing_else_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        std::fs::write(&taken, "a file").unwrap();
        let (made, mut notes) = (Cell::new(0), vec![]);
        let cache = Cache { folder: Some(taken.join("below")) };
        for round in 1..3 {
            assert_eq!(code(&cache, &["ab"], &made, &mut notes), b"ba");
            assert_eq!(made.get(), round);
            let last = notes.last().unwrap();
            assert!(last.contains("below") && last.contains(FOLDER_VARIABLE), "{notes:?}");
        }
        // Without a folder nothing is kept, and nothing said.
        notes.clear();
        code(&Cache { folder: None }, &["ab"], &made, &mut notes);
        assert!(notes.is_empty() && made.get() == 3);
    }
}
