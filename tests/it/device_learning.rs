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
    assert!(said.contains("Rollouts and updates are computed on emulator"), "{said}");
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

#[test]
fn a_run_of_one_device_goes_on_on_the_other() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    for (from, to) in [("emulate", "cpu"), ("cpu", "emulate")] {
        let train = ["train", &path, "--device", from, "--num-envs", "64", "--updates", "3"];
        let out = ["--out", from];
        succeed(library, folder.path(), &[&train[..], &out, &["--quiet"]].concat());
        let device = format!("IsaacGymEnvNode.device={to}");
        let resume = ["train", "--resume", from, "--updates", "6", "--set", &device];
        let said = succeed(library, folder.path(), &resume);
        let name = |device| if device == "cpu" { "the CPU" } else { "emulator" };
        let told = format!("a training on {}, and goes on on {}", name(from), name(to));
        assert!(said.contains(&told), "{said}");
        let rows = metrics(&folder.path().join(from));
        assert_eq!(rows.len(), 6, "{from}");
        for (row, update) in rows.iter().zip(1..) {
            assert_eq!(row["update"].as_u64(), Some(update));
            assert!(row["value_loss"].as_f64().is_some_and(f64::is_finite), "{row}");
        }
        // What episodes the environments were in went along.
        let steps = rows[5]["steps"].as_u64().unwrap();
        assert_eq!(steps, 2 * rows[2]["steps"].as_u64().unwrap());
    }
}

#[test]
fn a_node_that_reads_numbers_has_them_cross_and_is_named() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("reacher_shaped");
    let args = ["train", &path, "--device", "emulate", "--updates", "1", "--out", "run"];
    let said = succeed(library, folder.path(), &[&args[..], &["--num-envs", "64"]].concat());
    let told = "Updates are computed on emulator; in every step numbers cross between it and the CPU: node ";
    assert!(said.contains(told) && said.contains("(Reward Shaper) works there"), "{said}");
    assert_eq!(metrics(&folder.path().join("run")).len(), 1);
}

/// Every copy is a span of the profile. An update more has four more reads: its answer, the sums of its steps, and what
/// TensorBoard draws histograms of, actions and their deviations. Nothing as long as a row of rewards goes there.
#[test]
fn a_profile_shows_that_no_rollout_crosses() {
    let Some(library) = library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let copies = |updates: &str| -> Vec<(String, u64)> {
        let (run, profile) = (format!("run_{updates}"), format!("{updates}.json"));
        let args = ["train", &path, "--device", "emulate", "--num-envs", "64", "--quiet"];
        let to = ["--updates", updates, "--out", &run, "--profile", &profile];
        let to = [&to[..], &["--set", "PPOTrainerNode.epochs=7"]].concat();
        succeed(library, folder.path(), &[&args[..], &to].concat());
        let text = std::fs::read_to_string(folder.path().join(profile)).unwrap();
        let events: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let begins = events.iter().filter(|event| event["ph"] == "B");
        let copy = |event: &serde_json::Value| {
            let name = event["name"].as_str()?.to_owned();
            let numbers = &event["args"]["numbers"];
            let numbers = numbers.as_u64().or_else(|| numbers.as_str()?.parse().ok())?;
            name.starts_with("copy ").then_some((name, numbers))
        };
        begins.filter_map(copy).collect()
    };
    let [few, more] = ["2", "5"].map(copies);
    let reads = |all: &[(String, u64)]| all.iter().filter(|it| it.0 == "copy from device").count();
    assert!(reads(&few) > 0, "{few:?}");
    assert_eq!(reads(&more) - reads(&few), 3 * 4, "{more:?}");
    // Nothing else as long as a row of rewards goes there in these updates but the order of minibatches.
    let n = 64 * 16;
    let long = |all: &[(String, u64)]| -> Vec<u64> {
        let there = all.iter().filter(|it| it.0 == "copy to device" && it.1 >= n);
        there.map(|it| it.1).collect()
    };
    let [few, more] = [few, more].map(|all| long(&all));
    let orders = |all: &[u64]| all.iter().filter(|&&length| length == 7 * n).count();
    assert_eq!((orders(&few), orders(&more)), (2, 5));
    assert_eq!(few.len() + 3, more.len());
}
