//! How numbers, times and devices of the command line are read: what is wrong with one is said in words.

use crate::space::Device;
use std::time::Duration;

/// A whole number from 0.
pub(super) fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

/// A time.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "write a time such as 90s or 1h30m".to_owned())
}

/// A device by its name.
pub(super) fn device(name: &str) -> Result<Device, String> {
    Device::named(name).ok_or_else(|| format!("there are {}", Device::NAMES))
}

/// The name of a device, as it was given.
pub(super) fn device_name(name: &str) -> Result<String, String> {
    device(name).map(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_time_is_told_what_to_write() {
        assert_eq!(whole("12"), Ok(12));
        assert_eq!(time("1m 30s"), Ok(Duration::from_secs(90)));
        for text in ["-1", "abc", "1.5", "", "1e3", "99999999999999999999"] {
            assert!(whole(text).is_err_and(|said| said.contains("whole number")), "{text}");
        }
        for text in ["5", "abc", "", "-5s"] {
            assert!(time(text).is_err_and(|said| said.contains("90s")), "{text}");
        }
    }
    #[test]
    fn a_wrong_device_is_told_all_names() {
        assert_eq!(device("cuda:0"), device("cuda"));
        assert_eq!(device_name("cuda:0"), Ok("cuda:0".to_owned()));
        for text in ["gpu", "cuda:", "cuda:x", "CUDA", ""] {
            let said = device_name(text).unwrap_err();
            assert!(["cpu", "cuda:0", "emulate"].iter().all(|it| said.contains(it)), "{said}");
        }
    }
}
