//! Updates on a device in the place of the processor.

use super::config::PpoConfig;
use super::schedule::LearningRateSchedule;
use super::stats::UpdateStats;
use super::update::Ppo;
use crate::device::ProgramBackend;
use crate::learn::device::{DeviceLearner, UpdateSettings, check_on_device};
use crate::learn::error::LearnError;
use crate::learn::policy::Policy;
use crate::learn::rollout::Rollout;

/// A device, and what is on it of an update.
pub(super) struct OnDevice {
    backend: Box<dyn ProgramBackend>,
    /// Made when the first rollout tells the shapes.
    learner: Option<DeviceLearner>,
}

impl std::fmt::Debug for OnDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnDevice").field("backend", &self.backend.name()).finish_non_exhaustive()
    }
}

impl Ppo {
    /// Has updates of `policy`, and of no other, be computed on a device from now on: what of it is frozen is taken over
    /// once. State and statistics are the same as here, within rounding. Fails, by name, on what cannot learn there.
    pub fn set_device(
        &mut self,
        policy: &Policy,
        backend: Box<dyn ProgramBackend>,
    ) -> Result<(), LearnError> {
        check_on_device(policy, &self.config)?;
        self.device = Some(OnDevice { backend, learner: None });
        Ok(())
    }

    /// Gives the device back, with its memory: updates are computed here. If it fails the device stays.
    pub fn take_device(&mut self) -> Result<Option<Box<dyn ProgramBackend>>, LearnError> {
        if let Some(OnDevice { backend, learner }) = &mut self.device
            && let Some(learner) = learner.take()
        {
            learner.free(&mut **backend)?;
        }
        Ok(self.device.take().map(|it| it.backend))
    }

    /// All passes over the experience, on the device. `config` and `schedule` are those of the moment.
    pub(super) fn update_there(
        &mut self,
        policy: &mut Policy,
        (rollout, last_values): (&Rollout, &[f32]),
        config: &PpoConfig,
        schedule: LearningRateSchedule,
    ) -> Result<UpdateStats, LearnError> {
        let Some(OnDevice { backend, learner }) = &mut self.device else {
            return Err(LearnError::NotOnDevice {
                what: "PPO without a device",
                remedy: "set one",
            });
        };
        let shape = rollout.shape();
        if let Some(unfit) = learner.take_if(|it| !it.fits(shape, config)) {
            unfit.free(&mut **backend)?;
        }
        let learner = match learner {
            Some(learner) => learner,
            none => none.insert(DeviceLearner::new(&mut **backend, policy, shape, config)?),
        };
        let settings = UpdateSettings {
            config,
            is_adaptive: schedule == LearningRateSchedule::Adaptive,
            number: self.n_updates,
        };
        let owned = (policy, &mut self.optimizer, &mut self.learning_rate);
        learner.update(&mut **backend, owned, (rollout, last_values), &settings)
    }
}
