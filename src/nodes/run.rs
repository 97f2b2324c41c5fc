//! What the nodes of a run share with the session that drives them.

use super::flow::NodeName;
use super::kind::NodeError;
use super::payload::Metrics;
use bevy::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The first error of a node; the run stops at the end of the tick.
#[derive(Resource, Default)]
pub struct Failure(pub Option<(NodeName, NodeError)>);

/// Where nodes print.
#[derive(Resource)]
pub struct Console(pub Box<dyn Fn(&str) + Send + Sync>);

/// Where the run keeps its files, if it keeps any.
#[derive(Resource, Clone, Default)]
pub struct RunFolder(pub Option<PathBuf>);

/// Time spent since the last update, by part.
#[derive(Resource, Default)]
pub struct Timings {
    pub simulate: Duration,
    pub infer: Duration,
}

/// Rows of metrics that the session has not yet taken.
#[derive(Resource, Default)]
pub struct Reports(pub Vec<Arc<Metrics>>);

/// How far the run has come.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub updates: u64,
    /// Environment steps over all environments.
    pub steps: u64,
}

/// How many updates the run will make, if that is known; schedules follow it.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct PlannedUpdates(pub Option<u64>);

/// Set when a trainer has made all its updates.
#[derive(Resource, Default)]
pub struct Finished(pub bool);

/// A checkpoint that a node wants once the tick is over.
#[derive(Clone, Debug)]
pub struct CheckpointRequest {
    /// Who asks.
    pub node: String,
    /// What made it due, for the metadata.
    pub trigger: String,
    /// Name and value of the metric that is the best yet, where that is the reason.
    pub best: Option<(String, f64)>,
    /// Where to write; the run's own checkpoints if not given.
    pub folder: Option<PathBuf>,
}

/// Checkpoints to be written at the end of the tick, when all nodes agree on where the run is.
#[derive(Resource, Default)]
pub struct CheckpointRequests(pub Vec<CheckpointRequest>);
