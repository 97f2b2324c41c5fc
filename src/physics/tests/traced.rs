//! A step as a program gives what the step itself gives, to the bit.

use super::{golden, numbers, shipped, states};
use crate::math::lanes::trace::Number;
use crate::math::lanes::{Isa, Lanes, for_isa};
use crate::math::program::compiled::{has_compiler, run_c};
use crate::math::program::kept::check_sizes;
use crate::math::program::{ArrayCell, Interpreter, LaneProgram};
use crate::math::rng::{Random, RandomStream};
use crate::model::Model;
use crate::physics::{Data, Params, Plan, StepTraceError, TraceOptions, step, trace_step};
use serde_json::Value;
use std::sync::Arc;

/// States of each model for each kind of lanes; `DNNE_TRACED` says another number, by hand 1,000.
const N_STATES: usize = 96;

fn n_states() -> usize {
    std::env::var("DNNE_TRACED").map_or(N_STATES, |it| it.parse().unwrap())
}

/// A model, and positions to start from: recorded ones, or its own.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) model: Arc<Model>,
    starts: Vec<Vec<f64>>,
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for name in super::agreement::MODELS {
        let (model, golden) = golden(&format!("states/{name}"));
        let qpos = |state: &Value| numbers(&state["qpos"]);
        let starts = states(&golden, "contacts").iter().map(qpos).collect();
        cases.push(Case { name: name.to_owned(), model, starts });
    }
    for name in super::golden::MODELS {
        let (model, golden) = golden(name);
        let recorded = ["free", "limits"].iter().flat_map(|kind| states(&golden, kind));
        let starts = recorded.map(|state| numbers(&state["qpos"])).collect();
        cases.push(Case { name: name.to_owned(), model, starts });
    }
    for (name, model) in shipped() {
        let starts = vec![model.qpos0.clone()];
        cases.push(Case { name: format!("scene {name}"), model: model.into(), starts });
    }
    cases
}

/// Sets a lane to a state near a start, moving and driven.
pub(super) fn scatter<L: Lanes>(
    case: &Case,
    d: &mut Data<L>,
    lane: usize,
    random: &mut Random,
    at: usize,
) {
    let start = &case.starts[at % case.starts.len()];
    let spread = [0.0, 0.02, 0.3, 1.0][at % 4];
    for (to, from) in d.state.qpos.iter_mut().zip(start) {
        to.set_lane(lane, from + random.uniform_in(-spread, spread));
    }
    for to in &mut d.state.qvel {
        to.set_lane(lane, random.uniform_in(-3.0, 3.0) * spread.min(0.5));
    }
    for to in &mut d.state.qacc_warmstart {
        to.set_lane(lane, if at.is_multiple_of(3) { 0.0 } else { random.uniform_in(-20.0, 20.0) });
    }
    for to in &mut d.state.ctrl {
        to.set_lane(lane, random.uniform_in(-1.2, 1.2));
    }
    for to in &mut d.state.act {
        to.set_lane(lane, random.uniform_in(0.0, 1.0));
    }
}

/// A state in the order of a program's inputs or outputs.
pub(super) fn cells<'a, L: Lanes>(
    d: &Data<L>,
    cells: impl Iterator<Item = &'a ArrayCell>,
) -> Vec<L> {
    let get = |cell: &ArrayCell| {
        let array = match cell.array {
            "qpos" => &d.state.qpos,
            "qvel" => &d.state.qvel,
            "act" => &d.state.act,
            "ctrl" => &d.state.ctrl,
            "qacc_warmstart" => &d.state.qacc_warmstart,
            other => panic!("{other}"),
        };
        array[cell.index as usize]
    };
    cells.map(get).collect()
}

fn compare<L: Lanes>(case: &Case, plan: &Plan, program: &LaneProgram, isa: &str) {
    let params = Params::<L>::new(&plan.model);
    let mut d = Data::<L>::new(plan);
    let mut interpreter = Interpreter::<L>::new(program);
    let mut random = Random::new(7, RandomStream::Reset, 0, 0);
    let mut n_finite = 0;
    for block in 0..n_states().div_ceil(L::WIDTH) {
        for lane in 0..L::WIDTH {
            scatter(case, &mut d, lane, &mut random, block * L::WIDTH + lane);
        }
        let traced = interpreter.run(&cells(&d, program.inputs.iter()));
        step(plan, &params, &mut d);
        let direct = cells(&d, program.outputs.iter().map(|(cell, _)| cell));
        for ((traced, direct), (cell, _)) in traced.iter().zip(&direct).zip(&program.outputs) {
            for lane in 0..L::WIDTH {
                let (traced, direct) = (traced.lane(lane), direct.lane(lane));
                let same =
                    traced.to_bits() == direct.to_bits() || (traced.is_nan() && direct.is_nan());
                let name = &case.name;
                assert!(
                    same,
                    "{name} {isa} block {block} lane {lane} {cell:?}: {traced:e} {direct:e}"
                );
                n_finite += usize::from(direct.is_finite());
            }
        }
    }
    let n_numbers = n_states().div_ceil(L::WIDTH) * L::WIDTH * program.outputs.len();
    assert!(2 * n_finite > n_numbers, "{}: {n_finite} of {n_numbers} are finite", case.name);
}

pub(super) fn traced<N: Number>(case: &Case, plan: &Plan) -> Option<LaneProgram> {
    match trace_step::<N>(plan, TraceOptions::default()) {
        Ok(program) => Some(program),
        Err(StepTraceError::Contacts { .. }) => None,
        Err(refusal) => panic!("{}: {refusal}", case.name),
    }
}

#[test]
fn a_step_as_a_program_gives_the_bits_of_the_step() {
    let mut n_models = 0;
    for case in cases() {
        let plan = Plan::new(case.model.clone());
        let Some(program) = traced::<f32>(&case, &plan) else { continue };
        let isa = Isa::detect();
        if isa != Isa::Reference {
            for_isa!(isa, L => compare::<L>(&case, &plan, &program, isa.name()));
        }
        compare::<f32>(&case, &plan, &program, "f32");
        n_models += 1;
    }
    println!("{n_models} models, {} states each", n_states());
    assert!(n_models >= 33, "{n_models}");
}

#[test]
fn loops_over_arrays_give_the_bits_of_the_step() {
    let mut n_models = 0;
    for case in cases() {
        let plan = Plan::new(case.model.clone());
        let besides = TraceOptions { arrays: Some(true), ..TraceOptions::default() };
        let program = match trace_step::<f32>(&plan, besides) {
            Err(StepTraceError::Contacts { .. }) => continue,
            program => program.unwrap(),
        };
        let isa = Isa::detect();
        if isa != Isa::Reference {
            for_isa!(isa, L => compare::<L>(&case, &plan, &program, isa.name()));
        }
        compare::<f32>(&case, &plan, &program, "f32");
        n_models += 1;
    }
    assert!(n_models >= 33, "{n_models}");
}

#[test]
fn a_step_as_a_program_gives_the_bits_of_the_reference() {
    let mut n_models = 0;
    for case in cases() {
        let plan = Plan::new(case.model.clone());
        let Some(program) = traced::<f64>(&case, &plan) else { continue };
        compare::<f64>(&case, &plan, &program, "f64");
        n_models += 1;
    }
    assert!(n_models >= 33, "{n_models}");
}

/// Of these the compilers of C take seconds.
const IN_C: [&str; 4] = ["scene cartpole", "scene reacher", "scene half_cheetah", "strings"];

#[test]
fn the_printed_step_gives_the_bits_of_the_step() {
    if !has_compiler() {
        return;
    }
    let cases = cases();
    for name in IN_C {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        let plan = Plan::new(case.model.clone());
        let program = traced::<f32>(case, &plan).unwrap();
        let params = Params::<f32>::new(&plan.model);
        let mut d = Data::<f32>::new(&plan);
        let mut random = Random::new(9, RandomStream::Reset, 0, 0);
        let (mut inputs, mut direct) = (vec![], vec![]);
        let as_f64 = |cells: Vec<f32>| cells.into_iter().map(f64::from).collect::<Vec<_>>();
        for at in 0..200 {
            scatter(case, &mut d, 0, &mut random, at);
            inputs.push(as_f64(cells(&d, program.inputs.iter())));
            step(&plan, &params, &mut d);
            direct.push(as_f64(cells(&d, program.outputs.iter().map(|(cell, _)| cell))));
        }
        // Single numbers round products and sums apart.
        let printed = run_c(&program, &inputs, false);
        for (at, (printed, direct)) in printed.iter().zip(&direct).enumerate() {
            let same =
                |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            assert!(printed.iter().zip(direct).all(same), "{name} {at}: {printed:?} {direct:?}");
        }
        assert!(direct.iter().flatten().filter(|x| x.is_finite()).count() > 1000, "{name}");
    }
}

/// Pulls come in where they are asked for, and do what they do.
#[test]
fn pulls_are_cells_too() {
    let case = cases().into_iter().find(|case| case.name == "scene half_cheetah").unwrap();
    let plan = Plan::new(case.model.clone());
    let program =
        trace_step::<f32>(&plan, TraceOptions { external_forces: true, ..TraceOptions::default() })
            .unwrap();
    let params = Params::<f32>::new(&plan.model);
    let mut d = Data::<f32>::new(&plan);
    let pull = |body: usize, k: usize| (body * 6 + k) as f32 - 20.0;
    let of_body = |body: usize| std::array::from_fn(|k| pull(body, k));
    d.state.xfrc_applied = (0..plan.model.bodies.len()).map(of_body).collect();
    let inputs: Vec<f32> = program
        .inputs
        .iter()
        .map(|cell| match cell.array {
            "xfrc_applied" => d.state.xfrc_applied.concat()[cell.index as usize],
            _ => cells(&d, [cell].into_iter())[0],
        })
        .collect();
    assert!(program.inputs.iter().any(|cell| cell.array == "xfrc_applied"));
    let traced = Interpreter::<f32>::new(&program).run(&inputs);
    step(&plan, &params, &mut d);
    assert_eq!(traced, cells(&d, program.outputs.iter().map(|(cell, _)| cell)));
}

/// Numbers that differ between environments come in; those that do not are constants still.
#[test]
fn what_variants_differ_in_comes_in() {
    let case = cases().into_iter().find(|case| case.name == "scene half_cheetah").unwrap();
    let mut heavy = (*case.model).clone();
    heavy.bodies[2].mass *= 1.7;
    heavy.dofs[4].damping *= 0.5;
    heavy.pairs[0].friction[0] *= 2.0;
    heavy.actuators[1].gainprm[0] *= 0.8;
    let plan = Plan::new(case.model.clone());
    let besides = TraceOptions { variants: &[&heavy], ..TraceOptions::default() };
    let program = trace_step::<f32>(&plan, besides).unwrap();
    let n_params = program.inputs.iter().filter(|cell| cell.array == "params").count();
    assert!((4..10).contains(&n_params), "{n_params}");
    let mut random = Random::new(3, RandomStream::Reset, 0, 0);
    for model in [&*case.model, &heavy] {
        let mut params = Params::<f32>::new(&case.model);
        params.set_lane(0, model);
        let mut d = Data::<f32>::new(&plan);
        scatter(&case, &mut d, 0, &mut random, 2);
        let of = |cell: &ArrayCell, params: &mut Params<f32>| match cell.array {
            "params" => *params.varying()[cell.index as usize],
            _ => cells(&d, [cell].into_iter())[0],
        };
        let inputs: Vec<f32> = program.inputs.iter().map(|cell| of(cell, &mut params)).collect();
        let traced = Interpreter::<f32>::new(&program).run(&inputs);
        step(&plan, &params, &mut d);
        assert_eq!(traced, cells(&d, program.outputs.iter().map(|(cell, _)| cell)));
    }
}

const GEOMS: [(&str, &str); 8] = [
    ("plane", r#"type="plane" size="1 1 1""#),
    ("hfield", r#"type="hfield" hfield="h""#),
    ("sphere", r#"type="sphere" size="0.1""#),
    ("capsule", r#"type="capsule" size="0.1 0.2""#),
    ("ellipsoid", r#"type="ellipsoid" size="0.1 0.2 0.3""#),
    ("cylinder", r#"type="cylinder" size="0.1 0.2""#),
    ("box", r#"type="box" size="0.1 0.2 0.3""#),
    ("mesh", r#"type="mesh" mesh="m""#),
];

/// Two geoms, the first standing still.
fn pair_of(first: &str, second: &str) -> Arc<Model> {
    let vertices = "0 0 0  1 0 0  0 1 0  0 0 1";
    super::model_of(&format!(
        r#"<mujoco><asset><mesh name="m" vertex="{vertices}"/>
        <hfield name="h" nrow="2" ncol="2" size="1 1 1 1" elevation="0 1 0 1"/></asset>
        <worldbody><geom name="first" {first}/>
        <body name="thing"><freejoint/><geom name="second" {second}/></body></worldbody></mujoco>"#
    ))
}

#[test]
fn every_pair_of_shapes_is_part_of_a_program_or_refused_by_name() {
    let (mut n_traced, mut n_refused) = (0, 0);
    for (one, first) in GEOMS {
        for (other, second) in
            GEOMS.into_iter().filter(|(other, _)| !["plane", "hfield"].contains(other))
        {
            match trace_step::<f32>(&Plan::new(pair_of(first, second)), TraceOptions::default()) {
                Ok(program) => {
                    assert!(!program.outputs.is_empty());
                    n_traced += 1;
                }
                Err(refusal @ StepTraceError::Contacts { .. }) => {
                    let found = refusal.diagnostic();
                    assert!(found.span.is_some() && found.message.contains("CPU only"), "{found}");
                    let said = found.to_string();
                    // The element in its file, and the other by its name.
                    let named = |name: &str| said.matches(&format!("\"{name}\"")).count();
                    assert_eq!((named("first"), named("second")), (1, 1), "{said}");
                    let StepTraceError::Contacts { kinds, remedy, .. } = refusal else { continue };
                    let (_, what) = remedy.split_once("in the place of the ").unwrap();
                    assert!(remedy.starts_with("have ") && kinds.starts_with(what), "{said}");
                    n_refused += 1;
                }
                Err(refusal) => panic!("{one} and {other}: {refusal}"),
            }
        }
    }
    // Of planes all but meshes; sphere, capsule, box and cylinder as far as they have a closed form.
    assert_eq!((n_traced, n_refused), (16, 32));
}

/// `DNNE_KEEP_COUNTS=1` keeps what is counted instead.
#[test]
fn no_stage_of_a_shipped_scene_has_grown() {
    let step =
        |model: Model| trace_step::<f32>(&Plan::new(model.into()), TraceOptions::default()).ok();
    let programs = shipped().into_iter().filter_map(|(name, model)| Some((name, step(model)?)));
    check_sizes("programs", 10, programs);
}
