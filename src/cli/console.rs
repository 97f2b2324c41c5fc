//! What a person sees while something runs: lines above a progress bar.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Where lines and the progress bar go.
#[derive(Clone)]
pub(super) struct Console {
    bar: ProgressBar,
    lines: Lines,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Stdout,
    /// Standard output belongs to the result.
    Stderr,
    Nowhere,
}

impl Console {
    /// A bar towards `length`, or a spinner; hidden where standard error is not a terminal.
    pub(super) fn new(length: Option<u64>, quiet: bool, json: bool) -> Self {
        let bar = match length {
            _ if quiet || !std::io::stderr().is_terminal() => ProgressBar::hidden(),
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        let template = match length {
            Some(_) => "{bar:32} {pos}/{len} updates  {elapsed}<{eta}  {msg}",
            None => "{spinner} {pos} updates  {elapsed}  {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        let lines = match (quiet, json) {
            (true, _) => Lines::Nowhere,
            (false, true) => Lines::Stderr,
            (false, false) => Lines::Stdout,
        };
        Self { bar, lines }
    }

    /// Prints a line without disturbing the bar.
    pub(super) fn line(&self, line: &str) {
        // A closed standard output must not stop a training run.
        self.bar.suspend(|| match self.lines {
            Lines::Stdout => drop(writeln!(std::io::stdout(), "{line}")),
            Lines::Stderr => drop(writeln!(std::io::stderr(), "{line}")),
            Lines::Nowhere => {}
        });
    }

    /// Moves the bar.
    pub(super) fn advance(&self, position: u64, message: String) {
        self.bar.set_position(position);
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
