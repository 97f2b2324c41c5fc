//! What the action nodes have in common: a policy's continuous actions, clipped and scaled.

use crate::nodes::{
    ActionBatch, DeviceBatch, DeviceNumbers, MakesActions, NodeBuilder, NodeError, Payload, Wires,
};
use crate::scene::{ActionUnits, ActionsThere};
use crate::space::ActionSpace;
use crate::workflow::{NodeSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;
use std::sync::Arc;

/// The part that the schemas of action nodes share.
pub(crate) const BASE: NodeSchema = NodeSchema {
    category: "environment",
    on_device: true,
    inputs: &[PortSchema::new("policy", PortType::PolicyOutput, "The policy's output.")
        .aliases(&["network_output", "policy_output"])],
    ..NodeSchema::EMPTY
};

/// A system that clips actions to -1..1 and multiplies them by `scale`, which makes them `units`.
pub(crate) fn build(
    b: &mut NodeBuilder<'_>,
    scale: f32,
    units: ActionUnits,
) -> Result<BoxedSystem, NodeError> {
    let action_space = &b.tasks()?.spec.actions;
    let wanted = match b.node().class.role {
        Role::ActionMap { action_dim } => action_dim,
        _ => None,
    };
    let dim = match action_space {
        &ActionSpace::Continuous(dim) if wanted.is_none_or(|wanted| wanted == dim) => dim,
        _ => {
            let wanted = wanted.map_or(String::new(), |n| format!("{n} "));
            let message = format!(
                "the node makes {wanted}continuous actions, and the scene's are {action_space:?}; \
                 connect the policy output straight to IsaacGymStepNode.actions"
            );
            return Err(NodeError::Field { field: "policy", message });
        }
    };
    b.insert(MakesActions(units));
    let (node, output) = (b.entity, b.output("actions"));
    Ok(b.system(move |mut wires: Wires| {
        let Some(taken) = wires.take(node) else { return Ok(()) };
        let actions = match taken.get("policy") {
            Some(Payload::Policy(policy)) => {
                let values = policy.action.iter().map(|a| a.clamp(-1.0, 1.0) * scale).collect();
                Payload::Actions(Arc::new(ActionBatch { values, dim, units }))
            }
            Some(Payload::OnDevice(
                batch @ DeviceBatch { numbers: DeviceNumbers::Policy(values), .. },
            )) => {
                // The step scales them there.
                let (values, limit) = (*values, Some(1.0));
                let numbers = DeviceNumbers::Actions(ActionsThere { values, units, limit, scale });
                Payload::OnDevice(DeviceBatch { numbers, ..batch.clone() })
            }
            other => {
                return Err(NodeError::Payload {
                    input: "policy",
                    expected: "a policy's output",
                    got: other.map_or("nothing".to_owned(), Payload::describe),
                });
            }
        };
        wires.emit(node, output, actions);
        Ok(())
    }))
}
