//! The session's side of a broadcast.

use super::requests::{Command, Next};
use super::{Frame, Shared, lock};
use crate::nodes::{Metrics, SimulatedTask};
use crate::scene::{Environments, Snapshot};
use crate::session::build::Session;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::error::SessionError;
use crate::session::pull::{Pull, Puller};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting session checks whether it was interrupted.
const LOOK_UP: Duration = Duration::from_millis(50);

/// How often the activity of nodes is sent.
const NODES_EVERY: Duration = Duration::from_millis(100);

/// The session's side.
pub struct Broadcast {
    pub(super) shared: Arc<Shared>,
    pub(super) tick: u64,
    /// Whether the last tick was of what is on show beside a training.
    was_beside: bool,
    /// Rows that could not be handed over yet.
    rows: Vec<Arc<Metrics>>,
    /// Whether settings may differ from what the other side knows of them.
    settings_due: bool,
    /// When the other side is to be told next what nodes do, if it wants to know.
    nodes_due: Option<Instant>,
    puller: Option<Puller>,
    /// What was pulled at in the last tick.
    pub(super) pulled: Option<Pull>,
}

impl Broadcast {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            tick: 0,
            was_beside: false,
            rows: Vec::new(),
            settings_due: true,
            nodes_due: None,
            puller: None,
            pulled: None,
        }
    }

    /// Before a tick: carries out requests, and waits until a tick is wanted. False if the spectator is gone, or
    /// if `interrupted` was set while waiting.
    pub fn attend(&mut self, session: &mut Session, interrupted: &AtomicBool) -> bool {
        self.tell_settings(session);
        if !self.shared.requested.load(Ordering::Acquire) {
            return true;
        }
        loop {
            match self.next(interrupted) {
                Next::Execute(commands) => {
                    commands.into_iter().for_each(|command| self.execute(command, session));
                    self.tell_settings(session);
                }
                Next::Tick(pull) => {
                    self.pull(session, pull);
                    return true;
                }
                Next::End => return false,
                Next::Wait => {}
            }
        }
    }

    /// What to do next; waits a little where that is nothing.
    pub(super) fn next(&self, interrupted: &AtomicBool) -> Next {
        let mut requests = lock(&self.shared.requests);
        let n_wanted = self.shared.n_wanted.load(Ordering::Acquire);
        let next = requests.next(n_wanted, interrupted.load(Ordering::SeqCst));
        match next {
            Next::Tick(_) => self.shared.requested.store(requests.last(), Ordering::Release),
            Next::Wait => {
                let waited = self.shared.changed.wait_timeout(requests, LOOK_UP);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
            _ => {}
        }
        next
    }

    /// Carries out orders; a failed one is answered with an error message.
    fn execute(&mut self, command: Command, session: &mut Session) {
        let done = match command {
            Command::Act(action_mode) => session.set_action_mode(action_mode),
            Command::Play(checkpoint) => session.set_policy(checkpoint.map(|boxed| *boxed)),
            Command::List => self.list(session),
            Command::EndEpisode(env) => session.on_show(|session| session.end_episode(env)),
            Command::Show => {
                let frame = self.frame(session);
                lock(&self.shared.updates).frames.push_back(frame);
                return;
            }
            Command::Look(_) => {
                let message = "a policy acts here; `dnne watch SCENE` looks at a robot without one";
                Err(SessionError::Look(message.to_owned()))
            }
            Command::Throw(env, throw) => session.on_show(|session| session.throw(env, &throw)),
            Command::WatchNodes(on) => {
                session.watch_nodes(on);
                self.nodes_due = on.then(Instant::now);
                return;
            }
            Command::Set(setting, Some(value)) => session.set(&setting, value),
            Command::Set(setting, None) => session.release(&setting),
        };
        if let Err(error) = done {
            lock(&self.shared.updates).errors.push(error.to_string());
        }
        self.settings_due = true;
    }

    /// Sends the folder of the run and the list of its checkpoints, without damaged ones.
    fn list(&self, session: &Session) -> Result<(), SessionError> {
        let Some(run) = session.folder() else { return Ok(()) };
        lock(&self.shared.updates).run = Some(run.path().to_owned());
        let found = CheckpointInfo::all(run, &mut |_| ())?;
        lock(&self.shared.updates).checkpoints = Some(found);
        Ok(())
    }

    /// Sends the present settings, if they may have changed.
    fn tell_settings(&mut self, session: &Session) {
        if std::mem::take(&mut self.settings_due) {
            *lock(&self.shared.settings) = session.settings();
        }
    }

    /// Applies a pull for one tick, and removes the one before.
    fn pull(&mut self, session: &mut Session, pull: Option<Pull>) {
        if pull.is_none() && self.pulled.is_none() {
            return;
        }
        session.on_show(|session| self.pull_at(session, pull));
    }

    fn pull_at(&mut self, session: &mut Session, pull: Option<Pull>) {
        let world = session.world_mut();
        let Some(mut simulation) = world.query::<&mut SimulatedTask>().iter_mut(world).next()
        else {
            return;
        };
        self.pull_in(&mut simulation.environments, pull);
    }

    /// Pulls a body of these environments for one tick, and removes the pull before.
    pub(super) fn pull_in(&mut self, environments: &mut Environments, pull: Option<Pull>) {
        if let Some(before) = self.pulled.take() {
            environments.push(before.env, before.body, [0.0; 6]);
        }
        let Some(pull) = pull else { return };
        let Some(now) = environments.snapshot(pull.env) else { return };
        let model = &environments.scene().model;
        let puller = self.puller.get_or_insert_with(|| Puller::new(model.clone()));
        let wrench = puller.wrench(&pull, &now);
        environments.push(pull.env, pull.body, wrench);
        self.pulled = Some(pull);
    }

    /// There are other bodies now.
    pub(super) fn forget_pull(&mut self) {
        (self.puller, self.pulled) = (None, None);
    }

    /// Steps the evaluation session beside a training; its failure is sent as an error message.
    fn advance_beside(&self, session: &mut Session) -> bool {
        let n_shown = self.shared.n_shown.load(Ordering::Acquire);
        session.advance_evaluation_session(n_shown).unwrap_or_else(|error| {
            lock(&self.shared.updates).errors.push(error.to_string());
            false
        })
    }

    /// Hands over what a tick brought: a frame if one is wanted, and rows of metrics.
    pub fn show(&mut self, session: &mut Session, rows: &[Arc<Metrics>]) {
        self.rows.extend_from_slice(rows);
        if !rows.is_empty() {
            // What follows the progress of training goes on with each update.
            self.settings_due = true;
            session.refresh_evaluation_session();
        }
        let is_wanted = self.shared.n_wanted.load(Ordering::Acquire) > 0;
        let is_beside = is_wanted && self.advance_beside(session);
        // Of what is on show beside a training there are no ticks but those that are wanted; between it and the
        // training lies a gap.
        if is_beside || !session.shows_evaluation_session() {
            self.tick += 1 + u64::from(is_beside != self.was_beside);
            self.was_beside = is_beside;
        }
        let tells_nodes = self.nodes_due.is_some_and(|due| due <= Instant::now());
        if !is_wanted && self.rows.is_empty() && !tells_nodes {
            return;
        }
        let Ok(mut updates) = self.shared.updates.try_lock() else { return };
        updates.rows.append(&mut self.rows);
        if tells_nodes {
            updates.nodes = session.node_statuses();
            self.nodes_due = Some(Instant::now() + NODES_EVERY);
        }
        if is_wanted {
            let frame = self.frame(session);
            updates.frames.push_back(frame);
            self.one_less_wanted();
        }
    }

    /// After a tick that failed: of a graph in which nothing fires any more, what each node waits for.
    pub fn fail(&mut self, session: &Session, error: &SessionError) {
        if !matches!(error, SessionError::Deadlock(_)) {
            return;
        }
        // In the first tick nobody has asked for them yet.
        session.watch_nodes(true);
        let mut updates = lock(&self.shared.updates);
        updates.nodes = session.node_statuses();
        updates.is_stuck = true;
    }

    /// A frame has been handed over. Somebody may have asked for none in the meantime.
    pub(super) fn one_less_wanted(&self) {
        let one_less = |n: usize| Some(n.saturating_sub(1));
        let wanted = &self.shared.n_wanted;
        let _ = wanted.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
    }

    /// What is to be seen of a session as it is, or of what is shown beside it.
    fn frame(&self, session: &mut Session) -> Frame {
        let n_shown = self.shared.n_shown.load(Ordering::Acquire);
        let envs = session.on_show(|session| snapshots(session, n_shown)).into();
        Frame { tick: self.tick, progress: session.progress(), envs }
    }
}

/// The first environments as they are.
fn snapshots(session: &mut Session, n: usize) -> Vec<Snapshot> {
    let world = session.world_mut();
    let Some(simulation) = world.query::<&SimulatedTask>().iter(world).next() else {
        return Vec::new();
    };
    let environments = &simulation.environments;
    (0..n.min(environments.n_envs())).filter_map(|env| environments.snapshot(env)).collect()
}

impl Drop for Broadcast {
    fn drop(&mut self) {
        lock(&self.shared.updates).rows.append(&mut self.rows);
        self.shared.ended.store(true, Ordering::Release);
    }
}
