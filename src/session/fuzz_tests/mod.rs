//! Mutated task files, workflows and runs: each is refused or trains for ten steps.
//!
//! See [`fuzz`](crate::scene::fuzz).

mod tree;

use super::checkpoint::{CheckpointInfo, CheckpointMetadata, sealed};
use super::{
    EndedBy, Limits, NewFolder, NewTraining, RunPlace, Session, SessionOptions, Start, StoppedRun,
    Training, TrainingOptions, load_workflow, workflow_text,
};
use crate::math::rng::Random;
use crate::nodes::{Kinds, METADATA_FILE, training_loop};
use crate::scene::SceneLibrary;
use crate::scene::fuzz::text::below;
use crate::scene::fuzz::{Fuzz, check, copy_all};
use crate::workflow::{Document, Graph};
use std::fs;
use std::path::{Path, PathBuf};
use tree::mutated;

const N_STEPS: usize = 10;
const N_ENVS: u64 = 4;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Ten steps of a workflow's training. Whether they were taken.
fn trains(graph: &Graph, scenes: SceneLibrary) -> bool {
    let options = SessionOptions { console: Box::new(|_| ()), ..SessionOptions::new(scenes) };
    let Ok(mut session) = Session::new(graph, options) else { return false };
    (0..N_STEPS).all(|_| session.tick().is_ok())
}

/// The smallest training of a scene, with two updates in ten steps.
fn graph(scene: &str) -> Graph {
    training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("env_name", scene)
        .set("num_envs", N_ENVS as i64)
        .node("agent", "PPOAgentNode")
        .set("hidden_sizes", vec![8_i64])
        .set("separate_value", true)
        .node("trainer", "PPOTrainerNode")
        .set("horizon_length", 4)
        .set("epochs", 1)
        .set("minibatch_size", 16)
        .build()
        .expect("the graph is sound")
}

#[test]
fn mutated_tasks_are_refused_or_trained() {
    let names = SceneLibrary::new(repository("scenes")).names();
    check(&Fuzz {
        test: "session::fuzz_tests::mutated_tasks_are_refused_or_trained",
        prepare: &|folder| copy_all(&repository("scenes"), &folder.join("scenes")),
        mutate: &|folder, number, random| {
            let case = folder.join(format!("case-{number}/scenes/it"));
            copy_all(&folder.join("scenes").join(&names[number % names.len()]), &case);
            let file = case.join("task.ron");
            let text = fs::read_to_string(&file).expect("a task");
            fs::write(&file, mutated(&text, random)).expect("a folder to write in");
            file
        },
        reaches: &|file| {
            let scenes = file.ancestors().nth(2).expect("it lies in a folder of scenes");
            trains(&graph("it"), SceneLibrary::new(scenes))
        },
    });
}

/// Shipped workflows, with few environments so that a step is short.
fn small_workflows(folder: &Path) {
    let kinds = Kinds::builtin();
    for entry in fs::read_dir(repository("workflows")).expect("a folder") {
        let path = entry.expect("readable").path();
        // Without a teacher's run no student trains.
        if path.file_stem().is_some_and(|name| name == "cartpole_distilled") {
            continue;
        }
        let mut document = Document::load(&path).0.expect("it is sound");
        let small = [
            ("IsaacGymEnvNode", "num_envs=8"),
            ("PPOTrainerNode", "horizon_length=4"),
            ("PPOTrainerNode", "minibatch_size=32"),
            ("PPOTrainerNode", "epochs=1"),
            ("PPOAgentNode", "hidden_sizes=[8]"),
            ("PPOAgentNode", "rnn_size=8"),
        ];
        for (class, setting) in small {
            for node in document.nodes_of_class(kinds.registry(), class) {
                let set =
                    document.set_param_from_option(kinds.registry(), &format!("{node}.{setting}"));
                set.expect("the node has it");
            }
        }
        let copy = folder.join(path.file_name().expect("it has a name"));
        fs::write(copy, document.to_json()).expect("a folder to write in");
    }
}

#[test]
fn mutated_workflows_are_refused_or_trained() {
    check(&Fuzz {
        test: "session::fuzz_tests::mutated_workflows_are_refused_or_trained",
        prepare: &small_workflows,
        mutate: &|folder, number, random| {
            let files = fs::read_dir(folder).expect("a folder").flatten().map(|it| it.path());
            let mut files: Vec<PathBuf> =
                files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
            files.sort();
            let text = fs::read_to_string(&files[number % files.len()]).expect("a workflow");
            let file = folder.join(format!("{number}.mutation"));
            fs::write(&file, mutated(&text, random)).expect("a folder to write in");
            file
        },
        reaches: &|file| {
            let scenes = SceneLibrary::new(repository("scenes"));
            let loaded = load_workflow(file, &[], &Kinds::builtin(), &scenes);
            loaded.graph.is_some_and(|graph| trains(&graph, scenes))
        },
    });
}

/// A run with two checkpoints, a change by hand, and a file of weights that it began with.
fn make_run(folder: &Path) {
    let scenes = SceneLibrary::new(repository("scenes"));
    let kinds = Kinds::builtin();
    let file = repository("workflows/cartpole_single.json");
    let train = |name: &str, more: &[&str]| {
        let small = [
            "1.num_envs=4",
            "6.horizon_length=4",
            "6.minibatch_size=16",
            "6.checkpoint_enabled=true",
        ];
        let small = small.iter().chain(&["3.hidden_sizes=[8]", "6.checkpoint_trigger_value=1"]);
        let overrides: Vec<String> = small.chain(more).map(|it| (*it).to_owned()).collect();
        let loaded = load_workflow(&folder.join("w.json"), &overrides, &kinds, &scenes);
        let (document, graph) = (loaded.document.expect("read"), loaded.graph);
        let graph = graph.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let workflow = workflow_text(document, &graph, &kinds).expect("paths are text");
        let place = RunPlace::At(folder.join(name));
        let new =
            NewTraining { seed: 3, folder: Some(NewFolder { workflow, place }), init_from: None };
        let limits = Limits { updates: Some(2), ..Limits::default() };
        let options =
            TrainingOptions { start: Start::New(new), limits, ..TrainingOptions::default() };
        let training = Training::new(&graph, scenes.clone(), options).expect("it can be trained");
        training.run().expect("it can be trained");
    };
    let text = fs::read_to_string(&file).expect("a workflow");
    fs::write(folder.join("w.json"), &text).expect("a folder to write in");
    train("first", &[]);
    let mut document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let path = folder.join("first");
    document["7"] = serde_json::json!({"class_type": "CheckpointLoader", "inputs": {"path": path}});
    document["3"]["inputs"]["model"] = serde_json::json!(["7", 0]);
    document["8"] =
        serde_json::json!({"class_type": "TensorBoardLogger", "inputs": {"loss_info": ["6", 0]}});
    fs::write(folder.join("w.json"), document.to_string()).expect("a folder to write in");
    train("run", &[]);
    let change = r#"{"update":1,"steps":16,"setting":"gamma","from":0.99,"to":0.9}"#;
    fs::write(folder.join("run/changes.jsonl"), format!("{change}\n"))
        .expect("a folder to write in");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Safetensors with their header mutated as JSON, so that what comes after its length is met too; or as any bytes.
fn mutated_tensors(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let length =
        bytes.first_chunk().map_or(0, |first: &[u8; 8]| u64::from_le_bytes(*first)) as usize;
    match (random.below(2), bytes.get(8..8 + length)) {
        (0, Some(header)) => {
            let header = mutated(&String::from_utf8_lossy(header), random);
            [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat()
        }
        _ => mutated_bytes(bytes, random),
    }
}

fn mutated_bytes(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return vec![0];
    }
    let at = below(random, bytes.len());
    match random.below(4) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.below(8),
        2 => drop(bytes.drain(at..(at + 1 + below(random, 64)).min(bytes.len()))),
        _ => bytes.splice(at..at, vec![0xFF; 1 + below(random, 64)]).for_each(drop),
    }
    bytes
}

/// Notes in a checkpoint's description what its files are now, as who makes one by hand would.
fn seal_again(checkpoint: &Path) {
    let file = checkpoint.join(METADATA_FILE);
    let text = fs::read_to_string(&file).expect("a description");
    let mut metadata: CheckpointMetadata = serde_json::from_str(&text).expect("a description");
    for (name, checksum) in &mut metadata.checksums {
        *checksum = crc32c::crc32c(&fs::read(checkpoint.join(name)).expect("a file of it"));
    }
    fs::write(&file, sealed(&metadata)).expect("a folder to write in");
}

#[test]
fn mutated_runs_are_refused_or_go_on() {
    check(&Fuzz {
        test: "session::fuzz_tests::mutated_runs_are_refused_or_go_on",
        prepare: &make_run,
        mutate: &|folder, number, random| {
            let case = folder.join(format!("case-{number}"));
            copy_all(&folder.join("run"), &case);
            let all = files(&case);
            let file = &all[number % all.len()];
            let bytes = fs::read(file).expect("a file of the run");
            let is_tensors = file.extension().is_some_and(|it| it == "safetensors");
            let bytes = match String::from_utf8(bytes.clone()) {
                _ if is_tensors => mutated_tensors(&bytes, random),
                Ok(text) => mutated(&text, random).into_bytes(),
                Err(_) => mutated_bytes(&bytes, random),
            };
            fs::write(file, bytes).expect("a folder to write in");
            let home = file.parent().expect("a folder");
            if is_tensors && CheckpointInfo::is_at(home) && random.below(4) > 0 {
                seal_again(home);
            }
            case
        },
        reaches: &|case| {
            let kinds = Kinds::builtin();
            let Ok(stopped) = StoppedRun::open(case, &[], &kinds, &mut |_| ()) else {
                return false;
            };
            let _ = stopped.folder.metric_rows();
            let Some(graph) = stopped.workflow.graph else { return false };
            let (scenes, checkpoint) = (stopped.folder.scenes(), Box::new(stopped.checkpoint));
            let steps = checkpoint.metadata.step + N_ENVS * N_STEPS as u64;
            let (folder, seed) = (stopped.folder, stopped.seed);
            let options = TrainingOptions {
                start: Start::Checkpoint { folder, checkpoint, seed, revision: None },
                limits: Limits { steps: Some(steps), ..Limits::default() },
                ..TrainingOptions::default()
            };
            let done = Training::new(&graph, scenes, options).and_then(Training::run);
            done.is_ok_and(|done| done.ended_by == EndedBy::Steps)
        },
    });
}
