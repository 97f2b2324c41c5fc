//! Functions of what is done at several places change no bit, and are found.

use super::{
    Action, ArrayCell, Block, Builder, LaneProgram, Op, Scalar, Value, ValueKind, outline, run,
    tidy,
};

/// A guarded block for each of some inputs: `depth` products and sums of the input with a number of its own, where the
/// input is below 0.5.
fn repeated(n: u32, length: usize, wild: Option<u32>) -> LaneProgram {
    let mut builder = Builder::new(Scalar::F32);
    let mut outputs = vec![];
    for index in 0..n {
        let x = builder.input(ArrayCell { array: "x", index });
        let half = builder.number(0.5);
        let own = builder.number(f64::from(index) + 0.25);
        let mask = builder.op(Op::Lt(x, half));
        builder.begin_if(mask);
        let mut y = builder.op(Op::Mul(x, own));
        for _ in 0..length {
            y = builder.op(Op::MulAdd(y, x, half));
        }
        if wild == Some(index) {
            y = builder.op(Op::Sqrt(y));
        }
        let inner = builder.op(Op::Lt(y, x));
        builder.begin_if(inner);
        let mut z = builder.op(Op::Sub(y, own));
        for _ in 0..length {
            z = builder.op(Op::Mul(z, x));
        }
        let y = builder.end_if(&[(z, y)])[0];
        let y = builder.end_if(&[(y, x)])[0];
        outputs.push((ArrayCell { array: "y", index }, y));
    }
    tidy(builder.finish(outputs))
}

fn n_calls(block: &Block) -> usize {
    let of = |action: &Action| match action {
        Action::If(it) => n_calls(&it.body),
        Action::Loop(it) => n_calls(&it.body),
        Action::Call(_) => 1,
        Action::Let { .. } | Action::Store { .. } => 0,
    };
    block.statements.iter().map(|statement| of(&statement.action)).sum()
}

fn same_answers(program: &LaneProgram, other: &LaneProgram) {
    for start in [-3.0_f32, -0.5, 0.0, 0.3, 0.7, f32::NAN] {
        let inputs: Vec<f32> = (0..8_u8).map(|k| start + 0.3 * f32::from(k)).collect();
        let bits = |program| run::<f32>(program, &inputs).into_iter().map(f32::to_bits);
        assert!(bits(program).eq(bits(other)), "{start}");
    }
}

#[test]
fn blocks_that_do_the_same_become_one_function() {
    let program = repeated(8, 12, None);
    let outlined = outline(program.clone());
    assert_eq!(outlined.functions.len(), 1);
    assert_eq!(n_calls(&outlined.body), 8);
    same_answers(&program, &outlined);
    same_answers(&program, &tidy(outlined));
}

/// One block is like no other, but what it has within is like theirs: that function is called by the other.
#[test]
fn a_block_within_is_shared_where_the_outer_is_not() {
    let program = repeated(8, 12, Some(3));
    let outlined = outline(program.clone());
    assert_eq!(outlined.functions.len(), 2);
    assert_eq!(n_calls(&outlined.body), 8);
    assert_eq!(n_calls(&outlined.functions[0].body), 0);
    assert_eq!(n_calls(&outlined.functions[1].body), 1);
    same_answers(&program, &outlined);
    same_answers(&program, &tidy(outlined));
}

#[test]
fn what_calls_would_not_make_smaller_stays() {
    for program in [repeated(2, 0, None), repeated(1, 12, None)] {
        assert_eq!(outline(program.clone()), program);
    }
}

/// Operands of sums and products stand in the order in which they were made, which may differ from place to place.
#[test]
fn the_order_of_operands_hides_nothing() {
    let mut builder = Builder::new(Scalar::F32);
    let inputs: Vec<Value> =
        (0..2).map(|index| builder.input(ArrayCell { array: "x", index })).collect();
    let mut outputs = vec![];
    for (index, (a, b)) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])].into_iter().enumerate()
    {
        let mask = builder.op(Op::Lt(a, b));
        builder.begin_if(mask);
        let mut y = builder.op(Op::Sub(a, b));
        for _ in 0..9 {
            let z = builder.op(Op::Mul(y, a));
            // Made in the first block, and there already in the second.
            let number = builder.number(0.3);
            y = builder.op(Op::Add(z, number));
        }
        let y = builder.end_if(&[(y, a)])[0];
        outputs.push((ArrayCell { array: "y", index: index as u32 }, y));
    }
    let program = builder.finish(outputs);
    let outlined = outline(program.clone());
    assert_eq!(outlined.functions.len(), 1);
    let kinds: Vec<ValueKind> =
        outlined.functions[0].parameters.iter().map(|&it| outlined.kind(it)).collect();
    assert_eq!(kinds, [ValueKind::Number; 2]);
    same_answers(&program, &outlined);
}

/// Two parameters may be one value at the first place, and a constant there a value elsewhere.
#[test]
fn what_is_the_same_at_one_place_may_differ_at_another() {
    let mut builder = Builder::new(Scalar::F32);
    let inputs: Vec<Value> =
        (0..3).map(|index| builder.input(ArrayCell { array: "x", index })).collect();
    let number = builder.number(3.0);
    let [x, y, z] = [inputs[0], inputs[1], inputs[2]];
    let mut outputs = vec![];
    for (index, [a, b, c]) in [[x, x, number], [y, z, x], [y, z, number]].into_iter().enumerate() {
        let half = builder.number(0.5);
        let mask = builder.op(Op::Lt(x, half));
        builder.begin_if(mask);
        let mut sum = builder.op(Op::Div(a, c));
        for _ in 0..9 {
            let quotient = builder.op(Op::Div(b, sum));
            sum = builder.op(Op::Sub(quotient, c));
        }
        let sum = builder.end_if(&[(sum, a)])[0];
        outputs.push((ArrayCell { array: "y", index: index as u32 }, sum));
    }
    let program = builder.finish(outputs);
    let outlined = outline(program.clone());
    assert_eq!((outlined.functions.len(), n_calls(&outlined.body)), (1, 3));
    assert_eq!(outlined.functions[0].parameters.len(), 3);
    same_answers(&program, &outlined);
    same_answers(&program, &tidy(outlined));
}
