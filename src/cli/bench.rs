//! `dnne bench`: how fast this machine simulates and learns.

use super::eyes::{self, SightResult};
use super::learning_speed::{self, PictureResult, VectorResult};
use super::output::{Verbosity, print};
use super::sim::load_model;
use super::tasks::{self, TaskResult};
use super::{Outcome, arguments, place, source, use_threads};
use crate::learn::peak_flops;
use crate::math::lanes::Isa;
use crate::math::rng::{Random, RandomStream};
use crate::model::{Integrator, Model};
use crate::nodes::{Kinds, check_memory};
use crate::physics::Simulation;
use crate::session::{Session, SessionOptions, Tick, load_workflow, total_updates};
use crate::space::Device;
use anyhow::ensure;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Args)]
pub(super) struct BenchArgs {
    /// What to measure [default: all]
    #[arg(value_enum)]
    part: Option<Part>,
    /// Scene folders for physics, tasks and sight, MJCF models for physics and sight
    #[arg(long, num_args = 1.., default_values = [
        "scenes/cartpole",
        "scenes/half_cheetah",
        "scenes/ant",
        "scenes/humanoid",
    ])]
    models: Vec<PathBuf>,
    /// Integrate all models by semi-implicit Euler
    #[arg(long)]
    euler: bool,
    /// Workflow for the training; the editor has copies of it
    #[arg(long, default_value = "workflows/cartpole_ppo.json")]
    workflow: PathBuf,
    /// Environments for the physics and tasks
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    envs: u64,
    /// Policy steps of the tasks
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    steps: u64,
    /// Where the tasks are: cpu, cuda (or cuda:0), cuda:1 and so on, emulate
    #[arg(long, default_value = "cpu", value_parser = arguments::device)]
    device: Device,
    /// Threads for learning and training [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Physics steps per second on one core
    Physics,
    /// Policy steps per second of whole tasks under random actions, with start-up, memory and blow-ups
    Tasks,
    /// Pictures and rays per second on one core
    Sight,
    /// Samples per second of PPO's update, and of the policy alone
    Learn,
    /// What a workflow of 500 and of 1,000 nodes costs the editor, on one thread and without a window
    #[cfg(feature = "viewer")]
    Editor,
    /// Wall time of a whole training run
    Train,
}

/// Everything that was measured.
#[derive(Default, Serialize)]
struct Report {
    threads: usize,
    lanes: &'static str,
    physics: Vec<PhysicsResult>,
    tasks: Vec<TaskResult>,
    sight: Vec<SightResult>,
    /// Multiplications and additions per second of all threads, in registers.
    peak_flops: Option<f64>,
    learn: Vec<VectorResult>,
    learn_pictures: Vec<PictureResult>,
    #[cfg(feature = "viewer")]
    editor: Vec<crate::editor::EditorTimes>,
    train: Option<TrainResult>,
}

#[derive(Serialize)]
struct PhysicsResult {
    model: PathBuf,
    nv: usize,
    nu: usize,
    integrator: String,
    solver: &'static str,
    /// Constraint rows of an environment, on average.
    mean_rows: f64,
    n_envs: usize,
    /// Physics steps (not policy steps) of all environments together, one core.
    steps_per_sec: f64,
    /// The same on all threads, where there are several.
    steps_per_sec_all_threads: Option<f64>,
}

#[derive(Serialize)]
struct TrainResult {
    workflow: PathBuf,
    updates: u64,
    /// Environment steps (policy steps of all environments).
    steps: u64,
    /// From the first step to the last update [s].
    wall_secs: f64,
    steps_per_sec: f64,
    last_return: Option<f64>,
}

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Outcome> {
    let _threads = use_threads(args.threads)?;
    let wants = |part| args.part.is_none_or(|only| only == part);
    let mut report = Report {
        threads: rayon::current_num_threads(),
        lanes: Isa::detect().name(),
        ..Report::default()
    };
    let models: Vec<PathBuf> = args.models.iter().map(|words| place::scene(words)).collect();
    if wants(Part::Physics) {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        for model in &models {
            let mut model_result = one.install(|| physics(model, args))?;
            if report.threads > 1 {
                let all = physics(model, args)?;
                model_result.steps_per_sec_all_threads = Some(all.steps_per_sec);
            }
            report.physics.push(model_result);
        }
    }
    if wants(Part::Tasks) {
        for scene in models.iter().filter(|path| path.is_dir()) {
            report.tasks.push(tasks::measure(scene, args.envs as usize, args.steps, args.device)?);
        }
    }
    if wants(Part::Sight) {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        for model in &models {
            report.sight.push(one.install(|| eyes::measure(model))?);
        }
    }
    if wants(Part::Learn) {
        let peak = peak_flops();
        report.peak_flops = Some(peak);
        report.learn = learning_speed::of_vectors(peak)?;
        report.learn_pictures = learning_speed::of_pictures(peak)?;
    }
    #[cfg(feature = "viewer")]
    if wants(Part::Editor) {
        let workflow = place::workflow(&args.workflow);
        let scenes = place::scene_library(None, &workflow);
        for n_nodes in [500, 1000] {
            let times = crate::editor::measure_copies(&workflow, n_nodes, &scenes);
            report.editor.push(times.map_err(anyhow::Error::msg)?);
        }
    }
    if wants(Part::Train) {
        report.train = Some(train(&place::workflow(&args.workflow))?);
    }
    if args.json {
        print(serde_json::to_string_pretty(&report)?)?;
    } else {
        print(table(&report))?;
    }
    Ok(Outcome::Done)
}

/// Steps with controls drawn anew for each, uniform in their ranges, from the states to which as many
/// unmeasured ones led: robots that have fallen and lie on the ground. Each thread takes its environments
/// through many steps before it waits for the others; drawing is not timed. The best of three, for other
/// work on the machine only ever slows it down.
fn physics(path: &Path, args: &BenchArgs) -> anyhow::Result<PhysicsResult> {
    const N_STEPS: u64 = 300;
    const STEPS_A_CALL: u64 = 50;
    let n_envs = args.envs as usize;
    let mut model = load_model(path)?;
    if args.euler {
        Arc::make_mut(&mut model).opt.integrator = Integrator::Euler;
    }
    let isa = Isa::detect();
    let bytes = Simulation::bytes(&model, n_envs, isa);
    check_memory(&format!("--envs {n_envs}"), bytes, "use fewer environments")?;
    let mut simulation = Simulation::new(model.clone(), n_envs, isa);
    let (mut best, mut rows, mut step) = (Duration::MAX, 0, 0);
    for round in 0..4 {
        let mut time = Duration::ZERO;
        for _ in 0..N_STEPS / STEPS_A_CALL {
            let controls = random_controls(&model, n_envs, step..step + STEPS_A_CALL);
            step += STEPS_A_CALL;
            let start = Instant::now();
            simulation.roll_out(STEPS_A_CALL as usize, &controls);
            time += start.elapsed();
            if round > 0 {
                rows += simulation.count_rows();
            }
        }
        if round > 0 {
            best = best.min(time);
        }
    }
    Ok(PhysicsResult {
        model: path.to_owned(),
        nv: model.nv,
        nu: model.nu,
        integrator: format!("{:?}", model.opt.integrator),
        solver: "Newton",
        mean_rows: rows as f64 / (3 * N_STEPS / STEPS_A_CALL) as f64 / n_envs as f64,
        n_envs,
        steps_per_sec: (n_envs as u64 * N_STEPS) as f64 / best.as_secs_f64(),
        steps_per_sec_all_threads: None,
    })
}

/// Uniform in their ranges, shape (steps, n_envs, nu).
fn random_controls(model: &Model, n_envs: usize, steps: Range<u64>) -> Vec<f64> {
    let of = |(step, env): (u64, usize)| {
        let mut random = Random::new(0, RandomStream::Control, env as u32, step);
        let range = |range: Option<[f64; 2]>| range.unwrap_or([-1.0, 1.0]);
        let ranges = model.actuators.iter().map(|actuator| range(actuator.ctrlrange));
        ranges.map(|[low, high]| random.uniform_in(low, high)).collect::<Vec<f64>>()
    };
    let all = steps.flat_map(|step| (0..n_envs).map(move |env| (step, env)));
    all.flat_map(of).collect()
}

fn train(workflow: &Path) -> anyhow::Result<TrainResult> {
    let scenes = place::scene_library(None, workflow);
    let source = load_workflow(workflow, &[], &Kinds::builtin(), &scenes);
    source::report(&source.diagnostics, Verbosity::Normal);
    let Some(graph) = source.graph else { anyhow::bail!("the workflow is not sound") };
    ensure!(
        total_updates(&graph).is_some(),
        "{}: this training never ends; set total_updates on its trainer",
        workflow.display()
    );
    let options =
        SessionOptions { seed: 1, console: Box::new(|_| {}), ..SessionOptions::new(scenes) };
    let mut session = Session::new(&graph, options)?;
    let start = Instant::now();
    let mut last_return = None;
    while session.tick()? == Tick::Running {
        let reports = session.take_reports();
        last_return = reports.iter().filter_map(|m| m.episode_return).next_back().or(last_return);
    }
    let wall_secs = start.elapsed().as_secs_f64();
    let progress = session.progress();
    Ok(TrainResult {
        workflow: workflow.to_owned(),
        updates: progress.updates,
        steps: progress.steps,
        wall_secs,
        steps_per_sec: progress.steps as f64 / wall_secs,
        last_return,
    })
}

fn table(report: &Report) -> String {
    let mut lines = vec![format!("{} threads, {}", report.threads, report.lanes)];
    for p in &report.physics {
        let all = p.steps_per_sec_all_threads.map(|all| {
            let times = all / p.steps_per_sec;
            format!(", {} threads: {:.2} ({times:.2} times)", report.threads, all / 1e6)
        });
        lines.push(format!(
            "physics  {:24} nv {:2}  {} + {}  {:.1} rows  {} envs, one core: {:.2} M steps/s{}",
            p.model.display(),
            p.nv,
            p.integrator,
            p.solver,
            p.mean_rows,
            p.n_envs,
            p.steps_per_sec / 1e6,
            all.unwrap_or_default()
        ));
    }
    lines.extend(report.tasks.iter().map(ToString::to_string));
    lines.extend(report.sight.iter().map(ToString::to_string));
    if let Some(peak) = report.peak_flops {
        lines.push(format!(
            "learn    peak of multiplications and additions {:.0} GFLOP/s",
            peak / 1e9
        ));
    }
    lines.extend(report.learn.iter().map(ToString::to_string));
    lines.extend(report.learn_pictures.iter().map(ToString::to_string));
    #[cfg(feature = "viewer")]
    for e in &report.editor {
        lines.push(format!(
            "editor   {} nodes, {} links [ms]: opened {:.0}, checked {:.1}; a setting edited and checked {:.1}, a node moved and checked {:.1}; a picture at rest {:.1}, moved {:.1}, zoomed {:.1}",
            e.nodes,
            e.links,
            1e3 * e.open,
            1e3 * e.check,
            1e3 * e.setting,
            1e3 * e.node,
            1e3 * e.rest,
            1e3 * e.pan,
            1e3 * e.zoom
        ));
    }
    if let Some(t) = &report.train {
        let last = t.last_return.map_or("none".to_owned(), |r| format!("{r:.1}"));
        lines.push(format!(
            "train    {}: {} updates, {} steps in {:.2} s ({:.2} M steps/s), return {last}",
            t.workflow.display(),
            t.updates,
            t.steps,
            t.wall_secs,
            t.steps_per_sec / 1e6
        ));
    }
    lines.join("\n")
}
