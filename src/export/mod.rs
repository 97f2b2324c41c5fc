//! Workflows as Rust programs of their owners: text, and the cargo project around it.

mod code;
mod error;
mod folder;
mod manifest;
mod order;
mod project;
mod text;

pub use code::{Code, Mark, Part, Source, code, function_name};
pub use error::ExportError;
pub use folder::Updated;
pub use project::{Exported, Library, Project};
