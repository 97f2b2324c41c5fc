//! Errors of scenes.

use crate::diagnostic::{Diagnostic, Place};
use crate::sight::SightError;
use crate::space::SpaceError;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Why a scene cannot be used. Every message says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    #[error(
        "no scene for \"{name}\" in {}{}",
        searched.display(),
        nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default()
    )]
    Unknown { name: String, searched: PathBuf, nearest: Option<String> },

    #[error("{}: cannot read: {cause}", file.display())]
    Read { file: PathBuf, cause: std::io::Error },

    /// What is wrong with a task file.
    #[error("{}", .0.iter().map(|it| it.plain().to_string()).collect::<Vec<_>>().join("\n"))]
    Task(Vec<Diagnostic>),

    #[error("{}: the model does not load:\n{}", file.display(), list(diagnostics))]
    Model { file: PathBuf, diagnostics: Vec<Diagnostic> },

    #[error(
        "scene {scene}: observation \"{observation}\" is {value} right after a reset (environment \
         {env}); write it so that it is finite in every initial state and at time 0"
    )]
    Reset { scene: String, observation: String, value: f64, env: usize },

    #[error("the actions of scene {scene} are choices, not efforts: connect the policy itself")]
    Choices { scene: String },

    #[error(
        "actuator {actuator} of scene {scene} takes no efforts: it is not a motor on one joint; \
         connect the policy itself"
    )]
    NoEffort { scene: String, actuator: String },

    #[error("terms in Rust for scene {scene}: {message}")]
    Terms { scene: String, message: String },

    #[error("{what}: every number must be finite")]
    NotFinite { what: &'static str },

    #[error("{what}: expected {expected}, got {got}")]
    Size { what: Cow<'static, str>, expected: usize, got: usize },

    #[error("camera \"{camera}\" of scene {scene}: {cause}")]
    Camera { scene: String, camera: String, cause: Box<SightError> },

    #[error("scan \"{scan}\" of scene {scene}: {cause}")]
    Scan { scene: String, scan: String, cause: Box<SightError> },

    #[error(transparent)]
    Space(Box<SpaceError>),
}

impl From<SpaceError> for SceneError {
    fn from(error: SpaceError) -> Self {
        Self::Space(Box::new(error))
    }
}

fn list(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("  {d}")).collect::<Vec<_>>().join("\n")
}

impl SceneError {
    /// A model that does not load; of the findings only the errors are kept.
    pub(super) fn model(file: &Path, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.retain(Diagnostic::is_error);
        Self::Model { file: file.to_owned(), diagnostics }
    }

    /// What is wrong, one by one, each with its place and remedy as far as they are known.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        match self {
            Self::Task(diagnostics) => diagnostics.clone(),
            Self::Model { diagnostics, .. } if !diagnostics.is_empty() => diagnostics.clone(),
            other => vec![Diagnostic::error("", other.to_string())],
        }
    }

    /// Something wrong in a task file.
    pub(super) fn task(file: &Path, place: Place, message: String) -> Self {
        let file = file.display().to_string();
        let error = Diagnostic::error("", message).file(Some(&file)).at(Some(place.into()));
        Self::Task(vec![error])
    }
}
