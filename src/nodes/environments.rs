//! Scenes, as the workflow checker sees them.

use crate::scene::{ActionSpace, SceneError, SceneLibrary};
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
        let choices = match &scene.task.action_space {
            ActionSpace::Continuous(_) => Vec::new(),
            ActionSpace::Discrete(n) => vec![*n],
            ActionSpace::MultiDiscrete(choices) => choices.clone(),
        };
        Ok(EnvironmentSpec {
            obs_dim: scene.task.obs_dim(),
            critic_dim: scene.task.critic_dim(),
            action_dim: scene.task.action_space.dim(),
            choices,
        })
    }
}
