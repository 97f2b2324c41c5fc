//! `AntActionNode`: a policy's output as torques at the joints.

use super::joint_action;
use dnne::nodes::NodeKind;
use dnne::workflow::{NodeSchema, Role};

/// Eight joints, with a gear of 15 N m each in the shipped model.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "AntActionNode",
    aliases: &["AntAction"],
    title: "Ant Action",
    doc: "Clips the policy's eight actions to -1..1 and scales them for the ant's motors.",
    role: Role::ActionMap { action_dim: Some(8) },
    ..joint_action::BASE
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, joint_action::build);
