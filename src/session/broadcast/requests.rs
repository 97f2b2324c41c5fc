//! The requests of a spectator to a session.

use crate::nodes::ActionMode;
use crate::scene::Throw;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::preview::PreviewCommand;
use crate::session::pull::Pull;

/// How fast a watched session runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as possible.
    #[default]
    Free,
    /// One tick for each requested frame.
    OnDemand,
}

/// A command, carried out before the next tick; at once while the session is paused.
pub(super) enum Command {
    Act(ActionMode),
    /// Play a checkpoint's policy; none: the policy in training.
    Play(Option<Box<CheckpointInfo>>),
    EndEpisode(usize),
    /// Send the list of the run's checkpoints.
    List,
    /// Send the present state again, with the number of environments that is now shown.
    Show,
    /// Throw an object into an environment.
    Throw(usize, Throw),
    /// Begin or stop to count what nodes do.
    WatchNodes(bool),
    /// For a scene that is looked at without a policy.
    Look(PreviewCommand),
    /// Set a setting to a value; none releases it.
    Set(String, Option<f64>),
}

impl Command {
    /// Whether the later order makes this one obsolete.
    fn is_void_after(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Act(_), Self::Act(_)) | (Self::Play(_), Self::Play(_)) => true,
            (Self::List, Self::List) => true,
            (Self::EndEpisode(env), Self::EndEpisode(other)) => env == other,
            (Self::Show, Self::Show) | (Self::WatchNodes(_), Self::WatchNodes(_)) => true,
            (Self::Set(setting, _), Self::Set(other, _)) => setting == other,
            (Self::Look(command), Self::Look(later)) => command.is_void_after(later),
            _ => false,
        }
    }
}

#[derive(Default)]
pub(super) struct Requests {
    pub paused: bool,
    /// Ticks that are allowed while paused.
    pub n_single: usize,
    pub pace: Pace,
    pub pull: Option<Pull>,
    pub closed: bool,
    commands: Vec<Command>,
}

/// What the session does next.
pub(super) enum Next {
    Execute(Vec<Command>),
    /// A tick, in which the spectator may pull a body.
    Tick(Option<Pull>),
    Wait,
    End,
}

impl Requests {
    /// Adds an order, and removes those that it makes obsolete.
    pub fn command(&mut self, command: Command) {
        self.commands.retain(|earlier| !earlier.is_void_after(&command));
        self.commands.push(command);
    }

    /// What is to be done with `n_wanted` frames wanted. Orders come first, also before an end: who
    /// gives one and leaves means it.
    pub fn next(&mut self, n_wanted: usize, interrupted: bool) -> Next {
        if !self.commands.is_empty() {
            return Next::Execute(std::mem::take(&mut self.commands));
        }
        if self.closed || interrupted {
            return Next::End;
        }
        if self.n_single > 0 {
            self.n_single -= 1;
            return Next::Tick(self.pull);
        }
        let in_time = self.pace == Pace::Free || n_wanted > 0;
        if self.paused || !in_time { Next::Wait } else { Next::Tick(self.pull) }
    }

    /// Whether the session must look at its wishes before every tick.
    pub fn last(&self) -> bool {
        self.paused || self.pace == Pace::OnDemand || self.pull.is_some()
    }
}
