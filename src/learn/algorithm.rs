//! The interface between a trainer and its algorithm: anything that learns a policy from transitions.

use std::ops::RangeInclusive;

use super::error::LearnError;
use super::histogram::Histogram;
use super::metrics::UpdateMetrics;
use super::policy::Policy;
use super::rollout::{Successors, Transition};
use super::state::StateDict;

/// A way to improve a policy by what it meets. A training loop is [`Policy::act`], a step of the
/// environments, [`take`](Self::take), and whenever [`is_ready`](Self::is_ready) says so
/// [`update`](Self::update).
///
/// The numbers of an algorithm must not depend on the number of threads, and those of one that goes
/// on from a saved state must be those of one that never stopped.
pub trait Algorithm: Send + Sync {
    /// Takes one transition of every environment, in which `policy` acted. Observations are as the
    /// environments gave them. The shapes of the first transition hold for all.
    fn take(&mut self, policy: &Policy, transition: Transition<'_>) -> Result<(), LearnError>;

    /// Whether enough is there for an update.
    fn is_ready(&self) -> bool;

    /// Improves `policy`. What the policy normalises by takes in nothing by itself: this is where
    /// [`Policy::observe`] (with [`ObserveAt::Update`](super::ObserveAt)) and
    /// [`Policy::observe_and_normalize_values`] are called. `last` is where the last transition led. `progress`, in 0..=1, is the share
    /// of training done, for whatever follows it. Names of the numbers stay the same from update to
    /// update, and numbers are never NaN. An error leaves the policy as the last sound step left it, and
    /// the transitions that led to it are forgotten.
    fn update(
        &mut self,
        policy: &mut Policy,
        last: Successors<'_>,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError>;

    /// What the next update learns from, under names that stay; asked for before the update, where
    /// something draws it.
    fn histograms(&self) -> Vec<(&'static str, Histogram)> {
        Vec::new()
    }

    /// The settings that may be changed between updates, as they are at `progress`, in 0..=1.
    fn settings(&self, progress: f64) -> Vec<LearnerSetting> {
        let _ = progress;
        Vec::new()
    }

    /// Sets one of them for good, from the next update on: it no longer follows the progress of
    /// training. Fails, and changes nothing, if there is no such setting, and outside of its range.
    fn set(&mut self, name: &str, value: f64) -> Result<(), LearnError> {
        let _ = value;
        let message = "cannot be changed: this algorithm has no settings".to_owned();
        Err(LearnError::Setting { name: name.to_owned(), message })
    }

    /// All that later updates depend on beside settings and policy, by name; empty before the first
    /// transition.
    fn state(&self) -> Result<StateDict, LearnError>;

    /// Goes on from what [`state`](Self::state) gave, once it has been set as it was then. What does
    /// not fit may also fail at the next transition, which tells the shapes.
    fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError>;
}

/// A number of an algorithm that may be changed between updates.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnerSetting {
    /// As parameters and metrics call it.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// At present, also where it follows the progress of training. Of a learning rate that comes down
    /// to 0 over the training, where it comes from.
    pub value: f64,
    /// The values that it may have.
    pub range: RangeInclusive<f64>,
}
