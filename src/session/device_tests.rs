//! Trainings whose environments, policy and learner share a device: what crosses to the processor, and what does not
//! change by it.

use super::{CheckpointInfo, Session, SessionOptions, Tick};
use crate::device::Emulator;
use crate::device::counting::{Copies, Counting};
use crate::device::kernels::host;
use crate::device::opened::in_place_of_all;
use crate::nodes::{CheckpointRequest, Metrics, SimulatedTask, TrainingDevice, training_loop};
use crate::scene::SceneLibrary;
use crate::workflow::Graph;
use bevy::prelude::Entity;
use std::path::Path;
use std::sync::{Arc, Mutex};

const N_ENVS: usize = 40;
const HORIZON: usize = 8;

/// Cartpoles that learn on the emulator.
fn graph() -> Graph {
    training_loop()
        .node("env", "IsaacGymEnvNode")
        .set("num_envs", N_ENVS as i64)
        .set("device", "emulate")
        .node("agent", "PPOAgentNode")
        .set("hidden_sizes", "16")
        .node("trainer", "PPOTrainerNode")
        .set("horizon_length", HORIZON as i64)
        .set("minibatch_size", 100)
        .set("epochs", 2)
        .build()
        .unwrap()
}

/// A training with counted copies; none where no compiler makes the kernels, of which the test is then told.
fn session() -> Option<(Session, Arc<Mutex<Copies>>)> {
    let library = host::library()?;
    // Of the one device that the session opens.
    let found = Arc::<Mutex<Option<Arc<Mutex<Copies>>>>>::default();
    let opened = found.clone();
    in_place_of_all(move || {
        let emulator = Box::new(Emulator::with_library(library.clone()));
        let (counting, copies) = Counting::new(emulator);
        assert!(opened.lock().unwrap().replace(copies).is_none(), "a second device");
        Box::new(counting)
    });
    let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let console = Box::new(|_: &str| ());
    let options = SessionOptions { seed: 3, console, ..SessionOptions::new(scenes) };
    let session = Session::new(&graph(), options).unwrap();
    let training = session.world().resource::<TrainingDevice>();
    assert!(training.keeps_rollouts);
    let copies = found.lock().unwrap().clone().unwrap();
    Some((session, copies))
}

/// Ticks until so many updates are made; what each tick of the last one had copied, and the rows.
fn run(
    session: &mut Session,
    updates: u64,
    mut between: impl FnMut(&mut Session),
) -> Vec<Arc<Metrics>> {
    let mut rows = vec![];
    while session.progress().updates < updates {
        assert_eq!(session.tick().unwrap(), Tick::Running);
        rows.extend(session.take_reports());
        between(session);
    }
    rows
}

/// Rows without times.
fn told(rows: &[Arc<Metrics>]) -> Vec<String> {
    let line = |row: &Arc<Metrics>| {
        let mut row = serde_json::to_value(&**row).unwrap();
        let object = row.as_object_mut().unwrap();
        object.retain(|name, _| !name.ends_with("_secs") && !name.ends_with("_per_sec"));
        row.to_string()
    };
    rows.iter().map(line).collect()
}

fn environments(session: &mut Session) -> Entity {
    let world = session.world_mut();
    let mut query = world.query_filtered::<Entity, bevy::prelude::With<SimulatedTask>>();
    query.single(world).unwrap()
}

#[test]
fn a_rollout_copies_nothing_and_an_update_reads_one_block_and_the_sums_of_its_steps() {
    let Some((mut session, copies)) = session() else { return };
    run(&mut session, 2, |_| ());
    let take = || std::mem::take(&mut *copies.lock().unwrap());
    take();
    let mut by_tick = vec![];
    run(&mut session, 3, |_| by_tick.push(take()));
    assert_eq!(by_tick.len(), HORIZON);
    let (last, before) = by_tick.split_last().unwrap();
    // The first tick after an update may bring there what was learned, and how hard the task has become.
    let (first, others) = before.split_first().unwrap();
    assert!(first.read.is_empty(), "{first:?}");
    for tick in others {
        assert!(tick.read.is_empty() && tick.written.is_empty(), "{tick:?}");
        assert!(tick.n_launched >= 8, "{tick:?}");
    }
    assert_eq!(last.read.len(), 2, "{last:?}");
    // No observation, action or gradient: nothing that goes there is as long as a rollout but the order of minibatches.
    let n = N_ENVS * HORIZON;
    let long = last.written.iter().filter(|&&n_written| n_written >= n).count();
    assert!(last.written.contains(&(2 * n)) && long <= 1 + 6, "{last:?}");
}

#[test]
fn looking_at_a_training_on_a_device_changes_nothing() {
    let Some((mut plain, _)) = session() else { return };
    let Some((mut watched, _)) = session() else { return };
    let rows = run(&mut plain, 3, |_| ());
    let task = environments(&mut watched);
    let mut n_seen = 0;
    let seen = run(&mut watched, 3, |session| {
        let simulation = session.world().get::<SimulatedTask>(task).unwrap();
        let snapshot = simulation.environments.snapshot(7).unwrap();
        assert!(snapshot.qpos.iter().all(|x| x.is_finite()));
        n_seen += usize::from(snapshot.progress > 0);
    });
    assert!(n_seen > 5, "{n_seen}");
    assert_eq!(told(&rows), told(&seen));
    assert!(rows.iter().all(|row| row.non_finite_resets == 0 && !row.reward_terms.is_empty()));
}

#[test]
fn an_episode_that_a_person_ends_is_cut_off_on_the_device() {
    let Some((mut session, _)) = session() else { return };
    let task = environments(&mut session);
    run(&mut session, 1, |_| ());
    let episode = |session: &Session| {
        let simulation = session.world().get::<SimulatedTask>(task).unwrap();
        simulation.environments.snapshot(5).unwrap()
    };
    let before = episode(&session);
    assert!(before.progress > 0);
    session.world_mut().get_mut::<SimulatedTask>(task).unwrap().environments.end_episode(5);
    session.tick().unwrap();
    let after = episode(&session);
    assert_eq!((after.episode, after.progress), (before.episode + 1, 0));
    assert!(after.truncated && !after.terminated);
}

/// A checkpoint of a session as it is.
fn checkpoint(session: &mut Session, folder: &Path) -> CheckpointInfo {
    let request = CheckpointRequest {
        node: "test".to_owned(),
        trigger: "test".to_owned(),
        best: None,
        folder: Some(folder.to_owned()),
        keep: None,
        model: None,
    };
    CheckpointInfo::open(&session.save_checkpoint(&request).unwrap().unwrap()).unwrap()
}

#[test]
fn a_training_goes_on_from_the_middle_of_a_rollout_to_the_bit() {
    let Some((mut whole, _)) = session() else { return };
    let Some((mut parts, _)) = session() else { return };
    let folder = tempfile::tempdir().unwrap();
    run(&mut whole, 2, |_| ());
    for _ in 0..3 {
        whole.tick().unwrap();
    }
    let saved = checkpoint(&mut whole, folder.path());
    assert_eq!(saved.metadata.device.as_ref().unwrap().name, "emulator");
    assert_eq!(saved.metadata.device.as_ref().unwrap().kernels.len(), 64);
    parts.load_checkpoint(&saved).unwrap();
    let [whole, parts] = [&mut whole, &mut parts].map(|session| told(&run(session, 4, |_| ())));
    assert_eq!(whole.len(), 2);
    assert_eq!(whole, parts);
}
