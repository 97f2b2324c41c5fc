//! A run's folder: the workflow as run, its metrics, its checkpoints.

use super::error::SessionError;
use super::files::{file_error, write_atomically};
use crate::nodes::Metrics;
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const WORKFLOW: &str = "workflow.json";
const INFO: &str = "run.json";
const METRICS: &str = "metrics.jsonl";

/// What a run needs beside its workflow to be resumed or evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of DNNE that made the run.
    pub version: String,
    pub seed: u64,
    /// Folder in which the workflow's scenes were found.
    pub scenes: PathBuf,
}

/// A run's folder.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a new folder at `path`, which must not hold a run already, and writes the workflow and
    /// what belongs to it.
    pub fn create(path: &Path, workflow: &str, info: &RunInfo) -> Result<Self, SessionError> {
        if path.join(WORKFLOW).exists() {
            return Err(SessionError::Run {
                path: path.to_owned(),
                message: "holds a run already; choose another --out, or continue it with --resume"
                    .to_owned(),
            });
        }
        fs::create_dir_all(path.join("checkpoints"))
            .map_err(file_error("make the folder", path))?;
        let info = serde_json::to_string_pretty(info).unwrap_or_default();
        write_atomically(&path.join(INFO), info.as_bytes())?;
        write_atomically(&path.join(WORKFLOW), workflow.as_bytes())?;
        Ok(Self { path: path.to_owned() })
    }

    /// A name under `parent` that is still free: `name`, or `name-2` and so on.
    pub fn free_name(parent: &Path, name: &str) -> PathBuf {
        let numbered = (2..).map(|number| parent.join(format!("{name}-{number}")));
        let mut candidates = std::iter::once(parent.join(name)).chain(numbered);
        // The iterator is endless, and a folder holds finitely many names.
        candidates.find(|path| !path.exists()).unwrap_or_else(|| parent.join(name))
    }

    /// Opens an existing run.
    pub fn open(path: &Path) -> Result<(Self, RunInfo), SessionError> {
        let info_path = path.join(INFO);
        let text = fs::read_to_string(&info_path).map_err(file_error("read", &info_path))?;
        let info = serde_json::from_str(&text).map_err(|error| SessionError::Run {
            path: info_path,
            message: format!("is not a run's description: {error}"),
        })?;
        Ok((Self { path: path.to_owned() }, info))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The workflow as run.
    pub fn workflow(&self) -> PathBuf {
        self.path.join(WORKFLOW)
    }

    pub fn metrics(&self) -> PathBuf {
        self.path.join(METRICS)
    }

    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Adds a row to the metrics; a row is written at once and whole.
    pub(super) fn append_metrics(&self, metrics: &Metrics) -> Result<(), SessionError> {
        let path = self.metrics();
        let mut row = serde_json::to_string(metrics).unwrap_or_default();
        row.push('\n');
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(row.as_bytes()))
            .map_err(file_error("write", &path))
    }

    /// Drops the rows of updates after `update`, which a resumed run will make again, and a last
    /// row that was cut off.
    pub fn truncate_metrics(&self, update: u64) -> Result<(), SessionError> {
        let path = self.metrics();
        let Ok(text) = fs::read_to_string(&path) else { return Ok(()) };
        let is_kept = |row: &&str| {
            let row: Option<serde_json::Value> = serde_json::from_str(row).ok();
            row.and_then(|row| row.get("update")?.as_u64()).is_some_and(|at| at <= update)
        };
        let kept: String = text.lines().filter(is_kept).flat_map(|row| [row, "\n"]).collect();
        write_atomically(&path, kept.as_bytes())
    }
}
