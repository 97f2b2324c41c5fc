//! `FrameStackNode`: several frames at once, for one picture shows no velocity.

use dnne::diagnostic::Diagnostic;
use dnne::nodes::{NodeKind, hand_on};
use dnne::workflow::{Graph, NodeSchema, ParamSchema, PortSchema, PortType, Role};

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
    check_among: |graph, node| dead_branch(graph, node).into_iter().collect(),
    ..NodeSchema::EMPTY
};

/// Says so where nobody acts on or learns from what the node gives: it counts for the environments all the same.
fn dead_branch(graph: &Graph, node: usize) -> Option<Diagnostic> {
    let is_end = |role: Role| matches!(role, Role::Policy | Role::Trainer);
    // Whoever only looks at a scene has no agent.
    let is_seen = graph.nodes.iter().any(|node| is_end(node.class.role));
    if !is_seen || graph.leads_to(node, is_end) {
        return None;
    }
    let message = "its observations reach no agent, and these environments show stacks of frames all the same";
    let found = Diagnostic::warning("dead-branch", message);
    Some(found.remedy("put it between the environments and the agent, or remove it"))
}

pub(crate) const KIND: NodeKind = NodeKind::stateless(&SCHEMA, hand_on);
