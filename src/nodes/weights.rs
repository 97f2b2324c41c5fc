//! Files of weights, as nodes name and read them.

use super::kind::{NodeError, diagnostics_of};
use super::saved::Saved;
use super::{METADATA_FILE, WEIGHTS_FILE};
use crate::diagnostic::{Diagnostic, read_bytes};
use crate::learn::{LearnError, PolicyConfig, StateDict, check_header, policy_in_header};
use crate::workflow::{GraphNode, ParamSchema};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const REMEDY: &str = "train the run first, or give another one";

/// Weights that a node names.
struct Named {
    /// The parameter that names them.
    param: &'static ParamSchema,
    file: PathBuf,
}

/// The parameter by which nodes of a kind name weights, if they do.
pub fn weights_param(node: &GraphNode) -> Option<&'static ParamSchema> {
    node.class.params.iter().find(|param| param.is_weights)
}

/// The file of weights that a node names; none if its kind loads none.
pub fn loaded_file(node: &GraphNode) -> Result<Option<PathBuf>, NodeError> {
    Ok(Named::of(node)?.map(|named| named.file))
}

/// What the checker says of the weights that a node names, by the header of their file: a check is made after every
/// edit, and weights may be gigabytes. Weights that are not there yet may come before the workflow is trained.
pub fn check_named_weights(node: &GraphNode) -> Vec<Diagnostic> {
    match Named::of(node) {
        Ok(Some(named)) if !named.file.exists() => {
            let message = format!("{} is not there yet", named.file.display());
            let missing = Diagnostic::warning("missing-weights", message);
            vec![missing.field(named.param.name).remedy(REMEDY)]
        }
        Ok(Some(named)) => diagnostics_of(named.look()),
        Ok(None) => Vec::new(),
        Err(error) => diagnostics_of::<()>(Err(error)),
    }
}

/// What is wrong with the weights that a node names, read whole; nothing of other nodes and of weights that are not
/// there yet.
pub fn check_weights(node: &GraphNode) -> Vec<Diagnostic> {
    match Named::of(node) {
        Ok(Some(named)) if named.file.exists() => diagnostics_of(named.check_whole()),
        Ok(_) => Vec::new(),
        Err(error) => diagnostics_of::<()>(Err(error)),
    }
}

/// The configuration of the policy whose weights a node names, by their file's header; none if they are not there yet
/// or the kind loads none. Fails on weights that do not say it.
pub fn named_policy(node: &GraphNode) -> Result<Option<PolicyConfig>, NodeError> {
    let Some(named) = Named::of(node)?.filter(|named| named.file.exists()) else { return Ok(None) };
    match named.policy()? {
        Some(config) => Ok(Some(config)),
        None => Err(named.wrong(format!(
            "{} does not say what network its weights are of, as an earlier version of DNNE wrote it; resume its run \
             for an update, which writes it anew, or train it again",
            named.file.display()
        ))),
    }
}

/// Reads the weights that a node names, and compares them with the checksum that is noted beside them.
pub fn read_weights(node: &GraphNode) -> Result<StateDict, NodeError> {
    match Named::of(node)? {
        Some(named) => named.read(),
        None => Ok(StateDict::new()),
    }
}

impl Named {
    fn of(node: &GraphNode) -> Result<Option<Self>, NodeError> {
        let Some(param) = weights_param(node) else { return Ok(None) };
        let words = PathBuf::from(node.text(param.name)?);
        let mut named = Self { param, file: words.clone() };
        if words.as_os_str().is_empty() {
            let message = "names no checkpoint; give its folder, or that of a run";
            return Err(named.wrong(message.to_owned()));
        }
        let saved = Saved::find(&words).map_err(|message| named.wrong(message))?;
        let file = saved.map(|saved| saved.weights()).transpose();
        let file = file.map_err(|message| named.wrong(message))?;
        named.file = file.flatten().unwrap_or_else(|| match words.is_dir() {
            // They may come.
            true => words.join(WEIGHTS_FILE),
            false => words,
        });
        Ok(Some(named))
    }

    fn wrong(&self, message: String) -> NodeError {
        NodeError::Field { field: self.param.name, message }
    }

    fn unreadable(&self, cause: &std::io::Error) -> NodeError {
        self.wrong(format!("cannot read {}: {cause}; {REMEDY}", self.file.display()))
    }

    fn no_weights(&self, error: &dyn std::fmt::Display) -> NodeError {
        self.wrong(format!("{} holds no weights: {error}", self.file.display()))
    }

    fn open(&self) -> Result<File, NodeError> {
        // A device or a pipe may have no end.
        if std::fs::metadata(&self.file).is_ok_and(|found| !found.is_file()) {
            return Err(self.wrong(format!("{} is not a file; {REMEDY}", self.file.display())));
        }
        File::open(&self.file).map_err(|cause| self.unreadable(&cause))
    }

    /// Whether the file holds weights, as far as its header tells.
    fn look(&self) -> Result<(), NodeError> {
        let (file, length) = self.open_sized()?;
        check_header(file, length).map_err(|error| self.no_weights(&error))
    }

    /// What the header says of the weights' policy.
    fn policy(&self) -> Result<Option<PolicyConfig>, NodeError> {
        let (file, length) = self.open_sized()?;
        policy_in_header(file, length).map_err(|error| {
            self.wrong(format!("{} is of no policy: {error}", self.file.display()))
        })
    }

    fn open_sized(&self) -> Result<(File, u64), NodeError> {
        let file = self.open()?;
        let length = file.metadata().map_err(|cause| self.unreadable(&cause))?.len();
        Ok((file, length))
    }

    fn check_whole(&self) -> Result<(), NodeError> {
        let unfit = |error: LearnError| self.wrong(format!("{}: {error}", self.file.display()));
        self.read()?.check_finite().map_err(unfit)
    }

    fn read(&self) -> Result<StateDict, NodeError> {
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes).map_err(|cause| self.unreadable(&cause))?;
        if noted_checksum(&self.file).is_some_and(|noted| noted != crc32c::crc32c(&bytes)) {
            let message =
                "is damaged: its checksum is not the one noted beside it; give another checkpoint";
            return Err(self.wrong(format!("{} {message}", self.file.display())));
        }
        StateDict::from_safetensors(&bytes).map_err(|error| self.no_weights(&error))
    }
}

/// The checksum that a checkpoint has of a file of its own; none of files that lie elsewhere.
fn noted_checksum(path: &Path) -> Option<u32> {
    let metadata = read_bytes(&path.with_file_name(METADATA_FILE), 64 << 20).ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).ok()?;
    let noted = metadata.get("checksums")?.get(path.file_name()?.to_str()?)?.as_u64()?;
    u32::try_from(noted).ok()
}
