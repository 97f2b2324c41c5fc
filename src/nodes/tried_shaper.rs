//! A RewardShaper beside environments that are tried without a session.

use super::environments::spec_of;
use super::kinds::reward::reward_shaper::{SCHEMA, Step, shape};
use super::kinds::reward::shaping::Shaping;
use super::payload::{Dones, EnvBatch, Rewards};
use super::tasks::TaskPadding;
use crate::scene::{Scene, StepOutput};
use crate::space::{ObservationStream, Observations};
use crate::workflow::{EnvironmentSpec, Graph, GraphNode, Role};
use std::sync::Arc;

/// A RewardShaper beside environments that are tried without a session.
pub struct TriedShaper<'g> {
    node: &'g GraphNode,
    shaping: Shaping,
    layout: TaskPadding,
    /// How far from 0 an action counts.
    limit: f64,
}

/// A step of one task's environments.
#[derive(Clone, Copy)]
pub struct TriedStep<'a> {
    /// Which of the workflow's tasks, in the order of their nodes.
    pub task: usize,
    /// What was seen before it, shape as `output.observations`.
    pub before: &'a Observations,
    /// As a policy gives them, shape (n_envs, action_dim of the task).
    pub actions: &'a [f32],
    /// The result of the step.
    pub output: &'a StepOutput,
}

impl<'g> TriedShaper<'g> {
    /// The shapers of a workflow whose environments have these scenes, in the order of their nodes; those that are not
    /// sound are left out, for a check names them.
    pub fn all(graph: &'g Graph, scenes: &[Scene]) -> Vec<Self> {
        let specs: Vec<EnvironmentSpec> = scenes.iter().map(spec_of).collect();
        let spec = match &specs[..] {
            [only] => only.clone(),
            _ => match EnvironmentSpec::joined(&specs) {
                Ok(joined) => joined,
                Err(_) => return Vec::new(),
            },
        };
        let layout = TaskPadding {
            n_tasks: specs.len(),
            observations: spec.observations.clone(),
            action_dim: spec.actions.action_dim(),
        };
        let is_clipped = |node: &GraphNode| {
            let source = node.source("actions").map(|source| graph.origin(source).node);
            let is_policy = source.is_some_and(|from| graph.nodes[from].class.role == Role::Policy);
            is_policy && !spec.actions.is_discrete()
        };
        let shapers = graph.nodes.iter().filter(|node| *node.class == SCHEMA);
        let tried = |node: &'g GraphNode| {
            let shaping = Shaping::new(node, &spec).ok()?;
            let limit = if is_clipped(node) { 1.0 } else { f64::INFINITY };
            Some(Self { node, shaping, layout: layout.clone(), limit })
        };
        shapers.filter_map(tried).collect()
    }

    /// The node that it stands for.
    pub fn node(&self) -> &'g GraphNode {
        self.node
    }

    /// What of its terms was not finite, for each environment where one was, at the beginning of a training.
    pub fn unfit(&self, step: TriedStep<'_>) -> Vec<(usize, String)> {
        let TriedStep { task, before, actions, output } = step;
        let n_envs = output.rewards.len();
        let seen = [&output.next_observations, before].map(|shown| {
            let mut seen = Observations::with_capacity(self.layout.observations.clone(), n_envs);
            self.layout.show(task, shown, &mut seen);
            seen
        });
        let stream = self.layout.observations.first_vector();
        let width = stream.map_or(0, ObservationStream::size);
        let vector = |seen: &'_ Observations| {
            stream.map_or_else(Vec::new, |stream| seen.f32s(&stream.name).to_vec())
        };
        let vectors = seen.each_ref().map(vector);
        let (n_actions, dim) = (actions.len() / n_envs.max(1), self.layout.action_dim);
        let filled: Vec<f32> = actions
            .chunks_exact(n_actions.max(1))
            .flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(0.0, dim - n_actions)))
            .collect();
        let parts = match self.layout.n_tasks {
            1 => EnvBatch {
                values: output.reward_parts.clone(),
                dim: output.reward_parts.len() / n_envs.max(1),
            },
            _ => EnvBatch::default(),
        };
        let values = output.rewards.iter().map(|x| if x.is_finite() { *x } else { 0.0 }).collect();
        let rewards = Rewards { values, parts: Arc::new(parts), ..Rewards::default() };
        let dones = Dones {
            terminated: output.terminated.clone(),
            truncated: output.truncated.clone(),
            ..Dones::default()
        };
        let has = |input: &str| self.node.source(input).is_some();
        let mut tensors = vec![(&vectors[0][..], width)];
        if has("states") {
            tensors.push((&vectors[1][..], width));
        }
        let step = Step {
            rewards: &rewards,
            tensors,
            actions: has("actions").then_some((&filled[..], dim)),
            limit: self.limit,
            dones: has("dones").then_some(&dones),
        };
        // What cannot be put together is left to the training, which says it.
        match step.check(self.shaping.n_columns()) {
            Ok(()) => shape(&self.shaping, &step, 0.0).unfit,
            Err(_) => Vec::new(),
        }
    }
}
