//! Mutations of files, each tried in a process of its own kind: nothing panics, dies, or takes more time or memory than
//! it may, and enough of them come far enough to show something.
//!
//! `DNNE_MUTATIONS=1000 cargo test --release mutated_` tries as many of each kind, where a plain run tries 100.
//!
//! What a mutation does to a process must not end the others': each kind is tried in a process of its own, which is this
//! test again.

mod models;
pub(crate) mod text;
mod xml;

use crate::math::rng::{Random, RandomStream};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What each mutation may take: seconds of the processor, and bytes of memory, all of the process's.
const MOST_SECONDS: f64 = 5.0;
const MOST_BYTES: u64 = 1 << 30;
/// The processor may be shared; what says nothing for so long hangs.
const HANGS: Duration = Duration::from_secs(120);
/// Of the mutations at least so many of a hundred come as far as they should: more damage would show little.
const LEAST_REACHED: usize = 30;
/// The folder in which a process of its own is to try mutations.
const CHILD: &str = "DNNE_MUTATIONS_IN";
const SEED: u64 = 20;

/// Mutations of files of one kind.
pub(crate) struct Fuzz<'a> {
    /// The test's own name, with its modules.
    pub test: &'a str,
    /// Fills a folder with what is to be mutated.
    pub prepare: &'a dyn Fn(&Path),
    /// Writes the mutation of a number into that folder; what comes of it is tried by its path.
    pub mutate: &'a dyn Fn(&Path, usize, &mut Random) -> PathBuf,
    /// Tries a mutation. Whether it came as far as it should.
    pub reaches: &'a (dyn Fn(&Path) -> bool + std::panic::RefUnwindSafe),
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder for the test");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("readable").path();
        let copy = to.join(path.file_name().expect("it has a name"));
        match path.is_dir() {
            true => copy_all(&path, &copy),
            false => drop(std::fs::copy(&path, &copy).expect("a file for the test")),
        }
    }
}

/// Seconds of the processor that this process has taken.
fn seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    // Ticks of a hundredth, on every Linux.
    fields.iter().sum::<f64>() / 100.0
}

/// The most memory that this process has held since the last call [bytes]; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|kilobytes| kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    // 5 forgets the peak (proc(5)); where that is not allowed, the peak is that of all.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak.unwrap_or(0) << 10
}

fn say(words: &str) {
    let mut out = std::io::stderr();
    writeln!(out, "{words}").expect("the parent listens");
}

/// Tries mutations: says which, then what came of it.
fn try_all(fuzz: &Fuzz<'_>, folder: &Path, count: usize) {
    for number in 0..count {
        let mut random = Random::new(SEED, RandomStream::Reset, 0, number as u64);
        let file = (fuzz.mutate)(folder, number, &mut random);
        say(&format!("try {number} {}", file.display()));
        peak_memory();
        let (start, clock) = (Instant::now(), seconds());
        let stepped = std::panic::catch_unwind(|| (fuzz.reaches)(&file));
        let taken = match cfg!(target_os = "linux") {
            true => seconds() - clock,
            false => start.elapsed().as_secs_f64(),
        };
        let came = match stepped {
            Ok(true) => "reached",
            Ok(false) => "refused",
            Err(_) => "panicked",
        };
        say(&format!("came {came} {taken} {}", peak_memory()));
    }
}

/// What became of some mutations.
#[derive(Default)]
struct Trial {
    n_tried: usize,
    n_reached: usize,
    slowest: f64,
    largest: u64,
    faults: Vec<String>,
}

impl Trial {
    fn came(&mut self, what: &str, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        let [came, seconds, bytes] = words[..] else { panic!("a child said {words:?}") };
        let seconds: f64 = seconds.parse().expect("a number");
        let bytes: u64 = bytes.parse().expect("a number");
        self.n_tried += 1;
        self.n_reached += usize::from(came == "reached");
        self.slowest = self.slowest.max(seconds);
        self.largest = self.largest.max(bytes);
        let within = seconds <= MOST_SECONDS && bytes <= MOST_BYTES;
        if came == "panicked" || !within {
            self.faults.push(format!("{what}: {came}, {seconds} s, {} MB", bytes >> 20));
        }
    }
}

/// Tries `count` mutations in another process, and reads what that says.
fn tried(fuzz: &Fuzz<'_>, count: usize) -> Trial {
    let folder = tempfile::tempdir().expect("a folder for the test");
    (fuzz.prepare)(folder.path());
    let mut child = Command::new(std::env::current_exe().expect("this test is a file"));
    // The harness keeps to itself what tests print, unless told otherwise.
    child.args([fuzz.test, "--exact", "--nocapture", "--test-threads=1"]);
    child.env(CHILD, folder.path()).env("DNNE_MUTATIONS", count.to_string());
    // What a mutation writes stays there.
    child.env("RAYON_NUM_THREADS", "1").current_dir(folder.path());
    child.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("this test runs again");
    let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let (sender, receiver) = channel();
    let reader = std::thread::spawn(move || {
        lines.map_while(Result::ok).take_while(|line| sender.send(line.clone()).is_ok()).count()
    });
    let (mut trial, mut what) = (Trial::default(), String::new());
    loop {
        match receiver.recv_timeout(HANGS) {
            Ok(line) => match (line.strip_prefix("try "), line.strip_prefix("came ")) {
                (Some(next), _) => what = next.to_owned(),
                (_, Some(words)) => trial.came(&what, words),
                // What a panic prints.
                _ => println!("{what}: {line}"),
            },
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                trial.faults.push(format!("{what}: nothing comes of it"));
                child.kill().expect("it is a child");
                break;
            }
        }
    }
    let status = child.wait().expect("it is a child");
    drop(receiver);
    reader.join().expect("a reader of lines");
    if !status.success() {
        trial.faults.push(format!("{what}: {status}"));
    }
    if !trial.faults.is_empty() {
        println!("what was tried is in {}", folder.keep().display());
    }
    trial
}

/// Fails if a mutation does what none may, or too few come as far as they should.
pub(crate) fn check(fuzz: &Fuzz<'_>) {
    let count = std::env::var("DNNE_MUTATIONS").map_or(100, |it| it.parse().expect("a number"));
    if let Some(folder) = std::env::var_os(CHILD) {
        return try_all(fuzz, Path::new(&folder), count);
    }
    let trial = tried(fuzz, count);
    println!(
        "{}: {} of {} came through, slowest {:.2} s, largest {} MB",
        fuzz.test,
        trial.n_reached,
        trial.n_tried,
        trial.slowest,
        trial.largest >> 20
    );
    assert!(trial.faults.is_empty(), "{:#?}", trial.faults);
    assert_eq!(trial.n_tried, count);
    assert!(
        trial.n_reached * 100 >= count * LEAST_REACHED,
        "only {} came through",
        trial.n_reached
    );
}
