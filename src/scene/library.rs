//! Scene folders: finding them by name and loading them.

use super::error::SceneError;
use super::mistakes::Mistakes;
use super::source_map::Text;
use super::step::ActionUnits;
use super::task::Task;
use super::task_file::TaskFile;
use super::terms::Terms;
use super::{placed_cameras, task_doubts, task_reader};
use crate::diagnostic::{Diagnostic, Place, read_text};
use crate::model::{Model, load_model_within};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger files are no tasks.
const LARGEST_BYTES: u64 = 32 << 20;

/// A model with its task, ready to be stepped.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The folder's name.
    pub name: String,
    /// The compiled model.
    pub model: Arc<Model>,
    /// The compiled task.
    pub task: Arc<Task>,
}

/// What comes to light where a scene is loaded.
#[derive(Default)]
pub(super) struct Found {
    /// Files that belong to it.
    pub files: Vec<PathBuf>,
    /// Warnings and notes.
    pub diagnostics: Vec<Diagnostic>,
}

impl Scene {
    /// Loads the scene folder that holds `task.ron`.
    pub fn load(folder: &Path) -> Result<Self, SceneError> {
        let file = folder.join("task.ron");
        let text = read_task_text(&file)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::parse(&name, &file, &text)
    }

    /// Loads a task from text; `file` says where it stands, for messages and the model's path.
    pub fn parse(name: &str, file: &Path, text: &str) -> Result<Self, SceneError> {
        Self::parse_files(name, file, text, &mut Found::default())
    }

    /// As [`parse`](Self::parse), and adds the files of the model, as far as it gets, and what is to be said of
    /// what can be used.
    pub(super) fn parse_files(
        name: &str,
        file: &Path,
        text: &str,
        found: &mut Found,
    ) -> Result<Self, SceneError> {
        let mut mistakes = Mistakes::default();
        let (task_file, text) = read_task(file, text, &mut mistakes);
        // Where nothing could be read the name is empty: to look for it would be another mistake.
        if task_file.unread.contains(&"model") || task_file.model.is_empty() {
            mistakes.finish()?;
            let start = Place { line: 1, column: 1 };
            return Err(SceneError::task(file, start, "the task names no model".to_owned()));
        }
        let model_file = file.with_file_name(&task_file.model);
        let folder = file.parent().unwrap_or(Path::new(""));
        let (model, diagnostics, of_model) = load_model_within(&model_file, folder);
        found.files.extend(of_model);
        let Some(mut model) = model else {
            let error = SceneError::model(&model_file, diagnostics);
            return match mistakes.finish() {
                Ok(()) => Err(error),
                Err(of_task) => {
                    Err(SceneError::Task([of_task.diagnostics(), error.diagnostics()].concat()))
                }
            };
        };
        found.diagnostics.extend(diagnostics);
        placed_cameras::place(&task_file, &text, &mut model, &mut mistakes);
        let task = Task::compile(&task_file, &text, &model, mistakes)?;
        found.diagnostics.extend(task_doubts::doubts(&task_file, &text, &model));
        // The task's clock rules: dt is a whole number of physics steps.
        model.opt.timestep = task.dt / task.substeps as f64;
        Ok(Self { name: name.to_owned(), model: Arc::new(model), task: Arc::new(task) })
    }

    /// Numbers of an action of one environment.
    pub(super) fn action_dim(&self, units: ActionUnits) -> usize {
        match units {
            ActionUnits::Policy => self.task.action_space.action_dim(),
            ActionUnits::Effort => self.task.n_actuators(),
            ActionUnits::Control => self.model.nu,
        }
    }
}

/// The text of a task file, without the byte order mark with which some editors begin files.
pub(super) fn read_task_text(file: &Path) -> Result<String, SceneError> {
    let text = read_text(file, LARGEST_BYTES);
    let text = text.map_err(|cause| SceneError::Read { file: file.to_owned(), cause })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Reads a task file; of one with mistakes what is left of it.
fn read_task<'a>(file: &'a Path, text: &'a str, mistakes: &mut Mistakes) -> (TaskFile, Text<'a>) {
    let places = Text::new(file, text);
    let error = match TaskFile::parse(text) {
        Ok(task) => return (task, places),
        Err(error) => error,
    };
    let task_reader::Remains { file: task, faults, unread } = task_reader::read(text);
    let places = places.without(unread);
    if faults.is_empty() {
        let place = Place { line: error.span.start.line, column: error.span.start.col };
        mistakes.note(SceneError::task(file, place, refused_by_ron(text, place)));
    }
    for (at, message) in faults {
        mistakes.note(places.error_of_form(at, message));
    }
    (task, places)
}

/// What is wrong at a place of a text that RON refuses and our reader does not.
fn refused_by_ron(text: &str, place: Place) -> String {
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let rest: String = line.chars().skip(place.column.saturating_sub(1)).collect();
    let word = rest.split([',', ')', ']', ' ']).next().unwrap_or_default();
    let strange =
        rest.chars().take_while(|c| c.is_whitespace() || *c == '\u{feff}').find(|c| !c.is_ascii());
    match (strange, word.parse::<f64>()) {
        (Some(c), _) => {
            format!("a blank other than a space stands here (U+{:04X}); write a space", c as u32)
        }
        (None, Ok(_)) => {
            format!("{word} must be a whole number here, without a point or an exponent")
        }
        // Of what nobody here has thought of.
        _ => {
            "the text cannot be read from here on: look at numbers, commas and brackets".to_owned()
        }
    }
}

/// Where scenes are found by name.
#[derive(Clone, Debug)]
pub struct SceneLibrary {
    folder: PathBuf,
    /// By plain names.
    terms: HashMap<String, Terms>,
}

impl SceneLibrary {
    /// Scenes are the subfolders of `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), terms: HashMap::new() }
    }

    /// Gives a scene more terms whenever it is loaded by its name, as sessions do.
    #[must_use]
    pub fn with_terms(mut self, name: &str, terms: Terms) -> Self {
        self.terms.insert(plain(name), terms);
        self
    }

    /// The folder that holds a folder for each scene.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all scenes, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().join("task.ron").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Loads a scene by the name that workflows use: case and underscores do not matter, so that
    /// "CartpoleV1" finds the folder `cartpole_v1`.
    pub fn load(&self, name: &str) -> Result<Scene, SceneError> {
        let scene = Scene::load(&self.find(name)?)?;
        match self.terms.get(&plain(name)) {
            Some(terms) => scene.with_terms(terms),
            None => Ok(scene),
        }
    }

    /// The folder of a scene, by the name that workflows use.
    pub fn find(&self, name: &str) -> Result<PathBuf, SceneError> {
        let names = self.names();
        match names.iter().find(|folder| plain(folder) == plain(name)) {
            Some(folder) => Ok(self.folder.join(folder)),
            None => Err(SceneError::Unknown {
                name: name.to_owned(),
                searched: self.folder.clone(),
                nearest: (names.into_iter())
                    .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name))),
            }),
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
