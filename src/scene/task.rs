//! A task compiled against its model: what is observed, rewarded, ended and reset.

use super::error::SceneError;
use super::expression::{Compiler, ExpressionError, Program, Value};
use super::places::Text;
use super::task_file::{ActionsFile, TaskFile};
use crate::model::Model;

/// What a policy may choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionSpace {
    /// So many numbers in [-1, 1].
    Continuous(usize),
    /// One of so many choices.
    Discrete(usize),
}

impl ActionSpace {
    /// Length of one environment's action: a discrete action is one index.
    pub fn dim(self) -> usize {
        match self {
            Self::Continuous(n) => n,
            Self::Discrete(_) => 1,
        }
    }
}

/// How actions become controls.
#[derive(Clone, Debug)]
pub(super) enum ActionMap {
    /// Actuator and scale of each component.
    Continuous(Vec<(usize, f64)>),
    /// The actuators, and each choice's control for each of them.
    Discrete { actuators: Vec<usize>, choices: Vec<Vec<f64>> },
}

/// A condition that ends the episode.
#[derive(Clone, Debug)]
pub(super) struct Termination {
    pub output: usize,
    pub reward: Option<f64>,
}

/// Uniform reset noise of one joint.
#[derive(Clone, Debug)]
pub(super) struct ResetNoise {
    pub qposadr: usize,
    pub dofadr: usize,
    pub qpos: (f64, f64),
    pub qvel: (f64, f64),
}

/// A compiled task. See the task files in `scenes/` for what each part means.
#[derive(Clone, Debug)]
pub struct Task {
    /// Policy step [s].
    pub dt: f64,
    /// Physics steps in a policy step.
    pub substeps: usize,
    /// Policy steps until an episode is truncated.
    pub episode_length: u32,
    pub action_space: ActionSpace,
    pub observation_names: Vec<String>,
    pub reward_names: Vec<String>,
    pub termination_names: Vec<String>,
    pub(super) action_map: ActionMap,
    pub(super) terminations: Vec<Termination>,
    pub(super) reset: Vec<ResetNoise>,
    /// Outputs: the observations, then the reward terms, then the termination conditions.
    pub(super) after_step: Program,
    /// Outputs: the observations.
    pub(super) after_reset: Program,
}

impl Task {
    /// Length of one environment's observation.
    pub fn obs_dim(&self) -> usize {
        self.observation_names.len()
    }

    /// Number of actuators that actions drive.
    pub fn n_actuators(&self) -> usize {
        match &self.action_map {
            ActionMap::Continuous(map) => map.len(),
            ActionMap::Discrete { actuators, .. } => actuators.len(),
        }
    }

    /// Compiles the text of a task file against its model.
    pub(super) fn compile(
        file: &TaskFile,
        text: &Text<'_>,
        model: &Model,
    ) -> Result<Self, SceneError> {
        check_numbers(file, text)?;
        let (action_map, action_space, action_names) = actions(&file.actions, text, model)?;
        let mut after_step = Compiler::new(model, &action_names);
        let mut after_reset = Compiler::new(model, &action_names);
        for (name, expression) in &file.define {
            let in_text = |error| in_expression(text, "define", expression, error);
            after_step.define(name, expression).map_err(in_text)?;
            after_reset.define(name, expression).map_err(in_text)?;
        }
        for (_, expression) in &file.observations {
            let in_text = |error| in_expression(text, "observations", expression, error);
            after_step.output(expression, Value::Number).map_err(in_text)?;
            after_reset.output(expression, Value::Number).map_err(in_text)?;
        }
        for (_, expression) in &file.rewards {
            let in_text = |error| in_expression(text, "rewards", expression, error);
            after_step.output(expression, Value::Number).map_err(in_text)?;
        }
        let mut terminations = Vec::new();
        for termination in &file.terminations {
            let in_text = |error| in_expression(text, "terminations", &termination.when, error);
            let output = after_step.output(&termination.when, Value::Truth).map_err(in_text)?;
            terminations.push(Termination { output, reward: termination.reward });
        }
        let names = |pairs: &[(String, String)]| pairs.iter().map(|(n, _)| n.clone()).collect();
        Ok(Self {
            dt: file.dt,
            substeps: file.substeps,
            episode_length: file.episode_length,
            action_space,
            observation_names: names(&file.observations),
            reward_names: names(&file.rewards),
            termination_names: file.terminations.iter().map(|t| t.name.clone()).collect(),
            action_map,
            terminations,
            reset: reset_noise(file, text, model)?,
            after_step: after_step.finish(),
            after_reset: after_reset.finish(),
        })
    }
}

fn in_expression(
    text: &Text<'_>,
    field: &str,
    expression: &str,
    error: ExpressionError,
) -> SceneError {
    let message = format!("in \"{expression}\": {error}");
    text.error_in_expression(field, expression, error.span.start, message)
}

fn unknown<'n>(
    text: &Text<'_>,
    field: &str,
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> SceneError {
    let known: Vec<&str> = known.filter(|known| !known.is_empty()).collect();
    let nearest = (known.iter())
        .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
        .map(|nearest| format!("; did you mean \"{nearest}\"?"));
    let message = format!("unknown {kind} \"{name}\"{}", nearest.unwrap_or_default());
    text.error_in(field, name, message)
}

fn check_numbers(file: &TaskFile, text: &Text<'_>) -> Result<(), SceneError> {
    let checks = [
        ("dt", file.dt.is_finite() && file.dt > 0.0 && file.dt <= 10.0, "seconds in (0, 10]"),
        ("substeps", (1..=10_000).contains(&file.substeps), "1 to 10000"),
        ("episode_length", file.episode_length > 0, "at least 1"),
        ("observations", !file.observations.is_empty(), "at least one term"),
        ("rewards", !file.rewards.is_empty(), "at least one term"),
    ];
    for (field, valid, needed) in checks {
        if !valid {
            return Err(text.error(field, format!("`{field}` must be {needed}")));
        }
    }
    let finite = |(low, high): (f64, f64)| low.is_finite() && high.is_finite() && low <= high;
    for reset in &file.reset {
        if !finite(reset.qpos) || !finite(reset.qvel) {
            let message = "reset ranges must be finite and in order (low, high)".to_owned();
            return Err(text.error_in("reset", &reset.joint, message));
        }
    }
    for termination in &file.terminations {
        // As steps hand it out.
        if termination.reward.is_some_and(|reward| !(reward as f32).is_finite()) {
            let message = format!("the reward of `{}` must be finite", termination.name);
            return Err(text.error_in("terminations", &termination.name, message));
        }
    }
    Ok(())
}

fn actions(
    file: &ActionsFile,
    text: &Text<'_>,
    model: &Model,
) -> Result<(ActionMap, ActionSpace, Vec<String>), SceneError> {
    let actuator = |name: &str| {
        model.actuator_id(name).ok_or_else(|| {
            let known = model.actuators.iter().map(|a| a.name.as_str());
            unknown(text, "actions", "actuator", name, known)
        })
    };
    let wrong = |message: &str| text.error("actions", message.to_owned());
    match file {
        ActionsFile::Continuous(list) => {
            let mut map = Vec::new();
            for entry in list {
                let id = actuator(&entry.actuator)?;
                if !entry.scale.is_finite() || entry.scale == 0.0 {
                    let message = "the scale of an action must be finite and not 0".to_owned();
                    return Err(text.error_in("actions", &entry.actuator, message));
                }
                if model.actuators[id].gear == [0.0; 6] {
                    let message = format!("\"{}\" has gear 0: nothing moves it", entry.actuator);
                    return Err(text.error_in("actions", &entry.actuator, message));
                }
                map.push((id, entry.scale));
            }
            if map.is_empty() {
                return Err(wrong("`actions` needs at least one actuator"));
            }
            let names = list.iter().map(|entry| entry.actuator.clone()).collect();
            let space = ActionSpace::Continuous(map.len());
            Ok((ActionMap::Continuous(map), space, names))
        }
        ActionsFile::Discrete { actuators, choices } => {
            let ids = actuators.iter().map(|name| actuator(name)).collect::<Result<Vec<_>, _>>()?;
            if choices.len() < 2 {
                return Err(wrong("discrete `actions` need at least two choices"));
            }
            if choices.iter().any(|c| c.len() != ids.len() || c.iter().any(|x| !x.is_finite())) {
                return Err(wrong("every choice needs one finite control for each actuator"));
            }
            let space = ActionSpace::Discrete(choices.len());
            let map = ActionMap::Discrete { actuators: ids, choices: choices.clone() };
            Ok((map, space, vec!["choice".to_owned()]))
        }
    }
}

fn reset_noise(
    file: &TaskFile,
    text: &Text<'_>,
    model: &Model,
) -> Result<Vec<ResetNoise>, SceneError> {
    let mut noise = Vec::new();
    for reset in &file.reset {
        let Some(jntid) = model.joint_id(&reset.joint) else {
            let known = model.joints.iter().map(|joint| joint.name.as_str());
            return Err(unknown(text, "reset", "joint", &reset.joint, known));
        };
        noise.push(ResetNoise {
            qposadr: model.joints[jntid].qposadr,
            dofadr: model.joints[jntid].dofadr,
            qpos: reset.qpos,
            qvel: reset.qvel,
        });
    }
    Ok(noise)
}
