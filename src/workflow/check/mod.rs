//! Everything that can be said about a workflow before it runs.

mod cycles;
mod lending;
mod liveness;
mod ports;
mod sizes;
mod training;

use std::path::Path;

use super::document::Document;
use super::graph::{Graph, GraphNode};
use super::registry::Registry;
use super::resolve::{Wiring, resolve};
use super::schema::Role;
use super::sketch::Sketch;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::space::{ActionSpace, ObservationSpace, SpaceError};

/// Spaces and names of an environment, for the checker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSpec {
    /// What to call it in messages: its name in the workflow.
    pub name: String,
    /// What is seen.
    pub observations: ObservationSpace,
    /// What is done.
    pub actions: ActionSpace,
    /// Names of the components of an action.
    pub action_names: Vec<String>,
    /// Names of the reward terms.
    pub reward_names: Vec<String>,
    /// Why it cannot be on another device than the processor, each thing by its name; nothing if it can.
    pub refusals: Vec<String>,
    /// What of it needs the processor in every step although it can be on another device, in words; nothing where that is
    /// not asked.
    pub needs_host: Option<&'static str>,
}

impl EnvironmentSpec {
    /// What an agent meets that several environments are joined for, as [`ActionSpace::joined`] and
    /// [`ObservationSpace::joined`] have it, with names of actions where all have the same one in a place.
    /// Rewards have none: each environment has its own terms.
    pub fn joined(all: &[Self]) -> Result<Self, SpaceError> {
        let actions: Vec<ActionSpace> = all.iter().map(|spec| spec.actions.clone()).collect();
        let actions = ActionSpace::joined(&actions)?;
        let seen: Vec<ObservationSpace> =
            all.iter().map(|spec| spec.observations.clone()).collect();
        // Whoever goes by a name means the same of all.
        let name_of = |i: usize| {
            let mut of_each = all.iter().map(|spec| spec.action_names.get(i));
            let first = of_each.next().flatten();
            first.filter(|_| of_each.all(|name| name == first)).cloned().unwrap_or_default()
        };
        Ok(Self {
            name: "the joined environments".to_owned(),
            observations: ObservationSpace::joined(&seen)?,
            action_names: (0..actions.action_dim()).map(name_of).collect(),
            actions,
            reward_names: Vec::new(),
            refusals: Vec::new(),
            needs_host: None,
        })
    }
}

/// An error of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentProblem {
    /// There is none of that name; says where it was looked for.
    Unknown(String),
    /// There is one, with something wrong in it; says what.
    Unusable(String),
    /// There is one, and other nodes of the workflow are to change it as they cannot.
    Unfit(Vec<NodeFault>),
}

/// What is wrong with a node, as the environments know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFault {
    /// The position of the node in the graph.
    pub node: usize,
    /// The parameter.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// The environments that workflows may name, as far as the checker is concerned.
pub trait EnvironmentCatalog {
    /// Names for suggestions.
    fn names(&self) -> Vec<String>;
    /// The environment that a workflow calls `env_name`, or why it cannot be used.
    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, EnvironmentProblem>;
    /// The same as the environment node at a position of a graph has it, which calls it `env_name`: other nodes may
    /// change what it shows. By itself none does.
    fn spec_in(
        &self,
        graph: &Graph,
        node: usize,
        env_name: &str,
    ) -> Result<EnvironmentSpec, EnvironmentProblem> {
        let _ = (graph, node);
        self.spec(env_name)
    }
}

/// A workflow file, read and checked.
#[derive(Debug)]
pub struct Loaded {
    /// The document, unless the file is no workflow at all.
    pub document: Option<Document>,
    /// The graph, unless there are errors.
    pub graph: Option<Graph>,
    /// Everything found, in file order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a workflow file.
pub fn load(
    path: impl AsRef<Path>,
    registry: &Registry,
    environments: &dyn EnvironmentCatalog,
) -> Loaded {
    checked(Document::load(path), registry, environments)
}

/// Reads and checks a workflow in memory; `file` is how diagnostics name it.
pub fn load_bytes(
    bytes: &[u8],
    file: Option<&str>,
    registry: &Registry,
    environments: &dyn EnvironmentCatalog,
) -> Loaded {
    checked(Document::parse(bytes, file), registry, environments)
}

fn checked(
    (document, diagnostics): (Option<Document>, Vec<Diagnostic>),
    registry: &Registry,
    environments: &dyn EnvironmentCatalog,
) -> Loaded {
    // The check repeats what parsing found in the file itself.
    let (graph, diagnostics) = match &document {
        Some(document) => check(document, registry, environments),
        None => (None, diagnostics),
    };
    Loaded { document, graph, diagnostics }
}

/// Checks a document: the graph if nothing is wrong that stops it, and everything found, which
/// includes what [`Document::parse`] found in the file itself.
pub fn check(
    document: &Document,
    registry: &Registry,
    environments: &dyn EnvironmentCatalog,
) -> (Option<Graph>, Vec<Diagnostic>) {
    let (sketch, diagnostics) = document.sketch();
    check_sketch(&sketch, registry, Some(environments), diagnostics)
}

/// Checks a sketch; without environments, all but what depends on them.
pub(crate) fn check_sketch(
    sketch: &Sketch,
    registry: &Registry,
    environments: Option<&dyn EnvironmentCatalog>,
    mut diagnostics: Vec<Diagnostic>,
) -> (Option<Graph>, Vec<Diagnostic>) {
    if sketch.nodes.is_empty() && !has_errors(&diagnostics) {
        let empty = Diagnostic::error("empty-workflow", "the workflow has no nodes");
        diagnostics.push(empty.remedy("add an environment, a policy and a step"));
    }
    let mut wiring = resolve(sketch, registry, &mut diagnostics);
    training::rewire_states(&mut wiring, &mut diagnostics);
    training::feed_savers(&mut wiring, &mut diagnostics);
    lending::lend(&mut wiring, &mut diagnostics);
    ports::check(&wiring, &mut diagnostics);
    training::check(&wiring, &mut diagnostics);
    check_nodes(&wiring, &mut diagnostics);
    cycles::check(&wiring, &mut diagnostics);
    if !has_errors(&diagnostics) {
        diagnostics.extend(nothing_runs(&wiring));
    }
    // On a graph with holes everything behind a hole would be reported as waiting.
    if !has_errors(&diagnostics) {
        liveness::check(&wiring, &mut diagnostics);
    }
    sizes::check(&wiring, environments, &mut diagnostics);
    for diagnostic in &mut diagnostics {
        diagnostic.file.clone_from(&sketch.file);
    }
    diagnostics.sort_by_key(|d| (d.span.is_none(), d.span, std::cmp::Reverse(d.severity)));
    let graph = (!has_errors(&diagnostics)).then_some(wiring.graph);
    (graph, diagnostics)
}

/// Says so where there are nodes and none of them would do anything, or nothing more than once.
fn nothing_runs(wiring: &Wiring) -> Option<Diagnostic> {
    let nodes = &wiring.graph.nodes;
    let remedy = "connect an environment, its step and a policy in a loop";
    if nodes.is_empty() {
        let message = "nothing in this workflow would run: its nodes are muted, or only hold constants and notes";
        return Some(Diagnostic::error("nothing-runs", message).remedy(remedy));
    }
    let is_step = |node: &GraphNode| node.class.role == Role::Step;
    let message = "no node steps an environment: nothing in this workflow would run more than once";
    let still = Diagnostic::warning("nothing-runs", message).remedy(remedy);
    (!nodes.iter().any(is_step)).then_some(still)
}

/// What each kind has to say about its own nodes.
fn check_nodes(wiring: &Wiring, diagnostics: &mut Vec<Diagnostic>) {
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        for found in (node.class.check)(node) {
            let field = found.field.clone().unwrap_or_default();
            diagnostics.push(wiring.blame(i, &field, found));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_environments_keep_the_names_of_actions_that_all_agree_on() {
        let spec = |n_observations: usize, actions: &[&str]| EnvironmentSpec {
            name: String::new(),
            observations: ObservationSpace::vector(n_observations),
            actions: ActionSpace::Continuous(actions.len()),
            action_names: actions.iter().map(|&name| name.to_owned()).collect(),
            reward_names: vec!["speed".to_owned()],
            refusals: Vec::new(),
            needs_host: None,
        };
        let all = [spec(3, &["hip", "knee"]), spec(2, &["hip"])];
        let joined = EnvironmentSpec::joined(&all).unwrap();
        assert_eq!((joined.observations.size(), joined.actions.size()), (5, 2));
        assert_eq!(joined.action_names, ["hip", ""]);
        assert!(joined.reward_names.is_empty());
    }
}
