//! Errors of exporting a workflow.

use std::path::{Path, PathBuf};

/// An error of an export. Nothing has been written then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
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

    /// A node kind whose code was asked for is not built in.
    #[error("{0} is no built-in node kind, so there is no code of it to own")]
    Kind(String),

    /// A node cannot be written as code.
    #[error("node {node}: {message}")]
    Node {
        /// Its id and title.
        node: String,
        /// What is wrong.
        message: String,
    },

    /// The folder cannot take the project.
    #[error("{}: {message}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        message: &'static str,
    },
}

impl ExportError {
    pub(super) fn file(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        Self::File { action, path: path.to_owned(), cause }
    }
}
