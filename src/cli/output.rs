//! Printing, where the reader may have gone.

use super::excerpt;
use crate::diagnostic::Diagnostic;
use console::Term;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};

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

/// Prints a finding on standard error: on a terminal with an excerpt of the file, as compilers do; elsewhere, for
/// files and programs, in one line.
pub(super) fn tell(found: &Diagnostic) {
    match Screen::stderr() {
        // A blank line between one and the next.
        Some(screen) => write_raw(&(excerpt::set(found, screen.width, screen.styled) + "\n")),
        // One line, whatever names in files hold.
        None => complain(found.to_string().replace('\n', "\\n")),
    }
}

/// Prints an error that is not about a place in a file, and what to do about it.
pub(super) fn tell_error(message: &str, help: &str) {
    match (Screen::stderr(), help) {
        (Some(screen), _) => {
            write_raw(&excerpt::error(message, help, screen.width, screen.styled));
        }
        (None, "") => complain(format_args!("error: {message}")),
        (None, _) => complain(format_args!("error: {message}; {help}")),
    }
}

/// Prints what was made legible already, and has colours.
fn write_raw(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Columns of lines that no terminal shows.
const WIDTH: usize = 100;
/// Wider lines are hard to follow with the eye [columns].
const MOST_WIDTH: usize = 160;

/// A terminal.
struct Screen {
    /// In columns.
    width: usize,
    /// Whether it has colours, and they are wanted.
    styled: bool,
}

impl Screen {
    /// The terminal on which standard error is shown, if it is one.
    fn stderr() -> Option<Self> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|it| it == value);
        // https://no-color.org
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Some(Self { width: width(&Term::stderr()), styled: !is_plain && !is("TERM", "dumb") })
    }
}

fn width(terminal: &Term) -> usize {
    terminal.size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns).min(MOST_WIDTH))
}

/// The columns of texts on standard output: those of its terminal, or as many as are read well.
pub(super) fn text_width() -> usize {
    match std::io::stdout().is_terminal() {
        true => width(&Term::stdout()),
        false => WIDTH,
    }
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
