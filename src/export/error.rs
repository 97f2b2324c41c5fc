//! Errors of exporting a workflow.

use std::path::{Path, PathBuf};

/// Why a workflow was not exported. Nothing has been written then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("cannot {action} {}: {cause}", path.display())]
    File { action: &'static str, path: PathBuf, cause: std::io::Error },

    #[error("{0} is no built-in node kind, so there is no code of it to own")]
    Kind(String),

    #[error("node {node}: {message}")]
    Node { node: String, message: String },

    #[error("{}: {message}", path.display())]
    Folder { path: PathBuf, message: &'static str },
}

impl ExportError {
    pub(super) fn file(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        Self::File { action, path: path.to_owned(), cause }
    }
}
