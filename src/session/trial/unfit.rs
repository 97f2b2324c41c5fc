//! Numbers that were not finite in a trial, and what is to be said of them.

use super::Acting;
use crate::diagnostic::Diagnostic;
use crate::scene::{NonFinite, NonFiniteSource, Scene, few};
use std::collections::{BTreeMap, BTreeSet};

/// What to do about an expression.
pub(super) const FINITE: &str = "write it so that it is finite in every state: max(x, 0) under a root, a small number added to a divisor";

/// What was not finite, where and since when.
#[derive(Default)]
pub(super) struct Unfit {
    found: BTreeMap<(bool, Acting, NonFiniteSource), Found>,
}

struct Found {
    envs: BTreeSet<usize>,
    /// Steps that had been taken.
    first: usize,
    value: f64,
}

impl Unfit {
    pub(super) fn add(&mut self, it: &NonFinite, acting: Acting, step: usize) {
        // Where an episode begins nobody has acted.
        let acting = if it.at_reset { Acting::Zero } else { acting };
        let fresh = || Found { envs: BTreeSet::new(), first: step, value: it.value };
        let found = self.found.entry((!it.at_reset, acting, it.part)).or_insert_with(fresh);
        found.envs.insert(it.env);
    }

    /// One finding for each number, where it was met first: a number that is not finite with actions of zero need
    /// not be said again of random ones.
    pub(super) fn diagnostics(&self, scene: &Scene, n_envs: usize) -> Vec<Diagnostic> {
        let mut said = BTreeSet::new();
        let new = self.found.iter().filter(|((_, _, part), _)| said.insert(*part));
        new.map(|(&(stepped, acting, part), found)| {
            let what = part.describe(&scene.task, &scene.model);
            let n = found.envs.len();
            let value = found.value;
            let of = format!("{n} of {n_envs} environments");
            let step = found.first;
            let when = match (stepped, part) {
                (false, _) => format!("is {value} in {of} where an episode begins"),
                (_, NonFiniteSource::Termination(_)) => format!(
                    "compares NaN in {of}, first after step {step} with {} actions, so it never holds",
                    acting.name()
                ),
                _ => format!(
                    "is {value} in {of}, first after step {step} with {} actions",
                    acting.name()
                ),
            };
            let remedy = match part {
                NonFiniteSource::State(_) => "a shorter timestep, weaker actuators or more armature may help",
                _ => FINITE,
            };
            // Where a policy is not at fault, all environments but a few are to be sound; random actions may
            // throw any robot.
            let is_bad = match part {
                NonFiniteSource::State(_) => acting == Acting::Zero && n > few(n_envs),
                _ => !stepped || n > few(n_envs),
            };
            let diagnostic = if is_bad { Diagnostic::error } else { Diagnostic::warning };
            diagnostic("not-finite", format!("{what} {when}")).remedy(remedy)
        })
        .collect()
    }
}
