//! `AntActionNode` and `HumanoidActionNode`: a policy's output as torques at the joints.
//!
//! The robots' gears, and with them what an action of 1 means at each joint, stand in their models;
//! the nodes see to it that the policy fits the robot.

use super::flow::Wires;
use super::kind::{NodeBuilder, NodeError, NodeKind};
use super::payload::{ActionBatch, Payload};
use crate::scene::{ActionSpace, ActionUnits};
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use std::sync::Arc;

/// The part that both schemas share.
const BASE: NodeSchema = NodeSchema {
    category: "environment",
    inputs: &[PortSchema::new("policy", PortType::PolicyOutput, "What the policy says.")
        .aliases(&["network_output", "policy_output"])],
    outputs: &[PortSchema::new(
        "actions",
        PortType::Action,
        "Actions in -1..1, shape (num_envs, joints); a joint's gear makes them torques.",
    )
    .aliases(&["action"])],
    params: &[ParamSchema::float(
        "power_scale",
        1.0,
        0.0,
        1.0,
        "Share of the motors' strength that an action of 1 uses.",
    )],
    ..NodeSchema::EMPTY
};

/// Eight joints, with a gear of 15 N m each in the shipped model.
pub static ANT_SCHEMA: NodeSchema = NodeSchema {
    class_type: "AntActionNode",
    aliases: &["AntAction"],
    title: "Ant Action",
    doc: "Clips the policy's eight actions to -1..1 and scales them for the ant's motors.",
    role: Role::ActionMap { action_dim: Some(8) },
    ..BASE
};

/// Twenty-one joints, with gears from 22.5 to 135 N m in the shipped model.
pub static HUMANOID_SCHEMA: NodeSchema = NodeSchema {
    class_type: "HumanoidActionNode",
    aliases: &["HumanoidAction"],
    title: "Humanoid Action",
    doc: "Clips the policy's 21 actions to -1..1 and scales them for the humanoid's motors.",
    role: Role::ActionMap { action_dim: Some(21) },
    ..BASE
};

pub(super) const ANT: NodeKind = NodeKind::stateless(&ANT_SCHEMA, build);
pub(super) const HUMANOID: NodeKind = NodeKind::stateless(&HUMANOID_SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let scale = b.node().float("power_scale")? as f32;
    let action_space = b.scene()?.task.action_space.clone();
    let ActionSpace::Continuous(dim) = action_space else {
        let message = format!(
            "torques are continuous actions, and the scene's are {action_space}; connect the \
             policy output straight to IsaacGymStepNode.actions"
        );
        return Err(NodeError::Field { field: "policy", message });
    };
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
        let values = policy.action.iter().map(|a| a.clamp(-1.0, 1.0) * scale).collect();
        let actions = ActionBatch { values, dim, units: ActionUnits::Policy };
        wires.emit(node, output, Payload::Actions(Arc::new(actions)));
        Ok(())
    }))
}
