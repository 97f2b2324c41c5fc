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
    /// What is counted, in the plural.
    unit: &'static str,
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
    /// A bar towards `length` updates, or a spinner. Where standard error is not a terminal, a line now and then.
    pub(super) fn new(length: Option<u64>, quiet: bool, json: bool) -> Self {
        let lines = match (quiet, json) {
            (true, _) => Lines::Nowhere,
            (false, true) => Lines::Stderr,
            (false, false) => Lines::Stdout,
        };
        let template = match length {
            Some(_) => "{bar:32} {pos}/{len} updates  {elapsed}  {msg}",
            None => "{spinner} {pos} updates  {elapsed}  {msg}",
        };
        Self::with(length, "updates", template, lines)
    }

    /// The same of what has `length` parts of about the same time, such as pictures of a film.
    pub(super) fn of(unit: &'static str, length: u64) -> Self {
        let template = format!("{{bar:32}} {{pos}}/{{len}} {unit}  {{elapsed}}<{{eta}}  {{msg}}");
        Self::with(Some(length), unit, &template, Lines::Stderr)
    }

    fn with(length: Option<u64>, unit: &'static str, template: &str, lines: Lines) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let is_quiet = lines == Lines::Nowhere;
        let bar = match length {
            // A bar that is hidden knows its length all the same.
            _ if is_quiet || !is_terminal => {
                let bar = ProgressBar::hidden();
                length.into_iter().for_each(|length| bar.set_length(length));
                bar
            }
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        let says = !is_quiet && !is_terminal;
        let said = says.then(|| Arc::new(Mutex::new(Instant::now())));
        Self { bar, unit, lines, said }
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

    /// Says what the bar goes towards.
    pub(super) fn extend(&self, length: u64) {
        self.bar.set_length(length);
    }

    /// Moves the bar.
    pub(super) fn advance(&self, position: u64, message: String) {
        if let Some(mut said) = self.said.as_ref().and_then(|said| said.lock().ok())
            && said.elapsed() >= INTERVAL
        {
            *said = Instant::now();
            let of = self.bar.length().map_or(String::new(), |length| format!("/{length}"));
            let line = format!("{position}{of} {}  {message}", self.unit);
            complain(line.trim_end());
        }
        self.bar.set_position(position);
        self.bar.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A time as people say it: its two largest units.
pub(super) fn about(time: Duration) -> String {
    let secs = time.as_secs();
    match secs {
        0..60 => format!("{secs}s"),
        60..3_600 => format!("{}m{:02}s", secs / 60, secs % 60),
        3_600..86_400 => format!("{}h{:02}m", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{}d{:02}h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

/// How far a training is, and how fast it gets on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Updates and environment steps when it began or went on.
    pub begin: (u64, u64),
    /// What ends it, where that is known: updates and environment steps.
    pub end: (Option<u64>, Option<u64>),
    /// When it ends at the latest, after it began or went on.
    pub timeout: Option<Duration>,
}

impl Pace {
    /// The time that is left, if anything ends the training and it has made some way. After `elapsed` it has come to
    /// `now`, in updates and environment steps.
    pub(super) fn left(&self, now: (u64, u64), elapsed: Duration) -> Option<Duration> {
        let left_of = |begin: u64, end: Option<u64>, now: u64| {
            let made = now.checked_sub(begin).filter(|made| *made > 0)?;
            let secs = elapsed.as_secs_f64() * end?.saturating_sub(now) as f64 / made as f64;
            Duration::try_from_secs_f64(secs).ok()
        };
        let all = [
            left_of(self.begin.0, self.end.0, now.0),
            left_of(self.begin.1, self.end.1, now.1),
            self.timeout.map(|timeout| timeout.saturating_sub(elapsed)),
        ];
        all.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_their_two_largest_units() {
        for (secs, expected) in
            [(0, "0s"), (59, "59s"), (61, "1m01s"), (3_720, "1h02m"), (90_000, "1d01h")]
        {
            assert_eq!(about(Duration::from_secs(secs)), expected);
        }
    }

    #[test]
    fn the_time_left_is_that_of_what_ends_a_training_first() {
        let secs = Duration::from_secs;
        let pace = |end, timeout| Pace { begin: (10, 1_000), end, timeout };
        let left = |end, timeout: Option<u64>| {
            pace(end, timeout.map(secs)).left((20, 2_000), secs(30)).map(|left| left.as_secs())
        };
        // Ten updates took 30 s.
        assert_eq!(left((Some(50), None), None), Some(90));
        assert_eq!(left((None, Some(2_500)), None), Some(15));
        assert_eq!(left((Some(50), Some(2_500)), Some(600)), Some(15));
        assert_eq!(left((Some(50), None), Some(40)), Some(10));
        assert_eq!(left((Some(15), None), Some(10)), Some(0));
        assert_eq!(left((None, None), None), None);
        // Before the first update nobody knows.
        assert_eq!(pace((Some(50), None), None).left((10, 1_000), secs(3)), None);
    }
}
