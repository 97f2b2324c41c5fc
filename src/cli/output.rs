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

/// Prints a line on standard output. A closed pipe, as after `head`, is not an error.
pub(super) fn print(line: impl Display) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{}", legible(&line.to_string())) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot write to standard output")),
        Ok(()) => Ok(()),
    }
}

/// Prints a line on standard error. A failure to print is ignored.
pub(super) fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", legible(&line.to_string()));
}

/// A text that is safe to print on a terminal. Names and values come from files: characters that would move the cursor,
/// colour the screen, change the window's title or the order of letters are written as escapes such as `\u{1b}`.
pub(super) fn legible(text: &str) -> String {
    let mut legible = String::with_capacity(text.len());
    for c in text.chars() {
        let is_order = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c {
            '\n' | '\t' => legible.push(c),
            c if c.is_control() || is_order => legible.extend(c.escape_default()),
            c => legible.push(c),
        }
    }
    legible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        for (text, expected) in [
            ("a\tb\nc: é 机 🤖", "a\tb\nc: é 机 🤖"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("safe\rerror", "safe\\rerror"),
            // The control characters of eight bits, and those that turn the order of letters around.
            ("\u{9b}31m \u{202e}fdp.exe", "\\u{9b}31m \\u{202e}fdp.exe"),
        ] {
            assert_eq!(legible(text), expected);
        }
    }
}
