//! Links: types, and what the parts of a training loop owe each other.

use super::seen_through;
use crate::workflow::diagnostic::Diagnostic;
use crate::workflow::graph::{Graph, OutputRef};
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::{PortType, Role};

const ALL_TYPES: [PortType; 12] = [
    PortType::SimHandle,
    PortType::Tensor,
    PortType::Action,
    PortType::PolicyOutput,
    PortType::Model,
    PortType::Sync,
    PortType::Metrics,
    PortType::Dict,
    PortType::Float,
    PortType::Int,
    PortType::Text,
    PortType::Any,
];

/// Checks every link's type, and triggers and models of training loops.
pub(super) fn check(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    check_types(wiring, diagnostics);
    check_triggers(wiring, diagnostics);
    check_models(wiring, diagnostics);
    check_schedules(wiring, diagnostics);
}

fn check_types(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    let carried = carried_types(graph);
    for (i, node) in graph.nodes.iter().enumerate() {
        for feed in &node.inputs {
            let Some((port, _)) = node.class.input(&feed.input) else {
                continue;
            };
            let types = output_types(graph, &carried, feed.source);
            let Some(wrong) = types.into_iter().find(|t| !port.port_type.accepts(*t)) else {
                continue;
            };
            let from = &graph.nodes[feed.source.node];
            let output = graph.output(feed.source).name;
            let message = format!(
                "the input takes {} and is fed {wrong} by {output} of node {} ({})",
                port.port_type, from.id, from.class.class_type
            );
            let mut outputs = from.class.outputs.iter();
            let remedy = match outputs.find(|o| o.port_type == port.port_type) {
                Some(other) => format!("did you mean its output {:?}?", other.name),
                None => format!("connect an output of type {}", port.port_type),
            };
            let diagnostic = Diagnostic::error("type-mismatch", message).remedy(remedy);
            diagnostics.push(wiring.blame(i, &feed.input, diagnostic));
        }
    }
}

/// For each node, the types that reach its inputs of any type, as a set of bits: what its outputs
/// of any type then carry.
fn carried_types(graph: &Graph) -> Vec<u16> {
    let mut consumers: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut carried = vec![0_u16; graph.nodes.len()];
    for (i, node) in graph.nodes.iter().enumerate() {
        for feed in &node.inputs {
            let takes_any =
                |(port, _): (&crate::workflow::PortSchema, _)| port.port_type == PortType::Any;
            if !node.class.input(&feed.input).is_some_and(takes_any) {
                continue;
            }
            match graph.output(feed.source).port_type {
                PortType::Any => consumers[feed.source.node].push(i),
                port_type => carried[i] |= bit(port_type),
            }
        }
    }
    // Sets only grow, and by few bits, so this ends soon whatever the loops in the graph.
    let mut changed: Vec<usize> = (0..graph.nodes.len()).collect();
    while let Some(i) = changed.pop() {
        for &consumer in &consumers[i] {
            if carried[consumer] | carried[i] != carried[consumer] {
                carried[consumer] |= carried[i];
                changed.push(consumer);
            }
        }
    }
    carried
}

fn bit(port_type: PortType) -> u16 {
    let position = ALL_TYPES.iter().position(|t| *t == port_type);
    position.map_or(0, |i| 1 << i)
}

fn output_types(graph: &Graph, carried: &[u16], source: OutputRef) -> Vec<PortType> {
    let declared = graph.output(source).port_type;
    if declared != PortType::Any {
        return vec![declared];
    }
    let set = carried[source.node];
    let types = ALL_TYPES.into_iter().filter(|t| set & bit(*t) != 0);
    types.collect()
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
        let Some(seen) = policy_of(graph, i).and_then(|p| graph.nodes[p].source("observations"))
        else {
            continue;
        };
        let origin = seen_through(graph, states);
        if origin == seen_through(graph, seen) {
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

/// The policy whose outputs a trainer learns from.
fn policy_of(graph: &Graph, trainer: usize) -> Option<usize> {
    let outputs = graph.nodes[trainer].source("policy_outputs")?;
    let policy = seen_through(graph, outputs).node;
    (graph.nodes[policy].class.role == Role::Policy).then_some(policy)
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

/// A schedule that ends needs to know when.
fn check_schedules(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        let is_linear = node.text("schedule").is_ok_and(|s| s == "linear");
        if node.class.role == Role::Trainer && is_linear && node.int("total_updates") == Ok(0) {
            let message = "a linear schedule falls to 0 over total_updates, which is not given";
            let diagnostic = Diagnostic::error("endless-schedule", message)
                .remedy("set total_updates, or choose \"constant\" or \"adaptive\"");
            diagnostics.push(wiring.blame(i, "schedule", diagnostic));
        }
    }
}

fn check_models(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    for (i, node) in graph.nodes.iter().enumerate() {
        if node.class.role != Role::Trainer {
            continue;
        }
        let (Some(policy), Some(model)) = (policy_of(graph, i), node.source("model")) else {
            continue;
        };
        let model = seen_through(graph, model).node;
        if model != policy {
            let message = format!(
                "the trainer learns from what node {} does, and would change the model of node {}",
                graph.nodes[policy].id, graph.nodes[model].id
            );
            let remedy = format!("connect the model of node {}", graph.nodes[policy].id);
            let diagnostic = Diagnostic::error("model-mismatch", message).remedy(remedy);
            diagnostics.push(wiring.blame(i, "model", diagnostic));
        }
    }
}
