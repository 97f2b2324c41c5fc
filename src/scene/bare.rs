//! Scenes with the files that they consist of, for who looks at them while they are written; and models
//! that come without a task.

use super::error::SceneError;
use super::library::Scene;
use super::task::Task;
use crate::model::load_robot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Scene {
    /// As [`load`](Self::load), and tells every file that belongs to the scene, as far as that is known where
    /// it does not load: the task file first.
    pub fn load_files(folder: &Path) -> (Result<Self, SceneError>, Vec<PathBuf>) {
        let file = folder.join("task.ron");
        let mut files = vec![file.clone()];
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(cause) => return (Err(SceneError::Read { file, cause }), files),
        };
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let scene = Self::parse_files(&name, &file, &text, &mut files);
        (scene, files)
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
