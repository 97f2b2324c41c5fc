//! `HumanoidActionNode`: a policy's output as torques at the joints.

use super::joint_action;
use dnne::nodes::NodeKind;
use dnne::workflow::{NodeSchema, Role};

/// Twenty-one joints, with gears from 22.5 to 135 N m in the shipped model.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "HumanoidActionNode",
    aliases: &["HumanoidAction"],
    title: "Humanoid Action",
    doc: "Clips the policy's 21 actions to -1..1 and scales them for the humanoid's motors.",
    role: Role::ActionMap { action_dim: Some(21) },
    ..joint_action::BASE
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, joint_action::build);
