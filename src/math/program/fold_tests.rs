//! Nothing that is folded, shared or dropped changes a bit.

use super::interpret::{Made, apply};
use super::{Action, ArrayCell, Builder, LaneProgram, Op, Scalar, Value, ValueKind, run, tidy};
use crate::math::rng::{Random, RandomStream};

const CONSTANTS: [f64; 12] =
    [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 0.1, 1e-30, 1e30, f64::INFINITY, f64::NEG_INFINITY];

const INPUTS: [f32; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.3,
    -7.5,
    1e-40,
    -1e-40,
    3e38,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Values beside what each is for some inputs, worked out one by one.
struct Shadow {
    builder: Builder,
    numbers: Vec<(Value, Vec<f32>)>,
    masks: Vec<(Value, Vec<bool>)>,
}

impl Shadow {
    fn push(&mut self, op: Op, columns: [usize; 3]) {
        let pick = |k: usize| &self.numbers[columns[k] % self.numbers.len()];
        let pick_mask = |k: usize| &self.masks[columns[k] % self.masks.len()];
        let (mut singles, mut truths) = (vec![], vec![]);
        for env in 0..INPUTS.len() {
            let number = |it: Value| pick(it.index()).1[env];
            let mask = |it: Value| pick_mask(it.index()).1[env];
            match apply::<f32>(op, number, mask) {
                Made::Number(x) => singles.push(x),
                Made::Mask(x) => truths.push(x),
            }
        }
        let kinds: Vec<ValueKind> = op.operands().with_kinds().map(|(_, kind)| kind).collect();
        let real = op.map(|it| match kinds[it.index()] {
            ValueKind::Number => pick(it.index()).0,
            ValueKind::Mask => pick_mask(it.index()).0,
        });
        let value = self.builder.op(real);
        match op.kind() {
            ValueKind::Number => self.numbers.push((value, singles)),
            ValueKind::Mask => self.masks.push((value, truths)),
        }
    }
}

/// Operations whose operands are numbered by their place.
fn operations() -> Vec<Op> {
    let [a, b, c] = [0, 1, 2].map(Value);
    vec![
        Op::Add(a, b),
        Op::Add(a, b),
        Op::Sub(a, b),
        Op::Sub(a, b),
        Op::Mul(a, b),
        Op::Mul(a, b),
        Op::MulAdd(a, b, c),
        Op::MulAdd(a, b, c),
        Op::Div(a, b),
        Op::Neg(a),
        Op::Neg(a),
        Op::Sqrt(a),
        Op::Abs(a),
        Op::FlipSign(a, b),
        Op::Floor(a),
        Op::Min(a, b),
        Op::Max(a, b),
        Op::Lt(a, b),
        Op::Le(a, b),
        Op::Equal(a, b),
        Op::Select(a, b, c),
        Op::Select(a, b, c),
        Op::And(a, b),
        Op::Or(a, b),
        Op::Not(a),
    ]
}

fn is_same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The sign of a NaN is nobody's promise: where it is asked for, nothing is compared.
fn asks_for_sign_of_nan(op: Op, sign: &[f32]) -> bool {
    matches!(op, Op::FlipSign(..)) && sign.iter().any(|x| x.is_nan())
}

fn random_program(seed: u32) -> (LaneProgram, Vec<Vec<f32>>, usize) {
    let mut random = Random::new(11, RandomStream::Init, seed, 0);
    let mut at = |n: usize| random.uniform_in(0.0, n as f64) as usize % n;
    let mut builder = Builder::new(Scalar::F32);
    let mut numbers: Vec<(Value, Vec<f32>)> = (0..4_u32)
        .map(|index| {
            let value = builder.input(ArrayCell { array: "x", index });
            let column =
                (0..INPUTS.len()).map(|env| INPUTS[(env + 5 * index as usize) % INPUTS.len()]);
            (value, column.collect())
        })
        .collect();
    for constant in CONSTANTS {
        numbers.push((builder.number(constant), vec![constant as f32; INPUTS.len()]));
    }
    let masks =
        [true, false].map(|it| (builder.op(Op::Truth(it)), vec![it; INPUTS.len()])).to_vec();
    let mut shadow = Shadow { builder, numbers, masks };
    let operations = operations();
    for _ in 0..200 {
        let (op, columns) =
            (operations[at(operations.len())], [at(100_000), at(100_000), at(100_000)]);
        let sign = &shadow.numbers[columns[1] % shadow.numbers.len()].1;
        if !asks_for_sign_of_nan(op, sign) {
            shadow.push(op, columns);
        }
    }
    let Shadow { mut builder, mut numbers, masks } = shadow;
    let (one, zero) = (builder.number(1.0), builder.number(0.0));
    for (mask, truths) in masks {
        let value = builder.op(Op::Select(mask, one, zero));
        numbers.push((value, truths.iter().map(|&it| f32::from(u8::from(it))).collect()));
    }
    let cell = |index: usize| ArrayCell { array: "y", index: index as u32 };
    let n_asked = numbers.len();
    let outputs = numbers.iter().enumerate().map(|(k, (value, _))| (cell(k), *value)).collect();
    let expected = numbers.into_iter().map(|(_, column)| column).collect();
    (builder.finish(outputs), expected, n_asked)
}

#[test]
fn folding_keeps_every_bit_of_random_programs() {
    let (mut n_written, mut n_asked) = (0, 0);
    for seed in 0..400 {
        let (program, expected, asked) = random_program(seed);
        let tidied = tidy(program.clone());
        n_asked += asked;
        n_written += tidied.body.statements.len();
        for env in 0..INPUTS.len() {
            let inputs: Vec<f32> = program
                .inputs
                .iter()
                .map(|it| INPUTS[(env + 5 * it.index as usize) % INPUTS.len()])
                .collect();
            let found = run(&program, &inputs);
            for (k, (found, column)) in found.iter().zip(&expected).enumerate() {
                assert!(
                    is_same(*found, column[env]),
                    "{seed} {env} {k}: {found:e}, not {:e}",
                    column[env]
                );
            }
            let inputs: Vec<f32> = tidied
                .inputs
                .iter()
                .map(|it| INPUTS[(env + 5 * it.index as usize) % INPUTS.len()])
                .collect();
            let again = run(&tidied, &inputs);
            assert!(found.iter().zip(&again).all(|(&a, &b)| is_same(a, b)), "{seed} {env}");
        }
    }
    // It folds at all.
    assert!(10 * n_written < 9 * n_asked, "{n_written} of {n_asked}");
}

fn folded(op: impl FnOnce(&mut Builder, Value) -> Value) -> Option<Op> {
    let mut builder = Builder::new(Scalar::F32);
    let x = builder.input(ArrayCell { array: "x", index: 0 });
    let value = op(&mut builder, x);
    builder.made_by(value)
}

#[test]
fn what_may_differ_in_a_zero_or_a_nan_is_not_folded() {
    let by = |constant: f64, op: fn(Value, Value) -> Op| {
        folded(|it, x| {
            let constant = it.number(constant);
            it.op(op(x, constant))
        })
    };
    assert!(matches!(by(0.0, Op::Mul), Some(Op::Mul(..))), "x 0 is -0 or NaN for some x");
    assert!(matches!(by(0.0, Op::Add), Some(Op::Add(..))), "-0 + 0 is 0");
    assert!(matches!(by(-0.0, Op::Sub), Some(Op::Sub(..))), "-0 - -0 is 0");
    assert!(matches!(by(3.0, Op::Div), Some(Op::Div(..))), "1 / 3 is rounded");
    assert!(matches!(folded(|it, x| it.op(Op::Sub(x, x))), Some(Op::Sub(..))), "NaN - NaN is NaN");
    assert!(
        matches!(folded(|it, x| it.op(Op::Equal(x, x))), Some(Op::Equal(..))),
        "NaN is not NaN"
    );
    assert_eq!(by(-0.0, Op::Add), Some(Op::Input(0)));
    assert_eq!(by(0.0, Op::Sub), Some(Op::Input(0)));
    assert_eq!(by(1.0, Op::Mul), Some(Op::Input(0)));
    assert!(matches!(by(4.0, Op::Div), Some(Op::Mul(..))), "1 / 4 is exact");
}

#[test]
fn what_no_output_needs_is_gone() {
    let mut it = Builder::new(Scalar::F32);
    let [x, y] = [0, 1].map(|index| it.input(ArrayCell { array: "x", index }));
    let (sum, _) = (it.op(Op::Add(x, x)), it.op(Op::Mul(x, y)));
    let program = tidy(it.finish(vec![(ArrayCell { array: "y", index: 0 }, sum)]));
    assert_eq!(program.body.statements.len(), 2);
    assert_eq!(program.inputs.len(), 1);
    assert!(matches!(program.body.statements[1].action, Action::Let { op: Op::Add(..), .. }));
}
