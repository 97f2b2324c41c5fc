//! Blocks and loops as programs: they give what the lanes give, skip what they may, and tell what is not listed.

use super::trace::{Trace, TraceError, record};
use super::{F32x4, LaneMask, Lanes, listed, repeat, when};
use crate::math::program::{Action, ArrayCell, Interpreter, LaneProgram, Scalar};

fn out<L>(values: Vec<L>) -> Vec<(ArrayCell, L)> {
    let cell = |(index, value)| (ArrayCell { array: "y", index }, value);
    (0..).zip(values).map(cell).collect()
}

type T = Trace<f32>;

fn program(run: fn(T, T) -> Vec<T>) -> Result<LaneProgram, TraceError> {
    record(|| out(run(T::input("x", 0), T::input("x", 1))))
}

const NUMBERS: [[f64; 4]; 2] = [[0.5, 3.0, -2.0, 40.0], [1.0, -1.0, 7.0, 0.25]];

/// The same function on lanes, on single numbers, and as a program on both.
fn compare(
    of: fn(T, T) -> Vec<T>,
    lanes: fn(F32x4, F32x4) -> Vec<F32x4>,
    single: fn(f32, f32) -> Vec<f32>,
) {
    let program = program(of).unwrap();
    let mut inputs = [F32x4::zero(); 2];
    for (input, numbers) in inputs.iter_mut().zip(NUMBERS) {
        (0..4).for_each(|lane| input.set_lane(lane, numbers[lane]));
    }
    let direct = lanes(inputs[0], inputs[1]);
    let traced = Interpreter::<F32x4>::new(&program).run(&inputs);
    assert_eq!(direct.len(), traced.len());
    for lane in 0..4 {
        let [x, y] = NUMBERS.map(|numbers| numbers[lane] as f32);
        let alone = Interpreter::<f32>::new(&program).run(&[x, y]);
        for (k, expected) in single(x, y).into_iter().enumerate() {
            assert_eq!(f64::from(expected).to_bits(), direct[k].lane(lane).to_bits(), "{lane} {k}");
            assert_eq!(expected.to_bits(), alone[k].to_bits(), "{lane} {k}");
            assert_eq!(f64::from(expected).to_bits(), traced[k].lane(lane).to_bits(), "{lane} {k}");
        }
    }
}

/// By halving while it is above one; and how far that led, where y is positive.
fn halves<L: Lanes>(x: L, y: L) -> Vec<L> {
    let (mut x, mut turns, mut list) = (x, L::zero(), vec![]);
    let mut todo = L::one().lt(x);
    repeat!(L, turn in 5, while todo, [x, turns;] => {
        x = L::select(todo, x * L::splat(0.5), x);
        turns = L::select(todo, turn + L::one(), turns);
        todo = todo & L::one().lt(x);
    });
    let mut sum = y;
    when!(L, L::zero().lt(y), [sum, list;] => {
        sum = L::select(L::zero().lt(y), sum + turns, sum);
        list.push(L::select(L::zero().lt(y), x.sqrt(), L::zero()));
    });
    let listed: L = list.first().copied().unwrap_or(L::zero());
    vec![x, turns, sum, listed]
}

#[test]
fn blocks_and_loops_give_what_lanes_give() {
    compare(halves, halves, halves);
    let program = program(halves).unwrap();
    let kinds: Vec<bool> = program
        .body
        .statements
        .iter()
        .filter(|it| !matches!(it.action, Action::Let { .. }))
        .map(|it| matches!(it.action, Action::Loop(_)))
        .collect();
    assert_eq!(kinds, [true, false], "a loop and a block are written as such");
}

/// What is listed is worked on by lanes that do not have it too, and must not count there.
fn parts<L: Lanes>(x: L, y: L) -> Vec<L> {
    let has = L::zero().lt(y);
    let (mut sum, mut is_large) = (x, L::Mask::splat(false));
    listed!(L, has, [sum; is_large] => {
        sum += L::select(has, x * y, L::zero());
        is_large = has & L::splat(2.0).lt(sum);
    });
    vec![sum, L::select(is_large, L::one(), L::zero())]
}

#[test]
fn what_is_listed_counts_where_it_is() {
    compare(parts, parts, parts);
}

#[test]
fn a_block_that_is_not_entered_is_not_done() {
    let program = program(halves).unwrap();
    let done = |x: f32, y: f32| {
        let mut interpreter = Interpreter::<f32>::new(&program);
        interpreter.run(&[x, y]);
        interpreter.done().iter().sum::<u64>()
    };
    assert!(done(0.5, -1.0) < done(0.5, 1.0));
    assert!(done(0.5, 1.0) < done(1.5, 1.0));
    assert!(done(1.5, 1.0) < done(4.0, 1.0));
}

#[test]
fn what_a_block_does_not_list_is_a_fault() {
    let fault = program(|x, y| {
        let mut sum = x;
        when!(T, x.lt(y), [;] => {
            sum += y;
        });
        vec![sum]
    });
    assert_eq!(fault, Err(TraceError::Escapes { stage: "the computation".to_owned() }));
    // Unless nobody reads it.
    let sound = program(|x, y| {
        let mut sum = x;
        when!(T, x.lt(y), [;] => {
            sum += y;
        });
        let _ = sum;
        vec![x]
    });
    assert_eq!(sound.map(|it| it.body.statements.len()), Ok(1));
}

#[test]
fn what_a_loop_does_not_list_is_a_fault() {
    let fault = program(|x, y| {
        let (mut sum, mut todo) = (x, x.lt(y));
        repeat!(T, _turn in 3, while todo, [;] => {
            sum += y;
            todo = todo & sum.lt(y);
        });
        vec![sum]
    });
    assert!(matches!(fault, Err(TraceError::Escapes { .. })), "{fault:?}");
}

#[test]
fn a_question_for_the_number_in_a_lane_is_a_fault() {
    let by_number = program(|x, y| {
        T::begin_stage("looking");
        let found = if x.lane(0) > 1.0 { vec![y] } else { vec![x] };
        T::end_stage();
        found
    });
    let fault = by_number.unwrap_err();
    assert_eq!(fault, TraceError::AsksForNumber { stage: "looking".to_owned() });
    assert!(fault.to_string().starts_with("looking asks"), "{fault}");
    let by_mask = program(|x, y| if x.lt(y).lane(0) { vec![x] } else { vec![y] });
    assert!(matches!(by_mask, Err(TraceError::AsksForNumber { .. })));
}

#[test]
fn numbers_of_a_program_do_not_live_outside_of_it() {
    let stray = T::splat(1.0) + T::one();
    assert_eq!(record(|| out(vec![stray])).map(|_| ()), Err(TraceError::Outside));
    // The next one is sound again.
    assert!(program(|x, y| vec![x + y]).is_ok());
}

#[test]
fn constants_are_rounded_to_the_programs_numbers() {
    let third = 1.0 / 3.0;
    let single = record(|| out(vec![T::input("x", 0) + T::splat(third)])).unwrap();
    let double = record(|| out(vec![Trace::<f64>::input("x", 0) + Trace::splat(third)])).unwrap();
    assert_eq!((single.scalar, double.scalar), (Scalar::F32, Scalar::F64));
    assert_eq!(Interpreter::<f32>::new(&single).run(&[1.0]), [1.0 + third as f32]);
    assert_eq!(Interpreter::<f64>::new(&double).run(&[1.0]), [1.0 + third]);
}
