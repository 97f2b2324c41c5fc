//! TensorBoard's event files: protocol buffers in the record format of TensorFlow.

use super::run::file_name;
use prost::Message;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// `tensorflow.Event`, as far as scalars need it (tensorflow/core/util/event.proto).
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
}

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
}

/// Appends events to one file.
pub(super) struct EventWriter {
    file: File,
}

impl EventWriter {
    /// Begins a new event file of the node `id` in `folder`; TensorBoard reads all of a folder's
    /// files together.
    pub(super) fn create(folder: &Path, id: &str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let now = now_secs();
        let name = format!(
            "events.out.tfevents.{:010}.{}.dnne.{}",
            now as u64,
            std::process::id(),
            file_name(id)
        );
        let mut writer = Self { file: File::create_new(folder.join(name))? };
        let file_version = Some("brain.Event:2".to_owned());
        writer.write(&Event { wall_time: now, file_version, ..Event::default() })?;
        Ok(writer)
    }

    /// Writes named numbers at a step.
    pub(super) fn scalars(&mut self, step: u64, scalars: &[(String, f64)]) -> io::Result<()> {
        let value = |(tag, number): &(String, f64)| SummaryValue {
            tag: tag.clone(),
            simple_value: Some(*number as f32),
        };
        let summary = Some(Summary { value: scalars.iter().map(value).collect() });
        self.write(&Event { wall_time: now_secs(), step: step as i64, summary, file_version: None })
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

/// A CRC-32C that is itself safe to be checksummed: rotated, with a constant added.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn now_secs() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(folder.path(), "7").unwrap();
        // A second logger has a file of its own.
        EventWriter::create(folder.path(), "a/b").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        writer.scalars(512, &[("charts/SPS".to_owned(), 2.5)]).unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let mut files = files.filter(|file| file.to_string_lossy().ends_with(".7"));
        let bytes = std::fs::read(files.next().unwrap()).unwrap();
        let (mut at, mut events) = (0, Vec::new());
        while at < bytes.len() {
            let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
            let data = &bytes[at + 12..at + 12 + length];
            let crc = &bytes[at + 12 + length..at + 16 + length];
            assert_eq!(crc, masked_crc(data).to_le_bytes());
            events.push(Event::decode(data).unwrap());
            at += 16 + length;
        }
        assert_eq!(events[0].file_version.as_deref(), Some("brain.Event:2"));
        assert_eq!(events[1].step, 512);
        let value = &events[1].summary.as_ref().unwrap().value[0];
        assert_eq!((value.tag.as_str(), value.simple_value), ("charts/SPS", Some(2.5)));
    }

    /// The mask's published example: the masked CRC-32C of nothing is its constant.
    #[test]
    fn the_checksum_of_nothing_is_the_mask() {
        assert_eq!(masked_crc(&[]), 0xa282_ead8);
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    }
}
