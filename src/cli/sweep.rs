//! `dnne sweep`: a training run for every combination of parameters and seeds, each a process of its
//! own, so that one that fails takes no other with it.

use super::output::{Verbosity, complain, print};
use super::running::Running;
use super::{Outcome, signals, source};
use crate::nodes::Kinds;
use crate::session::{load_workflow, write_atomically};
use crate::workflow::{Document, ParamType};
use anyhow::{Context, bail, ensure};
use clap::Args;
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

#[derive(Args)]
pub(super) struct SweepArgs {
    /// Workflow file
    workflow: PathBuf,
    /// Values to try: NODE.PARAM=a,b,c; of lists NODE.PARAM=[64,64],[32,32] or NODE.PARAM=64,64;32,32
    #[arg(long, value_name = "NODE.PARAM=VALUES", value_parser = parse_given)]
    param: Vec<Given>,
    /// Seeds of each combination: 1..5 (with both ends) or 1,4,7
    #[arg(long, default_value = "1", value_parser = parse_seeds)]
    seeds: Seeds,
    /// Runs at a time; they share the cores [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    jobs: Option<u64>,
    /// Folder for the runs and the table [default: runs/<workflow's name>-sweep]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of scenes [default: the one beside the workflow's folder, or ./scenes]
    #[arg(long)]
    scenes: Option<PathBuf>,
    /// Stop each run after so many updates
    #[arg(long)]
    updates: Option<u64>,
    /// Stop each run after so many environment steps
    #[arg(long)]
    steps: Option<u64>,
    /// Stop each run after a time such as 90s or 1h30m
    #[arg(long, value_parser = humantime::parse_duration)]
    timeout: Option<std::time::Duration>,
    /// Print both tables as JSON
    #[arg(long)]
    json: bool,
}

/// A parameter and its values as they were written.
#[derive(Clone, Debug, PartialEq)]
struct Given {
    /// NODE.PARAM
    name: String,
    values: String,
}

/// A parameter and the values to try.
#[derive(Clone, Debug, PartialEq)]
struct Axis {
    /// NODE.PARAM
    name: String,
    values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Seeds(Vec<u64>);

/// More would be a mistake in writing.
const MOST_RUNS: usize = 10_000;

fn parse_given(text: &str) -> Result<Given, String> {
    let (name, values) = text.split_once('=').ok_or("write NODE.PARAM=a,b,c")?;
    if name.trim().is_empty() {
        return Err("a name is empty; write NODE.PARAM=a,b,c".to_owned());
    }
    Ok(Given { name: name.trim().to_owned(), values: values.to_owned() })
}

impl Given {
    /// The values to try. Semicolons part them, or else commas outside of brackets, of which a list without
    /// brackets has none. Fails on a value that is empty or there twice.
    fn axis(&self, is_list: bool) -> Result<Axis, String> {
        let text = self.values.as_str();
        let values: Vec<&str> = if text.contains(';') {
            // One list alone is written with a semicolon behind it.
            text.strip_suffix(';').unwrap_or(text).split(';').collect()
        } else if is_list && !text.contains('[') {
            vec![text]
        } else {
            outside_of_brackets(text)
        };
        let values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
        let name = &self.name;
        for (i, value) in values.iter().enumerate() {
            if value.is_empty() {
                return Err(format!("--param {name}: a value is empty; write {name}=a,b,c"));
            }
            if values[..i].contains(value) {
                return Err(format!("--param {name}: the value {value} is there twice"));
            }
        }
        Ok(Axis { name: name.clone(), values })
    }
}

/// The parts of a text between its commas, but for those within brackets.
fn outside_of_brackets(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What the options say to try. A parameter that the workflow does not have is left for the check of the runs to
/// name.
fn axes(args: &SweepArgs) -> anyhow::Result<Vec<Axis>> {
    let kinds = Kinds::builtin();
    let document = Document::load(&args.workflow).0;
    let is_list = |name: &str| {
        let found = document.as_ref().and_then(|it| it.param_type(kinds.registry(), name).ok());
        matches!(found, Some(ParamType::IntList { .. }))
    };
    let axes = args.param.iter().map(|given| given.axis(is_list(&given.name)));
    axes.collect::<Result<_, _>>().map_err(anyhow::Error::msg)
}

fn parse_seeds(text: &str) -> Result<Seeds, String> {
    let number = |text: &str| {
        text.trim()
            .parse::<u64>()
            .map_err(|_| format!("\"{text}\" is no seed; write 1..5 or 1,4,7"))
    };
    if let Some((first, last)) = text.split_once("..") {
        let (first, last) = (number(first)?, number(last)?);
        if first > last || last - first >= MOST_RUNS as u64 {
            return Err(format!("seeds go from a smaller to a larger one, {MOST_RUNS} at most"));
        }
        return Ok(Seeds((first..=last).collect()));
    }
    let seeds = text.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
    let twice = (1..seeds.len()).find(|i| seeds[..*i].contains(&seeds[*i]));
    match twice {
        Some(i) => Err(format!("the seed {} is there twice", seeds[i])),
        None => Ok(Seeds(seeds)),
    }
}

/// One run of a sweep.
struct Member {
    /// Its folder's name.
    name: String,
    seed: u64,
    /// A value for each axis.
    values: Vec<String>,
}

/// All combinations, the last axis and then the seeds varying fastest.
fn members(axes: &[Axis], seeds: &[u64]) -> anyhow::Result<Vec<Member>> {
    for (i, axis) in axes.iter().enumerate() {
        let is_new = axes[..i].iter().all(|other| other.name != axis.name);
        ensure!(is_new, "--param {} is there twice; give all its values at once", axis.name);
    }
    let counts = axes.iter().map(|axis| axis.values.len()).chain([seeds.len()]);
    let total = counts.fold(1_usize, usize::saturating_mul);
    ensure!(total <= MOST_RUNS, "{total} runs are too many; {MOST_RUNS} is the limit");
    let mut combinations = vec![Vec::new()];
    for axis in axes {
        let extend = |start: &Vec<String>| {
            let start = start.clone();
            axis.values.iter().map(move |value| [start.clone(), vec![value.clone()]].concat())
        };
        combinations = combinations.iter().flat_map(extend).collect();
    }
    let with_seeds =
        combinations.into_iter().flat_map(|values| seeds.iter().map(move |&s| (values.clone(), s)));
    let named = |(i, (values, seed))| Member { name: format!("{:04}", i + 1), seed, values };
    Ok(with_seeds.enumerate().map(named).collect())
}

/// What became of a member.
struct Row {
    member: usize,
    status: &'static str,
    /// What the run said of itself; empty if it failed.
    summary: Map<String, Value>,
    error: String,
}

/// Numbers of a run's summary that the table has.
const RESULTS: [&str; 6] =
    ["updates", "steps", "wall_secs", "steps_per_sec", "last_return", "best_return"];

pub(super) fn run(args: SweepArgs) -> anyhow::Result<Outcome> {
    let axes = axes(&args)?;
    let members = members(&axes, &args.seeds.0)?;
    if !is_any_sound(&args, &axes, &members) {
        return Ok(Outcome::Unsound);
    }
    let folder = match &args.out {
        Some(out) => out.clone(),
        None => {
            let stem = args.workflow.file_stem().unwrap_or_default().to_string_lossy();
            Path::new("runs").join(format!("{stem}-sweep"))
        }
    };
    if let Ok(mut entries) = std::fs::read_dir(&folder)
        && entries.next().is_some()
    {
        bail!("{} exists and is not an empty folder; choose another --out", folder.display());
    }
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let interrupted = signals::watch()?;
    let rows = train_all(&args, (&axes, &members), &folder, &interrupted)?;
    let records = records(&axes, &members, &rows, &folder);
    let over_seeds = over_seeds(&axes, &members, &rows);
    write_csv(&folder.join(OVER_SEEDS), &over_seeds)?;
    if args.json {
        let both = json!({"runs": objects(&records), "combinations": objects(&over_seeds)});
        print(serde_json::to_string_pretty(&both)?)?;
    } else {
        print(table(&records, axes.len() + 2))?;
        print(format!("\nover seeds\n{}", table(&over_seeds, axes.len() + 1)))?;
    }
    if interrupted.load(Ordering::SeqCst) {
        return Ok(Outcome::Interrupted);
    }
    let n_failed = rows.iter().filter(|row| row.status == "failed").count();
    let file = folder.join(TABLE);
    ensure!(n_failed == 0, "{n_failed} of {} runs failed; see {}", members.len(), file.display());
    Ok(Outcome::Done)
}

/// Whether there is a member that can run; if not, says what is wrong with the first.
fn is_any_sound(args: &SweepArgs, axes: &[Axis], members: &[Member]) -> bool {
    let scenes = source::scene_library(args.scenes.as_deref(), &args.workflow);
    let kinds = Kinds::builtin();
    let load =
        |member: &Member| load_workflow(&args.workflow, &overrides(axes, member), &kinds, &scenes);
    let is_sound = members.iter().any(|member| load(member).graph.is_some());
    if !is_sound && let Some(first) = members.first() {
        source::report(&load(first), Verbosity::Normal);
    }
    is_sound
}

fn overrides(axes: &[Axis], member: &Member) -> Vec<String> {
    let pairs = axes.iter().zip(&member.values);
    pairs.map(|(axis, value)| format!("{}={value}", axis.name)).collect()
}

/// Runs the members, `jobs` at a time, and writes the table anew after each, so that it is there
/// whatever happens later. The rows are in the order of the members.
fn train_all(
    args: &SweepArgs,
    (axes, members): (&[Axis], &[Member]),
    folder: &Path,
    interrupted: &AtomicBool,
) -> anyhow::Result<Vec<Row>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(cores, |jobs| jobs as usize).min(members.len());
    let threads = (cores / jobs.max(1)).max(1);
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let next = AtomicUsize::new(0);
    let running = Running::default();
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| running.hand_on(interrupted));
        let running = &running;
        for _ in 0..jobs {
            let (sender, next, program) = (sender.clone(), &next, &program);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    if index >= members.len() || interrupted.load(Ordering::SeqCst) {
                        break;
                    }
                    let mut command =
                        command(program, args, (axes, &members[index]), folder, threads);
                    let row = row(index, running.output(&mut command));
                    if sender.send(row).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut rows, mut written) = (Vec::<Row>::new(), Ok(()));
        for row in receiver {
            let member = &members[row.member];
            let result = match row.status {
                "failed" => row.error.clone(),
                status => format!("{status}, return {}", text_of(row.summary.get("last_return"))),
            };
            let of = members.len();
            let what = overrides(axes, member).join(" ");
            complain(format_args!(
                "[{}/{of}] {} seed {} {what}: {result}",
                rows.len() + 1,
                member.name,
                member.seed
            ));
            rows.push(row);
            rows.sort_by_key(|row| row.member);
            let records = records(axes, members, &rows, folder);
            if let (Ok(()), Err(error)) = (&written, write_csv(&folder.join(TABLE), &records)) {
                // What cannot be written down need not go on: the rest is asked to save and end.
                written = Err(error);
                interrupted.store(true, Ordering::SeqCst);
            }
        }
        running.end();
        written.map(|()| rows)
    })
}

/// The file of the table.
const TABLE: &str = "sweep.csv";
/// The file of the table of means over seeds.
const OVER_SEEDS: &str = "over_seeds.csv";

/// What trains a member.
fn command(
    program: &Path,
    args: &SweepArgs,
    (axes, member): (&[Axis], &Member),
    folder: &Path,
    threads: usize,
) -> Command {
    let mut command = Command::new(program);
    command.arg("train").arg(&args.workflow).arg("--out").arg(folder.join(&member.name));
    // No window, whatever the workflow says: nobody watches so many.
    command.args(["--json", "--quiet", "--headless", "--seed", &member.seed.to_string()]);
    command.args(["--threads", &threads.to_string()]);
    for option in overrides(axes, member) {
        command.args(["--set", &option]);
    }
    for (option, value) in [("--updates", args.updates), ("--steps", args.steps)] {
        if let Some(value) = value {
            command.args([option, &value.to_string()]);
        }
    }
    if let Some(timeout) = args.timeout {
        command.args(["--timeout", &humantime::format_duration(timeout).to_string()]);
    }
    if let Some(scenes) = &args.scenes {
        command.arg("--scenes").arg(scenes);
    }
    command
}

/// What became of a member whose process ended so.
fn row(index: usize, output: std::io::Result<Output>) -> Row {
    let failed =
        |error: String| Row { member: index, status: "failed", summary: Map::new(), error };
    let output = match output {
        Ok(output) => output,
        Err(error) => return failed(format!("cannot start this program again: {error}")),
    };
    let status = match output.status.code() {
        Some(0) => "done",
        Some(130) => "interrupted",
        code => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| line.contains("error")).unwrap_or(said.trim());
            let how = code.map_or("killed".to_owned(), |code| format!("exit code {code}"));
            return failed(format!("{how}: {first}"));
        }
    };
    match serde_json::from_slice(&output.stdout) {
        Ok(summary) => Row { member: index, status, summary, error: String::new() },
        Err(error) => failed(format!("its summary cannot be read: {error}")),
    }
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// The table: a heading, then a record for each row.
fn records(axes: &[Axis], members: &[Member], rows: &[Row], folder: &Path) -> Vec<Vec<String>> {
    let mut header = vec!["run".to_owned(), "seed".to_owned()];
    header.extend(axes.iter().map(|axis| axis.name.clone()));
    header.push("status".to_owned());
    header.extend(RESULTS.map(str::to_owned));
    header.push("error".to_owned());
    let record = |row: &Row| {
        let member = &members[row.member];
        let mut record =
            vec![folder.join(&member.name).display().to_string(), member.seed.to_string()];
        record.extend(member.values.iter().cloned());
        record.push(row.status.to_owned());
        record.extend(RESULTS.map(|name| text_of(row.summary.get(name))));
        record.push(row.error.clone());
        record
    };
    [header].into_iter().chain(rows.iter().map(record)).collect()
}

/// For each combination of values, the mean and the standard deviation over its seeds of what its runs came
/// to: a heading, then a record for each. Runs that did not come to their end are not counted.
fn over_seeds(axes: &[Axis], members: &[Member], rows: &[Row]) -> Vec<Vec<String>> {
    const OF: [&str; 3] = ["last_return", "best_return", "steps_per_sec"];
    let mut header: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    header.push("seeds".to_owned());
    header.extend(OF.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_std")]));
    let mut records = vec![header];
    let mut combinations: Vec<&[String]> = members.iter().map(|it| &it.values[..]).collect();
    combinations.dedup();
    for values in combinations {
        let of: Vec<&Row> = rows
            .iter()
            .filter(|row| members[row.member].values == values && row.status == "done")
            .collect();
        let mut record = values.to_vec();
        record.push(of.len().to_string());
        for name in OF {
            let numbers: Vec<f64> =
                of.iter().filter_map(|row| row.summary.get(name)?.as_f64()).collect();
            let n = numbers.len() as f64;
            let mean = numbers.iter().sum::<f64>() / n;
            // Of a sample, as Student's: the seeds stand for many more.
            let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
            let std = (squares / (n - 1.0)).sqrt();
            let text = |x: f64| if x.is_finite() { x.to_string() } else { String::new() };
            record.extend([text(mean), text(std)]);
        }
        records.push(record);
    }
    records
}

/// Records as objects by the heading's names.
fn objects(records: &[Vec<String>]) -> Vec<Map<String, Value>> {
    let Some((header, rest)) = records.split_first() else { return Vec::new() };
    let object = |record: &Vec<String>| {
        header.iter().cloned().zip(record.iter().map(|text| text.as_str().into())).collect()
    };
    rest.iter().map(object).collect()
}

fn write_csv(path: &Path, records: &[Vec<String>]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record)?;
    }
    let bytes = writer.into_inner().context("cannot write the table")?;
    Ok(write_atomically(path, &bytes)?)
}

/// A table whose first `n_given` columns stay as they were written.
fn table(records: &[Vec<String>], n_given: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let short = |text: &String| match text.parse::<f64>() {
        Ok(number) if text.contains('.') => format!("{number:.1}"),
        _ => text.clone(),
    };
    for (i, record) in records.iter().enumerate() {
        let cells: Vec<String> = record
            .iter()
            .enumerate()
            .map(|(column, text)| if column < n_given { text.clone() } else { short(text) })
            .collect();
        match i {
            0 => table.set_header(cells),
            _ => table.add_row(cells),
        };
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Axis {
        parse_given(text).unwrap().axis(false).unwrap()
    }

    #[test]
    fn axes_and_seeds_are_read_or_refused() {
        let axis = |name: &str, values: &[&str]| Axis {
            name: name.to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        let read = |text: &str, is_list: bool| parse_given(text)?.axis(is_list);
        assert_eq!(read("6.gamma=0.9, 0.99", false), Ok(axis("6.gamma", &["0.9", "0.99"])));
        for (text, values) in [
            ("A.h=32,32;64", &["32,32", "64"][..]),
            ("A.h=[64,64],[32,32]", &["[64,64]", "[32,32]"]),
            ("A.h=64,64", &["64,64"]),
            ("A.h=64,64;", &["64,64"]),
            ("A.h=[64]", &["[64]"]),
        ] {
            assert_eq!(read(text, true), Ok(axis("A.h", values)), "{text}");
        }
        for text in ["6.gamma", "6.gamma=1,", "=1", "6.gamma=", "6.gamma=1;;2", "6.gamma=1,1"] {
            assert!(read(text, false).is_err(), "{text}");
        }
        assert_eq!(parse_seeds("3..5"), Ok(Seeds(vec![3, 4, 5])));
        assert_eq!(parse_seeds("7, 2"), Ok(Seeds(vec![7, 2])));
        for text in ["", "5..3", "a", "1..", "0..18446744073709551615", "1,1", "3,4,3"] {
            assert!(parse_seeds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_combination_is_a_member() {
        let axes = [of("a=1,2"), of("b=x,y,z")];
        let members = members(&axes, &[5, 6]).unwrap();
        assert_eq!(members.len(), 12);
        assert_eq!((members[0].name.as_str(), members[0].seed), ("0001", 5));
        assert_eq!((&members[3].values[..], members[3].seed), (&["1".into(), "y".into()][..], 6));
        assert_eq!(overrides(&axes, &members[11]), ["a=2", "b=z"]);
        // Without axes there are the seeds.
        assert_eq!(super::members(&[], &[1, 2, 3]).unwrap().len(), 3);
        let many = Axis { name: "c".to_owned(), values: vec!["1".to_owned(); 3000] };
        let other = Axis { name: "d".to_owned(), ..many.clone() };
        assert!(super::members(&[many.clone(), other], &[1]).is_err());
        let twice = [of("a=1"), of("a=2")];
        let said = super::members(&twice, &[1]).err().unwrap().to_string();
        assert!(said.contains("--param a is there twice"), "{said}");
    }

    #[test]
    fn results_are_averaged_over_the_seeds_that_have_any() {
        let axes = [of("a=1,2")];
        let members = members(&axes, &[1, 2, 3]).unwrap();
        let row = |member: usize, result: Option<f64>| Row {
            member,
            status: if result.is_some() { "done" } else { "failed" },
            summary: result.map(|it| ("last_return".to_owned(), it.into())).into_iter().collect(),
            error: String::new(),
        };
        let rows =
            [row(0, Some(1.0)), row(1, Some(4.0)), row(2, None), row(4, Some(7.0)), row(5, None)];
        let records = over_seeds(&axes, &members, &rows);
        assert_eq!(records[0][..4], ["a", "seeds", "last_return", "last_return_std"]);
        assert_eq!(records[1][..3], ["1", "2", "2.5"]);
        assert!((records[1][3].parse::<f64>().unwrap() - 4.5_f64.sqrt()).abs() < 1e-12);
        // One seed has no deviation.
        assert_eq!(records[2][..4], ["2", "1", "7", ""]);
        assert_eq!(records.len(), 3);
    }
}
