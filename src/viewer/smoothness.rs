//! How well a window kept up.

use std::fmt;
use std::time::Duration;

/// The pictures of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Smoothness {
    /// Pictures shown.
    pub n_pictures: u64,
    /// From the start of the program to the first.
    pub first: Duration,
    /// The same to the first that showed environments and lacked nothing, if one did.
    pub whole: Option<Duration>,
    /// The longest time between two from then on.
    pub longest_gap: Duration,
}

impl fmt::Display for Smoothness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, first) = (self.n_pictures, self.first.as_secs_f64());
        write!(f, "window: {n} pictures, the first {first:.2} s after the start")?;
        let Some(whole) = self.whole else { return Ok(()) };
        let (whole, gap) = (whole.as_secs_f64(), self.longest_gap.as_millis());
        write!(f, ", one with all it shows after {whole:.2} s, then at most {gap} ms apart")
    }
}
