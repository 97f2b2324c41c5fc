//! An evaluation session that runs beside a training, for spectators. In it the policy in training acts by its mean
//! action, an earlier checkpoint acts, or actions are random. It does not affect the training.

use super::build::{Session, SessionOptions};
use super::checkpoint::CheckpointInfo;
use super::error::SessionError;
use crate::nodes::{ActionMode, Agent, Kinds, Mode};
use crate::scene::SceneLibrary;
use crate::workflow::{Graph, ParamValue, Role};

/// Builds a session that plays the workflow of a training, with the given number of environments.
pub type SessionFactory = Box<dyn FnMut(usize) -> Result<Session, SessionError>>;

/// What builds the sessions in which the policy of a graph's training is shown beside it.
pub(super) fn session_factory(
    graph: Graph,
    scenes: SceneLibrary,
    seed: u64,
    kinds: Kinds,
) -> SessionFactory {
    Box::new(move |n_envs| {
        let mut graph = graph.clone();
        for node in graph.nodes.iter_mut().filter(|node| node.class.role == Role::Environment) {
            node.params.insert("num_envs".to_owned(), ParamValue::Int(n_envs as i64));
        }
        let mode = Mode::Evaluate { deterministic: true };
        // Only the training's nodes print.
        let console = Box::new(|_: &str| ());
        let kinds = kinds.clone();
        let options =
            SessionOptions { seed, mode, kinds, console, ..SessionOptions::new(scenes.clone()) };
        Session::new(&graph, options)
    })
}

pub(super) struct EvaluationSession {
    build: SessionFactory,
    action_mode: ActionMode,
    /// The checkpoint whose policy acts; without one, the policy in training.
    checkpoint: Option<CheckpointInfo>,
    /// The session, while it runs.
    session: Option<Session>,
    n_envs: usize,
    /// Whether the policy must be copied again before the next tick.
    is_due: bool,
}

impl EvaluationSession {
    /// Whether this session is shown instead of the training itself.
    fn is_on(&self) -> bool {
        self.action_mode != ActionMode::Sampled || self.checkpoint.is_some()
    }

    /// One tick, with at least `n_envs` environments.
    fn advance(&mut self, training: &mut Session, n_envs: usize) -> Result<(), SessionError> {
        if self.session.is_none() || self.n_envs < n_envs {
            self.session = Some((self.build)(n_envs)?);
            (self.n_envs, self.is_due) = (n_envs, true);
        }
        let Some(session) = &mut self.session else { return Ok(()) };
        if std::mem::take(&mut self.is_due) {
            session.act(self.action_mode);
            match &self.checkpoint {
                Some(checkpoint) => session.load_networks(checkpoint)?,
                None => session.take_policy(training)?,
            }
        }
        session.tick().map(|_| ())
    }
}

impl Session {
    /// Lets the spectator of this training also see its policy in an evaluation session.
    pub fn allow_evaluation_session(&mut self, build: SessionFactory) {
        self.evaluation_session = Some(Box::new(EvaluationSession {
            build,
            action_mode: ActionMode::Sampled,
            checkpoint: None,
            session: None,
            n_envs: 0,
            is_due: false,
        }));
    }

    /// What the agents do from the next tick on; beside a training, those that are on show.
    pub(super) fn set_action_mode(&mut self, action_mode: ActionMode) -> Result<(), SessionError> {
        match self.is_training() {
            true => self.change_evaluation_session(|evaluation_session| {
                evaluation_session.action_mode = action_mode
            }),
            false => {
                self.act(action_mode);
                Ok(())
            }
        }
    }

    /// The policy that acts from the next tick on: a checkpoint's or, beside a training, the one in training.
    pub(super) fn set_policy(
        &mut self,
        checkpoint: Option<CheckpointInfo>,
    ) -> Result<(), SessionError> {
        match (self.is_training(), checkpoint) {
            (true, checkpoint) => self.change_evaluation_session(|evaluation_session| {
                evaluation_session.checkpoint = checkpoint
            }),
            (false, Some(checkpoint)) => self.play(&checkpoint),
            (false, None) => Err(SessionError::Policy("nothing learns in this session".to_owned())),
        }
    }

    fn change_evaluation_session(
        &mut self,
        change: impl FnOnce(&mut EvaluationSession),
    ) -> Result<(), SessionError> {
        let Some(evaluation_session) = &mut self.evaluation_session else {
            let message = "this session trains one of its own, and has nothing to show another in";
            return Err(SessionError::Policy(message.to_owned()));
        };
        change(evaluation_session);
        evaluation_session.is_due = true;
        if !evaluation_session.is_on() {
            evaluation_session.session = None;
        }
        Ok(())
    }

    /// Runs one tick of the evaluation session, if there is one; returns whether there is. After an error it is no
    /// longer shown.
    pub(super) fn advance_evaluation_session(
        &mut self,
        n_envs: usize,
    ) -> Result<bool, SessionError> {
        let Some(mut evaluation_session) =
            self.evaluation_session.take_if(|evaluation_session| evaluation_session.is_on())
        else {
            return Ok(false);
        };
        let advanced = evaluation_session.advance(self, n_envs);
        if advanced.is_err() {
            (evaluation_session.action_mode, evaluation_session.checkpoint) =
                (ActionMode::Sampled, None);
            evaluation_session.session = None;
        }
        self.evaluation_session = Some(evaluation_session);
        advanced.map(|()| true)
    }

    /// Whether an evaluation session is shown instead of this one.
    pub(super) fn shows_evaluation_session(&self) -> bool {
        self.evaluation_session
            .as_ref()
            .is_some_and(|evaluation_session| evaluation_session.is_on())
    }

    /// After an update: the policy on show is no longer the one being trained.
    pub(super) fn refresh_evaluation_session(&mut self) {
        if let Some(evaluation_session) = &mut self.evaluation_session {
            evaluation_session.is_due |= evaluation_session.checkpoint.is_none();
        }
    }

    /// Applies `change` to the session that is shown: this one, or the one beside it.
    pub(super) fn on_show<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> T {
        let beside = self
            .evaluation_session
            .as_mut()
            .and_then(|evaluation_session| evaluation_session.session.as_mut());
        match beside {
            Some(session) => work(session),
            None => work(self),
        }
    }

    fn act(&mut self, action_mode: ActionMode) {
        let world = self.world_mut();
        let mut agents = world.query::<&mut Agent>();
        agents.iter_mut(world).for_each(|mut agent| agent.action_mode = action_mode);
    }

    /// Acts by the policy of another session of the same workflow, as it is now.
    fn take_policy(&mut self, other: &mut Session) -> Result<(), SessionError> {
        let world = other.world_mut();
        let Some(agent) = world.query::<&Agent>().iter(world).next() else { return Ok(()) };
        let policy = |cause: crate::learn::LearnError| SessionError::Policy(cause.to_string());
        let state = agent.policy.state().map_err(policy)?;
        let world = self.world_mut();
        let mut agents = world.query::<&mut Agent>();
        for mut agent in agents.iter_mut(world) {
            agent.policy.load_state(&state).map_err(policy)?;
        }
        Ok(())
    }
}
