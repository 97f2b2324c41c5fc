//! What every node kind provides, and what it may use while it is built.

use super::flow::{Firings, NodeName};
use super::tasks::Tasks;
use super::watch::Watch;
use crate::diagnostic::Diagnostic;
use crate::learn::{LearnError, StateDict};
use crate::scene::{EngineKind, SceneError, SceneLibrary};
use crate::space::Device;
use crate::workflow::{Graph, GraphNode, NodeSchema, OutputRef, ParamError};
use bevy::ecs::system::{
    Adapt, BoxedSystem, IntoAdapterSystem, RunSystemError, SystemIn, SystemInput,
};
use bevy::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Adds a node's components to its entity and returns its system.
type Build = fn(&mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError>;

/// A node kind: its schema, and how it is built, saved and loaded.
#[derive(Clone, Copy)]
pub struct NodeKind {
    /// Its ports and parameters.
    pub schema: &'static NodeSchema,
    /// Kinds that the checker dissolves (reroutes, notes) have none.
    pub build: Option<Build>,
    /// How checkpoints keep the node; none for kinds that keep nothing from tick to tick.
    pub state: Option<NodeState>,
}

/// Functions by which checkpoints save and load a node.
#[derive(Clone, Copy)]
pub struct NodeState {
    /// The node's complete state; never empty.
    pub save: fn(&World, Entity) -> Result<StateDict, NodeError>,
    /// Restores what [`save`](Self::save) returned.
    pub load: fn(&mut World, Entity, &StateDict) -> Result<(), NodeError>,
}

impl NodeKind {
    /// A kind that keeps nothing from one tick to the next.
    pub const fn stateless(schema: &'static NodeSchema, build: Build) -> Self {
        Self { schema, build: Some(build), state: None }
    }

    /// A kind that the checker dissolves, such as a reroute or a note.
    pub const fn dissolved(schema: &'static NodeSchema) -> Self {
        Self { schema, build: None, state: None }
    }
}

/// An error of a node, while it is built or while it runs.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A parameter is missing or of the wrong type.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The policy or the algorithm failed.
    #[error(transparent)]
    Learn(#[from] LearnError),
    /// An update met a number that is not finite. The policy is as the last sound step left it.
    #[error("{cause}: {advice}")]
    Diverged {
        /// What met the number.
        cause: Box<LearnError>,
        /// What to change.
        advice: String,
    },
    /// Rewards of more than a few environments were not finite since the last update. That update has been made.
    #[error("{0}")]
    UnfitRewards(String),
    /// A scene cannot be used, or a step failed.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        cause: std::io::Error,
    },
    /// A parameter has a value that the node cannot use.
    #[error("`{field}`: {message}")]
    Field {
        /// Name of the parameter.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// Several errors, each with a line of its own.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<NodeError>),
    /// A link brought a value of the wrong type.
    #[error("input `{input}` got {got}, expected {expected}")]
    Payload {
        /// Name of the input.
        input: &'static str,
        /// The type that it takes.
        expected: &'static str,
        /// The type that came.
        got: String,
    },
    /// The machine has too little free memory.
    #[error("{what} needs about {needed} MB, but this machine has {available} MB free; {remedy}")]
    Memory {
        /// What needs it, in words.
        what: String,
        /// Memory needed \[MB\].
        needed: u64,
        /// Memory that is free \[MB\].
        available: u64,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An error in a node kind of another program.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// Purpose of a session: training or evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Collect and learn.
    Train,
    /// Act only; steps need no trigger.
    Evaluate {
        /// Take the likeliest action.
        deterministic: bool,
    },
}

/// What all nodes of a session share while they are built.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where scenes are found by name.
    pub scenes: SceneLibrary,
    /// Seed of all random numbers of the session.
    pub seed: u64,
    /// Whether the session trains or evaluates.
    pub mode: Mode,
    /// Where to simulate and learn.
    pub device: Device,
    /// The physics engine, if it is not our own.
    pub engine: Option<Arc<dyn EngineKind>>,
    /// The workflow's tasks, once a node has asked for them.
    pub tasks: OnceLock<Tasks>,
}

/// A node under construction.
pub struct NodeBuilder<'a> {
    /// The session's world.
    pub world: &'a mut World,
    /// The node's entity.
    pub entity: Entity,
    /// The checked workflow.
    pub graph: &'a Graph,
    /// Index of the node in the graph.
    pub index: usize,
    /// The entity of every node of the graph.
    pub entities: &'a [Entity],
    /// What the nodes share.
    pub context: &'a Context,
}

impl NodeBuilder<'_> {
    /// The node in the graph, with its parameters.
    pub fn node(&self) -> &GraphNode {
        &self.graph.nodes[self.index]
    }

    /// Adds a component to the node.
    pub fn insert(&mut self, component: impl Component) {
        self.world.entity_mut(self.entity).insert(component);
    }

    /// The updates after which the workflow's trainer says that training is over; 0 if it never
    /// does, none if nothing trains.
    pub fn total_updates(&self) -> Option<i64> {
        self.graph.total_updates()
    }

    /// The position of an output in the node's kind.
    ///
    /// # Panics
    /// If the kind's own schema lacks it.
    pub fn output(&self, name: &str) -> usize {
        self.node().class.output(name).expect("a kind names its own outputs")
    }

    /// Whether anything reads an output.
    pub fn is_read(&self, output: usize) -> bool {
        self.graph.consumers(OutputRef { node: self.index, output }).next().is_some()
    }

    /// Turns a node's firing into its system; what goes wrong stops the run under the node's name.
    pub fn system<M>(&self, fire: impl IntoSystem<(), Result<(), NodeError>, M>) -> BoxedSystem {
        let node = self.entity;
        let report = move |In(result): In<Result<(), NodeError>>,
                           names: Query<&NodeName>,
                           mut failure: ResMut<super::run::Failure>| {
            if let (Err(error), Ok(name)) = (result, names.get(node))
                && failure.0.is_none()
            {
                failure.0 = Some((name.clone(), error));
            }
        };
        let name = format!("{} ({})", self.node().id, self.node().title);
        let watch = self.world.resource::<Firings>().watch.clone();
        let traced = IntoAdapterSystem::new(Traced { name, node, watch }, fire.pipe(report));
        Box::new(IntoSystem::into_system(traced))
    }
}

/// Shows a node's system in profiles, and times it while a spectator watches nodes.
struct Traced {
    /// The node's id and title.
    name: String,
    node: Entity,
    watch: Watch,
}

impl<S: System> Adapt<S> for Traced {
    type In = S::In;
    type Out = S::Out;

    fn adapt(
        &mut self,
        input: <Self::In as SystemInput>::Inner<'_>,
        run: impl FnOnce(SystemIn<'_, S>) -> Result<S::Out, RunSystemError>,
    ) -> Result<S::Out, RunSystemError> {
        let _span = tracing::info_span!("node", node = %self.name).entered();
        let begin = self.watch.is_on().then(Instant::now);
        let out = run(input);
        if let Some(begin) = begin {
            self.watch.took(self.node, begin.elapsed());
        }
        out
    }
}

/// What the checker says of a part of a node that cannot be made from its parameters; nothing where
/// it can.
pub fn diagnostics_of<T>(made: Result<T, NodeError>) -> Vec<Diagnostic> {
    let Err(error) = made else { return Vec::new() };
    if let NodeError::Several(errors) = error {
        return errors.into_iter().flat_map(|error| diagnostics_of::<()>(Err(error))).collect();
    }
    let (field, message) = match error {
        NodeError::Field { field, message } => (field, message),
        // Parameters of the wrong type are reported where they are read.
        NodeError::Param(_) => return Vec::new(),
        other => ("", other.to_string()),
    };
    vec![Diagnostic::error("unusable-value", message).field(field)]
}

/// Fails if a buffer of `bytes` would not fit into this machine's free memory.
pub fn check_memory(what: &str, bytes: u64, remedy: &'static str) -> Result<(), NodeError> {
    let Some(available) = available_memory(Path::new("/proc/meminfo")) else { return Ok(()) };
    if bytes > available {
        let mega = |bytes: u64| bytes.div_ceil(1_000_000);
        let (needed, available) = (mega(bytes), mega(available));
        return Err(NodeError::Memory { what: what.to_owned(), needed, available, remedy });
    }
    Ok(())
}

/// Free memory [bytes] where the system tells; elsewhere allocation itself must fail.
fn available_memory(meminfo: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(meminfo).ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
