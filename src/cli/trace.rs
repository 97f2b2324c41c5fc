//! `dnne trace`: a policy step of a scene, or a physics step of a model, as the program that a device would run.

use super::Outcome;
use super::output::print;
use super::sim::load_model;
use crate::device::to_ptx;
use crate::math::program::{ArrayCell, Interpreter, LaneProgram, count, most_live, to_c};
use crate::model::Model;
use crate::physics::{self, Params, Plan, TraceOptions, trace_step};
use crate::scene::{self, ActionUnits, Scene, trace_tick};
use anyhow::bail;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args)]
pub(super) struct TraceArgs {
    /// A scene's folder or name, or a model in MJCF (.xml)
    model: PathBuf,
    /// Print the program as C
    #[arg(long)]
    c: bool,
    /// Print the program as PTX, the text that an NVIDIA GPU's driver takes
    #[arg(long, conflicts_with = "c")]
    ptx: bool,
}

pub(super) fn run(args: &TraceArgs) -> anyhow::Result<Outcome> {
    let (program, model) = match args.model.is_dir() {
        true => of_scene(&args.model)?,
        false => of_model(&args.model)?,
    };
    if args.c {
        print(to_c(&program).trim_end())?;
    } else if args.ptx {
        print(to_ptx(&program).trim_end())?;
    } else {
        print(table(&program, &model))?;
    }
    Ok(Outcome::Done)
}

/// A policy step of a scene.
fn of_scene(path: &Path) -> anyhow::Result<(LaneProgram, Arc<Model>)> {
    let scene = Scene::load(path)?;
    refuse(path, &scene::task_trace_errors(&scene))?;
    Ok((trace_tick::<f32>(&scene, ActionUnits::Policy)?, scene.model))
}

/// A physics step of a model.
fn of_model(path: &Path) -> anyhow::Result<(LaneProgram, Arc<Model>)> {
    let model = load_model(path)?;
    let plan = Plan::new(model.clone());
    refuse(path, &physics::step_trace_errors(&plan))?;
    Ok((trace_step::<f32>(&plan, TraceOptions::default())?, model))
}

fn refuse(path: &Path, refused: &[impl ToString]) -> anyhow::Result<()> {
    if !refused.is_empty() {
        let lines: Vec<String> = refused.iter().map(ToString::to_string).collect();
        bail!(
            "{}: its step runs on the CPU only, so there is no program of it to show:\n{}",
            path.display(),
            lines.join("\n")
        );
    }
    Ok(())
}

/// Sizes by stage. What one step does is shown for the model's own state, at rest and without controls.
fn table(program: &LaneProgram, model: &Model) -> String {
    let mut interpreter = Interpreter::<f32>::new(program);
    let mut params = Params::<f32>::new(model);
    let params: Vec<f32> = params.varying().into_iter().map(|number| *number).collect();
    let start = |cell: &ArrayCell| match cell.array {
        "qpos" => model.qpos0[cell.index as usize] as f32,
        "params" => params[cell.index as usize],
        _ => 0.0,
    };
    let inputs: Vec<f32> = program.inputs.iter().map(start).collect();
    interpreter.run(&inputs);
    let head = ["stage", "operations", "done from rest", "blocks", "loops", "handed on"];
    let mut rows = vec![head.map(ToOwned::to_owned)];
    let mut sums = [0; 5];
    for (count, &done) in count(program).iter().zip(interpreter.done()) {
        let numbers = [count.operations, done as usize, count.blocks, count.loops, count.handed_on];
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        rows.push(row(count.stage, numbers));
    }
    rows.push(row("all", sums));
    let mut text = format!(
        "{} numbers in, {} out, at most {} alive at once\n",
        program.inputs.len(),
        program.outputs.len(),
        most_live(program),
    );
    for [stage, numbers @ ..] in rows {
        text += &format!("{stage:12}");
        for number in numbers {
            text += &format!(" {number:>14}");
        }
        text += "\n";
    }
    text.trim_end().to_owned()
}

fn row(stage: &str, numbers: [usize; 5]) -> [String; 6] {
    let [a, b, c, d, e] = numbers.map(|number| number.to_string());
    [stage.to_owned(), a, b, c, d, e]
}
