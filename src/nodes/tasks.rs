//! The environments of a workflow as its agent sees them: one task, or several padded to one shape.

use super::changed_scene::changed_scene;
use super::environments::spec_of;
use super::kind::{NodeBuilder, NodeError};
use super::payload::ObservationBatch;
use crate::scene::{Environments, Scene, StepOutput};
use crate::space::{Buffer, ObservationSpace, Observations};
use crate::workflow::{EnvironmentSpec, GraphNode, NodeFault, Role};
use bevy::prelude::Entity;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// One environment node.
#[derive(Clone, Debug)]
pub struct EnvironmentNode {
    /// The scene's name, and with it the node's id where several nodes have the same scene.
    pub name: String,
    /// The scene of its environments.
    pub scene: Scene,
    /// The node that owns the environments.
    pub entity: Entity,
    /// Its environments' rows in batches.
    pub envs: Range<usize>,
}

/// All environment nodes, in the order in which a MultiTask node joins them.
#[derive(Clone, Debug)]
pub struct Tasks {
    /// One for each environment node.
    pub list: Arc<[EnvironmentNode]>,
    /// How their observations and actions are padded.
    pub layout: TaskPadding,
    /// What the agent sees and does, as the checker knows it.
    pub spec: Arc<EnvironmentSpec>,
}

/// How the observations and actions of different tasks are padded to one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPadding {
    /// Number of tasks.
    pub n_tasks: usize,
    /// What the agent sees.
    pub observations: ObservationSpace,
    /// Numbers of the longest action.
    pub action_dim: usize,
}

impl Tasks {
    /// Environments of all tasks.
    pub fn n_envs(&self) -> usize {
        self.list.last().map_or(0, |task| task.envs.end)
    }

    /// What all environments show now, task by task, in the memory of `batch` if nobody else holds it.
    pub fn seen<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
        batch: &mut Arc<ObservationBatch>,
    ) {
        self.join(environments, |output| (&output.observations, &output.episode_starts), batch);
    }

    /// Where the last step led, before any reset, task by task, in the memory of `batch` if nobody else
    /// holds it.
    pub fn led_to<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
        batch: &mut Arc<ObservationBatch>,
    ) {
        self.join(environments, |output| (&output.next_observations, &[]), batch);
    }

    fn join<'a>(
        &self,
        environments: impl Fn(Entity) -> Option<&'a Environments>,
        shown: impl Fn(&'a StepOutput) -> (&'a Observations, &'a [bool]),
        batch: &mut Arc<ObservationBatch>,
    ) {
        if Arc::get_mut(batch).is_none() {
            *batch = Arc::default();
        }
        let Some(all) = Arc::get_mut(batch) else { return };
        all.observations.clear_for(&self.layout.observations);
        all.episode_starts.clear();
        for (index, task) in self.list.iter().enumerate() {
            let Some(environments) = environments(task.entity) else { continue };
            let (shown, episode_starts) = shown(environments.output());
            self.layout.show(index, shown, &mut all.observations);
            all.episode_starts.extend_from_slice(episode_starts);
        }
    }

    /// Names of what rewards are made of, as steps report it; of several tasks behind the task's name and a dot.
    pub fn reward_names(&self) -> Arc<[String]> {
        let of_task = |task: &EnvironmentNode| {
            let prefix = match self.layout.n_tasks {
                1 => String::new(),
                _ => format!("{}.", task.name),
            };
            let names = task.scene.task.reward_mean_names();
            names.map(|name| format!("{prefix}{name}")).collect::<Vec<_>>()
        };
        self.list.iter().flat_map(of_task).collect()
    }
}

impl TaskPadding {
    /// Appends the observations of a task's environments. With several tasks, vectors are padded with zeros, and
    /// the first one that the policy sees ends with a one-hot task id.
    pub(super) fn show(&self, task: usize, shown: &Observations, out: &mut Observations) {
        if self.n_tasks == 1 {
            return out.extend(shown.view());
        }
        let n_envs = shown.len();
        let id_place = self.observations.task_id_place();
        out.extend_with(n_envs, |place, stream, to| {
            let (first, width) = (to.len(), stream.size());
            match (&mut *to, shown.buffer(&stream.name)) {
                (Buffer::F32(to), Some(Buffer::F32(from))) => fill_up(from, (n_envs, width), to),
                (Buffer::U8(to), Some(Buffer::U8(from))) => to.extend_from_slice(from),
                (to, _) => to.resize(first + n_envs * width),
            }
            if let Buffer::F32(to) = to
                && id_place == Some(place)
            {
                for row in to[first..].chunks_exact_mut(width) {
                    row[width - self.n_tasks + task] = 1.0;
                }
            }
        });
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

    /// What is wrong with another node of the workflow.
    fn fault(&self, NodeFault { node, field, message }: NodeFault) -> NodeError {
        let GraphNode { id, title, .. } = &self.graph.nodes[node];
        NodeError::Field { field, message: format!("node {id} ({title}): {message}") }
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
        let (mut list, mut first) = (Vec::<EnvironmentNode>::new(), 0);
        for index in members {
            let node = &nodes[index];
            let scene = self.context.scenes.load(&node.text("env_name")?)?;
            let scene = changed_scene(self.graph, index, &scene).map_err(|faults| {
                NodeError::Several(faults.into_iter().map(|it| self.fault(it)).collect())
            })?;
            let n_envs: usize = node.param("num_envs")?;
            let (entity, envs) = (self.entities[index], first..first + n_envs);
            first = envs.end;
            list.push(EnvironmentNode { name: node.id.clone(), scene, entity, envs });
        }
        let scenes: Vec<String> = list.iter().map(|task| task.scene.name.clone()).collect();
        for (task, scene) in list.iter_mut().zip(&scenes) {
            task.name = match scenes.iter().filter(|other| *other == scene).count() {
                1 => scene.clone(),
                _ => format!("{scene}-{}", task.name),
            };
        }
        let specs: Vec<EnvironmentSpec> = list.iter().map(|task| spec_of(&task.scene)).collect();
        let spec = match &specs[..] {
            [only] => only.clone(),
            several => EnvironmentSpec::joined(several).map_err(|error| NodeError::Field {
                field: "observations",
                message: error.to_string(),
            })?,
        };
        let layout = TaskPadding {
            n_tasks: list.len(),
            observations: spec.observations.clone(),
            action_dim: spec.actions.action_dim(),
        };
        Ok(Tasks { list: list.into(), layout, spec: Arc::new(spec) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{ElementType, ObservationGroup, ObservationStream};

    fn vector(name: &str, n: usize, group: ObservationGroup) -> ObservationStream {
        ObservationStream::named(name, vec![String::new(); n], group)
    }

    /// A task of `n` observations, `n_value` numbers for the critic only, and a picture of two bytes.
    fn space(n: usize, n_value: usize) -> ObservationSpace {
        let mut streams =
            vec![vector(ObservationStream::OBSERVATIONS, n, ObservationGroup::Policy)];
        if n_value > 0 {
            streams.push(vector(
                ObservationStream::CRITIC_OBSERVATIONS,
                n_value,
                ObservationGroup::Critic,
            ));
        }
        streams.push(ObservationStream::new("eye", &[1, 2], ElementType::U8));
        ObservationSpace::new(streams).unwrap()
    }

    fn show(spaces: &[ObservationSpace], rows: &[(Vec<u8>, Vec<f32>, Vec<f32>)]) -> Observations {
        let layout = TaskPadding {
            n_tasks: spaces.len(),
            observations: match spaces {
                [only] => only.clone(),
                several => ObservationSpace::joined(several).unwrap(),
            },
            action_dim: 2,
        };
        let mut out = Observations::with_capacity(layout.observations.clone(), 0);
        for (task, (space, (eye, seen, value_only))) in spaces.iter().zip(rows).enumerate() {
            let mut buffers = vec![Buffer::F32(seen.clone()), Buffer::U8(eye.clone())];
            if !value_only.is_empty() {
                buffers.push(Buffer::F32(value_only.clone()));
            }
            layout.show(task, &Observations::new(space.clone(), buffers).unwrap(), &mut out);
        }
        out
    }

    #[test]
    fn rows_are_padded_and_say_which_task_they_are_of() {
        let one = (vec![1, 2], vec![1.0, 2.0, 3.0], vec![]);
        let two = (vec![3, 4, 5, 6], vec![4.0, 5.0, 6.0, 7.0], vec![]);
        let out = show(&[space(3, 0), space(2, 0)], &[one, two]);
        let rows: [[f32; 5]; 3] =
            [[1.0, 2.0, 3.0, 1.0, 0.0], [4.0, 5.0, 0.0, 0.0, 1.0], [6.0, 7.0, 0.0, 0.0, 1.0]];
        assert_eq!(out.f32s("observations"), rows.as_flattened());
        assert_eq!(out.u8s("eye"), [1, 2, 3, 4, 5, 6]);
        assert!(out.buffer("critic_observations").is_none());
        let layout = TaskPadding { n_tasks: 2, observations: space(1, 0), action_dim: 2 };
        assert_eq!(layout.act(&[1.0, 9.0, 2.0, 9.0], 1), &[1.0, 2.0][..]);
    }

    #[test]
    fn what_only_the_value_sees_is_padded_too() {
        let rows = [
            (vec![0; 4], vec![0.1, 0.2], vec![1.0, 2.0]),
            (vec![0; 4], vec![0.3, 0.4], vec![]),
            (vec![0; 2], vec![0.5], vec![3.0, 4.0]),
        ];
        let out = show(&[space(1, 1), space(1, 0), space(1, 2)], &rows);
        let value_only = [1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 4.0];
        assert_eq!(out.f32s("critic_observations"), value_only);
        assert_eq!((out.len(), out.f32s("observations").len()), (5, 5 * 4));
    }

    #[test]
    fn rows_of_pictures_alone_say_which_task_they_are_of_in_a_vector_beside_them() {
        let eye = ObservationStream::new("eye", &[1, 2], ElementType::U8);
        let value = vector(ObservationStream::CRITIC_OBSERVATIONS, 1, ObservationGroup::Critic);
        let space = ObservationSpace::new(vec![eye, value]).unwrap();
        let layout = TaskPadding {
            n_tasks: 3,
            observations: ObservationSpace::joined(&vec![space.clone(); 3]).unwrap(),
            action_dim: 1,
        };
        let mut out = Observations::with_capacity(layout.observations.clone(), 0);
        for (task, n) in [(0, 1), (1, 0), (2, 2)] {
            let buffers = vec![Buffer::U8(vec![7; 2 * n]), Buffer::F32(vec![0.5; n])];
            layout.show(task, &Observations::new(space.clone(), buffers).unwrap(), &mut out);
        }
        let rows: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]];
        assert_eq!(out.f32s("task_id"), rows.as_flattened());
        assert_eq!(out.f32s("critic_observations"), [0.5; 3]);
        assert_eq!(out.u8s("eye"), [7; 6]);
    }

    #[test]
    fn a_single_task_is_left_as_it_is() {
        let out = show(&[space(2, 0)], &[(vec![7, 8], vec![1.0, 2.0], vec![])]);
        assert_eq!((out.f32s("observations"), out.space()), (&[1.0, 2.0][..], &space(2, 0)));
        let layout = TaskPadding { n_tasks: 1, observations: space(2, 0), action_dim: 2 };
        assert!(matches!(layout.act(&[1.0, 9.0], 2), Cow::Borrowed(_)));
    }
}
