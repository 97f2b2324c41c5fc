//! Where environments are simulated and policies learn.

use super::error::SpaceError;
use crate::math::lanes::Isa;

/// Device on which environments are simulated and policies learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor, with these instructions.
    Cpu(Isa),
    /// A graphics card, by its number. Environments only: policies are on the processor.
    Cuda(usize),
    /// What runs the text that a graphics card would get, on the processor: for tests. Environments only.
    Emulate,
}

impl Device {
    /// All names of devices, for messages.
    pub const NAMES: &str = "cpu, cuda (or cuda:0, the first GPU), cuda:1 and so on, and emulate";

    /// The processor, with the widest instructions that it has.
    pub fn detect() -> Self {
        Self::Cpu(Isa::detect())
    }

    /// A device by its name, as files and commands have it: `cuda`, which is `cuda:0`, `cuda:1` and so on, `emulate`; of
    /// `cpu` the processor with the widest instructions that it has. None if it is no such name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cpu" => Some(Self::detect()),
            "cuda" => Some(Self::Cuda(0)),
            "emulate" => Some(Self::Emulate),
            _ => {
                let number = name.strip_prefix("cuda:")?;
                let is_whole = number.bytes().all(|digit| digit.is_ascii_digit());
                number.parse().ok().filter(|_| is_whole).map(Self::Cuda)
            }
        }
    }

    /// The instructions of the processor. Fails for other devices, on which no policy learns.
    pub fn isa(self) -> Result<Isa, SpaceError> {
        match self {
            Self::Cpu(isa) => Ok(isa),
            Self::Cuda(_) | Self::Emulate => Err(SpaceError::Device { device: self.to_string() }),
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu(isa) => write!(f, "cpu ({})", isa.name()),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Emulate => write!(f, "emulate"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_refused_by_name() {
        for isa in Isa::available() {
            assert_eq!(Device::Cpu(isa).isa(), Ok(isa));
        }
        let said = Device::Cuda(1).isa().unwrap_err().to_string();
        assert!(said.contains("cuda:1") && said.contains("CPU"), "{said}");
    }

    #[test]
    fn devices_have_names() {
        for (name, device) in
            [("cuda", Device::Cuda(0)), ("cuda:0", Device::Cuda(0)), ("emulate", Device::Emulate)]
        {
            assert_eq!(Device::named(name), Some(device));
            assert_eq!(Device::named(&device.to_string()), Some(device));
        }
        assert_eq!(Device::named("cpu"), Some(Device::detect()));
        for name in ["", "gpu", "cuda:", "cuda:x", "cuda:+1", "cuda: 1", "CUDA", "cpu:0"] {
            assert_eq!(Device::named(name), None, "{name}");
        }
    }
}
