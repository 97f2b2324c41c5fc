//! Links: whether what an output gives is what an input takes.

use crate::workflow::diagnostic::Diagnostic;
use crate::workflow::graph::{Graph, OutputRef};
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::PortType;

const ALL_TYPES: [PortType; 13] = [
    PortType::SimHandle,
    PortType::Tensor,
    PortType::Dones,
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

/// Checks every link's type.
pub(super) fn check(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
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
