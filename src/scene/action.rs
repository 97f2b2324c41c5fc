//! What a policy may do, and what that means for a scene's actuators.

use super::error::SceneError;
use super::places::Text;
use super::task_file::ActionsFile;
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

/// Compiles the actions of a task file: how they become controls, what there is to choose from, and the names of
/// an action's components.
pub(super) fn compile(
    file: &ActionsFile,
    text: &Text<'_>,
    model: &Model,
) -> Result<(ActionMap, ActionSpace, Vec<String>), SceneError> {
    let actuator = |name: &str| {
        model.actuator_id(name).ok_or_else(|| {
            let known = model.actuators.iter().map(|a| a.name.as_str());
            text.unknown("actions", "actuator", name, known)
        })
    };
    let wrong = |message: &str| text.error("actions", message.to_owned());
    let choice = |actuators: &[String], choices: &[Vec<f64>]| {
        let ids = actuators.iter().map(|name| actuator(name)).collect::<Result<Vec<_>, _>>()?;
        if choices.len() < 2 {
            return Err(wrong("discrete `actions` need at least two choices"));
        }
        if choices.iter().any(|c| c.len() != ids.len() || c.iter().any(|x| !x.is_finite())) {
            return Err(wrong("every choice needs one finite control for each actuator"));
        }
        Ok(Choice { actuators: ids, options: choices.to_vec() })
    };
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
            let made = choice(actuators, choices)?;
            let space = ActionSpace::Discrete(made.options.len());
            Ok((ActionMap::Discrete(vec![made]), space, vec!["choice".to_owned()]))
        }
        ActionsFile::MultiDiscrete(list) => {
            let mut made: Vec<Choice> = Vec::new();
            for entry in list {
                let new = choice(&entry.actuators, &entry.choices)?;
                let taken = |id: &usize| made.iter().any(|other| other.actuators.contains(id));
                if let Some(place) = new.actuators.iter().position(taken) {
                    let name = &entry.actuators[place];
                    let message = format!("\"{name}\" is driven by two choices; keep one");
                    return Err(text.error_in("actions", name, message));
                }
                made.push(new);
            }
            if made.is_empty() {
                return Err(wrong("`actions` needs at least one choice"));
            }
            let space = ActionSpace::MultiDiscrete(made.iter().map(|c| c.options.len()).collect());
            let names = list.iter().map(|entry| entry.name.clone()).collect();
            Ok((ActionMap::Discrete(made), space, names))
        }
    }
}
