//! `Display`: shows the latest value on the canvas.

use dnne::nodes::{NodeKind, pass_through};
use dnne::workflow::{NodeSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "Display",
    aliases: &["DisplayNode", "PreviewAny"],
    title: "Display",
    category: "debugging",
    doc: "Shows the latest value on the canvas, and hands it on.",
    role: Role::PassThrough,
    inputs: &[PortSchema::new("input", PortType::Any, "Anything.")
        .aliases(&["any", "value", "source", "data"])],
    outputs: &[
        PortSchema::new("output", PortType::Any, "The same.").aliases(&["any", "value", "data"])
    ],
    ..NodeSchema::EMPTY
};

/// Its latest value stands in its outputs, where whoever draws the canvas finds it.
pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, pass_through);
