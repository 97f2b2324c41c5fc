//! Environments that live on a device.
//!
//! What they keep from step to step lies there as rows of numbers (`fields.rs`) and does not leave it but for spectators
//! and checkpoints. A step is one kernel, the traced tick ([`trace_tick`](super::trace_tick)); what it brings (what the
//! policy sees, rewards, ends) is read, for the policy is on the processor. Clocks are here, and so is what draws: how
//! an episode begins, its delay and numbers of the model, noise and pushes are made from counters in f64 as for any
//! shard, and given to the device. Episodes that begin are begun there by another kernel.
//!
//! A policy that is on the device too has steps that only launch kernels (`there.rs`, `enqueue.rs`): what draws is there
//! (`plan.rs`, `table.rs`), and so are clocks until something here asks for them (`fetched.rs`).

mod begin;
mod brought;
mod clocks;
mod compare;
mod draw;
mod enqueue;
mod fetched;
mod fields;
mod link;
mod memory;
mod move_state;
mod plan;
#[cfg(test)]
mod ready_tests;
#[cfg(test)]
mod refusal_tests;
mod shown;
mod step;
mod table;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
mod there;
#[cfg(test)]
mod there_tests;
mod wait;

pub use compare::{Comparison, Difference, compare};
pub(super) use memory::{DeviceBytes, bytes_on_device};
pub(super) use plan::draws_straight;
pub use wait::Tell;

use super::engine::{EngineKind, Throw};
use super::environments::Preparation;
use super::error::SceneError;
use super::eyes::Optics;
use super::library::Scene;
use super::manual_state::EnvState;
use super::shard::{LaneShard, Shard, Spent};
use super::snapshot::Snapshot;
use super::state::{EnvironmentsState, StateArray};
use super::step::{ActionUnits, StepOutput};
use super::there::There;
use super::trace::{Manner, task_trace_errors};
use crate::device::ProgramBackend;
use crate::math::lanes::Lanes;
use enqueue::Enqueue;
use fields::Fields;
use link::{Link, LinkError};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A shard whose environments live on a device.
pub(super) struct DeviceShard<L> {
    /// Clocks, what draws, and what was brought. Its blocks hold states only while episodes are drawn.
    host: LaneShard<L>,
    link: Mutex<Link>,
    /// What steps without the host need; none before the first.
    enqueue: Option<Enqueue>,
    fields: Arc<Fields>,
    /// The device's name.
    device: String,
    /// Forces from outside, rows of the bodies' six numbers each, as they were given last; empty while there are none.
    pulls: Vec<f32>,
    /// What went wrong where nobody could be told.
    failure: Option<SceneError>,
}

impl<L: Lanes> DeviceShard<L> {
    /// Environments `range` of a scene, freshly reset, and ready to be stepped.
    ///
    /// # Errors
    /// If the scene cannot be stepped there, or if the device fails.
    pub(super) fn new(
        scene: &Scene,
        range: Range<usize>,
        (seed, difficulty): (u64, f64),
        optics: &Optics,
        (backend, ready): (Box<dyn ProgramBackend>, &Preparation),
    ) -> Result<Self, SceneError> {
        let (n, device) = (range.len(), backend.name());
        let refusals = task_trace_errors(scene);
        if !refusals.is_empty() {
            let (scene, refusals) = (scene.name.clone(), refusals.into());
            return Err(SceneError::Refused { scene, device, refusals });
        }
        let host = LaneShard::before_reset(scene, range, seed, difficulty, optics);
        let fields = Arc::new(Fields::of(scene, &host.plan, false));
        let link = Link::new(scene, n, fields.clone(), backend, ready.tell.clone());
        let link = Mutex::new(link.map_err(|it| told(scene, &device, it))?);
        let mut shard =
            Self { host, link, enqueue: None, fields, device, pulls: vec![], failure: None };
        ready.units.map_or(Ok(()), |units| shard.prepare(units))?;
        shard.begin(&(0..n).collect::<Vec<_>>())?;
        shard.host.output.next_observations = shard.host.output.observations.clone();
        Ok(shard)
    }

    /// The device, where nothing else waits for it.
    fn link(&mut self) -> &mut Link {
        self.link.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn n(&self) -> usize {
        self.host.range().1
    }

    /// How a step is to be with actions in these units.
    fn manner(&self, units: ActionUnits) -> Manner {
        let (ends, looks) = (self.host.ends(), self.host.looks.is_some());
        Manner { units, ends, looks, pulls: !self.pulls.is_empty() }
    }

    /// Notes for the next step what went wrong.
    fn note(&mut self, result: Result<(), SceneError>) {
        if let Err(error) = result {
            self.failure.get_or_insert(error);
        }
    }
}

/// What people are told.
fn told(scene: &Scene, device: &str, error: LinkError) -> SceneError {
    match error {
        LinkError::Device(error) => error.into(),
        LinkError::Refused(refusal) => {
            let (scene, device) = (scene.name.clone(), device.to_owned());
            SceneError::Refused { scene, device, refusals: Box::new([refusal]) }
        }
    }
}

impl<L: Lanes> Shard for DeviceShard<L> {
    fn range(&self) -> (usize, usize) {
        self.host.range()
    }

    fn output(&self) -> &StepOutput {
        &self.host.output
    }

    fn spent(&self) -> Spent {
        self.host.spent
    }

    fn unfit_reset(&self) -> Option<&(usize, String, f64)> {
        self.host.unfit_reset.as_ref()
    }

    fn step(
        &mut self,
        actions: &[f32],
        units: ActionUnits,
        difficulty: f64,
    ) -> Result<(), SceneError> {
        match self.failure.take() {
            Some(error) => Err(error),
            None => self.take_home().and_then(|()| self.tick(actions, units, difficulty)),
        }
    }

    fn prepare(&mut self, units: ActionUnits) -> Result<(), SceneError> {
        let (scene, manner) = (self.host.scene.clone(), self.manner(units));
        let prepared = self.link().prepare(&scene, manner);
        prepared.map(|_| ()).map_err(|error| told(&scene, &self.device, error))
    }

    fn snapshot(&self, env: usize) -> Option<Snapshot> {
        self.picture(env).ok()
    }

    fn push(&mut self, env: usize, body: usize, wrench: [f64; 6]) {
        let pulled = self.pull(env, body, wrench);
        self.note(pulled);
    }

    fn end_episode(&mut self, env: usize) {
        let home = self.take_home();
        self.note(home);
        self.host.end_episode(env);
    }

    fn reset(&mut self, env: usize) {
        let begun = self.take_home().and_then(|()| self.begin(&[env]));
        self.note(begun);
        self.host.forget_conditions(env);
    }

    fn pose(&mut self, env: usize, state: EnvState<'_>) {
        let put = self.take_home().and_then(|()| self.put(env, state));
        self.note(put);
    }

    fn look(&mut self, ends: bool) {
        let home = self.take_home();
        self.note(home);
        self.host.look(ends);
    }

    fn use_engine(&mut self, _kind: &dyn EngineKind) {
        let device = self.device.clone();
        self.note(Err(SceneError::Engine { device }));
    }

    fn throw(&mut self, _env: usize, _throw: &Throw) -> bool {
        false
    }

    fn there(&self) -> Option<&dyn There> {
        Some(self)
    }

    fn there_mut(&mut self) -> Option<&mut dyn There> {
        Some(self)
    }

    fn take_notes(&mut self) -> Vec<String> {
        self.link().take_notes()
    }

    #[cfg(test)]
    fn block_bytes(&self) -> u64 {
        self.host.block_bytes()
    }

    fn empty_state(&self) -> Vec<StateArray> {
        self.host.empty_state()
    }

    fn save(&self, state: &mut EnvironmentsState) -> Result<(), SceneError> {
        self.fetch(state)
    }

    fn load(&mut self, state: &EnvironmentsState) -> Result<(), SceneError> {
        self.take_home()?;
        self.host.load(state)?;
        self.send()
    }
}
