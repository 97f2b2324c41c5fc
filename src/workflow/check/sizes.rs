//! Whether observations, networks and actions fit the environments they meet.

use std::collections::{BTreeMap, BTreeSet};

use super::{EnvironmentProblem, EnvironmentSpec, Environments};
use crate::diagnostic::{Diagnostic, nearest};
use crate::workflow::graph::Graph;
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::Role;

/// Checks every environment's name and everything that has to fit it.
pub(super) fn check(
    wiring: &Wiring,
    environments: Option<&dyn Environments>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut specs = BTreeMap::new();
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        if node.class.role != Role::Environment {
            continue;
        }
        let (Some(environments), Ok(name)) = (environments, node.text("env_name")) else {
            continue;
        };
        match environments.spec(&name) {
            Ok(spec) => {
                specs.insert(i, Known { name, spec });
            }
            Err(problem) => {
                let diagnostic = unusable_environment(&name, problem, &environments.names());
                diagnostics.push(wiring.blame(i, "env_name", diagnostic));
            }
        }
    }
    join(wiring, &mut specs, diagnostics);
    let sizes = Sizes { wiring, specs };
    for (i, node) in wiring.graph.nodes.iter().enumerate() {
        match node.class.role {
            Role::Policy => sizes.policy(i, diagnostics),
            Role::Step => sizes.step(i, diagnostics),
            Role::Trainer => sizes.trainer(i, diagnostics),
            _ => {}
        }
        if let Some(known) = sizes.met_by_agent() {
            for found in (node.class.check_in)(node, &known.spec) {
                let field = found.field.clone().unwrap_or_default();
                diagnostics.push(wiring.blame(i, &field, found));
            }
        }
    }
}

/// Adds what is known of the environments that a node joins.
fn join(wiring: &Wiring, specs: &mut BTreeMap<usize, Known>, diagnostics: &mut Vec<Diagnostic>) {
    let graph = &wiring.graph;
    for (i, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.class.role == Role::Join) {
        let members = node.inputs.iter().map(|feed| specs.get(&graph.origin(feed.source).node));
        let Some(members) = members.collect::<Option<Vec<&Known>>>() else { continue };
        let is_choice = |known: &&&Known| !known.spec.choices.is_empty();
        let n_choices = members.iter().filter(is_choice).count();
        if n_choices != 0 && n_choices != members.len() {
            let names: Vec<&str> = members.iter().map(|known| known.name.as_str()).collect();
            let message =
                format!("one agent cannot both measure and choose actions: {}", names.join(", "));
            let diagnostic = Diagnostic::error("action-space-mismatch", message)
                .remedy("join tasks whose actions are all continuous, or all discrete");
            diagnostics.push(wiring.blame(i, "", diagnostic));
            continue;
        }
        let all: Vec<EnvironmentSpec> = members.iter().map(|known| known.spec.clone()).collect();
        let spec = EnvironmentSpec::joined(&all);
        specs.insert(i, Known { name: "the joined environments".to_owned(), spec });
    }
}

fn unusable_environment(name: &str, problem: EnvironmentProblem, names: &[String]) -> Diagnostic {
    let searched = match problem {
        EnvironmentProblem::Unknown(searched) => searched,
        EnvironmentProblem::Unusable(reason) => {
            let message = format!("the environment {name:?} cannot be used: {reason}");
            return Diagnostic::error("unusable-environment", message).remedy("correct its scene");
        }
    };
    let remedy = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near:?}?"),
        None if names.is_empty() => "there are no environments to choose from".to_owned(),
        None => format!("choose one of {}", names.join(", ")),
    };
    let message = format!("no environment is called {name:?} in {searched}");
    Diagnostic::error("unknown-environment", message).remedy(remedy)
}

struct Known {
    name: String,
    spec: EnvironmentSpec,
}

struct Sizes<'w> {
    wiring: &'w Wiring,
    /// What is known about each environment node.
    specs: BTreeMap<usize, Known>,
}

impl Sizes<'_> {
    /// What the agent meets: the joined environments, or the only one.
    fn met_by_agent(&self) -> Option<&Known> {
        let role = |i: usize| self.wiring.graph.nodes[i].class.role;
        let joined = self.specs.iter().find(|(i, _)| role(**i) == Role::Join);
        joined.or(self.specs.iter().next()).map(|(_, known)| known)
    }

    fn policy(&self, i: usize, diagnostics: &mut Vec<Diagnostic>) {
        let node = &self.wiring.graph.nodes[i];
        let Some(source) = node.source("observations") else {
            return;
        };
        let found = environments_behind(&self.wiring.graph, source.node);
        if found.is_empty() {
            let message = "the observations come from no environment";
            let diagnostic = Diagnostic::error("no-environment", message)
                .remedy("connect them to an environment node, as a rule through an ORNode");
            diagnostics.push(self.wiring.blame(i, "observations", diagnostic));
        }
        for known in found.iter().filter_map(|e| self.specs.get(e)) {
            for (field, diagnostic) in self.policy_problems(i, known) {
                diagnostics.push(self.wiring.blame(i, field, diagnostic));
            }
        }
    }

    fn policy_problems(&self, i: usize, known: &Known) -> Vec<(&'static str, Diagnostic)> {
        let node = &self.wiring.graph.nodes[i];
        let Known { name, spec } = known;
        // 0 or absent: taken from the environment.
        let size = |field: &str| node.param::<usize>(field).ok().filter(|n| *n != 0);
        let mut problems = Vec::new();
        let is_shared = node.param::<bool>("separate_value").is_ok_and(|separate| !separate);
        if spec.critic_dim > 0 && is_shared {
            let message = format!("{name} has critic_observations, which only the value may see");
            let diagnostic = Diagnostic::error("shared-value", message);
            let remedy = "set separate_value to true, so that the value has layers of its own";
            problems.push(("separate_value", diagnostic.remedy(remedy)));
        }
        let wrong_size = |field, has: usize, needs: usize, what: &str| {
            let message = format!("{has} does not fit {name}, which has {needs} {what}");
            let remedy = format!("write {needs}, or 0 to take it from the environment");
            (field, Diagnostic::error("size-mismatch", message).remedy(remedy))
        };
        if let Some(has) = size("input_size").filter(|n| *n != spec.obs_dim) {
            problems.push(wrong_size("input_size", has, spec.obs_dim, "observations"));
        }
        let (space, needs, what) = match spec.choices[..] {
            [] => ("continuous", spec.action_dim, "actions"),
            [_] => ("discrete", spec.choices[0], "actions to choose from"),
            _ => ("multi_discrete", spec.choices.iter().sum(), "actions to choose from in all"),
        };
        let has_space = node.text("action_space").unwrap_or_else(|_| space.to_owned());
        if has_space != space {
            let message = format!("{has_space} actions do not fit {name}, whose are {space}");
            let diagnostic = Diagnostic::error("action-space-mismatch", message);
            problems.push(("action_space", diagnostic.remedy(format!("write {space:?}"))));
        } else if let Some(has) = size("output_size").filter(|n| *n != needs) {
            problems.push(wrong_size("output_size", has, needs, what));
        }
        problems
    }

    fn step(&self, i: usize, diagnostics: &mut Vec<Diagnostic>) {
        let graph = &self.wiring.graph;
        let node = &graph.nodes[i];
        let (Some(sim), Some(actions)) = (node.source("sim"), node.source("actions")) else {
            return;
        };
        let sim = graph.origin(sim).node;
        let Some(known) = self.specs.get(&sim) else {
            return;
        };
        let from = &graph.nodes[graph.origin(actions).node];
        let Role::ActionMap { action_dim } = from.class.role else {
            return;
        };
        if graph.nodes[sim].class.role == Role::Join {
            let class = from.class.class_type;
            let message = format!("{class} makes actions for one task, and here are several");
            let diagnostic = Diagnostic::error("size-mismatch", message).remedy(
                "connect the policy output straight to the step: each scene scales its own actions",
            );
            diagnostics.push(self.wiring.blame(i, "actions", diagnostic));
            return;
        }
        let Known { name, spec } = known;
        let class = from.class.class_type;
        let diagnostic = if !spec.choices.is_empty() {
            let message =
                format!("{class} makes continuous actions, and those of {name} are discrete");
            Diagnostic::error("action-space-mismatch", message)
                .remedy("connect the policy output straight to the step")
        } else if action_dim.is_some_and(|n| n != spec.action_dim) {
            let has = action_dim.unwrap_or_default();
            let message =
                format!("{class} makes {has} actions, and {name} takes {}", spec.action_dim);
            Diagnostic::error("size-mismatch", message).remedy(
                "connect the policy output straight to the step: the scene scales its own actions",
            )
        } else {
            return;
        };
        diagnostics.push(self.wiring.blame(i, "actions", diagnostic));
    }

    /// A minibatch larger than what is collected is legal, and seldom meant.
    fn trainer(&self, i: usize, diagnostics: &mut Vec<Diagnostic>) {
        let graph = &self.wiring.graph;
        let node = &graph.nodes[i];
        let Some(source) = node.source("states") else {
            return;
        };
        let environments = environments_behind(graph, source.node);
        let n_envs = environments.iter().filter_map(|e| n_envs(graph, *e));
        let horizon = node.param::<usize>("horizon_length");
        let minibatch = node.param::<usize>("minibatch_size");
        let (Some(n_envs), Ok(horizon), Ok(minibatch)) = (n_envs.max(), horizon, minibatch) else {
            return;
        };
        let batch = n_envs.saturating_mul(horizon);
        if minibatch > batch {
            let message = format!(
                "minibatches of {minibatch} are larger than the {batch} samples of an update \
                 ({n_envs} environments x {horizon} steps), which then make one minibatch"
            );
            let diagnostic = Diagnostic::note("large-minibatch", message);
            let remedy = format!("write {batch} or less, or collect more");
            diagnostics.push(self.wiring.blame(i, "minibatch_size", diagnostic.remedy(remedy)));
        }
    }
}

/// Copies of the environment of a node, or of all that it joins.
fn n_envs(graph: &Graph, node: usize) -> Option<usize> {
    let node = &graph.nodes[node];
    match node.class.role {
        Role::Join => {
            let members = node.inputs.iter().map(|feed| graph.origin(feed.source).node);
            members.map(|member| graph.nodes[member].param::<usize>("num_envs").ok()).sum()
        }
        _ => node.param("num_envs").ok(),
    }
}

/// The environment nodes, or nodes that join them, that what a node hands out comes from.
fn environments_behind(graph: &Graph, start: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = vec![false; graph.nodes.len()];
    let mut todo = vec![start];
    while let Some(i) = todo.pop() {
        if std::mem::replace(&mut seen[i], true) {
            continue;
        }
        let node = &graph.nodes[i];
        match node.class.role {
            Role::Environment | Role::Join => {
                found.insert(i);
            }
            // What a step observes belongs to its simulation, whatever acts on it.
            Role::Step => todo.extend(node.source("sim").map(|s| s.node)),
            Role::Policy | Role::Trainer => {}
            _ => todo.extend(node.inputs.iter().map(|f| f.source.node)),
        }
    }
    found
}
