//! Trainings of which environments and updates are on a device: the emulator, with a library of the kernels.

use crate::kernels;
use crate::skips::skip;
use crate::support::{
    dnne, metrics, n_rows, output, start_with, timeless_metrics, wait_for, weights, workflow,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The library, which is made once; none if the machine has no C++ compiler, and then the test is told to be skipped.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = LIBRARY.get_or_init(|| {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels");
        std::fs::create_dir_all(&to).unwrap();
        Some(kernels::make(&kernels::compiler()?, &kernels::folder(), &to))
    });
    if found.is_none() {
        skip("cc", "no C++ compiler is called c++");
    }
    found.as_deref()
}

/// The program with the library.
fn with_kernels(library: &Path, folder: &Path, args: &[&str]) -> Command {
    let mut command = dnne(folder, args);
    command.env("DNNE_KERNEL_LIBRARY", library);
    command
}

fn succeed(library: &Path, folder: &Path, args: &[&str]) -> String {
    let output = output(&mut with_kernels(library, folder, args));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "dnne {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap() + &errors
}

#[test]
fn cartpole_is_learned_on_a_device() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let args =
        ["train", &path, "--device", "emulate", "--seed", "1", "--updates", "52", "--out", "run"];
    let said = succeed(library, folder.path(), &args);
    assert!(said.contains("Updates are computed on emulator"), "{said}");
    let rows = metrics(&folder.path().join("run"));
    assert_eq!(rows.len(), 52);
    let best = rows.iter().filter_map(|row| row["episode_return"].as_f64()).fold(0.0, f64::max);
    assert!(best > 480.0, "{best}");
}

#[cfg(unix)]
#[test]
fn a_training_on_a_device_alone_goes_on_after_a_kill_with_the_same_bits() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let args = |out: &'static str| {
        let args =
            ["train", &path, "--device", "emulate", "--num-envs", "65", "--quiet", "--out", out];
        let settings = ["minibatch_size=400", "checkpoint_trigger_value=3", "total_updates=14"];
        let settings = settings.map(|it| format!("PPOTrainerNode.{it}"));
        let settings = settings.into_iter().flat_map(|it| ["--set".to_owned(), it]);
        args.map(str::to_owned).into_iter().chain(settings).collect::<Vec<_>>()
    };
    let [whole, parts] = ["whole", "parts"].map(args);
    let [whole, parts] =
        [&whole, &parts].map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
    succeed(library, folder.path(), &whole);
    let mut child = start_with(with_kernels(library, folder.path(), &parts));
    let [whole, parts] = ["whole", "parts"].map(|run| folder.path().join(run));
    wait_for("five updates", || n_rows(&parts) >= 5);
    // SIGKILL: nothing is saved for it.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(n_rows(&parts) < 14, "it was not killed in time");
    succeed(library, folder.path(), &["train", "--resume", "parts", "--quiet"]);
    assert_eq!(timeless_metrics(&whole).len(), 14);
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
    assert!(weights(&whole) == weights(&parts));
}

#[test]
fn what_cannot_learn_on_a_device_learns_on_the_processor_and_says_so() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_lstm");
    let args = ["train", &path, "--device", "emulate", "--updates", "1", "--out", "run"];
    let said = succeed(library, folder.path(), &[&args[..], &["--num-envs", "64"]].concat());
    assert!(
        said.contains("Updates are computed on the CPU: a policy with a recurrent layer"),
        "{said}"
    );
}
