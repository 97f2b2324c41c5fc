//! `dnne check` and `dnne nodes`.

use super::output::{complain, print, tell, text_width};
use super::place::{self, Wanted};
use super::{Outcome, arguments, source};
use crate::diagnostic::{Diagnostic, counted};
use crate::model::JointType;
use crate::nodes::{Kinds, check_memory, registry};
use crate::scene::{Comparison, Difference, MemoryNeeds, Scene, Tell, compare};
use crate::session::{
    Checked, Content, ObservationRange, Subject, Trial, ZeroActionResult, check_file,
};
use crate::space::{Device, ObservationGroup};
use crate::workflow::Document;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of the random numbers of a trial that no training follows.
const TRIAL_SEED: u64 = 1;

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Workflow file, scene folder or task file, or model in MJCF or URDF; or a workflow's or scene's name
    path: Option<PathBuf>,
    /// Folder of scenes [default: the one beside the workflow or above it]
    #[arg(long)]
    scenes: Option<PathBuf>,
    /// Only read the file, without a trial in simulation, or without comparing it on a device
    #[arg(long)]
    no_trial: bool,
    /// The device to check for: cpu, cuda (or cuda:0), cuda:1 and so on, emulate [default: cpu, of a workflow what it
    /// says]. What cannot be simulated there is listed. A scene is stepped there and on the CPU, and the first number
    /// that differs is printed; the trial of workflows and models is on the CPU
    #[arg(long, value_parser = arguments::device_name)]
    device: Option<String>,
    /// Environments that are stepped on a device and on the CPU
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    envs: u32,
    /// Policy steps that they are compared for
    #[arg(long, default_value_t = 1000)]
    steps: u64,
    /// Print all findings as JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct NodesArgs {
    /// Node kind to describe [default: list all kinds]
    name: Option<String>,
}

/// What programs are told.
#[derive(Serialize)]
struct Report<'a> {
    path: &'a Path,
    subject: Subject,
    /// Whether nothing is wrong that makes the file of no use, in what was read and in what was tried.
    sound: bool,
    diagnostics: &'a [Diagnostic],
    /// Of each scene; null where nothing was tried.
    trials: Option<&'a [Trial]>,
    /// Of a scene that was stepped on a device and on the CPU; else null.
    comparison: Option<&'a Comparison>,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let path = &place::anything(place::given(args.path.as_ref(), "check", Wanted::File)?);
    let scenes = place::scene_library(args.scenes.as_deref(), path);
    let kinds = Kinds::builtin();
    let subject = Subject::of(path);
    let named =
        args.device.as_deref().filter(|name| *name != "cpu" || subject == Subject::Workflow);
    let overrides = match (named, subject) {
        (Some(device), Subject::Workflow) => {
            let document = Document::load(path).0;
            source::of_environments(document.as_ref(), &kinds, ("device", device))
        }
        _ => Vec::new(),
    };
    let mut checked = check_file(path, &overrides, &kinds, &scenes);
    checked.diagnostics = place::advise(checked.diagnostics, path, Wanted::File);
    if named.is_some() {
        checked.refuse_devices();
    }
    let is_tried = !args.no_trial && checked.is_sound();
    let (mut trials, mut comparison) = (None, None);
    match (&checked.content, named) {
        _ if !is_tried => {}
        (Content::Scene(scene), Some(device)) => {
            let found = on_device(args, scene, device)?;
            checked.diagnostics.extend(differs(path, device, &found));
            comparison = Some(found);
        }
        _ => trials = Some(checked.trial(TRIAL_SEED, Device::detect(), &scenes)?),
    }
    let found = trials.iter().flatten().flat_map(|trial| &trial.diagnostics);
    let all: Vec<&Diagnostic> = checked.diagnostics.iter().chain(found).collect();
    let n_errors = all.iter().filter(|found| found.is_error()).count();
    let sound = n_errors == 0 && checked.is_sound();
    if args.json {
        print(serde_json::to_string_pretty(&Report {
            path,
            subject,
            sound,
            diagnostics: &checked.diagnostics,
            trials: trials.as_deref(),
            comparison: comparison.as_ref(),
        })?)?;
    } else {
        all.iter().copied().for_each(tell);
        match (sound, comparison, named) {
            (false, ..) => complain(count(path, n_errors)),
            (true, Some(found), Some(device)) => print(describe_comparison(path, device, &found))?,
            (true, ..) => describe(&checked, trials.as_deref())?,
        }
    }
    Ok(if sound { Outcome::Done } else { Outcome::Unsound })
}

/// Compares a scene on a device with the processor.
fn on_device(args: &CheckArgs, scene: &Scene, name: &str) -> anyhow::Result<Comparison> {
    let device = arguments::device(name).map_err(anyhow::Error::msg)?;
    let n_envs = args.envs as usize;
    // One batch on the CPU, and one there.
    let bytes = [Device::detect(), device].map(|it| MemoryNeeds::on(scene, it).bytes(n_envs));
    let bytes = bytes[0].saturating_add(bytes[1]);
    check_memory(&format!("--envs {n_envs}"), bytes, "use fewer environments")?;
    let tell: Tell = Arc::new(|line| complain(line));
    Ok(compare(scene, device, (n_envs, args.steps), TRIAL_SEED, &tell)?)
}

/// The finding that a device gives other numbers, if it does.
fn differs(path: &Path, device: &str, found: &Comparison) -> Option<Diagnostic> {
    let Difference { step, env, what, cpu, device: there } = found.difference.as_ref()?;
    let message = format!(
        "on {device}, {what} of environment {env} differs after {step} steps: {there:e} there, {cpu:e} on the CPU"
    );
    let remedy = "this is a fault of DNNE, of the driver or of the GPU: please report it, and simulate on the CPU";
    let file = path.display().to_string();
    Some(Diagnostic::error("device-differs", message).file(Some(&file)).remedy(remedy))
}

/// Says of what was compared that all of it is equal.
fn describe_comparison(path: &Path, device: &str, found: &Comparison) -> String {
    let Comparison { n_envs, n_steps, n_numbers, n_episodes, .. } = found;
    format!(
        "{} on {device}, {n_envs} environments, {n_steps} steps: equal to the CPU bit for bit, {n_numbers} numbers, \
         {n_episodes} episodes",
        path.display()
    )
}

/// The line that ends a list of errors.
pub(super) fn count(path: &Path, n: usize) -> String {
    let path = path.display().to_string().replace('\n', "\\n");
    format!("{path}: {n} error{}", if n == 1 { "" } else { "s" })
}

/// Says what is in a file with which nothing is wrong.
fn describe(checked: &Checked, trials: Option<&[Trial]>) -> anyhow::Result<()> {
    // What was only read may still fail.
    let verdict = if trials.is_some() {
        "sound"
    } else {
        "sound as far as can be read; not simulated (--no-trial)"
    };
    let head = format!("{}: {verdict}", checked.path.display());
    match &checked.content {
        Content::Nothing => {}
        Content::Workflow(graph) => {
            print(format_args!("{head}, {}", counted(graph.nodes.len(), "node")))?;
        }
        Content::Scene(scene) => {
            print(head)?;
            print(describe_scene(scene))?;
        }
        Content::Model(model) => {
            let bodies = counted(model.bodies.len() - 1, "body");
            let (dofs, actuators) = (counted(model.nv, "dof"), counted(model.nu, "actuator"));
            print(format_args!("{head}, {bodies}, {dofs}, {actuators}"))?;
        }
    }
    trials
        .into_iter()
        .flatten()
        .map(describe_trial)
        .filter(|text| !text.is_empty())
        .try_for_each(print)
}

fn describe_scene(scene: &Scene) -> String {
    let (model, task) = (&scene.model, &scene.task);
    let list = |names: Vec<&str>| match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    };
    let names = |names: &[String]| list(names.iter().map(String::as_str).collect());
    let bodies = model.bodies.iter().skip(1).map(|body| body.name.as_str()).collect();
    let mut lines = vec![format!("  bodies        {}", list(bodies))];
    for joint in &model.joints {
        let (name, unit) = match joint.jnt_type {
            JointType::Free => ("free", "m"),
            JointType::Ball => ("ball", "rad"),
            JointType::Slide => ("slide", "m"),
            JointType::Hinge => ("hinge", "rad"),
        };
        let range = match joint.limited {
            true => format!("{:.4} to {:.4} {unit}", joint.range[0], joint.range[1]),
            false => "unlimited".to_owned(),
        };
        lines.push(format!("  joint         {} ({name}, {range})", joint.name));
    }
    for actuator in &model.actuators {
        lines.push(format!("  actuator      {} (gear {})", actuator.name, actuator.gear[0]));
    }
    lines.push(format!("  actions       {}", task.action_space));
    for stream in task.observations.streams() {
        let what = match stream.group {
            ObservationGroup::Policy => "observations",
            ObservationGroup::Critic => "critic only ",
        };
        lines.push(match stream.as_picture() {
            Some(_) => format!("  {what}  {stream}"),
            None => format!("  {what}  {}: {}", stream.size(), listed(&stream.components)),
        });
    }
    lines.push(format!("  rewards       {}", names(&task.reward_names)));
    lines.push(format!("  terminations  {}", names(&task.termination_names)));
    let (dt, substeps, length) = (task.dt, task.substeps, task.episode_length);
    lines.push(format!(
        "  time          {dt:.5} s a step ({substeps} physics), {length} steps an episode"
    ));
    lines.join("\n")
}

/// Names one after the other, of those that are numbered, as the rays of a scan, the first and the last.
fn listed(names: &[String]) -> String {
    let numbered = |name: &String| -> Option<(String, usize)> {
        let (family, number) = name.strip_suffix(']')?.split_once('[')?;
        Some((family.to_owned(), number.parse().ok()?))
    };
    let follows = |before: &String, name: &String| match (numbered(before), numbered(name)) {
        (Some((family, number)), Some(next)) => next == (family, number + 1),
        _ => false,
    };
    let runs = names.chunk_by(follows).map(|run| match run {
        [first, .., last] if run.len() > 2 => format!("{first} to {last}"),
        few => few.join(", "),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// The first ranges of what is observed, and what doing nothing brings.
pub(super) fn describe_trial(trial: &Trial) -> String {
    let mut lines = Vec::new();
    if let Some(idle) = &trial.idle {
        let ZeroActionResult { reward, episode_return, episode_length, ended } = idle;
        lines.push(format!("trial of {} in {} environments", trial.scene, trial.n_envs));
        lines.push(format!(
            "  doing nothing gives {reward:.4} a step, {episode_return:.2} in {episode_length:.0} steps; {:.0} % of \
             the episodes ended by then",
            100.0 * ended
        ));
        for ObservationRange { name, low, high } in joined(&trial.observations) {
            lines.push(format!("  {name:<24} {low:>10.4} to {high:.4}"));
        }
    }
    lines.join("\n")
}

/// Ranges of members of a group, `angle[hip]` and `angle[knee]`, as one.
fn joined(ranges: &[ObservationRange]) -> Vec<ObservationRange> {
    let mut joined: Vec<ObservationRange> = Vec::new();
    for ObservationRange { name, low, high } in ranges {
        let family = name.split_once('[').map(|(family, _)| format!("{family}[..]"));
        let name = family.unwrap_or_else(|| name.clone());
        match joined.iter_mut().find(|range| range.name == name) {
            Some(range) => (range.low, range.high) = (range.low.min(*low), range.high.max(*high)),
            None => joined.push(ObservationRange { name, low: *low, high: *high }),
        }
    }
    joined
}

pub(super) fn nodes(args: &NodesArgs) -> anyhow::Result<Outcome> {
    let text = match &args.name {
        None => registry().list(text_width()),
        Some(name) => {
            let text = registry().describe(name, text_width());
            if registry().find(name).is_none() {
                complain(text);
                return Ok(Outcome::Unsound);
            }
            text
        }
    };
    print(text.trim_end())?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn numbered_names_are_told_by_the_first_and_the_last() {
        let said =
            |names: &[&str]| listed(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            said(&["a", "h[0]", "h[1]", "h[2]", "g[0]", "g[1]"]),
            "a, h[0] to h[2], g[0], g[1]"
        );
        assert_eq!(said(&["h[0]", "h[2]", "h[3]", "j[knee]", "b"]), "h[0], h[2], h[3], j[knee], b");
        assert_eq!(said(&[]), "");
    }
}
