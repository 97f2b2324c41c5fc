//! `dnne sweep`: a training run for every combination of parameters and seeds, each a process of its
//! own, so that one that fails takes no other with it.

mod axes;
mod plan;
mod tables;

use super::output::{Verbosity, complain, print};
use super::place::{Advice, Wanted};
use super::running::Running;
use super::{Outcome, arguments, place, signals, source};
use crate::nodes::Kinds;
use crate::session::load_workflow;
use anyhow::{Context, bail, ensure};
use axes::{Given, Member, Seeds, axes, overrides, parse_given, parse_seeds};
use clap::Args;
use plan::{Plan, Row, Status, Way};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use tables::{objects, over_seeds, records, table, write_csv};

#[derive(Args)]
pub(super) struct SweepArgs {
    /// Workflow file
    #[arg(conflicts_with = "resume")]
    workflow: Option<PathBuf>,
    /// Resume the sweep in this folder: interrupted runs from their last checkpoints, failed runs and those not yet
    /// begun from the start
    #[arg(long, value_name = "SWEEP", conflicts_with_all = ["param", "seeds", "out", "scenes", "updates", "steps", "timeout"])]
    resume: Option<PathBuf>,
    /// Values to try: NODE.PARAM=a,b,c; of lists NODE.PARAM=[64,64],[32,32] or NODE.PARAM=64,64;32,32
    #[arg(long, value_name = "NODE.PARAM=VALUES", value_parser = parse_given)]
    param: Vec<Given>,
    /// Seeds of each combination: 1..5 (with both ends) or 1,4,7
    #[arg(long, default_value = "1", value_parser = parse_seeds)]
    seeds: Seeds,
    /// Number of runs at the same time; they share the cores [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    jobs: Option<u64>,
    /// Folder for the runs and the table [default: runs/<workflow's name>-sweep]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of scenes [default: the one beside the workflow's folder, or ./scenes]
    #[arg(long)]
    scenes: Option<PathBuf>,
    /// Stop each run after this many updates
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    updates: Option<u64>,
    /// Stop each run after this many environment steps
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Stop each run after a time such as 90s or 1h30m
    #[arg(long, value_parser = arguments::time)]
    timeout: Option<std::time::Duration>,
    /// Print both tables as JSON
    #[arg(long)]
    json: bool,
}

/// The file of the table.
const TABLE: &str = "sweep.csv";
/// The file of the table of means over seeds.
const OVER_SEEDS: &str = "over_seeds.csv";

pub(super) fn run(args: SweepArgs) -> anyhow::Result<Outcome> {
    let (mut plan, folder) = match (&args.resume, &args.workflow) {
        (Some(folder), _) => (Plan::open(folder)?, folder.clone()),
        (None, Some(workflow)) => begin(&args, &place::workflow(workflow))?,
        (None, None) => return Err(Advice::for_nothing("sweep", Wanted::Workflow).into()),
    };
    let members = plan.members()?;
    if !is_any_sound(&plan, &members) {
        return Ok(Outcome::Unsound);
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let _lock = plan::lock(&folder)?;
    plan.save(&folder)?;
    let interrupted = signals::watch()?;
    train_all(args.jobs, &mut plan, &members, &folder, &interrupted)?;
    let records = records(&plan.axes, &members, &plan.rows, &folder);
    let over_seeds = over_seeds(&plan.axes, &members, &plan.rows);
    write_csv(&folder.join(TABLE), &records)?;
    write_csv(&folder.join(OVER_SEEDS), &over_seeds)?;
    if args.json {
        let both = json!({"runs": objects(&records), "combinations": objects(&over_seeds)});
        print(serde_json::to_string_pretty(&both)?)?;
    } else {
        print(table(&records, plan.axes.len() + 2))?;
        print(format!("\nover seeds\n{}", table(&over_seeds, plan.axes.len() + 1)))?;
    }
    if interrupted.load(Ordering::SeqCst) {
        complain(format_args!("to go on: dnne sweep --resume {}", folder.display()));
        return Ok(Outcome::Interrupted);
    }
    let n_failed = plan.rows.iter().filter(|row| row.status == Status::Failed).count();
    let file = folder.join(TABLE);
    ensure!(n_failed == 0, "{n_failed} of {} runs failed; see {}", members.len(), file.display());
    Ok(Outcome::Done)
}

/// A sweep as the options ask for it, and its folder, which must not hold anything yet.
fn begin(args: &SweepArgs, workflow: &Path) -> anyhow::Result<(Plan, PathBuf)> {
    if let Some(advice) = Advice::for_words(workflow, Wanted::Workflow) {
        return Err(advice.into());
    }
    let axes = axes(&args.param, workflow)?;
    let folder = match &args.out {
        Some(out) => out.clone(),
        None => {
            let stem = workflow.file_stem().unwrap_or_default().to_string_lossy();
            Path::new("runs").join(format!("{stem}-sweep"))
        }
    };
    if let Ok(mut entries) = std::fs::read_dir(&folder)
        && entries.next().is_some()
    {
        let folder = folder.display();
        bail!(
            "{folder} exists and is not an empty folder; choose another --out, or go on with the sweep in it by \
             dnne sweep --resume {folder}"
        );
    }
    let mut plan = Plan::new(workflow, axes, args.seeds.0.clone())?;
    plan.limit(args.updates, args.steps, args.timeout);
    plan.find_scenes(args.scenes.as_deref())?;
    Ok((plan, folder))
}

/// Whether there is a member that can run; if not, says what is wrong with the first.
fn is_any_sound(plan: &Plan, members: &[Member]) -> bool {
    let scenes = place::scene_library(plan.scenes.as_deref(), &plan.workflow);
    let kinds = Kinds::builtin();
    let load = |member: &Member| {
        load_workflow(&plan.workflow, &overrides(&plan.axes, member), &kinds, &scenes)
    };
    let is_sound = members.iter().any(|member| load(member).graph.is_some());
    if !is_sound && let Some(first) = members.first() {
        source::report(&load(first).diagnostics, Verbosity::Normal);
    }
    is_sound
}

/// Runs the members that have not come to their end, `jobs` at a time, and writes plan and table anew after each,
/// so that they are there whatever happens later.
fn train_all(
    jobs: Option<u64>,
    plan: &mut Plan,
    members: &[Member],
    folder: &Path,
    interrupted: &AtomicBool,
) -> anyhow::Result<()> {
    let ways = members.iter().enumerate().map(|(i, member)| plan.way(i, member, folder));
    let todo: Vec<(usize, Way)> = ways.enumerate().filter_map(|(i, way)| Some((i, way?))).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.map_or(cores, |jobs| jobs as usize).min(todo.len());
    let threads = (cores / jobs.max(1)).max(1);
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let next = AtomicUsize::new(0);
    let running = Running::default();
    let (sender, receiver) = mpsc::channel();
    let of = plan.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| running.hand_on(interrupted));
        let running = &running;
        for _ in 0..jobs {
            let (sender, next, program, of, todo) = (sender.clone(), &next, &program, &of, &todo);
            scope.spawn(move || {
                while let Some((index, way)) = todo.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if interrupted.load(Ordering::SeqCst) {
                        break;
                    }
                    let mut command = Command::new(program);
                    arguments(&mut command, of, &members[*index], &folder.join(way.run()), way);
                    command.args(["--threads", &threads.to_string()]);
                    let row = row(*index, way.run(), running.output(&mut command));
                    if sender.send(row).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut written = Ok(());
        for row in receiver {
            tell(&row, plan, members);
            plan.put(row);
            let records = records(&plan.axes, members, &plan.rows, folder);
            let saved = plan.save(folder).and_then(|()| write_csv(&folder.join(TABLE), &records));
            if let (Ok(()), Err(error)) = (&written, saved) {
                // What cannot be written down need not go on: the rest is asked to save and end.
                written = Err(error);
                interrupted.store(true, Ordering::SeqCst);
            }
        }
        running.end();
        written
    })
}

/// Says what became of a member, before it is put down.
fn tell(row: &Row, plan: &Plan, members: &[Member]) {
    let last = row.summary.get("last_return").and_then(Value::as_f64);
    let result = match (row.status, last) {
        (Status::Failed, _) => row.error.clone(),
        (status, Some(last)) => format!("{}, return {last:.1}", status.word()),
        (status, None) => format!("{}, no return yet", status.word()),
    };
    let n_before = plan.rows.iter().filter(|other| other.member != row.member).count();
    let member = &members[row.member];
    complain(format_args!(
        "[{}/{}] {} seed {} {}: {result}",
        n_before + 1,
        members.len(),
        row.run,
        member.seed,
        overrides(&plan.axes, member).join(" "),
    ));
}

/// What trains a member.
fn arguments(command: &mut Command, plan: &Plan, member: &Member, run: &Path, way: &Way) {
    command.arg("train");
    match way {
        Way::GoOn(_) => {
            command.arg("--resume").arg(run);
        }
        Way::Begin(_) => {
            command.arg(&plan.workflow).arg("--out").arg(run);
            command.args(["--seed", &member.seed.to_string()]);
            for option in overrides(&plan.axes, member) {
                command.args(["--set", &option]);
            }
            if let Some(scenes) = &plan.scenes {
                command.arg("--scenes").arg(scenes);
            }
        }
    }
    // No window, whatever the workflow says: a sweep has too many runs to watch.
    command.args(["--json", "--quiet", "--headless"]);
    for (option, value) in [("--updates", plan.updates), ("--steps", plan.steps)] {
        if let Some(value) = value {
            command.args([option, &value.to_string()]);
        }
    }
    if let Some(timeout) = plan.timeout {
        command.args(["--timeout", &humantime::format_duration(timeout).to_string()]);
    }
}

/// What became of a member whose process ended so.
fn row(index: usize, run: &str, output: std::io::Result<Output>) -> Row {
    let row =
        |status, summary, error| Row { member: index, run: run.to_owned(), status, summary, error };
    let failed = |error: String| row(Status::Failed, Map::new(), error);
    let output = match output {
        Ok(output) => output,
        Err(error) => return failed(format!("cannot start this program again: {error}")),
    };
    let status = match output.status.code() {
        Some(0) => Status::Done,
        Some(130) => Status::Interrupted,
        code => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| line.contains("error")).unwrap_or(said.trim());
            let how = code.map_or("killed".to_owned(), |code| format!("exit code {code}"));
            return failed(format!("{how}: {first}"));
        }
    };
    match serde_json::from_slice(&output.stdout) {
        Ok(summary) => row(status, summary, String::new()),
        Err(error) => failed(format!("its summary cannot be read: {error}")),
    }
}
