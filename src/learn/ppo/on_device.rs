//! Updates on a device in the place of the processor, and the steps that are collected there.

use super::config::PpoConfig;
use super::schedule::LearningRateSchedule;
use super::stats::UpdateStats;
use super::update::{Ppo, check_choices};
use crate::device::{ProgramBackend, Shared};
use crate::learn::device::{
    DeviceActor, DeviceLearner, TransitionThere, UpdateSettings, check_on_device,
};
use crate::learn::error::LearnError;
use crate::learn::histogram::Histogram;
use crate::learn::policy::Policy;
use crate::learn::rollout::Rollout;

/// A device, and what is on it of an update.
pub(super) struct OnDevice {
    backend: Box<dyn ProgramBackend>,
    /// The same device, if an actor there uses it too.
    shared: Option<Shared>,
    /// Made when the first rollout tells the shapes.
    learner: Option<DeviceLearner>,
}

impl std::fmt::Debug for OnDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnDevice").field("backend", &self.backend.name()).finish_non_exhaustive()
    }
}

/// What is said where there is no device to do it on.
const NO_DEVICE: LearnError =
    LearnError::NotOnDevice { what: "PPO without a device", remedy: "set one" };

impl OnDevice {
    /// The learner, made anew if it has no room for such rollouts.
    fn learner_of(
        &mut self,
        policy: &Policy,
        rollout: &Rollout,
        config: &PpoConfig,
    ) -> Result<(&mut DeviceLearner, &mut dyn ProgramBackend), LearnError> {
        let (shape, backend) = (rollout.shape(), &mut *self.backend);
        if let Some(unfit) = self.learner.take_if(|it| !it.fits(shape, config)) {
            unfit.free(backend)?;
        }
        let learner = match &mut self.learner {
            Some(learner) => learner,
            none => none.insert(DeviceLearner::new(backend, policy, shape, config)?),
        };
        Ok((learner, backend))
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
        self.device = Some(OnDevice { backend, shared: None, learner: None });
        Ok(())
    }

    /// Gives the device back, with its memory: updates are computed here. If it fails the device stays.
    pub fn take_device(&mut self) -> Result<Option<Box<dyn ProgramBackend>>, LearnError> {
        if let Some(OnDevice { backend, learner, .. }) = &mut self.device
            && let Some(learner) = learner.take()
        {
            learner.free(&mut **backend)?;
        }
        Ok(self.device.take().map(|it| it.backend))
    }

    /// All passes over the experience of `rollout`, on the device. `config` and `schedule` are those of the moment.
    pub(super) fn update_on_device(
        &mut self,
        policy: &mut Policy,
        (rollout, last_values): (&Rollout, &[f32]),
        config: &PpoConfig,
        schedule: LearningRateSchedule,
    ) -> Result<UpdateStats, LearnError> {
        let on_device = self.device.as_mut().ok_or(NO_DEVICE)?;
        let (learner, backend) = on_device.learner_of(policy, rollout, config)?;
        let settings = UpdateSettings {
            config,
            is_adaptive: schedule == LearningRateSchedule::Adaptive,
            number: self.n_updates,
        };
        let owned = (policy, &mut self.optimizer, &mut self.learning_rate);
        learner.update(backend, owned, Some((rollout, last_values)), &settings)
    }

    /// Whether updates are computed on this device, which an actor uses too.
    pub(super) fn is_on(&self, device: &Shared) -> bool {
        let shared = self.device.as_ref().and_then(|it| it.shared.as_ref());
        shared.is_some_and(|shared| shared.is_same(device))
    }

    /// Has the steps of `rollout`, and those that are to come, be on `device`, where updates are computed from now on.
    pub(super) fn hold_there(
        &mut self,
        policy: &Policy,
        device: &Shared,
        rollout: &Rollout,
    ) -> Result<(), LearnError> {
        check_choices(rollout)?;
        if !self.is_on(device) {
            self.take_device()?;
            self.set_device(policy, Box::new(device.clone()))?;
        }
        let on_device = self.device.as_mut().ok_or(NO_DEVICE)?;
        on_device.shared = Some(device.clone());
        let (learner, backend) = on_device.learner_of(policy, rollout, &self.config)?;
        learner.write_rollout(backend, rollout)
    }

    /// The steps that are there, with the device as they are read from.
    fn there(&self) -> Result<(&DeviceLearner, Shared), LearnError> {
        let on_device = self.device.as_ref().ok_or(NO_DEVICE)?;
        let (learner, shared) = (on_device.learner.as_ref(), on_device.shared.clone());
        learner.zip(shared).ok_or(NO_DEVICE)
    }

    /// How many steps are there.
    pub(super) fn n_steps_there(&self) -> usize {
        self.there().map_or(0, |(learner, _)| learner.n_steps())
    }

    /// The steps that are there.
    pub(super) fn rollout_there(&self) -> Result<Rollout, LearnError> {
        let (learner, mut device) = self.there()?;
        learner.read_rollout(&mut device)
    }

    /// Histograms of the actions that are there, and of the logarithms of their deviations.
    pub(super) fn histograms_there(&self) -> Result<[Option<Histogram>; 2], LearnError> {
        let (learner, mut device) = self.there()?;
        learner.histograms(&mut device)
    }

    /// Adds the step in which `actor` acted last to those that are there.
    pub(super) fn push_there(
        &mut self,
        policy: &Policy,
        actor: &mut DeviceActor,
        step: &TransitionThere,
    ) -> Result<(), LearnError> {
        let learner = self.device.as_mut().and_then(|it| it.learner.as_mut());
        learner.ok_or(NO_DEVICE)?.push(policy, actor, step)
    }

    /// As [`update`](Self::update) from the steps that are there, of which none is held after it, or after an error. `actor`
    /// acts by the new policy.
    pub(super) fn update_there(
        &mut self,
        policy: &mut Policy,
        actor: &mut DeviceActor,
        progress: f64,
    ) -> Result<UpdateStats, LearnError> {
        let settings = self.settings_at(progress);
        let Some(OnDevice { backend, learner: Some(learner), .. }) = &mut self.device else {
            return Err(NO_DEVICE);
        };
        let (config, schedule) = match settings {
            Ok(settings) => settings,
            Err(error) => {
                learner.clear();
                return Err(error);
            }
        };
        let settings = UpdateSettings {
            config: &config,
            is_adaptive: schedule == LearningRateSchedule::Adaptive,
            number: self.n_updates,
        };
        let owned = (&mut *policy, &mut self.optimizer, &mut self.learning_rate);
        let stats = learner.update(&mut **backend, owned, None, &settings)?;
        self.n_updates += 1;
        learner.give(policy, actor)?;
        Ok(stats)
    }
}
