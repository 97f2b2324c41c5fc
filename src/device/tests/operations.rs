//! Every operation at its edges, and elementary functions at theirs.

use super::{cell, of_small, small};
use crate::device::emulated::{compare, has_fused_lanes, run_ptx};
use crate::device::to_ptx;
use crate::math::lanes;
use crate::math::lanes::trace::{Trace, record};
use crate::math::program::op_tests::{arguments, check, program};
use crate::math::program::{LaneProgram, Scalar};

#[test]
fn every_operation_does_in_ptx_what_its_table_says() {
    let program = program(Scalar::F32);
    let arguments = arguments(Scalar::F32);
    let as_f32 = |x: &Vec<f64>| x.iter().map(|&x| x as f32).collect();
    let environments: Vec<Vec<f32>> = arguments.iter().map(as_f32).collect();
    let (answers, _) = run_ptx(&to_ptx(&program), program.outputs.len(), &environments).unwrap();
    let as_f64 = |x: Vec<f32>| x.into_iter().map(f64::from).collect();
    let answers: Vec<Vec<f64>> = answers.into_iter().map(as_f64).collect();
    check(Scalar::F32, "PTX", true, &answers);
}

/// Elementary functions of two numbers, which take bits apart and put them together.
pub(super) fn functions() -> LaneProgram {
    let recorded = record(|| {
        let [x, y] = [0, 1].map(|k| Trace::<f32>::input("x", k));
        let (sin, cos) = lanes::sin_cos(x);
        // Also what becomes of a NaN that an operation made.
        let made = x / y;
        let answers = [
            sin,
            cos,
            lanes::exp(x),
            lanes::exp_m1(x),
            lanes::ln(x),
            lanes::ln_1p(x),
            lanes::tanh(x),
            lanes::atan2(x, y),
            lanes::hypot(x, y),
            lanes::pow(x, y),
            lanes::exp(made),
            lanes::ln(made),
            lanes::tanh(made),
            lanes::pow(x, made),
        ];
        answers.into_iter().enumerate().map(|(k, it)| (cell(k), it)).collect()
    });
    recorded.unwrap()
}

#[test]
fn elementary_functions_have_the_bits_of_the_lanes() {
    if !has_fused_lanes() {
        return;
    }
    let mut environments: Vec<Vec<f32>> = vec![];
    for x in arguments(Scalar::F32) {
        environments.push(vec![x[0] as f32, x[1] as f32]);
    }
    for k in 0..1000_u16 {
        let x = f32::from(k) * 0.37 - 150.0;
        environments.push(vec![x, 0.01 * x * x - 3.0]);
    }
    let answers = compare("functions", &functions(), &environments);
    let n_finite = answers.iter().flatten().filter(|x| x.is_finite()).count();
    assert!(2 * n_finite > answers.len() * answers[0].len(), "{n_finite}");
}

#[test]
fn blocks_loops_and_functions_do_what_they_say() {
    let (environments, expected) = of_small();
    let (answers, _) = run_ptx(&to_ptx(&small()), 1, &environments).unwrap();
    assert_eq!(answers.concat(), expected);
}

#[test]
fn a_block_that_no_thread_of_a_warp_needs_is_skipped() {
    let text = to_ptx(&small());
    let n_done = |x: f32| run_ptx(&text, 1, &vec![vec![x, 1000.0]; 32]).unwrap().1;
    let (without, with) = (n_done(1.0), n_done(-1.0));
    assert!(without < with, "{without} {with}");
    // One that needs it costs as much as all.
    let mut one = vec![vec![1.0, 1000.0]; 32];
    one[5][0] = -1.0;
    assert_eq!(run_ptx(&text, 1, &one).unwrap().1, with);
}

/// No environment beyond the last is touched, and each becomes what it would become alone.
#[test]
fn any_number_of_environments_runs() {
    let (environments, expected) = of_small();
    let text = to_ptx(&small());
    for n in [1, 2, 31, 32, 33, 127, 128, 129, 300] {
        let many: Vec<_> = environments.iter().cycle().take(n).cloned().collect();
        let expected: Vec<_> = expected.iter().cycle().take(n).copied().collect();
        assert_eq!(run_ptx(&text, 1, &many).unwrap().0.concat(), expected, "{n}");
    }
    assert_eq!(run_ptx(&text, 1, &[]).unwrap().0.len(), 0);
}
