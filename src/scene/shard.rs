//! A thread's share of the environments: whole blocks, each stepped through physics, rewards,
//! terminations, resets and observations before the next is touched.

use super::block::Block;
use super::control::{apply_actions, read_actions};
use super::disturb::{delay_controls, draw_pushes, push};
use super::engine::{self, Engine, EngineKind, Throw};
use super::error::SceneError;
use super::eyes::{Eyes, Optics};
use super::judge::{Judgement, holds};
use super::library::Scene;
use super::manual_state::EnvState;
use super::non_finite::{NonFinite, NonFiniteSource};
use super::observe::{Moment, Scratch, finite_lanes, finite_streams, observe, write_streams};
use super::snapshot::Snapshot;
use super::state::{EnvironmentsState, StateArray, load_observed, parts};
use super::step::{ActionUnits, Episode, StepOutput};
use super::terms::Terms;
use super::there::There;
use crate::math::lanes::{Kernel, LaneMask, Lanes};
use crate::physics::{self, Data, Params, Plan};
use crate::space::Observations;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Time of a block of environments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub physics: Duration,
    pub whole: Duration,
}

/// A shard with its lane type forgotten.
pub(super) trait Shard: Send + Sync {
    /// First environment and number of environments.
    fn range(&self) -> (usize, usize);
    /// What the last step brought, for this range; `reward_terms` as sums over each block.
    fn output(&self) -> &StepOutput;
    /// Where the time of the last step went in the shard's first block, which stands for all: to physics, and
    /// altogether.
    fn spent(&self) -> Spent;
    /// An observation that was not finite after the last reset: environment, its name, its value.
    fn unfit_reset(&self) -> Option<&(usize, String, f64)>;
    /// Fails where a device does.
    fn step(
        &mut self,
        actions: &[f32],
        units: ActionUnits,
        difficulty: f64,
    ) -> Result<(), SceneError>;
    /// Loads what steps with actions in these units need. Fails where a device does.
    fn prepare(&mut self, _units: ActionUnits) -> Result<(), SceneError> {
        Ok(())
    }
    /// What one environment of this range looks like, counted from its first; none if its device fails, as the next
    /// step says.
    fn snapshot(&self, env: usize) -> Option<Snapshot>;
    /// Pushes a body of one environment of this range, counted from its first: torque, then force.
    fn push(&mut self, env: usize, body: usize, wrench: [f64; 6]);
    /// Cuts off the episode of one environment of this range, counted from its first, at its next step.
    fn end_episode(&mut self, env: usize);
    /// Begins another episode in one environment of this range, counted from its first.
    fn reset(&mut self, env: usize);
    /// Puts one environment of this range, counted from its first, into a state.
    fn pose(&mut self, env: usize, state: EnvState<'_>);
    /// See [`Environments::look`](super::Environments::look).
    fn look(&mut self, ends: bool);
    /// Lets another engine move the bodies.
    fn use_engine(&mut self, kind: &dyn EngineKind);
    /// Throws something into one environment of this range, counted from its first; false if its engine
    /// knows no loose things.
    fn throw(&mut self, env: usize, throw: &Throw) -> bool;
    /// The same where it is on a device.
    fn there(&self) -> Option<&dyn There> {
        None
    }
    /// The same, to be changed.
    fn there_mut(&mut self) -> Option<&mut dyn There> {
        None
    }
    /// What people should know of the device, and is no error, since the last call.
    fn take_notes(&mut self) -> Vec<String> {
        Vec::new()
    }
    /// Memory of its blocks.
    #[cfg(test)]
    fn block_bytes(&self) -> u64;
    /// The parts of the state of blocks, without any environment.
    fn empty_state(&self) -> Vec<StateArray>;
    /// Appends this range to `state`. Fails where a device does.
    fn save(&self, state: &mut EnvironmentsState) -> Result<(), SceneError>;
    /// Takes this range out of `state`. Fails where a device does.
    fn load(&mut self, state: &EnvironmentsState) -> Result<(), SceneError>;
}

pub(super) struct LaneShard<L> {
    pub scene: Scene,
    pub first: usize,
    n: usize,
    pub seed: u64,
    pub plan: Plan,
    pub params: Params<L>,
    pub blocks: Vec<Block<L>>,
    pub bench: Scratch<L>,
    /// Of each environment, if it is not our own.
    pub engines: Vec<Box<dyn Engine>>,
    pub output: StepOutput,
    /// See [`Shard::spent`].
    pub spent: Spent,
    /// How hard the task is at present, from 0 to 1.
    pub difficulty: f64,
    /// Where somebody looks at terminations: whether they end episodes, and which of them held after the last
    /// step, shape (n_envs, n_terminations).
    pub looks: Option<bool>,
    pub conditions: Vec<bool>,
    /// See [`Shard::unfit_reset`].
    pub unfit_reset: Option<(usize, String, f64)>,
}

impl<L: Lanes> LaneShard<L> {
    /// Environments `range` of a scene, freshly reset.
    pub(super) fn new(
        scene: &Scene,
        range: Range<usize>,
        seed: u64,
        difficulty: f64,
        optics: &Optics,
    ) -> Self {
        let mut shard = Self::before_reset(scene, range, seed, difficulty, optics);
        for i in 0..shard.blocks.len() {
            let lanes: Vec<usize> = (0..shard.blocks[i].clocks.len()).collect();
            shard.reset_block(i, &lanes);
        }
        shard.output.next_observations = shard.output.observations.clone();
        shard
    }

    /// Environments `range` of a scene, none of which has begun an episode.
    pub(super) fn before_reset(
        scene: &Scene,
        range: Range<usize>,
        seed: u64,
        difficulty: f64,
        optics: &Optics,
    ) -> Self {
        let (first, n) = (range.start, range.len());
        let plan = Plan::new(scene.model.clone());
        let task = &scene.task;
        let n_registers = task.after_step.n_registers().max(task.after_reset.n_registers());
        let block = |i| Block::new(scene, &plan, L::WIDTH.min(n - i * L::WIDTH));
        let mut shard = Self {
            scene: scene.clone(),
            first,
            n,
            seed,
            params: Params::new(&scene.model),
            blocks: (0..n.div_ceil(L::WIDTH)).map(block).collect(),
            bench: Scratch {
                data: Data::new(&plan),
                registers: vec![L::zero(); n_registers],
                actions: vec![],
                terms: vec![L::zero(); task.terms.as_ref().map_or(0, Terms::n_values)],
                eyes: Eyes::new(optics),
            },
            engines: Vec::new(),
            output: StepOutput::default(),
            spent: Spent::default(),
            difficulty,
            looks: None,
            conditions: Vec::new(),
            unfit_reset: None,
            plan,
        };
        shard.output.rewards = vec![0.0; n];
        shard.output.reward_parts = vec![0.0; n * task.n_reward_parts()];
        shard.output.terminated = vec![false; n];
        shard.output.truncated = vec![false; n];
        shard.output.observations = Observations::zeros(task.observations.clone(), n);
        shard.output.episode_starts = vec![true; n];
        shard
    }

    #[inline(always)]
    fn step_block(&mut self, index: usize, actions: &[f32], units: ActionUnits) {
        // Blocks are many and alike: profiles show the first of each shard, and only that is timed.
        let is_shown = index == 0;
        let now = || if is_shown { Some(Instant::now()) } else { None };
        let start = now();
        let task = &self.scene.task;
        let block = &mut self.blocks[index];
        block.previous_action.copy_from_slice(&block.action);
        let n_lanes = block.clocks.len();
        let given = &mut self.bench.actions;
        read_actions(actions, n_lanes, given);
        let (action, ctrl) = (&mut block.action, &mut block.state.ctrl);
        let acted = apply_actions(&self.scene, units, given, action, ctrl);

        let of_block = (self.first + index * L::WIDTH, self.seed);
        let change = draw_pushes(&block.clocks, &self.scene, of_block, self.difficulty);
        if let (Some(change), Some(pushes)) = (change, &task.pushes) {
            push(&mut block.state.qvel, pushes.dofadr, change);
        }
        delay_controls(&mut block.state.ctrl, &mut block.controls, block.delay);

        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let params = block.params.as_deref().unwrap_or(&self.params);
        let program = &task.after_step;
        let physics = now();
        let span = is_shown.then(|| tracing::trace_span!("physics").entered());
        for substep in 0..task.substeps {
            let senses = task.needs_force_sensors() && substep + 1 == task.substeps;
            if !self.engines.is_empty() {
                let of_block = index * L::WIDTH..index * L::WIDTH + block.clocks.len();
                let engines = &mut self.engines[of_block];
                engine::advance(&self.plan, params, &mut self.bench.data, engines, senses);
            } else if senses {
                let all = L::Mask::splat(true);
                physics::step_sensing(&self.plan, params, &mut self.bench.data, all);
            } else {
                physics::step(&self.plan, params, &mut self.bench.data);
            }
        }
        drop(span);
        self.spent.physics += physics.map_or(Duration::ZERO, |start| start.elapsed());
        let _span = is_shown.then(|| tracing::trace_span!("task").entered());
        let mut time = L::zero();
        for (lane, clock) in block.clocks.iter_mut().enumerate() {
            clock.progress += 1;
            clock.n_steps += 1;
            time.set_lane(lane, f64::from(clock.progress) * task.dt);
        }
        let lanes: Vec<usize> = (0..block.clocks.len()).collect();
        let (difficulty, first_row) = (self.difficulty, index * L::WIDTH);
        let (first_env, seed) = (self.first + first_row, self.seed);
        let (lanes, stepped) = (&lanes[..], true);
        let moment = Moment { lanes, time, difficulty, stepped, first_row, first_env, seed };
        let shown = &mut self.output.observations;
        observe(&self.plan, params, task, block, &moment, &mut self.bench, shown);
        for place in 0..block.memory.len() {
            block.memory[place] = program.remember(&self.bench.registers, place);
        }
        let finite = finite_lanes(&self.bench.data.state, program.n_outputs(), |k| {
            program.output(&self.bench.registers, k)
        });
        let mut finite = finite & acted;
        if task.has_own_streams() {
            finite = finite & finite_streams::<L>(task, shown, (first_row, lanes.len()));
        }
        std::mem::swap(&mut self.bench.data.state, &mut block.state);

        if self.looks.is_some() {
            self.note_conditions(index);
            self.note_blind_terminations(index);
        }
        if (!finite).any() {
            self.note_non_finite(index, acted, finite);
        }
        let judgement = Judgement::of(&self.scene.task, &self.bench.registers, finite, self.ends());
        self.reward(index, &judgement);
        let success = self.scene.task.success.map(|output| {
            finite & holds(self.scene.task.after_step.output(&self.bench.registers, output))
        });
        let ended = self.finish(index, finite, judgement.fit, success);
        self.sum_terms(index);
        self.store_observations(index, finite);
        if !ended.is_empty() {
            self.reset_block(index, &ended);
        }
        self.spent.whole += start.map_or(Duration::ZERO, |start| start.elapsed());
    }

    /// Forgets what the step before brought.
    pub(super) fn begin_step(&mut self, difficulty: f64) {
        self.difficulty = difficulty;
        self.output.episode_starts.fill(false);
        self.output.episodes.clear();
        self.output.reward_terms.clear();
        self.output.n_non_finite = 0;
        self.output.non_finite.clear();
        self.spent = Spent::default();
    }

    /// Hands out what a step was worth.
    #[inline(always)]
    fn reward(&mut self, index: usize, judgement: &Judgement<L>) {
        let task = &self.scene.task;
        let (first, n_lanes) = (index * L::WIDTH, self.blocks[index].clocks.len());
        for lane in 0..n_lanes {
            self.output.rewards[first + lane] = judgement.reward.lane(lane) as f32;
            self.output.terminated[first + lane] = judgement.terminated.lane(lane);
        }
        let n_parts = task.n_reward_parts();
        for place in 0..n_parts {
            let value = judgement.part(task, &self.bench.registers, place);
            for lane in 0..n_lanes {
                let row = (first + lane) * n_parts;
                self.output.reward_parts[row + place] = value.lane(lane) as f32;
            }
        }
    }

    /// Sums over a block of what its rewards are made of, once it is known which environments give none.
    #[inline(always)]
    pub(super) fn sum_terms(&mut self, index: usize) {
        let (first, n_lanes) = (index * L::WIDTH, self.blocks[index].clocks.len());
        let task = &self.scene.task;
        let output = &mut self.output;
        let parts = output.reward_parts.chunks_exact(task.n_reward_parts());
        let parts = parts.skip(first).take(n_lanes);
        for term in 0..task.n_reward_means() {
            let sum = parts.clone().map(|row| f64::from(row[term])).sum();
            output.reward_terms.push(sum);
        }
    }

    /// Ends episodes; returns the lanes to be reset. An environment whose numbers are no longer
    /// finite is counted. `success` is where the task counts a success, if it says so.
    #[inline(always)]
    pub(super) fn finish(
        &mut self,
        index: usize,
        finite: L::Mask,
        fit: L::Mask,
        success: Option<L::Mask>,
    ) -> Vec<usize> {
        let episode_length = self.scene.task.episode_length;
        let (ends, mut ended) = (self.ends(), Vec::new());
        for (lane, clock) in self.blocks[index].clocks.iter_mut().enumerate() {
            let env = index * L::WIDTH + lane;
            let output = &mut self.output;
            if !fit.lane(lane) {
                output.n_non_finite += 1;
                if finite.lane(lane) {
                    let value = f64::NAN;
                    let part = NonFiniteSource::RewardSum;
                    output.non_finite.push(NonFinite { env, part, at_reset: false, value });
                }
            }
            clock.total_reward += f64::from(output.rewards[env]);
            let lasted = ends && !output.terminated[env] && clock.progress >= episode_length;
            output.truncated[env] = lasted || clock.cut_off && !output.terminated[env];
            if output.terminated[env] || output.truncated[env] {
                let (total_reward, length) = (clock.total_reward, clock.progress);
                let success = success.map_or(lasted, |met| met.lane(lane));
                output.episodes.push(Episode { env, total_reward, length, success });
                ended.push(lane);
            }
        }
        ended
    }

    /// Writes what the step led to, both as the present and as the transition's successor. Numbers
    /// that are not finite become zero: their environment has been ended and nothing may learn
    /// from them.
    #[inline(always)]
    fn store_observations(&mut self, index: usize, finite: L::Mask) {
        let task = &self.scene.task;
        let (first, n_lanes) = (index * L::WIDTH, self.blocks[index].clocks.len());
        let (program, registers) = (&task.after_step, &self.bench.registers);
        let shown = &mut self.output.observations;
        write_streams((task, program), registers, (first, 0..n_lanes, finite), shown);
        if task.has_own_streams() || task.has_cameras() {
            let unfit = (0..n_lanes).filter(|&lane| !finite.lane(lane));
            unfit.for_each(|lane| shown.clear_row(first + lane));
        }
        for lane in 0..n_lanes {
            self.add_noise(index, lane);
        }
        let output = &mut self.output;
        output.next_observations.copy_rows(&output.observations, first..first + n_lanes);
    }
}

/// One step of all blocks of a shard.
struct StepShard<'a, L> {
    shard: &'a mut LaneShard<L>,
    actions: &'a [f32],
    units: ActionUnits,
}

impl<L: Lanes> Kernel for StepShard<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let dim = self.actions.len() / self.shard.n.max(1);
        for index in 0..self.shard.blocks.len() {
            let n_lanes = self.shard.blocks[index].clocks.len();
            let first = index * L::WIDTH;
            let actions = &self.actions[first * dim..(first + n_lanes) * dim];
            self.shard.step_block(index, actions, self.units);
        }
    }
}

impl<L: Lanes> Shard for LaneShard<L> {
    fn range(&self) -> (usize, usize) {
        (self.first, self.n)
    }

    fn output(&self) -> &StepOutput {
        &self.output
    }

    fn spent(&self) -> Spent {
        self.spent
    }

    fn unfit_reset(&self) -> Option<&(usize, String, f64)> {
        self.unfit_reset.as_ref()
    }

    fn step(
        &mut self,
        actions: &[f32],
        units: ActionUnits,
        difficulty: f64,
    ) -> Result<(), SceneError> {
        self.begin_step(difficulty);
        let _span = tracing::debug_span!("shard", environments = self.n).entered();
        L::vectorize(StepShard { shard: self, actions, units });
        Ok(())
    }

    fn snapshot(&self, env: usize) -> Option<Snapshot> {
        let (block, lane) = (&self.blocks[env / L::WIDTH], env % L::WIDTH);
        let copy = |from: &[L]| from.iter().map(|lanes| lanes.lane(lane) as f32).collect();
        let clock = &block.clocks[lane];
        let (task, output) = (&self.scene.task, &self.output);
        let row = |of: &[f32], dim: usize| of[env * dim..(env + 1) * dim].to_vec();
        Some(Snapshot {
            qpos: copy(&block.state.qpos),
            qvel: copy(&block.state.qvel),
            ctrl: copy(&block.state.ctrl),
            observations: output.observations.row(env),
            action: copy(&block.action),
            reward: output.rewards[env],
            reward_parts: row(&output.reward_parts, task.n_reward_parts()),
            terminated: output.terminated[env],
            truncated: output.truncated[env],
            conditions: self.conditions_of(env).to_vec(),
            episode: clock.episode,
            progress: clock.progress,
            total_reward: clock.total_reward,
            props: self.engines.get(env).map_or(Vec::new(), |engine| engine.props()),
        })
    }

    fn reset(&mut self, env: usize) {
        self.reset_block(env / L::WIDTH, &[env % L::WIDTH]);
        self.forget_conditions(env);
    }

    fn pose(&mut self, env: usize, state: EnvState<'_>) {
        self.put(env, state);
    }

    fn look(&mut self, ends: bool) {
        self.looks = Some(ends);
        self.conditions = vec![false; self.n * self.scene.task.terminations.len()];
    }

    fn use_engine(&mut self, kind: &dyn EngineKind) {
        self.engines = (0..self.n).map(|_| kind.build(&self.scene.model)).collect();
    }

    fn throw(&mut self, env: usize, throw: &Throw) -> bool {
        self.engines.get_mut(env).map(|engine| engine.throw(throw)).is_some()
    }

    fn push(&mut self, env: usize, body: usize, wrench: [f64; 6]) {
        let (block, lane) = (&mut self.blocks[env / L::WIDTH], env % L::WIDTH);
        let forces = &mut block.state.xfrc_applied;
        forces.resize(self.scene.model.bodies.len(), [L::zero(); 6]);
        for (part, value) in forces[body].iter_mut().zip(wrench) {
            part.set_lane(lane, value);
        }
        let rests = |part: &L| (0..L::WIDTH).all(|lane| part.lane(lane) == 0.0);
        if forces.iter().flatten().all(rests) {
            forces.clear();
        }
    }

    fn end_episode(&mut self, env: usize) {
        self.blocks[env / L::WIDTH].clocks[env % L::WIDTH].cut_off = true;
    }

    #[cfg(test)]
    fn block_bytes(&self) -> u64 {
        self.blocks.iter().map(Block::bytes).sum()
    }

    fn empty_state(&self) -> Vec<StateArray> {
        parts::<L>().iter().map(|part| part.empty(&self.blocks[0])).collect()
    }

    fn save(&self, state: &mut EnvironmentsState) -> Result<(), SceneError> {
        self.blocks.iter().for_each(|block| block.save(state));
        Ok(())
    }

    fn load(&mut self, state: &EnvironmentsState) -> Result<(), SceneError> {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.load(&self.scene, self.seed, self.first + index * L::WIDTH, state);
        }
        // Stacks of pictures go on from what was seen.
        load_observed(&mut self.output.observations, state, self.first);
        Ok(())
    }
}
