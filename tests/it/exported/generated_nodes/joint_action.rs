//! What the action nodes of robots with motors at their joints have in common.
//!
//! The robots' gears, and with them what an action of 1 means at each joint, stand in their models;
//! the nodes see to it that the policy fits the robot.

use super::action_map;
use bevy::ecs::system::BoxedSystem;
use dnne::nodes::{NodeBuilder, NodeError};
use dnne::scene::ActionUnits;
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType};

/// The part that their schemas share.
pub(crate) const BASE: NodeSchema = NodeSchema {
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

/// A system that clips actions to -1..1 and has the motors use `power_scale` of their strength.
pub(crate) fn build(b: &mut NodeBuilder<'_>) -> Result<BoxedSystem, NodeError> {
    let power_scale = b.node().float("power_scale")? as f32;
    action_map::build(b, power_scale, ActionUnits::Policy)
}
