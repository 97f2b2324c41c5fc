//! The workflow with which a scene is trained.

use super::advice::workflows_of;
use super::{Advice, homes, scene, scene_library, workflow};
use crate::cli::import_workflow::{self, Written};
use crate::cli::output::complain;
use crate::nodes::Kinds;
use crate::workflow::{Document, ParamType};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A workflow's file, and the folder of its scenes if it is another than usual.
pub(in crate::cli) struct ToTrain {
    pub workflow: PathBuf,
    pub scenes: Option<PathBuf>,
}

/// What to train where words name a workflow or a scene. With a scene, the only workflow that trains in it; where
/// there is none, one is written, as `dnne import` writes it. Fails where several do, with their names.
pub(in crate::cli) fn to_train(words: &Path, scenes: Option<&Path>) -> anyhow::Result<ToTrain> {
    let as_given = ToTrain { workflow: workflow(words), scenes: scenes.map(Path::to_owned) };
    if as_given.workflow.is_file() {
        return Ok(as_given);
    }
    let folder = scene(words);
    if !folder.join("task.ron").is_file() {
        return Ok(as_given);
    }
    let mut fitting = training_in(&folder, scenes);
    if fitting.len() > 1 {
        return Err(Advice::for_scene(words, &fitting).into());
    }
    if let Some((name, workflow)) = fitting.pop() {
        complain(format_args!("note: {} is trained by {name}", words.display()));
        return Ok(ToTrain { workflow, ..as_given });
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let Written { path, was_there, scenes: beside } = import_workflow::write(&folder, &name)?;
    let scenes = as_given.scenes.or(beside);
    if was_there && !trains_in(&path, &folder, scenes.as_deref()) {
        return Err(Advice::for_scene(words, &[]).into());
    }
    let wrote = if was_there { "is trained by" } else { "had no workflow; wrote" };
    complain(format_args!("note: {} {wrote} {}", words.display(), path.display()));
    Ok(ToTrain { workflow: path, scenes })
}

/// The workflows that train in a scene, by the words with which commands find them, the nearest first.
pub(super) fn training_in(scene: &Path, scenes: Option<&Path>) -> Vec<(String, PathBuf)> {
    let mut known = BTreeSet::new();
    let all = homes().into_iter().flat_map(|home| workflows_of(&home));
    // The first of a name is the one that commands find.
    let all = all.filter(|it| known.insert(it.stem.clone()));
    let fitting = all.filter(|it| trains_in(&it.path, scene, scenes));
    fitting.map(|it| (it.shown, it.path)).collect()
}

/// Whether one of a workflow's environments is of a scene.
fn trains_in(workflow: &Path, scene: &Path, scenes: Option<&Path>) -> bool {
    let Some(document) = Document::load(workflow).0 else { return false };
    let library = scene_library(scenes, workflow);
    let full = |path: &Path| path.canonicalize().ok();
    let is_scene =
        |name: &String| library.find(name).is_ok_and(|folder| full(&folder) == full(scene));
    environments(&document).iter().any(is_scene)
}

/// The names of the scenes of a workflow's environments.
fn environments(document: &Document) -> Vec<String> {
    let (kinds, class) = (Kinds::builtin(), "IsaacGymEnvNode");
    let registry = kinds.registry();
    let Some(schema) = registry.find(class) else { return Vec::new() };
    let place = schema.params.iter().position(|param| param.name == "env_name");
    let values = document.param_values(registry);
    let name = |node: String| match values.get(&node)?.get(place?)? {
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => None,
        None => match schema.params[place?].param_type {
            ParamType::Text { default } => Some(default.to_owned()),
            _ => None,
        },
    };
    document.nodes_of_class(registry, class).into_iter().filter_map(name).collect()
}
