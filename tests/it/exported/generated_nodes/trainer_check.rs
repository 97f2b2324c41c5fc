//! What trainers need to know of the nodes around them, whatever they learn by, and what is wrong there.

use dnne::diagnostic::{Diagnostic, Severity};
use dnne::nodes::{of_scene, reader_on_host};
use dnne::space::ElementType;
use dnne::workflow::{EnvironmentSpec, Graph, GraphNode, Role};

/// A policy with memory learns from whole sequences.
pub(super) fn cut_sequences(graph: &Graph, trainer: usize) -> Option<Diagnostic> {
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

/// Learners refuse stacks that are longer than a rollout.
pub(super) fn short_horizon(node: &GraphNode, spec: &EnvironmentSpec) -> Option<Diagnostic> {
    let horizon = node.param::<usize>("horizon_length").ok()?;
    let stacks = spec.observations.streams().iter().filter_map(|stream| {
        let picture = stream.as_picture().filter(|picture| picture.frames > horizon)?;
        Some((stream, picture.frames))
    });
    let (stream, frames) = stacks.max_by_key(|(_, frames)| *frames)?;
    let message = format!(
        "rollouts of {horizon} steps are shorter than the stack of {frames} frames of \"{}\"",
        stream.name
    );
    let found = Diagnostic::error("short-horizon", message).field("horizon_length");
    Some(found.remedy(format!("write {frames} or more, or stack fewer frames")))
}

/// What keeps PPO's updates on the CPU although the environments are on another device.
pub(super) fn learns_on_cpu(
    graph: &Graph,
    trainer: usize,
    spec: &EnvironmentSpec,
) -> Option<Diagnostic> {
    let device = device_of_environments(graph)?;
    let agent = &graph.nodes[graph.policy_of(trainer)?];
    let why = if agent.text("rnn").is_ok_and(|rnn| rnn != "none") {
        "a recurrent layer"
    } else if spec.observations.streams().iter().any(|it| it.element != ElementType::F32) {
        "pictures"
    } else if is_word(agent, "backend", "candle") {
        "the backend candle"
    } else if is_on(&graph.nodes[trainer], "normalize_rewards") {
        "normalize_rewards"
    } else {
        return None;
    };
    let message = format!("with {why} updates are computed on the CPU, not on {device}");
    let remedy = "leave that out to learn there as well, or take it as it is: it is slower";
    Some(Diagnostic::note("learns-on-cpu", message).remedy(remedy))
}

/// What has numbers cross between the CPU and another device in every step, although updates are computed there.
pub(super) fn crosses(graph: &Graph, trainer: usize, spec: &EnvironmentSpec) -> Option<Diagnostic> {
    let device = device_of_environments(graph)?;
    if learns_on_cpu(graph, trainer, spec).is_some() {
        return None;
    }
    let agent = &graph.nodes[graph.policy_of(trainer)?];
    let observes = is_on(agent, "normalize_observations") && is_word(agent, "observe_at", "step");
    let why = reader_on_host(graph).or_else(|| spec.needs_host.map(of_scene)).or_else(|| {
        observes.then(|| "the statistics of observations change in every step".to_owned())
    })?;
    let message = format!("in every step numbers cross between the CPU and {device}: {why}");
    let remedy = "leave that out to keep rollouts on the device, or take it as it is: it is slower";
    Some(Diagnostic::note("crosses-in-steps", message).remedy(remedy))
}

/// The device of the environments, if it is not the processor.
fn device_of_environments(graph: &Graph) -> Option<String> {
    let environments = graph.nodes.iter().filter(|node| node.class.role == Role::Environment);
    let mut devices = environments.filter_map(|node| node.text("device").ok());
    devices.find(|device| device != "cpu")
}

/// Samples of an update, as far as the graph tells.
pub(super) fn n_samples(graph: &Graph, trainer: usize) -> Option<usize> {
    let node = &graph.nodes[trainer];
    let environments = graph.environments_behind(node.source("states")?.node);
    let n_envs = environments.iter().filter_map(|&it| graph.n_envs(it)).max()?;
    Some(n_envs.saturating_mul(node.param::<usize>("horizon_length").ok()?))
}

/// A parameter's value and whether it is another than where nothing is said.
pub(super) fn is_set(node: &GraphNode, name: &str) -> bool {
    let default = node.class.param(name).map(|(_, param)| param.param_type.default_value());
    node.params.get(name).is_some_and(|value| default.as_ref() != Some(value))
}

pub(super) fn is_word(node: &GraphNode, name: &str, word: &str) -> bool {
    node.text(name).is_ok_and(|text| text == word)
}

pub(super) fn is_on(node: &GraphNode, name: &str) -> bool {
    node.bool(name) == Ok(true)
}

pub(super) fn is_zero(node: &GraphNode, name: &str) -> bool {
    node.float(name) == Ok(0.0)
}

/// Settings that have no effect beside others, and settings with which nothing can be learned.
pub(super) struct Idle<'g> {
    pub(super) graph: &'g Graph,
    pub(super) trainer: usize,
    pub(super) agent: Option<&'g GraphNode>,
    pub(super) found: Vec<Diagnostic>,
}

impl<'g> Idle<'g> {
    /// Of the trainer at a position of the graph.
    pub(super) fn new(graph: &'g Graph, trainer: usize) -> Self {
        let agent = graph.policy_of(trainer).map(|policy| &graph.nodes[policy]);
        Self { graph, trainer, agent, found: Vec::new() }
    }

    /// Notes a setting of the trainer that has no effect, if it is set.
    pub(super) fn trainer(&mut self, name: &str, why: &str) {
        if is_set(&self.graph.nodes[self.trainer], name) {
            self.found.push(without_effect(name, why));
        }
    }

    /// The same of the agent, to which the finding belongs; the trainer's own say where it is.
    pub(super) fn agent(&mut self, name: &str, why: &str) {
        if let Some(agent) = self.agent.filter(|agent| is_set(agent, name)) {
            let message = format!("{name} of node {} has no effect: {why}", agent.id);
            self.found.push(
                Diagnostic::warning("idle-setting", message)
                    .remedy(format!("remove {name}, or set what it needs")),
            );
        }
    }

    pub(super) fn learns_nothing(&mut self, field: Option<&str>, why: String, remedy: &str) {
        let found = Diagnostic::warning("learns-nothing", why).remedy(remedy);
        self.found.push(match field {
            Some(field) => found.field(field),
            None => found,
        });
    }
}

pub(super) fn without_effect(name: &str, why: &str) -> Diagnostic {
    let found = Diagnostic::warning("idle-setting", format!("it has no effect: {why}"));
    found.field(name).remedy(format!("remove {name}, or set what it needs"))
}

/// What of the agent follows from its other settings.
pub(super) fn idle_in_agent(idle: &mut Idle<'_>, agent: &GraphNode) {
    if !is_word(agent, "action_space", "continuous") {
        ["init_log_std", "log_std"].iter().for_each(|name| idle.agent(name, "actions are choices"));
    }
    if is_word(agent, "init", "uniform") {
        let names = ["hidden_gain", "policy_gain", "value_gain"];
        names.iter().for_each(|name| idle.agent(name, "weights begin uniform (init)"));
    }
    if !is_on(agent, "normalize_observations") {
        let names = ["clip_observations", "observe_at"];
        names.iter().for_each(|name| idle.agent(name, "normalize_observations is false"));
    }
    if is_word(agent, "rnn", "none") {
        idle.agent("rnn_size", "there is no recurrent layer (rnn)");
    }
}

/// Settings of checkpoints where none are made.
pub(super) fn idle_checkpoints(idle: &mut Idle<'_>) {
    let node = &idle.graph.nodes[idle.trainer];
    if !is_on(node, "checkpoint_enabled") {
        for name in ["checkpoint_trigger_type", "checkpoint_trigger_value", "checkpoint_keep"] {
            // Files that DNNE saves have them beside what turns them on.
            if is_set(node, name) {
                let found = without_effect(name, "checkpoint_enabled is false");
                idle.found.push(Diagnostic { severity: Severity::Note, ..found });
            }
        }
    }
}

/// Settings of the agent with which no layer of its policy learns.
pub(super) fn learns_no_layer(idle: &mut Idle<'_>, agent: &GraphNode) {
    let id = &agent.id;
    let frozen = agent.text("frozen").unwrap_or_default();
    let frozen: Vec<&str> = frozen.split(',').map(str::trim).collect();
    if frozen.contains(&"trunk") && frozen.contains(&"mu") {
        let why = format!("all layers of the policy of node {id} are frozen");
        idle.learns_nothing(None, why, "leave mu out of frozen, or trunk");
    }
    if is_word(agent, "init", "orthogonal") && is_zero(agent, "hidden_gain") {
        let why = format!(
            "with hidden_gain 0 all hidden weights of node {id} begin at 0, and no gradient gets through them"
        );
        idle.learns_nothing(None, why, "write 1.41, or another gain above 0");
    }
}

/// Numbers of hidden state that an agent's network has for each environment; 0 of other kinds of agents.
pub(super) fn state_dim(agent: &GraphNode) -> usize {
    let n_states = match agent.text("rnn").as_deref() {
        Ok("lstm") => 2,
        Ok("gru") => 1,
        _ => return 0,
    };
    let n_towers = if agent.bool("separate_value") == Ok(true) { 2 } else { 1 };
    n_towers * n_states * agent.param::<usize>("rnn_size").unwrap_or_default()
}
