//! Errors of scenes.

use super::trace::TaskTraceError;
use crate::device::DeviceError;
use crate::diagnostic::{Diagnostic, Place};
use crate::sight::SightError;
use crate::space::SpaceError;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// An error of a scene. Every message says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// No scene has this name.
    #[error(
        "no scene for \"{name}\" in {}{}",
        searched.display(),
        nearest.as_ref().map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default()
    )]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The folder of scenes.
        searched: PathBuf,
        /// The most similar name that there is.
        nearest: Option<String>,
    },

    /// A file of the scene cannot be read.
    #[error("{}: cannot read: {cause}", file.display())]
    Read {
        /// Its path.
        file: PathBuf,
        /// The error of the file system.
        cause: std::io::Error,
    },

    /// What is wrong with a task file.
    #[error("{}", .0.iter().map(|it| it.plain().to_string()).collect::<Vec<_>>().join("\n"))]
    Task(Vec<Diagnostic>),

    /// The scene's model has errors.
    #[error("{}: the model does not load:\n{}", file.display(), list(diagnostics))]
    Model {
        /// Its path.
        file: PathBuf,
        /// Everything found in it.
        diagnostics: Vec<Diagnostic>,
    },

    /// An observation is not finite right after a reset.
    #[error(
        "scene {scene}: observation \"{observation}\" is {value} right after a reset (environment \
         {env}); write it so that it is finite in every initial state and at time 0"
    )]
    Reset {
        /// The scene's name.
        scene: String,
        /// The component's name.
        observation: String,
        /// Its value.
        value: f64,
        /// Index of the environment.
        env: usize,
    },

    /// Discrete actions were asked for as actuator efforts.
    #[error("the actions of scene {scene} are choices, not efforts: connect the policy itself")]
    Choices {
        /// The scene's name.
        scene: String,
    },

    /// Efforts were asked for of an actuator that is not a motor on one joint.
    #[error(
        "actuator {actuator} of scene {scene} takes no efforts: it is not a motor on one joint; \
         connect the policy itself"
    )]
    NoEffort {
        /// The scene's name.
        scene: String,
        /// The actuator's name.
        actuator: String,
    },

    /// Terms in Rust do not fit the scene.
    #[error("terms in Rust for scene {scene}: {message}")]
    Terms {
        /// The scene's name.
        scene: String,
        /// What is wrong.
        message: String,
    },

    /// A number given by the caller is not finite.
    #[error("{what}: every number must be finite")]
    NotFinite {
        /// What the number is, in words.
        what: &'static str,
    },

    /// A buffer has the wrong length.
    #[error("{what}: expected {expected}, got {got}")]
    Size {
        /// What the buffer holds, in words.
        what: Cow<'static, str>,
        /// The length that it should have.
        expected: usize,
        /// The length that it has.
        got: usize,
    },

    /// A camera of the task cannot be drawn.
    #[error("camera \"{camera}\" of scene {scene}: {cause}")]
    Camera {
        /// The scene's name.
        scene: String,
        /// The camera's name.
        camera: String,
        /// Why.
        cause: Box<SightError>,
    },

    /// A scan of the task cannot be made.
    #[error("scan \"{scan}\" of scene {scene}: {cause}")]
    Scan {
        /// The scene's name.
        scene: String,
        /// The scan's name.
        scan: String,
        /// Why.
        cause: Box<SightError>,
    },

    /// A device cannot simulate the scene.
    #[error(
        "scene {scene} cannot be simulated on {device}; use the CPU, or change this:\n{}",
        refusals.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n")
    )]
    Refused {
        /// The scene's name.
        scene: String,
        /// The device, such as `cuda:1`.
        device: String,
        /// All that the device cannot do.
        refusals: Box<[TaskTraceError]>,
    },

    /// Environments of another physics engine are not on a device.
    #[error(
        "another physics engine steps environments on the CPU only, not on {device}; use the CPU, or our own engine"
    )]
    Engine {
        /// The device, such as `cuda:1`.
        device: String,
    },

    /// Steps without the host were asked for of environments on the CPU.
    #[error("environments on the CPU have no steps on a device; put them on one")]
    OnCpu,

    /// Steps without the host were asked for of a scene that needs it.
    #[error(
        "scene {scene} cannot be stepped on {device} without the CPU, for it has {why}; step it with actions from the CPU"
    )]
    NeedsHost {
        /// The scene's name.
        scene: String,
        /// The device, such as `cuda:1`.
        device: String,
        /// What it has, in words.
        why: &'static str,
    },

    /// The CPU rounds otherwise than devices do.
    #[error(
        "this CPU's lanes round products before sums, so its bits are not those of a device; compare on a CPU with AVX2 \
         and FMA"
    )]
    Rounding,

    /// The device did not do what it was asked for.
    #[error(transparent)]
    Device(Box<DeviceError>),

    /// The streams of the task's observations do not go together.
    #[error(transparent)]
    Space(Box<SpaceError>),
}

impl From<DeviceError> for SceneError {
    fn from(error: DeviceError) -> Self {
        Self::Device(Box::new(error))
    }
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
