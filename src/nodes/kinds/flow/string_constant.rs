//! `StringConstant`: a text to use in several places.

use crate::nodes::{NodeBuilder, NodeError, NodeKind, Payload, emit_once};
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "StringConstant",
    aliases: &["PrimitiveString", "PrimitiveStringMultiline", "StringNode", "String"],
    title: "String",
    category: "constants",
    doc: "Holds a text. Linked to parameters, it sets them all.",
    role: Role::Constant,
    outputs: &[PortSchema::new("value", PortType::Text, "The value, once.")
        .aliases(&["output", "string", "STRING"])],
    params: &[ParamSchema::text("value", "", "The text.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let value = Payload::Text(b.node().text("value")?.into());
    Ok(emit_once(b, value))
}
