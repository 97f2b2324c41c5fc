//! Being asked to end: by Ctrl-C, and by the signals that systems send for it.

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Exit code of a process that Ctrl-C ended.
pub(super) const INTERRUPTED_CODE: u8 = 130;

/// Set by the first Ctrl-C; the second ends the process at once. Also by SIGTERM, and by SIGHUP, which comes
/// when a terminal is closed, unless `nohup` had it ignored. Those may come twice, to a process and to its
/// group; the second one does not end the process at once.
pub(super) fn watch() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let at_once = flag::register_conditional_shutdown;
    // The order counts: the first Ctrl-C finds the flag unset.
    let registered = at_once(SIGINT, i32::from(INTERRUPTED_CODE), interrupted.clone())
        .and_then(|_| flag::register(SIGINT, interrupted.clone()))
        .and_then(|_| flag::register(SIGTERM, interrupted.clone()));
    registered.context("cannot watch for Ctrl-C")?;
    #[cfg(unix)]
    if !ignores_hangups() {
        let registered = flag::register(signal_hook::consts::SIGHUP, interrupted.clone());
        registered.context("cannot watch for the terminal's closing")?;
    }
    Ok(interrupted)
}

/// Whether this process was started with SIGHUP ignored, as `nohup` does. Only Linux tells; on other systems false.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal_hook::consts::SIGHUP - 1)) != 0)
}
