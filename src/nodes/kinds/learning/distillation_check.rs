//! What is wrong with a `DistillationTrainer` in view of the nodes around it.

use super::trainer_check::{
    Idle, cut_sequences, idle_checkpoints, idle_in_agent, is_word, learns_no_layer, n_samples,
};
use crate::diagnostic::Diagnostic;
use crate::space::ObservationGroup;
use crate::workflow::{EnvironmentSpec, Graph, GraphNode, Role};

/// Why nothing that only the value has counts.
const NO_VALUE: &str = "a distillation teaches actions and no value";

/// What is wrong in view of the nodes around it.
pub(super) fn findings(graph: &Graph, trainer: usize) -> Vec<Diagnostic> {
    let mut idle = Idle::new(graph, trainer);
    idle_checkpoints(&mut idle);
    if let Some(agent) = idle.agent {
        if is_word(agent, "rnn", "none") {
            idle.trainer("sequence_length", "the agent has no recurrent layer (rnn)");
        }
        idle_in_agent(&mut idle, agent);
        untaught(&mut idle, agent);
        learns_no_layer(&mut idle, agent);
    }
    let mut found = idle.found;
    found.extend(shaped(graph, trainer));
    found.extend(cut_sequences(graph, trainer));
    found.extend(large_minibatch(graph, trainer));
    found
}

/// Settings of the agent for what a distillation does not teach: the value, and the deviation of actions.
fn untaught(idle: &mut Idle<'_>, agent: &GraphNode) {
    idle.agent("normalize_values", NO_VALUE);
    // Where weights begin uniform this has been said.
    if !is_word(agent, "init", "uniform") {
        idle.agent("value_gain", NO_VALUE);
    }
    let frozen = agent.text("frozen").unwrap_or_default();
    for word in frozen.split(',').map(str::trim) {
        if ["value", "values", "log_std"].contains(&word) {
            let message = format!(
                "{word} in frozen of node {} has no effect: a distillation teaches neither a value nor a deviation",
                agent.id
            );
            let found = Diagnostic::warning("idle-setting", message);
            idle.found.push(found.remedy(format!("remove {word} from it")));
        }
    }
}

/// Layers of the value's own, where nothing in the environments needs them.
pub(super) fn idle_value(graph: &Graph, trainer: usize, spec: &EnvironmentSpec) -> Vec<Diagnostic> {
    let mut idle = Idle::new(graph, trainer);
    // An agent must have them where observations are for the value alone.
    if spec.observations.size_for(ObservationGroup::Critic) == 0 {
        idle.agent("separate_value", NO_VALUE);
        idle.agent("value_sees_pictures", NO_VALUE);
    }
    idle.found
}

/// A shaper before the trainer changes what metrics tell and nothing else.
fn shaped(graph: &Graph, trainer: usize) -> Option<Diagnostic> {
    let rewards = graph.nodes[trainer].source("rewards")?;
    let shaper = &graph.nodes[graph.origin(rewards).node];
    if shaper.class.role != Role::Shaper {
        return None;
    }
    let message = format!(
        "rewards have no part in a distillation: what node {} makes of them is only in the metrics",
        shaper.id
    );
    let found = Diagnostic::note("idle-shaper", message).field("rewards");
    Some(found.remedy("connect the step's rewards, or leave it for the metrics"))
}

/// A minibatch larger than what is kept is legal, and seldom meant.
fn large_minibatch(graph: &Graph, trainer: usize) -> Option<Diagnostic> {
    let number = |name: &str| graph.nodes[trainer].param::<usize>(name).ok();
    let (rollouts, minibatch) = (number("num_rollouts")?, number("minibatch_size")?);
    let each = n_samples(graph, trainer)?;
    let kept = each.saturating_mul(rollouts);
    if minibatch <= kept {
        return None;
    }
    let message = format!(
        "minibatches of {minibatch} are larger than the {kept} samples that are kept ({rollouts} rollouts of {each}), \
         which then make one minibatch"
    );
    let found = Diagnostic::note("large-minibatch", message).field("minibatch_size");
    Some(found.remedy(format!("write {kept} or less, or keep more rollouts")))
}
