//! The guide that DNNE's users learn by, step by step, with mouse and keyboard alone.

use super::*;
use crate::editor::desk::Request;

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

#[test]
fn the_guide_is_followed_by_mouse_and_keyboard_alone() {
    let mut it = Rehearsal::sized(1920, 1080, 1.0);
    it.key(Key::N, CTRL);
    it.settle();
    for (search, title, (x, y)) in NODES {
        // Below all that is there, and then moved to its place: nothing is hit by chance.
        let below = it.plan().bounds().map_or(0.0, |bounds| bounds.bottom() + 40.0);
        it.double_click(it.at(pos2(0.0, below)));
        it.write(search);
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
    it.key(Key::Enter, NONE);
    assert_eq!(it.value("Environment", "num_envs"), Some(512.into()));
    it.settle();
    it.key(Key::Enter, CTRL);
    assert_eq!(it.requests, [Request::Train]);
    // It is saved, and is then a workflow like any other.
    let path = it.folder.path().join("guide.json");
    it.key(Key::S, CTRL);
    it.key(Key::A, CTRL);
    it.write(&path.display().to_string());
    it.key(Key::Enter, NONE);
    assert!(!it.tab().is_dirty() && it.tab().path() == Some(path.as_path()));
    let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
    let loaded = crate::workflow::load(&path, crate::nodes::registry(), &scenes);
    assert_eq!(loaded.graph.map(|graph| graph.nodes.len()), Some(NODES.len()));
}
