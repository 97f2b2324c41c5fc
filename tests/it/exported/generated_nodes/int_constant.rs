//! `IntConstant`: a whole number to use in several places.

use bevy::ecs::system::BoxedSystem;
use dnne::nodes::{NodeBuilder, NodeError, NodeKind, Payload, emit_once};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "IntConstant",
    aliases: &["PrimitiveInt", "IntNode", "Int"],
    title: "Int",
    category: "constants",
    doc: "Holds a whole number. Linked to parameters, it sets them all.",
    role: Role::Constant,
    outputs: &[PortSchema::new("value", PortType::Int, "The value, once.")
        .aliases(&["output", "int", "INT"])],
    params: &[ParamSchema::int("value", 0, i64::MIN, i64::MAX, "The number.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let value = Payload::Int(b.node().int("value")?);
    Ok(emit_once(b, value))
}
