//! What nodes without inputs have in common: they send one value, once.

use crate::nodes::flow::Wires;
use crate::nodes::kind::NodeBuilder;
use crate::nodes::payload::Payload;
use bevy::ecs::system::BoxedSystem;

/// A system that sends `value` on the node's first output and then rests.
pub(in crate::nodes) fn emit_once(b: &NodeBuilder<'_>, value: Payload) -> BoxedSystem {
    let node = b.entity;
    let mut value = Some(value);
    b.system(move |mut wires: Wires| {
        if value.is_some() && wires.take(node).is_some() {
            wires.emit(node, 0, value.take().unwrap_or(Payload::Trigger));
        }
        Ok(())
    })
}
