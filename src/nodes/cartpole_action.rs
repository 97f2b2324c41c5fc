//! `CartpoleActionNode`: a policy's output as a push on the cart.

use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::payload::{ActionBatch, Payload};
use crate::scene::{ActionSpace, ActionUnits};
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use std::sync::Arc;

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "CartpoleActionNode",
    aliases: &["CartpoleAction"],
    title: "Cartpole Action",
    category: "environment",
    doc: "Clips the policy's action to -1..1 and scales it to a force on the cart.",
    role: Role::ActionMap { action_dim: Some(1) },
    inputs: &[PortSchema::new("policy", PortType::PolicyOutput, "What the policy says.")
        .aliases(&["network_output", "policy_output"])],
    outputs: &[PortSchema::new(
        "actions",
        PortType::Action,
        "Force on the cart, shape (num_envs, 1).",
    )
    .aliases(&["action"])],
    params: &[
        ParamSchema::float("max_push_effort", 10.0, 0.0, 1e6, "Force at an action of 1.").unit("N")
    ],
    ..NodeSchema::EMPTY
};

pub(super) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let max_push_effort = b.node().float("max_push_effort")? as f32;
    let action_space = b.scene()?.task.action_space.clone();
    if action_space != ActionSpace::Continuous(1) {
        let message = format!(
            "a push is one continuous action, and the scene's are {action_space}; connect the \
             policy output straight to IsaacGymStepNode.actions"
        );
        return Err(NodeError::Field { field: "policy", message });
    }
    let (node, output) = (b.entity, b.output("actions"));
    Ok(b.system(move |mut wires: Wires| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let Some(Payload::Policy(policy)) = taken.get("policy") else {
            return Err(NodeError::Payload {
                input: "policy",
                expected: "a policy's output",
                got: taken.get("policy").map_or("nothing".to_owned(), Payload::describe),
            });
        };
        let values = policy.action.iter().map(|a| a.clamp(-1.0, 1.0) * max_push_effort).collect();
        let actions = ActionBatch { values, dim: 1, units: ActionUnits::Effort };
        wires.emit(node, output, Payload::Actions(Arc::new(actions)));
        Ok(())
    }))
}
