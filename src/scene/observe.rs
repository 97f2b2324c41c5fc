//! A task's program on a block: brings up to date what it reads, and says what is finite.

use super::block::Block;
use super::expression::{ExpressionInputs, ExpressionProgram};
use super::eyes::Eyes;
use super::non_finite::is_finite;
use super::task::{Task, Written};
use crate::math::lanes::{LaneMask, Lanes};
use crate::physics::{self, BlockState, Data, Params, Plan};
use crate::space::{Element, Observations};

/// Scratch that all blocks of a shard use in turn.
pub(super) struct Scratch<L> {
    pub data: Data<L>,
    pub registers: Vec<L>,
    /// As they were given.
    pub actions: Vec<L>,
    /// What terms in Rust gave.
    pub terms: Vec<L>,
    pub eyes: Eyes<L>,
}

/// When a task's program runs, and for whom.
pub(super) struct Moment<'a, L> {
    pub lanes: &'a [usize],
    /// Since the episode began [s].
    pub time: L,
    pub difficulty: f64,
    /// Whether a step has been taken in this episode.
    pub stepped: bool,
    /// The row of lane 0 in observations.
    pub first_row: usize,
    /// The environment in lane 0, among all, and their seed.
    pub first_env: usize,
    pub seed: u64,
}

/// Brings body poses and velocities up to date where the program of the moment needs them, and runs it
/// after the scans and the terms in Rust. Their streams and the pictures of cameras go into `shown`.
#[inline(always)]
pub(super) fn observe<L: Lanes>(
    plan: &Plan,
    params: &Params<L>,
    task: &Task,
    block: &Block<L>,
    moment: &Moment<'_, L>,
    bench: &mut Scratch<L>,
    shown: &mut Observations,
) {
    let program = if moment.stepped { &task.after_step } else { &task.after_reset };
    if program.needs_refresh() || task.has_own_streams() || task.has_eyes() {
        physics::refresh(plan, params, &mut bench.data);
    }
    bench.eyes.see(task, block, &bench.data, moment, shown);
    let inputs = ExpressionInputs {
        plan,
        data: &bench.data,
        action: &block.action,
        previous_action: &block.previous_action,
        time: moment.time,
        difficulty: L::splat(moment.difficulty),
        memory: &block.memory,
        stepped: moment.stepped,
        scans: bench.eyes.scanned(),
        terms: &[],
    };
    if let Some(terms) = &task.terms {
        let streams = (&task.own_streams[..], shown.buffers_mut(), moment.first_row);
        terms.evaluate(&inputs, moment.lanes, &mut bench.terms, streams);
    }
    program.run(&ExpressionInputs { terms: &bench.terms, ..inputs }, &mut bench.registers);
}

/// The lanes in which the state and all outputs are finite.
#[inline(always)]
pub(super) fn finite_lanes<L: Lanes>(
    state: &BlockState<L>,
    n_outputs: usize,
    output: impl Fn(usize) -> L,
) -> L::Mask {
    let mut finite = L::Mask::splat(true);
    let mut check = |x: L| finite = finite & is_finite(x);
    state.qpos.iter().chain(&state.qvel).for_each(|&x| check(x));
    (0..n_outputs).for_each(|k| check(output(k)));
    finite
}

/// Writes the streams that a task's program gives for some lanes, as it left its `registers`; zeros where a
/// lane is not `finite`.
#[inline(always)]
pub(super) fn write_streams<L: Lanes>(
    (task, program): (&Task, &ExpressionProgram),
    registers: &[L],
    (first_row, lanes, finite): (usize, impl Iterator<Item = usize> + Clone, L::Mask),
    shown: &mut Observations,
) {
    for Written { stream, outputs } in &task.written {
        let Some(numbers) = f32::of_mut(&mut shown.buffers_mut()[*stream]) else { continue };
        let size = outputs.len();
        for (k, output) in outputs.clone().enumerate() {
            let observation = shown_where(finite, program.output(registers, output));
            for lane in lanes.clone() {
                numbers[(first_row + lane) * size + k] = observation.lane(lane) as f32;
            }
        }
    }
}

/// What is shown: numbers where all are finite, else 0.
#[inline(always)]
pub(super) fn shown_where<L: Lanes>(finite: L::Mask, number: L) -> L {
    L::select(finite, number, L::zero())
}

/// The lanes in which all that terms in Rust wrote into streams of f32 is finite.
pub(super) fn finite_streams<L: Lanes>(
    task: &Task,
    shown: &Observations,
    (first_row, n_lanes): (usize, usize),
) -> L::Mask {
    let mut n_wrong = L::zero();
    for &place in &task.own_streams {
        let size = task.observations.streams()[place].size();
        let Some(numbers) = f32::of(&shown.buffers()[place]) else { continue };
        for lane in 0..n_lanes {
            let row = &numbers[(first_row + lane) * size..][..size];
            if !row.iter().all(|x| x.is_finite()) {
                n_wrong.set_lane(lane, 1.0);
            }
        }
    }
    n_wrong.equal(L::zero())
}
