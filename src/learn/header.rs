//! The header of a file of weights, which says what is in it without the numbers.

use super::error::LearnError;
use super::policy_config::PolicyConfig;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata};
use std::io::Read;

/// The largest header that the format allows [bytes].
const MOST: u64 = 100_000_000;

/// The name under which a file of a policy's weights has the policy's configuration, as JSON.
pub(super) const POLICY: &str = "policy";

/// Fails unless a file of `length` bytes holds weights, as far as its header tells: named arrays of numbers that a
/// network can take, one after the other, to the file's end (github.com/huggingface/safetensors, "Format"). Of the
/// numbers nothing is read.
pub fn check_header(file: impl Read, length: u64) -> Result<(), LearnError> {
    read(file, length).map(drop)
}

/// The same, and the configuration of the policy whose weights they are, if the header has it: those of
/// [`Policy::to_safetensors`](super::Policy::to_safetensors) do. Fails on a configuration that cannot be read or has a
/// setting out of its range.
pub fn policy_in_header(file: impl Read, length: u64) -> Result<Option<PolicyConfig>, LearnError> {
    let header = read(file, length)?;
    let text = header.metadata().as_ref().and_then(|words| words.get(POLICY));
    let Some(text) = text else { return Ok(None) };
    let config: PolicyConfig =
        serde_json::from_str(text).map_err(SafeTensorError::InvalidHeaderDeserialization)?;
    config.check()?;
    check_widths(&config, length)?;
    Ok(Some(config))
}

/// Fails on a layer that is wider than a file of `length` bytes has numbers: every unit has a weight at least.
fn check_widths(config: &PolicyConfig, length: u64) -> Result<(), LearnError> {
    let hidden = config.hidden_sizes.iter().map(|&width| ("hidden_sizes", width));
    let rnn = config.rnn.iter().map(|rnn| ("rnn.size", rnn.size));
    let actions = [("action_space", config.action_space.size())];
    let features = config.encoders.iter().map(|encoder| ("encoders", encoder.features));
    let layers = config.encoders.iter().flat_map(|encoder| &encoder.layers);
    let filters = layers.map(|layer| ("encoders", layer.filters));
    let mut widths = hidden.chain(rnn).chain(actions).chain(features).chain(filters);
    let most = length / size_of::<f32>() as u64;
    match widths.find(|&(_, width)| width as u64 > most) {
        Some((field, width)) => {
            let expected = "no more than the file has weights";
            Err(LearnError::Config { field, expected, got: width as f64 })
        }
        None => Ok(()),
    }
}

fn read(mut file: impl Read, length: u64) -> Result<Metadata, LearnError> {
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(|_| SafeTensorError::HeaderTooSmall)?;
    let size = u64::from_le_bytes(size);
    if size > MOST {
        return Err(SafeTensorError::HeaderTooLarge.into());
    }
    if size + 8 > length {
        return Err(SafeTensorError::InvalidHeaderLength.into());
    }
    let mut header = Vec::new();
    file.take(size).read_to_end(&mut header).map_err(SafeTensorError::IoError)?;
    let header: Metadata =
        serde_json::from_slice(&header).map_err(SafeTensorError::InvalidHeaderDeserialization)?;
    let mut end = 0;
    for (name, info) in header.tensors() {
        let bits = match info.dtype {
            Dtype::F64 | Dtype::U64 => 64,
            Dtype::F32 => 32,
            Dtype::U8 => 8,
            other => {
                let (expected, got) = ("f32, f64, u64 or u8", other.to_string());
                return Err(LearnError::Type { name, expected, got });
            }
        };
        let (start, stop) = info.data_offsets;
        let n = info.shape.iter().try_fold(1_usize, |n, &extent| n.checked_mul(extent));
        let n_bytes = n.and_then(|n| n.checked_mul(bits / 8));
        if n_bytes.is_none() || stop.checked_sub(start) != n_bytes {
            return Err(SafeTensorError::InvalidOffset(name).into());
        }
        end = end.max(stop as u64);
    }
    if size.saturating_add(8).saturating_add(end) != length {
        return Err(SafeTensorError::MetadataIncompleteBuffer.into());
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Policy, StateDict};
    use crate::space::{ActionSpace, Device, ObservationSpace};

    fn check(bytes: &[u8]) -> Result<(), LearnError> {
        check_header(bytes, bytes.len() as u64)
    }

    /// What a header is good for, and what the whole file is, agree: over every cut of a file and every byte of
    /// its header changed.
    #[test]
    fn a_header_is_refused_where_the_whole_file_is() {
        let mut state = StateDict::new();
        state.insert_f32("weight", &[2, 3], vec![1.0; 6]);
        state.insert_u64("step", &[1], vec![7]);
        let bytes = state.to_safetensors().unwrap();
        check(&bytes).unwrap();
        for length in 0..bytes.len() {
            assert!(check(&bytes[..length]).is_err(), "{length}");
        }
        let header = bytes.len() - 32;
        let (mut n_refused, mut n_wrong) = (0, 0);
        for place in 0..header {
            let mut other = bytes.clone();
            other[place] ^= 1;
            let whole = StateDict::from_safetensors(&other).is_err();
            n_refused += usize::from(check(&other).is_err());
            n_wrong += usize::from(whole);
            // Arrays that overlap are the one thing that only the whole file's reader finds.
            assert!(whole || check(&other).is_ok(), "{place}");
        }
        assert!(n_refused > 20 && n_wrong >= n_refused, "{n_refused} of {n_wrong}");
    }

    #[test]
    fn weights_say_of_which_policy_they_are() {
        let observations = ObservationSpace::vector(3);
        let config = PolicyConfig::new(observations, ActionSpace::Continuous(2));
        let config = PolicyConfig { hidden_sizes: vec![4], clip_observations: 0.1, ..config };
        let policy = Policy::new(config.clone(), Device::detect()).unwrap();
        let bytes = policy.to_safetensors().unwrap();
        let read = |bytes: &[u8]| policy_in_header(bytes, bytes.len() as u64);
        assert_eq!(read(&bytes).unwrap(), Some(config));
        assert_eq!(StateDict::from_safetensors(&bytes).unwrap(), policy.state().unwrap());
        assert_eq!(read(&policy.state().unwrap().to_safetensors().unwrap()).unwrap(), None);
        // Of a setting that nobody can have, and of what is no configuration.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains("hidden_sizes\\\":[4]"), "{text}");
        let with = |from: &[u8], to: &[u8]| {
            let place = bytes.windows(from.len()).position(|it| it == from).unwrap();
            let mut other = bytes.clone();
            other[place..place + to.len()].copy_from_slice(to);
            read(&other)
        };
        assert!(with(b"hidden_sizes\\\":[4]", b"hidden_sizes\\\":[0]").is_err());
        assert!(with(b"hidden_sizes", b"harden_sizes").is_err());
        // Of a layer for which the file is too short, and memory too.
        let size = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + size]).unwrap();
        let (from, to) = ("hidden_sizes\\\":[4]", "hidden_sizes\\\":[2305843009213693952]");
        let header = header.replace(from, to);
        let size_of_it = (header.len() as u64).to_le_bytes();
        let wide = [&size_of_it[..], header.as_bytes(), &bytes[8 + size..]].concat();
        let refused = read(&wide);
        let is_width = matches!(refused, Err(LearnError::Config { field: "hidden_sizes", got, .. }) if got > 1e18);
        assert!(is_width, "{refused:?}");
    }

    /// A file of many gigabytes is judged by its first bytes.
    #[test]
    fn numbers_are_not_read() {
        struct Header(Vec<u8>, usize);
        impl Read for Header {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let rest = &self.0[self.1..];
                assert!(!rest.is_empty(), "what follows the header is read");
                let n = rest.len().min(buffer.len());
                buffer[..n].copy_from_slice(&rest[..n]);
                self.1 += n;
                Ok(n)
            }
        }
        let text = r#"{"w":{"dtype":"F32","shape":[1000,1000000],"data_offsets":[0,4000000000]}}"#;
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.bytes());
        let length = bytes.len() as u64 + 4_000_000_000;
        check_header(Header(bytes.clone(), 0), length).unwrap();
        assert!(check_header(Header(bytes, 0), length - 1).is_err());
    }
}
