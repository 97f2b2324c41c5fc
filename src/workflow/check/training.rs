//! Checks that the nodes of a training loop fit together.

use crate::diagnostic::Diagnostic;
use crate::workflow::graph::{Feed, Graph, OutputRef};
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::{PortSchema, PortType, Role};

/// The input by which savers and curricula hear of updates.
const LOSS_INFO: &str = "loss_info";

/// Checks the parts of training loops against each other.
pub(super) fn check(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    check_single(wiring, diagnostics);
    check_triggers(wiring, diagnostics);
    check_models(wiring, diagnostics);
    check_kinds(wiring, diagnostics);
    check_shapers(wiring, diagnostics);
    check_curricula(wiring, diagnostics);
}

/// Feeds a trainer's states from what its agent saw, where a file feeds them from the step.
///
/// DNNE's own files link `Step.observations` there, which is the state after the action. PPO needs
/// the state before it, as DNNE's guide draws it.
pub(super) fn rewire_states(wiring: &mut Wiring, diagnostics: &mut Vec<Diagnostic>) {
    for i in 0..wiring.graph.nodes.len() {
        let graph = &wiring.graph;
        let trainer = &graph.nodes[i];
        if trainer.class.role != Role::Trainer {
            continue;
        }
        let Some(states) = trainer.source("states") else {
            continue;
        };
        let Some(seen) = graph.policy_of(i).and_then(|p| graph.nodes[p].source("observations"))
        else {
            continue;
        };
        let origin = graph.origin(states);
        if origin == graph.origin(seen) {
            continue;
        }
        let (from, wanted) = (&graph.nodes[states.node], &graph.nodes[seen.node]);
        let what = format!("{} of node {}", graph.output(states).name, from.id);
        let to = format!("{} of node {}", graph.output(seen).name, wanted.id);
        if graph.nodes[origin.node].class.role != Role::Step {
            let message = format!("the trainer stores {what}, while the agent sees {to}");
            let differ = Diagnostic::warning("states-differ", message);
            let differ = differ.remedy("feed both from the same output");
            diagnostics.push(wiring.blame(i, "states", differ));
            continue;
        }
        let message = format!(
            "fed by {what}, which is the state after the action; read as fed by {to}, which the \
             agent saw"
        );
        let rewired = Diagnostic::warning("states-rewired", message)
            .remedy(format!("connect {to} to make the file say so"));
        diagnostics.push(wiring.blame(i, "states", rewired));
        let trainer = &mut wiring.graph.nodes[i];
        for feed in trainer.inputs.iter_mut().filter(|f| f.input == "states") {
            feed.source = seen;
        }
    }
}

/// What each kind has to say about its own nodes and those around them.
fn check_kinds(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        for found in (node.class.check_among)(&wiring.graph, i) {
            let field = found.field.clone().unwrap_or_default();
            diagnostics.push(wiring.blame(i, &field, found));
        }
    }
}

fn check_triggers(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let nodes = &wiring.graph.nodes;
    let Some(trainer) = nodes.iter().find(|n| n.class.role == Role::Trainer) else {
        return;
    };
    for (i, node) in nodes.iter().enumerate() {
        if node.class.role == Role::Step && node.source("trigger").is_none() {
            let message = "the step would run ahead of the trainer: its trigger is not connected";
            let remedy = format!("connect training_complete of node {}", trainer.id);
            let diagnostic = Diagnostic::error("missing-trigger", message).remedy(remedy);
            diagnostics.push(wiring.blame(i, "trigger", diagnostic));
        }
    }
}

/// What a step led to is not what is seen after a reset.
fn check_shapers(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    for (i, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.class.role == Role::Shaper) {
        let Some(source) = node.source("observations").map(|source| graph.origin(source)) else {
            continue;
        };
        let from = &graph.nodes[source.node];
        if from.class.role == Role::Step && graph.output(source).name == "observations" {
            let message =
                "where an episode has ended, these observations are those of the next one";
            let diagnostic = Diagnostic::warning("after-reset", message)
                .remedy(format!("connect next_observations of node {}", from.id));
            diagnostics.push(wiring.blame(i, "observations", diagnostic));
        }
    }
}

fn check_curricula(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    let is_curriculum = |i: &usize| graph.nodes[*i].class.role == Role::Curriculum;
    for node in (0..graph.nodes.len()).filter(is_curriculum) {
        if graph.consumers(OutputRef { node, output: 0 }).next().is_none() {
            let message = "nothing reads its difficulty";
            let diagnostic = Diagnostic::warning("idle-curriculum", message)
                .remedy("connect difficulty to the environment step");
            diagnostics.push(wiring.blame(node, "", diagnostic));
        }
    }
}

/// A trainer changes, and a saver saves, the network that is meant.
fn check_models(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    for (i, node) in graph.nodes.iter().enumerate() {
        if !matches!(node.class.role, Role::Trainer | Role::Saver) {
            continue;
        }
        let Some(model) = node.source("model") else { continue };
        let model = &graph.nodes[graph.origin(model).node];
        let policy = graph.policy_of(i).map(|policy| &graph.nodes[policy]);
        let (message, remedy) = match policy {
            Some(policy) if policy.id != model.id => (
                format!(
                    "the trainer learns from what node {} does, and would change the model of \
                     node {}",
                    policy.id, model.id
                ),
                format!("connect the model of node {}", policy.id),
            ),
            None if node.class.role == Role::Saver && model.class.role != Role::Policy => (
                format!("node {} ({}) has no network to save", model.id, model.class.class_type),
                "connect the model of the agent".to_owned(),
            ),
            _ => continue,
        };
        let diagnostic = Diagnostic::error("model-mismatch", message).remedy(remedy);
        diagnostics.push(wiring.blame(i, "model", diagnostic));
    }
}

/// Feeds savers and curricula that go by no metrics of their own from the trainer, so that what they do does not
/// depend on where they stand in the file.
pub(super) fn feed_savers(wiring: &mut Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let nodes = &wiring.graph.nodes;
    let loss = nodes.iter().enumerate().find_map(|(node, trainer)| {
        let is_metrics = |port: &PortSchema| port.port_type == PortType::Metrics;
        let output = trainer.class.outputs.iter().position(is_metrics)?;
        (trainer.class.role == Role::Trainer).then_some(OutputRef { node, output })
    });
    for i in 0..wiring.graph.nodes.len() {
        let node = &mut wiring.graph.nodes[i];
        let idle = match node.class.role {
            Role::Saver => ("idle-saver", "there is nothing to save"),
            Role::Curriculum => ("idle-curriculum", "there is nothing to follow"),
            _ => continue,
        };
        if node.source(LOSS_INFO).is_some() {
            continue;
        }
        match loss {
            Some(source) => node.inputs.push(Feed { input: LOSS_INFO.to_owned(), source }),
            None => {
                let message = format!("nothing trains in this workflow: {}", idle.1);
                let diagnostic = Diagnostic::warning(idle.0, message)
                    .remedy("add a trainer, or remove this node");
                diagnostics.push(wiring.blame(i, "", diagnostic));
            }
        }
    }
}

/// A run has one training loop. More than one of its parts would share its progress, its clock and
/// its seed, and an evaluation would not know which one to measure. Several environments are one if a
/// node joins them.
fn check_single(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let nodes = &wiring.graph.nodes;
    for (role, what) in [
        (Role::Environment, "environment"),
        (Role::Join, "join of environments"),
        (Role::Step, "environment step"),
        (Role::Policy, "agent"),
        (Role::Trainer, "trainer"),
        (Role::Curriculum, "curriculum"),
    ] {
        let is_joined = |i: usize| role == Role::Environment && joins_of(&wiring.graph, i) == 1;
        let mut found = (0..nodes.len()).filter(|&i| nodes[i].class.role == role);
        let Some(first) = found.next() else { continue };
        for i in found.filter(|&i| !(is_joined(i) && is_joined(first))) {
            let (id, title) = (&nodes[first].id, &nodes[first].title);
            let message = format!("a second {what} beside node {id} ({title:?})");
            let mut remedy = format!("keep one {what} in a workflow: remove or mute the other");
            if role == Role::Environment {
                remedy += ", or join both with a MultiTask node";
            }
            let diagnostic = Diagnostic::error("more-than-one", message).remedy(remedy);
            diagnostics.push(wiring.blame(i, "", diagnostic));
        }
    }
}

/// How many inputs of nodes that join environments an environment feeds.
fn joins_of(graph: &Graph, environment: usize) -> usize {
    let joins = graph.nodes.iter().filter(|node| node.class.role == Role::Join);
    let feeds = joins.flat_map(|join| &join.inputs);
    feeds.filter(|feed| graph.origin(feed.source).node == environment).count()
}
