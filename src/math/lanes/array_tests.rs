//! Loops over arrays as programs: they give what the lanes give.

use super::trace::{Trace, TraceError, record_as};
use super::{F32x4, LaneMask, Lanes, cells, put, turns, when};
use crate::math::program::compiled::{has_compiler, run_c};
use crate::math::program::{Action, ArrayCell, Interpreter, LaneProgram, count};

type T = Trace<f32>;

fn program(run: impl FnOnce(T, T) -> Vec<T>, has_arrays: bool) -> Result<LaneProgram, TraceError> {
    let out = |(index, value)| (ArrayCell { array: "y", index }, value);
    record_as(|| (0..).zip(run(T::input("x", 0), T::input("x", 1))).map(out).collect(), has_arrays)
}

fn n_loops(program: &LaneProgram) -> usize {
    count(program).iter().map(|stage| stage.loops).sum()
}

/// Rows of several lengths, at places that lists name; of some only where a number is positive.
fn rows<L: Lanes>(x: L, y: L) -> Vec<L> {
    const LISTS: [&[usize]; 4] = [&[0, 3, 1], &[2], &[4, 0], &[1, 2, 3, 4]];
    let mut numbers: Vec<L> = (0..5).map(|k| L::splat(f64::from(k)).mul_add(y, x)).collect();
    let mut others = vec![y, x, y + x, x * x];
    let mut sums = vec![L::zero(); 5];
    if L::RECORDS {
        L::keep("numbers", 0, &mut numbers, true);
        L::keep("others", 0, &mut others, true);
        L::keep("sums", 0, &mut sums, true);
    }
    let mut total = y;
    turns!(L, for list in LISTS, [total, sums;] => {
        let is_in = L::zero().lt(numbers[list[0]]);
        when!(L, is_in, [total, sums;] => {
            turns!(L, for (k, &at) in list.iter().enumerate(), [total, sums;] => {
                let product = numbers[at] * others[k];
                total += L::select(is_in, product, L::zero());
                sums[at] += L::select(is_in, total, L::zero());
            });
        });
    });
    if L::RECORDS {
        L::release(cells!([numbers, others, sums; ]));
    }
    sums.push(total);
    sums
}

const INPUTS: [[f64; 2]; 4] = [[0.5, 1.25], [-3.0, 1.0], [2.0, -0.75], [-1.0, -1.0]];

#[test]
fn turns_that_are_alike_become_one_loop() {
    let [written_out, looped] = [false, true].map(|has_arrays| program(rows, has_arrays).unwrap());
    assert_eq!((n_loops(&written_out), n_loops(&looped)), (0, 2));
    let mut lanes = [F32x4::zero(); 2];
    for (lane, input) in INPUTS.iter().enumerate() {
        (0..2).for_each(|k| lanes[k].set_lane(lane, input[k]));
    }
    let direct = rows(lanes[0], lanes[1]);
    for program in [&written_out, &looped] {
        let traced = Interpreter::<F32x4>::new(program).run(&lanes);
        for (lane, input) in INPUTS.iter().enumerate() {
            let alone = Interpreter::<f32>::new(program).run(&input.map(|x| x as f32));
            let single = rows(input[0] as f32, input[1] as f32);
            for (k, wanted) in single.iter().enumerate() {
                assert_eq!(alone[k].to_bits(), wanted.to_bits(), "{input:?}, {k}");
                for lanes in [&traced, &direct] {
                    assert_eq!(lanes[k].lane(lane), f64::from(*wanted), "{input:?}, {k}");
                }
            }
        }
    }
    if has_compiler() {
        let environments = INPUTS.map(Vec::from);
        let compiled = run_c(&looped, &environments, false);
        assert_eq!(compiled, run_c(&written_out, &environments, false));
        assert_eq!(compiled[0][5], f64::from(rows(0.5_f32, 1.25)[5]));
    }
}

/// What differs between turns is written out: another operation, another number from outside of the arrays.
#[test]
fn turns_that_differ_stay_apart() {
    let outside = |x: T, y: T| {
        let mut sum = x;
        let factors = [x, y, y, x];
        turns!(T, for factor in factors, [sum;] => { sum = sum.mul_add(factor, y); });
        vec![sum]
    };
    let looped = program(outside, true).unwrap();
    // Two turns with y are alike.
    assert_eq!(n_loops(&looped), 1);
    let other = |x: T, y: T| {
        let mut sum = x;
        turns!(T, for turn in 0..4, [sum;] => {
            sum = if turn % 2 == 0 { sum + y } else { sum * y };
        });
        vec![sum]
    };
    let looped = program(other, true).unwrap();
    assert_eq!(n_loops(&looped), 0);
    let answer = Interpreter::<f32>::new(&looped).run(&[3.0, 2.0]);
    assert_eq!(answer, [((3.0 + 2.0) * 2.0 + 2.0) * 2.0]);
}

/// A number of an array is what is there now; what it was before is not to be had.
#[test]
fn what_was_in_an_array_before_is_told() {
    let stale = |x: T, y: T| {
        let mut cell = [x];
        T::keep("cell", 0, &mut cell, true);
        let before = cell[0];
        cell[0] = y;
        put!(T, [cell;]);
        vec![before + cell[0]]
    };
    let told = program(stale, true).map(|_| ());
    assert!(matches!(told, Err(TraceError::Overwritten { .. })), "{told:?}");
    // Without arrays there is nothing to be written over.
    assert_eq!(program(stale, false).map(|_| ()), Ok(()));
}

/// A block that writes to an array and hands nothing on is kept, an array that nobody reads is not.
#[test]
fn what_is_written_counts_where_it_is_read() {
    let writes = |is_read: bool| {
        move |x: T, y: T| {
            let mut cell = [x];
            T::keep("cell", 0, &mut cell, true);
            when!(T, x.lt(y), [cell;] => { cell[0] = y * y; });
            vec![if is_read { cell[0] } else { x }]
        }
    };
    let read = program(writes(true), true).unwrap();
    assert_eq!(Interpreter::<f32>::new(&read).run(&[1.0, 3.0]), [9.0]);
    assert_eq!(Interpreter::<f32>::new(&read).run(&[1.0, 0.0]), [1.0]);
    let unread = program(writes(false), true).unwrap();
    let is_work = |action: &Action| match action {
        Action::Let { op, .. } => op.is_work(),
        _ => true,
    };
    assert!(!unread.body.statements.iter().any(|it| is_work(&it.action)));
}
