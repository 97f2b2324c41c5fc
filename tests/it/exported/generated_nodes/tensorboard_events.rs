//! TensorBoard's event files: protocol buffers in the record format of TensorFlow.

use dnne::learn::Histogram;
use dnne::nodes::file_name;
use prost::Message;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// `tensorflow.Event`, as far as summaries need it (tensorflow/core/util/event.proto).
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session_log: Option<SessionLog>,
}

/// `tensorflow.SessionLog`: what becomes of a training.
#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// `tensorflow.SessionLog.SessionStatus.START`: what other files have from this step on is void.
const START: i32 = 1;

/// `tensorflow.Summary` (tensorflow/core/framework/summary.proto).
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<SummaryValue>,
}

#[derive(Clone, PartialEq, Message)]
struct SummaryValue {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "5")]
    histo: Option<HistogramProto>,
    #[prost(message, optional, tag = "8")]
    tensor: Option<TensorProto>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<SummaryMetadata>,
}

/// `tensorflow.HistogramProto` (tensorflow/core/framework/summary.proto).
#[derive(Clone, PartialEq, Message)]
struct HistogramProto {
    #[prost(double, tag = "1")]
    min: f64,
    #[prost(double, tag = "2")]
    max: f64,
    #[prost(double, tag = "3")]
    num: f64,
    #[prost(double, tag = "4")]
    sum: f64,
    #[prost(double, tag = "5")]
    sum_squares: f64,
    #[prost(double, repeated, tag = "6")]
    bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    bucket: Vec<f64>,
}

/// `tensorflow.SummaryMetadata`: which part of TensorBoard shows a value.
#[derive(Clone, PartialEq, Message)]
struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    plugin_data: Option<PluginData>,
}

#[derive(Clone, PartialEq, Message)]
struct PluginData {
    #[prost(string, tag = "1")]
    plugin_name: String,
}

/// `tensorflow.TensorProto`, as far as texts need it (tensorflow/core/framework/tensor.proto).
#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    tensor_shape: Option<TensorShapeProto>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    string_val: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorShapeProto {
    #[prost(message, repeated, tag = "2")]
    dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, tag = "1")]
    size: i64,
}

/// `DT_STRING` of tensorflow/core/framework/types.proto.
const DT_STRING: i32 = 7;

/// Appends events to one file.
pub(crate) struct EventWriter {
    file: File,
}

impl EventWriter {
    /// Begins a new event file of the node `id` in `folder`, whose first event will be of `step`. TensorBoard
    /// reads all of a folder's files together, and forgets what earlier ones have of that step and of later
    /// ones: a run that was killed may have gone further than the checkpoint that it goes on from. So no two
    /// loggers of one session may have the same folder.
    pub(crate) fn create(folder: &Path, id: &str, step: u64) -> io::Result<Self> {
        // A process may begin several runs, or go on with one, within a second. Names sort by age.
        static N_FILES: AtomicU32 = AtomicU32::new(0);
        std::fs::create_dir_all(folder)?;
        let now = now_secs();
        let name = format!(
            "events.out.tfevents.{:010}.{}.{:06}.dnne.{}",
            now as u64,
            std::process::id(),
            N_FILES.fetch_add(1, Ordering::Relaxed),
            file_name(id)
        );
        let mut writer = Self { file: File::create_new(folder.join(name))? };
        let file_version = Some("brain.Event:2".to_owned());
        writer.write(&Event { wall_time: now, file_version, ..Event::default() })?;
        let session_log = Some(SessionLog { status: START });
        let step = step as i64;
        writer.write(&Event { wall_time: now, step, session_log, ..Event::default() })?;
        Ok(writer)
    }

    /// Writes named numbers and histograms at a step.
    pub(crate) fn summary(
        &mut self,
        step: u64,
        scalars: &[(String, f64)],
        histograms: &[(String, &Histogram)],
    ) -> io::Result<()> {
        let scalars = scalars.iter().map(|(tag, number)| SummaryValue {
            tag: tag.clone(),
            simple_value: Some(*number as f32),
            ..SummaryValue::default()
        });
        let histograms = histograms.iter().map(|(tag, histogram)| SummaryValue {
            tag: tag.clone(),
            histo: Some(histogram_proto(histogram)),
            ..SummaryValue::default()
        });
        self.values(step, scalars.chain(histograms).collect())
    }

    /// Writes named texts, in Markdown, at a step.
    pub(crate) fn texts(&mut self, step: u64, texts: &[(&str, String)]) -> io::Result<()> {
        let value = |(tag, text): &(&str, String)| SummaryValue {
            // The suffix is what TensorBoard's own writer gives to texts.
            tag: format!("{tag}/text_summary"),
            tensor: Some(TensorProto {
                dtype: DT_STRING,
                tensor_shape: Some(TensorShapeProto { dim: vec![Dim { size: 1 }] }),
                string_val: vec![text.clone().into_bytes()],
            }),
            metadata: Some(SummaryMetadata {
                plugin_data: Some(PluginData { plugin_name: "text".to_owned() }),
            }),
            ..SummaryValue::default()
        };
        self.values(step, texts.iter().map(value).collect())
    }

    fn values(&mut self, step: u64, value: Vec<SummaryValue>) -> io::Result<()> {
        let summary = Some(Summary { value });
        let (wall_time, step) = (now_secs(), step as i64);
        self.write(&Event { wall_time, step, summary, ..Event::default() })
    }

    /// One record: length, its checksum, data, its checksum (tensorflow/core/lib/io/record_writer).
    fn write(&mut self, event: &Event) -> io::Result<()> {
        let data = event.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(data.len() + 16);
        record.extend_from_slice(&length);
        record.extend_from_slice(&masked_crc(&length).to_le_bytes());
        record.extend_from_slice(&data);
        record.extend_from_slice(&masked_crc(&data).to_le_bytes());
        self.file.write_all(&record)
    }
}

fn histogram_proto(histogram: &Histogram) -> HistogramProto {
    HistogramProto {
        min: histogram.min,
        max: histogram.max,
        num: histogram.n as f64,
        sum: histogram.sum,
        sum_squares: histogram.sum_squares,
        bucket_limit: histogram.limits.clone(),
        bucket: histogram.counts.iter().map(|&count| count as f64).collect(),
    }
}

/// A CRC-32C that is itself safe to be checksummed: rotated, with a constant added.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn now_secs() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
