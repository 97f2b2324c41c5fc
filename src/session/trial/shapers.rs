//! Terms of RewardShapers in a trial: what of them is not finite.

use super::Acting;
use crate::diagnostic::Diagnostic;
use crate::nodes::{TriedShaper, TriedStep};
use crate::scene::{Environments, Scene, few};
use crate::space::Observations;
use crate::workflow::Graph;
use std::collections::{BTreeMap, BTreeSet};

/// A step that was tried.
pub(super) struct Step<'a> {
    pub acting: Acting,
    /// Steps that have been taken with these actions.
    pub number: usize,
    /// What was seen before it.
    pub before: &'a Observations,
    pub actions: &'a [f32],
    pub environments: &'a Environments,
}

/// The shapers of a workflow while the environments of one of its tasks are tried.
pub(in crate::session) struct Shapers<'g> {
    list: Vec<TriedShaper<'g>>,
    task: usize,
    /// By shaper, who acted, and term.
    found: BTreeMap<(usize, Acting, String), Found>,
}

struct Found {
    envs: BTreeSet<usize>,
    first: usize,
}

impl<'g> Shapers<'g> {
    /// Those of a workflow with environments of these scenes, of which the one in place `task` is tried.
    pub fn new(graph: &'g Graph, scenes: &[Scene], task: usize) -> Self {
        Self { list: TriedShaper::all(graph, scenes), task, found: BTreeMap::new() }
    }

    /// Of a scene without a workflow.
    pub fn none() -> Self {
        Self { list: Vec::new(), task: 0, found: BTreeMap::new() }
    }

    /// Whether there is anything to see.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn see(&mut self, step: &Step<'_>) {
        let output = step.environments.output();
        let tried =
            TriedStep { task: self.task, before: step.before, actions: step.actions, output };
        for (index, shaper) in self.list.iter().enumerate() {
            for (env, term) in shaper.unfit(tried) {
                // What of the scene was not finite is said of the scene.
                if output.non_finite.iter().any(|it| it.env == env) {
                    continue;
                }
                let new = || Found { envs: BTreeSet::new(), first: step.number };
                let found = self.found.entry((index, step.acting, term)).or_insert_with(new);
                found.envs.insert(env);
            }
        }
    }

    /// One finding for each term, where it was met first.
    pub(super) fn diagnostics(&self, n_envs: usize) -> Vec<Diagnostic> {
        let mut said = BTreeSet::new();
        let new = self.found.iter().filter(|((index, _, term), _)| said.insert((*index, term)));
        new.map(|((index, acting, term), found)| {
            let node = self.list[*index].node();
            let n = found.envs.len();
            let message = format!(
                "{term} is not finite in {n} of {n_envs} environments, first after step {} with {} actions",
                found.first,
                acting.name()
            );
            let diagnostic = if n > few(n_envs) { Diagnostic::error } else { Diagnostic::warning };
            diagnostic("not-finite", message)
                .node(&node.id, Some(&node.title))
                .field("terms")
                .remedy(super::unfit::FINITE)
        })
        .collect()
    }
}
