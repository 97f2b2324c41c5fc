//! `CheckpointLoader`: reads a network from disk.

use crate::diagnostic::Diagnostic;
use crate::learn::{Mismatch, StateDict};
use crate::nodes::{
    CHECKPOINT_PREFIX, CHECKPOINTS_FOLDER, LoadedWeights, NodeBuilder, NodeError, NodeKind,
    Payload, WEIGHTS_FILE, complaint, emit_once, look_at_weights, read_weights,
};
use crate::workflow::{GraphNode, NodeSchema, ParamSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CheckpointLoader",
    aliases: &["CheckpointLoaderNode"],
    title: "Checkpoint Loader",
    category: "checkpoints",
    doc: "Loads the weights of a saved network, for an agent to begin with.",
    outputs: &[PortSchema::new("model", PortType::Model, "The weights, for an agent.")],
    params: &[
        ParamSchema::text(
            "path",
            "",
            "A run's folder, of which it is the last checkpoint; a checkpoint's folder; or a file of weights.",
        )
        .path(),
        ParamSchema::choice(
            "mismatch",
            "refuse",
            &["refuse", "skip", "overlap"],
            "Where the agent's network has other layers or sizes: an error; take the layers of the \
             same name and size; or take of other sizes the part that both have, too.",
        ),
    ],
    check: complaints,
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let weights = Arc::new(read(b.node())?);
    let mismatch = match b.node().text("mismatch")?.as_str() {
        "skip" => Some(Mismatch::Skip),
        "overlap" => Some(Mismatch::Overlap),
        _ => None,
    };
    let source = b.node().text("path")?;
    b.insert(LoadedWeights { weights: weights.clone(), mismatch, source });
    Ok(emit_once(b, Payload::Weights(weights)))
}

const REMEDY: &str = "train the run first, or give another one";

/// The file of weights that a node names, if it is a loader; none if it is not.
pub fn loaded_file(node: &GraphNode) -> Result<Option<PathBuf>, NodeError> {
    if *node.class != SCHEMA {
        return Ok(None);
    }
    let mut path = PathBuf::from(node.text("path")?);
    if path.as_os_str().is_empty() {
        let message = "names no checkpoint; give its folder, or that of a run".to_owned();
        return Err(NodeError::Field { field: "path", message });
    }
    if let Some(last) = last_checkpoint(&path) {
        path = last;
    }
    if path.is_dir() {
        path.push(WEIGHTS_FILE);
    }
    Ok(Some(path))
}

/// What the checker says. Weights that are not there yet may come before the workflow is trained.
fn complaints(node: &GraphNode) -> Vec<Diagnostic> {
    match loaded_file(node) {
        Ok(Some(path)) if !path.exists() => {
            let message = format!("{} is not there yet", path.display());
            let missing = Diagnostic::warning("missing-weights", message);
            vec![missing.field("path").remedy(REMEDY)]
        }
        _ => complaint(look(node)),
    }
}

/// The folder of a run's last checkpoint; none if it has none, or is no run.
fn last_checkpoint(run: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(run.join(CHECKPOINTS_FOLDER)).ok()?;
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| updates_of(path).is_some()).max_by_key(|path| updates_of(path))
}

/// The updates and steps in a checkpoint's name, if it has any.
fn updates_of(path: &Path) -> Option<(u64, u64)> {
    let rest = path.file_name()?.to_str()?.strip_prefix(CHECKPOINT_PREFIX)?;
    let (updates, steps) = rest.split_once("_step_")?;
    Some((updates.parse().ok()?, steps.parse().ok()?))
}

/// Reads the header of the weights that a loader node names: a check is made after every edit, and weights may be
/// gigabytes.
fn look(node: &GraphNode) -> Result<(), NodeError> {
    look_at_weights(&loaded_file(node)?.unwrap_or_default())
}

/// Reads the weights that a loader node names.
fn read(node: &GraphNode) -> Result<StateDict, NodeError> {
    read_weights(&loaded_file(node)?.unwrap_or_default())
}
