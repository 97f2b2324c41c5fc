//! PPO as an [`Algorithm`]: with the rollout from which it learns.

use super::batch::Batch;
use super::config::PpoConfig;
use super::learning::Learning;
use super::schedule::LearningRateSchedule;
use super::setting::PpoSetting;
use crate::device::ProgramBackend;
use crate::learn::algorithm::{Algorithm, LearnerSetting};
use crate::learn::device::{DeviceActor, TransitionThere, check_on_device, check_rollout_there};
use crate::learn::error::LearnError;
use crate::learn::histogram::Histogram;
use crate::learn::metrics::UpdateMetrics;
use crate::learn::policy::Policy;
use crate::learn::rollout::{NextObservations, RolloutShape, Transition};
use crate::learn::state::StateDict;

/// Where the saved state has the present learning rate.
const SAVED_RATE: &str = "ppo.learning_rate";

/// Proximal policy optimisation after every `horizon` steps.
pub struct PpoLearner {
    /// As it was made.
    configured: PpoConfig,
    /// With what has been set since.
    config: PpoConfig,
    /// Whether the learning rate stays as it was set.
    holds_rate: bool,
    /// Steps between updates.
    horizon: usize,
    /// Made when the first transition tells the shapes.
    learning: Option<Learning>,
    /// A saved state of `learning`, which waits for it to exist.
    restored: Option<StateDict>,
    /// Where updates are computed, unless it is here; `learning` gets it.
    device: Option<Box<dyn ProgramBackend>>,
}

impl PpoLearner {
    /// A new learner with an empty rollout. Fails if a setting is out of its range.
    pub fn new(config: PpoConfig, horizon: usize) -> Result<Self, LearnError> {
        config.check()?;
        if horizon == 0 {
            return Err(LearnError::Config { field: "horizon", expected: "at least 1", got: 0.0 });
        }
        let configured = config.clone();
        let (holds_rate, learning, restored, device) = (false, None, None, None);
        Ok(Self { configured, config, holds_rate, horizon, learning, restored, device })
    }

    /// Fails, by name, on what of a policy or of the settings cannot learn on a device.
    pub fn check_device(&self, policy: &Policy) -> Result<(), LearnError> {
        check_on_device(policy, &self.config)
    }

    /// Fails, by name, on what of a policy or of the settings cannot have its rollouts on a device, where
    /// [`take_there`](Algorithm::take_there) collects them.
    pub fn check_rollout_there(&self, policy: &Policy) -> Result<(), LearnError> {
        check_rollout_there(policy, &self.config)
    }

    /// The same with updates on a device. A policy or a setting that cannot learn there is an error of the first
    /// transition. Once the policy acts on a device ([`take_there`](Algorithm::take_there)), updates are computed on that.
    #[must_use]
    pub fn on_device(self, device: Box<dyn ProgramBackend>) -> Self {
        Self { device: Some(device), ..self }
    }

    /// Memory for rollouts of a shape and updates from them \[bytes\], without that of the network.
    pub fn bytes(shape: &RolloutShape) -> usize {
        shape.bytes() + Batch::bytes(shape)
    }

    /// What is learned from rollouts of `n_envs` environments, made if it is the first time.
    fn learning(&mut self, policy: &Policy, n_envs: usize) -> Result<&mut Learning, LearnError> {
        let learning = match &mut self.learning {
            Some(learning) => learning,
            none => {
                let settings = (&self.config, self.horizon);
                let mut learning =
                    Learning::new(settings, (policy, n_envs), self.restored.as_ref())?;
                // The device of a policy that is refused there stays, so that its next transition is refused too.
                if self.device.is_some() {
                    check_on_device(policy, &self.config)?;
                }
                if let Some(device) = self.device.take() {
                    learning.ppo.set_device(policy, device)?;
                }
                if self.holds_rate {
                    learning.ppo.fix(PpoSetting::LearningRate, self.config.learning_rate);
                }
                // It is held once.
                self.restored = None;
                none.insert(learning)
            }
        };
        Ok(learning)
    }

    /// What is learned, once there was a transition.
    fn begun(&mut self) -> Result<&mut Learning, LearnError> {
        let not_full = LearnError::RolloutNotFull { horizon: self.horizon, len: 0 };
        self.learning.as_mut().ok_or(not_full)
    }

    /// The learning rate of the next minibatch.
    fn learning_rate(&self) -> f64 {
        let configured = self.config.learning_rate;
        match (&self.learning, &self.restored) {
            (Some(learning), _) => learning.ppo.learning_rate(),
            (None, Some(saved)) => {
                saved.get_f64(SAVED_RATE, &[1]).map_or(configured, |saved| saved[0])
            }
            (None, None) => configured,
        }
    }
}

impl Algorithm for PpoLearner {
    fn take(&mut self, policy: &Policy, transition: Transition<'_>) -> Result<(), LearnError> {
        self.learning(policy, transition.rewards.len())?.take(policy, transition)
    }

    fn take_there(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        transition: &TransitionThere,
    ) -> Result<(), LearnError> {
        self.learning(policy, actor.n_envs())?.take_there(policy, actor, transition)
    }

    fn is_ready(&self) -> bool {
        self.learning.as_ref().is_some_and(Learning::is_full)
    }

    fn update(
        &mut self,
        policy: &mut Policy,
        last: NextObservations<'_>,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        self.begun()?.update(policy, last, progress)
    }

    fn update_there(
        &mut self,
        policy: &mut Policy,
        actor: &mut DeviceActor,
        progress: f64,
    ) -> Result<UpdateMetrics, LearnError> {
        self.begun()?.update_there(policy, actor, progress)
    }

    fn histograms(&self) -> Vec<(&'static str, Histogram)> {
        let Some(learning) = &self.learning else { return Vec::new() };
        let all = ["actions", "log_std"].into_iter().zip(learning.histograms());
        all.filter_map(|(name, histogram)| Some((name, histogram?))).collect()
    }

    fn settings(&self, progress: f64) -> Vec<LearnerSetting> {
        let now = self.config.at(progress);
        let is_adaptive = now.schedule == LearningRateSchedule::Adaptive;
        let counts = |setting: &PpoSetting| is_adaptive || *setting != PpoSetting::KlThreshold;
        let all = PpoSetting::ALL.into_iter().filter(counts);
        all.map(|setting| {
            let value = match setting {
                PpoSetting::LearningRate if is_adaptive && !self.holds_rate => self.learning_rate(),
                setting => now.value_of(setting),
            };
            let (name, doc, range) = (setting.name(), setting.doc(), setting.range());
            LearnerSetting { name, doc, value, range }
        })
        .collect()
    }

    fn set(&mut self, name: &str, value: f64) -> Result<(), LearnError> {
        let setting = find(name)?;
        let (min, max) = setting.limits();
        if !setting.range().contains(&value) {
            let message = format!("cannot be {value}; it goes from {min} to {max}");
            return Err(LearnError::Setting { name: name.to_owned(), message });
        }
        self.config.fix(setting, value);
        self.holds_rate |= setting == PpoSetting::LearningRate;
        match (&mut self.learning, &mut self.restored) {
            (Some(learning), _) => learning.ppo.fix(setting, value),
            (None, Some(saved)) if setting == PpoSetting::LearningRate => {
                saved.insert_f64(SAVED_RATE, &[1], vec![value]);
            }
            _ => {}
        }
        Ok(())
    }

    /// A learning rate that follows the divergence goes on from where it was held.
    fn release(&mut self, name: &str) -> Result<(), LearnError> {
        let setting = find(name)?;
        self.config.release(setting, &self.configured);
        self.holds_rate &= setting != PpoSetting::LearningRate;
        if let Some(learning) = &mut self.learning {
            learning.ppo.release(setting, &self.configured);
        }
        Ok(())
    }

    fn state(&self) -> Result<StateDict, LearnError> {
        match &self.learning {
            Some(learning) => learning.state(),
            // Restored and not yet gone on: it is where the saved state was.
            None => Ok(self.restored.clone().unwrap_or_default()),
        }
    }

    fn load_state(&mut self, state: &StateDict) -> Result<(), LearnError> {
        // A device that fails here stays with what has it: nothing goes on without it.
        if let Some(learning) = &mut self.learning {
            self.device = learning.ppo.take_device()?;
        }
        self.learning = None;
        self.restored = Some(state.clone()).filter(|state| !state.is_empty());
        Ok(())
    }
}

/// The setting of that name.
fn find(name: &str) -> Result<PpoSetting, LearnError> {
    PpoSetting::find(name).ok_or_else(|| {
        let known = PpoSetting::ALL.map(PpoSetting::name).join(", ");
        let message = format!("cannot be changed; choose of {known}");
        LearnError::Setting { name: name.to_owned(), message }
    })
}

#[cfg(test)]
#[path = "learner_tests.rs"]
mod tests;
