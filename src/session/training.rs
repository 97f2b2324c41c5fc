//! A training from its beginning, or from where it was stopped, to its end.

use super::broadcast::Broadcast;
use super::build::{Session, SessionOptions, Tick};
use super::checkpoint::OWN_NODE;
use super::error::SessionError;
use super::evaluation_session::session_factory;
use super::limits::{EndedBy, Limits, total_updates};
use super::run_folder::Rewound;
use super::run_rows::LeftOutRows;
use super::start::{NewTraining, Start};
use crate::nodes::{CheckpointRequest, Kinds, Metrics, NodeError, Progress};
use crate::scene::SceneLibrary;
use crate::workflow::{Graph, Role};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Options of a training.
pub struct TrainingOptions {
    /// Where it begins.
    pub start: Start,
    /// What ends it before the trainer's `total_updates`.
    pub limits: Limits,
    /// The node kinds that the graph was checked with.
    pub kinds: Kinds,
    /// Ends the training after the present step once it is true, with everything saved.
    pub stop: Arc<AtomicBool>,
    /// Called for each event, on the training's thread.
    pub observer: Arc<dyn Fn(TrainingEvent<'_>) + Send + Sync>,
    /// The session's side of a broadcast, if it is watched.
    pub broadcast: Option<Broadcast>,
}

impl Default for TrainingOptions {
    /// A new training with seed 0 and no files, which runs as long as its trainer does and tells nothing.
    fn default() -> Self {
        Self {
            start: Start::New(NewTraining::default()),
            limits: Limits::default(),
            kinds: Kinds::builtin(),
            stop: Arc::default(),
            observer: Arc::new(|_| ()),
            broadcast: None,
        }
    }
}

/// An event of a training.
#[derive(Debug)]
pub enum TrainingEvent<'a> {
    /// A node prints a line, or a line says which weights of another run the agent took over.
    Line(&'a str),
    /// The training goes on from a checkpoint.
    Resumed {
        /// How far the run had come.
        progress: Progress,
        /// Whether the trainer has made all its updates already.
        is_complete: bool,
    },
    /// Checkpoints that are later than the resumed one, or damaged, were moved away.
    MovedAside {
        /// Number of checkpoints.
        n_checkpoints: usize,
        /// The folder that they are in now.
        folder: PathBuf,
    },
    /// Lines of the run's metrics were left out.
    LeftOutRows {
        /// The file of metrics.
        metrics: &'a Path,
        /// Which lines, and why.
        rows: &'a LeftOutRows,
        /// The folder in which the file as it was is kept, if it is.
        kept: Option<&'a Path>,
    },
    /// An update was made.
    Updated(&'a Metrics),
}

/// The result of a training.
#[derive(Clone, Debug, Serialize)]
pub struct TrainingSummary {
    /// The run's folder; empty if it keeps no files.
    pub run: PathBuf,
    /// What ended it.
    pub ended_by: EndedBy,
    /// Updates of the whole run.
    pub updates: u64,
    /// Environment steps over all environments.
    pub steps: u64,
    /// Time that this call of [`Training::run`] took \[s\].
    pub wall_secs: f64,
    /// Environment steps of this call per second.
    pub steps_per_sec: f64,
    /// Mean episode return of the last row of metrics; none before the first episode ended.
    pub last_return: Option<f64>,
    /// The highest mean episode return of this call's rows of metrics.
    pub best_return: Option<f64>,
    /// Mean episode length of the last row of metrics [policy steps].
    pub last_length: Option<f64>,
    /// How often an environment was reset because a number was not finite.
    pub non_finite_resets: u64,
}

/// A training that is ready to run. The command line and the window run it, and programs may:
///
/// ```no_run
/// # use dnne::{nodes, scene::SceneLibrary};
/// # use dnne::session::{Limits, SessionError, Training, TrainingOptions};
/// let graph = nodes::training_loop()
///     .node("env", "IsaacGymEnvNode").set("num_envs", 64)
///     .node("agent", "PPOAgentNode")
///     .node("trainer", "PPOTrainerNode")
///     .build()?;
/// let options = TrainingOptions {
///     limits: Limits { updates: Some(100), ..Limits::default() },
///     ..TrainingOptions::default()
/// };
/// let summary = Training::new(&graph, SceneLibrary::new("scenes"), options)?.run()?;
/// println!("{:?} after {} steps", summary.last_return, summary.steps);
/// # Ok::<(), SessionError>(())
/// ```
pub struct Training {
    session: Session,
    total_updates: Option<u64>,
    limits: Limits,
    stop: Arc<AtomicBool>,
    observer: Arc<dyn Fn(TrainingEvent<'_>) + Send + Sync>,
    broadcast: Option<Broadcast>,
}

impl Training {
    /// Builds the session, loads what it begins with, and makes or rewinds the run's folder: what cannot run
    /// leaves nothing behind. Fails if nothing in the graph learns, if a node cannot be built, if the
    /// checkpoint does not fit, and if the folder cannot be made.
    pub fn new(
        graph: &Graph,
        scenes: SceneLibrary,
        options: TrainingOptions,
    ) -> Result<Self, SessionError> {
        let TrainingOptions { start, limits, kinds, stop, observer, broadcast } = options;
        if !has_trainer(graph) {
            return Err(SessionError::NothingLearns);
        }
        let seed = match &start {
            Start::New(new) => new.seed,
            Start::Checkpoint { seed, .. } => *seed,
        };
        let console = observer.clone();
        let console = Box::new(move |line: &str| console(TrainingEvent::Line(line)));
        let session = SessionOptions {
            seed,
            kinds: kinds.clone(),
            console,
            ..SessionOptions::new(scenes.clone())
        };
        let session = Session::new(graph, session)?;
        let total_updates = total_updates(graph);
        let mut training = Self { session, total_updates, limits, stop, observer, broadcast };
        if training.broadcast.is_some() {
            training.session.allow_evaluation_session(session_factory(
                graph.clone(),
                scenes.clone(),
                seed,
                kinds.clone(),
            ));
        }
        training.begin(start, graph, &scenes, &kinds)?;
        Ok(training)
    }

    fn begin(
        &mut self,
        start: Start,
        graph: &Graph,
        scenes: &SceneLibrary,
        kinds: &Kinds,
    ) -> Result<(), SessionError> {
        match start {
            Start::New(new) => {
                if let Some((checkpoint, mismatch)) = &new.init_from {
                    for line in self.session.begin_with(checkpoint, *mismatch)? {
                        self.tell(TrainingEvent::Line(&line));
                    }
                }
                if let Some(folder) = new.make_folder(graph, scenes, kinds)? {
                    self.session.keep_in(folder);
                }
            }
            Start::Checkpoint { folder, checkpoint, revision, .. } => {
                let loaded = self.session.load_checkpoint(&checkpoint);
                loaded.map_err(|cause| match &revision {
                    Some(revision) => SessionError::Unfit {
                        cause: Box::new(cause),
                        settings: revision.settings(),
                        run: folder.path().to_owned(),
                    },
                    None => cause,
                })?;
                // Only now: until the checkpoint has proved good, what came after it is all there is.
                let Rewound { n_checkpoints, aside, rows } = folder.rewind(&checkpoint)?;
                let metrics = folder.metrics();
                self.session.keep_in(folder);
                if let Some(revision) = revision {
                    self.session.revise(&revision)?;
                }
                let progress = self.session.progress();
                let is_complete = self.is_complete();
                self.tell(TrainingEvent::Resumed { progress, is_complete });
                if !rows.is_empty() {
                    let (rows, kept) = (&rows, aside.as_deref());
                    self.tell(TrainingEvent::LeftOutRows { metrics: &metrics, rows, kept });
                }
                let Some(folder) = aside else { return Ok(()) };
                if n_checkpoints > 0 || rows.damaged.is_empty() {
                    self.tell(TrainingEvent::MovedAside { n_checkpoints, folder });
                }
            }
        }
        Ok(())
    }

    /// Trains until the trainer has made all its updates, a limit is reached, or it is told to stop; then
    /// writes a checkpoint. Fails if a node does, and if a file cannot be written.
    pub fn run(mut self) -> Result<TrainingSummary, SessionError> {
        let start = Instant::now();
        let first_step = self.session.progress().steps;
        let mut returns = Returns::default();
        let ended_by = loop {
            if let Some(end) = self.end_before_step(start) {
                break end;
            }
            let tick = self.session.tick();
            let reports = self.session.take_reports();
            if let Some(broadcast) = &mut self.broadcast {
                broadcast.show(&mut self.session, &reports);
            }
            for metrics in reports {
                returns.see(&metrics);
                self.tell(TrainingEvent::Updated(&metrics));
            }
            let tick = match tick {
                Err(error) => {
                    if let Some(broadcast) = &mut self.broadcast {
                        broadcast.fail(&self.session, &error);
                    }
                    return Err(self.save_before_end(error));
                }
                Ok(tick) => tick,
            };
            if tick == Tick::Finished {
                break EndedBy::Trainer;
            }
            if self.stop.load(Ordering::SeqCst) {
                break EndedBy::Stop;
            }
        };
        self.save(ended_by.to_string())?;
        let wall_secs = start.elapsed().as_secs_f64();
        let Progress { updates, steps } = self.session.progress();
        Ok(TrainingSummary {
            run: self.session.folder().map(|folder| folder.path().to_owned()).unwrap_or_default(),
            ended_by,
            updates,
            steps,
            wall_secs,
            steps_per_sec: (steps - first_step) as f64 / wall_secs.max(1e-9),
            last_return: returns.last_return,
            best_return: returns.best_return,
            last_length: returns.last_length,
            non_finite_resets: returns.non_finite_resets,
        })
    }

    /// Writes a checkpoint of the run's own.
    fn save(&mut self, trigger: String) -> Result<Option<PathBuf>, SessionError> {
        self.session.save_checkpoint(&CheckpointRequest {
            node: OWN_NODE.to_owned(),
            trigger,
            best: None,
            folder: None,
            keep: None,
            model: None,
        })
    }

    /// After numbers that are not finite, saves what was learned before: policy and state are still valid then. After
    /// other errors this is not known, and nothing is saved. Returns the error to report.
    fn save_before_end(&mut self, error: SessionError) -> SessionError {
        let SessionError::Node { cause, .. } = &error else { return error };
        if !matches!(cause, NodeError::Diverged { .. } | NodeError::UnfitRewards(_)) {
            return error;
        }
        match self.save("numbers that are not finite".to_owned()) {
            Ok(Some(checkpoint)) => SessionError::Diverged { cause: Box::new(error), checkpoint },
            Ok(None) => error,
            Err(also) => SessionError::Unsaved(Box::new([error, also])),
        }
    }

    /// The reason to end before the next step, if there is one. Waits while a spectator has paused the training.
    fn end_before_step(&mut self, start: Instant) -> Option<EndedBy> {
        // A finished run that is resumed has nothing left to do.
        if self.is_complete() {
            return Some(EndedBy::Trainer);
        }
        if let Some(limit) = self.limits.reached(self.session.progress(), start) {
            return Some(limit);
        }
        let broadcast = self.broadcast.as_mut()?;
        if broadcast.attend(&mut self.session, &self.stop) {
            return None;
        }
        let is_stopped = self.stop.load(Ordering::SeqCst);
        Some(if is_stopped { EndedBy::Stop } else { EndedBy::Window })
    }

    fn is_complete(&self) -> bool {
        let updates = self.session.progress().updates;
        self.total_updates.is_some_and(|total| updates >= total)
    }

    fn tell(&self, event: TrainingEvent<'_>) {
        (self.observer)(event);
    }
}

/// Whether a workflow has a trainer.
pub fn has_trainer(graph: &Graph) -> bool {
    graph.nodes.iter().any(|node| node.class.role == Role::Trainer)
}

/// What the summary remembers of the metrics.
#[derive(Default)]
struct Returns {
    last_return: Option<f64>,
    best_return: Option<f64>,
    last_length: Option<f64>,
    non_finite_resets: u64,
}

impl Returns {
    fn see(&mut self, metrics: &Metrics) {
        self.last_return = metrics.episode_return.or(self.last_return);
        self.last_length = metrics.episode_length.or(self.last_length);
        let best = self.best_return.into_iter().chain(metrics.episode_return);
        self.best_return = best.reduce(f64::max);
        self.non_finite_resets = metrics.non_finite_resets;
    }
}
