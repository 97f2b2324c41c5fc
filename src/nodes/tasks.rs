//! The environments of a workflow as its agent meets them: one task, or several made alike.

use super::environments::spec_of;
use super::kind::{NodeBuilder, NodeError};
use super::payload::Observations;
use crate::scene::{Environments, Scene};
use crate::workflow::{EnvironmentSpec, Role};
use bevy::prelude::Entity;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// One environment node.
#[derive(Clone, Debug)]
pub struct Task {
    /// The scene's name, and with it the node's id where several nodes have the same scene.
    pub name: String,
    pub scene: Scene,
    /// The node that owns the environments.
    pub entity: Entity,
    /// Its environments' rows in batches.
    pub envs: Range<usize>,
}

/// All environment nodes, in the order in which a MultiTask node joins them.
#[derive(Clone, Debug)]
pub struct Tasks {
    pub list: Arc<[Task]>,
    pub layout: Layout,
}

/// How rows of different tasks are made alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub n_tasks: usize,
    /// Numbers of the longest observation.
    pub obs_dim: usize,
    /// Numbers of the longest list of what only the value sees.
    pub critic_dim: usize,
    /// Numbers of the longest action.
    pub action_dim: usize,
}

impl Tasks {
    /// Environments of all tasks.
    pub fn n_envs(&self) -> usize {
        self.list.last().map_or(0, |task| task.envs.end)
    }

    /// What the agent sees and does, as the checker knows it.
    pub fn spec(&self) -> EnvironmentSpec {
        let specs: Vec<EnvironmentSpec> =
            self.list.iter().map(|task| spec_of(&task.scene)).collect();
        match &specs[..] {
            [only] => only.clone(),
            several => EnvironmentSpec::joined(several),
        }
    }

    /// What all environments show now, task by task.
    pub fn seen<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
    ) -> Observations {
        let mut seen = self.empty();
        for (index, task) in self.list.iter().enumerate() {
            let Some(environments) = environments(task.entity) else { continue };
            let output = environments.output();
            let shown = (&output.observations[..], &output.critic_observations[..]);
            self.layout.show(index, environments, shown, &mut seen);
            seen.begins.extend_from_slice(&output.begins);
        }
        seen
    }

    /// Where the last step led, before any reset, task by task.
    pub fn led_to<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
    ) -> Observations {
        let mut next = self.empty();
        for (index, task) in self.list.iter().enumerate() {
            let Some(environments) = environments(task.entity) else { continue };
            let output = environments.output();
            let shown = (&output.next_observations[..], &output.next_critic_observations[..]);
            self.layout.show(index, environments, shown, &mut next);
        }
        next
    }

    fn empty(&self) -> Observations {
        let Layout { critic_dim, .. } = self.layout;
        Observations { dim: self.layout.width(), critic_dim, ..Observations::default() }
    }

    /// Names of all reward terms; of several tasks behind the task's name and a dot.
    pub fn reward_names(&self) -> Arc<[String]> {
        let of_task = |task: &Task| {
            let prefix = match self.layout.n_tasks {
                1 => String::new(),
                _ => format!("{}.", task.name),
            };
            let names = task.scene.task.reward_names.iter();
            names.map(|name| format!("{prefix}{name}")).collect::<Vec<_>>()
        };
        self.list.iter().flat_map(of_task).collect()
    }
}

impl Layout {
    /// Numbers in the agent's observation: those of the richest task, then one for each task if there
    /// are several, which says by a 1 which one it is.
    pub fn width(&self) -> usize {
        self.obs_dim + if self.n_tasks > 1 { self.n_tasks } else { 0 }
    }

    /// Appends what a task's environments show, and what of it only the value sees.
    fn show(
        &self,
        task: usize,
        environments: &Environments,
        (observations, critic): (&[f32], &[f32]),
        out: &mut Observations,
    ) {
        self.observe(task, observations, environments.obs_dim(), &mut out.values);
        let critic_dim = environments.critic_dim();
        if critic_dim == self.critic_dim {
            out.critic.extend_from_slice(critic);
            return;
        }
        for env in 0..environments.n_envs() {
            out.critic.extend_from_slice(&critic[env * critic_dim..(env + 1) * critic_dim]);
            let missing = self.critic_dim - critic_dim;
            out.critic.extend(std::iter::repeat_n(0.0, missing));
        }
    }

    /// Appends observations of a task, shape (n, dim), to `out`, shape (rows, width).
    fn observe(&self, task: usize, observations: &[f32], dim: usize, out: &mut Vec<f32>) {
        if self.n_tasks == 1 {
            out.extend_from_slice(observations);
            return;
        }
        for row in observations.chunks_exact(dim.max(1)) {
            let start = out.len();
            out.extend_from_slice(row);
            out.resize(start + self.width(), 0.0);
            out[start + self.obs_dim + task] = 1.0;
        }
    }

    /// The actions of a task with `dim` of them, out of rows as the agent gives them.
    pub fn act<'a>(&self, rows: &'a [f32], dim: usize) -> Cow<'a, [f32]> {
        if self.n_tasks == 1 {
            return Cow::Borrowed(rows);
        }
        let rows = rows.chunks_exact(self.action_dim.max(1));
        rows.flat_map(|row| &row[..dim]).copied().collect()
    }
}

impl NodeBuilder<'_> {
    /// The tasks of the workflow: those that a MultiTask node joins, or else the one environment.
    pub fn tasks(&self) -> Result<&Tasks, NodeError> {
        if let Some(tasks) = self.context.tasks.get() {
            return Ok(tasks);
        }
        let tasks = self.read_tasks()?;
        Ok(self.context.tasks.get_or_init(|| tasks))
    }

    fn read_tasks(&self) -> Result<Tasks, NodeError> {
        let nodes = &self.graph.nodes;
        let join = nodes.iter().find(|node| node.class.role == Role::Join);
        let members: Vec<usize> = match join {
            Some(join) => {
                join.inputs.iter().map(|feed| self.graph.origin(feed.source).node).collect()
            }
            None => {
                let is_environment = |&i: &usize| nodes[i].class.role == Role::Environment;
                (0..nodes.len()).find(is_environment).into_iter().collect()
            }
        };
        if members.is_empty() {
            let message = "there is no environment node; add an IsaacGymEnvNode".to_owned();
            return Err(NodeError::Field { field: "observations", message });
        }
        let (mut list, mut first) = (Vec::<Task>::new(), 0);
        for index in members {
            let node = &nodes[index];
            let scene = self.context.scenes.load(&node.text("env_name")?)?;
            let n_envs: usize = node.param("num_envs")?;
            let (entity, envs) = (self.entities[index], first..first + n_envs);
            first = envs.end;
            list.push(Task { name: node.id.clone(), scene, entity, envs });
        }
        let scenes: Vec<String> = list.iter().map(|task| task.scene.name.clone()).collect();
        for (task, scene) in list.iter_mut().zip(&scenes) {
            task.name = match scenes.iter().filter(|other| *other == scene).count() {
                1 => scene.clone(),
                _ => format!("{scene}-{}", task.name),
            };
        }
        let largest = |size: fn(&Scene) -> usize| list.iter().map(|t| size(&t.scene)).max();
        let layout = Layout {
            n_tasks: list.len(),
            obs_dim: largest(|scene| scene.task.obs_dim()).unwrap_or(0),
            critic_dim: largest(|scene| scene.task.critic_dim()).unwrap_or(0),
            action_dim: largest(|scene| scene.task.action_space.dim()).unwrap_or(0),
        };
        Ok(Tasks { list: list.into(), layout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_padded_and_say_which_task_they_are_of() {
        let layout = Layout { n_tasks: 2, obs_dim: 3, critic_dim: 0, action_dim: 2 };
        let mut out = Vec::new();
        layout.observe(0, &[1.0, 2.0, 3.0], 3, &mut out);
        layout.observe(1, &[4.0, 5.0, 6.0, 7.0], 2, &mut out);
        let rows: [[f32; 5]; 3] =
            [[1.0, 2.0, 3.0, 1.0, 0.0], [4.0, 5.0, 0.0, 0.0, 1.0], [6.0, 7.0, 0.0, 0.0, 1.0]];
        assert_eq!(out, rows.as_flattened());
        assert_eq!(layout.act(&[1.0, 9.0, 2.0, 9.0], 1), &[1.0, 2.0][..]);
    }

    #[test]
    fn a_single_task_is_left_as_it_is() {
        let layout = Layout { n_tasks: 1, obs_dim: 2, critic_dim: 0, action_dim: 2 };
        let mut out = Vec::new();
        layout.observe(0, &[1.0, 2.0], 2, &mut out);
        assert_eq!((&out[..], layout.width()), (&[1.0, 2.0][..], 2));
        assert!(matches!(layout.act(&[1.0, 9.0], 2), Cow::Borrowed(_)));
    }
}
