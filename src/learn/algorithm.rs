//! The interface between a trainer and its learning algorithm, which improves a policy from transitions.

use std::ops::RangeInclusive;

use super::device::{DeviceActor, TransitionThere};
use super::error::LearnError;
use super::histogram::Histogram;
use super::metrics::UpdateMetrics;
use super::policy::Policy;
use super::rollout::{NextObservations, Transition};
use super::state::StateDict;

/// A learning algorithm: improves a policy from transitions. A training loop is [`Policy::act`], a step of the
/// environments, [`take`](Self::take), and whenever [`is_ready`](Self::is_ready) says so
/// [`update`](Self::update).
///
/// The results of an algorithm must not depend on the number of threads, and a training resumed from a
/// saved state must have the same results as one that was never stopped.
pub trait Algorithm: Send + Sync {
    /// Takes one transition of every environment, in which `policy` acted. Observations are as the
    /// environments gave them. The shapes of the first transition hold for all.
    fn take(&mut self, policy: &Policy, transition: Transition<'_>) -> Result<(), LearnError>;

    /// As [`take`](Self::take), of a transition that lies on the device of `actor`, which acted in it last. This only
    /// enqueues kernels, but for the first time, and after [`take`](Self::take) or [`load_state`](Self::load_state), when what
    /// was collected before crosses to the device. Fails, by name, if the algorithm or the policy cannot learn so.
    fn take_there(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        transition: &TransitionThere,
    ) -> Result<(), LearnError> {
        let _ = (policy, actor, transition);
        Err(NOT_THERE)
    }

    /// Whether enough transitions were collected for an update.
    fn is_ready(&self) -> bool;

    /// Improves `policy`. The policy's normalisation statistics are not updated automatically: call
    /// [`Policy::observe`] (with [`ObserveAt::Update`](super::ObserveAt)) and
    /// [`Policy::observe_and_normalize_values`] here. `last` is the successor of the last transition. `progress`, in
    /// 0..=1, is the completed share of the training, for schedules. The names of the returned metrics are the same in
    /// every update, and no value is NaN. After an error the policy is as its last valid step left it, and the
    /// transitions of the failed update are discarded.
    fn update(
        &mut self,
        policy: &mut Policy,
        last: NextObservations<'_>,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError>;

    /// As [`update`](Self::update), from transitions that lie on the device of `actor`, which then acts by the new policy. The
    /// successor of the last transition is what that one had as its next observations.
    fn update_there(
        &mut self,
        policy: &mut Policy,
        actor: &mut DeviceActor,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        let _ = (policy, actor, progress);
        Err(NOT_THERE)
    }

    /// Histograms of the data of the next update, under fixed names; called before the update, only if a logger
    /// needs them.
    fn histograms(&self) -> Vec<(&'static str, Histogram)> {
        Vec::new()
    }

    /// The settings that may be changed between updates, with their values at `progress`, in 0..=1.
    fn settings(&self, progress: f64) -> Vec<LearnerSetting> {
        let _ = progress;
        Vec::new()
    }

    /// Sets one of them from the next update on. Until it is released it follows neither a schedule nor the divergence.
    /// Fails, and changes nothing, if there is no such setting or the value is outside its range.
    fn set(&mut self, name: &str, value: f64) -> Result<(), LearnError> {
        let _ = value;
        let message = "cannot be changed: this algorithm has no settings".to_owned();
        Err(LearnError::Setting { name: name.to_owned(), message })
    }

    /// Returns one of them to its configuration, from the next update on: it follows its schedule, or the divergence, if
    /// it did before it was set. Fails if there is no such setting.
    fn release(&mut self, name: &str) -> Result<(), LearnError> {
        let message = "cannot be changed: this algorithm has no settings".to_owned();
        Err(LearnError::Setting { name: name.to_owned(), message })
    }

    /// The complete state besides settings and policy, by name; empty before the first transition.
    fn state(&self) -> Result<StateDict, LearnError>;

    /// Restores what [`state`](Self::state) returned; the settings must be those of that time. A state that does not
    /// fit may be reported only at the next transition, when the shapes are known.
    fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError>;
}

/// What an algorithm says that has no rollouts on a device.
const NOT_THERE: LearnError = LearnError::NotOnDevice {
    what: "an algorithm that takes its transitions from the CPU",
    remedy: "collect its rollouts there, with device: \"cpu\"",
};

/// A setting of an algorithm that may be changed between updates.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnerSetting {
    /// Its name, the same in parameters and metrics.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its present value, also if it follows a schedule. For a learning rate that falls to 0 over the training,
    /// the initial value.
    pub value: f64,
    /// The allowed values.
    pub range: RangeInclusive<f64>,
}
