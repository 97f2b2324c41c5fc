//! `dnne train`.

use super::console::{Console, Pace, about};
use super::output::{Verbosity, complain, print};
use super::place::{Advice, ToTrain, Wanted};
use super::prepare::{Given, Origin, Prepared, begin, resume};
use super::profile::Profile;
use super::{Outcome, STARTED, arguments, check, place, signals, source, use_threads};
use crate::nodes::{ActionMode, Kinds, MetricsTable, Progress};
use crate::session::{
    Broadcast, EndedBy, Limits, MOST_SHOWN, Start, Training, TrainingEvent, TrainingOptions,
    TrainingSummary, Trial, find_run, total_updates, try_workflow,
};
use crate::space::Device;
use crate::viewer::{self, ReadySession, SessionKind, WindowOptions};
use crate::workflow::Role;
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Args)]
pub(super) struct TrainArgs {
    /// Workflow file, or its name in the folder workflows; of a scene the only workflow, or a new one
    #[arg(conflicts_with = "resume")]
    workflow: Option<PathBuf>,
    #[command(flatten)]
    options: TrainOptions,
}

/// How a workflow is trained, whichever it is.
#[derive(Args, Default)]
pub(super) struct TrainOptions {
    /// Resume a run from its last checkpoint, or from the given checkpoint folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["num_envs", "device", "seed", "out", "scenes", "init_from"])]
    pub(super) resume: Option<PathBuf>,
    /// Begin with the weights of another run or checkpoint, for all layers that fit
    #[arg(long, value_name = "RUN")]
    pub(super) init_from: Option<PathBuf>,
    /// With --init-from: copy the overlapping part of layers whose sizes differ
    #[arg(long, requires = "init_from")]
    pub(super) init_overlap: bool,
    /// Number of parallel environments
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    pub(super) num_envs: Option<u64>,
    /// Where to simulate, act and learn: cpu, cuda (or cuda:0), cuda:1 and so on, or emulate
    #[arg(long, value_parser = arguments::device_name)]
    pub(super) device: Option<String>,
    /// Seed of all random numbers [default: 1]
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// Stop after this many environment steps
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    pub(super) steps: Option<u64>,
    /// Stop after this many updates (schedules follow the trainer's total_updates, which also ends a run)
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    pub(super) updates: Option<u64>,
    /// Stop after a time such as 90s or 1h30m
    #[arg(long, value_parser = arguments::time)]
    pub(super) timeout: Option<Duration>,
    /// Set a parameter of this run, or of a resumed run from now on: NODE.PARAM=VALUE
    #[arg(long, value_name = "NODE.PARAM=VALUE")]
    pub(super) set: Vec<String>,
    /// Folder for the run [default: runs/<workflow's name>]
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Folder of scenes [default: the one beside the workflow or above it]
    #[arg(long)]
    pub(super) scenes: Option<PathBuf>,
    /// Threads for physics and learning [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(super) threads: Option<u64>,
    /// Skip the trial of the scenes before the training
    #[arg(long)]
    pub(super) no_trial: bool,
    /// Open no window, whatever the workflow's environment says
    #[arg(long)]
    pub(super) headless: bool,
    /// Record where the time goes, as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print every update and all notes
    #[arg(long)]
    pub(super) verbose: bool,
    /// Print the summary as JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
}

impl TrainOptions {
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// Environments in the window that a workflow asks for.
pub(super) const N_SHOWN: usize = 16;

/// How a training is watched.
pub(super) struct Window {
    /// Environments on show, at most.
    pub n_envs: usize,
    pub max_fps: Option<f64>,
    /// Whether it stays open when the training is over.
    pub stays: bool,
    /// Whether the 3D view is drawn from the beginning.
    pub renders: bool,
}

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Outcome> {
    let TrainArgs { workflow, mut options } = args;
    if workflow.is_none() && options.resume.is_none() {
        return Err(Advice::for_nothing("train", Wanted::Workflow).into());
    }
    let given = workflow.map(|words| -> anyhow::Result<Given> {
        let ToTrain { workflow, scenes } = place::to_train(&words, options.scenes.as_deref())?;
        options.scenes = scenes;
        Ok(Given::file(&workflow, options.scenes.as_deref()))
    });
    let given = given.transpose()?;
    start(Origin { kinds: Kinds::builtin(), given }, options, None)
}

/// Trains; in a window if one is given, or if the workflow's environment asks for one.
pub(super) fn start(
    origin: Origin,
    args: TrainOptions,
    window: Option<Window>,
) -> anyhow::Result<Outcome> {
    let interrupted = signals::watch()?;
    let _profile = args.profile.as_deref().map(Profile::start).transpose()?;
    let Some(prepared) = prepare(origin, &args)? else { return Ok(Outcome::Unsound) };
    if !args.no_trial && !stands_trial(&prepared, args.verbosity())? {
        return Ok(Outcome::Unsound);
    }
    let asks = prepared.graph.nodes.iter().any(|node| node.bool("headless") == Ok(false));
    let asked = || Window { n_envs: N_SHOWN, max_fps: None, stays: false, renders: true };
    let Some(window) = window.or_else(|| (asks && !args.headless).then(asked)) else {
        return work(&args, prepared, interrupted, None).map(|(outcome, _)| outcome);
    };
    let show = show(&prepared, &args, &window, interrupted.clone())?;
    let (outcome, smoothness) =
        viewer::watch(show, |broadcast| work(&args, prepared, interrupted, Some(broadcast)))?;
    if !args.quiet {
        complain(smoothness);
    }
    outcome.map(|(outcome, _)| outcome)
}

/// Anew, or where a run stopped; none if its workflow is unsound, which has been reported.
fn prepare(origin: Origin, args: &TrainOptions) -> anyhow::Result<Option<Prepared>> {
    match &args.resume {
        Some(path) => resume(path, &args.set, &origin.kinds, args.verbosity()),
        None => begin(origin, args),
    }
}

/// Tries the scenes of a new training for a moment, and its weights; of a run that goes on they have stood their trial.
fn trials(prepared: &Prepared) -> anyhow::Result<Vec<Trial>> {
    let Start::New(new) = &prepared.start else { return Ok(Vec::new()) };
    Ok(try_workflow(&prepared.graph, new.seed, Device::detect(), &prepared.scenes)?)
}

/// Tries a training and says what was found. Whether nothing of it stops the training.
fn stands_trial(prepared: &Prepared, verbosity: Verbosity) -> anyhow::Result<bool> {
    let trials = trials(prepared)?;
    for trial in &trials {
        source::report(&trial.diagnostics, verbosity);
        if verbosity == Verbosity::Verbose {
            complain(check::describe_trial(trial));
        }
    }
    let n_errors =
        trials.iter().flat_map(|trial| &trial.diagnostics).filter(|it| it.is_error()).count();
    if n_errors > 0 {
        let count = check::count(Path::new(&prepared.name), n_errors);
        complain(format_args!("{count} in its trial; to train all the same pass --no-trial"));
    }
    Ok(n_errors == 0)
}

/// A training that is ready to be watched; none if its workflow is unsound, which has been reported.
pub(super) fn open(
    origin: Origin,
    args: TrainOptions,
    window: &Window,
    interrupted: Arc<AtomicBool>,
) -> anyhow::Result<Option<ReadySession>> {
    let Some(prepared) = prepare(origin, &args)? else { return Ok(None) };
    let show = show(&prepared, &args, window, interrupted.clone())?;
    let show = WindowOptions { started: Instant::now(), ..show };
    // On the session's own thread: the window does not wait for the trial.
    let work = move |broadcast| {
        let tried = if args.no_trial { Ok(Vec::new()) } else { trials(&prepared) };
        let found = tried.map_err(|error| format!("{error:#}"))?;
        let errors = found.iter().flat_map(|trial| &trial.diagnostics).filter(|it| it.is_error());
        let errors: Vec<String> = errors.map(|it| it.plain().to_string()).collect();
        if !errors.is_empty() {
            return Err(format!("The training was tried for a moment:\n{}", errors.join("\n")));
        }
        let outcome = work(&args, prepared, interrupted, Some(broadcast));
        outcome.map(|(_, run)| Some(run)).map_err(|error| format!("{error:#}"))
    };
    Ok(Some(ReadySession { show, work: Box::new(work) }))
}

/// What the window shows of a training.
fn show(
    prepared: &Prepared,
    args: &TrainOptions,
    window: &Window,
    interrupted: Arc<AtomicBool>,
) -> anyhow::Result<WindowOptions> {
    let environment = prepared.graph.nodes.iter().find(|n| n.class.role == Role::Environment);
    let environment = environment.context("the workflow has no environment")?;
    let n_envs: usize = environment.param("num_envs")?;
    let (history, run) = match &prepared.start {
        Start::New(_) => (Vec::new(), None),
        Start::Checkpoint { folder, .. } => (source::history(folder), Some(folder.path().into())),
    };
    Ok(WindowOptions {
        scene: source::scene(&prepared.graph, &prepared.scenes)?,
        n_envs: window.n_envs.min(n_envs),
        most_envs: n_envs.min(MOST_SHOWN),
        checkpoints: Vec::new(),
        run,
        title: prepared.name.clone(),
        kind: SessionKind::Training,
        planned: planned(prepared, args),
        action_mode: ActionMode::Sampled,
        history,
        interrupted,
        max_fps: window.max_fps,
        started: *STARTED,
        renders: window.renders,
        stays: window.stays,
    })
}

/// The updates that the run will come to, if that is known.
fn planned(prepared: &Prepared, args: &TrainOptions) -> Option<u64> {
    total_updates(&prepared.graph).into_iter().chain(args.updates).min()
}

/// Trains, on whatever thread this is; says how it ended, and where the run is.
fn work(
    args: &TrainOptions,
    prepared: Prepared,
    stop: Arc<AtomicBool>,
    broadcast: Option<Broadcast>,
) -> anyhow::Result<(Outcome, PathBuf)> {
    // Here, because this thread is to be one of them.
    let _threads = use_threads(args.threads)?;
    let planned = planned(&prepared, args);
    let console = Console::new(planned, args.quiet, args.json);
    let limits = Limits { updates: args.updates, steps: args.steps, timeout: args.timeout };
    let pace = Pace { begin: (0, 0), end: (planned, args.steps), timeout: args.timeout };
    let observer = observer(args, console.clone(), pace);
    let Prepared { graph, scenes, start, kinds, .. } = prepared;
    // Another program would run other code.
    let program = if kinds.replaced().is_empty() { "dnne" } else { "cargo run --release --" };
    let options = TrainingOptions { start, limits, kinds, stop, observer, broadcast };
    let summary = Training::new(&graph, scenes, options)?.run()?;
    console.finish();
    if args.json {
        print(serde_json::to_string_pretty(&summary)?)?;
    } else if !args.quiet {
        print(describe(&summary, program))?;
    }
    let outcome = match summary.ended_by {
        EndedBy::Stop => Outcome::Interrupted,
        _ => Outcome::Done,
    };
    Ok((outcome, summary.run))
}

/// Prints what happens in a training.
fn observer(
    args: &TrainOptions,
    console: Console,
    pace: Pace,
) -> Arc<dyn Fn(TrainingEvent<'_>) + Send + Sync> {
    let (start, pace) = (Instant::now(), Mutex::new(pace));
    let table = args.verbose.then(Mutex::<MetricsTable>::default);
    let run = args.resume.clone().unwrap_or_default();
    Arc::new(move |event| match event {
        TrainingEvent::Line(line) => console.line(line),
        TrainingEvent::Resumed { progress: Progress { updates, steps }, is_complete } => {
            if let Ok(mut pace) = pace.lock() {
                pace.begin = (updates, steps);
            }
            console.line(&format!("resumed at update {updates}, step {steps}"));
            if is_complete {
                // Also where a checkpoint of the run was named.
                let run = find_run(&run, &mut |_| ()).map_or_else(|_| run.clone(), |it| it.path);
                console.line(&format!(
                    "it has made all its total_updates; to prolong it, train --resume {} with --set \
                     PPOTrainerNode.total_updates=N",
                    run.display()
                ));
            }
        }
        TrainingEvent::MovedAside { n_checkpoints, folder } => console.line(&format!(
            "moved {n_checkpoints} later or damaged checkpoints to {}",
            folder.display()
        )),
        TrainingEvent::LeftOutRows { metrics, rows, kept } => {
            let place = metrics.display();
            if !rows.damaged.is_empty() {
                let (were, lines) = listed(
                    &rows.damaged,
                    "row of metrics is damaged and was",
                    "rows of metrics are damaged and were",
                );
                let kept = kept.map(|it| format!("; the file as it was is in {}", it.display()));
                let kept = kept.unwrap_or_default();
                console.warn(&format!("warning: {place}: {were} left out: {lines}{kept}"));
            }
            if !rows.later.is_empty() {
                let (were, lines) = listed(&rows.later, "row of an update", "rows of updates");
                console.line(&format!(
                    "{place}: {were} after the checkpoint left out, to be made again: {lines}"
                ));
            }
            if let Some(line) = rows.cut_off {
                console.line(&format!(
                    "{place}: line {line} was cut off as it was written, and left out"
                ));
            }
        }
        TrainingEvent::Updated(metrics) => {
            if let Some(mut table) = table.as_ref().and_then(|table| table.lock().ok()) {
                table.lines(metrics).iter().for_each(|line| console.line(line));
            }
            let shown = metrics.episode_return.map(|r| format!("return {r:.1}"));
            let rate = format!("{:.0} steps/s", metrics.steps_per_sec);
            let now = (metrics.update, metrics.steps);
            let left = pace.lock().ok().and_then(|pace| pace.left(now, start.elapsed()));
            let left = left.map(|left| format!("{} left", about(left)));
            let parts: Vec<String> = [shown, Some(rate), left].into_iter().flatten().collect();
            console.advance(metrics.update, parts.join("  "));
        }
    })
}

/// Most numbers of lines that are listed.
const MOST_LINES: usize = 20;

/// What is said of rows that a run lost.
/// How many rows there are in words, and their lines.
fn listed(lines: &[usize], one: &str, several: &str) -> (String, String) {
    let shown: Vec<String> = lines.iter().take(MOST_LINES).map(usize::to_string).collect();
    let more = if lines.len() > MOST_LINES { " and more" } else { "" };
    let (rows, line) = match lines.len() {
        1 => (format!("1 {one}"), "line"),
        n => (format!("{n} {several}"), "lines"),
    };
    (rows, format!("{line} {}{more}", shown.join(", ")))
}

/// `program` is what measures the policy.
fn describe(s: &TrainingSummary, program: &str) -> String {
    let number =
        |value: Option<f64>| value.map_or("none".to_owned(), |value| format!("{value:.1}"));
    let mut lines = vec![
        format!("ended by {} after {} updates", s.ended_by, s.updates),
        format!("  steps    {} in {:.1} s ({:.0} steps/s)", s.steps, s.wall_secs, s.steps_per_sec),
        format!("  return   {} (best {})", number(s.last_return), number(s.best_return)),
        format!("  length   {}", number(s.last_length)),
    ];
    if s.non_finite_resets > 0 {
        let n = s.non_finite_resets;
        lines.push(format!("  resets   {n} because of numbers that were not finite"));
    }
    lines.push(format!("  run      {}", s.run.display()));
    lines.push(format!("next: {program} eval {}", s.run.display()));
    lines.join("\n")
}
