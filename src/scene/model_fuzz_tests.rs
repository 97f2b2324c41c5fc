//! Mutated models: each loads or is refused, and what loads is reset and stepped; nothing panics, dies, or takes more
//! time or memory than it may.
//!
//! `DNNE_MUTATIONS=1000 cargo test --release mutated_` tries as many of each language, where a plain run tries 100.
//!
//! What a mutation does to a process must not end the others': each language is tried in a process of its own, which
//! is this test again.

use super::mutations::mutated;
use super::{ActionUnits, Actions, Environments, Scene};
use crate::math::lanes::Isa;
use crate::math::rng::{Random, Stream};
use crate::space::Device;
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
/// Of the mutations at least so many of a hundred are stepped: more damage would show little.
const LEAST_STEPPED: usize = 30;
/// The folder whose models a process of its own is to mutate.
const CHILD: &str = "DNNE_MUTATIONS_OF";
const N_ENVS: usize = 2;
const N_STEPS: usize = 10;
const SEED: u64 = 20;

/// Copies a folder with all that is in it.
fn copy_all(from: &Path, to: &Path) {
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

/// Models of one language in the folders of a folder, in the order of their names.
fn originals(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(folder).expect("a folder");
    let folders = folders.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir());
    let mut found = vec![];
    for folder in folders {
        let files = std::fs::read_dir(folder).expect("a folder");
        found.extend(files.map(|file| file.expect("readable").path()));
    }
    found.retain(|path| path.extension().is_some_and(|it| it == ending));
    // What is only included is no model.
    found.retain(|path| !path.ends_with("part_class.xml"));
    found.sort();
    found
}

/// Loads a file as one that is looked at, and takes steps. Whether it came so far.
fn is_stepped(file: &Path) -> bool {
    let (Ok(scene), _) = Scene::of_model(file) else { return false };
    let device = Device::Cpu(Isa::detect());
    let Ok(mut environments) = Environments::new(&scene, N_ENVS, SEED, device) else {
        return false;
    };
    let n_values = N_ENVS * environments.action_dim(ActionUnits::Control);
    for step in 0..N_STEPS {
        if step == N_STEPS / 2 {
            (0..N_ENVS).for_each(|env| environments.reset(env));
        }
        let values = vec![step as f32 - 4.5; n_values];
        let actions = Actions { values: &values, units: ActionUnits::Control };
        let output = environments.step(actions).expect("the sizes are the scene's");
        let seen = output.observations.f32s("observations").iter().chain(&output.rewards);
        assert!(seen.copied().all(f32::is_finite), "what is observed is finite");
    }
    true
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

/// Tries mutations of the models in a folder: says which, then what came of it.
fn try_all(folder: &Path, ending: &str, count: usize) {
    let originals = originals(folder, ending);
    for number in 0..count {
        let original = &originals[number % originals.len()];
        let text = std::fs::read_to_string(original).expect("a model");
        let text = mutated(&text, &mut Random::new(SEED, Stream::Reset, 0, number as u64));
        // Beside the files that it names, and there to be looked at if this process dies.
        let file = original.with_file_name(format!("{number}.mutation"));
        std::fs::write(&file, text).expect("a folder to write in");
        say(&format!("try {number} {}", file.display()));
        peak_memory();
        let (start, clock) = (Instant::now(), seconds());
        let stepped = std::panic::catch_unwind(|| is_stepped(&file));
        let taken = match cfg!(target_os = "linux") {
            true => seconds() - clock,
            false => start.elapsed().as_secs_f64(),
        };
        let came = match stepped {
            Ok(true) => "stepped",
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
    n_stepped: usize,
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
        self.n_stepped += usize::from(came == "stepped");
        self.slowest = self.slowest.max(seconds);
        self.largest = self.largest.max(bytes);
        let within = seconds <= MOST_SECONDS && bytes <= MOST_BYTES;
        if came == "panicked" || !within {
            self.faults.push(format!("{what}: {came}, {seconds} s, {} MB", bytes >> 20));
        }
    }
}

/// Tries `count` mutations of a language in another process, and reads what that says.
fn tried(test: &str, count: usize) -> Trial {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy_all(&root.join("scenes"), folder.path());
    copy_all(&root.join("tests/golden/models"), &folder.path().join("golden"));
    let mut child = Command::new(std::env::current_exe().expect("this test is a file"));
    // The harness keeps to itself what tests print, unless told otherwise.
    child.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    child.env(CHILD, folder.path()).env("DNNE_MUTATIONS", count.to_string());
    child.env("RAYON_NUM_THREADS", "1");
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

fn check(test: &str, ending: &str) {
    let count = std::env::var("DNNE_MUTATIONS").map_or(100, |it| it.parse().expect("a number"));
    if let Some(folder) = std::env::var_os(CHILD) {
        return try_all(Path::new(&folder), ending, count);
    }
    let trial = tried(test, count);
    println!(
        "{ending}: {} of {} stepped, slowest {:.2} s, largest {} MB",
        trial.n_stepped,
        trial.n_tried,
        trial.slowest,
        trial.largest >> 20
    );
    assert!(trial.faults.is_empty(), "{:#?}", trial.faults);
    assert_eq!(trial.n_tried, count);
    assert!(
        trial.n_stepped * 100 >= count * LEAST_STEPPED,
        "only {} were stepped",
        trial.n_stepped
    );
}

#[test]
fn mutated_mjcf_is_refused_or_stepped() {
    check("scene::model_fuzz_tests::mutated_mjcf_is_refused_or_stepped", "xml");
}

#[test]
fn mutated_urdf_is_refused_or_stepped() {
    check("scene::model_fuzz_tests::mutated_urdf_is_refused_or_stepped", "urdf");
}
