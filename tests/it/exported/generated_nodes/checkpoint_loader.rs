//! `CheckpointLoader`: reads a network from disk.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::diagnostic::Diagnostic;
use dnne::learn::{Mismatch, StateDict};
use dnne::nodes::{
    LoadedWeights, NodeBuilder, NodeError, NodeKind, Payload, Saved, WEIGHTS_FILE, complaint,
    emit_once, look_at_weights, read_weights,
};
use dnne::workflow::{GraphNode, NodeSchema, ParamSchema, PortSchema, PortType};
use std::path::PathBuf;
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
            "A run's name or folder, or the folder that a saver writes to, of which it is the last checkpoint, or \
             with /best after it the best; a checkpoint's folder; or a file of weights.",
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
    let path = PathBuf::from(node.text("path")?);
    let wrong = |message| NodeError::Field { field: "path", message };
    if path.as_os_str().is_empty() {
        let message = "names no checkpoint; give its folder, or that of a run";
        return Err(wrong(message.to_owned()));
    }
    let saved = Saved::find(&path).map_err(wrong)?;
    let weights = saved.map(|saved| saved.weights()).transpose().map_err(wrong)?;
    let weights = weights.flatten().unwrap_or_else(|| match path.is_dir() {
        // They may come.
        true => path.join(WEIGHTS_FILE),
        false => path,
    });
    Ok(Some(weights))
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

/// Reads the header of the weights that a loader node names: a check is made after every edit, and weights may be
/// gigabytes.
fn look(node: &GraphNode) -> Result<(), NodeError> {
    look_at_weights(&loaded_file(node)?.unwrap_or_default())
}

/// Reads the weights that a loader node names.
fn read(node: &GraphNode) -> Result<StateDict, NodeError> {
    read_weights(&loaded_file(node)?.unwrap_or_default())
}
