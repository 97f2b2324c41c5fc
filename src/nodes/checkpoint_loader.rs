//! `CheckpointLoader`: reads a network from disk.

use super::constant::emit_once;
use super::kind::{NodeBuilder, NodeError, NodeKind, complaint};
use super::payload::Payload;
use crate::learn::{Mismatch, StateDict};
use crate::workflow::{GraphNode, NodeSchema, ParamSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CheckpointLoader",
    aliases: &["CheckpointLoaderNode"],
    title: "Checkpoint Loader",
    category: "checkpoints",
    doc: "Hands out the weights of a saved network, once.",
    outputs: &[PortSchema::new("model", PortType::Model, "The weights, for an agent.")],
    params: &[
        ParamSchema::text("path", "", "Checkpoint folder or weights file.").path(),
        ParamSchema::choice(
            "mismatch",
            "refuse",
            &["refuse", "skip", "overlap"],
            "Where the agent's network has other layers or sizes: an error; take the layers of the \
             same name and size; or take of other sizes the part that both have, too.",
        ),
    ],
    check: |node| complaint(read(node)),
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

/// The weights of a loader node. Agents take them while they are built, so that weights that do not
/// fit are refused before anything runs.
#[derive(Component)]
pub(super) struct LoadedWeights {
    pub weights: Arc<StateDict>,
    /// What is to become of weights that do not fit; none if there may be none.
    pub mismatch: Option<Mismatch>,
    /// Where they were read.
    pub source: String,
}

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

/// Reads the weights that a loader node names.
fn read(node: &GraphNode) -> Result<StateDict, NodeError> {
    let wrong = |message| NodeError::Field { field: "path", message };
    let mut path = PathBuf::from(node.text("path")?);
    if path.as_os_str().is_empty() {
        let message = "names no checkpoint; give its folder or weights file";
        return Err(wrong(message.to_owned()));
    }
    if path.is_dir() {
        path.push(super::WEIGHTS_FILE);
    }
    let bytes = std::fs::read(&path)
        .map_err(|cause| wrong(format!("cannot read {}: {cause}", path.display())))?;
    StateDict::from_safetensors(&bytes)
        .map_err(|error| wrong(format!("{} holds no weights: {error}", path.display())))
}
