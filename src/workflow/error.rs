//! A workflow that cannot run.

use crate::diagnostic::Diagnostic;
use thiserror::Error;

/// All errors of a workflow.
#[derive(Debug, Clone, Error)]
#[error("the workflow is not sound:\n{}", lines(.diagnostics))]
pub struct WorkflowError {
    /// Errors, and whatever else the checker found.
    pub diagnostics: Vec<Diagnostic>,
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("  {d}")).collect::<Vec<_>>().join("\n")
}
