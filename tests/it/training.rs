//! A training run by a program of one's own, through the library.

use crate::support::{metrics, repository, timeless_metrics, weights, workflow};
use dnne::nodes::{Kinds, training_loop};
use dnne::scene::SceneLibrary;
use dnne::session::{
    EndedBy, Limits, NewFolder, NewTraining, RunPlace, SessionError, Start, StoppedRun, Training,
    TrainingEvent, TrainingOptions, TrainingSummary, load_workflow, workflow_text,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Options that begin `cartpole_ppo` anew in a folder, or none, and run it to an update.
fn begin(out: Option<&Path>, updates: u64) -> Result<Training, SessionError> {
    let scenes = SceneLibrary::new(repository("scenes"));
    let path = workflow("cartpole_ppo");
    let loaded =
        load_workflow(Path::new(&path), &["1.num_envs=64".to_owned()], &Kinds::builtin(), &scenes);
    let graph = loaded.graph.expect("the workflow is sound");
    let text = workflow_text(loaded.document.expect("it was read"), &graph, &Kinds::builtin())?;
    let folder = out.map(|out| NewFolder { workflow: text, place: RunPlace::At(out.to_owned()) });
    let start = Start::New(NewTraining { seed: 7, folder, init_from: None });
    let limits = Limits { updates: Some(updates), ..Limits::default() };
    Training::new(&graph, scenes, TrainingOptions { start, limits, ..TrainingOptions::default() })
}

/// Goes on with a run; gives the updates that the observer was told of beside the summary.
fn resume(run: &Path, updates: u64, stop_at: u64) -> (TrainingSummary, Vec<u64>) {
    let stopped =
        StoppedRun::open(run, &[], &Kinds::builtin(), &mut |error| panic!("{error}")).unwrap();
    let graph = stopped.workflow.graph.expect("the workflow is sound");
    let scenes = stopped.folder.scenes();
    let (stop, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let observer = {
        let (stop, told, resumed) = (stop.clone(), told.clone(), AtomicU64::new(u64::MAX));
        move |event: TrainingEvent<'_>| match event {
            TrainingEvent::Resumed { progress, is_complete } => {
                assert!(!is_complete);
                resumed.store(progress.updates, Ordering::SeqCst);
            }
            TrainingEvent::Updated(metrics) => {
                assert!(metrics.update > resumed.load(Ordering::SeqCst), "told before it resumed");
                stop.store(metrics.update >= stop_at, Ordering::SeqCst);
                told.lock().unwrap().push(metrics.update);
            }
            _ => {}
        }
    };
    let (folder, checkpoint, seed) = (stopped.folder, Box::new(stopped.checkpoint), stopped.seed);
    let options = TrainingOptions {
        start: Start::Checkpoint { folder, checkpoint, seed, revision: None },
        limits: Limits { updates: Some(updates), ..Limits::default() },
        stop,
        observer: Arc::new(observer),
        ..TrainingOptions::default()
    };
    let summary = Training::new(&graph, scenes, options).unwrap().run().unwrap();
    let told = told.lock().unwrap().clone();
    (summary, told)
}

#[test]
fn a_program_trains_stops_and_resumes_as_if_it_had_not_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    let summary = begin(Some(&whole), 6).unwrap().run().unwrap();
    assert_eq!((summary.ended_by, summary.updates, &summary.run), (EndedBy::Updates, 6, &whole));
    let summary = begin(Some(&parts), 3).unwrap().run().unwrap();
    assert_eq!((summary.ended_by, summary.updates), (EndedBy::Updates, 3));
    assert_ne!(weights(&whole), weights(&parts));
    // Told to stop after an update, before the limit.
    let (summary, told) = resume(&parts, 6, 5);
    assert_eq!((summary.ended_by, summary.updates, told), (EndedBy::Stop, 5, vec![4, 5]));
    let (summary, told) = resume(&parts, 6, u64::MAX);
    assert_eq!((summary.ended_by, summary.updates, told), (EndedBy::Updates, 6, vec![6]));
    assert_eq!(weights(&whole), weights(&parts));
    assert_eq!(timeless_metrics(&whole), timeless_metrics(&parts));
    let last = metrics(&whole).pop().unwrap();
    assert_eq!(summary.last_return, last["episode_return"].as_f64());
    assert_eq!(Some(summary.steps), last["steps"].as_u64());
}

#[test]
fn a_training_without_a_folder_leaves_no_files() {
    let summary = begin(None, 1).unwrap().run().unwrap();
    assert_eq!((summary.updates, summary.run.as_os_str().is_empty()), (1, true));
}

#[test]
fn what_cannot_train_is_a_named_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x"), "in the way").unwrap();
    let error = begin(Some(folder.path()), 1).err().expect("the folder is not empty");
    assert!(matches!(&error, SessionError::Run { path, .. } if path == folder.path()), "{error}");
    let mut graph = training_loop()
        .node("env", "IsaacGymEnvNode")
        .node("agent", "PPOAgentNode")
        .node("trainer", "PPOTrainerNode")
        .build()
        .unwrap();
    graph.nodes.retain(|node| node.id != "trainer");
    let scenes = SceneLibrary::new(repository("scenes"));
    let error = Training::new(&graph, scenes, TrainingOptions::default()).err();
    assert!(matches!(error, Some(SessionError::NothingLearns)));
}
