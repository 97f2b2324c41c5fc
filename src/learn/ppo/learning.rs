//! What PPO has learned and collected, once the shapes are known.

use super::config::PpoConfig;
use super::update::Ppo;
use crate::learn::device::{DeviceActor, TransitionThere, check_rollout_there};
use crate::learn::error::{LearnError, check_len};
use crate::learn::histogram::Histogram;
use crate::learn::metrics::UpdateMetrics;
use crate::learn::policy::Policy;
use crate::learn::rollout::{NextObservations, Rollout, RolloutShape, Transition};
use crate::learn::state::StateDict;

/// A rollout, here or on a device, and the updates from it.
pub(super) struct Learning {
    /// Empty while the steps are on the device of `ppo`.
    rollout: Rollout,
    pub(super) ppo: Ppo,
    /// Whether they are there.
    is_there: bool,
}

impl Learning {
    /// An empty rollout of `n_envs` environments and PPO without history, unless there is a saved state
    /// to go on from.
    pub(super) fn new(
        (config, horizon): (&PpoConfig, usize),
        (policy, n_envs): (&Policy, usize),
        saved: Option<&StateDict>,
    ) -> Result<Self, LearnError> {
        policy.config().check_horizon(horizon)?;
        let sequence_length = config.steps_of_sequence(horizon);
        let shape = policy.rollout_shape(horizon, n_envs);
        let mut rollout = Rollout::new(RolloutShape { sequence_length, ..shape });
        let mut ppo = Ppo::new(config.clone(), policy)?;
        if let Some(saved) = saved {
            ppo.load_state(&saved.nested("ppo"))?;
            rollout.load_state(&saved.nested("rollout"))?;
        }
        Ok(Self { rollout, ppo, is_there: false })
    }

    pub(super) fn take(
        &mut self,
        policy: &Policy,
        transition: Transition<'_>,
    ) -> Result<(), LearnError> {
        self.go_home()?;
        let truncation_values = transition.truncation_values(policy)?;
        self.rollout.push(transition, &truncation_values)?;
        policy.keep_last(&mut self.rollout);
        Ok(())
    }

    pub(super) fn take_there(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        transition: &TransitionThere,
    ) -> Result<(), LearnError> {
        self.go_there(policy, actor)?;
        self.ppo.push_there(policy, actor, transition)
    }

    pub(super) fn is_full(&self) -> bool {
        match self.is_there {
            true => self.ppo.n_steps_there() == self.rollout.shape().horizon,
            false => self.rollout.is_full(),
        }
    }

    pub(super) fn update(
        &mut self,
        policy: &mut Policy,
        last: NextObservations<'_>,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        self.go_home()?;
        // Of the environments whose episode ended in the last step, the value is never used.
        let last_values = policy.values(last.observations, last.states)?;
        let stats = self.ppo.update(policy, &self.rollout, &last_values, progress);
        // Also after an error: what it comes from is not met again by a training that goes on.
        self.rollout.clear();
        Ok(stats?.metrics())
    }

    pub(super) fn update_there(
        &mut self,
        policy: &mut Policy,
        actor: &mut DeviceActor,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        self.go_there(policy, actor)?;
        Ok(self.ppo.update_there(policy, actor, progress)?.metrics())
    }

    /// Has the steps be where `actor` acts.
    fn go_there(&mut self, policy: &Policy, actor: &DeviceActor) -> Result<(), LearnError> {
        if self.is_there && self.ppo.is_on(actor.device()) {
            return Ok(());
        }
        check_rollout_there(policy, self.ppo.config())?;
        check_len("environments of the actor", self.rollout.shape().n_envs, actor.n_envs())?;
        self.go_home()?;
        self.ppo.hold_there(policy, actor.device(), &self.rollout)?;
        self.rollout.clear();
        self.is_there = true;
        Ok(())
    }

    /// Has the steps be here.
    fn go_home(&mut self) -> Result<(), LearnError> {
        if self.is_there {
            self.rollout = self.ppo.rollout_there()?;
            self.is_there = false;
        }
        Ok(())
    }

    /// Of the actions, and of the logarithms of their deviations.
    pub(super) fn histograms(&self) -> [Option<Histogram>; 2] {
        match self.is_there {
            // A device that cannot be read says so to the update that comes next.
            true => self.ppo.histograms_there().unwrap_or_default(),
            false => [self.rollout.action_histogram(), self.rollout.log_std_histogram()],
        }
    }

    pub(super) fn state(&self) -> Result<StateDict, LearnError> {
        let mut state = StateDict::new();
        state.insert_nested("ppo", self.ppo.state()?);
        let rollout = match self.is_there {
            true => self.ppo.rollout_there()?.state(),
            false => self.rollout.state(),
        };
        state.insert_nested("rollout", rollout);
        Ok(state)
    }
}
