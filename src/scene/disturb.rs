//! What makes a task harder while it runs: late actions, pushes, noise in observations.

use super::block::Block;
use super::library::Scene;
use super::shard::LaneShard;
use crate::math::lanes::Lanes;
use crate::math::rng::{Random, Stream};
use crate::space::Element;

/// Puts each lane's delayed controls in the place of the present ones. `controls` are those of the last steps, latest
/// first, and `delay` says how many steps each lane's are late.
#[inline(always)]
pub(super) fn delay_controls<L: Lanes>(ctrl: &mut [L], controls: &mut [Vec<L>], delay: L) {
    if controls.len() == 1 {
        return;
    }
    controls.rotate_right(1);
    controls[0].copy_from_slice(ctrl);
    for (steps, late) in controls.iter().enumerate().skip(1) {
        let is_it = delay.equal(L::splat(steps as f64));
        for (ctrl, &late) in ctrl.iter_mut().zip(late) {
            *ctrl = L::select(is_it, late, *ctrl);
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
        let change = pushes.change(hard, [random.uniform(), random.uniform()]);
        for (velocity, change) in block.state.qvel[pushes.dofadr..].iter_mut().zip(change) {
            velocity.set_lane(lane, velocity.lane(lane) + change);
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
