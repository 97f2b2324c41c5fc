//! `ORNode`: joins streams, so that a loop can start.

use dnne::nodes::{NodeKind, pass_through};
use dnne::workflow::{Firing, NodeSchema, PortSchema, PortType};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "ORNode",
    aliases: &["OR", "ORRouter"],
    title: "OR",
    category: "flow",
    doc: "Hands on each value that arrives on any input, one for one and never merged. When \
          several are ready, input_a goes before input_b before input_c.",
    firing: Firing::EachInput,
    on_device: true,
    inputs: &[PortSchema::new(
        "input_a",
        PortType::Any,
        "Streams to join; input_0, input_1, ... too.",
    )
    .variadic()],
    outputs: &[PortSchema::new("output", PortType::Any, "The joined stream.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, pass_through);
