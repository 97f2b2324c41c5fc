//! `--profile FILE`: spans of nodes, stages and kernels in the format of Chrome's trace viewer.

use anyhow::Context;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::layer::SubscriberExt;

/// Records spans of the whole process until what it returns is dropped, which ends the file.
pub(super) fn start(path: &Path) -> anyhow::Result<FlushGuard> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let builder = ChromeLayerBuilder::new().writer(BufWriter::new(file)).include_args(true);
    let (layer, guard) = builder.include_locations(false).build();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).context("cannot record a profile")?;
    Ok(guard)
}
