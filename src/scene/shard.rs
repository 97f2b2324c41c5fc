//! A thread's share of the environments: whole blocks, each stepped through physics, rewards,
//! terminations, resets and observations before the next is touched.

use super::control::apply_actions;
use super::environments::{ActionUnits, EnvironmentsState, Episode, StepOutput};
use super::expression::Inputs;
use super::library::Scene;
use super::randomize::variant;
use crate::math::lanes::{Kernel, LaneMask, Lanes};
use crate::math::rng::{Random, Stream};
use crate::physics::{self, BlockState, Data, Params, Plan};

/// A shard with its lane type forgotten.
pub(super) trait Shard: Send + Sync {
    /// First environment and number of environments.
    fn range(&self) -> (usize, usize);
    /// What the last step brought, for this range; `reward_terms` as sums over each block.
    fn output(&self) -> &StepOutput;
    /// An observation that was not finite after the last reset: environment, which one, its value.
    fn unfit_reset(&self) -> Option<(usize, usize, f64)>;
    fn step(&mut self, actions: &[f32], units: ActionUnits, difficulty: f64);
    /// Appends this range to `state`.
    fn save(&self, state: &mut EnvironmentsState);
    /// Takes this range out of `state`.
    fn load(&mut self, state: &EnvironmentsState);
}

/// Where an environment is in its episode.
#[derive(Clone, Copy, Default)]
pub(super) struct Clock {
    progress: u32,
    episode: u64,
    /// Policy steps in all episodes.
    n_steps: u64,
    total_reward: f64,
}

/// A block of environments between steps.
pub(super) struct Block<L> {
    pub state: BlockState<L>,
    /// The last action, clipped, and the one before, shape (action_dim,).
    pub action: Vec<L>,
    previous_action: Vec<L>,
    /// What the task's expressions keep from step to step.
    memory: Vec<L>,
    /// The controls of the last steps, latest first, shape (action_delay + 1, nu).
    pub controls: Vec<Vec<L>>,
    /// Each lane's delay of controls [policy steps].
    delay: Vec<usize>,
    /// The difficulty at which each lane's episode began.
    difficulty: Vec<f64>,
    /// The block's own parameters, where environments differ.
    params: Option<Box<Params<L>>>,
    /// Shape (lanes in use,).
    pub clocks: Vec<Clock>,
}

pub(super) struct LaneShard<L> {
    scene: Scene,
    first: usize,
    n: usize,
    seed: u64,
    plan: Plan,
    params: Params<L>,
    blocks: Vec<Block<L>>,
    bench: Bench<L>,
    output: StepOutput,
    /// How hard the task is at present, from 0 to 1.
    difficulty: f64,
    /// See [`Shard::unfit_reset`].
    unfit_reset: Option<(usize, usize, f64)>,
}

/// Scratch that all blocks of a shard use in turn.
struct Bench<L> {
    data: Data<L>,
    registers: Vec<L>,
}

impl<L: Lanes> LaneShard<L> {
    pub(super) fn new(scene: &Scene, first: usize, n: usize, seed: u64) -> Self {
        let plan = Plan::new(scene.model.clone());
        let task = &scene.task;
        let n_registers = task.after_step.n_registers().max(task.after_reset.n_registers());
        let action = vec![L::zero(); task.action_space.dim()];
        let block = |i: usize| Block {
            state: BlockState::new(&plan),
            action: action.clone(),
            previous_action: action.clone(),
            memory: vec![L::zero(); task.after_step.n_memory()],
            controls: vec![vec![L::zero(); scene.model.nu]; task.action_delay + 1],
            delay: vec![0; L::WIDTH],
            difficulty: vec![0.0; L::WIDTH],
            params: (!task.randomized.is_empty()).then(|| Box::new(Params::new(&scene.model))),
            clocks: vec![Clock::default(); L::WIDTH.min(n - i * L::WIDTH)],
        };
        let mut shard = Self {
            scene: scene.clone(),
            first,
            n,
            seed,
            params: Params::new(&scene.model),
            blocks: (0..n.div_ceil(L::WIDTH)).map(block).collect(),
            bench: Bench { data: Data::new(&plan), registers: vec![L::zero(); n_registers] },
            output: StepOutput::default(),
            difficulty: scene.task.difficulty(0.0),
            unfit_reset: None,
            plan,
        };
        shard.output.rewards = vec![0.0; n];
        shard.output.terminated = vec![false; n];
        shard.output.truncated = vec![false; n];
        shard.output.observations = vec![0.0; n * task.obs_dim()];
        shard.output.critic_observations = vec![0.0; n * task.critic_dim()];
        shard.output.begins = vec![true; n];
        for i in 0..shard.blocks.len() {
            let lanes: Vec<usize> = (0..shard.blocks[i].clocks.len()).collect();
            shard.reset_block(i, &lanes);
        }
        shard.output.next_observations = shard.output.observations.clone();
        shard.output.next_critic_observations = shard.output.critic_observations.clone();
        shard
    }

    /// Resets some environments of a block and observes them.
    #[inline(always)]
    fn reset_block(&mut self, index: usize, lanes: &[usize]) {
        let first = self.first + index * L::WIDTH;
        let block = &mut self.blocks[index];
        let scene = &self.scene;
        for &lane in lanes {
            let clock = &mut block.clocks[lane];
            let episode = clock.episode;
            *clock = Clock { episode: episode + 1, n_steps: clock.n_steps, ..Clock::default() };
            let of = Of { env: (first + lane) as u32, episode, seed: self.seed };
            reset_state(block, scene, lane, of, self.difficulty);
        }
        // Lanes beyond the last environment repeat the first, so that they cost nothing of their own.
        for lane in block.clocks.len()..L::WIDTH {
            copy_lane(&mut block.state, 0, lane);
        }
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let program = &scene.task.after_reset;
        let params = block.params.as_deref().unwrap_or(&self.params);
        let moment = Moment { time: L::zero(), difficulty: self.difficulty, stepped: false };
        observe(&self.plan, params, program, block, &moment, &mut self.bench);
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        for place in 0..block.memory.len() {
            let kept = program.remember(&self.bench.registers, place);
            for &lane in lanes {
                block.memory[place].set_lane(lane, kept.lane(lane));
            }
        }
        let (obs_dim, critic_dim) = (scene.task.obs_dim(), scene.task.critic_dim());
        for k in 0..obs_dim + critic_dim {
            let observation = program.output(&self.bench.registers, k);
            for &lane in lanes {
                let env = index * L::WIDTH + lane;
                let mut value = observation.lane(lane) as f32;
                if !value.is_finite() {
                    self.unfit_reset = Some((self.first + env, k, f64::from(value)));
                    self.output.n_non_finite += 1;
                    value = 0.0;
                }
                *self.output.seen(env, k, (obs_dim, critic_dim)) = value;
            }
        }
        for &lane in lanes {
            self.output.begins[index * L::WIDTH + lane] = true;
            self.add_noise(index, lane);
        }
    }

    /// Adds the task's noise to the observation of one environment.
    fn add_noise(&mut self, index: usize, lane: usize) {
        let noise = &self.scene.task.observation_noise;
        if noise.is_empty() {
            return;
        }
        let env = index * L::WIDTH + lane;
        let clock = &self.blocks[index].clocks[lane];
        // The observation after a reset comes in the same step as the last of the episode before.
        let step = 2 * clock.n_steps + u64::from(clock.progress == 0);
        let mut random = Random::new(self.seed, Stream::Observe, (self.first + env) as u32, step);
        let row = &mut self.output.observations[env * noise.len()..(env + 1) * noise.len()];
        for (value, &amplitude) in row.iter_mut().zip(noise) {
            *value += random.uniform_in(-amplitude, amplitude) as f32;
        }
    }

    #[inline(always)]
    fn step_block(&mut self, index: usize, actions: &[f32], units: ActionUnits) {
        let task = &self.scene.task;
        let block = &mut self.blocks[index];
        block.previous_action.copy_from_slice(&block.action);
        let acted = apply_actions(block, &self.scene, actions, units);

        push(block, &self.scene, (self.first + index * L::WIDTH, self.seed), self.difficulty);
        delay_controls(block);

        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let params = block.params.as_deref().unwrap_or(&self.params);
        let program = &task.after_step;
        for substep in 0..task.substeps {
            if program.needs_force_sensors() && substep + 1 == task.substeps {
                physics::step_sensing(&self.plan, params, &mut self.bench.data);
            } else {
                physics::step(&self.plan, params, &mut self.bench.data);
            }
        }
        let mut time = L::zero();
        for (lane, clock) in block.clocks.iter_mut().enumerate() {
            clock.progress += 1;
            clock.n_steps += 1;
            time.set_lane(lane, f64::from(clock.progress) * task.dt);
        }
        let moment = Moment { time, difficulty: self.difficulty, stepped: true };
        observe(&self.plan, params, program, block, &moment, &mut self.bench);
        for place in 0..block.memory.len() {
            block.memory[place] = program.remember(&self.bench.registers, place);
        }
        let finite = finite_lanes(&self.bench.data.state, program.n_outputs(), |k| {
            program.output(&self.bench.registers, k)
        });
        let finite = finite & acted;
        std::mem::swap(&mut self.bench.data.state, &mut block.state);

        self.reward(index);
        let ended = self.finish(index, finite);
        self.store_observations(index, finite);
        if !ended.is_empty() {
            self.reset_block(index, &ended);
        }
    }

    /// Sums the reward terms, and replaces them where a termination says so.
    #[inline(always)]
    fn reward(&mut self, index: usize) {
        let task = &self.scene.task;
        let (program, registers) = (&task.after_step, &self.bench.registers);
        let n_lanes = self.blocks[index].clocks.len();
        let first_term = task.obs_dim() + task.critic_dim();
        let mut reward = L::zero();
        for term in 0..task.reward_names.len() {
            let value = program.output(registers, first_term + term);
            reward += value;
            let sum = (0..n_lanes).map(|lane| value.lane(lane)).sum();
            self.output.reward_terms.push(sum);
        }
        let mut terminated = L::Mask::splat(false);
        for termination in &task.terminations {
            let met = !program.output(registers, termination.output).equal(L::zero());
            terminated = terminated | met;
            if let Some(instead) = termination.reward {
                reward = L::select(met, L::splat(instead), reward);
            }
        }
        for lane in 0..n_lanes {
            let env = index * L::WIDTH + lane;
            self.output.rewards[env] = reward.lane(lane) as f32;
            self.output.terminated[env] = terminated.lane(lane);
        }
    }

    /// Ends episodes; returns the lanes to be reset. An environment whose numbers are no longer
    /// finite ends without a reward and is counted.
    #[inline(always)]
    fn finish(&mut self, index: usize, finite: L::Mask) -> Vec<usize> {
        let episode_length = self.scene.task.episode_length;
        let mut ended = Vec::new();
        for (lane, clock) in self.blocks[index].clocks.iter_mut().enumerate() {
            let env = index * L::WIDTH + lane;
            let output = &mut self.output;
            // Terms that are finite may have a sum that is not.
            if !finite.lane(lane) || !output.rewards[env].is_finite() {
                output.rewards[env] = 0.0;
                output.terminated[env] = true;
                output.n_non_finite += 1;
            }
            clock.total_reward += f64::from(output.rewards[env]);
            output.truncated[env] = !output.terminated[env] && clock.progress >= episode_length;
            if output.terminated[env] || output.truncated[env] {
                let (total_reward, length) = (clock.total_reward, clock.progress);
                output.episodes.push(Episode { env, total_reward, length });
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
        let (obs_dim, critic_dim) = (task.obs_dim(), task.critic_dim());
        for k in 0..obs_dim + critic_dim {
            let observation = task.after_step.output(&self.bench.registers, k);
            let observation = L::select(finite, observation, L::zero());
            for lane in 0..self.blocks[index].clocks.len() {
                let env = index * L::WIDTH + lane;
                *self.output.seen(env, k, (obs_dim, critic_dim)) = observation.lane(lane) as f32;
            }
        }
        let n_lanes = self.blocks[index].clocks.len();
        for lane in 0..n_lanes {
            self.add_noise(index, lane);
        }
        let rows = |dim: usize| index * L::WIDTH * dim..(index * L::WIDTH + n_lanes) * dim;
        let output = &mut self.output;
        output.next_observations[rows(obs_dim)]
            .copy_from_slice(&output.observations[rows(obs_dim)]);
        output.next_critic_observations[rows(critic_dim)]
            .copy_from_slice(&output.critic_observations[rows(critic_dim)]);
    }
}

/// When a program runs.
struct Moment<L> {
    /// Since the episode began [s].
    time: L,
    difficulty: f64,
    /// Whether a step has been taken in this episode.
    stepped: bool,
}

/// Brings body poses and velocities up to date where the program needs them, and runs it.
#[inline(always)]
fn observe<L: Lanes>(
    plan: &Plan,
    params: &Params<L>,
    program: &super::expression::Program,
    block: &Block<L>,
    moment: &Moment<L>,
    bench: &mut Bench<L>,
) {
    if program.needs_refresh() {
        physics::refresh(plan, params, &mut bench.data);
    }
    let inputs = Inputs {
        plan,
        data: &bench.data,
        action: &block.action,
        previous_action: &block.previous_action,
        time: moment.time,
        difficulty: L::splat(moment.difficulty),
        memory: &block.memory,
        stepped: moment.stepped,
    };
    program.run(&inputs, &mut bench.registers);
}

/// The lanes in which the state and all outputs are finite.
#[inline(always)]
fn finite_lanes<L: Lanes>(
    state: &BlockState<L>,
    n_outputs: usize,
    output: impl Fn(usize) -> L,
) -> L::Mask {
    // A multiple of zero is zero for finite numbers and NaN for all others.
    let mut finite = L::Mask::splat(true);
    let mut check = |x: L| finite = finite & (x * L::zero()).equal(L::zero());
    state.qpos.iter().chain(&state.qvel).for_each(|&x| check(x));
    (0..n_outputs).for_each(|k| check(output(k)));
    finite
}

/// Whose episode it is.
#[derive(Clone, Copy)]
struct Of {
    env: u32,
    episode: u64,
    seed: u64,
}

/// Draws an initial state for one lane, and its parameters, and forgets the episode before.
fn reset_state<L: Lanes>(
    block: &mut Block<L>,
    scene: &Scene,
    lane: usize,
    of: Of,
    difficulty: f64,
) {
    let task = &scene.task;
    let mut random = Random::new(of.seed, Stream::Reset, of.env, of.episode);
    let (mut qpos, mut qvel) = (task.start.qpos.clone(), task.start.qvel.clone());
    for noise in &task.reset {
        noise.apply(&scene.model, &mut random, &mut qpos, &mut qvel);
    }
    let state = &mut block.state;
    set_lane(&mut state.qpos, &qpos, lane);
    set_lane(&mut state.qvel, &qvel, lane);
    set_lane(&mut state.act, &task.start.act, lane);
    set_lane(&mut state.ctrl, &task.start.ctrl, lane);
    for controls in &mut block.controls {
        set_lane(controls, &task.start.ctrl, lane);
    }
    let to_zero = state.qacc_warmstart.iter_mut();
    for lanes in to_zero.chain(&mut block.action).chain(&mut block.previous_action) {
        lanes.set_lane(lane, 0.0);
    }
    if task.action_delay > 0 {
        block.delay[lane] = random.below(task.action_delay as u32 + 1) as usize;
    }
    block.difficulty[lane] = difficulty;
    if let Some(params) = &mut block.params {
        let mut random = Random::new(of.seed, Stream::Randomize, of.env, of.episode);
        let variant = variant(&scene.model, &task.randomized, &mut random, difficulty);
        // Without a variant the episode has the model as it is.
        params.set_lane(lane, variant.as_ref().unwrap_or(&scene.model));
    }
}

fn set_lane<L: Lanes>(to: &mut [L], from: &[f64], lane: usize) {
    for (to, &from) in to.iter_mut().zip(from) {
        to.set_lane(lane, from);
    }
}

fn copy_lane<L: Lanes>(state: &mut BlockState<L>, from: usize, to: usize) {
    let arrays = [
        &mut state.qpos,
        &mut state.qvel,
        &mut state.act,
        &mut state.ctrl,
        &mut state.qacc_warmstart,
    ];
    for lanes in arrays.into_iter().flatten() {
        lanes.set_lane(to, lanes.lane(from));
    }
}

/// Puts each lane's delayed controls in the place of the present ones.
#[inline(always)]
fn delay_controls<L: Lanes>(block: &mut Block<L>) {
    if block.controls.len() == 1 {
        return;
    }
    block.controls.rotate_right(1);
    block.controls[0].copy_from_slice(&block.state.ctrl);
    for (lane, &delay) in block.delay.iter().enumerate() {
        for (ctrl, delayed) in block.state.ctrl.iter_mut().zip(&block.controls[delay]) {
            ctrl.set_lane(lane, delayed.lane(lane));
        }
    }
}

/// Changes the velocity of environments whose turn it is.
fn push<L: Lanes>(block: &mut Block<L>, scene: &Scene, (first, seed): (usize, u64), hard: f64) {
    let Some(pushes) = &scene.task.pushes else { return };
    for (lane, clock) in block.clocks.iter().enumerate() {
        if clock.progress == 0 || clock.progress % pushes.every != 0 {
            continue;
        }
        let mut random = Random::new(seed, Stream::Push, (first + lane) as u32, clock.n_steps);
        let angle = random.uniform_in(0.0, std::f64::consts::TAU);
        let speed = hard * pushes.velocity * random.uniform();
        for (dof, part) in [(pushes.dofadr, angle.cos()), (pushes.dofadr + 1, angle.sin())] {
            let velocity = block.state.qvel[dof].lane(lane) + speed * part;
            block.state.qvel[dof].set_lane(lane, velocity);
        }
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

    fn unfit_reset(&self) -> Option<(usize, usize, f64)> {
        self.unfit_reset
    }

    fn step(&mut self, actions: &[f32], units: ActionUnits, difficulty: f64) {
        self.difficulty = difficulty;
        self.output.begins.fill(false);
        self.output.episodes.clear();
        self.output.reward_terms.clear();
        self.output.n_non_finite = 0;
        L::vectorize(StepShard { shard: self, actions, units });
    }

    fn save(&self, state: &mut EnvironmentsState) {
        for block in &self.blocks {
            for (lane, clock) in block.clocks.iter().enumerate() {
                let append = |to: &mut Vec<f32>, from: &[L]| {
                    to.extend(from.iter().map(|lanes| lanes.lane(lane) as f32));
                };
                append(&mut state.qpos, &block.state.qpos);
                append(&mut state.qvel, &block.state.qvel);
                append(&mut state.act, &block.state.act);
                append(&mut state.qacc_warmstart, &block.state.qacc_warmstart);
                append(&mut state.previous_action, &block.action);
                append(&mut state.memory, &block.memory);
                if block.controls.len() > 1 {
                    block.controls.iter().for_each(|step| append(&mut state.controls, step));
                }
                state.delay.push(block.delay[lane] as u64);
                state.difficulty.push(block.difficulty[lane]);
                state.n_steps.push(clock.n_steps);
                state.progress.push(clock.progress);
                state.episode.push(clock.episode);
                state.total_reward.push(clock.total_reward);
            }
        }
    }

    fn load(&mut self, state: &EnvironmentsState) {
        for (index, block) in self.blocks.iter_mut().enumerate() {
            for (lane, clock) in block.clocks.iter_mut().enumerate() {
                let env = self.first + index * L::WIDTH + lane;
                let take = |to: &mut [L], from: &[f32]| {
                    let row = &from[env * to.len()..];
                    for (lanes, &value) in to.iter_mut().zip(row) {
                        lanes.set_lane(lane, f64::from(value));
                    }
                };
                take(&mut block.state.qpos, &state.qpos);
                take(&mut block.state.qvel, &state.qvel);
                take(&mut block.state.act, &state.act);
                take(&mut block.state.qacc_warmstart, &state.qacc_warmstart);
                take(&mut block.action, &state.previous_action);
                take(&mut block.memory, &state.memory);
                let n_steps = block.controls.len();
                for (k, controls) in block.controls.iter_mut().enumerate().filter(|_| n_steps > 1) {
                    let nu = controls.len();
                    let row = &state.controls[(env * n_steps + k) * nu..];
                    for (lanes, &value) in controls.iter_mut().zip(row) {
                        lanes.set_lane(lane, f64::from(value));
                    }
                }
                block.delay[lane] = state.delay[env] as usize;
                if let Some(params) = &mut block.params {
                    // Parameters were drawn when the episode began: its number was one less.
                    let episode = state.episode[env].saturating_sub(1);
                    let mut random = Random::new(self.seed, Stream::Randomize, env as u32, episode);
                    let (model, difficulty) = (&self.scene.model, state.difficulty[env]);
                    let randomized = &self.scene.task.randomized;
                    let variant = variant(model, randomized, &mut random, difficulty);
                    params.set_lane(lane, variant.as_ref().unwrap_or(model));
                    block.difficulty[lane] = difficulty;
                }
                *clock = Clock {
                    progress: state.progress[env],
                    episode: state.episode[env],
                    n_steps: state.n_steps[env],
                    total_reward: state.total_reward[env],
                };
            }
        }
    }
}
