//! `ORNode`: joins streams, so that a loop can start.

use crate::nodes::flow::Wires;
use crate::nodes::kind::{NodeBuilder, NodeError, NodeKind};
use crate::workflow::{Firing, NodeSchema, PortSchema, PortType};
use bevy::ecs::system::BoxedSystem;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "ORNode",
    aliases: &["OR", "ORRouter"],
    title: "OR",
    category: "flow",
    doc: "Hands on each value that arrives on any input, one for one and never merged. When \
          several are ready, input_a goes before input_b before input_c.",
    firing: Firing::EachInput,
    inputs: &[PortSchema::new(
        "input_a",
        PortType::Any,
        "Streams to join; input_0, input_1, ... too.",
    )
    .variadic()],
    outputs: &[PortSchema::new("output", PortType::Any, "The joined stream.")],
    ..NodeSchema::EMPTY
};

pub(in crate::nodes) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, pass_through);

/// A node that hands on what arrives.
pub(in crate::nodes) fn pass_through(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let (node, output) = (b.entity, b.output("output"));
    Ok(b.system(move |mut wires: Wires| {
        if let Some(value) = wires.take(node).and_then(|taken| taken.first().cloned()) {
            wires.emit(node, output, value);
        }
        Ok(())
    }))
}
