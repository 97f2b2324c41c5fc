//! The order in which systems run: from sources along the links, so that a value crosses the whole
//! graph in one pass.

use crate::workflow::{Firing, Graph};

/// Positions of all nodes in running order. A node comes after what feeds it; a loop is cut where it
/// enters a node that fires on each input (an ORNode), or at a primed input, for that is where the
/// first value comes from elsewhere.
pub(super) fn running_order(graph: &Graph) -> Vec<usize> {
    let n = graph.nodes.len();
    let mut done = vec![false; n];
    let mut order = Vec::with_capacity(n);
    while order.len() < n {
        let waiting = || (0..n).filter(|&index| !done[index]);
        let sources_done = |index: usize| {
            let node = &graph.nodes[index];
            node.inputs.iter().all(|feed| {
                let primed = node.class.input(&feed.input).is_some_and(|(port, _)| port.primed);
                primed || done[feed.source.node]
            })
        };
        let joins = |index: usize| {
            let node = &graph.nodes[index];
            node.class.firing == Firing::EachInput
                && node.inputs.iter().any(|feed| done[feed.source.node])
        };
        let next = waiting()
            .find(|&index| sources_done(index))
            .or_else(|| waiting().find(|&index| joins(index)))
            .or_else(|| waiting().next());
        match next {
            Some(index) => {
                done[index] = true;
                order.push(index);
            }
            None => break,
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::training_loop;

    #[test]
    fn a_training_loop_is_cut_at_the_or_node_and_at_the_trigger() {
        let graph = training_loop()
            .node("trainer", "PPOTrainerNode")
            .node("agent", "PPOAgentNode")
            .node("env", "IsaacGymEnvNode")
            .build()
            .unwrap();
        let order = running_order(&graph);
        let ids: Vec<&str> = order.iter().map(|&index| graph.nodes[index].id.as_str()).collect();
        assert_eq!(ids, ["env", "or", "agent", "step", "trainer"]);
    }
}
