//! The order of the rooms in ARCHITECTURE.md, held.

use crate::imports;
use crate::support::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// From low to high.
const ROOMS: [&str; 20] = [
    "diagnostic",
    "math",
    "device",
    "space",
    "model",
    "physics",
    "sight",
    "scene",
    "rapier",
    "learn",
    "workflow",
    "nodes",
    "code",
    "session",
    "export",
    "plot",
    "ui",
    "editor",
    "viewer",
    "cli",
];

/// What a room must not know beside the rooms above it.
const IGNORANT: [(&str, &[&str]); 2] = [
    ("learn", &["model", "physics", "scene", "rapier"]),
    ("workflow", &["math", "model", "physics", "scene", "rapier", "learn"]),
];

/// Folders whose files and folders import each other in one direction only.
const WITHOUT_CIRCLES: [&str; 3] = ["ui/app", "viewer", "viewer/app"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What a file imports, from the crate's root.
fn imports(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    imports::named(file, &repository("src"), &text)
}

#[test]
fn a_room_imports_only_what_stands_above_it() {
    let mut n_imports = 0;
    for (level, room) in ROOMS.iter().enumerate() {
        for file in sources(&repository("src").join(room)) {
            for path in imports(&file) {
                let Some(other) =
                    ROOMS.iter().position(|room| path.first().is_some_and(|p| p == room))
                else {
                    continue;
                };
                n_imports += 1;
                let named = ROOMS[other];
                assert!(other <= level, "{} imports {named}", file.display());
                for (ignorant, of) in IGNORANT {
                    let knows = ignorant == *room && of.contains(&named);
                    assert!(!knows, "{} imports {named}", file.display());
                }
            }
        }
    }
    assert!(n_imports > 100, "the reader of imports found only {n_imports}");
}

/// Features of the window can be taken out and put elsewhere one by one.
#[test]
fn no_folders_of_the_window_import_each_other_in_a_circle() {
    for home in WITHOUT_CIRCLES {
        let home: Vec<&str> = home.split('/').collect();
        let folder = home.iter().fold(repository("src"), |path, part| path.join(part));
        let mut ties: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in sources(&folder) {
            let inside = file.strip_prefix(&folder).unwrap().with_extension("");
            let own =
                inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            if ["mod", "rehearsal", "disabled"].contains(&own.as_str()) {
                // The front door, and what only tests enter by.
                continue;
            }
            let of_home = imports(&file).into_iter().filter(|path| is_in(path, &home));
            let others = of_home.filter_map(|path| path.get(home.len()).cloned());
            ties.entry(own.clone()).or_default().extend(others.filter(|other| *other != own));
        }
        let n_ties: usize = ties.values().map(BTreeSet::len).sum();
        assert!(n_ties > 2, "the reader of imports found only {n_ties} in {}", folder.display());
        assert_eq!(circle(&ties), None, "{}", folder.display());
    }
}

/// Whether a path leads into a module.
fn is_in(path: &[String], home: &[&str]) -> bool {
    path.len() > home.len() && home.iter().zip(path).all(|(one, other)| one == other)
}

/// Names that lead back to the first of them, if any do.
fn circle(ties: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    // What imports nothing that is left is in no circle.
    let mut left = ties.clone();
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, others| others.iter().any(|other| names.contains(other)));
        if left.len() == before {
            break;
        }
    }
    let mut way = vec![left.keys().next()?.clone()];
    loop {
        let next = left[way.last()?].iter().find(|other| left.contains_key(*other))?.clone();
        if let Some(at) = way.iter().position(|name| *name == next) {
            return Some(way.split_off(at));
        }
        way.push(next);
    }
}

#[test]
fn a_circle_is_found() {
    let ties = |of: &[(&str, &[&str])]| {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
        of.iter().map(|(name, others)| ((*name).to_owned(), names(others))).collect()
    };
    assert_eq!(circle(&ties(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &["d"])])), None);
    let found = circle(&ties(&[("a", &["b"]), ("b", &["c"]), ("c", &["b", "x"])]));
    assert_eq!(found, Some(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn the_rooms_below_nodes_do_not_know_bevy() {
    for room in ROOMS.iter().take_while(|room| **room != "nodes") {
        for file in sources(&repository("src").join(room)) {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(!text.contains("bevy::"), "{}", file.display());
        }
    }
}

/// What is done on a GPU is said to a `Backend`, which another can be.
#[test]
fn one_folder_knows_the_gpus_driver() {
    let mut n_files = 0;
    for file in sources(&repository("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_in = file.starts_with(repository("src/device/cuda"));
        assert!(is_in || !text.contains("cudarc"), "{}", file.display());
        n_files += usize::from(is_in && text.contains("cudarc"));
    }
    assert!(n_files >= 2, "only {n_files} files were found");
}

/// Scenes are data. Code may name one only where it is a default, an example, or the node kind
/// that DNNE gave that name; tests may.
#[test]
fn no_code_knows_a_scene_by_name() {
    let allowed = [
        "cli/bench.rs",
        "cli/program.rs",
        "code/kinds.rs",
        "nodes/kinds/environment/cartpole_action.rs",
        "nodes/kinds/environment/isaac_gym_env.rs",
        "nodes/kinds/environment/mod.rs",
        "nodes/kinds/mod.rs",
        "scene/library.rs",
        "session/mod.rs",
    ];
    for file in sources(&repository("src")) {
        let relative = file.strip_prefix(repository("src")).unwrap().to_string_lossy().into_owned();
        let is_test = ["tests", "rehearsal"].iter().any(|folder| relative.contains(folder));
        if is_test || allowed.contains(&relative.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let named = code.to_lowercase().contains("cartpole");
        assert!(!named, "{relative} names a scene");
    }
}

/// Elementary functions that decide a run's numbers are `math::lanes`'s: the machine's library differs from
/// version to version, and by the instructions that it finds. Square roots are exact and may be anyone's.
#[test]
fn runs_do_not_depend_on_the_machines_functions() {
    const FUNCTIONS: [&str; 24] = [
        "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "sin", "cos", "tan",
        "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "powf", "cbrt",
        "hypot", "asinh", "acosh",
    ];
    // Rapier brings mathematics of its own; candle is the other backend, its graph the loss in candle's
    // operations; in a comment of `terms.rs` a program's own term is shown.
    let others = ["learn/network/candle.rs", "learn/plain.rs", "scene/terms.rs"];
    let rooms = [
        "math", "device", "space", "model", "physics", "sight", "scene", "learn", "nodes",
        "session",
    ];
    let mut n_files = 0;
    for file in rooms.iter().flat_map(|room| sources(&repository("src").join(room))) {
        let relative = file.strip_prefix(repository("src")).unwrap().to_string_lossy().into_owned();
        if relative.contains("tests") || others.contains(&relative.as_str()) {
            continue;
        }
        n_files += 1;
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for function in FUNCTIONS {
            for call in
                [format!(".{function}("), format!("f64::{function}"), format!("f32::{function}")]
            {
                let called = code.match_indices(&call).any(|(place, _)| {
                    // `f64::exp` is not `f64::exp_m1`.
                    !code[place + call.len()..]
                        .starts_with(|c: char| c == '_' || c.is_alphanumeric())
                });
                assert!(
                    !called,
                    "{relative} calls {call}; `math::lanes` has what gives the same bits everywhere"
                );
            }
        }
    }
    assert!(n_files > 200, "only {n_files} files were read");
}

/// A test that hangs tells nobody why: programs are waited for by `support::output` and `support::finish`, which end
/// them after a time.
#[test]
fn no_test_waits_for_ever() {
    // A child that was killed is gone at once.
    let after_a_kill = "kill().unwrap();";
    let mut n_files = 0;
    for file in sources(&repository("tests/it")) {
        n_files += 1;
        let is_helper = ["support.rs", "rooms.rs"].iter().any(|name| file.ends_with(name))
            || file.to_string_lossy().contains("generated_nodes")
            || file.ends_with("changed_step.rs");
        let text = std::fs::read_to_string(&file).unwrap();
        for (i, line) in text.lines().enumerate().filter(|_| !is_helper) {
            let before = text.lines().nth(i.saturating_sub(1)).unwrap_or_default();
            let waits =
                ["wait_with_output()", ".status()", ".output().unwrap()", ".output();", ".wait()"];
            let is_wait = waits.iter().any(|wait| line.contains(wait));
            let is_ended = before.contains(after_a_kill) || before.contains(".kill();");
            assert!(!is_wait || is_ended, "{}:{}: {line}", file.display(), i + 1);
        }
    }
    assert!(n_files > 20, "only {n_files} files were read");
}
