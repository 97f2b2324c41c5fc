//! The action space of a task, and how actions become controls of actuators.

use super::error::SceneError;
use super::mistakes::Mistakes;
use super::source_map::Text;
use super::task_file::{ActionsFile, ContinuousFile};
use crate::model::Model;
use crate::space::ActionSpace;

/// How actions become controls.
#[derive(Clone, Debug)]
pub(super) enum ActionMap {
    /// Actuator and scale of each component.
    Continuous(Vec<(usize, f64)>),
    /// What is chosen at once.
    Discrete(Vec<Choice>),
}

/// Something to choose: the actuators, and each option's control for each of them.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub actuators: Vec<usize>,
    pub options: Vec<Vec<f64>>,
}

/// How actions become controls, what there is to choose from, and the names of an action's components.
pub(super) type CompiledActions = (ActionMap, ActionSpace, Vec<String>);

/// Compiles the actions of a task file, as far as they are sound.
pub(super) fn compile(
    file: &ActionsFile,
    text: &Text<'_>,
    model: &Model,
    mistakes: &mut Mistakes,
) -> CompiledActions {
    match file {
        ActionsFile::Continuous(list) => {
            let mut map = Vec::new();
            for (number, entry) in list.iter().enumerate() {
                let driven = mistakes.take(continuous(entry, number, text, model));
                if driven.is_none() {
                    // Expressions may name it as it was meant.
                    mistakes.lose("action");
                }
                map.extend(driven);
            }
            if list.is_empty() {
                mistakes
                    .note(text.error("actions", "`actions` needs at least one actuator".into()));
            }
            let names = list.iter().map(|entry| entry.actuator.clone()).collect();
            let space = ActionSpace::Continuous(map.len());
            (ActionMap::Continuous(map), space, names)
        }
        ActionsFile::Discrete { actuators, choices } => {
            let made = mistakes.take(choice(actuators, choices, 0, text, model));
            let space = ActionSpace::Discrete(choices.len());
            let made = made.into_iter().collect();
            (ActionMap::Discrete(made), space, vec!["choice".to_owned()])
        }
        ActionsFile::MultiDiscrete(list) => {
            let mut made: Vec<Choice> = Vec::new();
            for (number, entry) in list.iter().enumerate() {
                let new = choice(&entry.actuators, &entry.choices, number, text, model);
                let Some(new) = mistakes.take(new) else { continue };
                let taken = |id: &usize| made.iter().any(|other| other.actuators.contains(id));
                if let Some(place) = new.actuators.iter().position(taken) {
                    let name = &entry.actuators[place];
                    let message = format!("\"{name}\" is driven by two choices; keep one");
                    mistakes.note(text.error_in(("actions", number), name, message));
                }
                made.push(new);
            }
            if list.is_empty() {
                mistakes.note(text.error("actions", "`actions` needs at least one choice".into()));
            }
            let space = ActionSpace::MultiDiscrete(made.iter().map(|c| c.options.len()).collect());
            let names = list.iter().map(|entry| entry.name.clone()).collect();
            (ActionMap::Discrete(made), space, names)
        }
    }
}

fn actuator(
    name: &str,
    number: usize,
    text: &Text<'_>,
    model: &Model,
) -> Result<usize, SceneError> {
    model.actuator_id(name).ok_or_else(|| {
        let known = model.actuators.iter().map(|a| a.name.as_str());
        text.unknown(("actions", number), "actuator", name, known)
    })
}

/// The actuator of an entry, and its scale.
fn continuous(
    entry: &ContinuousFile,
    number: usize,
    text: &Text<'_>,
    model: &Model,
) -> Result<(usize, f64), SceneError> {
    let id = actuator(&entry.actuator, number, text, model)?;
    let wrong = |message| text.error_in(("actions", number), &entry.actuator, message);
    if !entry.scale.is_finite() || entry.scale == 0.0 {
        return Err(wrong("the scale of an action must be finite and not 0".to_owned()));
    }
    if model.actuators[id].gear == [0.0; 6] {
        return Err(wrong(format!("\"{}\" has gear 0: nothing moves it", entry.actuator)));
    }
    Ok((id, entry.scale))
}

fn choice(
    actuators: &[String],
    choices: &[Vec<f64>],
    number: usize,
    text: &Text<'_>,
    model: &Model,
) -> Result<Choice, SceneError> {
    let wrong = |message: &str| text.error("actions", message.to_owned());
    let ids = actuators.iter().map(|name| actuator(name, number, text, model));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    if choices.len() < 2 {
        return Err(wrong("discrete `actions` need at least two choices"));
    }
    if choices.iter().any(|c| c.len() != ids.len() || c.iter().any(|x| !x.is_finite())) {
        return Err(wrong("every choice needs one finite control for each actuator"));
    }
    Ok(Choice { actuators: ids, options: choices.to_vec() })
}
