//! What kernels are told of a policy's head.

use crate::device::words::from_words;
use crate::device::{Argument, BufferId, DeviceError, ProgramBackend};
use crate::learn::LogStd;
use crate::learn::distribution::Head;

/// The bits of `flags`, as `device/kernels/distribution.cuh` has them.
const LOG_STD_PARAMETER: u32 = 1;
const LOG_STD_NETWORK: u32 = 2;
const SQUASH: u32 = 4;

/// A head whose numbers are on a device.
#[derive(Clone, Debug)]
pub(super) struct DeviceHead {
    head: Head,
    /// How many options each choice has; none of continuous actions.
    options: Option<BufferId>,
}

impl DeviceHead {
    pub(super) fn new(device: &mut dyn ProgramBackend, head: &Head) -> Result<Self, DeviceError> {
        let options: Vec<u32> = head.space.options().iter().map(|n| *n as u32).collect();
        let options = if options.is_empty() {
            None
        } else {
            let buffer = device.allocate(options.len())?;
            device.write(buffer, 0, &from_words(&options))?;
            Some(buffer)
        };
        Ok(Self { head: head.clone(), options })
    }

    /// Logarithms of deviations that are learned as parameters.
    pub(super) fn n_learned(&self) -> usize {
        if self.flags() & LOG_STD_PARAMETER == 0 { 0 } else { self.head.n_log_std() }
    }

    /// The kernel for such actions, of two.
    pub(super) fn pick<'a>(&self, gaussian: &'a str, choices: &'a str) -> &'a str {
        if self.options.is_some() { choices } else { gaussian }
    }

    /// The second argument of kernels: logarithms of deviations, or the options of choices.
    pub(super) fn second(&self, log_std: BufferId) -> Argument {
        Argument::Buffer(self.options.unwrap_or(log_std))
    }

    /// What kernels are told of its shape: dimensions and [`flags`](Self::flags), or choices and all their logits.
    pub(super) fn counts(&self) -> [Argument; 2] {
        let (space, flags) = (&self.head.space, self.flags());
        let second = if self.options.is_some() { space.size() as u32 } else { flags };
        [space.action_dim() as u32, second].map(Argument::Count)
    }

    fn flags(&self) -> u32 {
        if self.options.is_some() {
            return 0;
        }
        let log_std = match self.head.log_std {
            LogStd::Parameter => LOG_STD_PARAMETER,
            LogStd::Fixed => 0,
            LogStd::Network => LOG_STD_NETWORK,
        };
        log_std | if self.head.squash { SQUASH } else { 0 }
    }
}
