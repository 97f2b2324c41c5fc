//! Scenes, as the workflow checker sees them.

use crate::scene::{ActionSpace, SceneLibrary};
use crate::workflow::{EnvironmentSpec, Environments};

impl Environments for SceneLibrary {
    fn names(&self) -> Vec<String> {
        SceneLibrary::names(self)
    }

    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, String> {
        let scene = self.load(env_name).map_err(|error| error.to_string())?;
        let discrete = match scene.task.action_space {
            ActionSpace::Continuous(_) => None,
            ActionSpace::Discrete(n) => Some(n),
        };
        Ok(EnvironmentSpec {
            obs_dim: scene.task.obs_dim(),
            action_dim: scene.task.action_space.dim(),
            discrete,
        })
    }
}
