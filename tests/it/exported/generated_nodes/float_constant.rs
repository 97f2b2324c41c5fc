//! `FloatConstant`: a number to use in several places.

use bevy::ecs::system::BoxedSystem;
use dnne::nodes::{NodeBuilder, NodeError, NodeKind, Payload, emit_once};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "FloatConstant",
    aliases: &["PrimitiveFloat", "FloatNode", "Float"],
    title: "Float",
    category: "constants",
    doc: "Holds a number. Linked to parameters, it sets them all.",
    role: Role::Constant,
    outputs: &[PortSchema::new("value", PortType::Float, "The value, once.")
        .aliases(&["output", "float", "FLOAT"])],
    params: &[ParamSchema::float("value", 0.0, f64::MIN, f64::MAX, "The number.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let value = Payload::Float(b.node().float("value")?);
    Ok(emit_once(b, value))
}
