//! Every operation at its edges: as the standard says, as the interpreter does it, and as the printed C does.

use super::compiled::{has_compiler, run_c};
use super::{ArrayCell, Builder, Interpreter, LaneProgram, Op, Scalar, Value, ValueKind};
use crate::math::lanes::{Isa, Lanes, for_isa};

/// Zeros, numbers about one, halves, subnormal, smallest, largest and infinite numbers, NaN, and such as round.
fn edges(scalar: Scalar) -> Vec<f64> {
    let (least, tiny, largest) = match scalar {
        Scalar::F32 => {
            (f64::from(f32::from_bits(1)), f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX))
        }
        Scalar::F64 => (f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX),
    };
    let positive = [
        0.0,
        1.0,
        0.5,
        1.5,
        2.5,
        3.0,
        1.0 / 3.0,
        0.1,
        8_388_609.0,
        1e-5,
        least,
        7.0 * least,
        tiny,
        1.5 * tiny,
        largest,
        f64::INFINITY,
    ];
    let rounded = |x: f64| scalar.number(scalar.bits(x));
    let both = positive.into_iter().flat_map(|x| [rounded(x), rounded(-x)]);
    both.chain([f64::NAN]).collect()
}

/// What is asked of an operation with three numbers as operands, the first also as a mask.
type Case = (&'static str, fn(Value, Value, Value, Value, Value) -> Op, Reference);

/// The answer in f32 and in f64, masks as 1 and 0.
type Reference = (fn(f32, f32, f32) -> f32, fn(f64, f64, f64) -> f64);

macro_rules! reference {
    (|$a:ident, $b:ident, $c:ident| $answer:expr) => {
        (
            |$a: f32, $b: f32, $c: f32| -> f32 {
                let _ = ($a, $b, $c);
                $answer
            },
            |$a: f64, $b: f64, $c: f64| -> f64 {
                let _ = ($a, $b, $c);
                $answer
            },
        )
    };
}

/// Written without lanes. A mask is made of the first number (1 < a) and of the second.
fn table() -> Vec<Case> {
    let one = |yes: bool| if yes { 1.0 } else { 0.0 };
    let _ = one;
    vec![
        ("add", |a, b, _, _, _| Op::Add(a, b), reference!(|a, b, c| a + b)),
        ("sub", |a, b, _, _, _| Op::Sub(a, b), reference!(|a, b, c| a - b)),
        ("mul", |a, b, _, _, _| Op::Mul(a, b), reference!(|a, b, c| a * b)),
        ("div", |a, b, _, _, _| Op::Div(a, b), reference!(|a, b, c| a / b)),
        ("mul_add", |a, b, c, _, _| Op::MulAdd(a, b, c), reference!(|a, b, c| a * b + c)),
        ("neg", |a, _, _, _, _| Op::Neg(a), reference!(|a, b, c| -a)),
        ("sqrt", |a, _, _, _, _| Op::Sqrt(a), reference!(|a, b, c| a.sqrt())),
        ("abs", |a, _, _, _, _| Op::Abs(a), reference!(|a, b, c| a.abs())),
        ("floor", |a, _, _, _, _| Op::Floor(a), reference!(|a, b, c| a.floor())),
        ("min", |a, b, _, _, _| Op::Min(a, b), reference!(|a, b, c| if a < b { a } else { b })),
        ("max", |a, b, _, _, _| Op::Max(a, b), reference!(|a, b, c| if a > b { a } else { b })),
        (
            "flip_sign",
            |a, b, _, _, _| Op::FlipSign(a, b),
            reference!(|a, b, c| if b.is_sign_negative() { -a } else { a }),
        ),
        (
            "exponent",
            |a, _, _, _, _| Op::Exponent(a),
            (
                |a, _, _| (a.to_bits() >> 23) as f32 - 127.0,
                |a, _, _| (a.to_bits() >> 52) as f64 - 1023.0,
            ),
        ),
        (
            "mantissa",
            |a, _, _, _, _| Op::Mantissa(a),
            (
                |a, _, _| f32::from_bits(a.to_bits() % (1 << 23) + 1.0_f32.to_bits()),
                |a, _, _| f64::from_bits(a.to_bits() % (1 << 52) + 1.0_f64.to_bits()),
            ),
        ),
        (
            "power_of_two",
            |a, _, _, _, _| Op::PowerOfTwo(a),
            (
                |a, _, _| f32::from_bits((a + 8_388_735.0).to_bits() << 23),
                |a, _, _| f64::from_bits((a + 4_503_599_627_371_519.0).to_bits() << 52),
            ),
        ),
        (
            "select",
            |_, b, c, p, _| Op::Select(p, b, c),
            reference!(|a, b, c| if 1.0 < a { b } else { c }),
        ),
        ("lt", |a, b, _, _, _| Op::Lt(a, b), reference!(|a, b, c| if a < b { 1.0 } else { 0.0 })),
        ("le", |a, b, _, _, _| Op::Le(a, b), reference!(|a, b, c| if a <= b { 1.0 } else { 0.0 })),
        (
            "equal",
            |a, b, _, _, _| Op::Equal(a, b),
            reference!(|a, b, c| if a == b { 1.0 } else { 0.0 }),
        ),
        (
            "and",
            |_, _, _, p, q| Op::And(p, q),
            reference!(|a, b, c| if 1.0 < a && 1.0 < b { 1.0 } else { 0.0 }),
        ),
        (
            "or",
            |_, _, _, p, q| Op::Or(p, q),
            reference!(|a, b, c| if 1.0 < a || 1.0 < b { 1.0 } else { 0.0 }),
        ),
        ("not", |_, _, _, p, _| Op::Not(p), reference!(|a, b, c| if 1.0 < a { 0.0 } else { 1.0 })),
    ]
}

/// A program with one output for each operation of the table.
pub fn program(scalar: Scalar) -> LaneProgram {
    let mut it = Builder::new(scalar);
    let [a, b, c] = [0, 1, 2].map(|index| it.input(ArrayCell { array: "x", index }));
    let (one, zero) = (it.number(1.0), it.number(0.0));
    let (p, q) = (it.op(Op::Lt(one, a)), it.op(Op::Lt(one, b)));
    let mut outputs = vec![];
    for (index, (name, op, _)) in table().into_iter().enumerate() {
        let mut value = it.op(op(a, b, c, p, q));
        if it.kind(value) == ValueKind::Mask {
            value = it.op(Op::Select(value, one, zero));
        }
        outputs.push((ArrayCell { array: name, index: index as u32 }, value));
    }
    it.finish(outputs)
}

/// Every two edges, with a third.
pub fn arguments(scalar: Scalar) -> Vec<Vec<f64>> {
    let edges = edges(scalar);
    let mut arguments = vec![];
    for (i, &a) in edges.iter().enumerate() {
        for (j, &b) in edges.iter().enumerate() {
            arguments.push(vec![a, b, edges[(3 * i + 7 * j) % edges.len()]]);
        }
    }
    arguments
}

fn answer(scalar: Scalar, (single, double): Reference, x: &[f64]) -> f64 {
    match scalar {
        Scalar::F32 => f64::from(single(x[0] as f32, x[1] as f32, x[2] as f32)),
        Scalar::F64 => double(x[0], x[1], x[2]),
    }
}

fn is_same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn interpret<L: Lanes>(program: &LaneProgram, arguments: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut interpreter = Interpreter::<L>::new(program);
    let mut answers = vec![];
    for block in arguments.chunks(L::WIDTH) {
        let mut inputs = vec![L::zero(); 3];
        for (lane, x) in block.iter().enumerate() {
            inputs.iter_mut().zip(x).for_each(|(input, &x)| input.set_lane(lane, x));
        }
        let outputs = interpreter.run(&inputs);
        answers.extend((0..block.len()).map(|lane| outputs.iter().map(|x| x.lane(lane)).collect()));
    }
    answers
}

/// Answers but for `mul_add` are the table's; that of `mul_add` is fused or not.
///
/// # Panics
/// If one is not.
pub fn check(scalar: Scalar, how: &str, fused: bool, answers: &[Vec<f64>]) {
    let arguments = arguments(scalar);
    assert_eq!(answers.len(), arguments.len());
    for (x, answers) in arguments.iter().zip(answers) {
        for ((name, _, reference), &found) in table().into_iter().zip(answers) {
            // Its bits come of the NaN's fraction, which is nobody's promise.
            if name == "power_of_two" && x[0].is_nan() {
                continue;
            }
            let expected = match (name, fused, scalar) {
                ("mul_add", true, Scalar::F32) => {
                    f64::from(f32::mul_add(x[0] as f32, x[1] as f32, x[2] as f32))
                }
                ("mul_add", true, Scalar::F64) => f64::mul_add(x[0], x[1], x[2]),
                _ => answer(scalar, reference, x),
            };
            assert!(is_same(found, expected), "{how} {name} {x:?}: {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn every_operation_does_what_its_table_says_in_every_layout() {
    let single = program(Scalar::F32);
    let of = arguments(Scalar::F32);
    check(Scalar::F32, "f32", false, &interpret::<f32>(&single, &of));
    for isa in Isa::available().into_iter().filter(|&isa| isa != Isa::Reference) {
        let answers = for_isa!(isa, L => interpret::<L>(&single, &of));
        check(Scalar::F32, isa.name(), isa != Isa::Portable, &answers);
    }
    let answers = interpret::<f64>(&program(Scalar::F64), &arguments(Scalar::F64));
    check(Scalar::F64, "f64", false, &answers);
}

#[test]
fn every_operation_does_in_c_what_its_table_says() {
    if !has_compiler() {
        return;
    }
    for scalar in [Scalar::F32, Scalar::F64] {
        for fused in [true, false] {
            let answers = run_c(&program(scalar), &arguments(scalar), fused);
            check(scalar, "C", fused, &answers);
        }
    }
}
