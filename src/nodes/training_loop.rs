//! The loop that most workflows are.

use super::registry;
use crate::workflow::GraphBuilder;

/// The step node, the OR node and all links of a training: a graph that lacks the nodes `env`, `agent` and
/// `trainer`, an `IsaacGymEnvNode`, a `PPOAgentNode` and a `PPOTrainerNode`, with what is to be set of them.
#[must_use]
pub fn training_loop() -> GraphBuilder<'static> {
    GraphBuilder::new(registry())
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
