//! Which nodes can fire, found by playing the workflow with tokens instead of values.

use crate::diagnostic::Diagnostic;
use crate::workflow::graph::Graph;
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::{Firing, Role};

/// A loop that has gone round this often goes round for ever: nothing in it counts further.
const ROUNDS: usize = 3;

/// Reports nodes that never fire, and loops that come to a halt.
pub(super) fn check(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    let mut play = Play::new(&wiring.graph);
    play.run();
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        let fired = play.fired[i];
        let waits = play.waits_for(i);
        if fired >= ROUNDS || waits.is_empty() {
            continue;
        }
        let list = waits.join(" and ");
        let remedy = "feed these inputs from something that fires as often as the node should";
        let diagnostic = if fired == 0 {
            let message = format!("the node never fires: it waits for {list}");
            Diagnostic::error("never-fires", message)
        } else if node.class.role == Role::Step {
            let message = format!("the loop halts after {fired} steps: it waits for {list}");
            Diagnostic::error("deadlock", message)
        } else if play.has_leftovers(i) {
            let message = format!("the node halts after firing {fired} times: it waits for {list}");
            Diagnostic::warning("starves", message)
        } else {
            continue;
        };
        diagnostics.push(wiring.blame(i, "", diagnostic.remedy(remedy)));
    }
}

/// Tokens in place of values.
struct Play<'g> {
    graph: &'g Graph,
    /// Tokens waiting at each input of each node.
    tokens: Vec<Vec<usize>>,
    /// Whether each input of each node is read once and then held.
    held: Vec<Vec<bool>>,
    fired: Vec<usize>,
    /// Readers of each node: node and input position.
    readers: Vec<Vec<(usize, usize)>>,
}

impl<'g> Play<'g> {
    fn new(graph: &'g Graph) -> Self {
        let n = graph.nodes.len();
        let mut play = Self {
            graph,
            tokens: Vec::with_capacity(n),
            held: Vec::with_capacity(n),
            fired: vec![0; n],
            readers: vec![Vec::new(); n],
        };
        for (i, node) in graph.nodes.iter().enumerate() {
            let port = |name: &str| node.class.input(name).map(|(port, _)| port);
            let inputs = node.inputs.iter();
            let primed = inputs.map(|f| usize::from(port(&f.input).is_some_and(|p| p.primed)));
            play.tokens.push(primed.collect());
            let inputs = node.inputs.iter();
            let held = inputs.map(|f| port(&f.input).is_some_and(|p| p.held));
            play.held.push(held.collect());
            for (k, feed) in node.inputs.iter().enumerate() {
                play.readers[feed.source.node].push((i, k));
            }
        }
        play
    }

    fn run(&mut self) {
        let mut todo: Vec<usize> = (0..self.graph.nodes.len()).rev().collect();
        while let Some(i) = todo.pop() {
            while self.can_fire(i) {
                self.fire(i);
                todo.extend(self.readers[i].iter().map(|(reader, _)| *reader));
            }
        }
    }

    fn can_fire(&self, i: usize) -> bool {
        let consumes = self.held[i].iter().any(|held| !held);
        // A node that consumes nothing would never stop: sources fire once.
        let limit = if consumes { ROUNDS } else { 1 };
        if self.fired[i] >= limit {
            return false;
        }
        match self.graph.nodes[i].class.firing {
            Firing::AllInputs => self.tokens[i].iter().all(|count| *count > 0),
            Firing::EachInput => self.tokens[i].iter().any(|count| *count > 0),
        }
    }

    fn fire(&mut self, i: usize) {
        self.fired[i] += 1;
        let each = self.graph.nodes[i].class.firing == Firing::EachInput;
        for (count, held) in self.tokens[i].iter_mut().zip(&self.held[i]) {
            if *count > 0 && !held {
                *count -= 1;
                if each {
                    break;
                }
            }
        }
        for &(reader, input) in &self.readers[i] {
            self.tokens[reader][input] += 1;
        }
    }

    /// Inputs without a token, in words.
    fn waits_for(&self, i: usize) -> Vec<String> {
        let node = &self.graph.nodes[i];
        let empty = node.inputs.iter().zip(&self.tokens[i]);
        empty
            .filter(|(_, count)| **count == 0)
            .map(|(feed, _)| {
                let from = &self.graph.nodes[feed.source.node];
                let how_often = match self.fired[feed.source.node] {
                    0 => "which never fires",
                    1 => "which fires once",
                    _ => "which halts too",
                };
                let (id, class) = (&from.id, from.class.class_type);
                format!("{} from node {id} ({class}), {how_often}", feed.input)
            })
            .collect()
    }

    /// Whether something arrived that the node could not use.
    fn has_leftovers(&self, i: usize) -> bool {
        let inputs = self.tokens[i].iter().zip(&self.held[i]);
        inputs.into_iter().any(|(count, held)| *count > 0 && !held)
    }
}
