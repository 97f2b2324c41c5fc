//! Type checks of links.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::workflow::graph::{Graph, OutputRef};
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::PortType;

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

/// For each node, the types that reach its inputs of any type: what its outputs of any type then carry.
fn carried_types(graph: &Graph) -> Vec<BTreeSet<PortType>> {
    let mut consumers: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    let mut carried = vec![BTreeSet::new(); graph.nodes.len()];
    for (i, node) in graph.nodes.iter().enumerate() {
        for feed in &node.inputs {
            let takes_any =
                |(port, _): (&crate::workflow::PortSchema, _)| port.port_type == PortType::Any;
            if !node.class.input(&feed.input).is_some_and(takes_any) {
                continue;
            }
            match graph.output(feed.source).port_type {
                PortType::Any => consumers[feed.source.node].push(i),
                port_type => {
                    carried[i].insert(port_type);
                }
            }
        }
    }
    // Sets only grow, and have few members, so this ends soon whatever the loops in the graph.
    let mut changed: Vec<usize> = (0..graph.nodes.len()).collect();
    while let Some(i) = changed.pop() {
        let types = carried[i].clone();
        for &consumer in &consumers[i] {
            let before = carried[consumer].len();
            carried[consumer].extend(&types);
            if carried[consumer].len() > before {
                changed.push(consumer);
            }
        }
    }
    carried
}

fn output_types(graph: &Graph, carried: &[BTreeSet<PortType>], source: OutputRef) -> Vec<PortType> {
    match graph.output(source).port_type {
        PortType::Any => carried[source.node].iter().copied().collect(),
        declared => vec![declared],
    }
}
