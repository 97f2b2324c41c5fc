//! Damaged and hostile task files: nothing may panic, hang or eat memory, and what still loads steps.

use super::tests::{MODEL, task};
use super::{ActionUnits, Actions, Environments, Scene};
use crate::math::lanes::Isa;
use crate::math::rng::{Random, RandomStream};
use crate::space::Device;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn scenes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes")
}

/// Loads a task and, if it is one, takes two steps. Whether it loaded.
fn try_task(file: &Path, text: &str) -> bool {
    let Ok(scene) = Scene::parse("damaged", file, text) else { return false };
    let Ok(mut environments) = Environments::new(&scene, 2, 1, Device::Cpu(Isa::Reference)) else {
        return true;
    };
    let values = vec![0.7; 2 * environments.action_dim(ActionUnits::Policy)];
    for _ in 0..2 {
        let actions = Actions { values: &values, units: ActionUnits::Policy };
        let output = environments.step(actions).expect("the sizes are the scene's");
        let is_finite = output
            .observations
            .f32s("observations")
            .iter()
            .chain(&output.rewards)
            .all(|x| x.is_finite());
        assert!(is_finite, "{text}");
    }
    true
}

/// The pieces of a text that are words, numbers, or single characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || "_.".contains(c);
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len()).max(first.len_utf8());
        tokens.push(&rest[..length]);
        rest = &rest[length..];
    }
    tokens
}

/// A fixed walk through damaged versions of the shipped tasks: bytes, then tokens.
#[test]
fn damaged_tasks_do_not_panic() {
    let patches = [
        "",
        "-1",
        "0",
        "NaN",
        "inf",
        "1e30",
        "-1e308",
        "4294967295",
        "\"",
        "(",
        ")",
        "[",
        "]",
        ",",
        "it",
        "prev",
        "sum",
        "each",
        "Some",
        "None",
        "\u{e9}",
        "/*",
        "qpos",
        "joints",
        "*",
    ];
    let (mut n_tried, mut n_loaded) = (0_u64, 0);
    for name in ["cartpole", "cartpole_v1", "reacher", "hopper"] {
        let file = scenes().join(name).join("task.ron");
        let text = std::fs::read_to_string(&file).expect("there");
        for cut in (0..text.len()).step_by(37).filter(|&cut| text.is_char_boundary(cut)) {
            n_loaded += usize::from(try_task(&file, &text[..cut]));
            let mut bytes = text.clone().into_bytes();
            bytes[cut] ^= 1 << (cut % 7);
            n_loaded += usize::from(try_task(&file, &String::from_utf8_lossy(&bytes)));
        }
        let tokens = tokens(&text);
        for _ in 0..400 {
            let mut random = Random::new(5, RandomStream::Reset, 0, n_tried);
            let mut damaged = tokens.clone();
            for _ in 0..=random.below(2) {
                let place = random.below(damaged.len() as u32) as usize;
                match random.below(3) {
                    0 => damaged[place] = patches[random.below(patches.len() as u32) as usize],
                    1 => damaged[place] = tokens[random.below(tokens.len() as u32) as usize],
                    _ => drop(damaged.remove(place)),
                }
            }
            n_tried += 1;
            n_loaded += usize::from(try_task(&file, &damaged.concat()));
        }
    }
    assert!(n_loaded > 100, "the damage is too great to show much: {n_loaded} of {n_tried} load");
}

fn refused_soon(text: &str) {
    let start = Instant::now();
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("ball.xml"), MODEL).expect("a file for the test");
    let humanoid = scenes().join("humanoid/humanoid.xml");
    std::fs::copy(humanoid, folder.path().join("humanoid.xml")).expect("a file for the test");
    let parsed = Scene::parse("hostile", &folder.path().join("task.ron"), text);
    let taken = start.elapsed().as_secs_f64();
    let refusal = parsed.map(|_| ()).expect_err(&text[..text.len().min(300)]).to_string();
    assert!(refusal.len() < 100_000 && !refusal.contains("the model does not load"), "{refusal}");
    // Generous: unoptimised builds on busy machines run this too.
    assert!(taken < 20.0, "{taken} s for {}", &text[..text.len().min(300)]);
}

#[test]
fn hostile_tasks_are_refused_soon() {
    for (field, value) in [
        ("dt", "1e30"),
        ("dt", "NaN"),
        ("substeps", "4000000000"),
        ("episode_length", "-1"),
        ("action_delay", "4294967295"),
        ("actions", "Discrete(actuators: [\"push\"], choices: [[NaN],[0]])"),
        ("curriculum", "Some((NaN, NaN))"),
        ("randomize", "[(what: Mass, of: [\"*\"], scale: (1e-300, 1e300))]"),
        ("reset", "[(joint: \"left-rail\", qpos: (-inf, inf))]"),
        ("terminations", "[(name: \"a\", when: \"x > 1\", reward: Some(1e300))]"),
    ] {
        refused_soon(&task(&[(field, value)]));
    }
    refused_soon(&"(".repeat(1_000_000));
    refused_soon(&format!("Task(observations: {}", "[".repeat(1_000_000)));
}

/// Reductions in reductions, and definitions of definitions: exponential if nothing stops them.
#[test]
fn exponential_expressions_are_refused_soon() {
    let model = "humanoid.xml";
    let names: Vec<String> = (0..300).map(|_| "\"abdomen_z\"".to_owned()).collect();
    let joints = |define: &str, reward: &str| {
        format!(
            "Task(model: {model:?}, dt: 0.01, episode_length: 10, groups: [(\"g\", [{}])],
            actions: Continuous([(actuator: \"abdomen_z\", scale: 1.0)]), define: [{define}],
            observations: [(\"x\", \"qpos(abdomen_z)\")], rewards: [(\"r\", {reward:?})])",
            names.join(", ")
        )
    };
    assert!(
        Scene::parse("fine", &scenes().join("humanoid/task.ron"), &joints("", "sum(g, qpos(it))"))
            .is_ok()
    );
    refused_soon(&joints("", &format!("{}qpos(it){}", "sum(g, ".repeat(12), ")".repeat(12))));
    let doubling = |length: usize, text: fn(usize) -> String| -> String {
        let first = "(\"a0\", \"qpos(it)\")".to_owned();
        let rest = (1..length).map(|k| format!("(\"a{k}\", {:?})", text(k - 1)));
        std::iter::once(first).chain(rest).collect::<Vec<_>>().join(", ")
    };
    refused_soon(&joints(&doubling(60, |k| format!("a{k} + a{k}")), "sum(g, a59)"));
    refused_soon(&joints(&doubling(20_000, |k| format!("-a{k}")), "sum(g, a19999)"));
}
