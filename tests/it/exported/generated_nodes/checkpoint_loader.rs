//! `CheckpointLoader`: reads a network from disk.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::learn::Mismatch;
use dnne::nodes::{
    LoadedWeights, NodeBuilder, NodeError, NodeKind, Payload, check_named_weights, emit_once,
    read_weights,
};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};
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
        .weights(),
        ParamSchema::choice(
            "mismatch",
            "refuse",
            &["refuse", "skip", "overlap"],
            "Where the agent's network has other layers or sizes: an error; take the layers of the \
             same name and size; or take of other sizes the part that both have, too.",
        ),
    ],
    check: check_named_weights,
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let weights = Arc::new(read_weights(b.node())?);
    let mismatch = match b.node().text("mismatch")?.as_str() {
        "skip" => Some(Mismatch::Skip),
        "overlap" => Some(Mismatch::Overlap),
        _ => None,
    };
    let source = b.node().text("path")?;
    b.insert(LoadedWeights { weights: weights.clone(), mismatch, source });
    Ok(emit_once(b, Payload::Weights(weights)))
}
