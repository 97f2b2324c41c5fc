//! What a person sees while something runs: lines above a progress bar.

use super::output::{complain, legible};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Where lines and the progress bar go.
#[derive(Clone)]
pub(super) struct Console {
    bar: ProgressBar,
    lines: Lines,
    /// When something was last said of the progress, where there is no bar to show it.
    said: Option<Arc<Mutex<Instant>>>,
}

/// How often that is said.
const INTERVAL: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Stdout,
    /// Standard output belongs to the result.
    Stderr,
    Nowhere,
}

impl Console {
    /// A bar towards `length`, or a spinner. Where standard error is not a terminal, a line now and then.
    pub(super) fn new(length: Option<u64>, quiet: bool, json: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = match length {
            _ if quiet || !is_terminal => ProgressBar::hidden(),
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
        let says = !quiet && !is_terminal;
        Self { bar, lines, said: says.then(|| Arc::new(Mutex::new(Instant::now()))) }
    }

    /// Prints a line without disturbing the bar.
    pub(super) fn line(&self, line: &str) {
        let line = legible(line);
        // A closed standard output must not stop a training run.
        self.bar.suspend(|| match self.lines {
            Lines::Stdout => drop(writeln!(std::io::stdout(), "{line}")),
            Lines::Stderr => drop(writeln!(std::io::stderr(), "{line}")),
            Lines::Nowhere => {}
        });
    }

    /// Prints a warning without disturbing the bar.
    pub(super) fn warn(&self, line: &str) {
        if self.lines != Lines::Nowhere {
            self.bar.suspend(|| complain(line));
        }
    }

    /// Moves the bar.
    pub(super) fn advance(&self, position: u64, message: String) {
        if let Some(mut said) = self.said.as_ref().and_then(|said| said.lock().ok())
            && said.elapsed() >= INTERVAL
        {
            *said = Instant::now();
            let of = self.bar.length().map_or(String::new(), |length| format!("/{length}"));
            complain(format_args!("{position}{of} updates  {message}"));
        }
        self.bar.set_position(position);
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
