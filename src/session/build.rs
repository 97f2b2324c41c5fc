//! From a checked graph to a Bevy app, and one tick of it.

use super::error::SessionError;
use super::evaluation_session::EvaluationSession;
use super::order::running_order;
use super::run_folder::RunFolder;
use crate::nodes::{
    self, CheckpointRequests, Console, Context, Failure, Finished, Firings, Kinds, Metrics, Mode,
    NodeBuilder, NodeCounts, NodeError, NodeInput, NodeInputs, NodeKind, NodeName, NodeOutput,
    NodeOutputs, Payload, Progress, Reports, RunPath, Timings, Waiting,
};
use crate::scene::{EngineKind, SceneLibrary};
use crate::space::Device;
use crate::workflow::{Graph, Role};
use bevy::app::App;
use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::prelude::*;
use std::io::Write;
use std::sync::{Arc, OnceLock};

/// The schedule of one tick: every node's system once, in running order.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct TickSchedule;

/// The place of a node's system in the order.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
struct Turn(usize);

/// Options of a session.
pub struct SessionOptions {
    /// Where scenes are found by name.
    pub scenes: SceneLibrary,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Whether it trains or evaluates.
    pub mode: Mode,
    /// Where to simulate and learn.
    pub device: Device,
    /// The physics engine, if it is not our own.
    pub engine: Option<Arc<dyn EngineKind>>,
    /// The node kinds that the graph was checked with.
    pub kinds: Kinds,
    /// Where nodes print.
    pub console: Box<dyn Fn(&str) + Send + Sync>,
}

impl SessionOptions {
    /// Training with seed 0 on the widest lanes, with the built-in node kinds, printing to standard output.
    pub fn new(scenes: SceneLibrary) -> Self {
        Self {
            scenes,
            seed: 0,
            mode: Mode::Train,
            device: Device::detect(),
            engine: None,
            kinds: Kinds::builtin(),
            // A closed standard output must not stop a training run.
            console: Box::new(|line| drop(writeln!(std::io::stdout(), "{line}"))),
        }
    }
}

/// The result of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// The run continues.
    Running,
    /// A trainer has made all its updates.
    Finished,
}

/// The activity of a node since it is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeStatus {
    /// Its id in the document.
    pub id: String,
    /// How often it fired, how long it took, and what it sent.
    pub counts: NodeCounts,
    /// The ids of the nodes that it waits for: for what they send, or until they take what it sent. None where
    /// it may fire.
    pub waits_for: Vec<String>,
}

/// A workflow compiled into a Bevy app.
pub struct Session {
    app: App,
    /// Node entities with their kinds and ids, in running order.
    pub(super) nodes: Vec<SessionNode>,
    mode: Mode,
    /// Changes by hand that the run has seen.
    pub(super) n_changes: u64,
    /// Where the session keeps its files; without one nothing is written.
    pub(super) folder: Option<RunFolder>,
    /// Rows of metrics that were not taken yet.
    reports: Vec<Arc<Metrics>>,
    /// The evaluation session beside a training.
    pub(super) evaluation_session: Option<Box<EvaluationSession>>,
}

pub(super) struct SessionNode {
    pub entity: Entity,
    pub kind: NodeKind,
    pub id: String,
    /// Its parameters as run, for the metadata of checkpoints.
    pub params: serde_json::Value,
}

impl Session {
    /// Builds the app: an entity and a system for each node of the graph. It keeps no files until it
    /// is given a [folder](Self::keep_in), so that what cannot run leaves nothing behind.
    pub fn new(graph: &Graph, options: SessionOptions) -> Result<Self, SessionError> {
        let graph = match options.mode {
            Mode::Train => graph.clone(),
            Mode::Evaluate { .. } => without_learning(graph),
        };
        let mut app = App::empty();
        let world = app.world_mut();
        world.insert_resource(Console(options.console.into()));
        world.init_resource::<RunPath>();
        world.init_resource::<Firings>();
        world.init_resource::<Failure>();
        world.init_resource::<Timings>();
        world.init_resource::<Reports>();
        world.init_resource::<Progress>();
        world.init_resource::<Finished>();
        world.init_resource::<CheckpointRequests>();

        let entities: Vec<Entity> = graph.nodes.iter().map(|_| world.spawn_empty().id()).collect();
        for (index, &entity) in entities.iter().enumerate() {
            let links = links(&graph, index, &entities);
            world.entity_mut(entity).insert(links);
        }

        let context = Context {
            scenes: options.scenes,
            seed: options.seed,
            mode: options.mode,
            device: options.device,
            engine: options.engine,
            tasks: OnceLock::new(),
        };
        let mut schedule = Schedule::new(TickSchedule);
        // The systems run one after the other; physics and learning use the threads themselves.
        schedule.set_executor(SingleThreadedExecutor::new());
        let mut session_nodes = Vec::new();
        // Built in the order in which they run, so that a node finds what its sources hold.
        for (turn, index) in running_order(&graph).into_iter().enumerate() {
            if turn > 0 {
                schedule.configure_sets(Turn(turn).after(Turn(turn - 1)));
            }
            let (node, entity) = (&graph.nodes[index], entities[index]);
            let name = || format!("node {} ({})", node.id, node.title);
            let failed = |cause| SessionError::Node { node: name(), cause };
            let class_type = node.class.class_type;
            let missing = || SessionError::Kind { node: name(), kind: class_type };
            let kind = options.kinds.find(class_type).ok_or_else(missing)?;
            // Of kinds without one the checker leaves nothing.
            let build = kind.build.ok_or_else(missing)?;
            let mut builder = NodeBuilder {
                world: app.world_mut(),
                entity,
                graph: &graph,
                index,
                entities: &entities,
                context: &context,
            };
            let system = build(&mut builder).map_err(failed)?;
            schedule.add_systems(system.in_set(Turn(turn)));
            let params = node.params.iter().map(|(name, value)| (name.clone(), value.to_json()));
            let params = serde_json::Value::Object(params.collect());
            session_nodes.push(SessionNode { entity, kind: *kind, id: node.id.clone(), params });
        }
        app.add_schedule(schedule);
        let mode = options.mode;
        let (folder, reports, evaluation_session) = (None, Vec::new(), None);
        Ok(Self {
            app,
            nodes: session_nodes,
            mode,
            n_changes: 0,
            folder,
            reports,
            evaluation_session,
        })
    }

    /// Writes metrics, checkpoints and what loggers have to write into a run's folder from now on.
    pub fn keep_in(&mut self, folder: RunFolder) {
        self.world_mut().insert_resource(RunPath(Some(folder.path().to_owned())));
        self.folder = Some(folder);
    }

    /// One pass over all nodes, then whatever they asked for: metrics and checkpoints are written,
    /// and a graph in which nothing fired is an error that says who waits for what.
    pub fn tick(&mut self) -> Result<Tick, SessionError> {
        let _span = tracing::info_span!("tick").entered();
        let world = self.app.world_mut();
        let fired = world.resource::<Firings>().n;
        world.run_schedule(TickSchedule);
        let failure = world.resource_mut::<Failure>().0.take();
        let failure = failure.map(|(name, cause)| (name.to_string(), cause));
        // An update that was made before something stopped it is told first.
        let failure = match failure {
            Some((node, cause @ NodeError::UnfitRewards(_))) => {
                Some(SessionError::Node { node, cause })
            }
            Some((node, cause)) => return Err(SessionError::Node { node, cause }),
            None => None,
        };
        let finished = world.resource::<Finished>().0;
        if world.resource::<Firings>().n == fired && !finished && failure.is_none() {
            return Err(SessionError::Deadlock(nodes::explain_deadlock(world)));
        }
        // Rows go before checkpoints: a run that is resumed drops rows that no checkpoint covers, but
        // could not make up for one that is missing.
        let reports = std::mem::take(&mut world.resource_mut::<Reports>().0);
        if let Some(folder) = &self.folder {
            for metrics in &reports {
                folder.append_metrics(metrics)?;
            }
        }
        self.reports.extend(reports);
        let world = self.app.world_mut();
        let requests = std::mem::take(&mut world.resource_mut::<CheckpointRequests>().0);
        for request in requests {
            self.save_checkpoint(&request)?;
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok(if finished { Tick::Finished } else { Tick::Running })
    }

    /// Rows of metrics that came since the last call.
    pub fn take_reports(&mut self) -> Vec<Arc<Metrics>> {
        std::mem::take(&mut self.reports)
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        *self.app.world().resource::<Progress>()
    }

    /// Whether it trains, or only acts.
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Train
    }

    /// The run's files, if it has any.
    pub fn folder(&self) -> Option<&RunFolder> {
        self.folder.as_ref()
    }

    /// Counts what nodes do from now on, or no longer.
    pub fn watch_nodes(&self, on: bool) {
        self.world().resource::<Firings>().watch.turn(on);
    }

    /// What nodes have done since they are watched, and what they wait for; none if they are not watched.
    pub fn node_statuses(&self) -> Option<Vec<NodeStatus>> {
        let world = self.world();
        let watch = &world.resource::<Firings>().watch;
        let id_of = |entity: Entity| {
            let node = self.nodes.iter().find(|node| node.entity == entity);
            node.map(|node| node.id.clone()).unwrap_or_default()
        };
        let status = |node: &SessionNode| NodeStatus {
            id: node.id.clone(),
            counts: watch.counts(node.entity),
            waits_for: match nodes::waiting(world, node.entity) {
                Waiting::Ready => Vec::new(),
                Waiting::Inputs(missing) => {
                    missing.into_iter().map(|(_, source)| id_of(source)).collect()
                }
                Waiting::Readers(readers) => readers.into_iter().map(id_of).collect(),
            },
        };
        watch.is_on().then(|| self.nodes.iter().map(status).collect())
    }

    /// The app's world, in which every node is an entity.
    pub fn world(&self) -> &World {
        self.app.world()
    }

    /// The app's world, with an entity for each node.
    pub fn world_mut(&mut self) -> &mut World {
        self.app.world_mut()
    }
}

/// The links of a node, as components.
fn links(graph: &Graph, index: usize, entities: &[Entity]) -> (NodeName, NodeInputs, NodeOutputs) {
    let node = &graph.nodes[index];
    let input = |feed: &crate::workflow::Feed| {
        let port = node.class.input(&feed.input).map(|(port, _)| port);
        NodeInput {
            name: feed.input.as_str().into(),
            source: entities[feed.source.node],
            held: port.is_some_and(|port| port.held),
            // The first step of a loop needs no permission.
            value: port.is_some_and(|port| port.primed).then_some(Payload::Trigger),
        }
    };
    let readers = |output: usize| {
        let source = crate::workflow::OutputRef { node: index, output };
        let reader = |(reader, name): (usize, &str)| {
            let inputs = &graph.nodes[reader].inputs;
            let position = inputs.iter().position(|feed| feed.input == name)?;
            Some((entities[reader], position))
        };
        NodeOutput { readers: graph.consumers(source).filter_map(reader).collect() }
    };
    let inputs = node.inputs.iter().map(input).collect();
    (
        NodeName { id: node.id.clone(), title: node.title.clone() },
        NodeInputs { firing: node.class.firing, inputs },
        NodeOutputs { outputs: (0..node.class.outputs.len()).map(readers).collect() },
    )
}

/// The graph for inference: without trainers, what only serves them, and all that needs them, and with
/// steps that need no trigger. The rest keeps its order.
fn without_learning(graph: &Graph) -> Graph {
    let n = graph.nodes.len();
    let serves_learning = |role| matches!(role, Role::Trainer | Role::Shaper | Role::Curriculum);
    let mut keep: Vec<bool> =
        graph.nodes.iter().map(|node| !serves_learning(node.class.role)).collect();
    loop {
        let lost = (0..n).find(|&index| {
            let node = &graph.nodes[index];
            keep[index]
                && node.inputs.iter().any(|feed| {
                    let optional =
                        node.class.input(&feed.input).is_some_and(|(port, _)| port.optional);
                    !optional && !keep[feed.source.node]
                })
        });
        match lost {
            Some(index) => keep[index] = false,
            None => break,
        }
    }
    let position = |index: usize| keep[..index].iter().filter(|&&kept| kept).count();
    let mut nodes = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate().filter(|&(index, _)| keep[index]) {
        debug_assert_eq!(position(index), nodes.len());
        let mut node = node.clone();
        node.inputs.retain(|feed| {
            let primed = node.class.input(&feed.input).is_some_and(|(port, _)| port.primed);
            keep[feed.source.node] && !primed
        });
        for feed in &mut node.inputs {
            feed.source.node = position(feed.source.node);
        }
        nodes.push(node);
    }
    Graph { nodes }
}
