//! What stops a session.

use crate::learn::LearnError;
use crate::nodes::NodeError;
use crate::workflow::Diagnostic;
use std::path::PathBuf;

/// Why a session could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("{node}: {source}")]
    Node { node: String, source: NodeError },

    #[error("the workflow is not sound:\n{}", lines(.0))]
    Workflow(Vec<Diagnostic>),

    #[error("nothing can fire:\n{0}")]
    Deadlock(String),

    #[error("cannot {action} {}: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: std::io::Error },

    #[error("{}: {message}", path.display())]
    Run { path: PathBuf, message: String },

    #[error("checkpoint {}: {source}", path.display())]
    Checkpoint { path: PathBuf, source: LearnError },
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("  {d}")).collect::<Vec<_>>().join("\n")
}
