//! What programs that train a workflow of their own begin with.

#[doc(inline)]
pub use crate::cli::Program;
pub use crate::code::kinds::*;
pub use crate::code::{Settings, Trigger, Workflow, default};
pub use crate::nodes::{Kinds, NodeKind};
pub use std::process::ExitCode;
pub use std::time::Duration;
