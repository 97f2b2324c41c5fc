//! `CheckpointLoader`: reads a network from disk.

use super::constant::emit_once;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::payload::Payload;
use crate::learn::StateDict;
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;
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
    params: &[ParamSchema::text("path", "", "Checkpoint folder or weights file.")],
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let mut path = PathBuf::from(b.node().text("path")?);
    if path.as_os_str().is_empty() {
        let message = "names no checkpoint; give its folder or weights file".to_owned();
        return Err(NodeError::Field { field: "path", message });
    }
    if path.is_dir() {
        path.push(super::WEIGHTS_FILE);
    }
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(cause) => return Err(NodeError::File { path, cause }),
    };
    let weights = StateDict::from_safetensors(&bytes).map_err(|error| NodeError::Field {
        field: "path",
        message: format!("{} holds no weights: {error}", path.display()),
    })?;
    Ok(emit_once(b, Payload::Weights(Arc::new(weights))))
}
