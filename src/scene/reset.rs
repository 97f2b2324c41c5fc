//! How episodes begin.

use super::block::{Block, Clock, Of};
use super::library::Scene;
use super::non_finite::{NonFinite, NonFiniteSource};
use super::observe::{Moment, observe, write_streams};
use super::shard::LaneShard;
use super::terms::EpisodeStart;
use crate::math::lanes::{LaneMask, Lanes};
use crate::math::rng::{Random, RandomStream};
use crate::physics::BlockState;
use crate::space::Element;

impl<L: Lanes> LaneShard<L> {
    /// Resets some environments of a block and observes them.
    #[inline(always)]
    pub(super) fn reset_block(&mut self, index: usize, lanes: &[usize]) {
        self.begin_episodes(index, lanes);
        self.observe_start(index, lanes);
    }

    /// Draws how the next episodes of some environments of a block begin.
    pub(super) fn begin_episodes(&mut self, index: usize, lanes: &[usize]) {
        let of_block = (self.first + index * L::WIDTH, self.seed, self.difficulty);
        let block = &mut self.blocks[index];
        lanes.iter().for_each(|&lane| begin_episode(block, &self.scene, lane, of_block));
    }

    /// Observes some environments of a block as an episode shows itself that begins in their state, and has the
    /// task remember it as its start.
    #[inline(always)]
    pub(super) fn observe_start(&mut self, index: usize, lanes: &[usize]) {
        let block = &mut self.blocks[index];
        let scene = &self.scene;
        // Lanes beyond the last environment repeat the first, so that they cost nothing of their own.
        for lane in block.clocks.len()..L::WIDTH {
            copy_lane(&mut block.state, 0, lane);
        }
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        let program = &scene.task.after_reset;
        let params = block.params.as_deref().unwrap_or(&self.params);
        let (time, difficulty) = (L::zero(), self.difficulty);
        let first_row = index * L::WIDTH;
        let (first_env, seed) = (self.first + first_row, self.seed);
        let stepped = false;
        let moment = Moment { lanes, time, difficulty, stepped, first_row, first_env, seed };
        let shown = &mut self.output.observations;
        observe(&self.plan, params, &scene.task, block, &moment, &mut self.bench, shown);
        std::mem::swap(&mut self.bench.data.state, &mut block.state);
        for place in 0..block.memory.len() {
            let kept = program.remember(&self.bench.registers, place);
            for &lane in lanes {
                block.memory[place].set_lane(lane, kept.lane(lane));
            }
        }
        let of_lanes = (first_row, lanes.iter().copied(), L::Mask::splat(true));
        let shown = &mut self.output.observations;
        write_streams((&scene.task, program), &self.bench.registers, of_lanes, shown);
        self.check_reset(first_row, lanes);
        for &lane in lanes {
            self.output.episode_starts[first_row + lane] = true;
            self.add_noise(index, lane);
        }
    }

    /// Has numbers that are not finite read 0 where an episode begins, and counts them.
    fn check_reset(&mut self, first_row: usize, lanes: &[usize]) {
        let streams = self.scene.task.observations.streams();
        let buffers = self.output.observations.buffers_mut().iter_mut();
        for (place, (stream, buffer)) in streams.iter().zip(buffers).enumerate() {
            let Some(numbers) = f32::of_mut(buffer) else { continue };
            let size = stream.size();
            for &lane in lanes {
                let env = first_row + lane;
                let row = &mut numbers[env * size..(env + 1) * size];
                for (k, value) in row.iter_mut().enumerate().filter(|(_, value)| !value.is_finite())
                {
                    let value = std::mem::take(value);
                    let unfit = (self.first + env, stream.component(k), f64::from(value));
                    self.unfit_reset = Some(unfit);
                    self.output.n_non_finite += 1;
                    self.output.non_finite.push(NonFinite {
                        env,
                        part: NonFiniteSource::Observation(place, k),
                        at_reset: true,
                        value: f64::from(value),
                    });
                }
            }
        }
    }
}

/// Draws how the next episode of a lane begins, in the block of environments from `first` on.
pub(super) fn begin_episode<L: Lanes>(
    block: &mut Block<L>,
    scene: &Scene,
    lane: usize,
    (first, seed, difficulty): (usize, u64, f64),
) {
    let clock = &mut block.clocks[lane];
    let episode = clock.episode;
    *clock = Clock { episode: episode + 1, n_steps: clock.n_steps, ..Clock::default() };
    let of = Of { env: (first + lane) as u32, episode, seed };
    reset_state(block, scene, lane, of, difficulty);
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
    let mut random = Random::new(of.seed, RandomStream::Reset, of.env, of.episode);
    let (mut qpos, mut qvel) = (task.start.qpos.clone(), task.start.qvel.clone());
    for noise in &task.reset {
        noise.apply(&scene.model, &mut || random.uniform(), &mut qpos, &mut qvel);
    }
    if let Some(terms) = &task.terms {
        let (qpos, qvel) = (qpos.as_mut_slice(), qvel.as_mut_slice());
        terms.begin(&mut EpisodeStart { model: &scene.model, qpos, qvel, difficulty }, &mut random);
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
        let delay = random.below(task.action_delay as u32 + 1);
        block.delay.set_lane(lane, f64::from(delay));
    }
    block.draw_params(scene, lane, of, difficulty);
}

pub(super) fn set_lane<L: Lanes>(to: &mut [L], from: &[f64], lane: usize) {
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
