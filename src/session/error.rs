//! Errors of sessions.

use crate::learn::LearnError;
use crate::nodes::NodeError;
use crate::workflow::WorkflowError;
use std::path::PathBuf;

/// An error of a session. Messages contain their causes.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A node could not be built, or failed while running.
    #[error("{node}: {cause}")]
    Node {
        /// Its id and title.
        node: String,
        /// Why.
        cause: NodeError,
    },

    /// The session lacks a node kind of the workflow.
    #[error(
        "{node}: this session has no node kind `{kind}`; hand it the kinds that the workflow was checked \
         with, as `kinds` of SessionOptions"
    )]
    Kind {
        /// The node's id and title.
        node: String,
        /// Class name of the kind.
        kind: &'static str,
    },

    /// The workflow has errors.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),

    /// A training was asked for and the workflow has no trainer.
    #[error("nothing learns here; add a PPOTrainerNode")]
    NothingLearns,

    /// No node can fire; with what each waits for.
    #[error("nothing can fire:\n{0}")]
    Deadlock(String),

    /// A file cannot be read or written.
    #[error("cannot {action} {}: {cause}", path.display())]
    File {
        /// What was tried, such as `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        cause: std::io::Error,
    },

    /// A run's folder is not as it should be.
    #[error("{}: {message}", path.display())]
    Run {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },

    /// A line of a run's file is not as it should be.
    #[error("{}:{line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },

    /// A setting cannot have this value.
    #[error("`{setting}`: {message}")]
    Setting {
        /// Its name.
        setting: String,
        /// What is wrong.
        message: String,
    },

    /// The policy on show cannot be changed.
    #[error("the policy cannot be changed: {0}")]
    Policy(String),

    /// What was set anew for a run that goes on does not fit what the run has saved.
    #[error(
        "{cause}; a run goes on only with settings that change no shapes: leave out --set {settings}, or begin a new run \
         with them and --init-from {}", run.display()
    )]
    Unfit {
        /// What does not fit.
        cause: Box<SessionError>,
        /// The settings of `--set`.
        settings: String,
        /// The run's folder.
        run: PathBuf,
    },

    /// A training came to numbers that are not finite; what it had learned is in a checkpoint.
    #[error("{cause}; what was learned before is saved in {}", checkpoint.display())]
    Diverged {
        /// What met the number.
        cause: Box<SessionError>,
        /// Folder of the checkpoint.
        checkpoint: PathBuf,
    },

    /// What went wrong, and what went wrong in saving what there was.
    #[error("{}; and it could not be saved: {}", .0[0], .0[1])]
    Unsaved(Box<[SessionError; 2]>),

    /// A request to the scene that is looked at cannot be carried out.
    #[error("{0}")]
    Look(String),

    /// A checkpoint cannot be used.
    #[error("checkpoint {}: {cause}", path.display())]
    Checkpoint {
        /// Its folder.
        path: PathBuf,
        /// Why.
        cause: LearnError,
    },
}
