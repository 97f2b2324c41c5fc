//! Who opens what is chosen on the start page.

use super::show::Show;
use super::smoothness::Smoothness;
use crate::session::Broadcast;
use crate::ui::Shelf;
use std::path::Path;

/// What a window with a start page asks for what it lists and opens.
pub trait Host: Send + Sync {
    /// What there is to open.
    fn shelves(&self) -> Vec<Shelf>;

    /// Prepares a session; otherwise says why there is none, in words for whoever chose it.
    fn open(&self, path: &Path) -> Result<Opened, String>;

    /// A session has ended: what came of it, and how the window kept up.
    fn closed(&self, result: Result<(), String>, smoothness: Smoothness);

    /// Whether the window is to close, as Ctrl-C asks for.
    fn interrupted(&self) -> bool;
}

/// A session that is ready to be watched.
pub struct Opened {
    pub show: Show,
    /// Runs it to its end, on a thread of its own; otherwise says what went wrong.
    pub work: Work,
}

/// What runs a session.
pub type Work = Box<dyn FnOnce(Broadcast) -> Result<(), String> + Send>;
