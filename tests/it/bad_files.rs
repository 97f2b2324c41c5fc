//! Files as nobody should write them, by one table: each is read as it is meant, or refused by a plain error with its
//! place.

use crate::support::{fail, last_checkpoint, output, repository, run, succeed, workflow};
use dnne::learn::StateDict;
use dnne::nodes::Kinds;
use dnne::scene::SceneLibrary;
use dnne::session::check_file;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What is said of a file that is not sound, and whether it is.
fn checked(path: &Path) -> (bool, String) {
    let scenes = SceneLibrary::new(repository("scenes"));
    let checked = check_file(path, &[], &Kinds::builtin(), &scenes);
    let said: Vec<String> = checked.diagnostics.iter().map(ToString::to_string).collect();
    (checked.is_sound(), said.join("\n"))
}

fn workflow_text() -> String {
    fs::read_to_string(workflow("cartpole_single")).unwrap()
}

fn scene_text(file: &str) -> String {
    fs::read_to_string(repository("scenes/cartpole").join(file)).unwrap()
}

/// A workflow, a task or a model, by the file's name, with one text replaced.
fn with(file: &str, from: &str, to: &str) -> String {
    let text = match file {
        "w.json" => workflow_text(),
        file => scene_text(file),
    };
    assert!(text.contains(from), "{file}: {from}");
    text.replacen(from, to, 1)
}

fn utf16(text: &str) -> Vec<u8> {
    let units = [0xFEFF].into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// A scene of its own beside the workflow, so that each file can be broken.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.json"), workflow_text()).unwrap();
    for file in ["task.ron", "cartpole.xml"] {
        fs::write(folder.path().join(file), scene_text(file)).unwrap();
    }
    folder
}

const FILES: [&str; 3] = ["w.json", "task.ron", "cartpole.xml"];

#[test]
fn what_editors_put_into_files_is_read() {
    for file in FILES {
        let text = with(file, "", "");
        for (what, text) in [
            ("as it is", text.clone()),
            ("a byte order mark", format!("\u{feff}{text}")),
            ("line ends of Windows", text.replace('\n', "\r\n")),
            ("both", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
            ("blank lines", format!("\n\n{text}\n\n")),
        ] {
            // XML that begins with a declaration allows nothing before it; these models have none.
            let folder = folder();
            fs::write(folder.path().join(file), text).unwrap();
            let (is_sound, said) = checked(&folder.path().join(file));
            assert!(is_sound, "{file}, {what}: {said}");
        }
    }
}

/// A mistake stands on the same line whatever ends the lines.
#[test]
fn places_do_not_depend_on_what_ends_lines() {
    for (file, from, to) in [
        ("w.json", "\"class_type\": \"PPOAgentNode\"", "\"class_type\": \"PPOAgentNod\""),
        ("task.ron", "qpos(slider)", "qpos(slidr)"),
        ("cartpole.xml", "joint=\"slider\"", "joint=\"slidre\""),
    ] {
        let text = with(file, from, to);
        let place = |text: String| {
            let folder = folder();
            fs::write(folder.path().join(file), text).unwrap();
            let (is_sound, said) = checked(&folder.path().join(file));
            assert!(!is_sound);
            let after = said.split(&format!("{file}:")).nth(1).unwrap_or_else(|| panic!("{said}"));
            after.split(": ").next().unwrap().to_owned()
        };
        assert_eq!(place(text.clone()), place(text.replace('\n', "\r\n")), "{file}");
    }
}

/// File, what is written into it, and what is said of it.
fn table() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let deep = 100_000;
    let mut table: Vec<(&str, Vec<u8>, Vec<&str>)> = Vec::new();
    for file in FILES {
        table.push((file, utf16(&with(file, "", "")), vec![file, "UTF-16", "save it as UTF-8"]));
        table.push((file, b"\xff\xff\xff".to_vec(), vec![file, "not UTF-8"]));
        table.push((file, Vec::new(), vec![file]));
    }
    let mut put = |file, text: String, said: &[&'static str]| {
        table.push((file, text.into_bytes(), said.to_vec()));
    };
    // Doubled keys.
    let ids = with("w.json", "\"6\": {", "\"3\": {");
    put("w.json", ids, &["w.json:", "another node has the same id"]);
    put("task.ron", with("task.ron", "dt:", "dt: 0.1, dt:"), &["task.ron:", "dt"]);
    let twice = "joint=\"slider\" joint=\"slider\"";
    put(
        "cartpole.xml",
        with("cartpole.xml", "joint=\"slider\"", twice),
        &["cartpole.xml:", "joint"],
    );
    // Depth.
    put("w.json", "[".repeat(deep), &["w.json:1:"]);
    put(
        "w.json",
        with(
            "w.json",
            "\"inputs\": {",
            &format!("\"x\": {}{}, \"inputs\": {{", "[".repeat(deep), "]".repeat(deep)),
        ),
        &["w.json:"],
    );
    put("task.ron", "Task(".repeat(deep), &["task.ron:"]);
    let nested = format!("dt: {}1{},", "(".repeat(deep), ")".repeat(deep));
    put("task.ron", with("task.ron", "dt: 0.016666666666666666,", &nested), &["task.ron:"]);
    put("cartpole.xml", "<mujoco>".repeat(deep), &["cartpole.xml:"]);
    let bodies = format!("<worldbody>{}{}", "<body>".repeat(deep), "</body>".repeat(deep));
    put("cartpole.xml", with("cartpole.xml", "<worldbody>", &bodies), &["cartpole.xml:"]);
    // Parentheses of an expression.
    let nested = format!("{}1{}", "(".repeat(deep), ")".repeat(deep));
    put("task.ron", with("task.ron", "1 - angle^2", &nested), &["task.ron:", "too deep"]);
    // Numbers at which nothing can be simulated.
    for number in ["0", "-1", "1e9", "1000000000", "1e999", "NaN"] {
        let text = with("w.json", "\"num_envs\": 1", &format!("\"num_envs\": {number}"));
        put("w.json", text, &["w.json:"]);
    }
    for number in ["0", "-1", "99999999999", "0.5"] {
        let length = format!("episode_length: {number},");
        let text = with("task.ron", "episode_length: 500,", &length);
        put("task.ron", text, &["task.ron:6", "episode_length"]);
    }
    // Ids of numbers and texts that mean the same node.
    let ui = fs::read_to_string(workflow("cartpole_ppo")).unwrap();
    let mut mixed: Value = serde_json::from_str(&ui).unwrap();
    let nodes = mixed["nodes"].as_array_mut().unwrap();
    let first = nodes[0]["id"].as_u64().unwrap().to_string();
    nodes[1]["id"] = json!(first);
    put("w.json", mixed.to_string(), &["w.json:", "another node has the same id"]);
    table
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let mut wrong = vec![];
    for (file, bytes, parts) in table() {
        let folder = folder();
        fs::write(folder.path().join(file), &bytes).unwrap();
        let (is_sound, said) = checked(&folder.path().join(file));
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        if is_sound {
            wrong.push(format!("{file} is sound: {start}"));
        }
        let missing = parts.iter().filter(|part| !said.contains(**part));
        wrong.extend(missing.map(|part| format!("{file}: {start}: no {part:?} in\n{said:.2000}")));
        if said.len() >= 20_000 {
            wrong.push(format!("{file}: {} bytes are said", said.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of two keys the later one counts, as in every reader of JSON; that is said.
#[test]
fn doubled_keys_of_a_workflow_are_named() {
    let folder = folder();
    let twice = "\"num_envs\": 7, \"num_envs\": 1";
    fs::write(folder.path().join("w.json"), with("w.json", "\"num_envs\": 1", twice)).unwrap();
    let (is_sound, said) = checked(&folder.path().join("w.json"));
    assert!(is_sound && said.contains("w.json:6:"), "{said}");
    assert!(said.contains("\"num_envs\" is given twice; the later one counts"), "{said}");
}

/// A hundred megabytes are not read to the end, whatever they are meant to be; nor is what has no end.
#[test]
fn sizes_are_limited_while_reading() {
    let folder = folder();
    for file in FILES {
        let path = folder.path().join(file);
        File::create(&path).unwrap().set_len(100_000_000).unwrap();
        let (is_sound, said) = checked(&path);
        assert!(!is_sound && said.contains("bytes, which are not read"), "{file}: {said}");
        if cfg!(unix) {
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            let (is_sound, said) = checked(&path);
            assert!(!is_sound && said.contains("a device, and no file"), "{file}: {said}");
            // A link to itself leads nowhere.
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(file, &path).unwrap();
            let (is_sound, said) = checked(&path);
            assert!(!is_sound && said.contains(file), "{file}: {said}");
        }
    }
}

/// What a loader names is opened only if it is a file: a pipe waits for ever for somebody who writes.
#[cfg(unix)]
#[test]
fn a_loader_reads_no_device_and_no_pipe() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = output(std::process::Command::new("mkfifo").arg(&pipe));
    assert!(made.status.success());
    let mut document: Value = serde_json::from_str(&workflow_text()).unwrap();
    document["3"]["inputs"]["model"] = json!(["7", 0]);
    for path in [Path::new("/dev/zero"), &pipe] {
        document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": path}});
        fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
        let (is_sound, said) = checked(&folder.path().join("w.json"));
        assert!(!is_sound && said.contains("is not a file"), "{said}");
        assert!(said.contains("node 7") && said.contains("path"), "{said}");
    }
}

/// A run of one update.
fn small_run(folder: &Path) {
    let path = workflow("cartpole_single");
    let train = ["train", &path, "--updates", "1", "--out", "run", "--quiet", "--headless"];
    succeed(folder, &train);
}

#[test]
fn rows_that_were_cut_off_stop_no_reader() {
    let folder = tempfile::tempdir().unwrap();
    small_run(folder.path());
    let file = folder.path().join("run/metrics.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}{{\"update\":2,\"ste")).unwrap();
    succeed(folder.path(), &["compare", "run", "--metric", "entropy"]);
    succeed(folder.path(), &["eval", "run", "--episodes", "2"]);
    // In the middle it is damage.
    fs::write(&file, format!("{{\"update\":0,\"ste\n{whole}")).unwrap();
    let said = fail(folder.path(), &["compare", "run", "--metric", "entropy"]);
    assert!(said.contains("metrics.jsonl:1: not a row of metrics"), "{said}");
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "2", "--quiet"]);
}

/// Weights that are not finite are named wherever they are read, also where their checksum is right.
#[test]
fn weights_that_are_not_finite_are_named() {
    let folder = tempfile::tempdir().unwrap();
    small_run(folder.path());
    let checkpoint = last_checkpoint(&folder.path().join("run"));
    let weights = fs::read(checkpoint.join("weights.safetensors")).unwrap();
    let weights = StateDict::from_safetensors(&weights).unwrap();
    let mut spoiled = StateDict::new();
    for (name, array) in weights.iter() {
        spoiled.insert(name.to_owned(), array.clone());
    }
    let shape = weights.get("mu.bias").unwrap().shape().to_vec();
    spoiled.insert_f32("mu.bias", &shape, vec![f32::NAN; shape.iter().product()]);
    fs::write(folder.path().join("w.safetensors"), spoiled.to_safetensors().unwrap()).unwrap();
    let mut document: Value = serde_json::from_str(&workflow_text()).unwrap();
    document["7"] = json!({"class_type": "CheckpointLoader", "inputs": {"path": "w.safetensors"}});
    document["3"]["inputs"]["model"] = json!(["7", 0]);
    fs::write(folder.path().join("w.json"), document.to_string()).unwrap();
    let scenes = repository("scenes").to_string_lossy().into_owned();
    let of_workflow = ["w.json", "--scenes", &scenes];
    for command in [&["check"][..], &["train", "--no-trial", "--out", "other", "--headless"]] {
        let said = fail(folder.path(), &[command, &of_workflow].concat());
        assert!(said.contains("`mu.bias` holds numbers that are not finite"), "{said}");
    }
    assert!(!folder.path().join("other").exists());
}

/// Files from later than now, as after a clock was set back: nothing goes by the difference.
#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    small_run(folder.path());
    let later = SystemTime::now() + Duration::from_secs(100 * 24 * 3600);
    let path = folder.path().join("run");
    for name in ["metrics.jsonl", "run.json", "workflow.json"] {
        File::options().append(true).open(path.join(name)).unwrap().set_modified(later).unwrap();
    }
    succeed(folder.path(), &["eval", "run", "--episodes", "2"]);
    succeed(folder.path(), &["train", "--resume", "run", "--updates", "2", "--quiet"]);
    succeed(folder.path(), &["compare", "run", "--metric", "entropy"]);
}

/// Links that lead in circles inside a run's and a scene's folder are not followed for ever.
#[cfg(unix)]
#[test]
fn links_in_circles_end_nothing() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scenes/cartpole");
    fs::create_dir_all(&scene).unwrap();
    for file in ["task.ron", "cartpole.xml"] {
        fs::write(scene.join(file), scene_text(file)).unwrap();
    }
    symlink("..", scene.join("up")).unwrap();
    symlink("self", scene.join("self")).unwrap();
    let path = workflow("cartpole_single");
    let train = ["train", &path, "--scenes", "scenes", "--updates", "1", "--out", "run"];
    succeed(folder.path(), &[&train[..], &["--quiet", "--headless"]].concat());
    // The system ends such ways itself, after forty turns: what was copied and summed up tells whether it had to.
    let copies = fs::read_dir(folder.path().join("run/scenes/cartpole")).unwrap();
    let mut copies: Vec<_> = copies.map(|entry| entry.unwrap().file_name()).collect();
    copies.sort();
    assert_eq!(copies, ["cartpole.xml", "task.ron"]);
    symlink("..", folder.path().join("run/scenes/up")).unwrap();
    let eval = run(folder.path(), &["eval", "run", "--episodes", "2"]);
    let said = String::from_utf8_lossy(&eval.stderr);
    assert!(eval.status.success() && !said.contains("is not as it was"), "{said}");
    symlink("loop", folder.path().join("loop")).unwrap();
    for command in ["eval", "train", "check"] {
        let output = run(folder.path(), &[command, "loop"]);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{command}");
    }
}
