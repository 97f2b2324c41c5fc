//! The order of nodes in text.

use crate::workflow::{Graph, OutputRef};

/// The positions of a graph's nodes, each after those that feed it as far as loops allow, by ids where that
/// leaves a choice: the same for the same graph, in whatever order its document has them.
pub(super) fn in_order(graph: &Graph) -> Vec<usize> {
    let n = graph.nodes.len();
    // Ids that are numbers come first, by value.
    let key = |&node: &usize| {
        let id = &graph.nodes[node].id;
        (id.parse::<u64>().map_or(u64::MAX, |number| number), id.clone())
    };
    let mut left: Vec<usize> = (0..n).collect();
    left.sort_by_key(key);
    let mut is_placed = vec![false; n];
    let mut order = Vec::with_capacity(n);
    while !left.is_empty() {
        let is_ready = |node: &usize| {
            let feeds = graph.nodes[*node].inputs.iter();
            feeds.map(|feed| feed.source).all(|OutputRef { node, .. }| is_placed[node])
        };
        // In a loop somebody has to be the first: whoever has something already, else whoever comes first.
        let has_some =
            |node: &usize| graph.nodes[*node].inputs.iter().any(|feed| is_placed[feed.source.node]);
        let next = left.iter().position(is_ready).or_else(|| left.iter().position(has_some));
        let node = left.remove(next.unwrap_or(0));
        is_placed[node] = true;
        order.push(node);
    }
    order
}
