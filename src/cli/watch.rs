//! `dnne watch`.

use super::output::complain;
use super::physics::Physics;
use super::place::{Advice, Wanted};
use super::prepare::{Given, Origin};
use super::source::{self, Trained};
use super::train::{self, N_SHOWN, TrainOptions, Window};
use super::{Outcome, STARTED, arguments, look, place, signals};
use crate::nodes::{ActionMode, Kinds, Saved};
use crate::session::{Broadcast, CheckpointInfo, MOST_SHOWN};
use crate::viewer::{self, ReadySession, SessionKind, WindowOptions};
use anyhow::ensure;
use clap::Parser;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

#[derive(Parser)]
pub(super) struct WatchArgs {
    /// Workflow to train, run or checkpoint to play, or a robot to look at: a scene, or a model in MJCF or URDF; all
    /// but models also by name
    path: Option<PathBuf>,
    /// Number of environments shown at first; with --physics rapier or without a policy also the maximum
    /// [default: 16; without a policy 1]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=256))]
    pub(super) envs: Option<u64>,
    /// Maximum pictures per second [default: the screen's refresh rate]
    #[arg(long)]
    pub(super) fps: Option<f64>,
    /// Begin with the 3D view off; R switches it on
    #[arg(long)]
    pub(super) no_3d: bool,
    /// Physics engine that simulates while a policy is played
    #[arg(long, value_enum, default_value_t)]
    physics: Physics,
    /// Use the mean action instead of sampling
    #[arg(long)]
    deterministic: bool,
    /// Seed of all random numbers [default: 1]
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    pub(super) seed: Option<u64>,
    /// Number of parallel environments of a training
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    num_envs: Option<u64>,
    /// Stop a training after this many updates, and close the window
    #[arg(long, value_parser = arguments::whole, allow_negative_numbers = true)]
    updates: Option<u64>,
    /// Set a parameter of a training: NODE.PARAM=VALUE
    #[arg(long, value_name = "NODE.PARAM=VALUE")]
    set: Vec<String>,
    /// Folder for the run of a training [default: runs/<workflow's name>]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder in which the scenes of a training, or a scene named here, are looked up [default: the one beside the
    /// workflow or above it]
    #[arg(long)]
    scenes: Option<PathBuf>,
    /// Threads of a training for physics and learning [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
}

impl WatchArgs {
    /// What is to be watched.
    fn path(&self) -> Result<&Path, Advice> {
        place::given(self.path.as_ref(), "watch", Wanted::Any)
    }

    /// Environments on show of a session with a policy.
    fn n_shown(&self) -> u64 {
        self.envs.unwrap_or(N_SHOWN as u64)
    }
}

pub(super) fn run(args: WatchArgs) -> anyhow::Result<Outcome> {
    if let Some(fps) = args.fps {
        ensure!((0.1..=1000.0).contains(&fps), "--fps {fps}: use a number from 0.1 to 1000");
    }
    let meant = Meant::by(args.path()?, args.scenes.as_deref())?;
    ensure!(
        args.physics == Physics::Ours || matches!(meant, Meant::Play),
        "--physics rapier plays what has been trained: give the folder of a run"
    );
    match meant {
        Meant::Play => play(&args, &Kinds::builtin()),
        Meant::Look(path) => look::run(&args, &path),
        Meant::Train(path) => {
            let (origin, training, window) = training(&path, args);
            train::start(origin, training, Some(window))
        }
    }
}

/// What is to be watched.
enum Meant {
    /// A robot without a policy.
    Look(PathBuf),
    /// A run or checkpoint.
    Play,
    /// A workflow's file.
    Train(PathBuf),
}

impl Meant {
    /// What words mean: of names that of a scene first, then that of a run, then that of a workflow.
    fn by(words: &Path, scenes: Option<&Path>) -> anyhow::Result<Self> {
        let look = look::target(words, scenes);
        if let Ok(Some(path)) = look {
            return Ok(Self::Look(path));
        }
        // What is wrong with words for a run is said where it is opened.
        let is_saved = !matches!(Saved::find(words), Ok(None | Some(Saved::File(_))));
        if is_saved || words.is_dir() {
            return Ok(Self::Play);
        }
        let workflow = place::workflow(words);
        match look {
            Err(error) if !workflow.exists() => {
                // Of a folder that was named the error has the names.
                let advice = scenes.is_none().then(|| Advice::for_words(words, Wanted::Any));
                Err(advice.flatten().map_or(error, Into::into))
            }
            _ => Ok(Self::Train(workflow)),
        }
    }
}

/// A training that is watched, by the arguments of this command.
fn training(workflow: &Path, args: WatchArgs) -> (Origin, TrainOptions, Window) {
    let window = Window {
        n_envs: args.n_shown() as usize,
        max_fps: args.fps,
        stays: args.updates.is_none(),
        renders: !args.no_3d,
    };
    let given = Given::file(workflow, args.scenes.as_deref());
    let training = TrainOptions {
        num_envs: args.num_envs,
        updates: args.updates,
        seed: args.seed,
        set: args.set,
        out: args.out,
        scenes: args.scenes,
        threads: args.threads,
        ..TrainOptions::default()
    };
    (Origin { kinds: Kinds::builtin(), given: Some(given) }, training, window)
}

/// Plays the policy of a run until the window is closed.
pub(super) fn play(args: &WatchArgs, kinds: &Kinds) -> anyhow::Result<Outcome> {
    let interrupted = signals::watch()?;
    let Some((show, trained)) = playing(args, kinds, interrupted.clone())? else {
        return Ok(Outcome::Unsound);
    };
    let (result, smoothness) =
        viewer::watch(show, |broadcast| act(&trained, args, broadcast, &interrupted))?;
    complain(smoothness);
    result?;
    Ok(match interrupted.load(Ordering::SeqCst) {
        true => Outcome::Interrupted,
        false => Outcome::Done,
    })
}

/// What is chosen on the start page, ready to be watched as `dnne watch` shows it: a run is played, a workflow
/// is trained, a scene or a model looked at. None if it is unsound, which has been reported.
pub(super) fn open(
    path: &Path,
    interrupted: Arc<AtomicBool>,
) -> anyhow::Result<Option<ReadySession>> {
    let args = WatchArgs::parse_from([Path::new("watch"), Path::new("--"), path]);
    match Meant::by(path, None)? {
        Meant::Play => {}
        Meant::Look(path) => {
            return look::open(&path, &args, interrupted).map(Some).map_err(anyhow::Error::msg);
        }
        Meant::Train(path) => {
            let (origin, training, window) = training(&path, args);
            return train::open(origin, training, &Window { stays: true, ..window }, interrupted);
        }
    }
    let Some((show, trained)) = playing(&args, &Kinds::builtin(), interrupted.clone())? else {
        return Ok(None);
    };
    let work = move |broadcast| {
        let played = act(&trained, &args, broadcast, &interrupted);
        played.map(|()| None).map_err(|error| format!("{error:#}"))
    };
    let show = WindowOptions { stays: true, started: Instant::now(), ..show };
    Ok(Some(ReadySession { show, work: Box::new(work) }))
}

/// What the window shows of a run, and the run.
fn playing(
    args: &WatchArgs,
    kinds: &Kinds,
    interrupted: Arc<AtomicBool>,
) -> anyhow::Result<Option<(WindowOptions, Trained)>> {
    // So many that the window can show more: at the pace of the clock that costs little, but in Rapier.
    let n_envs = match args.physics {
        Physics::Ours => args.n_shown().max(MOST_SHOWN as u64),
        Physics::Rapier => args.n_shown(),
    };
    let Some(trained) = Trained::open(args.path()?, n_envs, kinds)? else { return Ok(None) };
    let name = trained.folder.path().file_name().unwrap_or_default().to_string_lossy();
    let engine = if args.physics == Physics::Rapier { ", in Rapier" } else { "" };
    let checkpoints = CheckpointInfo::all(&trained.folder, &mut source::warn_of_damage)?;
    let full = |one: &CheckpointInfo| one.path.canonicalize().ok();
    let checkpoint = checkpoints.iter().position(|one| full(one) == full(&trained.checkpoint));
    let show = WindowOptions {
        scene: trained.scene()?,
        n_envs: args.n_shown() as usize,
        most_envs: n_envs as usize,
        checkpoints,
        run: Some(trained.folder.path().to_owned()),
        title: format!("{name}{engine}"),
        kind: SessionKind::Playing { checkpoint },
        planned: None,
        action_mode: if args.deterministic { ActionMode::Mean } else { ActionMode::Sampled },
        history: source::history(&trained.folder),
        interrupted,
        max_fps: args.fps,
        started: *STARTED,
        renders: !args.no_3d,
        stays: false,
    };
    Ok(Some((show, trained)))
}

/// Runs the policy until the window is closed. The session is built here, because it stays on its thread.
fn act(
    trained: &Trained,
    args: &WatchArgs,
    mut broadcast: Broadcast,
    interrupted: &AtomicBool,
) -> anyhow::Result<()> {
    let mut session = trained.session(args.seed.unwrap_or(1), args.deterministic, args.physics)?;
    while !interrupted.load(Ordering::SeqCst) && broadcast.attend(&mut session, interrupted) {
        session.tick()?;
        broadcast.show(&mut session, &[]);
    }
    Ok(())
}
