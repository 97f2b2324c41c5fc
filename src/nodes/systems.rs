//! Systems, and parts of them, that several node kinds have in common.

use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError};
use super::payload::{Metrics, Payload};
use bevy::ecs::system::BoxedSystem;
use bevy::prelude::Entity;
use std::sync::Arc;

/// The system of a node without inputs that sends `value` on its first output once, and then rests.
pub fn emit_once(b: &NodeBuilder<'_>, value: Payload) -> BoxedSystem {
    let node = b.entity;
    let mut value = Some(value);
    b.system(move |mut wires: Wires| {
        if value.is_some() && wires.take(node).is_some() {
            wires.emit(node, 0, value.take().unwrap_or(Payload::Trigger));
        }
        Ok(())
    })
}

/// The system of a node that hands on what arrives at any input, on its output `output`.
pub fn pass_through(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let (node, output) = (b.entity, b.output("output"));
    Ok(b.system(move |mut wires: Wires| {
        if let Some(value) = wires.take(node).and_then(|taken| taken.first().cloned()) {
            wires.emit(node, output, value);
        }
        Ok(())
    }))
}

/// The same of a node with one input and one output, whatever these are called.
pub fn hand_on(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let node = b.entity;
    Ok(b.system(move |mut wires: Wires| {
        if let Some(value) = wires.take(node).and_then(|taken| taken.first().cloned()) {
            wires.emit(node, 0, value);
        }
        Ok(())
    }))
}

/// Takes the metrics that have arrived at the input `loss_info` of a logger; none if there are none, or if they
/// are not of an `interval`-th update. Fails if something else has arrived.
pub fn take_metrics(
    wires: &mut Wires,
    node: Entity,
    interval: u64,
) -> Result<Option<Arc<Metrics>>, NodeError> {
    let Some(taken) = wires.take(node) else { return Ok(None) };
    match taken.get("loss_info") {
        Some(Payload::Metrics(metrics)) => {
            Ok(metrics.update.is_multiple_of(interval).then(|| metrics.clone()))
        }
        other => Err(NodeError::Payload {
            input: "loss_info",
            expected: "metrics",
            got: other.map_or("nothing".to_owned(), Payload::describe),
        }),
    }
}
