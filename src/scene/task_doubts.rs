//! Warnings about a valid task: names that occur twice, a model's timestep that is not used.

use super::sight_file::ScanFile;
use super::source_map::{Entry, Text};
use super::task_file::{ActionsFile, TaskFile};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;

/// MuJoCo's timestep of a model that says none [s].
const DEFAULT_TIMESTEP: f64 = 0.002;

/// Warnings and notes about a task that is sound.
pub(super) fn doubts(file: &TaskFile, text: &Text<'_>, model: &Model) -> Vec<Diagnostic> {
    let mut found = doubled(file, text);
    found.extend(replaced_timestep(file, text, model));
    found.extend(unread_scans(file, text));
    found.extend(unseen_looks(file, text));
    found
}

fn doubled(file: &TaskFile, text: &Text<'_>) -> Vec<Diagnostic> {
    fn names<T>(list: &[(String, T)]) -> Vec<&str> {
        list.iter().map(|(name, _)| name.as_str()).collect()
    }
    let terminations = file.terminations.iter().map(|it| it.name.as_str()).collect();
    let actions = match &file.actions {
        ActionsFile::Continuous(list) => list.iter().map(|it| it.actuator.as_str()).collect(),
        ActionsFile::Discrete { .. } => Vec::new(),
        ActionsFile::MultiDiscrete(list) => list.iter().map(|it| it.name.as_str()).collect(),
    };
    let both = "metrics and policies take both for one";
    let last = "the last one counts";
    let lists: [(&str, Vec<&str>, &str); 6] = [
        ("groups", names(&file.groups), "the first one counts"),
        ("define", names(&file.define), "from here on this one counts"),
        ("observation_noise", names(&file.observation_noise), last),
        ("rewards", names(&file.rewards), both),
        ("terminations", terminations, both),
        ("actions", actions, "the last of them moves the actuator"),
    ];
    let mut found = Vec::new();
    for (field, names, counts) in lists {
        for (number, name) in names.iter().enumerate() {
            if names[..number].contains(name) {
                let message = format!("\"{name}\" is there twice in `{field}`: {counts}");
                let said = say(text, (field, number), Severity::Warning, message);
                found.extend(said.map(|it| it.remedy("give each a name of its own, or keep one")));
            }
        }
    }
    found
}

/// Scans that nothing in the file reads.
fn unread_scans(file: &TaskFile, text: &Text<'_>) -> Vec<Diagnostic> {
    let lists =
        [&file.define, &file.observations, &file.critic_observations, &file.rewards].into_iter();
    let of_lists = lists.flatten().map(|(_, expression)| expression);
    let ends = file.terminations.iter().map(|it| &it.when).chain(&file.success);
    let expressions: Vec<&String> = of_lists.chain(ends).collect();
    let scans = file.scans.iter().enumerate();
    let unread = scans.filter(|(_, scan)| !expressions.iter().any(|it| it.contains(&scan.name)));
    let warn = |(number, scan): (usize, &ScanFile)| {
        let message = format!("no expression reads the scan \"{}\"", scan.name);
        let said = say(text, ("scans", number), Severity::Warning, message)?;
        let remedy = format!("observe it, (\"{0}\", \"scan({0})\"), or leave it out", scan.name);
        Some(said.remedy(remedy))
    };
    unread.filter_map(warn).collect()
}

/// Looks that differ where nothing looks.
fn unseen_looks(file: &TaskFile, text: &Text<'_>) -> Option<Diagnostic> {
    let number = file.randomize.iter().position(|entry| entry.what.is_appearance())?;
    let what = file.randomize[number].what;
    let message = format!("{what:?} differs, and the task has no `cameras` to see it");
    let said = say(text, ("randomize", number), Severity::Warning, message)?;
    file.cameras.is_empty().then(|| said.remedy("add a camera, or leave the entry out"))
}

/// The task's clock rules.
fn replaced_timestep(file: &TaskFile, text: &Text<'_>, model: &Model) -> Option<Diagnostic> {
    let (own, step) = (model.opt.timestep, file.dt / file.substeps as f64);
    // Nobody has said the default, as far as can be told.
    if own == DEFAULT_TIMESTEP || (own - step).abs() <= 1e-9 * step {
        return None;
    }
    let message = format!(
        "the model's timestep of {own} s does not count: dt and substeps make it {step:.6} s"
    );
    let remedy = format!("for the model's write substeps: {:.0}", (file.dt / own).max(1.0));
    say(text, ("dt", 0), Severity::Note, message).map(|it| it.remedy(remedy))
}

fn say(
    text: &Text<'_>,
    entry: Entry<'_>,
    severity: Severity,
    message: String,
) -> Option<Diagnostic> {
    let found = text.error_of(entry, message).diagnostics().into_iter().next()?;
    Some(Diagnostic { severity, ..found })
}
