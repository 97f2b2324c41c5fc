//! Everything that can be said about a workflow before it runs.

mod cycles;
mod liveness;
mod ports;
mod sizes;
mod training;

use std::path::Path;

use super::document::Document;
use super::graph::Graph;
use super::registry::Registry;
use super::resolve::{Wiring, resolve};
use super::sketch::Sketch;
use crate::diagnostic::{Diagnostic, has_errors};

/// What the checker needs to know about an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentSpec {
    /// What to call it in messages: its name in the workflow.
    pub name: String,
    /// Numbers in one observation.
    pub obs_dim: usize,
    /// Numbers that only the value sees, besides the observation.
    pub critic_dim: usize,
    /// Numbers in one action.
    pub action_dim: usize,
    /// How many there are to choose from, of each choice, where actions are chosen and not measured;
    /// else empty.
    pub choices: Vec<usize>,
    /// Names of the observations, the components of an action, and the terms of the reward.
    pub observation_names: Vec<String>,
    pub action_names: Vec<String>,
    pub reward_names: Vec<String>,
}

impl EnvironmentSpec {
    /// What an agent meets that several environments are joined for: the longest observation with one
    /// number more for each environment, and the longest action with the most options of each choice,
    /// with names where all have the same one in a place. Rewards have none: each environment has its own
    /// terms.
    pub fn joined(all: &[Self]) -> Self {
        let largest = |size: fn(&Self) -> usize| all.iter().map(size).max().unwrap_or(0);
        let obs_dim = largest(|spec| spec.obs_dim) + all.len();
        let action_dim = largest(|spec| spec.action_dim);
        let most_options = |choice: usize| {
            let options = all.iter().filter_map(|spec| spec.choices.get(choice));
            options.copied().max().unwrap_or(0)
        };
        // Whoever goes by a name means the same of all.
        let agreed = |names: fn(&Self) -> &[String], n: usize| -> Vec<String> {
            let name_of = |i: usize| {
                let mut of_each = all.iter().map(|spec| names(spec).get(i));
                let first = of_each.next().flatten();
                first.filter(|_| of_each.all(|name| name == first)).cloned().unwrap_or_default()
            };
            (0..n).map(name_of).collect()
        };
        Self {
            name: "the joined environments".to_owned(),
            obs_dim,
            critic_dim: largest(|spec| spec.critic_dim),
            action_dim,
            choices: (0..largest(|spec| spec.choices.len())).map(most_options).collect(),
            observation_names: agreed(|spec| &spec.observation_names, obs_dim),
            action_names: agreed(|spec| &spec.action_names, action_dim),
            reward_names: Vec::new(),
        }
    }
}

/// Why an environment cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentProblem {
    /// There is none of that name; says where it was looked for.
    Unknown(String),
    /// There is one, with something wrong in it; says what.
    Unusable(String),
}

/// The environments that workflows may name, as far as the checker is concerned.
pub trait Environments {
    /// Names for suggestions.
    fn names(&self) -> Vec<String>;
    /// The environment that a workflow calls `env_name`, or why it cannot be used.
    fn spec(&self, env_name: &str) -> Result<EnvironmentSpec, EnvironmentProblem>;
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
    environments: &dyn Environments,
) -> Loaded {
    checked(Document::load(path), registry, environments)
}

/// Reads and checks a workflow in memory; `file` is how diagnostics name it.
pub fn load_bytes(
    bytes: &[u8],
    file: Option<&str>,
    registry: &Registry,
    environments: &dyn Environments,
) -> Loaded {
    checked(Document::parse(bytes, file), registry, environments)
}

fn checked(
    (document, diagnostics): (Option<Document>, Vec<Diagnostic>),
    registry: &Registry,
    environments: &dyn Environments,
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
    environments: &dyn Environments,
) -> (Option<Graph>, Vec<Diagnostic>) {
    let (sketch, diagnostics) = document.sketch();
    check_sketch(&sketch, registry, Some(environments), diagnostics)
}

/// Checks a sketch; without environments, all but what depends on them.
pub(crate) fn check_sketch(
    sketch: &Sketch,
    registry: &Registry,
    environments: Option<&dyn Environments>,
    mut diagnostics: Vec<Diagnostic>,
) -> (Option<Graph>, Vec<Diagnostic>) {
    if sketch.nodes.is_empty() && diagnostics.is_empty() {
        let empty = Diagnostic::warning("empty-workflow", "the workflow has no nodes");
        diagnostics.push(empty.remedy("add an environment, a policy and a step"));
    }
    let mut wiring = resolve(sketch, registry, &mut diagnostics);
    training::rewire_states(&mut wiring, &mut diagnostics);
    training::feed_savers(&mut wiring, &mut diagnostics);
    ports::check(&wiring, &mut diagnostics);
    training::check(&wiring, &mut diagnostics);
    check_nodes(&wiring, &mut diagnostics);
    cycles::check(&wiring, &mut diagnostics);
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
    fn joined_environments_keep_the_names_that_all_agree_on() {
        let spec = |observations: &[&str], actions: &[&str]| EnvironmentSpec {
            obs_dim: observations.len(),
            action_dim: actions.len(),
            observation_names: observations.iter().map(|&name| name.to_owned()).collect(),
            action_names: actions.iter().map(|&name| name.to_owned()).collect(),
            ..EnvironmentSpec::default()
        };
        let all =
            [spec(&["height", "pitch", "knee"], &["hip"]), spec(&["height", "speed"], &["hip"])];
        let joined = EnvironmentSpec::joined(&all);
        assert_eq!(joined.observation_names, ["height", "", "", "", ""]);
        assert_eq!(joined.action_names, ["hip"]);
    }
}
