//! Runs and checkpoints by the words that people have for them: every command opens them here.

use super::checkpoint::CheckpointInfo;
use super::error::SessionError;
use super::files::file_error;
use super::run_folder::RunFolder;
use crate::nodes::{CHECKPOINTS_FOLDER, RUN_FILE, Saved, of_one_run};
use std::path::{Path, PathBuf};

/// A run, and what words mean of it.
#[derive(Debug)]
pub struct FoundRun {
    /// Its folder.
    pub path: PathBuf,
    /// The checkpoint that the words mean in particular.
    pub checkpoint: Option<CheckpointInfo>,
}

/// The run that `words` mean ([`Saved::find`]), and the checkpoint if they mean one in particular. A checkpoint that a
/// saver has written elsewhere is of the run whose id it bears. What is wrong with checkpoints that are passed over is
/// handed to `warn`.
pub fn find_run(
    words: &Path,
    warn: &mut dyn FnMut(SessionError),
) -> Result<FoundRun, SessionError> {
    let checkpoint = match saved(words)? {
        Saved::Run(path) => return Ok(FoundRun { path, checkpoint: None }),
        Saved::Checkpoints(folder) => match folder.parent().filter(|_| is_of_run(&folder)) {
            Some(run) => return Ok(FoundRun { path: run.to_owned(), checkpoint: None }),
            None => latest_in(&folder, warn)?,
        },
        Saved::Checkpoint(folder) => CheckpointInfo::open(&folder)?,
        Saved::File(_) => return Err(no_run(words)),
    };
    Ok(FoundRun { path: run_of(&checkpoint)?, checkpoint: Some(checkpoint) })
}

/// The whole checkpoint that `words` mean: the one that they name, or the furthest of a run or folder. Its run need not
/// be there.
pub fn find_checkpoint(
    words: &Path,
    warn: &mut dyn FnMut(SessionError),
) -> Result<CheckpointInfo, SessionError> {
    match saved(words)? {
        Saved::Run(path) => CheckpointInfo::latest(&RunFolder::open(&path)?.0, warn),
        Saved::Checkpoints(folder) => latest_in(&folder, warn),
        Saved::Checkpoint(folder) => {
            let checkpoint = CheckpointInfo::open(&folder)?;
            checkpoint.verify()?;
            Ok(checkpoint)
        }
        Saved::File(_) => Err(no_run(words)),
    }
}

/// The run that `words` mean, opened to look at it, and the whole checkpoint that they name or the last one.
pub fn open_checkpoint(
    words: &Path,
    warn: &mut dyn FnMut(SessionError),
) -> Result<(RunFolder, CheckpointInfo), SessionError> {
    let FoundRun { path, checkpoint } = find_run(words, warn)?;
    let (folder, _) = RunFolder::open(&path)?;
    let checkpoint = match checkpoint {
        Some(checkpoint) => {
            checkpoint.verify()?;
            checkpoint
        }
        None => CheckpointInfo::latest(&folder, warn)?,
    };
    Ok((folder, checkpoint))
}

fn saved(words: &Path) -> Result<Saved, SessionError> {
    let wrong = |message| SessionError::Run { path: words.to_owned(), message };
    match Saved::find(words).map_err(wrong)?.ok_or_else(|| no_run(words))? {
        // A file of a checkpoint or of a run stands for it.
        Saved::File(file) => {
            let folder = file.parent().map(Saved::find).transpose().map_err(wrong)?.flatten();
            Ok(folder
                .filter(|it| matches!(it, Saved::Checkpoint(_) | Saved::Run(_)))
                .unwrap_or(Saved::File(file)))
        }
        found => Ok(found),
    }
}

fn no_run(words: &Path) -> SessionError {
    SessionError::Run {
        path: words.to_owned(),
        message:
            "is not a run folder; give the one that dnne train named at its end, or a checkpoint"
                .to_owned(),
    }
}

/// Whether a folder is the one in which a run keeps its checkpoints.
fn is_of_run(folder: &Path) -> bool {
    let is_named = folder.file_name().is_some_and(|name| name == CHECKPOINTS_FOLDER);
    is_named && folder.with_file_name(RUN_FILE).is_file()
}

/// The furthest whole checkpoint in a folder of a saver.
fn latest_in(
    folder: &Path,
    warn: &mut dyn FnMut(SessionError),
) -> Result<CheckpointInfo, SessionError> {
    let wrong = |message| SessionError::Run { path: folder.to_owned(), message };
    of_one_run(folder).map_err(wrong)?;
    CheckpointInfo::latest_in(folder, warn)
}

/// The folder of a checkpoint's run: the one around it, or where it was when the checkpoint was written.
fn run_of(checkpoint: &CheckpointInfo) -> Result<PathBuf, SessionError> {
    let full = checkpoint.path.canonicalize().map_err(file_error("follow", &checkpoint.path))?;
    let is_run = |folder: &&Path| folder.join(RUN_FILE).is_file();
    if let Some(around) = full.ancestors().skip(1).find(is_run) {
        return Ok(around.to_owned());
    }
    let id = checkpoint.metadata.run.as_deref();
    let noted = checkpoint.metadata.folder.as_deref().filter(is_run);
    let is_its_own = |folder: &&Path| {
        RunFolder::open(folder).is_ok_and(|(run, _)| id.is_some_and(|id| id == run.id()))
    };
    noted.filter(is_its_own).map(Path::to_owned).ok_or_else(|| {
        let whose = match &checkpoint.metadata.folder {
            Some(folder) => format!(", and its run is no longer in {}; put that back", folder.display()),
            None => ";".to_owned(),
        };
        SessionError::Run {
            path: checkpoint.path.clone(),
            message: format!(
                "this checkpoint is not in a run folder{whose} or copy it into the checkpoints folder of its run"
            ),
        }
    })
}
