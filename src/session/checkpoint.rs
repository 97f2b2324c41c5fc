//! Checkpoints on disk: a folder with the weights, the state of every node, and a description.

use super::error::SessionError;
use super::files::{Draft, LARGEST_TEXT, discard, file_error, first_free, visible_folders};
use super::run_folder::RunFolder;
use crate::diagnostic::{read_bytes, read_text};
use crate::learn::StateDict;
use crate::nodes::{BestMetric, DeviceMark, METADATA_FILE, WEIGHTS_FILE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const STATE_FILE: &str = "state.safetensors";
/// Larger files of arrays are not read [bytes]; memory may end before.
const LARGEST_ARRAYS: u64 = 1 << 40;

/// Who asks for a checkpoint at the end of a session: no node.
pub const OWN_NODE: &str = "session";

/// The description of a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckpointMetadata {
    /// Version of DNNE that wrote it.
    pub version: String,
    /// The run's identity; none for a session without a run's folder.
    pub run: Option<String>,
    /// The run's folder when it was written, as an absolute path: savers may write elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Node that asked for it.
    pub node: String,
    /// The trigger.
    pub trigger: String,
    /// When it was written, RFC 3339.
    pub time: String,
    /// Updates made before it was written.
    pub update: u64,
    /// Environment steps.
    pub step: u64,
    /// Where the checkpoint was kept as the best of a metric: which, how good, and over what.
    pub best_metric: Option<BestMetric>,
    /// SHA-256 of the run's `workflow.json`; none for a session without a run's folder.
    pub workflow_hash: Option<String>,
    /// CRC-32C of the other files, by name: disks and copies fail in silence.
    pub checksums: BTreeMap<String, u32>,
    /// CRC-32C of all other files that decide the run, by their paths inside it: workflow, seed, scenes and
    /// loaded weights.
    #[serde(default)]
    pub inputs: BTreeMap<String, u32>,
    /// The device of the training, if it is not the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceMark>,
    /// Lines of the run's `changes.jsonl` that had been written by then.
    #[serde(default)]
    pub changes: u64,
    /// Parameters of every node, by id, as they are with what was changed by hand.
    pub hyperparameters: serde_json::Value,
}

/// A checkpoint on disk.
#[derive(Clone, Debug)]
pub struct CheckpointInfo {
    /// Its folder.
    pub path: PathBuf,
    /// Its description, from `metadata.json`.
    pub metadata: CheckpointMetadata,
}

impl CheckpointInfo {
    /// Whether a folder is meant to be a checkpoint.
    pub fn is_at(path: &Path) -> bool {
        path.join(METADATA_FILE).is_file()
    }

    /// Reads the description of the checkpoint in a folder.
    pub fn open(path: &Path) -> Result<Self, SessionError> {
        let file = path.join(METADATA_FILE);
        let text = read_text(&file, LARGEST_TEXT).map_err(file_error("read", &file))?;
        let metadata = serde_json::from_str(&text).map_err(|error| SessionError::Run {
            path: file.clone(),
            message: format!("is not a valid checkpoint description: {error}"),
        })?;
        if !is_as_sealed(&text) {
            let message = "is damaged: its checksum is not the one noted at its end".to_owned();
            return Err(SessionError::Run { path: file, message });
        }
        Ok(Self { path: path.to_owned(), metadata })
    }

    /// Where the run was, for comparing: updates, then environment steps.
    pub fn position(&self) -> (u64, u64) {
        (self.metadata.update, self.metadata.step)
    }

    /// The checkpoints of a run, the earliest first. Those whose description cannot be read are handed to
    /// `warn`, and left out.
    pub fn all(
        run: &RunFolder,
        warn: &mut dyn FnMut(SessionError),
    ) -> Result<Vec<Self>, SessionError> {
        Self::all_in(&run.checkpoints(), warn)
    }

    fn all_in(
        folder: &Path,
        warn: &mut dyn FnMut(SessionError),
    ) -> Result<Vec<Self>, SessionError> {
        let opened = visible_folders(folder)?.into_iter().map(|path| Self::open(&path));
        let mut found: Vec<Self> = opened.filter_map(|one| one.map_err(&mut *warn).ok()).collect();
        found.sort_by_key(Self::position);
        Ok(found)
    }

    /// The checkpoint of a run that is furthest on and whole. What is wrong with those that are
    /// further on is handed to `warn`.
    pub fn latest(
        run: &RunFolder,
        warn: &mut dyn FnMut(SessionError),
    ) -> Result<Self, SessionError> {
        Self::latest_in(&run.checkpoints(), warn)
    }

    /// The same of a folder of checkpoints.
    pub(super) fn latest_in(
        folder: &Path,
        warn: &mut dyn FnMut(SessionError),
    ) -> Result<Self, SessionError> {
        let mut n_damaged = 0;
        let found = Self::all_in(folder, &mut |error| {
            n_damaged += 1;
            warn(error);
        })?;
        for checkpoint in found.into_iter().rev() {
            match checkpoint.verify() {
                Ok(()) => return Ok(checkpoint),
                Err(error) => {
                    n_damaged += 1;
                    warn(error);
                }
            }
        }
        let message = match n_damaged {
            0 => "holds no checkpoint yet; set checkpoint_enabled on the trainer, or let the run \
                  end by itself or by Ctrl-C"
                .to_owned(),
            n => format!(
                "none of its checkpoints is complete ({n} damaged); restore one from a copy"
            ),
        };
        Err(SessionError::Run { path: folder.to_owned(), message })
    }

    /// Fails unless all files are there and hold what was written into them.
    pub fn verify(&self) -> Result<(), SessionError> {
        for name in [WEIGHTS_FILE, STATE_FILE] {
            self.read(name)?;
        }
        Ok(())
    }

    /// The weights of its network.
    pub fn weights(&self) -> Result<StateDict, SessionError> {
        StateDict::from_safetensors(&self.read(WEIGHTS_FILE)?)
            .map_err(|cause| SessionError::Checkpoint { path: self.path.join(WEIGHTS_FILE), cause })
    }

    /// Every node's state under its id.
    pub(super) fn state(&self) -> Result<StateDict, SessionError> {
        StateDict::from_safetensors(&self.read(STATE_FILE)?)
            .map_err(|cause| SessionError::Checkpoint { path: self.path.join(STATE_FILE), cause })
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, SessionError> {
        let path = self.path.join(name);
        let bytes = read_bytes(&path, LARGEST_ARRAYS).map_err(file_error("read", &path))?;
        if self.metadata.checksums.get(name) != Some(&crc32c::crc32c(&bytes)) {
            let message =
                format!("is damaged: its checksum is not the one noted in {METADATA_FILE}");
            return Err(SessionError::Run { path, message });
        }
        Ok(bytes)
    }
}

/// What comes before the checksum of a description, which is its last member and of all text before it.
const SEAL: &str = ",\n  \"checksum\": \"";

/// The text of a description, with its checksum.
pub(super) fn sealed(metadata: &CheckpointMetadata) -> String {
    let text = serde_json::to_string_pretty(metadata).unwrap_or_default();
    let body = text.trim_end_matches('}').trim_end();
    format!("{body}{SEAL}{:08x}\"\n}}\n", crc32c::crc32c(body.as_bytes()))
}

/// Whether a description is what was written.
fn is_as_sealed(text: &str) -> bool {
    let parts = text.rsplit_once(SEAL);
    parts.is_some_and(|(body, end)| {
        end.get(..8) == Some(&format!("{:08x}", crc32c::crc32c(body.as_bytes())))
    })
}

/// Writes a checkpoint's folder, in place of one of the same run that may have its name. Where another run
/// has it, a number is added.
pub(super) fn write(
    parent: &Path,
    name: &str,
    mut metadata: CheckpointMetadata,
    weights: Vec<u8>,
    state: &StateDict,
) -> Result<PathBuf, SessionError> {
    let target = first_free(parent, name, |path| {
        let other = CheckpointInfo::open(path).map(|it| it.metadata.run);
        !path.exists() || other.is_ok_and(|run| run == metadata.run)
    });
    let state = state.to_safetensors();
    let state = state.map_err(|cause| SessionError::Checkpoint { path: target.clone(), cause })?;
    let mut files = vec![(WEIGHTS_FILE, weights), (STATE_FILE, state)];
    let checksums = files.iter().map(|(name, bytes)| ((*name).to_owned(), crc32c::crc32c(bytes)));
    metadata.checksums = checksums.collect();
    files.push((METADATA_FILE, sealed(&metadata).into_bytes()));
    let draft = Draft::new(parent).map_err(file_error("write", &target))?;
    for (name, bytes) in &files {
        draft.write(name, bytes).map_err(file_error("write", &target))?;
    }
    draft.replace(&target)?;
    Ok(target)
}

/// Removes all but the `keep` furthest of the checkpoints in a folder that a node of a run asked for, or that
/// the run itself made at an end. `last` has just been written: what is further on is of an earlier end, from
/// before which the run went on, and goes first. The best of a metric stay, and so does what cannot be read:
/// nobody knows whose it is.
pub(super) fn prune(
    parent: &Path,
    last: &CheckpointMetadata,
    keep: usize,
) -> Result<(), SessionError> {
    let mut found: Vec<CheckpointInfo> = visible_folders(parent)?
        .iter()
        .filter_map(|path| CheckpointInfo::open(path).ok())
        .filter(|it| it.metadata.run == last.run && it.metadata.best_metric.is_none())
        .filter(|it| it.metadata.node == last.node || it.metadata.node == OWN_NODE)
        .collect();
    let end = (last.update, last.step);
    found.sort_by_key(|it| std::cmp::Reverse((it.position() <= end, it.position())));
    found.iter().skip(keep).try_for_each(|checkpoint| discard(&checkpoint.path))
}
