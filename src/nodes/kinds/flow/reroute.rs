//! `RerouteNode`: bends a link, and is gone when the workflow runs.

use crate::nodes::NodeKind;
use crate::workflow::{NodeSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "RerouteNode",
    aliases: &["Reroute"],
    title: "Reroute",
    category: "layout",
    doc: "Bends a link for a tidier canvas. It costs nothing when the workflow runs.",
    role: Role::Reroute,
    inputs: &[PortSchema::new("input", PortType::Any, "Anything.").optional()],
    outputs: &[PortSchema::new("output", PortType::Any, "The same.")],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::dissolved(&SCHEMA);
