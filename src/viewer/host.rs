//! The interface through which the window opens sessions and files.

use super::smoothness::Smoothness;
use super::window_options::WindowOptions;
use crate::nodes::Kinds;
use crate::scene::SceneLibrary;
use crate::session::Broadcast;
use crate::ui::{StartList, Template};
use crate::workflow::Document;
use std::path::{Path, PathBuf};

/// Functions by which a window with a start page lists and opens sessions and files.
pub trait Host: Send + Sync {
    /// The workflows to begin with; otherwise says what is wrong with their list.
    fn templates(&self) -> Result<Vec<Template>, String>;

    /// What there is to open.
    fn start_lists(&self) -> Vec<StartList>;

    /// Prepares a session; otherwise says why there is none, in words for whoever chose it.
    fn open(&self, path: &Path) -> Result<ReadySession, String>;

    /// Prepares a training of a workflow as it stands in the editor; `path` is its file, if it has one.
    fn train(
        &self,
        name: &str,
        path: Option<&Path>,
        document: Document,
    ) -> Result<ReadySession, String>;

    /// Prepares a training that goes on with a run from its last checkpoint, with these settings (`NODE.PARAM=VALUE`).
    fn go_on(&self, run: &Path, settings: &[String]) -> Result<ReadySession, String>;

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
pub enum FirstPage {
    /// The start page.
    Start,
    /// The editor, with a workflow's file or a new workflow.
    Edit(Option<PathBuf>),
    /// A session that is ready.
    Watch(Box<ReadySession>),
}

/// A session that is ready to be watched.
pub struct ReadySession {
    /// What its window shows.
    pub show: WindowOptions,
    /// Runs it to its end, on a thread of its own; otherwise says what went wrong.
    pub work: SessionRunner,
}

/// What runs a session, and returns the folder of the run that it trained, if it trained one.
pub type SessionRunner = Box<dyn FnOnce(Broadcast) -> Result<Option<PathBuf>, String> + Send>;
