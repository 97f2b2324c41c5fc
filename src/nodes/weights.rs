//! Files of weights, as nodes read them.

use super::METADATA_FILE;
use super::kind::{NodeError, complaint};
use super::kinds::checkpoint::checkpoint_loader::loaded_file;
use crate::diagnostic::{Diagnostic, read_bytes};
use crate::learn::{LearnError, StateDict, check_header};
use crate::workflow::GraphNode;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const REMEDY: &str = "train the run first, or give another one";

/// What is wrong with the weights that a loader node names, read whole; nothing of other nodes and of weights that
/// are not there yet.
pub fn check_weights(node: &GraphNode) -> Vec<Diagnostic> {
    let is_there = |path: &PathBuf| path.exists();
    match loaded_file(node) {
        Ok(path) if path.as_ref().is_none_or(|path| !is_there(path)) => Vec::new(),
        _ => complaint(whole(node)),
    }
}

fn whole(node: &GraphNode) -> Result<(), NodeError> {
    let path = loaded_file(node)?.unwrap_or_default();
    let unfit = |error: LearnError| wrong(format!("{}: {error}", path.display()));
    read_weights(&path)?.check_finite().map_err(unfit)
}

/// Whether a file holds weights, as far as its header tells.
pub fn look_at_weights(path: &Path) -> Result<(), NodeError> {
    let file = open(path)?;
    let length = file.metadata().map_err(|cause| unreadable(path, &cause))?.len();
    check_header(file, length).map_err(|error| no_weights(path, &error))
}

fn open(path: &Path) -> Result<File, NodeError> {
    // A device or a pipe may have no end.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(wrong(format!("{} is not a file; {REMEDY}", path.display())));
    }
    File::open(path).map_err(|cause| unreadable(path, &cause))
}

fn wrong(message: String) -> NodeError {
    NodeError::Field { field: "path", message }
}

fn unreadable(path: &Path, cause: &std::io::Error) -> NodeError {
    wrong(format!("cannot read {}: {cause}; {REMEDY}", path.display()))
}

fn no_weights(path: &Path, error: &dyn std::fmt::Display) -> NodeError {
    wrong(format!("{} holds no weights: {error}", path.display()))
}

/// Reads a file of weights, and compares it with the checksum that is noted beside it.
pub fn read_weights(path: &Path) -> Result<StateDict, NodeError> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|cause| unreadable(path, &cause))?;
    if noted_checksum(path).is_some_and(|noted| noted != crc32c::crc32c(&bytes)) {
        let message =
            "is damaged: its checksum is not the one noted beside it; give another checkpoint";
        return Err(wrong(format!("{} {message}", path.display())));
    }
    StateDict::from_safetensors(&bytes).map_err(|error| no_weights(path, &error))
}

/// The checksum that a checkpoint has of a file of its own; none of files that lie elsewhere.
fn noted_checksum(path: &Path) -> Option<u32> {
    let metadata = read_bytes(&path.with_file_name(METADATA_FILE), 64 << 20).ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).ok()?;
    let noted = metadata.get("checksums")?.get(path.file_name()?.to_str()?)?.as_u64()?;
    u32::try_from(noted).ok()
}
