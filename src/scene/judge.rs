//! What a step was worth, and whether it was the last: by what a task's program has left in its registers.

use super::observe::shown_where;
use super::task::Task;
use crate::math::lanes::{LaneMask, Lanes};

/// What a step was worth.
pub(super) struct Judgement<L: Lanes> {
    /// Where all numbers of the step and the sum of its rewards are finite. Elsewhere the episode ends without a
    /// reward.
    pub fit: L::Mask,
    pub reward: L,
    /// Whether the episode ends by the task's rules.
    pub terminated: L::Mask,
    /// Where a termination gave the reward in the place of the terms.
    replaced: L::Mask,
}

impl<L: Lanes> Judgement<L> {
    /// Sums the reward terms, and replaces them where a termination says so. `finite` is where all that the step
    /// made is finite; unless it `ends`, terminations end and replace nothing.
    #[inline(always)]
    pub fn of(task: &Task, registers: &[L], finite: L::Mask, ends: bool) -> Self {
        let program = &task.after_step;
        let mut reward = L::zero();
        for term in 0..task.reward_names.len() {
            reward += program.output(registers, task.n_written() + term);
        }
        let (mut terminated, mut replaced) = (L::Mask::splat(false), L::Mask::splat(false));
        let terminations = if ends { task.terminations.as_slice() } else { &[] };
        for termination in terminations {
            let met = holds(program.output(registers, termination.output));
            terminated = terminated | met;
            if let Some(instead) = termination.reward {
                reward = L::select(met, L::splat(instead), reward);
                replaced = replaced | met;
            }
        }
        // Terms that are finite may have a sum that is not, or one that is too large to be handed out.
        let fit = finite & reward.abs().le(L::splat(f64::from(f32::MAX)));
        let reward = shown_where(fit, reward);
        Self { fit, reward, terminated: terminated | !fit, replaced }
    }

    /// What a term gave to the reward, by its place; after the last, what a termination gave in the place of all.
    #[inline(always)]
    pub fn part(&self, task: &Task, registers: &[L], place: usize) -> L {
        let value = if place < task.reward_names.len() {
            let value = task.after_step.output(registers, task.n_written() + place);
            L::select(self.replaced, L::zero(), value)
        } else {
            L::select(self.replaced, self.reward, L::zero())
        };
        shown_where(self.fit, value)
    }
}

/// The lanes in which a condition holds, of which a program gives 1 or 0.
#[inline(always)]
pub(super) fn holds<L: Lanes>(condition: L) -> L::Mask {
    !condition.equal(L::zero())
}
