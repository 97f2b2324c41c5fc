//! `BooleanConstant`: true or false, to use in several places.

use crate::nodes::{NodeBuilder, NodeError, NodeKind, Payload, emit_once};
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "BooleanConstant",
    aliases: &["PrimitiveBoolean", "BooleanNode", "Boolean"],
    title: "Boolean",
    category: "constants",
    doc: "Holds true or false. Linked to parameters, it sets them all.",
    role: Role::Constant,
    outputs: &[PortSchema::new("value", PortType::Bool, "The value, once.")
        .aliases(&["output", "boolean", "BOOLEAN"])],
    params: &[ParamSchema::bool("value", false, "True or false.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let value = Payload::Bool(b.node().bool("value")?);
    Ok(emit_once(b, value))
}
