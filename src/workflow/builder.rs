//! Building a graph in code, through the same checker as files.

use serde_json::Value;

use super::check::{EnvironmentCatalog, check_sketch};
use super::error::WorkflowError;
use super::graph::Graph;
use super::registry::Registry;
use super::sketch::{End, Given, Sketch, SketchLink, SketchNode};
use crate::diagnostic::Diagnostic;

/// Nodes and links, collected and then checked.
///
/// Calls never fail; what is wrong is reported by [`GraphBuilder::build`], all of it.
#[derive(Debug)]
pub struct GraphBuilder<'r> {
    registry: &'r Registry,
    sketch: Sketch,
    links: Vec<[String; 4]>,
    diagnostics: Vec<Diagnostic>,
}

impl<'r> GraphBuilder<'r> {
    /// An empty workflow over the node kinds of `registry`.
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, sketch: Sketch::default(), links: Vec::new(), diagnostics: Vec::new() }
    }

    /// Adds a node. [`set`](Self::set) and [`title`](Self::title) then speak of it.
    #[must_use]
    pub fn node(mut self, id: &str, class: &str) -> Self {
        if self.sketch.nodes.iter().any(|n| n.id == id) {
            let repeated = Diagnostic::error("duplicate-node-id", "another node has the same id");
            let repeated = repeated.remedy("give each node its own id");
            self.diagnostics.push(repeated.node(id, None));
        }
        self.sketch.nodes.push(SketchNode::new(id, class));
        self
    }

    /// Sets a parameter of the last node.
    #[must_use]
    pub fn set(mut self, param: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match self.sketch.nodes.last_mut() {
            Some(node) => node.named.push((param.to_owned(), Given { value, place: None })),
            None => self.diagnostics.push(before_any_node(param)),
        }
        self
    }

    /// Gives the last node a title.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        match self.sketch.nodes.last_mut() {
            Some(node) => node.title = Some(title.to_owned()),
            None => self.diagnostics.push(before_any_node("title")),
        }
        self
    }

    /// Links an output to an input; the nodes may be added before or after.
    #[must_use]
    pub fn connect(mut self, from: &str, output: &str, to: &str, input: &str) -> Self {
        self.links.push([from, output, to, input].map(str::to_owned));
        self
    }

    /// Checks all but what depends on the environments, and gives the graph.
    pub fn build(self) -> Result<Graph, WorkflowError> {
        self.finish(None)
    }

    /// Checks everything, and gives the graph.
    pub fn build_with(self, environments: &dyn EnvironmentCatalog) -> Result<Graph, WorkflowError> {
        self.finish(Some(environments))
    }

    fn finish(
        mut self,
        environments: Option<&dyn EnvironmentCatalog>,
    ) -> Result<Graph, WorkflowError> {
        let index = self.sketch.index();
        for [from, output, to, input] in self.links {
            let (from_at, to_at) = (index.get(&from), index.get(&to));
            if from_at.is_none() || to_at.is_none() {
                let missing = if from_at.is_some() { &to } else { &from };
                let message = format!(
                    "the link {from}.{output} -> {to}.{input} needs node {missing:?}, which does \
                     not exist"
                );
                let dangling = Diagnostic::error("dangling-link", message)
                    .node(to.as_str(), None)
                    .field(input.as_str())
                    .remedy("add the node, or correct its id");
                self.diagnostics.push(dangling);
            }
            let Some(&to) = to_at else { continue };
            self.sketch.links.push(SketchLink {
                from: from_at.copied(),
                output: End::Name(output),
                to,
                input: End::Name(input),
                type_name: None,
                place: None,
            });
        }
        let (graph, diagnostics) =
            check_sketch(&self.sketch, self.registry, environments, self.diagnostics);
        graph.ok_or(WorkflowError { diagnostics })
    }
}

fn before_any_node(field: &str) -> Diagnostic {
    Diagnostic::error("no-node", "there is no node yet to set this on")
        .field(field)
        .remedy("add a node first")
}
