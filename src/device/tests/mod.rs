//! The printed text, its reader and the emulator together.

mod assembled;
mod changes;
mod faults;
mod operations;
mod random_programs;
mod reading;

use crate::math::program::{ArrayCell, Builder, LaneProgram, Op, Scalar, Value};

/// A cell of an array that is nothing but numbered.
fn cell(index: usize) -> ArrayCell {
    ArrayCell { array: "x", index: index as u32 }
}

/// Twice the first number, unless it is negative: then what the second becomes when it is halved until it is below 1,
/// at most five times, by a function that halves.
pub(super) fn small() -> LaneProgram {
    let mut it = Builder::new(Scalar::F32);
    let [x, y] = [0, 1].map(|k| it.input(cell(k)));
    let parameters = it.begin_function(&[crate::math::program::ValueKind::Number]);
    let half = it.number(0.5);
    let halved = it.op(Op::Mul(parameters[0], half));
    let halve = it.end_function("halve".to_owned(), parameters, vec![halved]);
    let (zero, one) = (it.number(0.0), it.number(1.0));
    let double = it.op(Op::Add(x, x));
    let negative = it.op(Op::Lt(x, zero));
    it.begin_if(negative);
    let large = it.op(Op::Le(one, y));
    let (_, cells) = it.begin_loop(5, large, &[y]);
    let next = it.call(halve, vec![cells[0]])[0];
    let again = it.op(Op::Le(one, next));
    let last = it.end_loop(again, &[next])[0];
    let out = it.end_if(&[(last, double)])[0];
    it.finish(vec![(cell(0), out)])
}

/// Environments for [`small`], and what they become.
pub(super) fn of_small() -> (Vec<Vec<f32>>, Vec<f32>) {
    let table = [
        (3.0, 9.0, 6.0),
        (-1.0, 9.0, 0.5625),
        (-2.0, 0.75, 0.75),
        (-3.0, 1000.0, 31.25),
        (0.0, 5.0, 0.0),
    ];
    (table.iter().map(|&(x, y, _)| vec![x, y]).collect(), table.iter().map(|it| it.2).collect())
}

/// An operation of three numbers.
type Function = fn(&mut Builder, [Value; 3]) -> Value;

/// A program of three numbers with one answer.
fn program_of(function: Function) -> LaneProgram {
    let mut it = Builder::new(Scalar::F32);
    let inputs = [0, 1, 2].map(|k| it.input(cell(k)));
    let out = function(&mut it, inputs);
    it.finish(vec![(cell(0), out)])
}
