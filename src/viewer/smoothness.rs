//! How well a window kept up.

use std::fmt;
use std::time::Duration;

/// The pictures of a window, from the first one that showed environments and lacked nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Smoothness {
    pub n_pictures: u64,
    /// From the start of the program to the first.
    pub first: Duration,
    /// The longest time between two.
    pub longest_gap: Duration,
}

impl fmt::Display for Smoothness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.n_pictures == 0 {
            return write!(f, "window: closed before the first picture");
        }
        let (n, first) = (self.n_pictures, self.first.as_secs_f64());
        let gap = 1e3 * self.longest_gap.as_secs_f64();
        write!(
            f,
            "window: {n} pictures, the first {first:.2} s after the start, at most {gap:.0} ms apart"
        )
    }
}
