//! Which state of what is learned a copy on a device is of.

use std::sync::atomic::{AtomicU64, Ordering};

/// A state of a policy or an optimizer: no other state in this process has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Revision(u64);

impl Revision {
    /// One that there has not been.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
#[path = "revision_tests.rs"]
mod tests;
