//! `dnne record`.

use super::console::Console;
use super::output::print;
use super::physics::Physics;
use super::picture::camera_named;
use super::place::{self, Wanted};
use super::source::Trained;
use super::{Outcome, arguments};
use crate::nodes::{Kinds, SimulatedTask};
use crate::scene::{Scene, Snapshot};
use crate::session::Session;
use crate::viewer::{Film, Motion, Recording, Target};
use anyhow::ensure;
use clap::Args;
use std::path::PathBuf;

/// More is a mistake.
const MOST_PICTURES: f64 = 100_000.0;
/// States of environments that are kept; more would not fit into the memory of a common machine.
const MOST_STATES: f64 = 1_000_000.0;
/// Steps of environments that are let pass before; more would take hours.
const MOST_SKIPPED: f64 = 100_000_000.0;

#[derive(Args)]
pub(super) struct RecordArgs {
    /// A run or checkpoint, by folder or name; /best or /latest after it
    run: Option<PathBuf>,
    /// What to write: a name ending in .gif or .mp4 (by ffmpeg), or a folder for PNG pictures
    #[arg(long)]
    out: PathBuf,
    /// Length of the film, in simulated time [s]
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Simulated time before the film begins [s]
    #[arg(long, default_value_t = 0.0)]
    skip: f64,
    /// Number of environments shown
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=1024))]
    envs: u64,
    /// Film by this camera of the model, one environment, drawn by rays
    #[arg(long, conflicts_with_all = ["envs", "orbit"])]
    camera: Option<String>,
    /// Pictures per second [default: 25]
    #[arg(long, default_value_t = 25.0)]
    fps: f64,
    /// Width and height in pixels [default: 960x540, of a GIF 640x360]
    #[arg(long, value_parser = parse_size)]
    size: Option<(u32, u32)>,
    /// Rotation of the camera [degrees per second]
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    orbit: f64,
    /// Physics engine
    #[arg(long, value_enum, default_value_t)]
    physics: Physics,
    /// Use the mean action instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// Seed of the episodes
    #[arg(long, default_value_t = 1000, value_parser = arguments::whole, allow_negative_numbers = true)]
    seed: u64,
}

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is not a size; write it as 960x540, from 16x16 to 7680x4320");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    match (width.parse(), height.parse()) {
        (Ok(width @ 16..=7680), Ok(height @ 16..=4320)) => Ok((width, height)),
        _ => Err(wrong()),
    }
}

pub(super) fn run(args: &RecordArgs, kinds: &Kinds) -> anyhow::Result<Outcome> {
    let target = Target::parse(&args.out)?;
    let fps = args.fps;
    ensure!((0.001..=1000.0).contains(&fps), "--fps {fps}: use a number from 0.001 to 1000");
    for (name, secs) in [("--seconds", args.seconds), ("--skip", args.skip)] {
        ensure!(secs.is_finite() && secs >= 0.0, "{name} {secs}: use a number from 0");
    }
    let n_pictures = args.seconds * args.fps;
    ensure!(
        n_pictures <= MOST_PICTURES,
        "this would be {n_pictures:.0} pictures; ask for at most {MOST_PICTURES:.0}"
    );
    let is_gif = matches!(target, Target::Gif(_));
    let (width, height) = args.size.unwrap_or(if is_gif { (640, 360) } else { (960, 540) });
    let words = place::given(args.run.as_ref(), "record", Wanted::Run)?;
    let Some(trained) = Trained::open(words, args.n_envs(), kinds)? else {
        return Ok(Outcome::Unsound);
    };
    let scene = trained.scene()?;
    let camera = args.camera.as_deref().map(|name| camera_named(name, &scene.model)).transpose()?;
    check_length(args, scene.task.dt)?;
    // Before anything is simulated: whether there is something to draw with, and a place to write to.
    let film = Film::begin(Recording { width, height, fps, orbit: args.orbit, camera, target })?;
    let motion = simulate(args, &trained, scene)?;
    let console = Console::of("pictures", n_pictures.round() as u64);
    let shot = film.shoot(&motion, &mut |done| console.advance(done, String::new()));
    console.finish();
    shot?;
    print(format_args!("wrote {}", args.out.display()))?;
    Ok(Outcome::Done)
}

impl RecordArgs {
    /// Environments that are simulated. A camera of the model sees one.
    fn n_envs(&self) -> u64 {
        if self.camera.is_some() { 1 } else { self.envs }
    }
}

/// Whether a film with policy steps of so many seconds can be simulated.
fn check_length(args: &RecordArgs, dt: f64) -> anyhow::Result<()> {
    let n_envs = args.n_envs() as f64;
    let n_states = |secs: f64| n_envs * (secs / dt).ceil();
    for (name, secs, most) in
        [("--seconds", args.seconds, MOST_STATES), ("--skip", args.skip, MOST_SKIPPED)]
    {
        ensure!(
            n_states(secs) <= most,
            "{name} {secs}: with {n_envs} environments this is at most {:.0} s; or ask for fewer of them",
            (most / n_envs).floor() * dt
        );
    }
    Ok(())
}

/// Lets the policy act, and keeps what there is to see.
fn simulate(args: &RecordArgs, trained: &Trained, scene: Scene) -> anyhow::Result<Motion> {
    let mut session = trained.session(args.seed, args.deterministic, args.physics)?;
    let query = session.world_mut().query::<&SimulatedTask>();
    let look = |session: &Session| -> Vec<Snapshot> {
        let simulation = query.iter_manual(session.world()).next();
        let environments = simulation.map(|simulation| &simulation.environments);
        environments
            .into_iter()
            .flat_map(|all| (0..all.n_envs()).filter_map(|i| all.snapshot(i)))
            .collect()
    };
    let steps_in = |secs: f64| (secs / scene.task.dt).ceil() as usize;
    let (n_skipped, n_steps) = (steps_in(args.skip), steps_in(args.seconds));
    let mut steps = vec![look(&session)];
    let console = Console::of("steps", (n_skipped + n_steps) as u64);
    for step in 1..=n_skipped + n_steps {
        session.tick()?;
        console.advance(step as u64, String::new());
        if step <= n_skipped {
            steps.clear();
        }
        steps.push(look(&session));
    }
    console.finish();
    Ok(Motion { scene, steps })
}
