//! What makes a task harder while it runs: late actions, pushes, noise in observations.

use super::block::Block;
use super::library::Scene;
use super::shard::LaneShard;
use crate::math::lanes::{Lanes, sin_cos};
use crate::math::rng::{Random, Stream};
use crate::space::Element;

/// Puts each lane's delayed controls in the place of the present ones.
#[inline(always)]
pub(super) fn delay_controls<L: Lanes>(block: &mut Block<L>) {
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
pub(super) fn push<L: Lanes>(
    block: &mut Block<L>,
    scene: &Scene,
    (first, seed): (usize, u64),
    hard: f64,
) {
    let Some(pushes) = &scene.task.pushes else { return };
    for (lane, clock) in block.clocks.iter().enumerate() {
        if clock.progress == 0 || clock.progress % pushes.every != 0 {
            continue;
        }
        let mut random = Random::new(seed, Stream::Push, (first + lane) as u32, clock.n_steps);
        let angle = random.uniform_in(0.0, std::f64::consts::TAU);
        let speed = hard * pushes.velocity * random.uniform();
        let (sin, cos) = sin_cos(angle);
        for (dof, part) in [(pushes.dofadr, cos), (pushes.dofadr + 1, sin)] {
            let velocity = block.state.qvel[dof].lane(lane) + speed * part;
            block.state.qvel[dof].set_lane(lane, velocity);
        }
    }
}

impl<L: Lanes> LaneShard<L> {
    /// Adds the task's noise to the observation of one environment.
    pub(super) fn add_noise(&mut self, index: usize, lane: usize) {
        let noise = &self.scene.task.observation_noise;
        if noise.is_empty() {
            return;
        }
        let env = index * L::WIDTH + lane;
        let step = self.blocks[index].clocks[lane].moment();
        let mut random = Random::new(self.seed, Stream::Observe, (self.first + env) as u32, step);
        let stream = self.scene.task.written[0].stream;
        let buffer = &mut self.output.observations.buffers_mut()[stream];
        let Some(numbers) = f32::of_mut(buffer) else { return };
        let row = &mut numbers[env * noise.len()..(env + 1) * noise.len()];
        for (value, &amplitude) in row.iter_mut().zip(noise) {
            *value += random.uniform_in(-amplitude, amplitude) as f32;
        }
    }
}
