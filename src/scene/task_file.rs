//! The task file's form (`task.ron`), as serde reads it. What it means is in [`super::task`].

use serde::Deserialize;

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
    /// Names for expressions, each usable by the later ones.
    #[serde(default)]
    pub define: Vec<(String, String)>,
    pub observations: Vec<(String, String)>,
    /// Terms that are summed.
    pub rewards: Vec<(String, String)>,
    #[serde(default)]
    pub terminations: Vec<TerminationFile>,
    #[serde(default)]
    pub reset: Vec<ResetFile>,
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

/// Uniform noise on a joint, added to its reference position.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetFile {
    pub joint: String,
    /// [m or rad]
    #[serde(default)]
    pub qpos: (f64, f64),
    /// [m/s or rad/s]
    #[serde(default)]
    pub qvel: (f64, f64),
}
