//! What a person may change in a session between its ticks.

use super::build::Session;
use super::error::SessionError;
use crate::nodes::{LiveSetting, NodeError, Progress, SimulatedTask, Trainer};
use crate::scene::Throw;
use bevy::prelude::Mut;
use serde::{Deserialize, Serialize};

const DIFFICULTY: &str = "difficulty";

/// A change by hand, as a row of a run's `changes.jsonl`: of a number while it was trained, or of a value of any
/// type in its workflow when it went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingChange<T = f64> {
    /// Updates made before it.
    pub update: u64,
    /// Environment steps before it.
    pub steps: u64,
    /// Name of the setting.
    pub setting: String,
    /// Its value before.
    pub from: T,
    /// None if the setting was released.
    pub to: Option<T>,
}

impl Session {
    /// The numbers that may be changed, as they are at present: the learner's, where something
    /// learns, and the difficulty, where something in a scene goes by it.
    pub fn settings(&self) -> Vec<LiveSetting> {
        let world = self.world();
        let updates = self.progress().updates;
        let trainers = self.nodes.iter().filter_map(|node| world.get::<Trainer>(node.entity));
        let mut settings: Vec<LiveSetting> =
            trainers.flat_map(|trainer| trainer.settings(updates)).collect();
        let simulations =
            self.nodes.iter().filter_map(|node| world.get::<SimulatedTask>(node.entity));
        let mut environments = simulations.map(|simulation| &simulation.environments);
        if let Some(environments) = environments.find(|them| them.scene().task.has_difficulty()) {
            settings.push(LiveSetting {
                name: DIFFICULTY,
                doc: "How hard the task is.",
                value: environments.difficulty(),
                range: 0.0..=1.0,
                by_hand: environments.held_difficulty().is_some(),
            });
        }
        settings
    }

    /// Changes one of the [`settings`](Self::settings), from the next step and the next update on, and
    /// notes that in the run's folder. Until it is [released](Self::release) nothing but another change moves it: it is
    /// not annealed, a learning rate follows no schedule, and no curriculum sets the difficulty. Fails if there is no such setting, and outside of its range.
    pub fn set(&mut self, setting: &str, value: f64) -> Result<(), SessionError> {
        let LiveSetting { value: from, range, by_hand, .. } = self.setting(setting)?;
        if !range.contains(&value) {
            let (low, high) = range.into_inner();
            return Err(SessionError::Setting {
                setting: setting.to_owned(),
                message: format!("cannot be {value}; it goes from {low} to {high}"),
            });
        }
        if by_hand && value == from {
            return Ok(());
        }
        self.note(setting, from, Some(value))?;
        if setting == DIFFICULTY {
            self.hold_difficulty(Some(value));
            return Ok(());
        }
        self.in_trainers(|trainer| trainer.set(setting, value))
    }

    /// Releases a setting, so that it follows the workflow again, and records that: the learning rate its schedule, the
    /// difficulty the training's progress or its curriculum. Changes nothing if it was not set by hand. Fails if there
    /// is no such setting.
    pub fn release(&mut self, setting: &str) -> Result<(), SessionError> {
        let LiveSetting { value: from, by_hand, .. } = self.setting(setting)?;
        if !by_hand {
            return Ok(());
        }
        self.note(setting, from, None)?;
        if setting == DIFFICULTY {
            self.hold_difficulty(None);
            return Ok(());
        }
        self.in_trainers(|trainer| trainer.release(setting))
    }

    fn in_trainers(
        &mut self,
        work: impl Fn(&mut Trainer) -> Result<(), NodeError>,
    ) -> Result<(), SessionError> {
        for index in 0..self.nodes.len() {
            let entity = self.nodes[index].entity;
            let node = format!("node {}", self.nodes[index].id);
            if let Some(mut trainer) = self.world_mut().get_mut::<Trainer>(entity) {
                work(&mut trainer).map_err(|cause| SessionError::Node { node, cause })?;
            }
        }
        Ok(())
    }

    /// Ends the episode of an environment of the first task: its next step cuts it off, as a time-out
    /// does.
    pub fn end_episode(&mut self, env: usize) -> Result<(), SessionError> {
        let Some(mut simulation) = self.simulations().next() else { return Ok(()) };
        simulation.environments.end_episode(env);
        Ok(())
    }

    /// Throws an object into an environment of the first task. Fails in our own engine, which has no loose
    /// objects.
    pub fn throw(&mut self, env: usize, throw: &Throw) -> Result<(), SessionError> {
        let Some(mut simulation) = self.simulations().next() else { return Ok(()) };
        if simulation.environments.throw(env, throw) {
            return Ok(());
        }
        let message = "cannot be done in our own engine; watch with --physics rapier".to_owned();
        Err(SessionError::Setting { setting: "a throw".to_owned(), message })
    }

    fn setting(&self, name: &str) -> Result<LiveSetting, SessionError> {
        let settings = self.settings();
        let names: Vec<&str> = settings.iter().map(|setting| setting.name).collect();
        let message = match &names[..] {
            [] => "nothing can be changed in this session".to_owned(),
            names => format!("cannot be changed in this session; choose of {}", names.join(", ")),
        };
        let setting = settings.into_iter().find(|setting| setting.name == name);
        setting.ok_or_else(|| SessionError::Setting { setting: name.to_owned(), message })
    }

    fn hold_difficulty(&mut self, difficulty: Option<f64>) {
        for mut simulation in self.simulations() {
            simulation.environments.hold_difficulty(difficulty);
        }
    }

    fn simulations(&mut self) -> impl Iterator<Item = Mut<'_, SimulatedTask>> {
        let world = self.world_mut();
        world.query::<&mut SimulatedTask>().iter_mut(world).collect::<Vec<_>>().into_iter()
    }

    /// Records a change before it is applied: a change that cannot be written is not applied.
    fn note(&mut self, setting: &str, from: f64, to: Option<f64>) -> Result<(), SessionError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let Progress { updates, steps } = self.progress();
        folder.append_change(&SettingChange {
            update: updates,
            steps,
            setting: setting.to_owned(),
            from,
            to,
        })?;
        self.n_changes += 1;
        Ok(())
    }
}
