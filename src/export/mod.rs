//! Workflows as Rust programs of their owners: text, and the cargo project around it.

mod code;
mod constants;
mod error;
mod folder;
mod manifest;
mod order;
mod own;
mod project;
mod text;

pub use code::{Code, Mark, ProgramSource, WorkflowPart, code, function_name};
pub use error::ExportError;
pub use folder::Updated;
pub use own::{OWN_NODES, OwnNodes};
pub use project::{Exported, LibrarySource, Project};
