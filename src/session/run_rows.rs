//! What runs have written so far, also while they go on.

use super::error::SessionError;
use super::files::file_error;
use super::run_folder::{METRICS, RunFolder};
use crate::diagnostic::read_bytes;
use crate::nodes::RUN_FILE;
use serde_json::Value;
use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Of a file of metrics, in which the last row is.
const LAST_BYTES: u64 = 16_384;
/// Larger files of rows are not read [bytes]: a row is about a kilobyte, and a run has millions at most.
pub(super) const LARGEST_ROWS: u64 = 8 << 30;

impl RunFolder {
    /// The rows of its metrics, none if it has made no update yet. A last row without its end, of a run that goes on or
    /// was killed, is left out. Fails on any other line that is no row, and says where.
    pub fn metric_rows(&self) -> Result<Vec<Value>, SessionError> {
        let path = self.metrics();
        let bytes = match read_bytes(&path, LARGEST_ROWS) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(file_error("read", &path)(error)),
        };
        let whole =
            bytes.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[..end]);
        if whole.is_empty() {
            return Ok(Vec::new());
        }
        let row = |(i, line): (usize, &[u8])| {
            let row: Option<Value> = serde_json::from_slice(line).ok();
            row.filter(Value::is_object).ok_or_else(|| SessionError::Line {
                path: path.clone(),
                line: i + 1,
                message: "not a row of metrics; remove the line".to_owned(),
            })
        };
        whole.split(|byte| *byte == b'\n').enumerate().map(row).collect()
    }
}

/// The runs in a folder and when they made their last update, or began: the newest first.
pub fn runs_in(folder: &Path) -> Vec<(PathBuf, SystemTime)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.join(RUN_FILE).is_file());
    let mut runs: Vec<_> = paths.map(|path| (path.clone(), changed(&path))).collect();
    runs.sort_by_key(|(_, time)| Reverse(*time));
    runs
}

fn changed(run: &Path) -> SystemTime {
    let metadata = fs::metadata(run.join(METRICS)).or_else(|_| fs::metadata(run));
    metadata.and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The last whole row of the metrics of the run in a folder, of which the end of the file is enough to read.
pub fn last_metrics(run: &Path) -> Option<Value> {
    let path = run.join(METRICS);
    let mut file = path.is_file().then(|| File::open(&path))?.ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES))).ok()?;
    let mut end = Vec::new();
    file.read_to_end(&mut end).ok()?;
    let rows = String::from_utf8_lossy(&end);
    rows.lines().rev().find_map(|row| serde_json::from_str(row).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::SceneLibrary;
    use crate::session::run_folder::NewRun;

    #[test]
    fn rows_are_read_up_to_the_last_whole_one_and_what_is_no_row_has_its_place() {
        let parent = tempfile::tempdir().unwrap();
        let run = NewRun {
            workflow: "{}",
            seed: 1,
            library: &SceneLibrary::new(parent.path()),
            scenes: &[],
            loaded: &[],
            init_from: None,
            own_kinds: &[],
        };
        let folder = RunFolder::create(&parent.path().join("run"), &run).unwrap();
        let rows = |bytes: &[u8]| {
            fs::write(folder.metrics(), bytes).unwrap();
            folder.metric_rows().map(|rows| rows.len()).map_err(|error| error.to_string())
        };
        assert_eq!(folder.metric_rows().unwrap().len(), 0);
        let cases: [(&[u8], usize); 4] = [
            (b"", 0),
            (b"{\"a\":1", 0),
            (b"{\"a\":1}\n{\"a\":2}\r\n", 2),
            (b"{\"a\":1}\n{\"a\":\xff", 1),
        ];
        for (bytes, expected) in cases {
            assert_eq!(rows(bytes), Ok(expected), "{bytes:?}");
        }
        let cases: [&[u8]; 4] = [
            b"{\"a\":1}\n{\"a\":\n{\"a\":3}\n",
            b"{\"a\":1}\n\n{\"a\":3}\n",
            b"{\"a\":1}\n3\n",
            b"{\"a\":1}\n\xff\n",
        ];
        for bytes in cases {
            let said = rows(bytes).unwrap_err();
            assert!(said.contains("metrics.jsonl:2: not a row of metrics"), "{bytes:?}: {said}");
        }
    }
}
