//! The task file's form (`task.ron`), as serde reads it. What it means is in [`super::task`].

use super::sight_file::{CameraFile, ScanFile};
use crate::model::Model;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// `Task(...)`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename = "Task")]
pub(super) struct TaskFile {
    /// MJCF model, relative to the task file.
    pub model: String,
    /// Policy step [s].
    pub dt: f64,
    /// Physics steps in a policy step.
    #[serde(default = "one")]
    pub substeps: usize,
    /// Policy steps until an episode is truncated.
    pub episode_length: u32,
    pub actions: ActionsFile,
    /// Largest delay of actions in policy steps; each episode draws its own.
    #[serde(default)]
    pub action_delay: u32,
    /// Lists of names (joints, bodies, actuators, ...) for `each`, `sum` and their like.
    #[serde(default)]
    pub groups: Vec<(String, Vec<String>)>,
    /// Names for expressions, each usable by the later ones.
    #[serde(default, deserialize_with = "terms")]
    pub define: Vec<(String, String)>,
    #[serde(deserialize_with = "terms")]
    pub observations: Vec<(String, String)>,
    /// What only the value sees of a policy in training, besides the observations.
    #[serde(default, deserialize_with = "terms")]
    pub critic_observations: Vec<(String, String)>,
    /// Pictures that are observed, each a stream of its own.
    #[serde(default)]
    pub cameras: Vec<CameraFile>,
    /// Rays, whose numbers expressions read.
    #[serde(default)]
    pub scans: Vec<ScanFile>,
    /// Uniform noise of so much to either side, by the names of observations.
    #[serde(default)]
    pub observation_noise: Vec<(String, f64)>,
    /// Terms that are summed.
    #[serde(deserialize_with = "terms")]
    pub rewards: Vec<(String, String)>,
    #[serde(default)]
    pub terminations: Vec<TerminationFile>,
    /// A condition: an episode in whose last step it holds has achieved the task. Without it an
    /// episode has if it lasted to its limit.
    #[serde(default)]
    pub success: Option<String>,
    /// The keyframe that episodes start from; without it the model's reference position.
    #[serde(default)]
    pub keyframe: Option<String>,
    #[serde(default)]
    pub reset: Vec<ResetFile>,
    /// Kicks: now and then a body's velocity changes at once.
    #[serde(default)]
    pub pushes: Option<PushesFile>,
    /// Parameters that differ from environment to environment.
    #[serde(default)]
    pub randomize: Vec<RandomizeFile>,
    /// Training progress, 0 to 1, over which `difficulty` rises from 0 to 1. Without it the
    /// difficulty is 1 throughout.
    #[serde(default)]
    pub curriculum: Option<(f64, f64)>,
    /// Of a file with mistakes: fields that could not be read, and names that expressions use and of which nothing
    /// is known for that.
    #[serde(skip)]
    pub unread: Vec<&'static str>,
    #[serde(skip)]
    pub lost: Vec<String>,
}

impl TaskFile {
    /// The task of a RON text. What may be there or not is written with `Some` or without.
    pub fn parse(text: &str) -> Result<Self, ron::error::SpannedError> {
        let plain = ron::extensions::Extensions::IMPLICIT_SOME;
        ron::Options::default().with_default_extension(plain).from_str(text)
    }
}

/// An expression, for which a number stands too.
struct Expression(String);

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = Expression;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expression in quotes, or a number")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Expression, E> {
                Ok(Expression(text.to_owned()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Expression, E> {
                Ok(Expression(format!("{number:?}")))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Expression, E> {
                Ok(Expression(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Expression, E> {
                Ok(Expression(number.to_string()))
            }
        }

        deserializer.deserialize_any(Written)
    }
}

/// Names, each with an expression.
fn terms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    let terms = Vec::<(String, Expression)>::deserialize(deserializer)?;
    Ok(terms.into_iter().map(|(name, Expression(text))| (name, text)).collect())
}

/// About how long a policy step of a model is that came without a task [s].
const BARE_DT: f64 = 1.0 / 60.0;

impl TaskFile {
    /// What a file would say of a model that came without one: its sensors are observed, or else the time;
    /// nothing is rewarded or ended.
    pub fn bare(model: &Model) -> Self {
        let timestep = model.opt.timestep;
        let substeps = (BARE_DT / timestep).round().clamp(1.0, 1e4);
        let can_be_quoted = |name: &str| !name.is_empty() && !name.contains(['\'', '"', '\\']);
        let sensors = model.sensors.iter().filter(|sensor| can_be_quoted(&sensor.name));
        let mut observations: Vec<(String, String)> = sensors
            .flat_map(|sensor| {
                let name = &sensor.name;
                let parts: &[&str] = match sensor.dim {
                    1 => &[""],
                    4 => &[".w", ".x", ".y", ".z"],
                    _ => &[".x", ".y", ".z"],
                };
                let of =
                    move |part: &&str| (format!("{name}{part}"), format!("sensor('{name}'){part}"));
                parts.iter().map(of)
            })
            .collect();
        if observations.is_empty() {
            observations.push(("time".to_owned(), "time".to_owned()));
        }
        let (dt, substeps) = (substeps * timestep, substeps as usize);
        Self { dt, substeps, observations, episode_length: u32::MAX, ..Self::nothing() }
    }

    /// A file in which nothing is said.
    pub fn nothing() -> Self {
        Self {
            model: String::new(),
            dt: BARE_DT,
            substeps: 1,
            episode_length: 1,
            actions: ActionsFile::Continuous(Vec::new()),
            action_delay: 0,
            groups: Vec::new(),
            define: Vec::new(),
            observations: Vec::new(),
            critic_observations: Vec::new(),
            cameras: Vec::new(),
            scans: Vec::new(),
            observation_noise: Vec::new(),
            rewards: Vec::new(),
            terminations: Vec::new(),
            success: None,
            keyframe: None,
            reset: Vec::new(),
            pushes: None,
            randomize: Vec::new(),
            curriculum: None,
            unread: Vec::new(),
            lost: Vec::new(),
        }
    }
}

fn one() -> usize {
    1
}

#[derive(Debug, Deserialize)]
pub(super) enum ActionsFile {
    /// Each component, clipped to [-1, 1], times its scale is an actuator's control.
    Continuous(Vec<ContinuousFile>),
    /// Each choice gives every listed actuator's control.
    Discrete { actuators: Vec<String>, choices: Vec<Vec<f64>> },
    /// Several choices at once, each of which gives its own actuators' controls.
    MultiDiscrete(Vec<ChoiceFile>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoiceFile {
    pub name: String,
    pub actuators: Vec<String>,
    pub choices: Vec<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContinuousFile {
    pub actuator: String,
    pub scale: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TerminationFile {
    pub name: String,
    /// A condition.
    pub when: String,
    /// Replaces the step's reward.
    #[serde(default)]
    pub reward: Option<f64>,
}

/// Uniform noise on a joint, or on every hinge and slide (`"*"`) or the members of a group, added to
/// its position at the start and kept within its limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetFile {
    pub joint: String,
    /// [m or rad]; of free joints the height [m].
    #[serde(default)]
    pub qpos: (f64, f64),
    /// [m/s or rad/s]; of free and ball joints for each degree of freedom.
    #[serde(default)]
    pub qvel: (f64, f64),
    /// Free joints only: both horizontal coordinates [m].
    #[serde(default)]
    pub xy: (f64, f64),
    /// Free joints only: turn about the vertical [rad].
    #[serde(default)]
    pub yaw: (f64, f64),
}

/// Every so many policy steps the root's horizontal velocity changes by a random vector; its length
/// grows with the difficulty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PushesFile {
    /// A free joint.
    pub joint: String,
    /// Policy steps from one push to the next.
    pub every: u32,
    /// Largest change of velocity [m/s].
    pub velocity: f64,
}

/// What differs, in whom, and by what factor or addition: uniform in the range, drawn for each environment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RandomizeFile {
    pub what: RandomizedFile,
    /// Names, a group's name, or `"*"` for all.
    #[serde(rename = "of")]
    pub names: Vec<String>,
    #[serde(default)]
    pub scale: Option<(f64, f64)>,
    /// Of looks (colours, lights, cameras) only, in the place of `scale`.
    #[serde(default)]
    pub add: Option<(f64, f64)>,
}

/// Which parameter of the model.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(super) enum RandomizedFile {
    /// Mass and inertia of bodies.
    Mass,
    /// Friction of geoms' contacts.
    Friction,
    /// Damping of joints.
    Damping,
    /// Stiffness of joints' springs.
    Stiffness,
    /// Strength of actuators.
    Strength,
    /// Red, green and blue of geoms, each for itself.
    Color,
    /// How bright lights are.
    LightBrightness,
    /// Turns of lights about x, y and z [degrees].
    LightDirection,
    /// Places of cameras [m].
    CameraPosition,
    /// Turns of cameras about their own axes [degrees].
    CameraOrientation,
    /// Vertical fields of view of cameras [degrees; of parallel rays m].
    FieldOfView,
}

impl RandomizedFile {
    /// Whether it is seen and not felt.
    pub(super) fn is_appearance(self) -> bool {
        use RandomizedFile::{
            CameraOrientation, CameraPosition, Color, FieldOfView, LightBrightness, LightDirection,
        };
        matches!(
            self,
            Color
                | LightBrightness
                | LightDirection
                | CameraPosition
                | CameraOrientation
                | FieldOfView
        )
    }
}
