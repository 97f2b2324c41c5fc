//! The kernels as a C++ compiler makes them, for tests.

use super::compile::{compiler, folder, make};
use crate::device::{Emulator, KernelLibrary};
use std::path::Path;
use std::sync::OnceLock;

/// A device that runs them; none if the machine has no C++ compiler, and then the test is told to be skipped.
pub fn emulator() -> Option<Emulator> {
    library().map(Emulator::with_library)
}

/// The library, which is made once.
pub fn library() -> Option<KernelLibrary> {
    static LIBRARY: OnceLock<Option<KernelLibrary>> = OnceLock::new();
    let found = LIBRARY.get_or_init(|| library_of(&folder()));
    if found.is_none() {
        crate::skips::skip("cc", "no C++ compiler is called c++");
    }
    found.clone()
}

/// A device that runs the kernels of one source, which may include the headers here; none as [`emulator`].
pub fn emulator_of(name: &str, text: &str) -> Option<Emulator> {
    library()?;
    let to = tempfile::tempdir().expect("there is room for a folder");
    for entry in std::fs::read_dir(folder()).expect("the folder of the kernels") {
        let path = entry.expect("a file of it").path();
        let is_header = path.extension().is_some_and(|it| it == "h" || it == "cuh");
        if let Some(file) = path.file_name().filter(|_| is_header) {
            std::fs::copy(&path, to.path().join(file)).expect("a header");
        }
    }
    std::fs::write(to.path().join(name), text).expect("there is room for a file");
    library_of(to.path()).map(Emulator::with_library)
}

/// The library of the sources of a folder.
pub(super) fn library_of(sources: &Path) -> Option<KernelLibrary> {
    let compiler = compiler()?;
    let made = tempfile::tempdir().expect("there is room for a folder");
    // It is loaded before the folder goes.
    let library = make(&compiler, sources, made.path());
    Some(KernelLibrary::open(&library).expect("a library"))
}
