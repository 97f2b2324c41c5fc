//! `--profile FILE`: spans of nodes, stages and kernels in the format of Chrome's trace viewer.

use super::output::complain;
use crate::session::keep_as;
use anyhow::{Context, ensure};
use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::layer::SubscriberExt;

/// What a trace begins with, and no workflow or other object in JSON does.
const BEGIN: u8 = b'[';

/// A recording of spans of the whole process. Dropped, it ends, and takes its place: until then nothing
/// that is there is touched.
pub(super) struct Profile {
    path: PathBuf,
    recorder: Option<FlushGuard>,
    draft: Option<NamedTempFile>,
}

impl Profile {
    /// Begins a recording. Fails where it cannot be written, and where something else than a trace is.
    pub(super) fn start(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            !path.exists() || may_be_replaced(path),
            "{} exists and is not a trace; give --profile another name",
            path.display()
        );
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let draft = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let draft = draft.with_context(|| format!("cannot write {}", path.display()))?;
        let writer = BufWriter::new(draft.reopen()?);
        let builder = ChromeLayerBuilder::new().writer(writer).include_args(true);
        let (layer, recorder) = builder.include_locations(false).build();
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(subscriber).context("cannot record a profile")?;
        Ok(Self { path: path.to_owned(), recorder: Some(recorder), draft: Some(draft) })
    }
}

/// Whether a trace or an empty file is there. Of pipes and devices nothing is read: that could wait for ever.
fn may_be_replaced(path: &Path) -> bool {
    let begins = |mut file: File| {
        let mut first = [BEGIN];
        file.read(&mut first).is_ok() && first == [BEGIN]
    };
    path.is_file() && File::open(path).is_ok_and(begins)
}

impl Drop for Profile {
    fn drop(&mut self) {
        // Ends the file.
        self.recorder = None;
        let kept = self.draft.take().map(|draft| keep_as(&self.path, draft));
        if let Some(Err(error)) = kept {
            complain(format_args!("error: cannot write {}: {error}", self.path.display()));
        }
    }
}
