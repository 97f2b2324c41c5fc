//! A session that somebody looks on at: snapshots and metrics go out, wishes come back.
//!
//! The session's side never waits for the other: what cannot be handed over at once is dropped or kept
//! for the next tick. It stops only where it is told to: while paused, or to keep to a pace.

use super::build::Session;
use super::pull::{Pull, Puller};
use crate::nodes::{Acting, Agent, Metrics, Progress, Simulation};
use crate::scene::{Snapshot, Throw};
use bevy::ecs::query::QueryState;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a session that waits looks whether it has been interrupted.
const LOOK_UP: Duration = Duration::from_millis(50);

/// The environments on show after a tick.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Ticks since the broadcast began; frames of consecutive ticks are consecutive in time.
    pub tick: u64,
    pub progress: Progress,
    pub envs: Vec<Snapshot>,
}

/// How fast a session runs that is looked on at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    #[default]
    Free,
    /// A tick for each frame that is asked for.
    OnDemand,
}

/// What the session is told.
#[derive(Default)]
struct Wishes {
    paused: bool,
    /// Ticks that are allowed while paused.
    n_single: usize,
    pace: Pace,
    acting: Option<Acting>,
    pull: Option<Pull>,
    /// What is to be thrown, and into which environment.
    throws: Vec<(usize, Throw)>,
    closed: bool,
}

/// What the session has told.
#[derive(Default)]
struct News {
    frames: VecDeque<Frame>,
    rows: Vec<Arc<Metrics>>,
}

#[derive(Default)]
struct Shared {
    wishes: Mutex<Wishes>,
    changed: Condvar,
    /// Whether there is a wish to look at before a tick; without one no lock is touched.
    wished: AtomicBool,
    /// Frames that are still wanted.
    n_wanted: AtomicUsize,
    news: Mutex<News>,
    ended: AtomicBool,
}

/// The session's side.
pub struct Broadcast {
    shared: Arc<Shared>,
    n_envs: usize,
    tick: u64,
    query: Option<QueryState<&'static Simulation>>,
    /// Rows that could not be handed over yet.
    rows: Vec<Arc<Metrics>>,
    puller: Option<Puller>,
    /// What was pulled at in the last tick.
    pulled: Option<Pull>,
}

/// The side of who looks on.
pub struct Spectator {
    shared: Arc<Shared>,
}

/// Both sides of a broadcast of the first `n_envs` environments.
pub fn broadcast(n_envs: usize) -> (Broadcast, Spectator) {
    let shared = Arc::new(Shared::default());
    let session = Broadcast {
        shared: shared.clone(),
        n_envs,
        tick: 0,
        query: None,
        rows: Vec::new(),
        puller: None,
        pulled: None,
    };
    (session, Spectator { shared })
}

fn throw(session: &mut Session, throws: &[(usize, Throw)]) {
    let world = session.world_mut();
    if let Some(mut simulation) = world.query::<&mut Simulation>().iter_mut(world).next() {
        throws.iter().for_each(|(env, throw)| simulation.environments.throw(*env, throw));
    }
}

/// A panic elsewhere leaves plain data behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Broadcast {
    /// Before a tick: waits until it is wanted, and does what was wished for. False if nobody looks on
    /// any more, or `interrupted` came while waiting.
    pub fn attend(&mut self, session: &mut Session, interrupted: &AtomicBool) -> bool {
        if !self.shared.wished.load(Ordering::Acquire) {
            return true;
        }
        if !self.wait(interrupted) {
            return false;
        }
        let (acting, pull, throws) = {
            let mut wishes = lock(&self.shared.wishes);
            let lasting = wishes.paused || wishes.pace == Pace::OnDemand || wishes.pull.is_some();
            self.shared.wished.store(lasting, Ordering::Release);
            (wishes.acting.take(), wishes.pull, std::mem::take(&mut wishes.throws))
        };
        if let Some(acting) = acting {
            let world = session.world_mut();
            let mut agents = world.query::<&mut Agent>();
            agents.iter_mut(world).for_each(|mut agent| agent.acting = acting);
        }
        if !throws.is_empty() {
            throw(session, &throws);
        }
        self.pull(session, pull);
        true
    }

    /// Waits until a tick is wanted; false if there is to be none.
    fn wait(&self, interrupted: &AtomicBool) -> bool {
        let mut wishes = lock(&self.shared.wishes);
        loop {
            if wishes.closed || interrupted.load(Ordering::SeqCst) {
                return false;
            }
            if wishes.n_single > 0 {
                wishes.n_single -= 1;
                return true;
            }
            let in_time = match wishes.pace {
                Pace::Free => true,
                Pace::OnDemand => self.shared.n_wanted.load(Ordering::Acquire) > 0,
            };
            if !wishes.paused && in_time {
                return true;
            }
            let waited = self.shared.changed.wait_timeout(wishes, LOOK_UP);
            wishes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Pulls for one tick, and lets go of what was pulled at before.
    fn pull(&mut self, session: &mut Session, pull: Option<Pull>) {
        if pull.is_none() && self.pulled.is_none() {
            return;
        }
        let world = session.world_mut();
        let Some(mut simulation) = world.query::<&mut Simulation>().iter_mut(world).next() else {
            return;
        };
        let environments = &mut simulation.environments;
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

    /// Hands over what a tick brought: a frame if one is wanted, and rows of metrics.
    pub fn show(&mut self, session: &mut Session, rows: &[Arc<Metrics>]) {
        self.tick += 1;
        self.rows.extend_from_slice(rows);
        let is_wanted = self.shared.n_wanted.load(Ordering::Acquire) > 0;
        if !is_wanted && self.rows.is_empty() {
            return;
        }
        let Ok(mut news) = self.shared.news.try_lock() else { return };
        news.rows.append(&mut self.rows);
        if is_wanted {
            let query =
                self.query.get_or_insert_with(|| session.world_mut().query::<&Simulation>());
            let Some(simulation) = query.iter_manual(session.world()).next() else { return };
            let environments = &simulation.environments;
            let envs = (0..self.n_envs).filter_map(|env| environments.snapshot(env)).collect();
            news.frames.push_back(Frame { tick: self.tick, progress: session.progress(), envs });
            // Somebody may have asked for none in the meantime.
            let one_less = |n: usize| Some(n.saturating_sub(1));
            let wanted = &self.shared.n_wanted;
            let _ = wanted.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        }
    }
}

impl Drop for Broadcast {
    fn drop(&mut self) {
        lock(&self.shared.news).rows.append(&mut self.rows);
        self.shared.ended.store(true, Ordering::Release);
    }
}

impl Spectator {
    /// Asks for as many frames as have not been asked for yet to have `n` under way.
    pub fn want(&self, n: usize) {
        self.shared.n_wanted.store(n, Ordering::Release);
        if n > 0 {
            // Taken so that a session about to wait does not miss it.
            drop(lock(&self.shared.wishes));
            self.shared.changed.notify_all();
        }
    }

    /// Frames that are under way.
    pub fn n_wanted(&self) -> usize {
        self.shared.n_wanted.load(Ordering::Acquire)
    }

    /// Frames and rows of metrics that came since the last call.
    pub fn news(&self) -> (VecDeque<Frame>, Vec<Arc<Metrics>>) {
        let mut news = lock(&self.shared.news);
        (std::mem::take(&mut news.frames), std::mem::take(&mut news.rows))
    }

    /// Whether the session's side is gone.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.load(Ordering::Acquire)
    }

    pub fn set_paused(&self, paused: bool) {
        self.wish(|wishes| {
            wishes.paused = paused;
            wishes.n_single = 0;
        });
    }

    /// One tick, paused or not.
    pub fn single_step(&self) {
        self.wish(|wishes| wishes.n_single += 1);
    }

    pub fn set_pace(&self, pace: Pace) {
        self.wish(|wishes| wishes.pace = pace);
    }

    /// What the agents are to do from the next tick on.
    pub fn set_acting(&self, acting: Acting) {
        self.wish(|wishes| wishes.acting = Some(acting));
    }

    /// Takes hold of a body, or lets go.
    pub fn set_pull(&self, pull: Option<Pull>) {
        self.wish(|wishes| wishes.pull = pull);
    }

    /// Throws something into an environment before its next tick.
    pub fn throw(&self, env: usize, throw: Throw) {
        self.wish(|wishes| wishes.throws.push((env, throw)));
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = lock(&self.shared.wishes);
        change(&mut wishes);
        self.shared.wished.store(true, Ordering::Release);
        drop(wishes);
        self.shared.changed.notify_all();
    }
}

impl Drop for Spectator {
    fn drop(&mut self) {
        self.wish(|wishes| wishes.closed = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::lanes::Isa;
    use crate::nodes::{Mode, registry};
    use crate::scene::SceneLibrary;
    use crate::session::SessionOptions;
    use crate::workflow::GraphBuilder;

    fn session() -> Session {
        let graph = GraphBuilder::new(registry())
            .node("env", "IsaacGymEnvNode")
            .set("num_envs", 3)
            .node("agent", "PPOAgentNode")
            .node("step", "IsaacGymStepNode")
            .node("or", "ORNode")
            .connect("env", "sim", "step", "sim")
            .connect("env", "observations", "or", "input_a")
            .connect("step", "observations", "or", "input_b")
            .connect("or", "output", "agent", "observations")
            .connect("agent", "policy_output", "step", "actions")
            .build()
            .unwrap();
        let scenes = SceneLibrary::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes"));
        let mode = Mode::Evaluate { deterministic: true };
        let options = SessionOptions { mode, isa: Isa::detect(), ..SessionOptions::new(scenes) };
        Session::new(&graph, options).unwrap()
    }

    #[test]
    fn frames_come_when_they_are_wanted() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(2);
        let no = AtomicBool::new(false);
        for tick in 1..=5 {
            spectator.want(usize::from(tick == 2 || tick == 3));
            assert!(stage.attend(&mut session, &no));
            session.tick().unwrap();
            stage.show(&mut session, &[]);
        }
        let (frames, _) = spectator.news();
        let ticks: Vec<u64> = frames.iter().map(|frame| frame.tick).collect();
        assert_eq!(ticks, [2, 3]);
        assert_eq!(frames[1].envs.len(), 2);
        assert_eq!(frames[1].envs[0].progress, 3);
        assert_ne!(frames[0].envs[0].qpos, frames[1].envs[0].qpos);
    }

    #[test]
    fn a_pause_holds_until_a_step_is_allowed() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(1);
        let interrupted = AtomicBool::new(true);
        assert!(stage.attend(&mut session, &interrupted), "nothing holds");
        spectator.set_paused(true);
        assert!(!stage.attend(&mut session, &interrupted));
        interrupted.store(false, Ordering::SeqCst);
        spectator.single_step();
        assert!(stage.attend(&mut session, &interrupted));
        let resumed = std::thread::scope(|scope| {
            let spectator = &spectator;
            scope.spawn(move || spectator.set_paused(false));
            stage.attend(&mut session, &interrupted)
        });
        assert!(resumed);
    }

    #[test]
    fn on_demand_every_frame_is_a_tick() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(1);
        let interrupted = AtomicBool::new(true);
        spectator.set_pace(Pace::OnDemand);
        assert!(!stage.attend(&mut session, &interrupted));
        interrupted.store(false, Ordering::SeqCst);
        spectator.want(1);
        assert!(stage.attend(&mut session, &interrupted));
    }

    #[test]
    fn both_sides_notice_that_the_other_is_gone() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(1);
        drop(spectator);
        assert!(!stage.attend(&mut session, &AtomicBool::new(false)));
        let (stage, spectator) = broadcast(1);
        assert!(!spectator.has_ended());
        drop(stage);
        assert!(spectator.has_ended());
    }

    /// The cart is pulled to the right, and then let go of.
    #[test]
    fn what_is_pulled_comes_along() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(2);
        let no = AtomicBool::new(false);
        let mut drive = |pull: Option<Pull>, n_ticks: usize| {
            spectator.set_pull(pull);
            for _ in 0..n_ticks {
                spectator.want(1);
                assert!(stage.attend(&mut session, &no));
                session.tick().unwrap();
                stage.show(&mut session, &[]);
            }
            spectator.news().0.pop_back().unwrap().envs
        };
        let before = drive(None, 1);
        let pull = Pull { env: 1, body: 1, point: [0.0; 3], target: [2.0, 0.0, 1.2] };
        let after = drive(Some(pull), 20);
        assert!(after[1].qpos[0] > before[1].qpos[0] + 0.2, "{after:?}");
        assert!((after[0].qpos[0] - before[0].qpos[0]).abs() < 0.2, "{after:?}");
        drive(None, 1);
        assert_eq!(stage.pulled, None);
    }

    #[test]
    fn agents_do_what_they_are_told() {
        let mut session = session();
        let (mut stage, spectator) = broadcast(1);
        spectator.set_acting(Acting::Random);
        assert!(stage.attend(&mut session, &AtomicBool::new(false)));
        let world = session.world_mut();
        let acting = world.query::<&Agent>().single(world).unwrap().acting;
        assert_eq!(acting, Acting::Random);
    }
}
