//! A step as PTX, in the emulator, gives the bits of the program.

use super::traced::{Case, cases, cells, scatter, traced};
use crate::device::emulated::{compare, has_fused_lanes, run_ptx};
use crate::device::to_ptx;
use crate::math::program::LaneProgram;
use crate::math::rng::{Random, RandomStream};
use crate::physics::{Data, Plan, StepTraceError, TraceOptions, trace_step};

/// States of each model: two warps, one of them not full. `DNNE_EMULATED` says how many else.
const N_STATES: usize = 45;

fn environments(case: &Case, plan: &Plan, program: &LaneProgram, n: usize) -> Vec<Vec<f32>> {
    let mut d = Data::<f32>::new(plan);
    let mut random = Random::new(8, RandomStream::Reset, 0, 0);
    let environment = |at| {
        scatter(case, &mut d, 0, &mut random, at);
        cells(&d, program.inputs.iter())
    };
    (0..n).map(environment).collect()
}

#[test]
fn a_step_as_ptx_gives_the_bits_of_the_program() {
    if !has_fused_lanes() {
        return;
    }
    let n = std::env::var("DNNE_EMULATED").map_or(N_STATES, |it| it.parse().unwrap());
    let mut n_models = 0;
    for case in cases() {
        // Recorded models iterate on when nothing is left to be found: more turns of the same text.
        let mut model = (*case.model).clone();
        model.opt.iterations = model.opt.iterations.min(6);
        model.opt.ls_iterations = model.opt.ls_iterations.min(8);
        let plan = Plan::new(model.into());
        let Some(program) = traced::<f32>(&case, &plan) else { continue };
        let answers = compare(&case.name, &program, &environments(&case, &plan, &program, n));
        let n_finite = answers.iter().flatten().filter(|x| x.is_finite()).count();
        assert!(2 * n_finite > n * program.outputs.len(), "{}: {n_finite} finite", case.name);
        n_models += 1;
    }
    assert!(n_models >= 33, "{n_models}");
}

#[test]
fn loops_over_arrays_as_ptx_give_the_bits_of_the_program() {
    if !has_fused_lanes() {
        return;
    }
    let mut n_models = 0;
    for case in cases() {
        let mut model = (*case.model).clone();
        model.opt.iterations = model.opt.iterations.min(6);
        model.opt.ls_iterations = model.opt.ls_iterations.min(8);
        let plan = Plan::new(model.into());
        let besides = TraceOptions { arrays: Some(true), ..TraceOptions::default() };
        let program = match trace_step::<f32>(&plan, besides) {
            Err(StepTraceError::Contacts { .. }) => continue,
            program => program.unwrap(),
        };
        compare(&case.name, &program, &environments(&case, &plan, &program, 33));
        n_models += 1;
    }
    assert!(n_models >= 33, "{n_models}");
}

/// One opcode, one constant, one branch: the emulator runs nothing but the text.
#[test]
fn what_is_changed_in_the_text_of_a_step_changes_its_answer() {
    let case = cases().into_iter().find(|case| case.name == "scene half_cheetah").unwrap();
    let plan = Plan::new(case.model.clone());
    let program = traced::<f32>(&case, &plan).unwrap();
    let environments = environments(&case, &plan, &program, N_STATES);
    let text = to_ptx(&program);
    let run = |text: &str| {
        let (answers, _) = run_ptx(text, program.outputs.len(), &environments).unwrap();
        answers.concat().into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let answers = run(&text);
    assert_eq!(run(&(text.clone() + "// no change")), answers);
    // Some of a step is for states that are not among these.
    for (what, with) in [("add.rn.f32", "sub.rn.f32"), (", 0f3F", ", 0f3D")] {
        let changed = |at: usize| [&text[..at], with, &text[at + what.len()..]].concat();
        let mut places = text.match_indices(what).map(|(at, _)| at);
        assert!(places.any(|at| run(&changed(at)) != answers), "{with} in the place of {what}");
    }
    // Where a branch leads around a short cut, the long way comes to the same: one of those does that lead around what
    // is needed.
    let mut branches = text.match_indices("    @!%m").map(|(at, _)| at + 4);
    let inverted = |at: usize| text[..at].to_owned() + "@" + &text[at + 2..];
    assert!(branches.any(|at| run(&inverted(at)) != answers));
}
