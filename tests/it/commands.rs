//! What the commands print and write.

use crate::support::{fail, finish, metrics, output, repository, run, succeed, workflow};
use serde_json::{Value, json};

#[test]
fn nodes_are_listed_and_described() {
    let folder = tempfile::tempdir().unwrap();
    let list = succeed(folder.path(), &["nodes"]);
    for name in ["IsaacGymEnvNode", "PPOTrainerNode", "TensorBoardLogger"] {
        assert!(list.contains(name), "{list}");
    }
    let one = succeed(folder.path(), &["nodes", "PPOTrainerNode"]);
    for part in ["horizon_length", "gae_lambda", "training_complete"] {
        assert!(one.contains(part), "{one}");
    }
    fail(folder.path(), &["nodes", "Xylophone"]);
    let nearly = fail(folder.path(), &["nodes", "PPOTranerNode"]);
    assert!(nearly.contains("did you mean \"PPOTrainerNode\"?"), "{nearly}");
}

#[test]
fn json_is_all_that_stands_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    let printed = succeed(folder.path(), &["train", &path, "--updates", "2", "--json"]);
    let summary: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&summary["updates"], &summary["steps"]), (&json!(2), &json!(16384)));
    assert_eq!(summary["run"], "runs/cartpole_ppo");
    let again = succeed(folder.path(), &["train", &path, "--updates", "1", "--json"]);
    let summary: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(summary["run"], "runs/cartpole_ppo-2");
}

#[test]
fn quiet_prints_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        run(folder.path(), &["train", &workflow("cartpole_ppo"), "--updates", "1", "--quiet"]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
}

#[test]
fn quiet_prints_errors_and_no_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = repository("tests/data/dnne_cartpole_api.json").to_string_lossy().into_owned();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let train = ["train", &workflow, "--scenes", &scenes, "--updates", "1"];
    let said = |more: &[&str]| {
        let output = run(folder.path(), &[&train[..], more].concat());
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&[]).contains("warning[states-rewired]"));
    assert_eq!(said(&["--quiet"]), "");
    let wrong = fail(folder.path(), &[&train[..], &["--quiet", "--num-envs", "0"]].concat());
    assert!(wrong.contains("num_envs"), "{wrong}");
}

#[test]
fn verbose_prints_every_update() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let printed = succeed(folder.path(), &["train", &path, "--updates", "3", "--verbose"]);
    for update in 1..=3 {
        let row = printed.lines().find(|line| line.starts_with(&format!("{update:7} ")));
        assert!(row.is_some(), "{update} in\n{printed}");
    }
}

#[test]
fn a_training_without_end_is_no_benchmark() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let said = fail(folder.path(), &["bench", "train", "--workflow", &path]);
    assert!(said.contains("total_updates"), "{said}");
}

/// Nobody reads: nothing panics, and the work is done all the same.
#[cfg(unix)]
#[test]
fn a_closed_pipe_does_not_stop_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    for (args, part) in [
        (format!("train {path} --updates 20 --out run"), "summary"),
        ("eval run --episodes 2".to_owned(), "evaluation"),
    ] {
        let program = env!("CARGO_BIN_EXE_dnne");
        let script = format!("{{ {program} {args}; echo $? >code; }} 2>said | true");
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", &script]).current_dir(folder.path());
        assert!(output(shell).status.success());
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("code").trim(), "0", "{part}: {}", read("said"));
    }
    assert_eq!(metrics(&folder.path().join("run")).len(), 20);
}

#[test]
fn a_run_records_its_overrides() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_single");
    let mut args = vec!["train", &path, "--updates", "1", "--num-envs", "3", "--out", "run"];
    args.extend(["--set", "PPOTrainerNode.gamma=0.5", "--quiet"]);
    succeed(folder.path(), &args);
    let text = std::fs::read_to_string(folder.path().join("run/workflow.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["1"]["inputs"]["num_envs"], 3);
    assert_eq!(document["6"]["inputs"]["gamma"], 0.5);
    assert_eq!(metrics(&folder.path().join("run"))[0]["steps"], 3 * 128);
}

#[test]
fn a_row_of_metrics_has_the_usual_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "3", "--out", "run", "--quiet"]);
    let rows = metrics(&folder.path().join("run"));
    let numbers = [
        "update",
        "steps",
        "wall_secs",
        "steps_per_sec",
        "simulation_steps_per_sec",
        "inference_steps_per_sec",
        "update_steps_per_sec",
        "episode_return",
        "episode_length",
        "policy_loss",
        "value_loss",
        "entropy",
        "kl",
        "learning_rate",
        "clip_fraction",
        "explained_variance",
        "grad_norm",
        "approx_kl",
        "value_error",
        "simulate_secs",
        "observe_secs",
        "infer_secs",
        "store_secs",
        "update_secs",
        "other_secs",
    ];
    for row in &rows {
        for name in numbers {
            assert!(row[name].is_number(), "{name} in {row}");
        }
        assert!(row["reward_terms"]["upright"].is_number());
        // The parts of the time are all of it, and both parts of a step take some.
        let number = |name: &str| row[name].as_f64().unwrap();
        let parts = ["simulate", "observe", "infer", "store", "update", "other"];
        let sum: f64 = parts.iter().map(|part| number(&format!("{part}_secs"))).sum();
        let whole = 16.0 * 512.0 / number("steps_per_sec");
        assert!((sum / whole - 1.0).abs() < 1e-6, "{sum} of {whole} s");
        assert!(number("simulate_secs") > 0.0 && number("observe_secs") > 0.0, "{row}");
    }
    assert_eq!(rows[2]["steps"], 3 * 16 * 512);
}

/// The single cartpole with nodes added.
fn with_nodes(added: Value) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    for (id, node) in added.as_object().unwrap() {
        document[id] = node.clone();
    }
    std::fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let args = ["train", "w.json", "--scenes", &scenes, "--out", "run", "--updates", "2"];
    let args = args.iter().map(ToString::to_string).collect();
    (folder, args)
}

#[test]
fn print_nodes_show_shapes_and_values() {
    let (folder, args) = with_nodes(json!({
        "20": {"class_type": "DebugPrint",
               "inputs": {"input": ["4", 0], "prefix": "seen", "every_n": 100}},
    }));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let printed = succeed(folder.path(), &args);
    assert_eq!(printed.lines().filter(|line| line.starts_with("seen: (1, 4) min ")).count(), 3);
}

#[test]
fn a_checkpoint_saver_writes_where_it_is_told() {
    let (folder, args) = with_nodes(json!({
        "20": {"class_type": "CheckpointSaver",
               "inputs": {"model": ["3", 1], "loss_info": ["6", 0], "path": "kept", "value": "1"}},
    }));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    succeed(folder.path(), &args);
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("kept"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["update_000001_step_000000000128", "update_000002_step_000000000256"]);
    let metadata = folder.path().join("kept").join(&names[0]).join("metadata.json");
    let metadata: Value = serde_json::from_slice(&std::fs::read(metadata).unwrap()).unwrap();
    assert_eq!((&metadata["node"], &metadata["trigger"]), (&json!("20"), &json!("epoch 1")));
    assert_eq!(metadata["hyperparameters"]["6"]["horizon_length"], 128);
}

#[test]
fn only_the_last_checkpoints_are_kept() {
    let saver = |more: Value| {
        let mut node = json!({"class_type": "CheckpointSaver", "inputs": {"model": ["3", 1]}});
        let inputs = node["inputs"].as_object_mut().unwrap();
        inputs.extend(more.as_object().unwrap().clone());
        node
    };
    let (folder, mut args) = with_nodes(json!({
        "20": saver(json!({"path": "kept", "value": "1", "keep": 2})),
        "21": saver(json!({"path": "kept", "value": "3"})),
        "22": saver(json!({"path": "kept", "trigger": "best_metric", "value": "steps", "keep": 1})),
    }));
    args.extend(
        ["--updates", "6", "--set", "PPOTrainerNode.checkpoint_enabled=true"].map(String::from),
    );
    args.extend(["--set", "PPOTrainerNode.checkpoint_trigger_value=1"].map(String::from));
    args.extend(["--set", "PPOTrainerNode.checkpoint_keep=1"].map(String::from));
    // The number of updates that `with_nodes` asks for.
    let position = args.iter().position(|arg| arg == "--updates").unwrap();
    args.drain(position..position + 2);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    succeed(folder.path(), &args);
    let names = |path: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder.path().join(path)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    // Update 3 is the other saver's, which took it over and keeps all; the best is not counted.
    let kept = names("kept");
    assert_eq!(kept.len(), 4, "{kept:?}");
    for (name, start) in
        kept.iter().zip(["best_22", "update_000003", "update_000005", "update_000006"])
    {
        assert!(name.starts_with(start), "{kept:?}");
    }
    let own = names("run/checkpoints");
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(own[0].starts_with("update_000006"), "{own:?}");
}

/// Each saver goes by the trainer's updates, wherever it stands in the file, and keeps its own best.
#[test]
fn savers_do_not_get_in_each_others_way() {
    let saver = |trigger: &str, value: &str| {
        json!({"class_type": "CheckpointSaver",
               "inputs": {"model": ["3", 1], "trigger": trigger, "value": value}})
    };
    let (folder, args) = with_nodes(json!({
        "0": saver("epoch", "1"),
        "20": saver("best_metric", "entropy"),
        "21": saver("best_metric", "steps"),
    }));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    succeed(folder.path(), &args);
    let checkpoints = folder.path().join("run/checkpoints");
    let metadata = |name: &str| -> Value {
        let path = checkpoints.join(name).join("metadata.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    assert_eq!(metadata("update_000001_step_000000000128")["node"], "0");
    assert_eq!(metadata("best_20")["best_metric"]["metric"], "entropy");
    let best = json!({"metric": "steps", "value": 256.0, "direction": "highest"});
    assert_eq!(metadata("best_21")["best_metric"], best);
}

#[test]
fn tensorboard_events_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "2", "--out", "run", "--quiet"]);
    let mut files = std::fs::read_dir(folder.path().join("run/tensorboard")).unwrap();
    let bytes = std::fs::read(files.next().unwrap().unwrap().path()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for tag in ["charts/episodic_return", "losses/approx_kl", "rewards/upright", "time/update"] {
        assert_eq!(text.matches(tag).count(), 2, "{tag}");
    }
    for tag in ["policy/actions", "policy/log_std"] {
        assert_eq!(text.matches(tag).count(), 2, "{tag}");
    }
    for part in ["hyperparameters/text_summary", "workflow/text_summary", "| horizon_length | 16 |"]
    {
        assert_eq!(text.matches(part).count(), 1, "{part}");
    }
}

/// TensorFlow's record format: length, its checksum, data, its checksum. TensorBoard stops reading at
/// the first that does not agree.
#[test]
fn tensorboard_events_are_whole_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = workflow("cartpole_ppo");
    succeed(folder.path(), &["train", &path, "--updates", "3", "--out", "run", "--quiet"]);
    let entries = std::fs::read_dir(folder.path().join("run/tensorboard")).unwrap();
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let name = files[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("events.out.tfevents."), "{name}");
    let bytes = std::fs::read(&files[0]).unwrap();
    let masked =
        |data: &[u8]| crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let (mut rest, mut n_records) = (&bytes[..], 0);
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let (check, after) = after.split_first_chunk::<4>().unwrap();
        assert_eq!(*check, masked(length), "record {n_records}");
        let (data, after) = after.split_at(u64::from_le_bytes(*length) as usize);
        let (check, after) = after.split_first_chunk::<4>().unwrap();
        assert_eq!(*check, masked(data), "record {n_records}");
        (rest, n_records) = (after, n_records + 1);
    }
    assert!(rest.is_empty());
    assert_eq!(n_records, 3 + 3, "a head, a beginning, the texts, and an event for each update");
}

/// A workflow that would wait for ever is refused, by the names of those that wait.
#[test]
fn a_graph_that_halts_is_reported_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(workflow("cartpole_single")).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    for (from, to, parts) in [
        (
            "\"input_a\": [\"1\", 1],",
            "",
            ["node 2", "never fires", "input_b from node 4 (IsaacGymStepNode)"],
        ),
        (
            "\"states\": [\"2\", 0]",
            "\"states\": [\"1\", 1]",
            ["node 4", "the loop halts after", "trigger from node 6 (PPOTrainerNode)"],
        ),
    ] {
        assert!(text.contains(from));
        std::fs::write(folder.path().join("w.json"), text.replacen(from, to, 1)).unwrap();
        for command in [&["check"][..], &["train", "--out", "run"]] {
            let args = [command, &["w.json", "--scenes", &scenes]].concat();
            let said = fail(folder.path(), &args);
            for part in parts {
                assert!(said.contains(part), "expected {part:?} in:\n{said}");
            }
        }
        assert!(!folder.path().join("run").exists());
    }
}

/// What is no regular file, such as /dev/null or a pipe, is written into and not replaced.
#[cfg(unix)]
#[test]
fn sim_writes_into_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = output(std::process::Command::new("mkfifo").arg(&pipe));
    assert!(made.status.success());
    let mut reader = std::process::Command::new("cat");
    let mut reader = reader.arg(&pipe).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    let sim = run(folder.path(), &["sim", &scene, "--steps", "3", "--out", "pipe"]);
    let is_pipe = !pipe.metadata().unwrap().is_file();
    if !is_pipe {
        // Nobody will ever write to what `cat` waits for.
        reader.kill().unwrap();
    }
    let read = finish(reader).stdout;
    assert!(sim.status.success() && is_pipe, "{}", String::from_utf8_lossy(&sim.stderr));
    assert_eq!(read.iter().filter(|&&byte| byte == b'\n').count(), 5);
}

/// As others' programs write: readable as the user's umask says.
#[cfg(unix)]
#[test]
fn sim_writes_files_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    succeed(folder.path(), &["sim", &scene, "--steps", "3", "--out", "x.csv"]);
    std::fs::write(folder.path().join("plain"), "").unwrap();
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("x.csv"), mode("plain"));
}

#[test]
fn a_step_is_shown_as_a_program_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let scene = |name: &str| repository("scenes").join(name).to_string_lossy().into_owned();
    let table = succeed(folder.path(), &["trace", &scene("cartpole")]);
    for word in ["numbers in", "positions", "solve", "integrate", "all"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let text = succeed(folder.path(), &["trace", &scene("cartpole"), "--c"]);
    assert!(text.contains("void run(const number *in") && text.ends_with("}\n"), "{text}");
    let text = succeed(folder.path(), &["trace", &scene("cartpole"), "--ptx"]);
    assert!(text.starts_with(".version 7.0\n.target sm_75\n") && text.ends_with("}\n"), "{text}");
    let refused = run(folder.path(), &["trace", &scene("quadruped")]);
    let error = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{error}");
    for part in
        ["<geom name=\"terrain\">", "height field and box", "have planes or boxes in the place"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn states_written_by_sim_are_read_by_sim() {
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole").to_string_lossy().into_owned();
    let random = ["sim", &scene, "--envs", "3", "--ctrl", "random:7", "--precision", "f64"];
    let whole = succeed(folder.path(), &[&random[..], &["--steps", "20"]].concat());
    let mut lines = whole.lines();
    assert_eq!(lines.next(), Some("env,step,time,qpos.slider,qpos.pole,qvel.slider,qvel.pole"));
    assert_eq!(lines.clone().count(), 21 * 3);
    let header = whole.lines().next().unwrap();
    let last: Vec<&str> = lines.filter(|line| line.split(',').nth(1) == Some("20")).collect();
    std::fs::write(folder.path().join("s.csv"), format!("{header}\n{}\n", last.join("\n")))
        .unwrap();
    let state = ["sim", &scene, "--envs", "3", "--state", "s.csv", "--precision", "f64"];
    let resumed = succeed(folder.path(), &[&state[..], &["--steps", "1"]].concat());
    for (written, read) in last.iter().zip(resumed.lines().skip(1)) {
        let values = |line: &str| line.splitn(4, ',').nth(3).map(str::to_owned);
        assert_eq!(values(written), values(read));
    }
}

#[test]
fn sim_takes_the_step_that_mujoco_takes() {
    let folder = tempfile::tempdir().unwrap();
    let golden = std::fs::read(repository("tests/golden/cartpole.json")).unwrap();
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let state = &golden["free"][0];
    let number = |name: &str, index: usize| state[name][index].as_f64().unwrap();
    let numbers = |name: &str| format!("{},{}", number(name, 0), number(name, 1));
    let text = format!(
        "qpos.slider,qpos.pole,qvel.slider,qvel.pole\n{},{}\n",
        numbers("qpos"),
        numbers("qvel")
    );
    std::fs::write(folder.path().join("state.csv"), text).unwrap();
    std::fs::write(folder.path().join("ctrl.csv"), format!("push\n{}\n", number("ctrl", 0)))
        .unwrap();
    let model = repository("scenes/cartpole/cartpole.xml").to_string_lossy().into_owned();
    let mut args = vec!["sim", &model, "--steps", "1", "--precision", "f64"];
    args.extend(["--state", "state.csv", "--ctrl", "ctrl.csv"]);
    let printed = succeed(folder.path(), &args);
    let last: Vec<f64> =
        printed.lines().last().unwrap().split(',').map(|x| x.parse().unwrap()).collect();
    for index in 0..2 {
        assert!((last[3 + index] - number("next_qpos", index)).abs() < 1e-9);
        assert!((last[5 + index] - number("next_qvel", index)).abs() < 1e-9);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let scene = repository("scenes/cartpole");
    let script = format!(
        "{} sim {} --steps 100000 | head -n 2",
        env!("CARGO_BIN_EXE_dnne"),
        scene.display()
    );
    let mut shell = std::process::Command::new("sh");
    let output = output(shell.args(["-c", &script]).current_dir(&folder));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
