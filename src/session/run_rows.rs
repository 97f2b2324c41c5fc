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

/// Lines of a run's metrics, numbered from 1, that are left out where the run goes on at a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOutRows {
    /// They are no rows, or their update is none that could stand there.
    pub damaged: Vec<usize>,
    /// They are of updates after the checkpoint, which are made again.
    pub later: Vec<usize>,
    /// The last line has no end: it was being written when the process ended.
    pub cut_off: Option<usize>,
}

impl LeftOutRows {
    /// Whether every line is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The lines of a file of metrics to leave out where a run goes on after `update`.
///
/// A row of a later update before one that is kept is damaged. Behind the last one that is kept, updates follow each
/// other: a number that skips more updates than there are damaged lines to have held them is not the one that was
/// written.
pub(super) fn rows_to_leave_out(bytes: &[u8], update: u64) -> LeftOutRows {
    let text = String::from_utf8_lossy(bytes);
    let ended = text.matches('\n').count();
    let rows: Vec<Option<u64>> = text.lines().map(update_of).collect();
    let is_kept = |row: &Option<u64>| row.is_some_and(|at| at <= update);
    let last = rows.iter().rposition(is_kept);
    let mut left_out = LeftOutRows::default();
    let (mut next, mut n_damaged) = (update.saturating_add(1), 0);
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !is_kept(row)) {
        let is_behind = last.is_none_or(|last| index > last);
        let line = index + 1;
        match *row {
            None if index == ended => left_out.cut_off = Some(line),
            // Where several trainers report, one number comes several times.
            Some(at) if is_behind && (next - 1..=next.saturating_add(n_damaged)).contains(&at) => {
                left_out.later.push(line);
                (next, n_damaged) = (at.saturating_add(1), 0);
            }
            _ => {
                left_out.damaged.push(line);
                n_damaged += u64::from(is_behind);
            }
        }
    }
    left_out
}

/// The update that a row of metrics is of; none if it is no such row.
pub(super) fn update_of(row: &str) -> Option<u64> {
    serde_json::from_str::<Value>(row).ok()?.get("update")?.as_u64()
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

    #[test]
    fn every_line_that_is_left_out_is_told_with_the_reason() {
        let row = |update: u64| format!("{{\"update\": {update}}}\n");
        let rows = |all: &[u64]| all.iter().map(|update| row(*update)).collect::<String>();
        let whole = rows(&[1, 2, 3, 4, 5]);
        let cut = |text: String| text + "{\"upd";
        let none = || Vec::<usize>::new();
        // The run goes on after its third update.
        for (text, damaged, later, cut_off) in [
            (String::new(), none(), none(), None),
            (rows(&[1, 2, 3]), none(), none(), None),
            (whole.clone(), none(), vec![4, 5], None),
            (cut(whole.clone()), none(), vec![4, 5], Some(6)),
            (cut(String::new()), none(), none(), Some(1)),
            // A row that lost its end alone is one.
            (whole.trim_end().to_owned(), none(), vec![4, 5], None),
            (rows(&[1, 2, 3]).trim_end().to_owned(), none(), none(), None),
            // In the middle.
            (format!("{}{{\"up\n{}", rows(&[1]), rows(&[3, 4])), vec![2], vec![4], None),
            (format!("{}\n{}", rows(&[1]), rows(&[3])), vec![2], none(), None),
            (format!("{}{{\"step\": 2}}\n{}", rows(&[1]), rows(&[4])), vec![2], vec![3], None),
            // The number itself is another.
            (rows(&[1, 2, 131, 3]), vec![3], none(), None),
            // So is that of the last row, of the checkpoint's own or of a later one.
            (rows(&[1, 2, 7]), vec![3], none(), None),
            (rows(&[1, 2, 7, 4, 5]), vec![3], vec![4, 5], None),
            (rows(&[1, 2, 3, 4, 13]), vec![5], vec![4], None),
            (rows(&[1, 2, 3, 4, 13, 6]), vec![5], vec![4, 6], None),
            (rows(&[1, 2, 3, u64::MAX]), vec![4], none(), None),
            (format!("{}\0\0\n", rows(&[1, 2, 3, 4])), vec![5], vec![4], None),
            // Nothing can tell that this one was the third; it is told all the same.
            (rows(&[1, 2, 4]), none(), vec![3], None),
            // Two trainers.
            (rows(&[3, 3, 4, 4, 5]), none(), vec![3, 4, 5], None),
        ] {
            let expected = LeftOutRows { damaged, later, cut_off };
            assert_eq!(rows_to_leave_out(text.as_bytes(), 3), expected, "{text}");
        }
        let bytes = b"{\"update\": 1}\n{\"upd\xff\": 2}\n\x00\n{\"update\": 3}\n";
        assert_eq!(rows_to_leave_out(bytes, 3).damaged, [2, 3]);
    }
}
