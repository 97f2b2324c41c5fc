//! Checkpoints: a folder with the weights, the state of every node, and a description.

use super::build::Session;
use super::error::SessionError;
use super::files::file_error;
use super::run_folder::RunFolder;
use crate::learn::StateDict;
use crate::nodes::{Agent, CheckpointRequest, NodeError, Progress, WEIGHTS_FILE, file_name};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const STATE_FILE: &str = "state.safetensors";
const METADATA_FILE: &str = "metadata.json";

/// What a checkpoint says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckpointMetadata {
    /// Version of DNNE that wrote it.
    pub version: String,
    /// Node that asked for it.
    pub node: String,
    /// What made it due.
    pub trigger: String,
    /// When it was written, RFC 3339.
    pub time: String,
    pub update: u64,
    /// Environment steps.
    pub step: u64,
    /// Name and value, where the checkpoint was kept for them.
    pub best_metric: Option<(String, f64)>,
    /// Parameters of every node, by id.
    pub hyperparameters: serde_json::Value,
}

/// A checkpoint on disk.
#[derive(Clone, Debug)]
pub struct CheckpointInfo {
    pub path: PathBuf,
    pub metadata: CheckpointMetadata,
}

impl CheckpointInfo {
    /// Reads the description of the checkpoint in a folder.
    pub fn open(path: &Path) -> Result<Self, SessionError> {
        let file = path.join(METADATA_FILE);
        let text = fs::read_to_string(&file).map_err(file_error("read", &file))?;
        let metadata = serde_json::from_str(&text).map_err(|error| SessionError::Run {
            path: file,
            message: format!("is not a checkpoint's description: {error}"),
        })?;
        Ok(Self { path: path.to_owned(), metadata })
    }

    /// The checkpoint of a run that is furthest on. Folders that are not whole are passed over:
    /// a checkpoint gets its name only when all of it is on disk.
    pub fn latest(run: &RunFolder) -> Result<Self, SessionError> {
        let folder = run.checkpoints();
        let entries = fs::read_dir(&folder).map_err(file_error("read", &folder))?;
        entries
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .filter_map(|entry| Self::open(&entry.path()).ok())
            .max_by_key(|found| (found.metadata.update, found.metadata.step))
            .ok_or(SessionError::Run {
                path: folder,
                message: "holds no checkpoint yet; set checkpoint_enabled on the trainer, or let \
                          the run end by itself or by Ctrl-C"
                    .to_owned(),
            })
    }
}

impl Session {
    /// Writes a checkpoint of where the session is now. Call between ticks.
    pub fn save_checkpoint(
        &mut self,
        request: &CheckpointRequest,
    ) -> Result<Option<PathBuf>, SessionError> {
        let parent = match (&request.folder, &self.folder) {
            (Some(folder), _) => folder.clone(),
            (None, Some(run)) => run.checkpoints(),
            (None, None) => return Ok(None),
        };
        let progress = self.progress();
        let name = match &request.best {
            Some(_) => format!("best_{}", file_name(&request.node)),
            None => format!("update_{:06}_step_{:012}", progress.updates, progress.steps),
        };
        let metadata = CheckpointMetadata {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            node: request.node.clone(),
            trigger: request.trigger.clone(),
            time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            update: progress.updates,
            step: progress.steps,
            best_metric: request.best.clone(),
            hyperparameters: (self.nodes.iter())
                .map(|node| (node.id.clone(), node.params.clone()))
                .collect(),
        };
        let (weights, state) = self.state(request)?;
        let metadata = serde_json::to_vec_pretty(&metadata).unwrap_or_default();
        let bytes = |state: &StateDict| {
            state
                .to_safetensors()
                .map_err(|cause| SessionError::Checkpoint { path: parent.clone(), cause })
        };
        let files = [
            (WEIGHTS_FILE, bytes(&weights)?),
            (STATE_FILE, bytes(&state)?),
            (METADATA_FILE, metadata),
        ];
        write_folder(&parent, &name, &files).map(Some)
    }

    /// Goes on from a checkpoint of the same workflow: every node, bit for bit.
    pub fn load_checkpoint(&mut self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        let state = read_state(&checkpoint.path.join(STATE_FILE))?;
        self.load_nodes(&state, |_| true)?;
        let (updates, step) = (checkpoint.metadata.update, checkpoint.metadata.step);
        self.world_mut().insert_resource(Progress { updates, steps: step });
        Ok(())
    }

    /// Takes only the networks out of a checkpoint, for evaluation.
    pub fn load_networks(&mut self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        let state = read_state(&checkpoint.path.join(STATE_FILE))?;
        self.load_nodes(&state, |class| class == "PPOAgentNode")
    }

    fn load_nodes(
        &mut self,
        state: &StateDict,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), SessionError> {
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let (entity, kind, id) = (node.entity, node.kind, node.id.clone());
            let saved = state.nested(&file_name(&id));
            if let Some(kept) = &kind.state
                && wanted(kind.schema.class_type)
                && !saved.is_empty()
            {
                (kept.load)(self.world_mut(), entity, &saved).map_err(in_node(&id))?;
            }
        }
        Ok(())
    }

    /// The weights of the agent that a request means, and every node's state under its id.
    fn state(&self, request: &CheckpointRequest) -> Result<(StateDict, StateDict), SessionError> {
        let (mut weights, mut all) = (None, StateDict::new());
        for node in &self.nodes {
            if let Some(kept) = &node.kind.state {
                let saved = (kept.save)(self.world(), node.entity).map_err(in_node(&node.id))?;
                all.insert_nested(&file_name(&node.id), saved);
            }
            let is_meant = request.model.is_none_or(|model| model == node.entity);
            if let (true, None, Some(agent)) =
                (is_meant, &weights, self.world().get::<Agent>(node.entity))
            {
                let state = agent.policy.state().map_err(NodeError::from);
                weights = Some(state.map_err(in_node(&node.id))?);
            }
        }
        Ok((weights.unwrap_or_default(), all))
    }
}

fn in_node(id: &str) -> impl Fn(NodeError) -> SessionError {
    let node = format!("node {id}");
    move |cause| SessionError::Node { node: node.clone(), cause }
}

fn read_state(path: &Path) -> Result<StateDict, SessionError> {
    let bytes = fs::read(path).map_err(file_error("read", path))?;
    StateDict::from_safetensors(&bytes)
        .map_err(|cause| SessionError::Checkpoint { path: path.to_owned(), cause })
}

/// Writes a folder of files under a hidden name and moves it to its place when all of it is on disk.
fn write_folder(
    parent: &Path,
    name: &str,
    files: &[(&str, Vec<u8>)],
) -> Result<PathBuf, SessionError> {
    fs::create_dir_all(parent).map_err(file_error("make the folder", parent))?;
    let target = parent.join(name);
    let unfinished = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(parent)
        .map_err(file_error("write into", parent))?;
    for (file_name, bytes) in files {
        let path = unfinished.path().join(file_name);
        fs::File::create(&path)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .map_err(file_error("write", &target))?;
    }
    // A folder cannot replace another in one move: the old one steps aside first, and stays whole
    // under its hidden name until the new one stands.
    let aside = parent.join(format!(".old-{name}"));
    if target.exists() {
        let _ = fs::remove_dir_all(&aside);
        fs::rename(&target, &aside).map_err(file_error("replace", &target))?;
    }
    let unfinished = unfinished.keep();
    if let Err(error) = fs::rename(&unfinished, &target) {
        let _ = fs::rename(&aside, &target);
        let _ = fs::remove_dir_all(&unfinished);
        return Err(file_error("write", &target)(error));
    }
    let _ = fs::remove_dir_all(&aside);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(&target, fs::Permissions::from_mode(0o755));
    }
    Ok(target)
}
