//! `FrameStackNode`: several frames at once, for one picture shows no velocity.

use dnne::nodes::{NodeKind, hand_on};
use dnne::workflow::{NodeSchema, ParamSchema, PortSchema, PortType, Role};

/// What the node takes and gives.
pub static SCHEMA: NodeSchema = NodeSchema {
    class_type: "FrameStackNode",
    aliases: &["FrameStack"],
    title: "Frame Stack",
    category: "environment",
    doc: "Has the environments whose observations go through it show several frames of a camera at once: the newest, \
          and those of the steps before. At the start of an episode the first frame is repeated. It counts for all who \
          see these environments, in place of the stack that a task gives.",
    role: Role::PassThrough,
    inputs: &[PortSchema::new(
        "observations",
        PortType::Tensor,
        "Observations of environments with cameras.",
    )
    .aliases(&["observation"])],
    outputs: &[PortSchema::new(
        "observations",
        PortType::Tensor,
        "The same, with stacks of frames.",
    )
    .aliases(&["observation"])],
    params: &[
        ParamSchema::int("frames", 2, 1, 64, "Frames that are seen at once; 1 stacks none."),
        ParamSchema::text("stream", "", "The camera, by its name; empty means all of them."),
    ],
    ..NodeSchema::EMPTY
};

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, hand_on);
