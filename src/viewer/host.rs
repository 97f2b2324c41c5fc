//! The interface through which the window opens sessions and files.

use super::show::Show;
use super::smoothness::Smoothness;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::session::Broadcast;
use crate::ui::{Shelf, Template};
use crate::workflow::Document;
use std::path::{Path, PathBuf};

/// Functions by which a window with a start page lists and opens sessions and files.
pub trait Host: Send + Sync {
    /// The workflows to begin with; otherwise says what is wrong with their list.
    fn templates(&self) -> Result<Vec<Template>, String>;

    /// What there is to open.
    fn shelves(&self) -> Vec<Shelf>;

    /// Prepares a session; otherwise says why there is none, in words for whoever chose it.
    fn open(&self, path: &Path) -> Result<Opened, String>;

    /// Prepares a training of a workflow as it stands in the editor; `path` is its file, if it has one.
    fn train(&self, name: &str, path: Option<&Path>, document: Document) -> Result<Opened, String>;

    /// Prepares a training that goes on with a run from its last checkpoint, with these settings (`NODE.PARAM=VALUE`).
    fn go_on(&self, run: &Path, settings: &[String]) -> Result<Opened, String>;

    /// The kinds that workflows are edited with.
    fn kinds(&self) -> Kinds;

    /// Where the scenes of a workflow are; `path` is its file, if it has one.
    fn scenes(&self, path: Option<&Path>) -> SceneLibrary;

    /// A session has ended: what came of it, and how the window kept up.
    fn closed(&self, result: Result<(), String>, smoothness: Smoothness);

    /// Whether the window is to close, as Ctrl-C asks for.
    fn interrupted(&self) -> bool;
}

/// First page of a window.
pub enum First {
    /// The start page.
    Start,
    /// The editor, with a workflow's file or a new workflow.
    Edit(Option<PathBuf>),
    /// A session that is ready.
    Watch(Opened),
}

/// A session that is ready to be watched.
pub struct Opened {
    /// What its window shows.
    pub show: Show,
    /// Runs it to its end, on a thread of its own; otherwise says what went wrong.
    pub work: Work,
}

/// What runs a session, and returns the folder of the run that it trained, if it trained one.
pub type Work = Box<dyn FnOnce(Broadcast) -> Result<Option<PathBuf>, String> + Send>;
