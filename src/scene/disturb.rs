//! What makes a task harder while it runs: late actions, pushes, noise in observations.

use super::block::Clock;
use super::library::Scene;
use super::shard::LaneShard;
use crate::math::lanes::Lanes;
use crate::math::rng::{Random, RandomStream};
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

/// No push: what is added to a velocity and leaves it as it is, also where that is -0.
pub(super) const NO_PUSH: f64 = -0.0;

/// What is added to the velocity of environments whose turn it is to be pushed, of those whose first one is `first`; none
/// of a task without pushes.
pub(super) fn draw_pushes<L: Lanes>(
    clocks: &[Clock],
    scene: &Scene,
    (first, seed): (usize, u64),
    hard: f64,
) -> Option<[L; 2]> {
    let pushes = scene.task.pushes.as_ref()?;
    let mut change = [L::splat(NO_PUSH); 2];
    for (lane, clock) in clocks.iter().enumerate() {
        if clock.progress == 0 || clock.progress % pushes.every != 0 {
            continue;
        }
        let mut random =
            Random::new(seed, RandomStream::Push, (first + lane) as u32, clock.n_steps);
        let drawn = pushes.change(hard, [random.uniform(), random.uniform()]);
        change.iter_mut().zip(drawn).for_each(|(change, drawn)| change.set_lane(lane, drawn));
    }
    Some(change)
}

/// Adds a push to the velocity of a joint whose first dof is `dofadr`.
#[inline(always)]
pub(super) fn push<L: Lanes>(qvel: &mut [L], dofadr: usize, change: [L; 2]) {
    for (velocity, change) in qvel[dofadr..].iter_mut().zip(change) {
        *velocity += change;
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
        let mut random =
            Random::new(self.seed, RandomStream::Observe, (self.first + env) as u32, step);
        let stream = self.scene.task.written[0].stream;
        let buffer = &mut self.output.observations.buffers_mut()[stream];
        let Some(numbers) = f32::of_mut(buffer) else { return };
        let row = &mut numbers[env * noise.len()..(env + 1) * noise.len()];
        for (value, &amplitude) in row.iter_mut().zip(noise) {
            *value += random.uniform_in(-amplitude, amplitude) as f32;
        }
    }
}
