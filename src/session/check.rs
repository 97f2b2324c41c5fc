//! What is wrong with a file, whatever it is. A check reads and never simulates: an editor makes one after every
//! edit. What shows itself only in motion, the [trial](Checked::trial) finds.

use super::start::load_workflow;
use super::trial::{Shapers, Trial, TrialLimits, try_scene, try_shaped};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::model::{Model, load_model};
use crate::nodes::{Kinds, changed_scene, check_weights};
use crate::physics::{Plan, StepTraceError, step_trace_errors};
use crate::scene::{Scene, SceneError, SceneLibrary, TaskTraceError, task_trace_errors};
use crate::space::Device;
use crate::workflow::{Graph, Role};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Kind of a file that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A workflow in one of its JSON forms.
    Workflow,
    /// A scene's folder, or a task file.
    Scene,
    /// A model in MJCF or URDF.
    Model,
}

impl Subject {
    /// What a path is: a folder is a scene, as a file is that ends in `.ron`; a model ends in `.xml`, `.urdf` or
    /// `.mjcf`, or begins as XML does; all else is a workflow.
    pub fn of(path: &Path) -> Self {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match ending.as_str() {
            _ if path.is_dir() => Self::Scene,
            "ron" => Self::Scene,
            "xml" | "urdf" | "mjcf" => Self::Model,
            _ if begins_as_xml(path) => Self::Model,
            _ => Self::Workflow,
        }
    }
}

/// Whether a regular file begins as XML does.
fn begins_as_xml(path: &Path) -> bool {
    let mut head = [0; 256];
    // A pipe would be read from, and may have no end.
    let is_file = path.is_file();
    let read = is_file.then(|| std::fs::File::open(path).and_then(|mut file| file.read(&mut head)));
    let text = &head[..read.and_then(Result::ok).unwrap_or(0)];
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii_start().starts_with(b"<")
}

/// Content of a checked file, as far as it is sound.
#[derive(Debug)]
pub enum Content {
    /// Nothing that can be used.
    Nothing,
    /// A workflow whose graph is sound.
    Workflow(Graph),
    /// A scene whose model and task are sound.
    Scene(Scene),
    /// A model without a task.
    Model(Box<Model>),
}

/// A file that was read and checked.
#[derive(Debug)]
pub struct Checked {
    /// The path that was given.
    pub path: PathBuf,
    /// What the path is.
    pub subject: Subject,
    /// What it holds.
    pub content: Content,
    /// All that was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file and says everything that is wrong with it, without simulating anything. Of a workflow `overrides`
/// (NODE.PARAM=VALUE) are set before, and its scenes are those of `scenes`.
pub fn check_file(
    path: &Path,
    overrides: &[String],
    kinds: &Kinds,
    scenes: &SceneLibrary,
) -> Checked {
    let subject = Subject::of(path);
    let (content, diagnostics) = match subject {
        Subject::Workflow => {
            let loaded = load_workflow(path, overrides, kinds, scenes);
            (loaded.graph.map(Content::Workflow), loaded.diagnostics)
        }
        Subject::Scene => {
            let (scene, diagnostics) = Scene::examine(path);
            (scene.map(Content::Scene), diagnostics)
        }
        Subject::Model => {
            let (model, diagnostics) = load_model(path);
            (model.map(|model| Content::Model(Box::new(model))), diagnostics)
        }
    };
    let content = content.unwrap_or(Content::Nothing);
    Checked { path: path.to_owned(), subject, content, diagnostics }
}

impl Checked {
    /// Whether nothing is wrong that makes the file of no use, as far as reading can tell.
    pub fn is_sound(&self) -> bool {
        !has_errors(&self.diagnostics) && !matches!(self.content, Content::Nothing)
    }

    /// Adds what of a sound scene or model is simulated on the CPU only, for who wants it on another device. Of a
    /// workflow the check has said so.
    pub fn refuse_devices(&mut self) {
        let refused: Vec<Diagnostic> = match &self.content {
            Content::Nothing | Content::Workflow(_) => Vec::new(),
            Content::Scene(scene) => {
                task_trace_errors(scene).iter().map(TaskTraceError::diagnostic).collect()
            }
            Content::Model(model) => {
                let plan = Plan::new(Arc::new((**model).clone()));
                step_trace_errors(&plan).iter().map(StepTraceError::diagnostic).collect()
            }
        };
        let file = self.path.display().to_string();
        self.diagnostics.extend(refused.into_iter().map(|found| {
            let remedy = format!("{}, or simulate on the CPU", found.remedy);
            let found = if found.file.is_none() { found.file(Some(&file)) } else { found };
            found.remedy(remedy)
        }));
    }

    /// Simulates for a moment what the file describes; nothing of a file that is not sound. Fails where the device
    /// is not there.
    pub fn trial(
        &self,
        seed: u64,
        device: Device,
        scenes: &SceneLibrary,
    ) -> Result<Vec<Trial>, SceneError> {
        let limits = TrialLimits::default();
        if !self.is_sound() {
            return Ok(Vec::new());
        }
        match &self.content {
            Content::Nothing => Ok(Vec::new()),
            Content::Workflow(graph) => try_workflow(graph, seed, device, scenes),
            Content::Scene(scene) => {
                let trial = try_scene(scene, seed, device, &limits)?;
                let is_file = self.path.is_file();
                let file = if is_file { self.path.clone() } else { self.path.join("task.ron") };
                Ok(vec![trial.of_file(&file)])
            }
            Content::Model(_) => {
                let trial = try_scene(&Scene::of_model(&self.path).0?, seed, device, &limits)?;
                Ok(vec![trial.of_file(&self.path)])
            }
        }
    }
}

/// Tries the scenes of a workflow, each once and all within the time of one, and reads the weights that it loads.
pub fn try_workflow(
    graph: &Graph,
    seed: u64,
    device: Device,
    scenes: &SceneLibrary,
) -> Result<Vec<Trial>, SceneError> {
    let environments = graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
    let mut named: Vec<(&str, &str, String)> = Vec::new();
    for node in environments {
        let Ok(name) = node.text("env_name") else { continue };
        if named.iter().all(|(.., other)| *other != name) {
            named.push((&node.id, &node.title, name));
        }
    }
    let mut limits = TrialLimits::default();
    limits.time /= u32::try_from(named.len().max(1)).unwrap_or(u32::MAX);
    let mut trials = Vec::new();
    // As a MultiTask node joins them; of two nodes with one scene the first stands for both.
    let (mut names, mut tasks) = (Vec::new(), Vec::new());
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.class.role == Role::Environment
            && let Ok(name) = node.text("env_name")
        {
            let scene = scenes.load(&name)?;
            // Where nodes cannot change it, the check has said so, and nothing is tried.
            let Ok(scene) = changed_scene(graph, index, &scene) else { continue };
            tasks.push(scene);
            names.push(name);
        }
    }
    for (id, title, name) in named {
        let Some(task) = names.iter().position(|other| *other == name) else { continue };
        let mut shapers = Shapers::new(graph, &tasks, task);
        let mut trial = try_shaped(&tasks[task], seed, device, &limits, &mut shapers)?;
        for found in trial.diagnostics.iter_mut().filter(|found| found.node.is_none()) {
            *found = found.clone().node(id, Some(title)).field("env_name");
        }
        trials.push(trial);
    }
    let mut weights = Vec::new();
    for node in &graph.nodes {
        let found = check_weights(node).into_iter();
        weights.extend(found.map(|found| found.node(&node.id, Some(&node.title))));
    }
    match trials.first_mut() {
        Some(trial) => trial.diagnostics.extend(weights),
        None if weights.is_empty() => {}
        None => trials.push(Trial { diagnostics: weights, ..Trial::default() }),
    }
    Ok(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    fn check(path: &Path) -> Checked {
        let scenes = SceneLibrary::new(repository("scenes"));
        check_file(path, &[], &Kinds::builtin(), &scenes)
    }

    #[test]
    fn a_file_is_what_its_name_or_its_beginning_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Subject::of(&path)
        };
        assert_eq!(Subject::of(folder.path()), Subject::Scene);
        assert_eq!(file("other.ron", ""), Subject::Scene);
        assert_eq!(file("a.URDF", ""), Subject::Model);
        assert_eq!(file("robot", "\u{feff} \n<robot/>"), Subject::Model);
        assert_eq!(file("w.json", "{}"), Subject::Workflow);
        assert_eq!(Subject::of(Path::new("/nowhere")), Subject::Workflow);
    }

    /// Every file that is shipped, both ways: what is read is sound, and so is what is tried.
    #[test]
    fn shipped_files_are_sound_and_stand_their_trial() {
        let scenes = SceneLibrary::new(repository("scenes"));
        let mut n = 0;
        for folder in ["workflows", "scenes"] {
            for entry in std::fs::read_dir(repository(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "md") {
                    continue;
                }
                let checked = check(&path);
                assert!(checked.is_sound(), "{}: {:?}", path.display(), checked.diagnostics);
                let trials = checked.trial(1, Device::detect(), &scenes).unwrap();
                assert!(!trials.is_empty(), "{}", path.display());
                for trial in trials {
                    assert!(trial.is_sound(), "{}: {:?}", path.display(), trial.diagnostics);
                }
                n += 1;
            }
        }
        assert!(n > 10, "{n}");
    }

    #[test]
    fn what_is_not_sound_is_not_tried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.json");
        std::fs::write(&path, "{}").unwrap();
        let checked = check(&path);
        assert!(!checked.is_sound() && !checked.diagnostics.is_empty());
        let scenes = SceneLibrary::new(repository("scenes"));
        assert!(checked.trial(1, Device::detect(), &scenes).unwrap().is_empty());
    }
}
