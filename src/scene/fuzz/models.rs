//! Mutated models: each loads or is refused, and what loads is reset and stepped.

use super::xml::mutated;
use super::{Fuzz, SEED, check, copy_all};
use crate::math::lanes::Isa;
use crate::scene::{ActionUnits, Actions, Environments, Scene};
use crate::space::Device;
use std::path::{Path, PathBuf};

const N_ENVS: usize = 2;
const N_STEPS: usize = 10;

/// Models of one language in the folders of a folder, in the order of their names.
fn originals(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder).expect("a folder");
    let folders = folders.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir());
    let mut found = vec![];
    for folder in folders {
        let files = std::fs::read_dir(folder).expect("a folder");
        found.extend(files.map(|file| file.expect("readable").path()));
    }
    found.retain(|path| path.extension().is_some_and(|it| it == ending));
    // What is only included is no model.
    found.retain(|path| !path.ends_with("part_class.xml"));
    found.sort();
    found
}

/// Loads a file as one that is looked at, and takes steps. Whether it came so far.
fn is_stepped(file: &Path) -> bool {
    let (Ok(scene), _) = Scene::of_model(file) else { return false };
    let device = Device::Cpu(Isa::detect());
    let Ok(mut environments) = Environments::new(&scene, N_ENVS, SEED, device) else {
        return false;
    };
    let n_values = N_ENVS * environments.action_dim(ActionUnits::Control);
    for step in 0..N_STEPS {
        if step == N_STEPS / 2 {
            (0..N_ENVS).for_each(|env| environments.reset(env));
        }
        let values = vec![step as f32 - 4.5; n_values];
        let actions = Actions { values: &values, units: ActionUnits::Control };
        let output = environments.step(actions).expect("the sizes are the scene's");
        let seen = output.observations.f32s("observations").iter().chain(&output.rewards);
        assert!(seen.copied().all(f32::is_finite), "what is observed is finite");
    }
    true
}

fn check_models(test: &str, ending: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    check(&Fuzz {
        test,
        prepare: &|folder| {
            copy_all(&root.join("scenes"), folder);
            copy_all(&root.join("tests/golden/models"), &folder.join("golden"));
        },
        mutate: &|folder, number, random| {
            let originals = originals(folder, ending);
            let original = &originals[number % originals.len()];
            let text = std::fs::read_to_string(original).expect("a model");
            // Beside the files that it names, and there to be looked at if this process dies.
            let file = original.with_file_name(format!("{number}.mutation"));
            std::fs::write(&file, mutated(&text, random)).expect("a folder to write in");
            file
        },
        reaches: &is_stepped,
    });
}

#[test]
fn mutated_mjcf_is_refused_or_stepped() {
    check_models("scene::fuzz::models::mutated_mjcf_is_refused_or_stepped", "xml");
}

#[test]
fn mutated_urdf_is_refused_or_stepped() {
    check_models("scene::fuzz::models::mutated_urdf_is_refused_or_stepped", "urdf");
}
