//! The environments of a workflow as its agent meets them: one task, or several made alike.

use super::environments::spec_of;
use super::kind::{NodeBuilder, NodeError};
use super::payload::Observations;
use crate::scene::{Environments, Scene, StepOutput};
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

/// What the environments of one task show.
struct Shown<'a> {
    /// Shape (n_envs, observations of the task).
    observations: &'a [f32],
    /// What only the value sees, shape (n_envs, such of the task).
    critic: &'a [f32],
    /// Shape (n_envs,), or empty.
    begins: &'a [bool],
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
        self.join(environments, |output| Shown {
            observations: &output.observations,
            critic: &output.critic_observations,
            begins: &output.begins,
        })
    }

    /// Where the last step led, before any reset, task by task.
    pub fn led_to<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
    ) -> Observations {
        self.join(environments, |output| Shown {
            observations: &output.next_observations,
            critic: &output.next_critic_observations,
            begins: &[],
        })
    }

    fn join<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
        shown: impl Fn(&'a StepOutput) -> Shown<'a>,
    ) -> Observations {
        let (dim, critic_dim) = (self.layout.width(), self.layout.critic_dim);
        let mut all = Observations { dim, critic_dim, ..Observations::default() };
        for (index, task) in self.list.iter().enumerate() {
            let Some(environments) = environments(task.entity) else { continue };
            let shown = shown(environments.output());
            self.layout.show(index, environments.n_envs(), shown, &mut all);
        }
        all
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

    /// Appends what `n_envs` environments of a task show. Rows are filled up with zeros.
    fn show(&self, task: usize, n_envs: usize, shown: Shown<'_>, out: &mut Observations) {
        let first = out.values.len();
        fill_up(shown.observations, (n_envs, self.width()), &mut out.values);
        if self.n_tasks > 1 {
            for row in out.values[first..].chunks_exact_mut(self.width()) {
                row[self.obs_dim + task] = 1.0;
            }
        }
        fill_up(shown.critic, (n_envs, self.critic_dim), &mut out.critic);
        out.begins.extend_from_slice(shown.begins);
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

/// Appends `data`, shape (n, as wide as it is), with zeros up to shape (n, width).
fn fill_up(data: &[f32], (n, width): (usize, usize), out: &mut Vec<f32>) {
    let dim = data.len() / n.max(1);
    if dim == width {
        return out.extend_from_slice(data);
    }
    for row in 0..n {
        out.extend_from_slice(&data[row * dim..(row + 1) * dim]);
        out.resize(out.len() + width - dim, 0.0);
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
            action_dim: largest(|scene| scene.task.action_space.action_dim()).unwrap_or(0),
        };
        Ok(Tasks { list: list.into(), layout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(layout: Layout, tasks: &[(usize, &[f32], &[f32])]) -> Observations {
        let mut out = Observations::default();
        for (task, (n_envs, observations, critic)) in tasks.iter().enumerate() {
            layout.show(task, *n_envs, Shown { observations, critic, begins: &[] }, &mut out);
        }
        out
    }

    #[test]
    fn rows_are_padded_and_say_which_task_they_are_of() {
        let layout = Layout { n_tasks: 2, obs_dim: 3, critic_dim: 0, action_dim: 2 };
        let out = show(layout, &[(1, &[1.0, 2.0, 3.0], &[]), (2, &[4.0, 5.0, 6.0, 7.0], &[])]);
        let rows: [[f32; 5]; 3] =
            [[1.0, 2.0, 3.0, 1.0, 0.0], [4.0, 5.0, 0.0, 0.0, 1.0], [6.0, 7.0, 0.0, 0.0, 1.0]];
        assert_eq!(out.values, rows.as_flattened());
        assert!(out.critic.is_empty());
        assert_eq!(layout.act(&[1.0, 9.0, 2.0, 9.0], 1), &[1.0, 2.0][..]);
    }

    #[test]
    fn what_only_the_value_sees_is_padded_too() {
        let layout = Layout { n_tasks: 3, obs_dim: 1, critic_dim: 2, action_dim: 1 };
        let tasks: [(usize, &[f32], &[f32]); 3] =
            [(2, &[0.1, 0.2], &[1.0, 2.0]), (2, &[0.3, 0.4], &[]), (1, &[0.5], &[3.0, 4.0])];
        let out = show(layout, &tasks);
        assert_eq!(out.critic, [1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 4.0]);
        assert_eq!(out.values.len(), 5 * 4);
    }

    #[test]
    fn a_single_task_is_left_as_it_is() {
        let layout = Layout { n_tasks: 1, obs_dim: 2, critic_dim: 0, action_dim: 2 };
        let out = show(layout, &[(1, &[1.0, 2.0], &[])]);
        assert_eq!((&out.values[..], layout.width()), (&[1.0, 2.0][..], 2));
        assert!(matches!(layout.act(&[1.0, 9.0], 2), Cow::Borrowed(_)));
    }
}
