//! Scenes with the files that they consist of, for who looks at them while they are written; and models
//! that come without a task.

use super::error::SceneError;
use super::library::{Found, Scene, read_task_text};
use super::task::Task;
use crate::diagnostic::Diagnostic;
use crate::model::load_robot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Scene {
    /// As [`load`](Self::load), and tells every file that belongs to the scene, as far as that is known where
    /// it does not load: the task file first.
    pub fn load_files(folder: &Path) -> (Result<Self, SceneError>, Vec<PathBuf>) {
        let file = folder.join("task.ron");
        let mut found = Found { files: vec![file.clone()], ..Found::default() };
        let scene = Self::read(&file, &mut found);
        (scene, found.files)
    }

    /// A scene's folder or its task file, with all that is to be said of it: there is a scene only if no finding is
    /// an error.
    pub fn examine(path: &Path) -> (Option<Self>, Vec<Diagnostic>) {
        let file = if path.is_dir() { path.join("task.ron") } else { path.to_owned() };
        let mut found = Found::default();
        match Self::read(&file, &mut found) {
            Ok(scene) => (Some(scene), found.diagnostics),
            Err(error) => {
                found.diagnostics.extend(error.diagnostics());
                (None, found.diagnostics)
            }
        }
    }

    fn read(file: &Path, found: &mut Found) -> Result<Self, SceneError> {
        let text = read_task_text(file)?;
        // The folder's name, also where the path is no more than the file's.
        let full = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let folder = full.parent().and_then(Path::file_name).unwrap_or_default();
        Self::parse_files(&folder.to_string_lossy(), file, &text, found)
    }

    /// A model by itself, in MJCF or URDF, as [`load_robot`] reads it, without a task: its sensors are what is
    /// observed; and every file that belongs to it, as far as that is known where it does not load.
    pub fn of_model(path: &Path) -> (Result<Self, SceneError>, Vec<PathBuf>) {
        let (model, diagnostics, files) = load_robot(path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let scene = match model {
            Some(model) => Task::bare(&model).map(|task| {
                let mut model = model;
                model.opt.timestep = task.dt / task.substeps as f64;
                Self { name, model: Arc::new(model), task: Arc::new(task) }
            }),
            None => Err(SceneError::model(path, diagnostics)),
        };
        (scene, files)
    }
}
