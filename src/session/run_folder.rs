//! A run's folder: the workflow as run, its scenes, its metrics, its checkpoints.

use super::checkpoint::{CheckpointInfo, CheckpointMetadata};
use super::error::SessionError;
use super::files::{
    Draft, LARGEST_TEXT, copy_folder, file_error, first_free, recover, visible_folders,
    write_atomically,
};
use super::inputs::{Checksums, checksums};
use super::run_rows::{LARGEST_ROWS, LeftOutRows, rows_to_leave_out, update_of};
use super::settings::SettingChange;
use crate::diagnostic::{read_bytes, read_text};
use crate::nodes::{CHECKPOINTS_FOLDER, Metrics, RUN_FILE, file_name};
use crate::scene::{Scene, SceneLibrary};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

const WORKFLOW: &str = "workflow.json";
pub(super) const METRICS: &str = "metrics.jsonl";
const CHANGES: &str = "changes.jsonl";
const SCENES: &str = "scenes";
const LOADED: &str = "loaded";
const SUPERSEDED: &str = "superseded";
const LOCK: &str = ".lock";
/// Between tries to get it, ten at most.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The description of a run, which resuming and evaluating need besides its workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of DNNE that made the run.
    pub version: String,
    /// A unique id, which the run keeps when its folder is moved.
    pub id: String,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where the workflow's scenes were found, as an absolute path. The run has its own copies.
    pub scenes: PathBuf,
    /// The checkpoint of another run whose weights it began with, as an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// Class names of the built-in node kinds in whose place the program had code of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_kinds: Vec<String>,
}

/// The contents of a new run's folder.
pub struct NewRun<'a> {
    /// The text of the workflow as run.
    pub workflow: &'a str,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where the workflow's scenes are found.
    pub library: &'a SceneLibrary,
    /// Those that it uses.
    pub scenes: &'a [Scene],
    /// Files of weights that nodes of the workflow load, by the nodes' ids.
    pub loaded: &'a [(String, PathBuf)],
    /// The checkpoint of another run whose weights it begins with.
    pub init_from: Option<&'a Path>,
    /// Class names of the built-in node kinds in whose place there is other code.
    pub own_kinds: &'a [&'static str],
}

/// What became of what a run had beyond the checkpoint at which it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewound {
    /// Checkpoints that were moved: later or damaged ones.
    pub n_checkpoints: usize,
    /// Where they are, with the metrics and changes as they were; none if nothing was moved or damaged.
    pub aside: Option<PathBuf>,
    /// The lines of the metrics that are left out.
    pub rows: LeftOutRows,
}

/// A run's folder.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    id: String,
    /// Checksums of what decides it, when it was opened.
    inputs: Arc<Checksums>,
    /// Held by the process that trains the run, and freed with it.
    _lock: Option<Arc<File>>,
}

impl RunFolder {
    /// Makes a new run at `path`, where nothing or an empty folder may be, with copies of the
    /// workflow, of its scenes and of the weights that it loads. It appears when all of it is on disk.
    pub fn create(path: &Path, run: &NewRun) -> Result<Self, SessionError> {
        let draft = Self::draft(path, run)?;
        draft.publish(path).map_err(|error| match path.exists() {
            true => SessionError::Run {
                path: path.to_owned(),
                message: if path.join(WORKFLOW).exists() {
                    "holds a run already; choose another --out, or continue it with --resume"
                } else {
                    "exists and is not an empty folder; choose another --out"
                }
                .to_owned(),
            },
            false => file_error("make the folder", path)(error),
        })?;
        Self::claim(path)
    }

    /// Makes a new run under the first free name in `parent`: `name`, `name-2` and so on.
    pub fn create_named(parent: &Path, name: &str, run: &NewRun) -> Result<Self, SessionError> {
        loop {
            let path = first_free(parent, name, |path| !path.exists());
            // Another process may take the name meanwhile; then the next one will do.
            match Self::draft(&path, run)?.publish(&path) {
                Ok(()) => return Self::claim(&path),
                Err(_) if path.exists() => {}
                Err(error) => return Err(file_error("make the folder", &path)(error)),
            }
        }
    }

    /// All that a run begins with, under a hidden name beside `path`.
    fn draft(path: &Path, run: &NewRun) -> Result<Draft, SessionError> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let draft = Draft::new(parent.unwrap_or(Path::new(".")))
            .map_err(file_error("make the folder", path))?;
        for folder in [CHECKPOINTS_FOLDER, SCENES] {
            fs::create_dir(draft.path().join(folder)).map_err(file_error("write into", path))?;
        }
        let copies = SceneLibrary::new(draft.path().join(SCENES));
        for scene in run.scenes {
            let folder = run.library.folder().join(&scene.name);
            copy_folder(&folder, &copies.folder().join(&scene.name))
                .map_err(file_error("copy the scene into", path))?;
            copies.load(&scene.name).map_err(|error| SessionError::Run {
                path: folder,
                message: format!(
                    "the run's copy of this scene does not load; keep all of its files in its \
                     folder: {error}"
                ),
            })?;
        }
        if !run.loaded.is_empty() {
            let folder = draft.path().join(LOADED);
            fs::create_dir(&folder).map_err(file_error("write into", path))?;
            for (node, file) in run.loaded {
                let copied = fs::copy(file, folder.join(weights_name(node)));
                copied.map_err(file_error("copy", file))?;
            }
        }
        let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let info = RunInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            id: new_id(path),
            seed: run.seed,
            scenes: absolute(run.library.folder()),
            init_from: run.init_from.map(absolute),
            own_kinds: run.own_kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        let info = serde_json::to_string_pretty(&info).unwrap_or_default();
        for (name, text) in [(RUN_FILE, info.as_str()), (WORKFLOW, run.workflow)] {
            let written = draft.write(name, text.as_bytes());
            written.map_err(file_error("write", &path.join(name)))?;
        }
        Ok(draft)
    }

    /// Opens an existing run to look at it.
    pub fn open(path: &Path) -> Result<(Self, RunInfo), SessionError> {
        let info_path = path.join(RUN_FILE);
        let text = read_text(&info_path, LARGEST_TEXT).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SessionError::Run {
                path: path.to_owned(),
                message: "is not a run folder; give the one that dnne train named at its end"
                    .to_owned(),
            },
            _ => file_error("read", &info_path)(error),
        })?;
        let info: RunInfo = serde_json::from_str(&text).map_err(|error| SessionError::Run {
            path: info_path,
            message: format!("is not a valid run description: {error}"),
        })?;
        let id = info.id.clone();
        Ok((Self { path: path.to_owned(), id, inputs: Arc::default(), _lock: None }, info))
    }

    /// Opens an existing run to go on with it, and tidies up what a process that was killed has left
    /// behind. Fails while another process trains it.
    pub fn reopen(path: &Path) -> Result<(Self, RunInfo), SessionError> {
        refuse_links(path)?;
        let (mut run, info) = Self::open(path)?;
        run._lock = Some(Arc::new(lock(path)?));
        run.take_inputs()?;
        recover(&run.checkpoints())?;
        Ok((run, info))
    }

    /// Opens a run that has just been made.
    fn claim(path: &Path) -> Result<Self, SessionError> {
        let (mut run, _) = Self::open(path)?;
        run._lock = Some(Arc::new(lock(path)?));
        run.take_inputs()?;
        Ok(run)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its unique id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Checksums of the files that decide the run, as they were when this process began to train it.
    pub(super) fn inputs(&self) -> &Checksums {
        &self.inputs
    }

    /// Takes the files that decide the run as they are now for what it is decided by.
    pub(super) fn take_inputs(&mut self) -> Result<(), SessionError> {
        self.inputs = Arc::new(self.checksums()?);
        Ok(())
    }

    /// The same as they are now.
    pub(super) fn checksums(&self) -> Result<Checksums, SessionError> {
        checksums(&self.path, &[RUN_FILE, WORKFLOW, SCENES, LOADED])
    }

    /// The workflow as run.
    pub fn workflow(&self) -> PathBuf {
        self.path.join(WORKFLOW)
    }

    /// SHA-256 of the workflow as it is now, in hexadecimal.
    pub fn workflow_hash(&self) -> Result<String, SessionError> {
        let path = self.workflow();
        let bytes = read_bytes(&path, LARGEST_TEXT).map_err(file_error("read", &path))?;
        Ok(hex(&Sha256::digest(&bytes)))
    }

    /// The scenes as they were when the run began.
    pub fn scenes(&self) -> SceneLibrary {
        SceneLibrary::new(self.path.join(SCENES))
    }

    /// Where the run has its copy of the weights that a node of its workflow loads.
    pub fn loaded(&self, node: &str) -> PathBuf {
        self.path.join(LOADED).join(weights_name(node))
    }

    /// Whether that copy is there, as a file in the run's folder; a link leads elsewhere.
    pub(super) fn has_loaded(&self, node: &str) -> bool {
        let found = |path: &Path| fs::symlink_metadata(path).ok();
        found(&self.path.join(LOADED)).is_some_and(|folder| folder.is_dir())
            && found(&self.loaded(node)).is_some_and(|copy| copy.is_file())
    }

    /// The file of metrics, a row for each update.
    pub fn metrics(&self) -> PathBuf {
        self.path.join(METRICS)
    }

    /// What was changed by hand while it was trained; there is no such file before that.
    pub fn changes(&self) -> PathBuf {
        self.path.join(CHANGES)
    }

    /// The folder that holds a folder for each checkpoint.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS_FOLDER)
    }

    /// The folders that hold checkpoints, whole or damaged.
    pub(super) fn checkpoint_folders(&self) -> Result<Vec<PathBuf>, SessionError> {
        visible_folders(&self.checkpoints())
    }

    /// Adds a row to the metrics.
    pub(super) fn append_metrics(&self, metrics: &Metrics) -> Result<(), SessionError> {
        append_row(&self.metrics(), metrics)
    }

    /// Adds a row to the changes.
    pub(super) fn append_change<T: Serialize>(
        &self,
        change: &SettingChange<T>,
    ) -> Result<(), SessionError> {
        append_row(&self.changes(), change)
    }

    /// Flushes metrics and changes to disk.
    pub(super) fn sync(&self) -> Result<(), SessionError> {
        for path in [self.metrics(), self.changes()] {
            match File::open(&path).and_then(|file| file.sync_all()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done.map_err(file_error("write", &path))?,
            }
        }
        Ok(())
    }

    /// Makes the run end at `checkpoint`. Rows of later updates, which will be made again, go, as
    /// do later changes by hand and a last row that was cut off. Checkpoints that are further on, or damaged
    /// so that nobody knows, are moved to a new folder `superseded`, `superseded-2` and so on, and the rows
    /// that belong to them copied there. A checkpoint that lies in such a folder comes back, with its rows,
    /// and all that the run had instead is moved; one that a saver keeps elsewhere is copied in. Lines among the
    /// metrics that are no rows of them are left out, and the file as it was is kept in such a folder.
    pub fn rewind(&self, checkpoint: &CheckpointInfo) -> Result<Rewound, SessionError> {
        let full = |path: &Path| path.canonicalize().ok();
        let home = checkpoint.path.parent().unwrap_or(Path::new(""));
        let is_outside = full(home) != full(&self.checkpoints());
        // What stepped aside brings its rows along; what a saver has kept elsewhere is of the run as it is.
        let is_aside =
            home.file_name().is_some_and(|it| it.to_string_lossy().starts_with(SUPERSEDED));
        let comes_back = is_outside && is_aside && home.parent().and_then(full) == full(&self.path);
        let goes = |path: &PathBuf| match CheckpointInfo::open(path) {
            Ok(other) => comes_back || other.position() > checkpoint.position(),
            Err(_) => true,
        };
        let mut folders = self.checkpoint_folders()?;
        folders.retain(goes);
        let mut rewound = Rewound { n_checkpoints: folders.len(), ..Rewound::default() };
        if !folders.is_empty() || comes_back {
            rewound.aside = Some(self.set_aside(&folders)?);
        }
        if comes_back {
            self.bring_back_rows(home)?;
        }
        if is_outside {
            self.bring_in(checkpoint)?;
        }
        let CheckpointMetadata { update, changes, .. } = checkpoint.metadata;
        let is_kept = |row: &str| update_of(row).is_some_and(|at| at <= update);
        rewound.rows =
            rows_to_leave_out(&read_if_there(&self.metrics())?.unwrap_or_default(), update);
        if !rewound.rows.damaged.is_empty() && rewound.aside.is_none() {
            rewound.aside = Some(self.set_aside(&[])?);
        }
        keep_rows(&self.metrics(), |_, row| is_kept(row))?;
        // Several changes may come between two steps, with a checkpoint between them: they are counted.
        keep_rows(&self.changes(), |index, _| (index as u64) < changes)?;
        Ok(rewound)
    }

    /// Makes the next folder `superseded`, with the rows as they are, and moves checkpoints there.
    fn set_aside(&self, checkpoints: &[PathBuf]) -> Result<PathBuf, SessionError> {
        let aside = first_free(&self.path, SUPERSEDED, |path| !path.exists());
        fs::create_dir(&aside).map_err(file_error("make the folder", &aside))?;
        for rows in [self.metrics(), self.changes()].iter().filter(|rows| rows.exists()) {
            let copy = aside.join(rows.file_name().unwrap_or_default());
            fs::copy(rows, copy).map_err(file_error("copy", rows))?;
        }
        for folder in checkpoints {
            let target = aside.join(folder.file_name().unwrap_or_default());
            fs::rename(folder, &target).map_err(file_error("move", folder))?;
        }
        Ok(aside)
    }

    /// Copies the rows that stepped aside with a checkpoint into the run again.
    fn bring_back_rows(&self, from: &Path) -> Result<(), SessionError> {
        for rows in [self.metrics(), self.changes()] {
            let bytes = read_if_there(&from.join(rows.file_name().unwrap_or_default()))?;
            write_atomically(&rows, &bytes.unwrap_or_default())?;
        }
        Ok(())
    }

    /// Copies a checkpoint that lies elsewhere among those of the run.
    fn bring_in(&self, checkpoint: &CheckpointInfo) -> Result<(), SessionError> {
        let target = self.checkpoints().join(checkpoint.path.file_name().unwrap_or_default());
        let copy = || {
            let draft = Draft::new(&self.checkpoints())?;
            copy_folder(&checkpoint.path, draft.path())?;
            Ok(draft)
        };
        copy().map_err(file_error("write", &target))?.replace(&target)
    }
}

/// Fails if something in a run's folder that is written, moved or removed in training is a link: it would be
/// done elsewhere, and a run may come from anybody.
fn refuse_links(run: &Path) -> Result<(), SessionError> {
    for folder in [run, &run.join(CHECKPOINTS_FOLDER)] {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|found| found.is_symlink()) {
                return Err(SessionError::Run {
                    path: entry.path(),
                    message:
                        "is a link, and what is written into a run stays in its folder; put there \
                              what it leads to, or remove it"
                            .to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// A file's bytes; none if it is not there.
fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SessionError> {
    match read_bytes(path, LARGEST_ROWS) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error("read", path)(error)),
    }
}

fn weights_name(node: &str) -> String {
    format!("{}.safetensors", file_name(node))
}

/// Keeps other processes from training the run in a folder.
fn lock(path: &Path) -> Result<File, SessionError> {
    let file = path.join(LOCK);
    let options = OpenOptions::new().create(true).append(true).open(&file);
    let lock = options.map_err(file_error("lock", &file))?;
    // A program that this process starts holds all of its locks for the moment before it becomes another.
    let mut tries = 0..10;
    let outcome = loop {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) if tries.next().is_some() => thread::sleep(LOCK_PAUSE),
            outcome => break outcome,
        }
    };
    match outcome {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(SessionError::Run {
                path: path.to_owned(),
                message: "another process is training this run; wait until it is done, or \
                          stop it with Ctrl-C"
                    .to_owned(),
            });
        }
        // Some file systems know no locks; a run is worth more than its protection there.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(file_error("lock", &file)(error)),
    }
    Ok(lock)
}

/// An identity that no other run has: of the moment, the process and the place.
fn new_id(path: &Path) -> String {
    let of = (SystemTime::now(), std::process::id(), path);
    hex(&Sha256::digest(format!("{of:?}"))[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a row to a file, at once and whole.
fn append_row(path: &Path, row: &impl Serialize) -> Result<(), SessionError> {
    let mut row = serde_json::to_string(row).unwrap_or_default();
    row.push('\n');
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(row.as_bytes()))
        .map_err(file_error("write", path))
}

/// Drops all other rows of a file, if it is there.
fn keep_rows(path: &Path, is_kept: impl Fn(usize, &str) -> bool) -> Result<(), SessionError> {
    let bytes = match read_bytes(path, LARGEST_ROWS) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error("read", path)(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let rows = text.lines().enumerate().filter(|(index, row)| is_kept(*index, row));
    let kept: String = rows.flat_map(|(_, row)| [row, "\n"]).collect();
    write_atomically(path, kept.as_bytes())
}
