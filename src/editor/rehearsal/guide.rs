//! The guide that DNNE's users learn by, step by step, with mouse and keyboard alone.

use super::film::Film;
use super::*;
use crate::editor::canvas::LiveNews;
use crate::editor::desk::Request;
use crate::editor::run::Progress;
use crate::session::{Pace, Session, SessionOptions, broadcast};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Each node: what is written into the palette, its title, and where it is put [points of the canvas].
const NODES: [(&str, &str, (f32, f32)); 9] = [
    ("isaacgymenv", "Environment", (0.0, 60.0)),
    ("or", "OR", (320.0, 60.0)),
    ("ppo agent", "PPO Agent", (640.0, 60.0)),
    ("cartpole action", "Cartpole Action", (960.0, 60.0)),
    ("isaacgymstep", "Environment Step", (1280.0, 60.0)),
    ("ppo trainer", "PPO Trainer", (640.0, 420.0)),
    ("metricslogger", "Metrics Logger", (960.0, 420.0)),
    ("consolelogger", "Console Logger", (1280.0, 420.0)),
    ("tensorboardlogger", "TensorBoard", (1280.0, 560.0)),
];

/// Each wire: from an output to an input.
const WIRES: [((&str, &str), (&str, &str)); 15] = [
    (("Environment", "sim"), ("Environment Step", "sim")),
    (("Environment", "observations"), ("OR", "input_a")),
    (("Environment Step", "observations"), ("OR", "input_b")),
    (("OR", "output"), ("PPO Agent", "observations")),
    (("OR", "output"), ("PPO Trainer", "states")),
    (("PPO Agent", "policy_output"), ("Cartpole Action", "policy")),
    (("PPO Agent", "policy_output"), ("PPO Trainer", "policy_outputs")),
    (("PPO Agent", "model"), ("PPO Trainer", "model")),
    (("Cartpole Action", "actions"), ("Environment Step", "actions")),
    (("Environment Step", "rewards"), ("PPO Trainer", "rewards")),
    (("Environment Step", "dones"), ("PPO Trainer", "dones")),
    (("PPO Trainer", "training_complete"), ("Environment Step", "trigger")),
    (("PPO Trainer", "loss"), ("Metrics Logger", "loss_info")),
    (("Metrics Logger", "metrics"), ("Console Logger", "loss_info")),
    (("Metrics Logger", "metrics"), ("TensorBoard", "loss_info")),
];

/// How many updates are trained; in a film as many as one sees the robots learn in.
const UPDATES: u64 = 8;
const UPDATES_OF_FILM: u64 = 60;

#[test]
fn the_guide_is_followed_by_mouse_and_keyboard_alone() {
    let mut it = Rehearsal::sized(1920, 1080, 1.0);
    it.film = Film::asked_for();
    it.key(Key::N, CTRL);
    it.settle();
    for (search, title, (x, y)) in NODES {
        // Below all that is there, and then moved to its place: nothing is hit by chance.
        let below = it.plan().bounds().map_or(0.0, |bounds| bounds.bottom() + 40.0);
        it.double_click(it.at(pos2(0.0, below)));
        it.write(search);
        it.pause(0.3);
        it.key(Key::Enter, NONE);
        let grip = it.header(title);
        let corner = it.at(it.node(title).rect.min);
        it.drag(grip, grip + (it.at(pos2(x, y)) - corner));
    }
    assert_eq!(it.plan().nodes.len(), NODES.len());
    for ((from, output), (to, input)) in WIRES {
        it.drag(it.output(from, output), it.input(to, input));
    }
    it.settle();
    assert_eq!(it.links().len(), WIRES.len(), "{:#?}", it.links());
    let found = &it.tab().findings.diagnostics;
    assert!(it.tab().findings.graph.is_some(), "{found:#?}");
    // A setting of the guide.
    it.click(it.field("Environment", "num_envs"));
    it.write("512");
    it.pause(0.4);
    it.key(Key::Enter, NONE);
    assert_eq!(it.value("Environment", "num_envs"), Some(512.into()));
    it.settle();
    it.pause(0.6);
    it.key(Key::Enter, CTRL);
    assert_eq!(it.requests, [Request::Train]);
    train(&mut it);
    // It is saved, and is then a workflow like any other.
    let path = it.folder.path().join("guide.json");
    it.key(Key::S, CTRL);
    it.key(Key::A, CTRL);
    it.write(&path.display().to_string());
    it.key(Key::Enter, NONE);
    assert!(!it.tab().is_dirty() && it.tab().path() == Some(path.as_path()));
    let loaded = crate::workflow::load(&path, crate::nodes::registry(), &scenes());
    assert_eq!(loaded.graph.map(|graph| graph.nodes.len()), Some(NODES.len()));
}

fn scenes() -> SceneLibrary {
    SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
}

/// Trains what is open, which the canvas shows meanwhile: each node fires, and the return becomes a curve.
fn train(it: &mut Rehearsal) {
    it.move_to(it.nowhere());
    let graph = it.tab().sound().unwrap();
    let n_updates = if it.film.is_some() { UPDATES_OF_FILM } else { UPDATES };
    let (mut stage, spectator) = broadcast(1);
    spectator.watch_nodes(true);
    spectator.set_pace(Pace::Free);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let session = std::thread::spawn(move || {
        let options = SessionOptions { seed: 1, ..SessionOptions::new(scenes()) };
        let mut session = Session::new(&graph, options).unwrap();
        while !stopped.load(Ordering::SeqCst) && stage.attend(&mut session, &stopped) {
            session.tick().unwrap();
            let reports = session.take_reports();
            stage.show(&mut session, &reports);
        }
    });
    let mut rows: Vec<Value> = Vec::new();
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "it never came so far");
        let news = spectator.updates();
        rows.extend(news.rows.iter().map(|row| serde_json::to_value(&**row).unwrap()));
        let last = |name: &str| rows.last().and_then(|row| row[name].as_f64());
        let updates = last("update").unwrap_or_default();
        let progress = Progress {
            title: format!("update {} of {n_updates}", updates.min(n_updates as f64)),
            rate: last("steps_per_sec").map_or(String::new(), |rate| format!("{rate:.0} steps/s")),
            share: (updates / n_updates as f64) as f32,
        };
        it.run.set(Some(progress), false, false);
        let curve = |name: &str| -> Option<Vec<f32>> {
            let values = rows.iter().filter_map(|row| row[name].as_f64()).map(|value| value as f32);
            Some(values.collect()).filter(|values: &Vec<f32>| values.len() > 1)
        };
        if let Some(nodes) = &news.nodes {
            let changed = HashSet::new();
            let (nodes, changed) = (&nodes[..], &changed);
            let news = LiveNews { nodes, changed, is_stuck: false, curve: &curve };
            it.run.live.get_or_insert_default().take(it.editor.tab().unwrap(), &news);
        }
        it.picture(Vec::new());
        let nodes = it.run.live.iter().flat_map(|live| live.nodes.values());
        let n_fired = nodes.filter(|node| node.n_firings > 0).count();
        // The environment fires once, perhaps before anybody looks.
        if updates >= n_updates as f64 && n_fired + 1 >= NODES.len() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    it.pause(2.0);
    stop.store(true, Ordering::SeqCst);
    session.join().unwrap();
    let live = it.run.live.take().expect("its nodes were watched");
    let curves = live.nodes.values().filter_map(|node| node.curve.as_ref());
    let are_curves = |values: &[f32]| values.len() > 1 && values.iter().all(|it| it.is_finite());
    // Of the trainer's loss and of the logger's return.
    assert_eq!(curves.filter(|(_, values)| are_curves(values)).count(), 2);
    it.run.set(None, false, false);
    it.film = None;
    it.idle(2);
}
