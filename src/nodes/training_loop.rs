//! The loop of most workflows.

use super::kinds::Kinds;
use crate::workflow::{GraphBuilder, Registry};

/// The step node, the OR node and all links of a training: a graph that lacks the nodes `env`, `agent` and
/// `trainer`, an `IsaacGymEnvNode`, a `PPOAgentNode` and a `PPOTrainerNode`, with what is to be set of them.
///
/// For other node kinds than the built-in ones there is [`Kinds::training_loop`].
#[must_use]
pub fn training_loop() -> GraphBuilder<'static> {
    Kinds::builtin_ref().training_loop()
}

pub(super) fn over(registry: &Registry) -> GraphBuilder<'_> {
    GraphBuilder::new(registry)
        .node("step", "IsaacGymStepNode")
        .node("or", "ORNode")
        .connect("env", "sim", "step", "sim")
        .connect("env", "observations", "or", "input_a")
        .connect("step", "observations", "or", "input_b")
        .connect("or", "output", "agent", "observations")
        .connect("agent", "policy_output", "step", "actions")
        .connect("or", "output", "trainer", "states")
        .connect("agent", "policy_output", "trainer", "policy_outputs")
        .connect("step", "rewards", "trainer", "rewards")
        .connect("step", "dones", "trainer", "dones")
        .connect("agent", "model", "trainer", "model")
        .connect("trainer", "training_complete", "step", "trigger")
}
