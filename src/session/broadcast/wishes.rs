//! What a spectator tells a session.

use crate::nodes::Acting;
use crate::scene::Throw;
use crate::session::checkpoint::CheckpointInfo;
use crate::session::look::LookOrder;
use crate::session::pull::Pull;

/// How fast a session runs that is looked on at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    #[default]
    Free,
    /// A tick for each frame that is asked for.
    OnDemand,
}

/// Something to be done once, before the next tick; at once where the session is paused.
pub(super) enum Order {
    Act(Acting),
    /// A checkpoint's policy; without one, that of a training.
    Play(Option<Box<CheckpointInfo>>),
    EndEpisode(usize),
    /// The run's checkpoints are to be told.
    List,
    /// The present state once more, with as many environments as are to be on show now.
    Show,
    /// Into an environment.
    Throw(usize, Throw),
    /// Nodes are to be watched, or no longer.
    WatchNodes(bool),
    /// For a scene that is looked at without a policy.
    Look(LookOrder),
    /// A value for a setting; none takes the hand off it.
    Set(String, Option<f64>),
}

impl Order {
    /// Whether nothing is left of this order once `later` has been given.
    fn is_void_after(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Act(_), Self::Act(_)) | (Self::Play(_), Self::Play(_)) => true,
            (Self::List, Self::List) => true,
            (Self::EndEpisode(env), Self::EndEpisode(other)) => env == other,
            (Self::Show, Self::Show) | (Self::WatchNodes(_), Self::WatchNodes(_)) => true,
            (Self::Set(setting, _), Self::Set(other, _)) => setting == other,
            (Self::Look(order), Self::Look(later)) => order.is_void_after(later),
            _ => false,
        }
    }
}

#[derive(Default)]
pub(super) struct Wishes {
    pub paused: bool,
    /// Ticks that are allowed while paused.
    pub n_single: usize,
    pub pace: Pace,
    pub pull: Option<Pull>,
    pub closed: bool,
    orders: Vec<Order>,
}

/// What the session does next.
pub(super) enum Next {
    Obey(Vec<Order>),
    /// A tick, in which somebody may pull at a body.
    Tick(Option<Pull>),
    Wait,
    End,
}

impl Wishes {
    /// Adds an order; one that it makes void goes.
    pub fn order(&mut self, order: Order) {
        self.orders.retain(|earlier| !earlier.is_void_after(&order));
        self.orders.push(order);
    }

    /// What is to be done with `n_wanted` frames wanted. Orders come first, also before an end: who
    /// gives one and leaves means it.
    pub fn next(&mut self, n_wanted: usize, interrupted: bool) -> Next {
        if !self.orders.is_empty() {
            return Next::Obey(std::mem::take(&mut self.orders));
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
