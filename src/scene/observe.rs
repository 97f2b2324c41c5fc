//! A task's program on a block: brings up to date what it reads, and says what is finite.

use super::block::Block;
use super::expression::Inputs;
use super::task::Task;
use crate::math::lanes::{LaneMask, Lanes};
use crate::physics::{self, BlockState, Data, Params, Plan};

/// Scratch that all blocks of a shard use in turn.
pub(super) struct Bench<L> {
    pub data: Data<L>,
    pub registers: Vec<L>,
    /// What terms in Rust gave.
    pub terms: Vec<L>,
}

/// When a task's program runs, and for whom.
pub(super) struct Moment<'a, L> {
    pub lanes: &'a [usize],
    /// Since the episode began [s].
    pub time: L,
    pub difficulty: f64,
    /// Whether a step has been taken in this episode.
    pub stepped: bool,
}

/// Brings body poses and velocities up to date where the program of the moment needs them, and runs it
/// after the terms in Rust.
#[inline(always)]
pub(super) fn observe<L: Lanes>(
    plan: &Plan,
    params: &Params<L>,
    task: &Task,
    block: &Block<L>,
    moment: &Moment<'_, L>,
    bench: &mut Bench<L>,
) {
    let program = if moment.stepped { &task.after_step } else { &task.after_reset };
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
        terms: &[],
    };
    if let Some(terms) = &task.terms {
        terms.evaluate(&inputs, moment.lanes, &mut bench.terms);
    }
    program.run(&Inputs { terms: &bench.terms, ..inputs }, &mut bench.registers);
}

/// The lanes in which the state and all outputs are finite.
#[inline(always)]
pub(super) fn finite_lanes<L: Lanes>(
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
