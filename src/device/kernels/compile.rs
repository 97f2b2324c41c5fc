//! A library of kernels by the C++ compiler of the machine. Nothing here knows the crate: tests of the built program have
//! this file too.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the sources.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/device/kernels")
}

/// The names of the kernels of a source, in their order.
pub fn kernels_in(text: &str) -> Vec<&str> {
    let after = text.split("extern \"C\" __global__ void ").skip(1);
    after.filter_map(|it| it.split_once('(').map(|(name, _)| name.trim())).collect()
}

/// The C++ compiler: what `CXX` names, or `c++`; none if it does not run.
pub fn compiler() -> Option<String> {
    let name = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let output = Command::new(&name).arg("--version").output().ok()?;
    output.status.success().then_some(name)
}

/// The library of all sources of a folder, in another.
///
/// # Panics
/// If the compiler refuses the kernels.
pub fn make(compiler: &str, sources: &Path, to: &Path) -> PathBuf {
    let mut command = Command::new(compiler);
    command.args(["-std=c++17", "-O2", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]);
    command.args(["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]);
    if cfg!(target_arch = "x86_64") {
        command.arg("-march=native");
    }
    command.arg("-I").arg(sources);
    for entry in std::fs::read_dir(sources).expect("the folder of the kernels") {
        let path = entry.expect("a file of it").path();
        if path.extension().is_none_or(|extension| extension != "cu") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let kernels = kernels_in(&text);
        assert!(!kernels.is_empty(), "{name} has no kernels");
        let exports: String = kernels.iter().map(|it| format!("HOST_KERNEL({it})\n")).collect();
        let unit = to.join(format!("{name}.cpp"));
        let text = format!("#include \"host.h\"\n#include \"{name}\"\n{exports}");
        std::fs::write(&unit, text).expect("there is room for a file");
        command.arg(unit);
    }
    let library = to.join("kernels.so");
    let output = command.arg("-o").arg(&library).output().expect("the compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}
