//! Whether observations, networks and actions fit the environments they meet.

use std::collections::BTreeMap;

use super::{EnvironmentCatalog, EnvironmentProblem, EnvironmentSpec, NodeFault};
use crate::diagnostic::{Diagnostic, nearest};
use crate::space::SpaceError;
use crate::workflow::resolve::Wiring;
use crate::workflow::schema::Role;

/// Checks every environment's name and everything that has to fit it.
pub(super) fn check(
    wiring: &Wiring,
    environments: Option<&dyn EnvironmentCatalog>,
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
        match environments.spec_in(&wiring.graph, i, &name) {
            Ok(spec) => {
                specs.insert(i, EnvironmentSpec { name, ..spec });
            }
            Err(EnvironmentProblem::Unfit(faults)) => {
                diagnostics.extend(faults.into_iter().map(|NodeFault { node, field, message }| {
                    let found = Diagnostic::error("unusable-value", message);
                    wiring.blame(node, field, found.field(field))
                }));
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
            Role::Step => {
                sizes.step(i, diagnostics);
                sizes.check_in(i, sizes.met_by_agent(), diagnostics);
            }
            Role::Environment => sizes.check_in(i, sizes.specs.get(&i), diagnostics),
            _ => sizes.check_in(i, sizes.met_by_agent(), diagnostics),
        }
    }
}

/// Adds what is known of the environments that a node joins.
fn join(
    wiring: &Wiring,
    specs: &mut BTreeMap<usize, EnvironmentSpec>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let graph = &wiring.graph;
    for (i, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.class.role == Role::Join) {
        let members = node.inputs.iter().map(|feed| specs.get(&graph.origin(feed.source).node));
        let Some(members) = members.collect::<Option<Vec<&EnvironmentSpec>>>() else { continue };
        let names: Vec<&str> = members.iter().map(|spec| spec.name.as_str()).collect();
        let all: Vec<EnvironmentSpec> = members.iter().map(|&spec| spec.clone()).collect();
        let diagnostic = match EnvironmentSpec::joined(&all) {
            Ok(joined) => {
                specs.insert(i, joined);
                continue;
            }
            Err(error @ SpaceError::JoinedActions) => {
                let message = format!("{error}: {}", names.join(", "));
                Diagnostic::error("action-space-mismatch", message)
                    .remedy("join tasks whose actions are all continuous, or all discrete")
            }
            Err(error) => {
                let message = format!("{} cannot be joined: {error}", names.join(", "));
                Diagnostic::error("observation-mismatch", message)
                    .remedy("join tasks whose pictures have the same names and sizes")
            }
        };
        diagnostics.push(wiring.blame(i, "", diagnostic));
    }
}

fn unusable_environment(name: &str, problem: EnvironmentProblem, names: &[String]) -> Diagnostic {
    let searched = match problem {
        EnvironmentProblem::Unknown(searched) => searched,
        EnvironmentProblem::Unusable(reason) => {
            let message = format!("the environment {name:?} cannot be used: {reason}");
            return Diagnostic::error("unusable-environment", message).remedy("correct its scene");
        }
        EnvironmentProblem::Unfit(faults) => {
            let reasons: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            let message = format!("the environment {name:?} cannot be so: {}", reasons.join("; "));
            return Diagnostic::error("unusable-environment", message);
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

struct Sizes<'w> {
    wiring: &'w Wiring,
    /// What is known about each environment node.
    specs: BTreeMap<usize, EnvironmentSpec>,
}

impl Sizes<'_> {
    /// What the agent meets: the joined environments, or the only one.
    fn met_by_agent(&self) -> Option<&EnvironmentSpec> {
        let role = |i: usize| self.wiring.graph.nodes[i].class.role;
        let joined = self.specs.iter().find(|(i, _)| role(**i) == Role::Join);
        joined.or(self.specs.iter().next()).map(|(_, spec)| spec)
    }

    /// What the node's kind has to say of it in an environment.
    fn check_in(
        &self,
        i: usize,
        spec: Option<&EnvironmentSpec>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let graph = &self.wiring.graph;
        let Some(spec) = spec else { return };
        for found in (graph.nodes[i].class.check_in)(graph, i, spec) {
            let field = found.field.clone().unwrap_or_default();
            diagnostics.push(self.wiring.blame(i, &field, found));
        }
    }

    fn policy(&self, i: usize, diagnostics: &mut Vec<Diagnostic>) {
        let node = &self.wiring.graph.nodes[i];
        let Some(source) = node.source("observations") else {
            return;
        };
        let found = self.wiring.graph.environments_behind(source.node);
        if found.is_empty() {
            let message = "the observations come from no environment";
            let diagnostic = Diagnostic::error("no-environment", message)
                .remedy("connect them to an environment node, as a rule through an ORNode");
            diagnostics.push(self.wiring.blame(i, "observations", diagnostic));
        }
        for environment in found {
            self.check_in(i, self.specs.get(&environment), diagnostics);
        }
    }

    fn step(&self, i: usize, diagnostics: &mut Vec<Diagnostic>) {
        let graph = &self.wiring.graph;
        let node = &graph.nodes[i];
        let (Some(sim), Some(actions)) = (node.source("sim"), node.source("actions")) else {
            return;
        };
        let sim = graph.origin(sim).node;
        let Some(spec) = self.specs.get(&sim) else {
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
        let name = &spec.name;
        let class = from.class.class_type;
        let takes = spec.actions.action_dim();
        let diagnostic = if spec.actions.is_discrete() {
            let message =
                format!("{class} makes continuous actions, and those of {name} are discrete");
            Diagnostic::error("action-space-mismatch", message)
                .remedy("connect the policy output straight to the step")
        } else if action_dim.is_some_and(|n| n != takes) {
            let has = action_dim.unwrap_or_default();
            let message = format!("{class} makes {has} actions, and {name} takes {takes}");
            Diagnostic::error("size-mismatch", message).remedy(
                "connect the policy output straight to the step: the scene scales its own actions",
            )
        } else {
            return;
        };
        diagnostics.push(self.wiring.blame(i, "actions", diagnostic));
    }
}
