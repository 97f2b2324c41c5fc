//! The same seed, the same bits.

use crate::support::{repository, run, succeed, timeless_metrics, weights, workflow};
use dnne::math::lanes::Isa;
use dnne::scene::{ActionUnits, Actions, Environments, SceneLibrary};
use dnne::space::Device;

#[test]
fn threads_and_repetition_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    for (run, threads) in [("one", "1"), ("two", "2"), ("again", "2")] {
        let args = ["train", &path, "--updates", "12", "--threads", threads, "--out", run];
        succeed(folder.path(), &[&args[..], &["--quiet"]].concat());
    }
    let [one, two, again] = ["one", "two", "again"].map(|run| folder.path().join(run));
    assert_eq!(timeless_metrics(&one), timeless_metrics(&two));
    assert_eq!(timeless_metrics(&two), timeless_metrics(&again));
    assert_eq!(weights(&one), weights(&two));
    assert_eq!(weights(&two), weights(&again));
}

#[test]
fn another_seed_is_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    for seed in ["1", "2"] {
        let args = ["train", &path, "--updates", "2", "--seed", seed, "--out", seed, "--quiet"];
        succeed(folder.path(), &args);
    }
    assert_ne!(weights(&folder.path().join("1")), weights(&folder.path().join("2")));
}

/// Observations and rewards of one environment over some steps, among `n_envs`.
fn trajectory(isa: Isa, n_envs: usize, env: usize) -> Vec<f32> {
    let scene = SceneLibrary::new(repository("scenes")).load("Cartpole").unwrap();
    let mut environments = Environments::new(&scene, n_envs, 9, Device::Cpu(isa)).unwrap();
    let mut out = environments.output().observations.f32s("observations")[env * 4..][..4].to_vec();
    for step in 0..120 {
        // Each environment's own actions, strong enough that episodes end.
        let values: Vec<f32> = (0..n_envs).map(|e| ((e + step) as f32).sin()).collect();
        let actions = Actions { values: &values, units: ActionUnits::Policy };
        let output = environments.step(actions).unwrap();
        out.extend(&output.observations.f32s("observations")[env * 4..][..4]);
        out.push(output.rewards[env]);
    }
    out
}

#[test]
fn an_environment_does_not_see_how_many_others_there_are() {
    for isa in Isa::available() {
        for env in [0, 3, 17] {
            let few = trajectory(isa, env + 1, env);
            assert_eq!(few, trajectory(isa, 40, env), "{}", isa.name());
            assert_eq!(few, trajectory(isa, 513, env), "{}", isa.name());
        }
    }
}

/// The other backend in runs: alike on any number of threads, told of, and a network to begin with for the usual
/// one, as that is for it.
#[test]
fn candle_trains_alike_on_any_number_of_threads_and_hands_its_weights_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_lstm");
    let train = |out: &str, more: &[&str]| {
        let first = ["train", &path, "--num-envs", "64", "--updates", "2", "--out", out];
        let output = run(folder.path(), &[&first[..], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (said, weights(&folder.path().join(out)))
    };
    let candle = ["--set", "PPOAgentNode.backend=candle"];
    let with_candle = |out, more: &[&str]| train(out, &[&candle[..], more].concat());
    let (said, one) = with_candle("one", &["--threads", "1", "--verbose"]);
    assert!(said.contains("slow-backend") && said.contains("times as long"), "{said}");
    assert_eq!(with_candle("two", &["--threads", "2", "--quiet"]).1, one);
    // Nearly the same numbers are not the same bits.
    let (said, fused) = train("fused", &["--verbose"]);
    assert!(!said.contains("slow-backend"), "{said}");
    assert_ne!(fused, one);
    assert_eq!(fused.len(), one.len());
    train("fused_from_candle", &["--init-from", "one", "--quiet"]);
    with_candle("candle_from_fused", &["--init-from", "fused", "--quiet"]);
    succeed(folder.path(), &["export-policy", "one", "--onnx", "one.onnx"]);
}
