//! Environments on another device, on the one that every machine has: the emulator of a GPU.

use crate::support::{
    dnne, fail, n_rows, output, repository, run, start, succeed, timeless_metrics, wait_for,
    weights, workflow,
};
use serde_json::{Value, json};
use std::path::Path;

/// What a command wrote on standard output, and its exit code.
fn output_of(folder: &Path, args: &[&str]) -> (String, i32) {
    let output = run(folder, args);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (text, output.status.code().expect("it ended by itself"))
}

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
fn check_says_what_keeps_updates_or_rollouts_on_the_processor() {
    let folder = tempfile::tempdir().unwrap();
    let notes = |name: &str, device: &str| -> Vec<(String, String)> {
        let args = ["check", &workflow(name), "--no-trial", "--json", "--device", device];
        let said: Value = serde_json::from_str(&output_of(folder.path(), &args).0).unwrap();
        let found = said["diagnostics"].as_array().expect("a list of findings").iter();
        let text = |found: &Value, key: &str| found[key].as_str().unwrap().to_owned();
        let found = found.filter(|it| it["code"] == LEARNS || it["code"] == CROSSES);
        found.map(|it| (text(it, "code"), text(it, "message"))).collect()
    };
    for (name, expected) in [
        ("cartpole_ppo", None),
        ("ant_ppo", None),
        ("humanoid_ppo", None),
        ("cartpole_lstm", Some((LEARNS, "with a recurrent layer updates are computed on the CPU"))),
        ("walker2d_sb3", Some((LEARNS, "with normalize_rewards updates are computed on the CPU"))),
        ("reacher_shaped", Some((CROSSES, "(Reward Shaper) works there"))),
        (
            "walkers_multi_task",
            Some((CROSSES, "the observations of several tasks are joined there")),
        ),
    ] {
        let found = notes(name, "emulate");
        match (expected, &found[..]) {
            (None, []) => {}
            (Some((code, part)), [(found, message)]) => {
                assert!(found == code && message.contains(part), "{name}: {found}, {message}");
            }
            (expected, found) => panic!("{name}: {expected:?}, {found:?}"),
        }
        assert!(notes(name, "cpu").is_empty(), "{name}");
    }
}

const LEARNS: &str = "learns-on-cpu";
const CROSSES: &str = "crosses-in-steps";

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

/// Ant, that touches the ground: the whole training, and numbers of environments that fill no warp.
#[cfg(unix)]
#[test]
fn ant_learns_the_same_on_a_device_and_goes_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("ant_ppo");
    let args = |device: &str, n_envs: &str, out: &str| -> Vec<String> {
        let args = ["train", &path, "--quiet", "--no-trial", "--set", "CheckpointSaver.value=3"];
        let on = ["--device", device, "--num-envs", n_envs, "--out", out];
        args.into_iter().chain(on).map(ToOwned::to_owned).collect()
    };
    let train = |device: &str, n_envs: &str, updates: &str| {
        let out = format!("{device}-{n_envs}");
        let args = [args(device, n_envs, &out), vec!["--updates".to_owned(), updates.to_owned()]];
        let args = args.concat();
        succeed(folder.path(), &args.iter().map(String::as_str).collect::<Vec<_>>());
        folder.path().join(out)
    };
    let mut whole = None;
    for (n_envs, updates) in [("64", "20"), ("1", "4"), ("33", "4")] {
        let [cpu, device] = ["cpu", "emulate"].map(|device| train(device, n_envs, updates));
        assert_eq!(timeless_metrics(&cpu), timeless_metrics(&device), "{n_envs}");
        assert_eq!(timeless_metrics(&cpu).len().to_string(), updates);
        assert!(weights(&cpu) == weights(&device), "{n_envs}");
        whole.get_or_insert(device);
    }
    let whole = whole.unwrap();
    let args = args("emulate", "64", "parts");
    let mut child = start(folder.path(), &args.iter().map(String::as_str).collect::<Vec<_>>());
    let parts = folder.path().join("parts");
    wait_for("eight updates", || n_rows(&parts) >= 8);
    // SIGKILL: nothing is saved for it, and what came after the sixth update is done again.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(n_rows(&parts) < 20, "it was not killed in time");
    succeed(folder.path(), &["train", "--resume", "parts", "--updates", "20", "--quiet"]);
    assert!(weights(&whole) == weights(&parts));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
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
        assert_eq!((&said["sound"], &said["diagnostics"]), (&true.into(), &json!([])), "{said}");
        let found = &said["comparison"];
        assert_eq!((&found["n_envs"], &found["n_steps"]), (&33.into(), &40.into()), "{said}");
        assert!(found["difference"].is_null() && said["trials"].is_null(), "{said}");
        assert!(found["n_numbers"].as_u64().is_some_and(|n| n > 10_000), "{said}");
    };
    ["cartpole", "hopper"].into_iter().for_each(check);
}

/// Arguments; of what is found its code, its file, its line, parts of its message and of its remedy.
type Refused<'a> = (&'a [&'a str], &'a str, &'a str, Option<u64>, &'a [&'a str], &'a str);

/// What refuses a device, as text and as findings of the report that every check gives: what, where, what to do, and the
/// exit code.
#[test]
fn what_cannot_be_on_a_device_is_a_finding_with_its_place_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = repository("scenes").display().to_string();
    let scene = |name: &str| repository("scenes").join(name).display().to_string();
    let quadruped = repository("scenes/quadruped/quadruped.xml").display().to_string();
    let mesh = folder.path().join("mesh.xml");
    let model = r#"<mujoco><asset><mesh name="m" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset><worldbody>
        <geom name="floor" type="plane" size="1 1 1"/>
        <body name="rock" pos="0 0 3"><freejoint/><geom type="mesh" mesh="m"/></body></worldbody></mujoco>"#;
    std::fs::write(&mesh, model).unwrap();
    let mesh = mesh.display().to_string();
    let wrong = folder.path().join("wrong");
    std::fs::create_dir(&wrong).unwrap();
    std::fs::write(wrong.join("task.ron"), "Task(model: \"no.xml\", dt: 0.01)").unwrap();
    let wrong = wrong.display().to_string();
    let workflow = workflow("quadruped_ppo");
    let on_cpu = "simulate on the CPU";
    let table: [Refused; 7] = [
        (
            &[&scene("quadruped")],
            "on-cpu-only",
            &quadruped,
            Some(29),
            &["its contacts with", "more", "height field and ", "computed on the CPU only"],
            on_cpu,
        ),
        (
            &[&scene("quadruped"), "--no-trial"],
            "on-cpu-only",
            "quadruped.xml",
            Some(29),
            &[],
            on_cpu,
        ),
        (&[&quadruped], "on-cpu-only", "quadruped.xml", Some(29), &["its contacts with"], on_cpu),
        (
            &[&scene("cartpole_pixels")],
            "on-cpu-only",
            "cartpole_pixels/task.ron",
            None,
            &["drawn on the CPU only"],
            "observe numbers in their place, or simulate on the CPU",
        ),
        (
            &[&mesh],
            "on-cpu-only",
            "mesh.xml",
            Some(3),
            &["its contacts with geom \"floor\" (mesh and plane)"],
            "have spheres, capsules or boxes in the place of the mesh",
        ),
        (&[&wrong], "", "wrong/task.ron", Some(1), &["the task lacks `actions`"], ""),
        (
            &[&workflow, "--scenes", &scenes],
            "unusable-value",
            "quadruped_ppo.json",
            None,
            &["quadruped.xml:29:", "<geom name=\"terrain\">", "height field"],
            "--device cpu",
        ),
    ];
    for (args, code, file, line, message, remedy) in table {
        let args = [&["check"], args, &["--device", "emulate"]].concat();
        let text = fail(folder.path(), &args);
        let (said, exit) = output_of(folder.path(), &[&args[..], &["--json"]].concat());
        let said: Value =
            serde_json::from_str(&said).unwrap_or_else(|_| panic!("{args:?}: {said}"));
        assert_eq!((exit, &said["sound"]), (2, &false.into()), "{args:?}: {said}");
        assert!(said["comparison"].is_null() && said["trials"].is_null(), "{said}");
        let found = said["diagnostics"].as_array().unwrap();
        let found = found.iter().find(|it| it["code"] == code && it["severity"] == "error");
        let found = found.unwrap_or_else(|| panic!("{args:?}: {said}"));
        let text_of = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        assert!(text_of("file").ends_with(file), "{args:?}: {found}");
        assert!(
            line.is_none_or(|line| found["span"]["start"]["line"] == line),
            "{args:?}: {found}"
        );
        let says = |what: &&str| text_of("message").contains(what);
        assert!(message.iter().all(says), "{args:?}: {found}");
        assert!(text_of("remedy").contains(remedy), "{args:?}: {found}");
        // The same in words.
        for part in [text_of("message"), text_of("remedy"), format!("{file}:")] {
            assert!(text.contains(&part), "{args:?}: {part}: {text}");
        }
    }
}

#[test]
fn devices_are_named_alike_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let (scene, workflow) =
        (repository("scenes/cartpole").display().to_string(), workflow("cartpole_ppo"));
    let set = |device: &str| format!("IsaacGymEnvNode.device={device}");
    let commands = |device: &str| -> Vec<Vec<String>> {
        let words = |all: &[&str]| all.iter().map(ToString::to_string).collect();
        vec![
            words(&["check", &scene, "--device", device]),
            words(&["check", &workflow, "--device", device]),
            words(&["train", &workflow, "--updates", "1", "--device", device]),
            words(&["train", &workflow, "--updates", "1", "--set", &set(device)]),
            words(&["export", &workflow, "--to", "exported", "--device", device]),
            words(&["bench", "tasks", "--models", &scene, "--device", device]),
        ]
    };
    let told = |args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = run(folder.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (said, output.status.code().unwrap())
    };
    // A wrong name is told all that there are.
    for name in ["gpu", "cuda:x", "cuda:"] {
        for args in commands(name) {
            let (said, exit) = told(&args);
            assert_eq!(exit, 2, "{args:?}: {said}");
            assert!(
                ["cpu", "cuda", "cuda:1", "emulate"].iter().all(|it| said.contains(it)),
                "{said}"
            );
        }
    }
    // The first GPU has two names: whatever there is, both find the same.
    for (first, other) in commands("cuda").iter().zip(commands("cuda:0")) {
        let ((said, exit), (of_other, exit_of_other)) = (told(first), told(&other));
        assert_eq!(exit, exit_of_other, "{other:?}: {of_other}");
        assert!(
            !of_other.contains("choose one of") && !of_other.contains("did you mean"),
            "{of_other}"
        );
        if exit != 0 {
            assert!(said.contains("NVIDIA") || said.contains("GPU"), "{first:?}: {said}");
            let plain = |text: &str| text.replace("cuda:0", "cuda");
            assert_eq!(plain(&said), plain(&of_other));
        }
    }
}

/// One program for all machines: what needs no GPU does not even look for the driver's library.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn the_driver_is_looked_for_only_where_a_gpu_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole").display().to_string();
    let (path, bench) = (workflow("cartpole_ppo"), ["bench", "tasks", "--models", &scene]);
    let looks = |args: &[&str]| {
        let mut command = dnne(folder.path(), args);
        // The loader says on standard error what it looks for, also where the program asks it to.
        let output = output(command.env("LD_DEBUG", "libs"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("find library="), "{args:?}: {said}");
        said.contains("find library=libcuda")
    };
    assert!(!looks(&["--version"]));
    assert!(!looks(&["train", &path, "--updates", "1", "--quiet", "--out", "run"]));
    let few = ["--envs", "8", "--steps", "2", "--device"];
    assert!(!looks(&[&bench[..], &few, &["emulate"]].concat()));
    assert!(looks(&[&bench[..], &few, &["cuda"]].concat()));
}
