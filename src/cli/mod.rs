//! The command line: arguments become calls into the library, errors become exit codes.

mod arguments;
mod bench;
mod check;
mod compare;
mod completions;
mod console;
mod driver;
mod eval;
mod excerpt;
mod export;
mod export_policy;
mod eyes;
mod import;
mod import_workflow;
mod learning_speed;
mod look;
mod output;
mod physics;
mod picture;
mod place;
mod prepare;
mod profile;
mod program;
mod record;
mod running;
mod signals;
mod sim;
mod source;
mod start;
mod sweep;
mod tasks;
mod templates;
mod trace;
mod train;
mod watch;

pub use program::Program;

use crate::nodes::Kinds;
use crate::viewer::FirstPage;
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Instant;

/// Train simulated robots from workflow files
#[derive(Parser)]
#[command(name = "dnne", version)]
struct Arguments {
    /// Without one, the start page opens, where there is a screen
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Train the workflow's agent
    Train(train::TrainArgs),
    /// Measure the policy of a run or checkpoint over whole episodes
    Eval(eval::EvalArgs),
    /// Edit a workflow as a drawing, and train it in the same window
    Edit(start::EditArgs),
    /// Watch a training, the policy of a run, or a robot without one, in a window
    Watch(watch::WatchArgs),
    /// Draw what a camera of a scene or model sees, without a window or driver
    Look(picture::LookArgs),
    /// Film the policy of a run, without a window
    Record(record::RecordArgs),
    /// Write a workflow as a Rust program of your own
    Export(export::ExportArgs),
    /// Write the policy of a run or checkpoint as an ONNX model
    ExportPolicy(export_policy::ExportPolicyArgs),
    /// Compare a metric of several runs, in a table and as curves
    Compare(compare::CompareArgs),
    /// Train a workflow with every combination of given parameters and seeds
    Sweep(sweep::SweepArgs),
    /// List all mistakes in a workflow, scene or model
    Check(check::CheckArgs),
    /// List the node kinds, or describe one
    Nodes(check::NodesArgs),
    /// Make a scene from a robot's model
    Import(import::ImportArgs),
    /// Step a scene or MJCF model and write its states
    Sim(sim::SimArgs),
    /// Show one step of a scene or model as a program: its size, or its text in C or PTX
    Trace(trace::TraceArgs),
    /// Measure how fast this machine simulates and learns
    Bench(bench::BenchArgs),
    /// Print a script by which a shell completes commands and options
    Completions(completions::CompletionsArgs),
}

/// Sets the number of threads for this thread's parallel work (default: one for each core), until the returned pool
/// is dropped. The calling thread is part of the pool, which avoids a wake-up in every step. Another session of the
/// process has a pool of its own.
fn use_threads(n_threads: Option<u64>) -> anyhow::Result<rayon::ThreadPool> {
    let n_threads = n_threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).use_current_thread();
    // Named, or they would bear the name of what started them, in profilers and lists of threads.
    pool.thread_name(|i| format!("session {i}")).build().context("threads")
}

/// How a command ended, if not by an error.
enum Outcome {
    Done,
    /// The input is wrong; that has been reported already.
    Unsound,
    /// Stopped by Ctrl-C, with everything saved.
    Interrupted,
}

/// Runs the program. Exit codes: 0 done, 1 failed, 2 wrong arguments or an unsound workflow,
/// 130 stopped by Ctrl-C.
pub fn main() -> ExitCode {
    LazyLock::force(&STARTED);
    driver::quiet();
    let Some(command) = Arguments::parse().command else { return start::run(FirstPage::Start) };
    let outcome = match command {
        Command::Train(args) => train::run(args),
        Command::Eval(args) => eval::run(&args, &Kinds::builtin()),
        Command::Edit(args) => return start::edit(args),
        Command::Watch(args) => watch::run(args),
        Command::Look(args) => picture::run(&args),
        Command::Record(args) => record::run(&args, &Kinds::builtin()),
        Command::Export(args) => export::run(&args),
        Command::ExportPolicy(args) => export_policy::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Sweep(args) => sweep::run(args),
        Command::Check(args) => check::run(&args),
        Command::Nodes(args) => check::nodes(&args),
        Command::Import(args) => import::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    end(outcome)
}

/// The exit code of a command, whose error is printed.
fn end(outcome: anyhow::Result<Outcome>) -> ExitCode {
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Unsound) => ExitCode::from(2),
        Ok(Outcome::Interrupted) => ExitCode::from(signals::INTERRUPTED_CODE),
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => tell(&error),
    }
}

/// Says what ended a command. The exit code that it means.
fn tell(error: &anyhow::Error) -> ExitCode {
    if let Some(place::Advice { message, help, is_usage }) = error.downcast_ref() {
        output::tell_error(message, help);
        return if *is_usage { ExitCode::from(2) } else { ExitCode::FAILURE };
    }
    output::tell_error(&format!("{error:#}"), "");
    ExitCode::FAILURE
}

/// When the program started, near enough.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<csv::Error>()
    {
        Some(error) => match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        },
        None => cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind),
    };
    error.chain().any(|cause| kind(cause) == Some(std::io::ErrorKind::BrokenPipe))
}
