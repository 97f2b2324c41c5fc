//! `CartpoleActionNode`: a policy's output as a push on the cart.

use super::action_map::{self, BASE};
use bevy::ecs::system::BoxedSystem;
use dnne::nodes::{NodeBuilder, NodeError, NodeKind};
use dnne::scene::ActionUnits;
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CartpoleActionNode",
    aliases: &["CartpoleAction"],
    title: "Cartpole Action",
    doc: "Clips the policy's action to -1..1 and scales it to a force on the cart.",
    role: Role::ActionMap { action_dim: Some(1) },
    outputs: &[PortSchema::new(
        "actions",
        PortType::Action,
        "Force on the cart, shape (num_envs, 1).",
    )
    .aliases(&["action"])],
    params: &[
        ParamSchema::float("max_push_effort", 10.0, 0.0, 1e6, "Force at an action of 1.").unit("N")
    ],
    ..BASE
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let max_push_effort = b.node().float("max_push_effort")? as f32;
    action_map::build(b, max_push_effort, ActionUnits::Effort)
}
