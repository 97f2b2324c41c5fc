//! `DebugPrint`: prints what flows through it.

use bevy::ecs::system::BoxedSystem;
use bevy::prelude::*;
use dnne::nodes::{Console, NodeBuilder, NodeError, NodeKind, Wires};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "DebugPrint",
    aliases: &["Print", "DebugPrintNode", "PrintNode", "PrintValue"],
    title: "Print",
    category: "debugging",
    doc: "Prints the shape and values of what it gets, and hands it on.",
    role: Role::PassThrough,
    inputs: &[
        PortSchema::new("input", PortType::Any, "Anything.").aliases(&["any", "value", "data"])
    ],
    outputs: &[
        PortSchema::new("output", PortType::Any, "The same.").aliases(&["any", "value", "data"])
    ],
    params: &[
        ParamSchema::text("prefix", "", "Text to print before each value."),
        ParamSchema::bool("enabled", true, "Print values; otherwise only pass them on."),
        ParamSchema::int("every_n", 1, 1, 1 << 40, "Print every n-th value."),
    ],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let prefix = match b.node().text("prefix")? {
        prefix if prefix.is_empty() => b.node().title.clone(),
        prefix => prefix,
    };
    let enabled = b.node().bool("enabled")?;
    let every_n = b.node().int("every_n")? as u64;
    let (node, output) = (b.entity, b.output("output"));
    let mut n_seen = 0_u64;
    Ok(b.system(move |mut wires: Wires, console: Res<Console>| {
        if let Some(value) = wires.take(node).and_then(|taken| taken.first().cloned()) {
            if enabled && n_seen.is_multiple_of(every_n) {
                (console.0)(&format!("{prefix}: {}", value.describe()));
            }
            n_seen += 1;
            wires.emit(node, output, value);
        }
        Ok(())
    }))
}
