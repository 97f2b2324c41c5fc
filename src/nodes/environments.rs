//! Scenes, as the workflow checker sees them.

use super::changed_scene::changed_scene;
use crate::scene::{Scene, SceneError, SceneLibrary, needs_host, task_trace_errors};
use crate::workflow::{EnvironmentCatalog, EnvironmentProblem, EnvironmentSpec, Graph};

impl EnvironmentCatalog for SceneLibrary {
    fn names(&self) -> Vec<String> {
        SceneLibrary::names(self)
    }

    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, EnvironmentProblem> {
        Ok(spec_of(&loaded(self, env_name)?))
    }

    fn spec_in(
        &self,
        graph: &Graph,
        node: usize,
        env_name: &str,
    ) -> Result<EnvironmentSpec, EnvironmentProblem> {
        let scene = changed_scene(graph, node, &loaded(self, env_name)?);
        let scene = scene.map_err(EnvironmentProblem::Unfit)?;
        let mut spec = spec_of(&scene);
        // Only for a device: what it refuses is found by the model's geometry, which takes long for an editor.
        if graph.nodes[node].text("device").is_ok_and(|device| device != "cpu") {
            spec.refusals = task_trace_errors(&scene).iter().map(ToString::to_string).collect();
            spec.needs_host = needs_host(&scene);
        }
        Ok(spec)
    }
}

fn loaded(scenes: &SceneLibrary, name: &str) -> Result<Scene, EnvironmentProblem> {
    scenes.load(name).map_err(|error| match error {
        SceneError::Unknown { searched, .. } => {
            EnvironmentProblem::Unknown(searched.display().to_string())
        }
        broken => EnvironmentProblem::Unusable(broken.to_string()),
    })
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
        refusals: Vec::new(),
        needs_host: None,
    }
}
