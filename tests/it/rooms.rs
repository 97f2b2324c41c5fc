//! The order of the rooms in ARCHITECTURE.md, held.

use crate::support::repository;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From low to high.
const ROOMS: [&str; 14] = [
    "diagnostic",
    "math",
    "space",
    "model",
    "physics",
    "scene",
    "rapier",
    "learn",
    "workflow",
    "nodes",
    "session",
    "plot",
    "viewer",
    "cli",
];

/// What a room must not know beside the rooms above it.
const IGNORANT: [(&str, &[&str]); 2] = [
    ("learn", &["model", "physics", "scene", "rapier"]),
    ("workflow", &["math", "model", "physics", "scene", "rapier", "learn"]),
];

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

/// The rooms that a file names by `crate::`.
fn rooms_named(text: &str) -> BTreeSet<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    let names = paths.map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    names.flatten().filter(|name| ROOMS.contains(name)).collect()
}

#[test]
fn a_room_imports_only_what_stands_above_it() {
    let mut n_imports = 0;
    for (level, room) in ROOMS.iter().enumerate() {
        for file in sources(&repository("src").join(room)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for named in rooms_named(&text) {
                n_imports += 1;
                let other = ROOMS.iter().position(|room| *room == named).unwrap();
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

#[test]
fn the_rooms_below_nodes_do_not_know_bevy() {
    for room in ROOMS.iter().take_while(|room| **room != "nodes") {
        for file in sources(&repository("src").join(room)) {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(!text.contains("bevy::"), "{}", file.display());
        }
    }
}

/// Scenes are data. Code may name one only where it is a default, an example, or the node kind
/// that DNNE gave that name; tests may.
#[test]
fn no_code_knows_a_scene_by_name() {
    let allowed = [
        "cli/bench.rs",
        "nodes/kinds/environment/cartpole_action.rs",
        "nodes/kinds/environment/isaac_gym_env.rs",
        "nodes/mod.rs",
        "scene/library.rs",
        "session/mod.rs",
    ];
    for file in sources(&repository("src")) {
        let relative = file.strip_prefix(repository("src")).unwrap().to_string_lossy().into_owned();
        if allowed.contains(&relative.as_str()) || relative.contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let named = code.to_lowercase().contains("cartpole");
        assert!(!named, "{relative} names a scene");
    }
}
