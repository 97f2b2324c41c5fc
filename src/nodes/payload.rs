//! The values on links. Payloads are shared, never copied: passing one on only increments a reference count.

use super::device_batch::DeviceBatch;
use crate::learn::{Histogram, PolicyOutput, StateDict, UpdateMetrics};
use crate::scene::{ActionUnits, Episode};
use crate::space::{Observations, StreamRows};
use bevy::prelude::Entity;
use serde::Serialize;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A value on a link.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The simulation of an environment node: the entity that owns it.
    Sim(Entity),
    /// What the policy sees.
    Observations(Arc<ObservationBatch>),
    /// The rewards of a step.
    Rewards(Arc<Rewards>),
    /// Actions for a simulation.
    Actions(Arc<ActionBatch>),
    /// What the policy put out.
    Policy(Arc<PolicyOutput>),
    /// Which episodes ended in a step.
    Dones(Arc<Dones>),
    /// Numbers that lie on a device, for nodes that go on there.
    OnDevice(DeviceBatch),
    /// The network of an agent node: the entity that owns it.
    Model(Entity),
    /// Saved weights, for an agent to begin with.
    Weights(Arc<StateDict>),
    /// The metrics of an update.
    Metrics(Arc<Metrics>),
    /// Permission to go on.
    Trigger,
    /// A real number.
    Float(f64),
    /// An integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(Arc<str>),
    /// A value of a type of another program.
    Custom(Arc<dyn CustomPayload>),
}

/// A type whose values the node kinds of another program send each other, through ports of a
/// [`PortType::Custom`](crate::workflow::PortType::Custom) of their own.
pub trait CustomPayload: Any + fmt::Debug + Send + Sync {
    /// One line for a person, as it is printed and as errors name it.
    fn describe(&self) -> String;
}

/// One row of numbers for every environment.
#[derive(Clone, Debug, Default)]
pub struct EnvBatch {
    /// Shape (n_envs, dim).
    pub values: Vec<f32>,
    /// Numbers for each environment.
    pub dim: usize,
}

/// The observations of all environments.
#[derive(Clone, Debug, Default)]
pub struct ObservationBatch {
    /// n_envs rows.
    pub observations: Observations,
    /// Whether they are the first of an episode, shape (n_envs,); empty for those that a transition
    /// led to.
    pub episode_starts: Vec<bool>,
}

impl ObservationBatch {
    /// The first stream, if it is a vector: its numbers and their number for each environment.
    fn vector(&self) -> Option<(&[f32], usize)> {
        let stream =
            self.observations.space().streams().first().filter(|stream| stream.is_vector())?;
        Some((self.observations.f32s(&stream.name), stream.size()))
    }

    /// The first vector of all that environments show: its numbers, and their number for each environment. Nothing where
    /// they show none.
    pub fn numbers(&self) -> (&[f32], usize) {
        let stream = self.observations.space().first_vector();
        stream.map_or((&[], 0), |stream| (self.observations.f32s(&stream.name), stream.size()))
    }

    /// Each stream in a few words, the first without its name.
    fn describe(&self) -> String {
        let seen = self.observations.view();
        let describe = |(place, stream): (usize, &crate::space::ObservationStream)| {
            let numbers = match seen.stream(place) {
                StreamRows::F32(numbers) => describe_numbers(numbers, stream.size()),
                StreamRows::U8(bytes) => {
                    let numbers: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte)).collect();
                    describe_numbers(&numbers, stream.size())
                }
            };
            if place == 0 { numbers } else { format!("{} {numbers}", stream.name) }
        };
        seen.streams().iter().enumerate().map(describe).collect::<Vec<_>>().join("; ")
    }
}

/// Actions on their way to a simulation.
#[derive(Clone, Debug)]
pub struct ActionBatch {
    /// Shape (n_envs, dim).
    pub values: Vec<f32>,
    /// Numbers for each environment.
    pub dim: usize,
    /// What the numbers are.
    pub units: ActionUnits,
}

/// Every environment's reward of a step, and what it is made of.
#[derive(Clone, Debug, Default)]
pub struct Rewards {
    /// Shape (n_envs,).
    pub values: Vec<f32>,
    /// Mean of each reward term over the environments that have it, in the order of `names`.
    pub terms: Vec<f64>,
    /// Names of the reward terms.
    pub names: Arc<[String]>,
    /// What each term of the scene gave to each reward, and last what a termination gave in place of
    /// all, shape (n_envs, n_terms + 1); empty where several tasks have different terms.
    pub parts: Arc<EnvBatch>,
    /// Environments whose reward was not finite and reads 0, each with what made it so.
    pub unfit: Vec<(usize, String)>,
}

/// Terminations and truncations of a step.
#[derive(Clone, Debug, Default)]
pub struct Dones {
    /// By the task's rules: there is no later reward. Shape (n_envs,).
    pub terminated: Vec<bool>,
    /// Cut off by the episode's length: later rewards would have followed. Shape (n_envs,).
    pub truncated: Vec<bool>,
    /// Where each transition led, before any reset: what the value of a truncated or unfinished episode
    /// is estimated from.
    pub next_observations: Arc<ObservationBatch>,
    /// Episodes that ended in this step.
    pub episodes: Vec<Episode>,
    /// The tasks, by name and by their environments' rows.
    pub tasks: Arc<[(String, Range<usize>)]>,
    /// How hard the tasks were in this step, from 0 to 1.
    pub difficulty: f64,
    /// Environments reset because a number in them was no longer finite.
    pub n_non_finite: usize,
}

/// One update's numbers: a row of metrics.jsonl. Means are over what happened since the last.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Metrics {
    /// Updates so far.
    pub update: u64,
    /// Environment steps so far, over all environments.
    pub steps: u64,
    /// Training time so far \[s\].
    pub wall_secs: f64,
    /// Environment steps per second of training.
    pub steps_per_sec: f64,
    /// Environment steps per second of simulation alone.
    pub simulation_steps_per_sec: f64,
    /// Environment steps per second of the policy alone.
    pub inference_steps_per_sec: f64,
    /// Environment steps per second of learning alone.
    pub update_steps_per_sec: f64,
    /// Time since the last update that physics took \[s\]. It is told apart from `observe_secs` by what
    /// [`Environments::physics_share`](crate::scene::Environments::physics_share) samples.
    pub simulate_secs: f64,
    /// Time since the last update that observations, rewards and resets took \[s\].
    pub observe_secs: f64,
    /// Time since the last update that the policy took \[s\].
    pub infer_secs: f64,
    /// Time since the last update that keeping transitions took \[s\].
    pub store_secs: f64,
    /// Time since the last update that learning took \[s\].
    pub update_secs: f64,
    /// Time since the last update that everything else took \[s\].
    pub other_secs: f64,
    /// Mean sum of rewards of the episodes that finished; where none did, as in the row before. None before the
    /// first.
    pub episode_return: Option<f64>,
    /// Mean length of these episodes [policy steps].
    pub episode_length: Option<f64>,
    /// Share of them that achieved their task, in 0..=1.
    pub success_rate: Option<f64>,
    /// Number of episodes that finished.
    pub episodes: usize,
    /// How hard the task was in the last step, from 0 to 1.
    pub difficulty: f64,
    /// The same of each task's episodes, by the task's name, where there are several.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tasks: BTreeMap<String, TaskMetrics>,
    /// What the algorithm reports of the update, each number as a column of its own.
    #[serde(flatten)]
    pub learned: UpdateMetrics,
    /// Mean reward of a step, by term.
    pub reward_terms: serde_json::Map<String, serde_json::Value>,
    /// How often so far an environment met a number that was not finite, and was reset for it.
    pub non_finite_resets: u64,
    /// Of what the update learned from, by name; only where something draws them.
    #[serde(skip)]
    pub histograms: Vec<(&'static str, Histogram)>,
}

impl Metrics {
    /// A number of a row of metrics as JSON by its name, or by two with a dot between them, such as
    /// reward_terms.upright; null where it has no value.
    pub fn find<'a>(row: &'a serde_json::Value, name: &str) -> Option<&'a serde_json::Value> {
        // Tasks and terms may have dots in their names.
        fn find<'a>(object: &'a serde_json::Value, name: &str) -> Option<&'a serde_json::Value> {
            let inner = |(key, value): (&String, &'a serde_json::Value)| {
                find(value, name.strip_prefix(key.as_str())?.strip_prefix('.')?)
            };
            object.get(name).or_else(|| object.as_object()?.iter().find_map(inner))
        }
        find(row, name).filter(|value| value.is_number() || value.is_null())
    }

    /// The names of all numbers of such a row.
    pub fn names(row: &serde_json::Value) -> Vec<String> {
        let mut names = Vec::new();
        for (name, value) in row.as_object().into_iter().flatten() {
            if value.is_object() {
                let inner = Self::names(value);
                names.extend(inner.iter().map(|inner| format!("{name}.{inner}")));
            } else if value.is_number() || value.is_null() {
                names.push(name.clone());
            }
        }
        names
    }
}

/// The metrics of one task's episodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TaskMetrics {
    /// Mean sum of rewards of the task's episodes; none before the first.
    pub episode_return: Option<f64>,
    /// Mean length of these episodes [policy steps].
    pub episode_length: Option<f64>,
    /// Share of these episodes that achieved the task, in 0..=1.
    pub success_rate: Option<f64>,
    /// Number of the task's episodes that finished.
    pub episodes: usize,
}

impl Payload {
    /// A value of a type of one's own.
    pub fn custom(value: impl CustomPayload) -> Self {
        Self::Custom(Arc::new(value))
    }

    /// The value, if it is of this type of one's own.
    pub fn as_custom<T: CustomPayload>(&self) -> Option<&T> {
        match self {
            Self::Custom(value) => (&**value as &dyn Any).downcast_ref(),
            _ => None,
        }
    }

    /// The numbers and the row length of anything that is like a tensor.
    pub fn tensor(&self) -> Option<(&[f32], usize)> {
        match self {
            Self::Observations(batch) => batch.vector(),
            Self::Rewards(rewards) => Some((&rewards.values, 1)),
            Self::Actions(actions) => Some((&actions.values, actions.dim)),
            Self::Policy(policy) => {
                Some((&policy.action, policy.action.len() / policy.n_envs.max(1)))
            }
            _ => None,
        }
    }

    /// What kind of value it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sim(_) => "simulation",
            Self::Observations(_) => "observations",
            Self::Rewards(_) => "rewards",
            Self::Actions(_) => "actions",
            Self::Policy(_) => "policy output",
            Self::Dones(_) => "dones",
            Self::OnDevice(batch) => batch.kind(),
            Self::Model(_) => "model",
            Self::Weights(_) => "weights",
            Self::Metrics(_) => "metrics",
            Self::Trigger => "trigger",
            Self::Float(_) => "number",
            Self::Int(_) => "whole number",
            Self::Bool(_) => "true or false",
            Self::Text(_) => "text",
            Self::Custom(_) => "custom",
        }
    }

    /// One line for a person: shape, range and first values of a tensor, or the value itself.
    pub fn describe(&self) -> String {
        match self {
            Self::Sim(_) => "simulation".to_owned(),
            Self::Model(_) => "model".to_owned(),
            Self::Weights(weights) => format!("weights, {} tensors", weights.len()),
            Self::Trigger => "trigger".to_owned(),
            Self::Float(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => text.to_string(),
            Self::Dones(dones) => {
                let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count();
                format!(
                    "dones ({},) terminated {} truncated {}",
                    dones.terminated.len(),
                    count(&dones.terminated),
                    count(&dones.truncated)
                )
            }
            Self::OnDevice(batch) => batch.describe(),
            Self::Metrics(metrics) => format!("update {}", metrics.update),
            Self::Custom(value) => value.describe(),
            Self::Policy(policy) => {
                let action = describe_numbers(&policy.action, policy.action.len() / policy.n_envs);
                let value = describe_numbers(&policy.value, 1);
                format!("action {action}; value {value}")
            }
            Self::Observations(batch) => batch.describe(),
            Self::Rewards(rewards) => describe_numbers(&rewards.values, 1),
            Self::Actions(actions) => describe_numbers(&actions.values, actions.dim),
        }
    }
}

fn describe_numbers(values: &[f32], dim: usize) -> String {
    let n = values.len();
    let (mut min, mut max, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0.0);
    for &value in values {
        min = min.min(value);
        max = max.max(value);
        sum += f64::from(value);
    }
    let mean = sum / n.max(1) as f64;
    let first: Vec<String> = values.iter().take(6).map(|x| format!("{x:.4}")).collect();
    let more = if n > 6 { ", ..." } else { "" };
    let rows = n / dim.max(1);
    format!("({rows}, {dim}) min {min:.4} mean {mean:.4} max {max:.4} [{}{more}]", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Buffer, ElementType, ObservationSpace, ObservationStream};
    use serde_json::json;

    #[test]
    fn a_tensor_is_described_by_shape_range_and_first_values() {
        let picture = ObservationStream::new("eye", &[1, 1, 1], ElementType::U8);
        let space = ObservationSpace::vector(4).with(picture).unwrap();
        let values = vec![1.0, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let buffers = vec![Buffer::F32(values), Buffer::U8(vec![1, 2])];
        let seen = Observations::new(space, buffers).unwrap();
        let payload = Payload::Observations(Arc::new(ObservationBatch {
            observations: seen,
            episode_starts: Vec::new(),
        }));
        assert_eq!(
            payload.describe(),
            "(2, 4) min -2.0000 mean 4.0000 max 8.0000 \
             [1.0000, -2.0000, 3.0000, 4.0000, 5.0000, 6.0000, ...]; \
             eye (2, 1) min 1.0000 mean 1.5000 max 2.0000 [1.0000, 2.0000]"
        );
        assert_eq!(payload.tensor().unwrap().1, 4);
    }

    #[test]
    fn numbers_are_found_by_name() {
        let of_task = json!({"episode_return": 3, "none": null});
        let row = json!({"a": 1.5, "b": null, "terms": {"up.right": 2}, "text": "x",
            "tasks": {"up": {"x": 1}, "up.down": of_task}});
        for (name, value) in [
            ("a", json!(1.5)),
            ("b", json!(null)),
            ("terms.up.right", json!(2)),
            ("tasks.up.down.episode_return", json!(3)),
        ] {
            assert_eq!(Metrics::find(&row, name), Some(&value), "{name}");
        }
        for name in ["c", "terms", "terms.c", "text", "tasks.up", "tasks.up.down.x"] {
            assert_eq!(Metrics::find(&row, name), None, "{name}");
        }
        let all = Metrics::names(&row);
        assert_eq!(all[..4], ["a", "b", "terms.up.right", "tasks.up.x"]);
        assert_eq!(all[4..], ["tasks.up.down.episode_return", "tasks.up.down.none"]);
    }
}
