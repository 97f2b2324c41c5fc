//! What of a workflow is not as it is in the training that runs.

use crate::workflow::{Graph, GraphNode, ParamValue};
use std::collections::HashSet;

/// How a graph differs from the one that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// The nodes that the run goes on without: with other settings, other wires, or new.
    pub nodes: HashSet<String>,
    /// All settings that are others now, as `NODE.PARAM=VALUE`, those too that the run has been given.
    pub settings: Vec<String>,
    /// Whether nodes or wires are others, with which no run can go on.
    pub has_other_parts: bool,
}

impl Differences {
    /// Of the graph `now` from that which runs; `is_live` says of a node whether a setting of it changes while it runs.
    pub(crate) fn new(
        runs: &Graph,
        now: &Graph,
        is_live: impl Fn(&GraphNode, &str) -> bool,
    ) -> Self {
        let has_other_parts = runs.nodes.iter().any(|node| now.node(&node.id).is_none());
        let mut found = Self { has_other_parts, ..Self::default() };
        for node in &now.nodes {
            let before = runs.node(&node.id).filter(|before| before.class == node.class);
            let Some(before) = before else {
                found.has_other_parts = true;
                found.nodes.insert(node.id.clone());
                continue;
            };
            if has_other_wires((runs, before), (now, node)) {
                found.has_other_parts = true;
                found.nodes.insert(node.id.clone());
            }
            for (name, value) in &node.params {
                if before.params.get(name) == Some(value) {
                    continue;
                }
                found.settings.push(format!("{}.{name}={}", node.id, plain(value)));
                if !is_live(node, name) {
                    found.nodes.insert(node.id.clone());
                }
            }
        }
        found
    }

    /// Whether the run goes on without something.
    pub(crate) fn matters(&self) -> bool {
        !self.nodes.is_empty() || self.has_other_parts
    }
}

/// Whether an input is fed by another output.
fn has_other_wires(
    (runs, before): (&Graph, &GraphNode),
    (now, node): (&Graph, &GraphNode),
) -> bool {
    let source = |graph: &Graph, node: &GraphNode, input: &str| {
        node.source(input).map(|source| (graph.nodes[source.node].id.clone(), source.output))
    };
    let inputs = node.inputs.iter().chain(&before.inputs).map(|feed| feed.input.as_str());
    inputs.into_iter().any(|input| source(now, node, input) != source(runs, before, input))
}

/// A value as it is written behind `NODE.PARAM=`.
fn plain(value: &ParamValue) -> String {
    match value {
        ParamValue::Text(text) => text.clone(),
        ParamValue::IntList(items) => {
            let items: Vec<String> = items.iter().map(i64::to_string).collect();
            items.join(",")
        }
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::{Kinds, training_loop};
    use crate::scene::SceneLibrary;
    use crate::session::check_workflow;
    use crate::workflow::{Document, Role};

    fn scenes() -> SceneLibrary {
        SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"))
    }

    fn shipped(settings: &[&str]) -> Graph {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/cartpole_ppo.json");
        let document = Document::load(path).0.unwrap();
        let settings: Vec<String> = settings.iter().map(|it| (*it).to_owned()).collect();
        let loaded = check_workflow(document, &settings, &Kinds::builtin(), &scenes());
        loaded.graph.unwrap_or_else(|| panic!("{settings:?}: {:#?}", loaded.diagnostics))
    }

    #[test]
    fn settings_that_differ_make_the_same_graph_of_the_one_that_runs() {
        let runs = shipped(&[]);
        let cases: [&[&str]; 5] = [
            &["PPOTrainerNode.gamma=0.9"],
            &["PPOTrainerNode.learning_rate=2e-05", "PPOAgentNode.hidden_sizes=32,16"],
            &["PPOAgentNode.activation=tanh"],
            &["IsaacGymEnvNode.num_envs=1024"],
            &["PPOTrainerNode.checkpoint_enabled=false"],
        ];
        for settings in cases {
            let now = shipped(settings);
            let found = Differences::new(&runs, &now, |_, _| false);
            assert_eq!((found.settings.len(), found.has_other_parts), (settings.len(), false));
            assert!(found.matters());
            let said: Vec<&str> = found.settings.iter().map(String::as_str).collect();
            let again = shipped(&said);
            assert_eq!(Differences::new(&now, &again, |_, _| false), Differences::default());
        }
        assert_eq!(Differences::new(&runs, &shipped(&[]), |_, _| false), Differences::default());
    }

    #[test]
    fn what_the_run_was_given_does_not_matter_but_counts_when_it_goes_on() {
        let (runs, now) = (shipped(&[]), shipped(&["PPOTrainerNode.gamma=0.9"]));
        let is_live =
            |node: &GraphNode, name: &str| node.class.role == Role::Trainer && name == "gamma";
        let found = Differences::new(&runs, &now, is_live);
        assert!(!found.matters());
        assert_eq!(found.settings.len(), 1);
    }

    #[test]
    fn other_nodes_and_wires_are_other_parts() {
        let graph = |with_logger: bool| {
            let mut graph = training_loop()
                .node("env", "IsaacGymEnvNode")
                .set("env_name", "Cartpole")
                .node("agent", "PPOAgentNode")
                .node("trainer", "PPOTrainerNode");
            if with_logger {
                graph = graph.node("console", "ConsoleLogger").connect(
                    "trainer",
                    "loss",
                    "console",
                    "loss_info",
                );
            }
            graph.build().unwrap()
        };
        let (without, with) = (graph(false), graph(true));
        for (runs, now, n_nodes) in [(&without, &with, 1), (&with, &without, 0)] {
            let found = Differences::new(runs, now, |_, _| true);
            assert!(found.has_other_parts && found.matters());
            assert_eq!((found.nodes.len(), found.settings.len()), (n_nodes, 0));
        }
        let fed_otherwise = |of: &str| {
            let loops = training_loop()
                .node("env", "IsaacGymEnvNode")
                .set("env_name", "Cartpole")
                .node("agent", "PPOAgentNode")
                .node("trainer", "PPOTrainerNode")
                .node("first", "MetricsLogger")
                .node("second", "MetricsLogger")
                .node("console", "ConsoleLogger")
                .connect("trainer", "loss", "first", "loss_info")
                .connect("trainer", "loss", "second", "loss_info");
            loops.connect(of, "metrics", "console", "loss_info").build().unwrap()
        };
        let found =
            Differences::new(&fed_otherwise("first"), &fed_otherwise("second"), |_, _| true);
        assert!(found.has_other_parts);
        assert_eq!(found.nodes, HashSet::from(["console".to_owned()]));
    }
}
