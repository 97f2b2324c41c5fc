//! `dnne trace`: a scene's physics as the program that a device would run.

use super::Outcome;
use super::output::print;
use super::sim::load_model;
use crate::math::program::{Cell, Interpreter, Program, count, most_live, to_c};
use crate::model::Model;
use crate::physics::{Besides, Plan, refusals, trace_step};
use anyhow::bail;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct TraceArgs {
    /// Scene folder, or MJCF model (.xml)
    model: PathBuf,
    /// Print the program as C
    #[arg(long)]
    c: bool,
}

pub(super) fn run(args: &TraceArgs) -> anyhow::Result<Outcome> {
    let model = load_model(&args.model)?;
    let plan = Plan::new(model.clone());
    let refused = refusals(&plan);
    if !refused.is_empty() {
        let lines: Vec<String> = refused.iter().map(ToString::to_string).collect();
        bail!("{}: its step cannot be a program:\n{}", args.model.display(), lines.join("\n"));
    }
    let program = trace_step::<f32>(&plan, Besides::default())?;
    if args.c {
        print(to_c(&program).trim_end())?;
    } else {
        print(table(&program, &model))?;
    }
    Ok(Outcome::Done)
}

/// Sizes by stage. What one step does is shown for the model's own state, at rest and without controls.
fn table(program: &Program, model: &Model) -> String {
    let mut interpreter = Interpreter::<f32>::new(program);
    let start = |cell: &Cell| match cell.array {
        "qpos" => model.qpos0[cell.index as usize] as f32,
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
