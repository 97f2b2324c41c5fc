//! Loops that cannot start because they have no ORNode.

use crate::diagnostic::Diagnostic;
use crate::workflow::graph::{Graph, GraphNode};
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::Firing;

/// Reports each loop in which every node waits for the one before it.
pub(super) fn check(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    let mut waiting = Waiting::new(graph);
    waiting.release((0..graph.nodes.len()).collect());
    for start in 0..graph.nodes.len() {
        if waiting.is_released[start] {
            continue;
        }
        let mut circle = waiting.circle(start);
        // Told from its first node in document order, wherever the walk happened to close.
        if let Some(first) = (0..circle.len()).min_by_key(|i| circle[*i]) {
            circle.rotate_left(first);
        }
        let ids: Vec<_> = circle.iter().map(|i| graph.nodes[*i].id.as_str()).collect();
        let first = ids.first().copied().unwrap_or_default();
        let message = format!(
            "each of these nodes waits for the one before it: {} -> {first}",
            ids.join(" -> ")
        );
        let remedy = "lead the loop through an ORNode that is also fed from outside";
        let diagnostic = Diagnostic::error("cycle-without-or", message).remedy(remedy);
        diagnostics.push(wiring.blame(circle[0], "", diagnostic));
        // What only waits for this loop is not a loop of its own.
        for &node in &circle {
            waiting.is_released[node] = true;
        }
        let freed = circle.iter().flat_map(|i| waiting.followers[*i].clone());
        let freed: Vec<_> = freed.filter(|i| !waiting.is_released[*i]).collect();
        for &node in &freed {
            waiting.open[node] = waiting.open[node].saturating_sub(1);
        }
        waiting.release(freed);
    }
}

/// Which nodes wait for which, with loops broken where a node can start: at an ORNode, and at
/// inputs whose first value is given.
struct Waiting {
    leaders: Vec<Vec<usize>>,
    followers: Vec<Vec<usize>>,
    /// How many leaders are not released yet.
    open: Vec<usize>,
    is_released: Vec<bool>,
}

impl Waiting {
    fn new(graph: &Graph) -> Self {
        let n = graph.nodes.len();
        let mut followers = vec![Vec::new(); n];
        let leaders: Vec<Vec<usize>> = graph.nodes.iter().map(leaders_of).collect();
        for (i, leaders) in leaders.iter().enumerate() {
            for leader in leaders {
                followers[*leader].push(i);
            }
        }
        Self {
            open: leaders.iter().map(Vec::len).collect(),
            leaders,
            followers,
            is_released: vec![false; n],
        }
    }

    /// Releases those of `candidates` that wait for nothing, and whatever that frees.
    fn release(&mut self, candidates: Vec<usize>) {
        let mut todo = candidates;
        while let Some(i) = todo.pop() {
            if self.is_released[i] || self.open[i] > 0 {
                continue;
            }
            self.is_released[i] = true;
            for &follower in &self.followers[i] {
                self.open[follower] = self.open[follower].saturating_sub(1);
                todo.push(follower);
            }
        }
    }

    /// A loop found by walking back from `start`, in the order in which values would flow.
    fn circle(&self, start: usize) -> Vec<usize> {
        let mut path = vec![start];
        let mut at_step = std::collections::HashMap::from([(start, 0)]);
        let mut here = start;
        loop {
            let mut leaders = self.leaders[here].iter();
            let Some(&leader) = leaders.find(|l| !self.is_released[**l]) else {
                return path;
            };
            if let Some(&step) = at_step.get(&leader) {
                let mut circle = path.split_off(step);
                circle.reverse();
                return circle;
            }
            at_step.insert(leader, path.len());
            path.push(leader);
            here = leader;
        }
    }
}

fn leaders_of(node: &GraphNode) -> Vec<usize> {
    if node.class.firing == Firing::EachInput {
        return Vec::new();
    }
    let is_waited_for = |name: &str| {
        let port = node.class.input(name);
        port.is_some_and(|(port, _)| !port.primed)
    };
    let fed = node.inputs.iter().filter(|feed| is_waited_for(&feed.input));
    fed.map(|feed| feed.source.node).collect()
}
