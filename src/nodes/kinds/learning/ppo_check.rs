//! What is wrong with a `PPOTrainerNode` in view of the nodes around it.

use super::trainer_check::{
    Idle, cut_sequences, idle_checkpoints, idle_in_agent, is_on, is_word, is_zero, learns_no_layer,
    n_samples, without_effect,
};
use crate::diagnostic::Diagnostic;
use crate::workflow::{Graph, GraphNode};

/// Findings about the trainer at a position of the graph.
pub(super) fn findings(graph: &Graph, trainer: usize) -> Vec<Diagnostic> {
    let mut found = endless_schedules(&graph.nodes[trainer]);
    found.extend(cut_sequences(graph, trainer));
    found.extend(large_minibatch(graph, trainer));
    found.extend(idle(graph, trainer));
    found
}

/// A schedule that ends needs to know when.
fn endless_schedules(node: &GraphNode) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if node.int("total_updates") != Ok(0) {
        return found;
    }
    let mut blame = |field: &str, message: String, remedy: &str| {
        found.push(Diagnostic::error("endless-schedule", message).field(field).remedy(remedy));
    };
    let schedule = node.text("schedule").unwrap_or_default();
    if schedule == "linear" || schedule == "cosine" {
        let message =
            format!("a {schedule} schedule falls to 0 over total_updates, which is not given");
        let remedy = "set total_updates, or choose \"constant\" or \"adaptive\"";
        blame("schedule", message, remedy);
    }
    if node.text("anneal").is_ok_and(|anneal| !anneal.trim().is_empty()) {
        let message = "settings change over total_updates, which is not given".to_owned();
        blame("anneal", message, "set total_updates, or let nothing change");
    }
    found
}

/// A minibatch larger than what is collected is legal, and seldom meant.
fn large_minibatch(graph: &Graph, trainer: usize) -> Option<Diagnostic> {
    let node = &graph.nodes[trainer];
    let environments = graph.environments_behind(node.source("states")?.node);
    let n_envs = environments.iter().filter_map(|&environment| graph.n_envs(environment)).max()?;
    let horizon = node.param::<usize>("horizon_length").ok()?;
    let minibatch = node.param::<usize>("minibatch_size").ok()?;
    let batch = n_envs.saturating_mul(horizon);
    if minibatch <= batch {
        return None;
    }
    let message = format!(
        "minibatches of {minibatch} are larger than the {batch} samples of an update \
         ({n_envs} environments x {horizon} steps), which then make one minibatch"
    );
    let diagnostic = Diagnostic::note("large-minibatch", message).field("minibatch_size");
    Some(diagnostic.remedy(format!("write {batch} or less, or collect more")))
}

/// What [`Idle`] is about.
fn idle(graph: &Graph, trainer: usize) -> Vec<Diagnostic> {
    let mut idle = Idle::new(graph, trainer);
    idle_in_updates(&mut idle);
    idle_beside_others(&mut idle);
    if let Some(agent) = idle.agent {
        idle_beside_agent(&mut idle, agent);
        idle_in_agent(&mut idle, agent);
        learns_nothing(&mut idle, agent);
    }
    idle.found
}

/// What follows from how many steps of Adam an update has.
fn idle_in_updates(idle: &mut Idle<'_>) {
    let node = &idle.graph.nodes[idle.trainer];
    let number = |name: &str| node.param::<usize>(name).unwrap_or(0);
    let Some(n_samples) = n_samples(idle.graph, idle.trainer) else { return };
    let (minibatch, epochs) = (number("minibatch_size"), number("epochs"));
    let is_whole = minibatch >= n_samples;
    if is_whole && epochs == 1 {
        let why = "an update is one minibatch and one epoch, and before its one step the policy is still what it was";
        if is_word(node, "schedule", "adaptive") {
            let found = without_effect("schedule", why);
            idle.found
                .push(found.remedy("use more epochs or smaller minibatches, or schedule constant"));
        }
        ["clip_param", "target_kl", "clip_value_loss"]
            .iter()
            .for_each(|name| idle.trainer(name, why));
    }
    if is_whole {
        let why = "an update is one minibatch, so both are the same";
        idle.trainer("normalize_by_minibatch", why);
    }
    let is_normalized = is_on(node, "normalize_advantages");
    let is_single = n_samples == 1 || minibatch == 1 && is_on(node, "normalize_by_minibatch");
    if is_normalized && is_single {
        let why =
            "the advantage of one sample by itself, normalized, is 0: the policy learns nothing"
                .to_owned();
        let remedy = "use larger minibatches, or set normalize_advantages to false";
        idle.learns_nothing(Some("normalize_advantages"), why, remedy);
    }
    if number("horizon_length") == 1 {
        idle.trainer("lam", "advantages over one step have no trace (horizon_length is 1)");
    }
}

/// What follows from other settings of the trainer.
fn idle_beside_others(idle: &mut Idle<'_>) {
    let node = &idle.graph.nodes[idle.trainer];
    if !is_word(node, "schedule", "adaptive") {
        idle.trainer("kl_threshold", "only the adaptive schedule goes by it");
    }
    if !is_on(node, "normalize_advantages") {
        idle.trainer("normalize_by_minibatch", "normalize_advantages is false");
    }
    if is_on(node, "normalize_rewards") && !is_zero(node, "reward_scale") {
        idle.trainer(
            "reward_scale",
            "normalize_rewards divides by the deviation, which has the same factor",
        );
    }
    if is_zero(node, "gamma") {
        idle.trainer("lam", "with gamma 0 no later step counts");
    }
    idle_checkpoints(idle);
    if is_zero(node, "reward_scale") {
        let why = "every reward times 0 is 0: nothing can be learned".to_owned();
        idle.learns_nothing(Some("reward_scale"), why, "write 1, or another factor above 0");
    }
    if is_zero(node, "value_coef") {
        let why = "with weight 0 the value learns nothing, and advantages stay those of its first weights".to_owned();
        idle.learns_nothing(Some("value_coef"), why, "write 0.5, or another weight above 0");
    }
}

/// What of the trainer follows from the agent.
fn idle_beside_agent(idle: &mut Idle<'_>, agent: &GraphNode) {
    if is_word(agent, "rnn", "none") {
        idle.trainer("sequence_length", "the agent has no recurrent layer (rnn)");
    }
    let is_measured = is_word(agent, "action_space", "continuous");
    if !is_measured {
        idle.trainer("bounds_coef", "actions are choices, which have no bounds");
    }
    if is_measured
        && is_word(agent, "log_std", "fixed")
        && is_word(agent, "distribution", "gaussian")
    {
        idle.trainer("entropy_coef", "the entropy of actions follows from log_std, which is fixed");
    }
}

/// Settings of the agent with which its policy cannot learn.
fn learns_nothing(idle: &mut Idle<'_>, agent: &GraphNode) {
    let id = &agent.id;
    if is_on(agent, "deterministic") {
        let why = format!(
            "node {id} acts by its mean (deterministic): what is never tried is never learned"
        );
        idle.learns_nothing(
            None,
            why,
            "set deterministic to false; evaluations act by the mean anyway",
        );
    }
    learns_no_layer(idle, agent);
    let never_varies = agent.float("init_log_std").is_ok_and(|log_std| log_std < -10.0);
    if is_word(agent, "action_space", "continuous")
        && is_word(agent, "log_std", "fixed")
        && never_varies
    {
        let why = format!(
            "the fixed deviation of actions of node {id} is below 0.00005: what is never tried is never learned"
        );
        idle.learns_nothing(None, why, "write an init_log_std from -3 to 0, or log_std parameter");
    }
}
