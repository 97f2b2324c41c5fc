//! Scenes, as the workflow checker sees them.

use crate::scene::{Scene, SceneError, SceneLibrary};
use crate::workflow::{EnvironmentProblem, EnvironmentSpec, Environments};

impl Environments for SceneLibrary {
    fn names(&self) -> Vec<String> {
        SceneLibrary::names(self)
    }

    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, EnvironmentProblem> {
        let scene = self.load(env_name).map_err(|error| match error {
            SceneError::Unknown { searched, .. } => {
                EnvironmentProblem::Unknown(searched.display().to_string())
            }
            broken => EnvironmentProblem::Unusable(broken.to_string()),
        })?;
        Ok(spec_of(&scene))
    }
}

/// What the checker needs to know of a scene.
pub(super) fn spec_of(scene: &Scene) -> EnvironmentSpec {
    let task = &scene.task;
    EnvironmentSpec {
        name: scene.name.clone(),
        observations: task.observations.clone(),
        actions: task.action_space.clone(),
        action_names: task.action_names.clone(),
        reward_names: task.reward_names.clone(),
    }
}
