//! What a sweep is to do and what has become of it, kept in its folder, so that one that was interrupted goes on.

use super::axes::{Axis, Member, members};
use crate::session::{CheckpointInfo, RunFolder, write_atomically};
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that holds it.
const FILE: &str = "sweep.json";
/// What the process that runs the sweep holds.
const LOCK: &str = ".lock";

/// What a sweep is to do, and the runs that have ended.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The workflow's file.
    pub(super) workflow: PathBuf,
    /// SHA-256 of that file: the runs of a sweep are of one workflow.
    sha256: String,
    pub(super) axes: Vec<Axis>,
    pub(super) seeds: Vec<u64>,
    /// Limits of each run.
    pub(super) updates: Option<u64>,
    pub(super) steps: Option<u64>,
    pub(super) timeout: Option<Duration>,
    /// The folder of scenes, if one was given.
    pub(super) scenes: Option<PathBuf>,
    /// In the order of the members.
    pub(super) rows: Vec<Row>,
}

/// What became of a member.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Row {
    /// Which of all, from 0.
    pub(super) member: usize,
    /// The name of its run's folder.
    pub(super) run: String,
    pub(super) status: Status,
    /// What the run said of itself; empty if it failed.
    pub(super) summary: Map<String, Value>,
    pub(super) error: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Done,
    Interrupted,
    Failed,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// How a member that has not come to its end is trained.
pub(super) enum Way {
    /// As a new run, in a folder of that name.
    Begin(String),
    /// On from the last checkpoint of the run of that name.
    GoOn(String),
}

impl Way {
    pub(super) fn run(&self) -> &str {
        match self {
            Self::Begin(run) | Self::GoOn(run) => run,
        }
    }
}

impl Plan {
    /// A plan of which nothing is done yet. Paths are kept so that they lead there from any folder.
    pub(super) fn new(workflow: &Path, axes: Vec<Axis>, seeds: Vec<u64>) -> anyhow::Result<Self> {
        Ok(Self {
            workflow: from_anywhere(workflow)?,
            sha256: sha256_of(workflow)?,
            axes,
            seeds,
            updates: None,
            steps: None,
            timeout: None,
            scenes: None,
            rows: Vec::new(),
        })
    }

    /// Limits each run to this many updates or steps, or this time.
    pub(super) fn limit(
        &mut self,
        updates: Option<u64>,
        steps: Option<u64>,
        timeout: Option<Duration>,
    ) {
        (self.updates, self.steps, self.timeout) = (updates, steps, timeout);
    }

    /// Takes scenes from a folder.
    pub(super) fn find_scenes(&mut self, folder: Option<&Path>) -> anyhow::Result<()> {
        self.scenes = folder.map(from_anywhere).transpose()?;
        Ok(())
    }

    /// Reads the plan of the sweep in a folder. Fails where there is none, and where the workflow is no longer the
    /// one of the runs that are there.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(FILE);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "{} is not a sweep's folder: it has no {FILE}; give the --out of a sweep",
                folder.display()
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let plan: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what a sweep wrote", file.display()))?;
        let n_members = plan.members()?.len();
        let is_whole = plan.rows.iter().all(|row| row.member < n_members && is_plain(&row.run));
        ensure!(is_whole, "{} names runs that the sweep does not have", file.display());
        let workflow = plan.workflow.display();
        ensure!(
            sha256_of(&plan.workflow)? == plan.sha256,
            "{workflow} was changed since the sweep began, and its runs would be of two workflows; restore it, or \
             begin a new sweep"
        );
        Ok(plan)
    }

    pub(super) fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        Ok(write_atomically(&folder.join(FILE), text.as_bytes())?)
    }

    /// All combinations of values and seeds.
    pub(super) fn members(&self) -> anyhow::Result<Vec<Member>> {
        members(&self.axes, &self.seeds)
    }

    /// Puts what became of a member in the place of what was known of it.
    pub(super) fn put(&mut self, row: Row) {
        self.rows.retain(|other| other.member != row.member);
        self.rows.push(row);
        self.rows.sort_by_key(|row| row.member);
    }

    /// How a member goes on; none if it has come to its end.
    pub(super) fn way(&self, index: usize, member: &Member, folder: &Path) -> Option<Way> {
        let known = self.rows.iter().find(|row| row.member == index);
        if known.is_some_and(|row| row.status == Status::Done) {
            return None;
        }
        let run = known.map_or(&member.name, |row| &row.run);
        let path = folder.join(run);
        if !path.exists() {
            return Some(Way::Begin(run.clone()));
        }
        // Nothing was saved of a run that was killed early; its folder stays as it is.
        let has_saved = RunFolder::open(&path)
            .and_then(|(run, _)| CheckpointInfo::latest(&run, &mut |_| ()))
            .is_ok();
        if has_saved {
            return Some(Way::GoOn(run.clone()));
        }
        let names = (2..).map(|n| format!("{}-{n}", member.name));
        names.into_iter().find(|name| !folder.join(name).exists()).map(Way::Begin)
    }
}

/// Takes the folder of a sweep for this process. Fails while another has it.
pub(super) fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    if let Err(error) = file.try_lock() {
        bail!("{} is in use: another process runs this sweep ({error})", folder.display());
    }
    Ok(file)
}

/// Whether a name leads into the sweep's folder and no further.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_digit() || c == '-')
}

fn from_anywhere(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
}

fn sha256_of(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(folder: &Path) -> Plan {
        let workflow = folder.join("w.json");
        std::fs::write(&workflow, "{}").unwrap();
        Plan::new(&workflow, Vec::new(), vec![1, 2, 3]).unwrap()
    }

    fn row(member: usize, run: &str, status: Status) -> Row {
        Row { member, run: run.to_owned(), status, summary: Map::new(), error: String::new() }
    }

    #[test]
    fn what_is_done_is_kept_and_what_saved_nothing_begins_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = plan(folder.path());
        plan.put(row(1, "0002", Status::Interrupted));
        plan.put(row(0, "0001", Status::Done));
        std::fs::create_dir(folder.path().join("0002")).unwrap();
        plan.save(folder.path()).unwrap();
        let plan = Plan::open(folder.path()).unwrap();
        let members = plan.members().unwrap();
        let way = |i: usize| plan.way(i, &members[i], folder.path());
        assert!(way(0).is_none());
        assert!(matches!(way(1), Some(Way::Begin(run)) if run == "0002-2"));
        assert!(matches!(way(2), Some(Way::Begin(run)) if run == "0003"));
    }

    #[test]
    fn plans_of_other_workflows_and_of_other_folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let said = |folder: &Path| format!("{:#}", Plan::open(folder).err().unwrap());
        assert!(said(folder.path()).contains("is not a sweep's folder"));
        let mut plan = plan(folder.path());
        plan.save(folder.path()).unwrap();
        std::fs::write(folder.path().join("w.json"), "{ }").unwrap();
        assert!(said(folder.path()).contains("was changed since the sweep began"));
        plan.put(row(0, "../../elsewhere", Status::Interrupted));
        plan.save(folder.path()).unwrap();
        assert!(said(folder.path()).contains("names runs that the sweep does not have"));
        std::fs::write(folder.path().join(FILE), "[]").unwrap();
        assert!(said(folder.path()).contains("is not what a sweep wrote"));
    }

    #[test]
    fn a_sweep_is_run_by_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        assert!(lock(folder.path()).unwrap_err().to_string().contains("is in use"));
        drop(held);
        assert!(lock(folder.path()).is_ok());
    }
}
