//! A thread's share of the environments: whole blocks, each stepped through physics, rewards,
//! terminations, resets and observations before the next is touched.

use super::control::apply_actions;
use super::environments::{ActionUnits, EnvironmentsState, Episode, StepOutput};
use super::expression::Inputs;
use super::library::Scene;
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
    fn step(&mut self, actions: &[f32], units: ActionUnits);
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
    total_reward: f64,
}

/// A block of environments between steps.
pub(super) struct Block<L> {
    pub state: BlockState<L>,
    /// The last action, clipped, and the one before, shape (action_dim,).
    pub action: Vec<L>,
    previous_action: Vec<L>,
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
            unfit_reset: None,
            plan,
        };
        shard.output.rewards = vec![0.0; n];
        shard.output.terminated = vec![false; n];
        shard.output.truncated = vec![false; n];
        shard.output.observations = vec![0.0; n * task.obs_dim()];
        for i in 0..shard.blocks.len() {
            let lanes: Vec<usize> = (0..shard.blocks[i].clocks.len()).collect();
            shard.reset_block(i, &lanes);
        }
        shard.output.next_observations = shard.output.observations.clone();
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
            *clock = Clock { episode: episode + 1, ..Clock::default() };
            reset_state(block, scene, lane, (first + lane) as u32, episode, self.seed);
        }
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let program = &scene.task.after_reset;
        observe(&self.plan, &self.params, program, block, L::zero(), &mut self.bench);
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let obs_dim = scene.task.obs_dim();
        for k in 0..obs_dim {
            let observation = program.output(&self.bench.registers, k);
            for &lane in lanes {
                let env = index * L::WIDTH + lane;
                let mut value = observation.lane(lane) as f32;
                if !value.is_finite() {
                    self.unfit_reset = Some((self.first + env, k, f64::from(value)));
                    self.output.n_non_finite += 1;
                    value = 0.0;
                }
                self.output.observations[env * obs_dim + k] = value;
            }
        }
    }

    #[inline(always)]
    fn step_block(&mut self, index: usize, actions: &[f32], units: ActionUnits) {
        let task = &self.scene.task;
        let block = &mut self.blocks[index];
        block.previous_action.copy_from_slice(&block.action);
        let acted = apply_actions(block, &self.scene, actions, units);

        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        for _ in 0..task.substeps {
            physics::step(&self.plan, &self.params, &mut self.bench.data);
        }
        let mut time = L::zero();
        for (lane, clock) in block.clocks.iter_mut().enumerate() {
            clock.progress += 1;
            time.set_lane(lane, f64::from(clock.progress) * task.dt);
        }
        let program = &task.after_step;
        observe(&self.plan, &self.params, program, block, time, &mut self.bench);
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
        let obs_dim = task.obs_dim();
        let mut reward = L::zero();
        for term in 0..task.reward_names.len() {
            let value = program.output(registers, obs_dim + term);
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
        let obs_dim = task.obs_dim();
        for k in 0..obs_dim {
            let observation = task.after_step.output(&self.bench.registers, k);
            let observation = L::select(finite, observation, L::zero());
            for lane in 0..self.blocks[index].clocks.len() {
                let at = (index * L::WIDTH + lane) * obs_dim + k;
                let value = observation.lane(lane) as f32;
                self.output.observations[at] = value;
                self.output.next_observations[at] = value;
            }
        }
    }
}

/// Brings body poses up to date where the program needs them, and runs it.
#[inline(always)]
fn observe<L: Lanes>(
    plan: &Plan,
    params: &Params<L>,
    program: &super::expression::Program,
    block: &Block<L>,
    time: L,
    bench: &mut Bench<L>,
) {
    if program.needs_kinematics() {
        physics::refresh(plan, params, &mut bench.data);
    }
    let inputs = Inputs {
        data: &bench.data,
        action: &block.action,
        previous_action: &block.previous_action,
        time,
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

/// Draws an initial state for one lane and forgets the episode before.
fn reset_state<L: Lanes>(
    block: &mut Block<L>,
    scene: &Scene,
    lane: usize,
    env: u32,
    episode: u64,
    seed: u64,
) {
    let mut random = Random::new(seed, Stream::Reset, env, episode);
    let state = &mut block.state;
    for (qpos, &reference) in state.qpos.iter_mut().zip(&scene.model.qpos0) {
        qpos.set_lane(lane, reference);
    }
    for lanes in state.qvel.iter_mut().chain(&mut state.qacc_warmstart).chain(&mut state.ctrl) {
        lanes.set_lane(lane, 0.0);
    }
    for lanes in block.action.iter_mut().chain(&mut block.previous_action) {
        lanes.set_lane(lane, 0.0);
    }
    for noise in &scene.task.reset {
        let reference = scene.model.qpos0[noise.qposadr];
        let qpos = reference + random.uniform_in(noise.qpos.0, noise.qpos.1);
        state.qpos[noise.qposadr].set_lane(lane, qpos);
        state.qvel[noise.dofadr].set_lane(lane, random.uniform_in(noise.qvel.0, noise.qvel.1));
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

    fn step(&mut self, actions: &[f32], units: ActionUnits) {
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
                append(&mut state.qacc_warmstart, &block.state.qacc_warmstart);
                append(&mut state.previous_action, &block.action);
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
                take(&mut block.state.qacc_warmstart, &state.qacc_warmstart);
                take(&mut block.action, &state.previous_action);
                *clock = Clock {
                    progress: state.progress[env],
                    episode: state.episode[env],
                    total_reward: state.total_reward[env],
                };
            }
        }
    }
}
