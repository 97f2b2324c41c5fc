//! What is wrong with the workflow that is open, worked out in the background after every change.

use crate::diagnostic::{Diagnostic, Severity};
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::workflow::{
    Document, EnvironmentCatalog, EnvironmentSpec, Graph, GraphNode, Role, check,
};
use bevy_egui::egui;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the last check found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// The state of the document that was checked.
    pub revision: u64,
    pub diagnostics: Vec<Diagnostic>,
    /// The graph, if it is sound.
    pub graph: Option<Arc<Graph>>,
    /// Sizes of what leaves outputs, by node and the output's name, such as `512 x 4`.
    pub sizes: HashMap<(String, String), String>,
    pub took: Duration,
    /// Which of the diagnostics concern each node.
    by_node: HashMap<String, Vec<usize>>,
}

impl Findings {
    pub(crate) fn new(revision: u64, diagnostics: Vec<Diagnostic>) -> Self {
        let mut by_node: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, found) in diagnostics.iter().enumerate() {
            if let Some(node) = &found.node {
                by_node.entry(node.clone()).or_default().push(i);
            }
        }
        Self { revision, diagnostics, by_node, ..Self::default() }
    }

    /// What concerns a node.
    pub(crate) fn of_node(&self, node: &str) -> impl Iterator<Item = &Diagnostic> {
        let positions = self.by_node.get(node).map_or(&[][..], Vec::as_slice);
        positions.iter().map(|&i| &self.diagnostics[i])
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == severity).count()
    }

    /// What is wrong at a field of a node; with an empty field, with the node as a whole.
    pub(crate) fn at<'a>(
        &'a self,
        node: &'a str,
        field: &'a str,
    ) -> impl Iterator<Item = &'a Diagnostic> {
        self.of_node(node).filter(move |found| found.field.as_deref().unwrap_or("") == field)
    }

    /// What is wrong with fields, as it is written below them.
    pub(crate) fn wrong_fields(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .filter_map(|it| Some((it.node.as_deref()?, it.field.as_deref()?, it.message.as_str())))
    }

    /// How bad the worst is that concerns a node.
    pub(crate) fn worst_of(&self, node: &str) -> Option<Severity> {
        self.of_node(node).map(|found| found.severity).max()
    }
}

/// A state of a tab's document, and the scenes that it may name.
struct Order {
    tab: usize,
    revision: u64,
    document: Document,
    scenes: SceneLibrary,
    /// Who wants to know of it.
    window: egui::Context,
}

/// Checks documents on a thread of its own; of those that wait only the last counts.
pub(crate) struct Checker {
    orders: Sender<Order>,
    results: Mutex<Receiver<(usize, Findings)>>,
}

impl Checker {
    pub(crate) fn new(kinds: Arc<Kinds>) -> Self {
        let (orders, ordered) = channel::<Order>();
        let (done, results) = channel();
        std::thread::spawn(move || {
            while let Ok(first) = ordered.recv() {
                // Several documents may wait, each in several states.
                let mut waiting: HashMap<usize, Order> = HashMap::new();
                for order in std::iter::once(first).chain(ordered.try_iter()) {
                    waiting.insert(order.tab, order);
                }
                for (tab, order) in waiting {
                    let Order { revision, document, scenes, window, .. } = order;
                    if done.send((tab, examine(&document, revision, &kinds, &scenes))).is_err() {
                        return;
                    }
                    window.request_repaint();
                }
            }
        });
        Self { orders, results: Mutex::new(results) }
    }

    /// Has a state of a tab's document checked; the window is woken when that is done.
    pub(crate) fn ask(
        &self,
        (tab, revision): (usize, u64),
        document: Document,
        scenes: SceneLibrary,
        window: &egui::Context,
    ) {
        let window = window.clone();
        // The thread lives as long as this.
        let _ = self.orders.send(Order { tab, revision, document, scenes, window });
    }

    /// What was found since, by tab.
    pub(crate) fn results(&self) -> Vec<(usize, Findings)> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).try_iter().collect()
    }
}

/// Checks a document.
pub(crate) fn examine(
    document: &Document,
    revision: u64,
    kinds: &Kinds,
    scenes: &SceneLibrary,
) -> Findings {
    let start = Instant::now();
    let (graph, diagnostics) = check(document, kinds.registry(), scenes);
    let sizes = graph.as_ref().map(|graph| sizes(graph, scenes)).unwrap_or_default();
    let findings = Findings::new(revision, diagnostics);
    Findings { graph: graph.map(Arc::new), sizes, took: start.elapsed(), ..findings }
}

/// What leaves each output that carries rows of environments.
fn sizes(graph: &Graph, scenes: &SceneLibrary) -> HashMap<(String, String), String> {
    let mut specs: Vec<(EnvironmentSpec, i64)> = Vec::new();
    let is_environment = |node: &GraphNode| node.class.role == Role::Environment;
    for (i, node) in graph.nodes.iter().enumerate().filter(|(_, node)| is_environment(node)) {
        let spec = node.text("env_name").ok().and_then(|name| scenes.spec_in(graph, i, &name).ok());
        let (Some(spec), Ok(n)) = (spec, node.int("num_envs")) else { return HashMap::new() };
        specs.push((spec, n));
    }
    let n_envs: i64 = specs.iter().map(|(_, n)| n).sum();
    let all: Vec<EnvironmentSpec> = specs.into_iter().map(|(spec, _)| spec).collect();
    let Some(spec) = EnvironmentSpec::joined(&all).ok().filter(|_| !all.is_empty()) else {
        return HashMap::new();
    };
    let of_output = |node: &GraphNode, name: &str| -> Option<String> {
        let columns =
            |n: usize| if n == 1 { n_envs.to_string() } else { format!("{n_envs}\u{d7}{n}") };
        match name {
            "observations" | "next_observations" => Some(columns(spec.observations.size())),
            "rewards" | "dones" => Some(columns(1)),
            "actions" | "policy_output" => Some(columns(spec.actions.action_dim())),
            "output" if node.class.role == Role::PassThrough => {
                Some(columns(spec.observations.size()))
            }
            _ => None,
        }
    };
    let mut sizes = HashMap::new();
    for node in &graph.nodes {
        for output in node.class.outputs {
            if let Some(size) = of_output(node, output.name) {
                sizes.insert((node.id.clone(), output.name.to_owned()), size);
            }
        }
    }
    sizes
}
