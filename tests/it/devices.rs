//! Environments on another device, on the one that every machine has: the emulator of a GPU.

use crate::support::{fail, repository, succeed, timeless_metrics, weights, workflow};
use serde_json::Value;

#[test]
fn a_training_on_a_device_is_that_on_the_processor() {
    let folder = tempfile::tempdir().unwrap();
    for (name, n_envs) in [("cartpole_ppo", "70"), ("cartpole_ppo", "1"), ("reacher_ppo", "33")] {
        let path = workflow(name);
        let train = |device: &str, out: &str| {
            let args = ["train", &path, "--updates", "4", "--quiet", "--out", out];
            let on = ["--num-envs", n_envs, "--device", device];
            succeed(folder.path(), &[&args[..], &on].concat());
            folder.path().join(out)
        };
        let [cpu, device] =
            ["cpu", "emulate"].map(|it| train(it, &format!("{it}-{name}-{n_envs}")));
        assert_eq!(timeless_metrics(&cpu).len(), 4);
        assert_eq!(timeless_metrics(&cpu), timeless_metrics(&device), "{name}");
        assert_eq!(weights(&cpu), weights(&device), "{name}");
    }
}

#[test]
fn a_training_on_a_device_is_resumed_bit_for_bit_and_its_policy_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let on = ["--device", "emulate", "--num-envs", "33", "--quiet"];
    let train = |out: &str, updates: &str| {
        let args = ["train", &path, "--updates", updates, "--out", out];
        succeed(folder.path(), &[&args[..], &on].concat());
    };
    train("whole", "6");
    train("parts", "2");
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "6", "--quiet"]);
    let [whole, parts] = ["whole", "parts"].map(|run| folder.path().join(run));
    assert_eq!(weights(&whole), weights(&parts));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
    let said = succeed(folder.path(), &["eval", "whole", "--episodes", "4", "--json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(said["episodes"].as_u64().is_some_and(|n| n >= 4), "{said}");
}

#[test]
fn a_scene_on_a_device_is_compared_with_the_processor() {
    let folder = tempfile::tempdir().unwrap();
    let scene = |name: &str| repository("scenes").join(name).display().to_string();
    let check = |name: &str| {
        let path = scene(name);
        let args =
            ["check", &path, "--device", "emulate", "--envs", "33", "--steps", "40", "--json"];
        let said: Value = serde_json::from_str(&succeed(folder.path(), &args)).unwrap();
        assert_eq!((&said["n_envs"], &said["n_steps"]), (&33.into(), &40.into()), "{said}");
        assert!(said["difference"].is_null(), "{said}");
        assert!(said["n_numbers"].as_u64().is_some_and(|n| n > 10_000), "{said}");
    };
    ["cartpole", "hopper"].into_iter().for_each(check);
}

#[test]
fn what_cannot_be_on_a_device_is_refused_by_name_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").display().to_string();
    let scene = |name: &str| repository("scenes").join(name).display().to_string();
    for (args, expected) in [
        (
            vec!["check", &scene("quadruped"), "--device", "emulate"],
            vec!["height field", "contacts with"],
        ),
        (
            vec!["check", &scene("cartpole_pixels"), "--device", "emulate"],
            vec!["camera \"front\"", "CPU"],
        ),
        (vec!["check", &scene("cartpole"), "--device", "gpu"], vec!["gpu", "cuda:1", "emulate"]),
        (
            vec!["check", &workflow("quadruped_ppo"), "--device", "emulate", "--scenes", &scenes],
            vec!["device", "height field", "--device cpu"],
        ),
        (
            vec!["train", &workflow("cartpole_ppo"), "--device", "cuda:7"],
            vec!["device", "--device cpu"],
        ),
    ] {
        let said = fail(folder.path(), &args);
        assert!(expected.iter().all(|it| said.contains(it)), "{args:?}: {said}");
    }
}
