//! `AntActionNode` and `HumanoidActionNode`: a policy's output as torques at the joints.
//!
//! The robots' gears, and with them what an action of 1 means at each joint, stand in their models;
//! the nodes see to it that the policy fits the robot.

use super::action_map;
use crate::nodes::kind::{NodeBuilder, NodeError, NodeKind};
use crate::scene::ActionUnits;
use crate::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};
use bevy::ecs::system::BoxedSystem;

/// The part that both schemas share.
const BASE: NodeSchema = NodeSchema {
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
    ..action_map::BASE
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

pub(in crate::nodes) const ANT: NodeKind = NodeKind::stateless(&ANT_SCHEMA, build);
pub(in crate::nodes) const HUMANOID: NodeKind = NodeKind::stateless(&HUMANOID_SCHEMA, build);

fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let power_scale = b.node().float("power_scale")? as f32;
    action_map::build(b, power_scale, ActionUnits::Policy)
}
