//! Where PPO computes its updates.

use super::components::Agent;
use super::kind::{Mode, NodeBuilder, NodeError};
use super::run::Console;
use crate::device;
use crate::learn::{LearnError, PpoLearner};
use crate::workflow::Role;

/// A trainer's `learner`, with its updates on the device of the environments if that is not the processor. What cannot
/// learn there learns on the processor, and the console is told why.
///
/// # Errors
/// If the device cannot be used.
pub fn on_device_of_environments(
    b: &NodeBuilder<'_>,
    learner: PpoLearner,
) -> Result<PpoLearner, NodeError> {
    let environments = b.graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
    let mut names = environments.filter_map(|node| node.text("device").ok());
    let name = names.find(|name| name != "cpu").filter(|_| b.context.mode == Mode::Train);
    let policy = b.graph.policy_of(b.index).map(|policy| b.entities[policy]);
    let agent = policy.and_then(|policy| b.world.get::<Agent>(policy));
    let (Some(name), Some(agent)) = (name, agent) else { return Ok(learner) };
    let console = &b.world.resource::<Console>().0;
    let Some(backend) = device::open_with_kernels(&name).map_err(LearnError::from)? else {
        return Ok(learner);
    };
    if let Err(why) = learner.check_device(&agent.policy) {
        console(&format!("Updates are computed on the CPU: {why}"));
        return Ok(learner);
    }
    console(&format!("Updates are computed on {}", backend.name()));
    Ok(learner.on_device(backend))
}
