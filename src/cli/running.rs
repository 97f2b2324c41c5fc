//! Processes that end when this one is asked to.

use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The processes that run at present.
#[derive(Default)]
pub(super) struct Running {
    /// The number of each, and whether it was asked to end.
    processes: Mutex<Vec<(u32, bool)>>,
    ended: AtomicBool,
}

/// How often `interrupted` is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

impl Running {
    /// Runs a command to its end. A Ctrl-C at the terminal reaches this process only, which passes it on: a child
    /// that got it twice would end without saving.
    pub(super) fn output(&self, command: &mut Command) -> io::Result<Output> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn()?;
        let id = child.id();
        self.processes().push((id, false));
        let output = child.wait_with_output();
        self.processes().retain(|(other, _)| *other != id);
        output
    }

    /// Asks every process to save and end, once `interrupted` is set. Returns after [`end`](Self::end).
    pub(super) fn hand_on(&self, interrupted: &AtomicBool) {
        while !self.ended.load(Ordering::SeqCst) {
            if interrupted.load(Ordering::SeqCst) {
                for (id, is_asked) in self.processes().iter_mut().filter(|(_, is_asked)| !is_asked)
                {
                    interrupt(*id);
                    *is_asked = true;
                }
            }
            std::thread::sleep(INTERVAL);
        }
    }

    /// No more processes will be run.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    fn processes(&self) -> std::sync::MutexGuard<'_, Vec<(u32, bool)>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what Ctrl-C sends, if the process has not ended meanwhile.
#[cfg(unix)]
fn interrupt(id: u32) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let _ = kill(Pid::from_raw(id.cast_signed()), Signal::SIGINT);
}

/// On other systems the terminal's Ctrl-C reaches them all.
#[cfg(not(unix))]
fn interrupt(_: u32) {}
