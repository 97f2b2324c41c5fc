//! Where environments are simulated and policies learn.

use super::error::SpaceError;
use crate::math::lanes::Isa;

/// Device on which environments are simulated and policies learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor, with these instructions.
    Cpu(Isa),
    /// A graphics card, by its number.
    Cuda(usize),
}

impl Device {
    /// The processor, with the widest instructions that it has.
    pub fn detect() -> Self {
        Self::Cpu(Isa::detect())
    }

    /// The instructions of the processor. Fails for other devices, which this version lacks.
    pub fn isa(self) -> Result<Isa, SpaceError> {
        match self {
            Self::Cpu(isa) => Ok(isa),
            Self::Cuda(_) => Err(SpaceError::Device { device: self.to_string() }),
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu(isa) => write!(f, "cpu ({})", isa.name()),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
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
}
