//! `dnne train`.

use super::console::Console;
use super::output::{Verbosity, complain, print};
use super::prepare::{Prepared, Start, begin, new_folder, resume};
use super::profile::Profile;
use super::{Outcome, STARTED, signals, source, use_threads};
use crate::learn::Mismatch;
use crate::math::lanes::Isa;
use crate::nodes::{Acting, CheckpointRequest, Metrics, MetricsTable, Mode, Progress};
use crate::session::{Broadcast, MOST_SHOWN, OWN_NODE, Session, SessionOptions, Staging, Tick};
use crate::viewer::{self, Kind, Show};
use crate::workflow::{ParamValue, Role};
use anyhow::Context;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[derive(Args, Default)]
pub(super) struct TrainArgs {
    /// Workflow file
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    pub(super) workflow: Option<PathBuf>,
    /// Go on with a run from its last checkpoint, or from the checkpoint whose folder is given
    #[arg(long, value_name = "RUN", conflicts_with_all = ["num_envs", "device", "seed", "set", "out", "scenes", "init_from"])]
    pub(super) resume: Option<PathBuf>,
    /// Begin with the weights of another run, or of a checkpoint, as far as their layers fit
    #[arg(long, value_name = "RUN")]
    pub(super) init_from: Option<PathBuf>,
    /// With --init-from: take of layers of other sizes the part that both networks have
    #[arg(long, requires = "init_from")]
    pub(super) init_overlap: bool,
    /// Number of parallel environments
    #[arg(long)]
    pub(super) num_envs: Option<u64>,
    /// Where to simulate and learn: cpu or cuda
    #[arg(long)]
    pub(super) device: Option<String>,
    /// Every random number follows from it [default: 1]
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Stop after so many environment steps
    #[arg(long)]
    pub(super) steps: Option<u64>,
    /// Stop after so many updates; total_updates of the trainer ends a run too, and schedules go by that
    #[arg(long)]
    pub(super) updates: Option<u64>,
    /// Stop after a time such as 90s or 1h30m
    #[arg(long, value_parser = humantime::parse_duration)]
    pub(super) timeout: Option<Duration>,
    /// Set a parameter for this run: NODE.PARAM=VALUE
    #[arg(long, value_name = "NODE.PARAM=VALUE")]
    pub(super) set: Vec<String>,
    /// Folder for the run [default: runs/<workflow's name>]
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Folder of scenes [default: the one beside the workflow's folder, or ./scenes]
    #[arg(long)]
    pub(super) scenes: Option<PathBuf>,
    /// Threads for physics and learning [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(super) threads: Option<u64>,
    /// Open no window, whatever the workflow's environment says
    #[arg(long)]
    pub(super) headless: bool,
    /// Write what the time goes to, as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing
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

impl TrainArgs {
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// How a run ends that Ctrl-C ended, or a signal that asks to end.
const INTERRUPTED: &str = "Ctrl-C";
/// Environments in the window that a workflow asks for.
pub(super) const N_SHOWN: usize = 16;

/// What a run came to.
#[derive(Serialize)]
struct RunSummary {
    run: PathBuf,
    ended_by: &'static str,
    updates: u64,
    steps: u64,
    /// Of this process [s].
    wall_secs: f64,
    steps_per_sec: f64,
    last_return: Option<f64>,
    best_return: Option<f64>,
    last_length: Option<f64>,
    non_finite_resets: u64,
}

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
    start(args, None)
}

/// Trains; in a window if one is given, or if the workflow's environment asks for one.
pub(super) fn start(args: TrainArgs, window: Option<Window>) -> anyhow::Result<Outcome> {
    let interrupted = signals::watch()?;
    let _profile = args.profile.as_deref().map(Profile::start).transpose()?;
    let prepared = match &args.resume {
        Some(path) => resume(path, args.verbosity())?,
        None => begin(&args)?,
    };
    let Some(prepared) = prepared else { return Ok(Outcome::Unsound) };
    let asks = prepared.graph.nodes.iter().any(|node| node.bool("headless") == Ok(false));
    let asked = || Window { n_envs: N_SHOWN, max_fps: None, stays: false, renders: true };
    let Some(window) = window.or_else(|| (asks && !args.headless).then(asked)) else {
        return work(&args, &prepared, &interrupted, None);
    };
    let show = show(&args, &prepared, &window, interrupted.clone())?;
    let (outcome, smoothness) =
        viewer::watch(show, |broadcast| work(&args, &prepared, &interrupted, Some(broadcast)))?;
    if !args.quiet {
        complain(smoothness);
    }
    outcome
}

/// What the window shows of a training.
fn show(
    args: &TrainArgs,
    prepared: &Prepared,
    window: &Window,
    interrupted: Arc<AtomicBool>,
) -> anyhow::Result<Show> {
    let environment = prepared.graph.nodes.iter().find(|n| n.class.role == Role::Environment);
    let environment = environment.context("the workflow has no environment")?;
    let n_envs: usize = environment.param("num_envs")?;
    let history = match &prepared.start {
        Start::New { .. } => Vec::new(),
        Start::Checkpoint { folder, .. } => source::metrics(folder)?,
    };
    let path = args.resume.as_deref().or(args.workflow.as_deref());
    let name = path.and_then(Path::file_stem).unwrap_or_default().to_string_lossy();
    Ok(Show {
        scene: source::scene(&prepared.graph, &prepared.scenes)?,
        n_envs: window.n_envs.min(n_envs),
        most_envs: n_envs.min(MOST_SHOWN),
        checkpoints: Vec::new(),
        title: name.into_owned(),
        kind: Kind::Training,
        acting: Acting::Sampled,
        history,
        interrupted,
        max_fps: window.max_fps,
        started: *STARTED,
        renders: window.renders,
        stays: window.stays,
    })
}

/// Builds the session and trains it, on whatever thread this is.
fn work(
    args: &TrainArgs,
    prepared: &Prepared,
    interrupted: &AtomicBool,
    broadcast: Option<Broadcast>,
) -> anyhow::Result<Outcome> {
    // Here, because this thread is to be one of them.
    use_threads(args.threads)?;
    let total = source::total_updates(&prepared.graph);
    // The updates that the run will come to, if that is known.
    let planned = total.into_iter().chain(args.updates).min();
    let console = Console::new(planned, args.quiet, args.json);
    let mut session = Session::new(
        &prepared.graph,
        SessionOptions {
            seed: prepared.seed,
            mode: Mode::Train,
            engine: None,
            isa: Isa::detect(),
            console: {
                let console = console.clone();
                Box::new(move |line| console.line(line))
            },
            ..SessionOptions::new(prepared.scenes.clone())
        },
    )?;
    if broadcast.is_some() {
        session.may_exhibit(exhibition(prepared));
    }
    match &prepared.start {
        Start::New { workflow } => {
            let mut init_from = None;
            if let Some(path) = &args.init_from {
                let (_, checkpoint) = source::checkpoint(path)?;
                let mismatch = if args.init_overlap { Mismatch::Overlap } else { Mismatch::Skip };
                let lines = session.begin_with(&checkpoint, mismatch)?;
                lines.iter().for_each(|line| console.line(line));
                init_from = Some(checkpoint.path);
            }
            session.keep_in(new_folder(args, prepared, workflow, init_from.as_deref())?);
        }
        Start::Checkpoint { folder, checkpoint } => {
            session.load_checkpoint(checkpoint)?;
            // Only now: until the checkpoint has proved good, what came after it is all there is.
            let later = folder.rewind(checkpoint)?;
            session.keep_in(folder.clone());
            let Progress { updates, steps } = session.progress();
            console.line(&format!("resumed at update {updates}, step {steps}"));
            if total.is_some_and(|total| updates >= total) {
                let run = folder.path().display();
                console.line(&format!(
                    "it has made all its total_updates; to train its policy further, begin a run with \
                     --init-from {run}, and --set PPOTrainerNode.total_updates if it is to be longer"
                ));
            }
            if let Some((n, aside)) = later {
                let aside = aside.display();
                console.line(&format!("moved {n} later or damaged checkpoints to {aside}"));
            }
        }
    }
    let (summary, outcome) = train(&mut session, args, total, &console, interrupted, broadcast)?;
    console.finish();
    if args.json {
        print(serde_json::to_string_pretty(&summary)?)?;
    } else if !args.quiet {
        print(describe(&summary))?;
    }
    Ok(outcome)
}

/// What builds the sessions in which the policy is shown beside its training.
fn exhibition(prepared: &Prepared) -> Staging {
    let (graph, scenes, seed) = (prepared.graph.clone(), prepared.scenes.clone(), prepared.seed);
    Box::new(move |n_envs| {
        let mut graph = graph.clone();
        for node in graph.nodes.iter_mut().filter(|node| node.class.role == Role::Environment) {
            node.params.insert("num_envs".to_owned(), ParamValue::Int(n_envs as i64));
        }
        let mode = Mode::Evaluate { deterministic: true };
        // What nodes print is the training's to say.
        let console = Box::new(|_: &str| ());
        Session::new(
            &graph,
            SessionOptions { seed, mode, console, ..SessionOptions::new(scenes.clone()) },
        )
    })
}

fn train(
    session: &mut Session,
    args: &TrainArgs,
    total_updates: Option<u64>,
    console: &Console,
    interrupted: &AtomicBool,
    mut broadcast: Option<Broadcast>,
) -> anyhow::Result<(RunSummary, Outcome)> {
    let start = Instant::now();
    let first_step = session.progress().steps;
    let (mut watch, mut table) = (Watch::default(), MetricsTable::default());
    let ended_by = loop {
        // A finished run that is resumed has nothing left to do.
        if total_updates.is_some_and(|total| session.progress().updates >= total) {
            break "end of training";
        }
        if let Some(limit) = limit_reached(session.progress(), args, start) {
            break limit;
        }
        if broadcast.as_mut().is_some_and(|broadcast| !broadcast.attend(session, interrupted)) {
            let by_key = interrupted.load(Ordering::SeqCst);
            break if by_key { INTERRUPTED } else { "the window's closing" };
        }
        let tick = session.tick()?;
        let reports = session.take_reports();
        if let Some(broadcast) = &mut broadcast {
            broadcast.show(session, &reports);
        }
        for metrics in reports {
            watch.see(&metrics);
            if args.verbose {
                table.lines(&metrics).iter().for_each(|line| console.line(line));
            }
            let shown = metrics.episode_return.map(|r| format!("return {r:.1}"));
            let rate = format!("{:.0} steps/s", metrics.steps_per_sec);
            console.advance(
                metrics.update,
                [shown, Some(rate)].into_iter().flatten().collect::<Vec<_>>().join("  "),
            );
        }
        if tick == Tick::Finished {
            break "end of training";
        }
        if interrupted.load(Ordering::SeqCst) {
            break INTERRUPTED;
        }
    };
    session.save_checkpoint(&CheckpointRequest {
        node: OWN_NODE.to_owned(),
        trigger: ended_by.to_owned(),
        best: None,
        folder: None,
        keep: None,
        model: None,
    })?;
    let wall_secs = start.elapsed().as_secs_f64();
    let Progress { updates, steps } = session.progress();
    let summary = RunSummary {
        run: session.folder().map(|folder| folder.path().to_owned()).unwrap_or_default(),
        ended_by,
        updates,
        steps,
        wall_secs,
        steps_per_sec: (steps - first_step) as f64 / wall_secs.max(1e-9),
        last_return: watch.last_return,
        best_return: watch.best_return,
        last_length: watch.last_length,
        non_finite_resets: watch.non_finite_resets,
    };
    let outcome = if ended_by == INTERRUPTED { Outcome::Interrupted } else { Outcome::Done };
    Ok((summary, outcome))
}

/// Why the run should stop before the next step, if it should. Experience since the last update is not
/// lost: the checkpoint keeps it.
fn limit_reached(progress: Progress, args: &TrainArgs, start: Instant) -> Option<&'static str> {
    if args.updates.is_some_and(|limit| progress.updates >= limit) {
        return Some("--updates");
    }
    if args.steps.is_some_and(|limit| progress.steps >= limit) {
        return Some("--steps");
    }
    if args.timeout.is_some_and(|limit| start.elapsed() >= limit) {
        return Some("--timeout");
    }
    None
}

/// What the summary remembers of the metrics.
#[derive(Default)]
struct Watch {
    last_return: Option<f64>,
    best_return: Option<f64>,
    last_length: Option<f64>,
    non_finite_resets: u64,
}

impl Watch {
    fn see(&mut self, metrics: &Metrics) {
        self.last_return = metrics.episode_return.or(self.last_return);
        self.last_length = metrics.episode_length.or(self.last_length);
        let best = self.best_return.into_iter().chain(metrics.episode_return);
        self.best_return = best.reduce(f64::max);
        self.non_finite_resets = metrics.non_finite_resets;
    }
}

fn describe(s: &RunSummary) -> String {
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
    lines.push(format!("next: dnne eval {}", s.run.display()));
    lines.join("\n")
}
