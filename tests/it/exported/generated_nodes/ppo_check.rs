//! What is wrong with a `PPOTrainerNode` in view of the nodes around it.

use dnne::diagnostic::Diagnostic;
use dnne::workflow::{Graph, GraphNode};

/// Findings about the trainer at a position of the graph.
pub(super) fn findings(graph: &Graph, trainer: usize) -> Vec<Diagnostic> {
    let mut found = endless_schedules(&graph.nodes[trainer]);
    found.extend(cut_sequences(graph, trainer));
    found.extend(large_minibatch(graph, trainer));
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

/// A policy with memory learns from whole sequences.
fn cut_sequences(graph: &Graph, trainer: usize) -> Option<Diagnostic> {
    let policy = &graph.nodes[graph.policy_of(trainer)?];
    let has_memory = policy.text("rnn").is_ok_and(|rnn| rnn != "none");
    if !has_memory {
        return None;
    }
    let number = |name: &str| graph.nodes[trainer].param::<usize>(name).ok();
    let (horizon, minibatch) = (number("horizon_length")?, number("minibatch_size")?);
    let length = match number("sequence_length")? {
        0 => horizon,
        length => length,
    };
    if length == 0 {
        return None;
    }
    let blame = |field: &str, message: String, remedy: String| {
        Some(Diagnostic::error("cut-sequences", message).field(field).remedy(remedy))
    };
    if !horizon.is_multiple_of(length) {
        let message = format!("{horizon} steps are not whole sequences of {length}");
        blame("sequence_length", message, format!("write a divisor of {horizon}"))
    } else if !minibatch.is_multiple_of(length) {
        let message = format!("minibatches of {minibatch} are not whole sequences of {length}");
        let remedy = format!("write a multiple of {length}, or a shorter sequence_length");
        blame("minibatch_size", message, remedy)
    } else {
        None
    }
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
