//! Printing, where the reader may have gone.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// How much a command says on standard error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Warnings too.
    Normal,
    /// Notes too.
    Verbose,
}

/// Prints a line on standard output. A reader that has seen enough, such as `head`, is no failure.
pub(super) fn print(line: impl Display) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot write to standard output")),
        Ok(()) => Ok(()),
    }
}

/// Prints a line on standard error. If that fails there is nobody left to tell.
pub(super) fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
