//! A command that runs beside the window, and what it says.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// So many lines are kept.
const MOST_LINES: usize = 2000;

/// What was said, line by line.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(super) fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clear(&self) {
        self.lines().clear();
    }

    pub(super) fn say(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() >= MOST_LINES {
            lines.drain(..MOST_LINES / 2);
        }
        lines.push(line);
    }
}

/// A command that runs.
pub(super) struct Job {
    child: Child,
    began: Instant,
}

impl Job {
    /// Has this program run with other arguments; what it says goes into the log.
    pub(super) fn begin(words: &[String], log: &Log) -> std::io::Result<Self> {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("dnne"));
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // So that it can be stopped with all that it starts.
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|it| Box::new(it) as Box<dyn Read + Send>),
            child.stderr.take().map(|it| Box::new(it) as Box<dyn Read + Send>),
        ];
        for stream in streams.into_iter().flatten() {
            let log = log.clone();
            std::thread::spawn(move || take_down(stream, &log));
        }
        Ok(Self { child, began: Instant::now() })
    }

    /// How long it has run [s].
    pub(super) fn seconds(&self) -> f32 {
        self.began.elapsed().as_secs_f32()
    }

    /// Whether it went well, once it has ended.
    pub(super) fn ended(&mut self) -> std::io::Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    /// Has it and all that it started end, as Ctrl-C does.
    pub(super) fn stop(&mut self) {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, killpg};
            let group = nix::unistd::Pid::from_raw(self.child.id() as i32);
            // One that has just ended needs no signal.
            let _ = killpg(group, Signal::SIGINT);
        }
        #[cfg(not(unix))]
        let _ = self.child.kill();
    }
}

/// Takes down lines until there are no more.
fn take_down(stream: impl Read, log: &Log) {
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let text = String::from_utf8_lossy(&line);
        // What a bar of progress overwrites is not kept.
        log.say(text.trim_end().rsplit('\r').next().unwrap_or_default().to_owned());
    }
}
