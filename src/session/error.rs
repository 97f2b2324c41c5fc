//! Errors of sessions.

use crate::learn::LearnError;
use crate::nodes::NodeError;
use crate::workflow::WorkflowError;
use std::path::PathBuf;

/// Why a session could not begin or go on. Causes stand in the messages themselves.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("{node}: {cause}")]
    Node { node: String, cause: NodeError },

    #[error(
        "{node}: this session has no node kind `{kind}`; hand it the kinds that the workflow was checked \
         with, as `kinds` of SessionOptions"
    )]
    Kind { node: String, kind: &'static str },

    #[error(transparent)]
    Workflow(#[from] WorkflowError),

    #[error("nothing learns here; add a PPOTrainerNode")]
    NothingLearns,

    #[error("nothing can fire:\n{0}")]
    Deadlock(String),

    #[error("cannot {action} {}: {cause}", path.display())]
    File { action: &'static str, path: PathBuf, cause: std::io::Error },

    #[error("{}: {message}", path.display())]
    Run { path: PathBuf, message: String },

    #[error("{}:{line}: {message}", path.display())]
    Line { path: PathBuf, line: usize, message: String },

    #[error("`{setting}`: {message}")]
    Setting { setting: String, message: String },

    #[error("the policy cannot be changed: {0}")]
    Policy(String),

    /// A training came to numbers that are not finite; what it had learned is in a checkpoint.
    #[error("{cause}; what was learned before is saved in {}", checkpoint.display())]
    Diverged { cause: Box<SessionError>, checkpoint: PathBuf },

    /// What went wrong, and what went wrong in saving what there was.
    #[error("{}; and it could not be saved: {}", .0[0], .0[1])]
    Unsaved(Box<[SessionError; 2]>),

    #[error("{0}")]
    Look(String),

    #[error("checkpoint {}: {cause}", path.display())]
    Checkpoint { path: PathBuf, cause: LearnError },
}
