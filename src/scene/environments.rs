//! N environments of one scene, stepped together: the batch that a simulation node owns.

use super::engine::{EngineKind, Throw};
use super::error::SceneError;
use super::eyes::Optics;
use super::library::Scene;
use super::manual_state::EnvState;
use super::on_device::{DeviceShard, Tell};
use super::shard::{LaneShard, Shard, Spent};
use super::snapshot::Snapshot;
use super::state::{EnvironmentsState, load_observed, observed_parts};
use super::step::{ActionUnits, Actions, StepOutput};
use crate::device::{ProgramBackend, Shared};
use crate::math::lanes::{Isa, for_isa};
use crate::space::{ActionSpace, Device, ObservationSpace};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A batch of environments of one scene. What an environment does depends on the seed, its index and
/// its actions: not on the number of environments, nor on the number of threads.
pub struct Environments {
    scene: Scene,
    n_envs: usize,
    device: Device,
    /// One for each thread, each with its own range of environments.
    pub(super) shards: Vec<Box<dyn Shard>>,
    output: StepOutput,
    difficulty: f64,
    /// What a person has set it to, whatever else would.
    held_difficulty: Option<f64>,
}

/// What environments on a device are made ready for, so that waiting and failing come before the first step.
#[derive(Clone)]
pub struct Preparation {
    /// Units of the actions that they will get; none where [`Environments::prepare`] will say so.
    pub units: Option<ActionUnits>,
    /// Is told what takes long, at once.
    pub tell: Tell,
    /// The device to use in the place of one of their own, if any.
    pub device: Option<Shared>,
}

impl Default for Preparation {
    /// For the actions of a policy; nobody is told anything.
    fn default() -> Self {
        Self { units: Some(ActionUnits::Policy), tell: Arc::new(|_| ()), device: None }
    }
}

/// Shards take unequal times, as do threads on a busy machine: who is done early takes another.
const SHARDS_PER_THREAD: usize = 4;

/// How many shards so many blocks are spread over, on the threads of the current rayon pool.
pub(super) fn n_shards(n_blocks: usize) -> usize {
    match rayon::current_num_threads() {
        1 => 1,
        n_threads => (n_threads * SHARDS_PER_THREAD).clamp(1, n_blocks.max(1)),
    }
}

/// Shards of whole blocks, some for each thread.
fn on_threads(
    scene: &Scene,
    n_envs: usize,
    (seed, difficulty): (u64, f64),
    isa: Isa,
) -> Result<Vec<Box<dyn Shard>>, SceneError> {
    let optics = Optics::new(scene, isa)?;
    let n_blocks = n_envs.div_ceil(isa.width());
    let n_shards = n_shards(n_blocks);
    let mut shards: Vec<Box<dyn Shard>> = Vec::new();
    let mut first = 0;
    for shard in 0..n_shards {
        let end = (n_blocks * (shard + 1) / n_shards * isa.width()).min(n_envs);
        shards.push(for_isa!(isa, L => {
            Box::new(LaneShard::<L>::new(scene, first..end, seed, difficulty, &optics))
        }));
        first = end;
    }
    Ok(shards)
}

/// One shard on a device. Its blocks are those of the widest lanes here, so that sums over blocks are the same as on
/// the processor.
fn on_device(
    scene: &Scene,
    n_envs: usize,
    given: (u64, f64),
    device: Device,
    ready: &Preparation,
) -> Result<Box<dyn Shard>, SceneError> {
    let isa = Isa::detect();
    let optics = Optics::new(scene, isa)?;
    let backend: Box<dyn ProgramBackend> = match &ready.device {
        Some(shared) => Box::new(shared.clone()),
        None => crate::device::open(&device.to_string())?,
    };
    let there = (backend, ready);
    Ok(for_isa!(isa, L => {
        Box::new(DeviceShard::<L>::new(scene, 0..n_envs, given, &optics, there)?)
    }))
}

impl Environments {
    /// `n_envs` freshly reset environments, spread over the threads of the current rayon pool. Fails
    /// if an observation is not finite then, on devices that the machine lacks, and for scenes that a device cannot
    /// simulate.
    pub fn new(
        scene: &Scene,
        n_envs: usize,
        seed: u64,
        device: Device,
    ) -> Result<Self, SceneError> {
        Self::with_difficulty(scene, n_envs, seed, device, scene.task.difficulty(0.0))
    }

    /// As [`new`](Self::new), with the difficulty, from 0 to 1, of the first episodes.
    pub fn with_difficulty(
        scene: &Scene,
        n_envs: usize,
        seed: u64,
        device: Device,
        difficulty: f64,
    ) -> Result<Self, SceneError> {
        Self::prepared(scene, n_envs, seed, device, difficulty, &Preparation::default())
    }

    /// As [`with_difficulty`](Self::with_difficulty), on a device ready for what `ready` says.
    pub fn prepared(
        scene: &Scene,
        n_envs: usize,
        seed: u64,
        device: Device,
        difficulty: f64,
        ready: &Preparation,
    ) -> Result<Self, SceneError> {
        let environments = Self::build(scene, n_envs, (seed, difficulty), device, ready)?;
        for shard in &environments.shards {
            if let Some((env, observation, value)) = shard.unfit_reset() {
                return Err(SceneError::Reset {
                    scene: scene.name.clone(),
                    observation: observation.clone(),
                    value: *value,
                    env: *env,
                });
            }
        }
        Ok(environments)
    }

    /// As [`new`](Self::new), but observations that are not finite are only noted in the [output](Self::output),
    /// and so are terminations that compare what is no number.
    pub(crate) fn on_trial(
        scene: &Scene,
        n_envs: usize,
        seed: u64,
        device: Device,
    ) -> Result<Self, SceneError> {
        let difficulty = scene.task.difficulty(0.0);
        let ready = Preparation { units: None, ..Preparation::default() };
        let mut environments = Self::build(scene, n_envs, (seed, difficulty), device, &ready)?;
        environments.look(true);
        Ok(environments)
    }

    fn build(
        scene: &Scene,
        n_envs: usize,
        (seed, difficulty): (u64, f64),
        device: Device,
        ready: &Preparation,
    ) -> Result<Self, SceneError> {
        let shards = match device {
            Device::Cpu(isa) => on_threads(scene, n_envs, (seed, difficulty), isa)?,
            Device::Cuda(_) | Device::Emulate => {
                vec![on_device(scene, n_envs, (seed, difficulty), device, ready)?]
            }
        };
        let mut environments = Self {
            scene: scene.clone(),
            n_envs,
            device,
            shards,
            output: StepOutput::new(&scene.task.observations),
            difficulty,
            held_difficulty: None,
        };
        environments.gather();
        Ok(environments)
    }

    /// Loads what steps with actions in these units need on a device, which takes long where it has to be assembled; on
    /// the processor nothing. The first step would do it.
    pub fn prepare(&mut self, units: ActionUnits) -> Result<(), SceneError> {
        self.shards.iter_mut().try_for_each(|shard| shard.prepare(units))
    }

    /// Memory of blocks and of what was brought, by the lengths of the buffers.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> u64 {
        let shards = self.shards.iter().map(|shard| shard.block_bytes() + shard.output().bytes());
        shards.sum::<u64>() + self.output.bytes()
    }

    /// The model and the task.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Where they are simulated.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Number of environments.
    pub fn n_envs(&self) -> usize {
        self.n_envs
    }

    /// What each of them shows.
    pub fn observation_space(&self) -> &ObservationSpace {
        &self.scene.task.observations
    }

    /// The task's action space.
    pub fn action_space(&self) -> &ActionSpace {
        &self.scene.task.action_space
    }

    /// What the last step, or the reset, brought.
    pub fn output(&self) -> &StepOutput {
        &self.output
    }

    /// One policy step of every environment; those whose episode ends are reset at once. An action
    /// that is not finite acts on nothing and ends its environment's episode, as any number does
    /// that is not finite.
    pub fn step(&mut self, actions: Actions<'_>) -> Result<&StepOutput, SceneError> {
        self.check_units(actions.units)?;
        let dim = self.action_dim(actions.units);
        if actions.values.len() != self.n_envs * dim {
            return Err(SceneError::Size {
                what: "actions, one of each component for every environment".into(),
                expected: self.n_envs * dim,
                got: actions.values.len(),
            });
        }
        let difficulty = self.difficulty;
        let step = |shard: &mut Box<dyn Shard>| {
            let (first, n) = shard.range();
            let actions_of = &actions.values[first * dim..(first + n) * dim];
            shard.step(actions_of, actions.units, difficulty)
        };
        match self.shards.as_mut_slice() {
            // A thread pool costs more than a block of a small model.
            [only] => step(only)?,
            shards => shards.par_iter_mut().try_for_each(step)?,
        }
        self.gather();
        Ok(&self.output)
    }

    /// Fails where the scene takes no actions in these units.
    pub(super) fn check_units(&self, units: ActionUnits) -> Result<(), SceneError> {
        if units != ActionUnits::Effort {
            return Ok(());
        }
        let scene = self.scene.name.clone();
        if let Some(actuator) = self.scene.task.no_motor(&self.scene.model) {
            return Err(SceneError::NoEffort { scene, actuator: actuator.name.clone() });
        }
        match self.action_space().is_discrete() {
            true => Err(SceneError::Choices { scene }),
            false => Ok(()),
        }
    }

    /// The share of the last step that went to physics, from 0 to 1; the rest went to actions, observations,
    /// rewards and resets. As the first block of each shard shows it, for timing all of them would cost more
    /// than a small model's physics does.
    pub fn physics_share(&self) -> f64 {
        let of = |part: fn(&Spent) -> Duration| -> f64 {
            self.shards.iter().map(|shard| part(&shard.spent()).as_secs_f64()).sum()
        };
        of(|spent| spent.physics) / of(|spent| spent.whole).max(1e-9)
    }

    /// Tells how far the training has come, from 0 to 1: the task may grow harder with it.
    pub fn set_progress(&mut self, progress: f64) {
        self.set_difficulty(self.scene.task.difficulty(progress));
    }

    /// How hard the task is from the next step on, from 0 to 1, whatever the training's progress.
    pub fn set_difficulty(&mut self, difficulty: f64) {
        self.difficulty = self.held_difficulty.unwrap_or(difficulty.clamp(0.0, 1.0));
    }

    /// Holds the task at a difficulty, whatever else would set it; none lets go.
    pub fn hold_difficulty(&mut self, difficulty: Option<f64>) {
        self.held_difficulty = difficulty.map(|difficulty| difficulty.clamp(0.0, 1.0));
        self.set_difficulty(self.difficulty);
    }

    /// The difficulty that the task is held at, if it is.
    pub fn held_difficulty(&self) -> Option<f64> {
        self.held_difficulty
    }

    /// How hard the task is at present, from 0 to 1.
    pub fn difficulty(&self) -> f64 {
        self.difficulty
    }

    /// Numbers per environment that [`step`](Self::step) expects.
    pub fn action_dim(&self, units: ActionUnits) -> usize {
        self.scene.action_dim(units)
    }

    /// Puts the shards' outputs together, in the order of environments.
    fn gather(&mut self) {
        let output = &mut self.output;
        output.clear();
        output.reward_terms.resize(self.scene.task.n_reward_means(), 0.0);
        for shard in &self.shards {
            output.append(shard.output(), shard.range().0);
        }
        for term in &mut output.reward_terms {
            *term /= self.n_envs as f64;
        }
    }

    /// What one environment looks like now; none if there is no such environment, or if the device that it is on fails,
    /// which the next step says.
    pub fn snapshot(&self, env: usize) -> Option<Snapshot> {
        self.shards.iter().find_map(|shard| {
            let (first, n) = shard.range();
            (first..first + n).contains(&env).then(|| shard.snapshot(env - first)).flatten()
        })
    }

    /// Pushes a body of one environment from outside, in every step until told otherwise: torque
    /// [N m], then force \[N\], at the body's centre of mass in world axes. It is no part of the
    /// saved state. What does not exist is not pushed.
    pub fn push(&mut self, env: usize, body: usize, wrench: [f64; 6]) {
        if body == 0 || body >= self.scene.model.bodies.len() {
            return;
        }
        if let Some((shard, env)) = self.shard_of(env) {
            shard.push(env, body, wrench);
        }
    }

    /// Ends the episode of one environment from outside: its next step cuts it off, as a time-out
    /// does, unless the task's rules end it there. A task without `success` does not count that as
    /// one. That it is to end is no part of the saved state.
    pub fn end_episode(&mut self, env: usize) {
        if let Some((shard, env)) = self.shard_of(env) {
            shard.end_episode(env);
        }
    }

    /// Begins another episode in one environment at once, if there is such an environment.
    pub fn reset(&mut self, env: usize) {
        if let Some((shard, env)) = self.shard_of(env) {
            shard.reset(env);
        }
        self.gather();
    }

    /// Puts one environment into a state, in the episode that it is in, and observes it as where an episode
    /// begins. Fails where sizes are not those of the model or numbers are not finite, and for an environment
    /// that there is not.
    pub fn pose(&mut self, env: usize, state: EnvState<'_>) -> Result<(), SceneError> {
        let model = &self.scene.model;
        let parts = [
            ("joint positions of a pose", state.qpos, model.nq),
            ("joint velocities of a pose", state.qvel, model.nv),
            ("actuator states of a pose", state.act.unwrap_or_default(), model.na),
        ];
        for (what, numbers, expected) in
            parts.into_iter().take(2 + usize::from(state.act.is_some()))
        {
            if numbers.len() != expected {
                let got = numbers.len();
                return Err(SceneError::Size { what: what.into(), expected, got });
            }
            // As they are kept.
            if numbers.iter().any(|x| !(*x as f32).is_finite()) {
                return Err(SceneError::NotFinite { what });
            }
        }
        let n_envs = self.n_envs;
        let Some((shard, env)) = self.shard_of(env) else {
            let what = "the environment to pose, counted from 0".into();
            return Err(SceneError::Size { what, expected: n_envs, got: env });
        };
        shard.pose(env, state);
        self.gather();
        Ok(())
    }

    /// From now on snapshots say which of the task's terminations hold. Unless `ends`, neither these nor the time
    /// limit end an episode or replace a reward: only numbers that are not finite do, and a person.
    pub fn look(&mut self, ends: bool) {
        self.shards.iter_mut().for_each(|shard| shard.look(ends));
    }

    /// The shard that holds an environment, and the environment's place there.
    fn shard_of(&mut self, env: usize) -> Option<(&mut Box<dyn Shard>, usize)> {
        self.shards.iter_mut().find_map(|shard| {
            let (first, n) = shard.range();
            (first..first + n).contains(&env).then(|| (shard, env - first))
        })
    }

    /// What people should know of the device, and is no error, since the last call: as a rule nothing.
    pub fn take_notes(&mut self) -> Vec<String> {
        self.shards.iter_mut().flat_map(|shard| shard.take_notes()).collect()
    }

    /// Lets another engine move the bodies from the next step on. What it keeps beside positions and
    /// velocities is no part of the saved state: it is for playing and measuring.
    pub fn use_engine(&mut self, kind: &dyn EngineKind) {
        self.shards.iter_mut().for_each(|shard| shard.use_engine(kind));
    }

    /// Throws something into one environment. False if nothing comes of it: our own engine knows no
    /// loose things, and there may be no such environment.
    pub fn throw(&mut self, env: usize, throw: &Throw) -> bool {
        self.shard_of(env).is_some_and(|(shard, env)| shard.throw(env, throw))
    }

    /// A copy of everything that the future depends on.
    ///
    /// # Panics
    /// If the environments are on a device that fails: [`try_state`](Self::try_state) says so.
    pub fn state(&self) -> EnvironmentsState {
        self.try_state().expect("environments on the processor can always be copied")
    }

    /// As [`state`](Self::state). Fails where a device does.
    pub fn try_state(&self) -> Result<EnvironmentsState, SceneError> {
        let mut state = EnvironmentsState {
            n_envs: self.n_envs,
            arrays: self.shards[0].empty_state(),
            held_difficulty: self.held_difficulty,
        };
        for shard in &self.shards {
            shard.save(&mut state)?;
        }
        state.arrays.extend(match self.only_shard() {
            Some(shard) => observed_parts(&shard.observed()?),
            None => observed_parts(&self.output.observations),
        });
        Ok(state)
    }

    /// Goes on from a state saved by a batch of the same scene and number of environments. An error
    /// changes nothing.
    pub fn load_state(&mut self, state: &EnvironmentsState) -> Result<(), SceneError> {
        self.try_state()?.check_like(state)?;
        for shard in &mut self.shards {
            shard.load(state)?;
        }
        self.gather();
        load_observed(&mut self.output.observations, state, 0);
        self.output.episode_starts =
            state.u64s("progress").iter().map(|progress| *progress == 0).collect();
        self.output.episodes.clear();
        self.hold_difficulty(state.held_difficulty);
        Ok(())
    }
}
